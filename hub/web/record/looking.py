"""The viewing room as pages use it, and what a session remembers between two looks: the patient's word, no more."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Response, current_app

from hub.auth.access import current_session
from hub.web import clock_words
from hub.wiring import current_hub
from records import answers, documents, prospects, viewing
from records.answers import Refusal
from records.documents import FoundDocument, Listed
from records.kinds import Sheet
from records.prospects import RecordProspect
from records.viewing import Look, LookSettings, OpenRecord, ViewingRoom
from scheduling.results import BookingView
from sharing_agreements.gate import Permit
from vocabulary.choices import AnsweredBy, Permission
from vocabulary.identifiers import BookingRef
from vocabulary.people import Caller
from vocabulary.record_parts import RecordSection

EXTENSION = "hub_web_room"
KEY = "look"
DOCUMENTS = "look_documents"
_KEPT = 10  # documents of one look: ids and dates, no word of them
WORD_HOLDS = timedelta(minutes=30)
"""How long a patient's word holds for the same visit: from part to part of the record, not until the next visit."""


@dataclass(frozen=True, slots=True)
class WebRoom:
    """The verbs of looking."""

    room: ViewingRoom

    def look(self, command: OpenRecord, caller: Caller, *, emergency: Permit | None = None) -> Look:
        """Look once; with the permit of a broken glass, in an emergency."""
        return viewing.look(self.room, command, caller, emergency=emergency)

    def find_document(self, command: OpenRecord, key: str, caller: Caller) -> FoundDocument:
        """One document among those that a look may show."""
        return documents.find_document(self.room, command, key, caller)

    def read_document(self, command: OpenRecord, listed: Listed, caller: Caller) -> Sheet:
        """What it holds."""
        return documents.read_document(self.room, command, listed, caller)

    def prospects(
        self, visits: Iterable[BookingView], names: dict[str, str], caller: Caller
    ) -> dict[BookingRef, RecordProspect]:
        """What a look at each would meet."""
        return prospects.prospects(self.room, visits, names, caller)

    def refusal(self, ref: BookingRef) -> Refusal | None:
        """When the patient of this visit said no, to whomever; None: they have not, or said yes since."""
        with self.room.work.read() as tx:
            return answers.refusal(tx, ref)

    def withheld_at(self, ref: BookingRef) -> datetime | None:
        """When the patient's practice withheld the record at this visit; None: it did not."""
        with self.room.work.read() as tx:
            return answers.withheld(tx, [ref]).get(ref)

    def dissents(self, booking: BookingView) -> bool:
        """Whether the hub knows that this patient's record is not to be shared."""
        return prospects.dissents(self.room, booking)

    @property
    def settings(self) -> LookSettings:
        """When a booking is a reason to look."""
        return self.room.settings


@dataclass(frozen=True, slots=True)
class Word:
    """What the patient of one visit said, or whoever spoke for them."""

    ref: BookingRef
    permission: Permission
    why: str
    answered_by: AnsweredBy | None = None  # None: nobody could be asked

    def command(self, sections: frozenset[RecordSection]) -> OpenRecord:
        """To look at these parts on the strength of it."""
        return OpenRecord(self.ref, self.permission, sections, self.why, self.answered_by)

    @property
    def by(self) -> str:
        """Whose word it is, in words."""
        return (self.answered_by or AnsweredBy.PATIENT).words


def never_kept(response: Response) -> Response:
    """In no cache and no history of the browser; not in a frame, not handed on as a referrer."""
    response.headers["Cache-Control"] = "no-store, max-age=0"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def the_room() -> WebRoom:
    """The running application's."""
    found: WebRoom = current_app.extensions[EXTENSION]
    return found


def keep_word(word: Word) -> None:
    """Remember it for this visit; another visit's is forgotten."""
    session = current_session()
    if session is not None:
        at = current_hub().clock.now().timestamp()
        session.drop(DOCUMENTS)
        by = word.answered_by.value if word.answered_by else ""
        kept = {"ref": word.ref.value, "permission": word.permission.value, "why": word.why, "by": by, "at": at}
        session.put(KEY, kept)


def kept_word(ref: BookingRef) -> Word | None:
    """What was said for this visit, while it holds: not for long, and not after somebody has said no to anybody."""
    session = current_session()
    kept = session.data.get(KEY) if session is not None else None
    if not kept or kept["ref"] != ref.value:
        return None
    said = datetime.fromtimestamp(kept["at"], current_hub().clock.now().tzinfo)
    if current_hub().clock.now() - said > WORD_HOLDS:
        return None
    refused = the_room().refusal(ref)
    if refused is not None and refused.at > said:
        return None
    by = AnsweredBy(kept["by"]) if kept.get("by") else None
    return Word(ref, Permission(kept["permission"]), str(kept["why"]), by)


def open_looks() -> dict[BookingRef, datetime]:
    """Whose record may be gone back to without asking again, and until when: one visit's at most."""
    session = current_session()
    kept = session.data.get(KEY) if session is not None else None
    if not kept or kept_word(BookingRef(kept["ref"])) is None:
        return {}
    return {BookingRef(kept["ref"]): datetime.fromtimestamp(kept["at"], current_hub().clock.now().tzinfo) + WORD_HOLDS}


def closed_words(ref: BookingRef) -> str:
    """Why a record that was open is not any more."""
    session = current_session()
    kept = session.data.get(KEY) if session is not None else None
    refused = the_room().refusal(ref)
    if refused is not None:
        return f"The answer was no at {clock_words.time_words(refused.at)}, so the record is closed."
    if kept and kept["ref"] == ref.value:
        return "Half an hour has passed since this was answered, so the record is closed."
    if kept:
        return "You have opened another patient’s record since, perhaps in another tab, and that closed this one."
    return "The record was closed, perhaps in another tab."


def forget_word() -> None:
    """The record is closed, and its documents with it."""
    session = current_session()
    if session is not None:
        session.drop(KEY)
        session.drop(DOCUMENTS)


def keep_document(ref: BookingRef, listed: Listed) -> None:
    """Remember where a document of this look is read, until the record is closed."""
    session = current_session()
    if session is not None:
        kept = session.data.get(DOCUMENTS) or {}
        known = kept["listed"] if kept.get("ref") == ref.value else {}
        known = dict(list(known.items())[1 - _KEPT :]) | {listed.key: listed.as_json()}
        session.put(DOCUMENTS, {"ref": ref.value, "listed": known})


def kept_document(ref: BookingRef, key: str) -> Listed | None:
    """Where this document is read, while the record is open."""
    session = current_session()
    kept = (session.data.get(DOCUMENTS) or {}) if session is not None else {}
    if kept.get("ref") != ref.value or key not in kept["listed"]:
        return None
    return Listed.from_json(kept["listed"][key])
