"""One patient's case: the booking that is the reason, who holds the record, the permit, the fetch, and the account.

Looking at a record and opening a document in it are the same up to here, so they share it.
"""

from dataclasses import dataclass

from connectors.faults import Fault, PatientUnknown, Refused
from practices import directory
from records.problems import RecordNotAsked, RecordNotHere, RecordsSwitchedOff, RecordUnavailable, RecordWithheld
from records.room import OpenRecord, ViewingRoom, care_link, needs_reason
from records.sections import covered_by
from records.sensitive import SensitiveCodes
from records.trimming import Trimmed, trim
from scheduling import bookings
from scheduling.problems import BookingUnknown
from scheduling.results import BookingView
from sharing_agreements.coverage import categories_of, contact_of
from sharing_agreements.gate import Permit
from sharing_agreements.problems import NotPermitted
from sharing_agreements.terms import Decision, PatientFacts, Why
from storage.ledger import LedgerEvent, record
from vocabulary.choices import AnsweredBy, Permission
from vocabulary.identifiers import OdsCode
from vocabulary.patients import Patient, TracedPatient, compare
from vocabulary.people import Caller
from vocabulary.purposes import Scope
from vocabulary.record_parts import RecordSection
from vocabulary.records import RecordQuery
from vocabulary.slots import Gender

_BRING_DOCUMENTS = frozenset({RecordSection.CONSULTATIONS, RecordSection.REFERRALS, RecordSection.PROBLEMS})
_DISSENT = "NO_PATIENT_CONSENT"


@dataclass(frozen=True, slots=True)
class Case:
    """The booking that is the reason, and the practice that holds the record."""

    booking: BookingView
    home: OdsCode
    home_name: str
    home_phone: str
    traced: TracedPatient | None

    @property
    def ours(self) -> Patient:
        """Who the hub believes this is: the national record's word, else the booking's."""
        if self.traced is not None:
            return self.traced.patient
        booking = self.booking
        return Patient(booking.nhs_number, booking.family, booking.given, booking.birth_date, Gender.UNKNOWN)

    @property
    def by_phone(self) -> str:
        """The practice's name, with the number that is answered at night."""
        return f"{self.home_name}{f' on {self.home_phone}' if self.home_phone else ''}"

    @property
    def ring(self) -> str:
        """What to do instead of looking."""
        return f"Take the history from the patient, and ring {self.by_phone} if you need to know more."


def check_list(room: ViewingRoom) -> SensitiveCodes:
    """The list of sensitive codes. Raises RecordsSwitchedOff: without one nothing is shown."""
    if room.sensitive is None:
        raise RecordsSwitchedOff(
            "Records are not shown: no list of sensitive codes is installed in this hub.",
            next_step="Whoever runs the hub installs it (docs/operations.md). Ask the patient, or ring their practice.",
        )
    return room.sensitive


def case_of(room: ViewingRoom, command: OpenRecord, caller: Caller) -> Case:
    with room.work.read() as tx:
        booking = bookings.view(tx, command.ref)
    if booking is None or booking.facts.host != caller.practice:
        raise BookingUnknown(
            "Nobody with that reference is expected at your practice.", next_step="Look at your session again."
        )
    traced = _trace(room, booking, caller)
    # Of a restricted person the national record hides the practice; the gate refuses it, and the ledger knows why.
    home = traced.home_practice if traced is not None and not traced.restricted else booking.home_practice
    if home is None:
        raise RecordNotHere(
            "Nobody here knows which practice holds this patient's record.",
            next_step="Ask the patient where they are registered, and ring that practice.",
        )
    if home == caller.practice:
        raise RecordNotHere(
            "The patient is registered with you: their record is in your own system.", next_step="Open it there."
        )
    with room.work.read() as tx:
        practice = directory.practice(tx, home)
    name, phone = (practice.name, practice.bypass_phone or practice.phone) if practice else (home.value, "")
    return Case(booking, home, name, phone, traced)


def permitted(room: ViewingRoom, command: OpenRecord, case: Case, caller: Caller) -> Permit:
    """The gate's permit. Its refusal says whom to ring: booking elsewhere is no help for a patient who is here."""
    try:
        return room.gate.permit(
            caller,
            case.home,
            Scope.VIEW_RECORD,
            giver_name=case.home_name,
            nhs_number=case.booking.nhs_number,
            booking_ref=command.ref.value,
            patient=_facts(room, command, case),
        )
    except NotPermitted as refusal:
        raise NotPermitted(
            _said(refusal, command),
            next_step=_instead(room, case, command, refusal.decision),
            decision=refusal.decision,
        ) from None


_OF_THE_PATIENT = frozenset({Why.DISSENT, Why.NOT_AVAILABLE, Why.NO_PERMISSION, Why.NO_CARE_LINK})


def _said(refusal: NotPermitted, command: OpenRecord) -> str:
    """The refusal; of a no, with who gave it: never the patient who is two years old."""
    by = command.answered_by
    if refusal.decision.why is not Why.NO_PERMISSION or by is None or by is AnsweredBy.PATIENT:
        return refusal.message
    return f"{by.words[0].upper()}{by.words[1:]} has not given permission."


def _instead(room: ViewingRoom, case: Case, command: OpenRecord, decision: Decision) -> str:
    """What to do now; of what an agreement refuses, also who answers for it at the patient's practice."""
    if decision.why is Why.NO_PERMISSION:
        whom = command.answered_by or AnsweredBy.PATIENT
        return f"Ask {whom.words} for what you need to know. {case.ring}"
    if decision.why in _OF_THE_PATIENT:
        return case.ring
    with room.work.read() as tx:
        contact = contact_of(tx, decision.agreement_id, case.home)
    return f"{case.ring}{f' About the agreement: {contact}.' if contact else ''}"


def _trace(room: ViewingRoom, booking: BookingView, caller: Caller) -> TracedPatient | None:
    """What the national record says now: the patient may have moved, died or been restricted since the booking."""
    try:
        return room.tracing.trace(booking.nhs_number, caller=caller)
    except Fault:
        return None


_NO_REASON_BY_ITSELF = ("The appointment is not about now.", "The patient is down as not having come.")


def _facts(room: ViewingRoom, command: OpenRecord, case: Case) -> PatientFacts:
    if command.permission is Permission.CANNOT_ASK and not command.why.strip():
        raise RecordNotAsked("Say why the patient cannot be asked.", field="why")
    now, settings = room.clock.now(), room.settings
    asked = command.permission is not None
    if asked and needs_reason(case.booking, now, settings) and not command.why.strip():
        raise RecordNotAsked(
            f"{_NO_REASON_BY_ITSELF[case.booking.not_come]} Say why you need the record.",
            field="why",
            next_step="It is kept with your look, and the patient's practice can read it.",
        )
    return PatientFacts(
        restricted=case.traced is not None and case.traced.restricted,
        permission=command.permission,
        answered_by=command.answered_by,
        care_link=care_link(case.booking, now, settings, why=command.why or ("" if asked else "not asked yet")),
    )


def covered_by_permit(room: ViewingRoom, permit: Permit) -> frozenset[RecordSection]:
    if permit.decision.why is Why.EMERGENCY:  # no clause says what; the guardian reviews it
        return frozenset(RecordSection)
    with room.work.read() as tx:
        return covered_by(categories_of(tx, permit.decision.agreement_id, permit.decision.clause))


def fetch(
    room: ViewingRoom,
    permit: Permit,
    case: Case,
    sections: frozenset[RecordSection],
    covered: frozenset[RecordSection],
    caller: Caller,
) -> Trimmed:
    """What the practice answers, cut down. Whatever goes wrong is accounted for before it is raised."""
    sensitive = check_list(room)
    try:
        system = room.connect(permit)
        answer = system.read_record(case.booking.nhs_number, RecordQuery.of(_to_ask(sections & covered, covered)))
    except Fault as fault:
        problem = problem_of(fault, case)
        account(room, permit, case, caller, "record.not-shown", outcome="refused", reason=problem.code)
        raise problem from None
    match = compare(case.ours, answer.patient)
    if match.blocks:
        account(room, permit, case, caller, "record.not-shown", outcome="refused", reason="another-patient")
        raise RecordUnavailable(
            f"The record that {case.home_name} sent has another {' and '.join(match.differences)} than this patient. "
            "Nothing of it is shown.",
            next_step=f"Ask the patient, and ring {case.by_phone}.",
        )
    return trim(answer, covered, sensitive)


def _to_ask(wanted: frozenset[RecordSection], covered: frozenset[RecordSection]) -> frozenset[RecordSection]:
    """Documents cannot be asked for by themselves: they come along with what they belong to."""
    if RecordSection.DOCUMENTS not in wanted:
        return wanted
    return (wanted | (_BRING_DOCUMENTS & covered)) - {RecordSection.DOCUMENTS} or wanted


def problem_of(fault: Fault, case: Case) -> RecordWithheld | RecordUnavailable:
    if isinstance(fault, Refused) and fault.code == _DISSENT:
        return RecordWithheld(
            f"The patient has told {case.home_name} that their record is not to be shared. This cannot be overridden "
            "here.",
            next_step=case.ring,
        )
    if isinstance(fault, PatientUnknown):
        return RecordWithheld(f"{case.home_name} shows no record for this patient.", next_step=case.ring)
    if isinstance(fault, Refused):
        return RecordWithheld(f"{case.home_name} did not show the record: {fault.words}", next_step=case.ring)
    return RecordUnavailable(f"{fault.words} Nothing is shown.", next_step=case.ring)


def account(
    room: ViewingRoom,
    permit: Permit,
    case: Case,
    caller: Caller,
    act: str,
    *,
    outcome: str,
    reason: str,
    detail: dict[str, object] | None = None,
) -> None:
    event = LedgerEvent(
        act=act,
        outcome=outcome,
        host=case.home,
        nhs_number=case.booking.nhs_number,
        booking_ref=case.booking.ref.value,
        purpose=permit.question.purpose.value,
        agreement=permit.decision.agreement,
        clause=permit.decision.clause,
        reason=reason,
        detail=detail or {},
    )
    with room.work.begin() as tx:
        record(tx, event, caller=caller, at=room.clock.now())
