"""The viewing room as pages use it, and what a session remembers between two looks: the patient's word, no more."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Response, current_app

from hub.auth.access import current_session
from hub.wiring import current_hub
from records import answers, prospects, viewing
from records.prospects import RecordProspect
from records.viewing import Look, LookSettings, OpenRecord, ViewingRoom
from scheduling.results import BookingView
from sharing_agreements.gate import Permit
from vocabulary.choices import Permission
from vocabulary.identifiers import BookingRef
from vocabulary.people import Caller

EXTENSION = "hub_web_room"
KEY = "look"
WORD_HOLDS = timedelta(minutes=30)
"""How long a patient's word holds for the same visit: from part to part of the record, not until the next visit."""


@dataclass(frozen=True, slots=True)
class WebRoom:
    """The verbs of looking."""

    room: ViewingRoom

    def look(self, command: OpenRecord, caller: Caller, *, emergency: Permit | None = None) -> Look:
        """Look once; with the permit of a broken glass, in an emergency."""
        return viewing.look(self.room, command, caller, emergency=emergency)

    def prospects(
        self, visits: Iterable[BookingView], names: dict[str, str], caller: Caller
    ) -> dict[BookingRef, RecordProspect]:
        """What a look at each would meet."""
        return prospects.prospects(self.room, visits, names, caller)

    def said_no_at(self, ref: BookingRef) -> datetime | None:
        """When the patient of this visit said no, to whomever; None: they have not, or said yes since."""
        with self.room.work.read() as tx:
            return answers.said_no_at(tx, ref)

    @property
    def settings(self) -> LookSettings:
        """When a booking is a reason to look."""
        return self.room.settings


@dataclass(frozen=True, slots=True)
class Word:
    """What the patient of one visit said, and since when it holds."""

    ref: BookingRef
    permission: Permission
    why: str


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
        session.put(KEY, {"ref": word.ref.value, "permission": word.permission.value, "why": word.why, "at": at})


def kept_word(ref: BookingRef) -> Word | None:
    """What was said for this visit, while it holds."""
    session = current_session()
    kept = session.data.get(KEY) if session is not None else None
    if not kept or kept["ref"] != ref.value:
        return None
    said = datetime.fromtimestamp(kept["at"], current_hub().clock.now().tzinfo)
    if current_hub().clock.now() - said > WORD_HOLDS:
        return None
    return Word(ref, Permission(kept["permission"]), str(kept["why"]))


def open_looks() -> dict[BookingRef, datetime]:
    """Whose record may be gone back to without asking again, and until when: one visit's at most."""
    session = current_session()
    kept = session.data.get(KEY) if session is not None else None
    if not kept or kept_word(BookingRef(kept["ref"])) is None:
        return {}
    return {BookingRef(kept["ref"]): datetime.fromtimestamp(kept["at"], current_hub().clock.now().tzinfo) + WORD_HOLDS}


def forget_word() -> None:
    """The record is closed."""
    session = current_session()
    if session is not None:
        session.drop(KEY)
