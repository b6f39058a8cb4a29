"""A look: the patient's permission and a booking with us, a permit, one fetch from the registered practice, cut down,
accounted for, and kept nowhere.

The permit's own event says who wanted to look, whether the patient agreed, and why that was allowed or refused. What
came of it is a second event: which parts were shown, how many items were left out, or why nothing was.
"""

from dataclasses import dataclass
from datetime import datetime

from connectors.port import Capability
from records.case import Case, account, case_of, check_list, covered_by_permit, fetch, permitted
from records.problems import RecordWithheld
from records.room import LookSettings as LookSettings
from records.room import OpenRecord as OpenRecord
from records.room import ViewingRoom as ViewingRoom
from records.room import care_link as care_link
from records.room import needs_reason as needs_reason
from records.trimming import Trimmed
from scheduling.results import BookingView
from sharing_agreements.gate import Permit
from vocabulary.identifiers import OdsCode
from vocabulary.patients import Difference, compare, lives_elsewhere
from vocabulary.people import Caller
from vocabulary.record_parts import Hidden, RecordSection, Referral


@dataclass(frozen=True, slots=True, repr=False)
class Look(Hidden):
    """One look's answer. It lives as long as the page is made."""

    trimmed: Trimmed
    asked: frozenset[RecordSection]
    booking: BookingView
    home: OdsCode
    home_name: str
    home_phone: str
    fetched_at: datetime
    differences: tuple[Difference, ...]
    cross_checked: bool  # with the national record; False: it did not answer
    agreement: str
    clause: str
    gives_documents: bool = False  # the practice's system gives out the documents it lists


def look(room: ViewingRoom, command: OpenRecord, caller: Caller, *, emergency: Permit | None = None) -> Look:
    """Look once. Raises BookingUnknown, RecordNotAsked, RecordNotHere, RecordsSwitchedOff, NotPermitted (in the ledger
    with its reason), RecordWithheld and RecordUnavailable (in the ledger too).

    `emergency` is the permit of a broken glass (accountability.break_glass): the gate is not asked again, and what the
    sensitive list leaves out stays left out.
    """
    check_list(room)
    case = case_of(room, command, caller)
    permit = emergency or permitted(room, command, case, caller)
    covered = covered_by_permit(room, permit)
    fetched = fetch(room, permit, case, command.sections, covered, caller) if command.sections & covered else None
    return _shown(room, permit, case, command, caller, fetched, covered)


def _shown(
    room: ViewingRoom,
    permit: Permit,
    case: Case,
    command: OpenRecord,
    caller: Caller,
    trimmed: Trimmed | None,
    covered: frozenset[RecordSection],
) -> Look:
    if trimmed is None:
        account(room, permit, case, caller, "record.not-shown", outcome="refused", reason="not-covered")
        raise RecordWithheld(
            f"{permit.decision.agreement} does not cover {'this part' if covered else 'any part'} of the record.",
            next_step=f"Ask the patient, or ring {case.by_phone}.",
        )
    theirs = trimmed.record.patient
    differences = compare(case.ours, theirs).differences
    if lives_elsewhere(case.ours, theirs):
        differences += (Difference.ADDRESS,)
    gives_documents = Capability.READ_DOCUMENTS in room.connect(permit).capabilities
    letters = _letters(trimmed, command.sections) if gives_documents else 0
    detail = {
        "sections": sorted((command.sections & covered) | ({RecordSection.DOCUMENTS} if letters else set())),
        "shown": sum(len(trimmed.record.section(name).entries) for name in command.sections & covered) + letters,
        "left_out": trimmed.left_out,
        "sensitive_list": trimmed.sensitive_version,
        **command.said,
    }
    said = command.permission.value if command.permission else ""
    account(room, permit, case, caller, "record.shown", outcome="done", reason=said, detail=detail)
    return Look(
        trimmed=trimmed,
        asked=command.sections,
        booking=case.booking,
        home=case.home,
        home_name=case.home_name,
        home_phone=case.home_phone,
        fetched_at=room.clock.now(),
        differences=differences,
        cross_checked=case.traced is not None,
        agreement=permit.decision.agreement,
        clause=permit.decision.clause,
        gives_documents=gives_documents,
    )


def _letters(trimmed: Trimmed, asked: frozenset[RecordSection]) -> int:
    """How many documents are told by name with the referrals they went along with, where they can be opened."""
    if RecordSection.REFERRALS not in asked or RecordSection.DOCUMENTS in asked:
        return 0
    section = trimmed.record.section(RecordSection.REFERRALS)
    sent = {each for one in (*section.entries, *section.linked) if isinstance(one, Referral) for each in one.documents}
    return len([each for each in sent if trimmed.record.entry(each)])
