"""A look: the patient's permission and a booking with us, a permit, one fetch from the registered practice, cut down,
accounted for, and kept nowhere.

The permit's own event says who wanted to look, whether the patient agreed, and why that was allowed or refused. What
came of it is a second event: which parts were shown, how many items were left out, or why nothing was.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.admission import PermittedConnect
from connectors.faults import Fault, PatientUnknown, Refused
from connectors.tracing import Tracing
from practices import directory
from records.problems import RecordNotAsked, RecordNotHere, RecordsSwitchedOff, RecordUnavailable, RecordWithheld
from records.sections import covered_by
from records.sensitive import SensitiveCodes
from records.trimming import Trimmed, trim
from scheduling import bookings
from scheduling.problems import BookingUnknown
from scheduling.results import BookingView
from sharing_agreements.coverage import categories_of, contact_of
from sharing_agreements.gate import Gate, Permit
from sharing_agreements.problems import NotPermitted
from sharing_agreements.terms import Decision, PatientFacts, Why
from storage.ledger import LedgerEvent, record
from storage.work import Work
from vocabulary.appointments import BookingState
from vocabulary.choices import Permission
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.patients import Difference, Patient, TracedPatient, compare, lives_elsewhere
from vocabulary.people import Caller
from vocabulary.purposes import Scope
from vocabulary.record_parts import Hidden, RecordSection
from vocabulary.records import RecordQuery
from vocabulary.slots import Gender
from vocabulary.times import Clock

_CARING = frozenset({BookingState.BOOKED, BookingState.ATTENDED, BookingState.MISSED})
_BRING_DOCUMENTS = frozenset({RecordSection.CONSULTATIONS, RecordSection.REFERRALS, RecordSection.PROBLEMS})
_DISSENT = "NO_PATIENT_CONSENT"


@dataclass(frozen=True, slots=True)
class LookSettings:
    """When a booking is a reason to look; configuration."""

    before: timedelta = timedelta(hours=2)  # the start of the appointment
    after: timedelta = timedelta(hours=4)  # and its end
    with_reason: timedelta = timedelta(days=7)  # either side of that window, if it is said why


@dataclass(frozen=True, slots=True)
class ViewingRoom:
    """What looking needs, put together by hub/wiring.py. Without a sensitive list nothing is shown."""

    work: Work
    gate: Gate
    connect: PermittedConnect
    tracing: Tracing
    clock: Clock
    sensitive: SensitiveCodes | None
    settings: LookSettings = field(default_factory=LookSettings)


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """Look at these parts of the record of the patient of a booking at the caller's practice.

    `why` is said when the patient cannot be asked, or when the appointment is not about now. Without a permission the
    patient was not asked: nothing is shown, but why not is decided and written down.
    """

    ref: BookingRef
    permission: Permission | None
    sections: frozenset[RecordSection]
    why: str = ""


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


@dataclass(frozen=True, slots=True)
class _Case:
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


def look(room: ViewingRoom, command: OpenRecord, caller: Caller, *, emergency: Permit | None = None) -> Look:
    """Look once. Raises BookingUnknown, RecordNotAsked, RecordNotHere, RecordsSwitchedOff, NotPermitted (in the ledger
    with its reason), RecordWithheld and RecordUnavailable (in the ledger too).

    `emergency` is the permit of a broken glass (accountability.break_glass): the gate is not asked again, and what the
    sensitive list leaves out stays left out.
    """
    if room.sensitive is None:
        raise RecordsSwitchedOff(
            "Records are not shown: no list of sensitive codes is installed in this hub.",
            next_step="Whoever runs the hub installs it (docs/operations.md). Ask the patient, or ring their practice.",
        )
    case = _case(room, command, caller)
    permit = emergency or _permitted(room, command, case, caller)
    covered = _covered(room, permit)
    fetched = _fetch(room, permit, case, command.sections, covered, caller) if command.sections & covered else None
    return _shown(room, permit, case, command, caller, fetched, covered)


def _permitted(room: ViewingRoom, command: OpenRecord, case: _Case, caller: Caller) -> Permit:
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
            refusal.message, next_step=_instead(room, case, refusal.decision), decision=refusal.decision
        ) from None


_OF_THE_PATIENT = frozenset({Why.DISSENT, Why.NOT_AVAILABLE, Why.NO_PERMISSION, Why.NO_CARE_LINK})


def _instead(room: ViewingRoom, case: _Case, decision: Decision) -> str:
    """What to do now; of what an agreement refuses, also who answers for it at the patient's practice."""
    if decision.why is Why.NO_PERMISSION:
        return f"Ask the patient for what you need to know. {_ring(case)}"
    if decision.why in _OF_THE_PATIENT:
        return _ring(case)
    with room.work.read() as tx:
        contact = contact_of(tx, decision.agreement_id, case.home)
    return f"{_ring(case)}{f' About the agreement: {contact}.' if contact else ''}"


def _ring(case: _Case) -> str:
    return (
        f"Take the history from the patient, and ring {case.home_name}{_on(case.home_phone)} if you need to know more."
    )


def care_link(booking: BookingView, now: datetime, settings: LookSettings, *, why: str = "") -> bool:
    """Whether this booking is a reason to look now: it stands, and the appointment is about now, or it is said why."""
    if booking.state not in _CARING:
        return False
    opens, closes = booking.facts.window.start - settings.before, booking.facts.window.end + settings.after
    if opens <= now <= closes:
        return True
    return bool(why.strip()) and opens - settings.with_reason <= now <= closes + settings.with_reason


def needs_reason(booking: BookingView, now: datetime, settings: LookSettings) -> bool:
    """Whether the appointment is not about now, so that looking needs a reason."""
    return not care_link(booking, now, settings) and care_link(booking, now, settings, why="said")


def _case(room: ViewingRoom, command: OpenRecord, caller: Caller) -> _Case:
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
    return _Case(booking, home, name, phone, traced)


def _trace(room: ViewingRoom, booking: BookingView, caller: Caller) -> TracedPatient | None:
    """What the national record says now: the patient may have moved, died or been restricted since the booking."""
    try:
        return room.tracing.trace(booking.nhs_number, caller=caller)
    except Fault:
        return None


def _facts(room: ViewingRoom, command: OpenRecord, case: _Case) -> PatientFacts:
    if command.permission is Permission.CANNOT_ASK and not command.why.strip():
        raise RecordNotAsked("Say why the patient cannot be asked.", field="why")
    now, settings = room.clock.now(), room.settings
    asked = command.permission is not None
    if asked and needs_reason(case.booking, now, settings) and not command.why.strip():
        raise RecordNotAsked(
            "The appointment is not about now. Say why you need the record.",
            field="why",
            next_step="It is kept with your look, and the patient's practice can read it.",
        )
    return PatientFacts(
        restricted=case.traced is not None and case.traced.restricted,
        permission=command.permission,
        care_link=care_link(case.booking, now, settings, why=command.why or ("" if asked else "not asked yet")),
    )


def _covered(room: ViewingRoom, permit: Permit) -> frozenset[RecordSection]:
    if permit.decision.why is Why.EMERGENCY:  # no clause says what; the guardian reviews it
        return frozenset(RecordSection)
    with room.work.read() as tx:
        return covered_by(categories_of(tx, permit.decision.agreement_id, permit.decision.clause))


def _fetch(
    room: ViewingRoom,
    permit: Permit,
    case: _Case,
    sections: frozenset[RecordSection],
    covered: frozenset[RecordSection],
    caller: Caller,
) -> Trimmed:
    """What the practice answers, cut down. Whatever goes wrong is accounted for before it is raised."""
    assert room.sensitive is not None  # noqa: S101 - look() has made sure
    try:
        system = room.connect(permit)
        answer = system.read_record(case.booking.nhs_number, RecordQuery.of(_to_ask(sections & covered, covered)))
    except Fault as fault:
        problem = _problem_of(fault, case)
        _account(room, permit, case, caller, "record.not-shown", outcome="refused", reason=problem.code)
        raise problem from None
    match = compare(case.ours, answer.patient)
    if match.blocks:
        _account(room, permit, case, caller, "record.not-shown", outcome="refused", reason="another-patient")
        raise RecordUnavailable(
            f"The record that {case.home_name} sent has another {' and '.join(match.differences)} than this patient. "
            "Nothing of it is shown.",
            next_step=f"Ask the patient, and ring {case.home_name}{_on(case.home_phone)}.",
        )
    return trim(answer, covered, room.sensitive)


def _to_ask(wanted: frozenset[RecordSection], covered: frozenset[RecordSection]) -> frozenset[RecordSection]:
    """Documents cannot be asked for by themselves: they come along with what they belong to."""
    if RecordSection.DOCUMENTS not in wanted:
        return wanted
    return (wanted | (_BRING_DOCUMENTS & covered)) - {RecordSection.DOCUMENTS} or wanted


def _problem_of(fault: Fault, case: _Case) -> RecordWithheld | RecordUnavailable:
    ring = _ring(case)
    if isinstance(fault, Refused) and fault.code == _DISSENT:
        return RecordWithheld(
            f"The patient has told {case.home_name} that their record is not to be shared. This cannot be overridden "
            "here.",
            next_step=ring,
        )
    if isinstance(fault, PatientUnknown):
        return RecordWithheld(f"{case.home_name} shows no record for this patient.", next_step=ring)
    if isinstance(fault, Refused):
        return RecordWithheld(f"{case.home_name} did not show the record: {fault.words}", next_step=ring)
    return RecordUnavailable(f"{fault.words} Nothing is shown.", next_step=ring)


def _shown(
    room: ViewingRoom,
    permit: Permit,
    case: _Case,
    command: OpenRecord,
    caller: Caller,
    trimmed: Trimmed | None,
    covered: frozenset[RecordSection],
) -> Look:
    if trimmed is None:
        _account(room, permit, case, caller, "record.not-shown", outcome="refused", reason="not-covered")
        raise RecordWithheld(
            f"{permit.decision.agreement} does not cover {'this part' if covered else 'any part'} of the record.",
            next_step=f"Ask the patient, or ring {case.home_name}{_on(case.home_phone)}.",
        )
    theirs = trimmed.record.patient
    differences = compare(case.ours, theirs).differences
    if lives_elsewhere(case.ours, theirs):
        differences += (Difference.ADDRESS,)
    detail = {
        "sections": sorted(command.sections & covered),
        "shown": sum(len(trimmed.record.section(name).entries) for name in command.sections & covered),
        "left_out": trimmed.left_out,
        "sensitive_list": trimmed.sensitive_version,
        "why": command.why.strip(),
    }
    said = command.permission.value if command.permission else ""
    _account(room, permit, case, caller, "record.shown", outcome="done", reason=said, detail=detail)
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
    )


def _account(
    room: ViewingRoom,
    permit: Permit,
    case: _Case,
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


def _on(phone: str) -> str:
    return f" on {phone}" if phone else ""
