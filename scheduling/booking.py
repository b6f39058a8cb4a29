"""Book: claim here, ask there, settle here. The reference is the hold's, so a double click is one booking."""

from dataclasses import dataclass
from datetime import datetime

from connectors.faults import Fault, PatientUnknown
from connectors.port import GPSystem
from practices import directory
from scheduling import asking, bookings, cancelling, claims, clashing, moving, outcomes, pool, rules
from scheduling.commands import BookSlots
from scheduling.desk import Desk
from scheduling.models import BookingRow
from scheduling.outcomes import Declined, Doubtful, Outcome
from scheduling.problems import (
    BookingUnknown,
    HoldLost,
    HostRefused,
    HostSlow,
    NotBookable,
    PatientDiffers,
    PatientNotFound,
    WrongState,
)
from scheduling.results import BookingView, SlotFacts
from scheduling.settling import settle
from sharing_agreements.gate import Permit
from sharing_agreements.problems import NotPermitted, after_a_withdrawal
from storage.base import AnyRow
from storage.ledger import LedgerEvent, record
from storage.work import one_at_a_time
from vocabulary.appointments import BookingRequest, BookingState
from vocabulary.patients import Patient, TracedPatient, compare
from vocabulary.people import Caller
from vocabulary.purposes import Scope


def book(desk: Desk, command: BookSlots, caller: Caller, *, shown: Patient | None = None) -> BookingView:
    """Confirm a hold for a patient; the view says booked, refused or in doubt.

    `shown` is the host's own record of this patient where it has shown it in the same act: it is not asked for twice.
    Raises a Problem when nothing was asked of the host and nothing is recorded but the ledger's account: the hold
    stays and the form can be sent again.
    """
    known, slots = _known_or_held(desk, command, caller)
    if known is not None:
        return known
    facts = pool.facts_of(slots)
    refusals = rules.form_refusals(command, facts.channel)
    if refusals:
        raise refusals[0].with_others(refusals[1:])
    late = rules.still_ahead(facts.window, desk.clock.now())
    if late:
        raise late
    permit = desk.gate.permit(
        caller,
        facts.host,
        Scope.BOOK,
        giver_name=facts.host_name,
        nhs_number=command.nhs_number,
        booking_ref=command.ref.value,
    )
    giving_back = None
    if command.replaces is not None:
        giving_back = moving.permit(desk, command.replaces, command.nhs_number, caller)
    traced = _trace(desk, command, facts, caller)
    too_long = rules.note_refusal(command.comment, traced.interpreter if traced else "")
    if too_long:
        raise too_long
    system, at_host = _find_at_host(desk, command, facts, permit, shown)
    person = _cross_check(command, facts, traced, at_host)
    deal = _Deal(command, caller, facts, slots, permit, giving_back, person)
    return _carry_out(desk, system, deal)


@dataclass(frozen=True, slots=True)
class _Person:
    """Who is booked: as traced nationally (None while tracing is down) and as the host knows them (None: not yet)."""

    traced: TracedPatient | None
    at_host: Patient | None

    @property
    def patient(self) -> Patient:
        found = self.traced.patient if self.traced else self.at_host
        if found is None:
            raise RuntimeError("a person neither traced nor known at the host")
        return found


@dataclass(frozen=True, slots=True)
class _Deal:
    """Everything a booking needs between its claim and its settlement."""

    command: BookSlots
    caller: Caller
    facts: SlotFacts
    slots: list[AnyRow]
    permit: Permit
    giving_back: Permit | None  # of a move: to cancel what it replaces
    person: _Person


def _known_or_held(desk: Desk, command: BookSlots, caller: Caller) -> tuple[BookingView | None, list[AnyRow]]:
    """The booking that this reference already is, or the held slots that it may become."""
    with desk.work.read() as tx:
        known = bookings.view(tx, command.ref)
        held = [] if known else claims.held_by(tx, command.ref)
        slots = pool.slots_by_id(tx, [claim.slot_id for claim in held]) if held else []
    if known is not None:
        if known.booking_practice != caller.practice:
            raise BookingUnknown("There is no such booking at your practice.", next_step="Check the reference.")
        if known.nhs_number != command.nhs_number:
            raise _used_for_another()
        return known, []
    if not held or (held[0].holder_id, held[0].booking_ods) != (caller.user_id, caller.practice.value):
        raise _hold_lost()
    return None, slots


def _used_for_another() -> WrongState:
    return WrongState("That hold was already used to book another patient.", next_step="Search again for this patient.")


def _hold_lost() -> HoldLost:
    return HoldLost(
        "Your four minutes ran out and somebody else may have the slot. Nothing was booked.",
        next_step="Search again and choose a time.",
    )


def _find_at_host(
    desk: Desk, command: BookSlots, facts: SlotFacts, permit: Permit, shown: Patient | None
) -> tuple[GPSystem, Patient | None]:
    """The host's system and its record of the patient, None when it shows none. Read-only: nothing is booked yet."""
    try:
        system = desk.connect(permit)
        return system, shown or asking.find_patient(system, command.nhs_number)
    except Fault as fault:
        declined = outcomes.of_preparation_fault(fault, facts.host_name)
    _account_for_refusal(desk, command, facts, permit.caller, declined.code)
    refusal = HostSlow if declined.code == "host-unavailable" else HostRefused
    raise refusal(
        f"{declined.words} Nothing was booked.",
        next_step=f"Your hold stays: try again in a moment, or ring {facts.host_name}.",
    )


def _cross_check(
    command: BookSlots, facts: SlotFacts, traced: TracedPatient | None, at_host: Patient | None
) -> _Person:
    """One patient in two records, or a refusal that lists what differs."""
    if traced is None and at_host is None:
        raise NotBookable(
            f"The national demographics service is not answering, and {facts.host_name} does not know this patient "
            "yet, so they cannot be registered there now. Nothing was booked.",
            next_step="Try again in a few minutes, or book somewhere the patient has been before.",
        )
    if traced is not None and at_host is not None:
        match = compare(traced.patient, at_host)
        if match.blocks or (match.differences and not command.differences_seen):
            differing = ", ".join(difference.value for difference in match.differences)
            raise PatientDiffers(
                f"{facts.host_name}'s record of this patient differs in: {differing}. Nothing was booked.",
                match=match,
                next_step="It cannot be booked here: ring them to put the record right."
                if match.blocks
                else "Check with the patient, then confirm again.",
            )
    return _Person(traced, at_host)


def _trace(desk: Desk, command: BookSlots, facts: SlotFacts, caller: Caller) -> TracedPatient | None:
    try:
        traced = desk.tracing.trace(command.nhs_number, caller=caller)
    except PatientUnknown:
        raise _nobody_to_book(desk, command, facts, caller) from None
    except Fault:
        return None
    if traced.restricted:
        raise _nobody_to_book(desk, command, facts, caller)
    refusal = rules.patient_refusal(traced)
    if refusal:
        _account_for_refusal(desk, command, facts, caller, "patient-not-bookable")
        raise refusal
    return traced


def _nobody_to_book(desk: Desk, command: BookSlots, facts: SlotFacts, caller: Caller) -> PatientNotFound:
    """For a number that nobody has and for a restricted patient's: the same words, and the same line in the ledger."""
    _account_for_refusal(desk, command, facts, caller, "patient-not-found")
    phone = facts.host_bypass_phone or facts.host_phone
    ring = f"ring {facts.host_name} on {phone}" if phone else f"ring {facts.host_name}"
    return PatientNotFound(
        "The hub finds nobody with that NHS number. Nothing was booked.",
        next_step=f"Check the number with the patient. If it is right, book by phone: {ring}.",
    )


def _account_for_refusal(desk: Desk, command: BookSlots, facts: SlotFacts, caller: Caller, reason: str) -> None:
    event = LedgerEvent(
        "booking.not-asked",
        outcome="refused",
        host=facts.host,
        nhs_number=command.nhs_number,
        booking_ref=command.ref.value,
        reason=reason,
    )
    with desk.work.begin() as tx:
        record(tx, event, caller=caller, at=desk.clock.now())


def _carry_out(desk: Desk, system: GPSystem, deal: _Deal) -> BookingView:
    """From claim to settlement; whatever breaks after the claim leaves the booking to the sweep, never lost."""
    command, caller = deal.command, deal.caller
    existing, asked_at = _claim(desk, deal)
    if existing is not None:
        return existing
    outcome: Outcome = Doubtful("The hub was interrupted while asking.")
    patient_host_id = ""
    try:
        patient = _at_host(system, deal)
        if isinstance(patient, Declined):
            outcome = patient
        else:
            patient_host_id = patient.host_id
            request = _request(deal, patient_host_id, asked_at)
            outcome = asking.book(desk, system, request, deal.facts.host_name, asked_at=asked_at)
    finally:
        given_up = settle(desk, command.ref, outcome, caller=caller, patient_host_id=patient_host_id)
    if given_up is not None:
        cancelling.carry_out(desk, given_up, caller, deal.giving_back)
    with desk.work.read() as tx:
        settled = bookings.view(tx, command.ref)
    if settled is None:
        raise RuntimeError("a booking vanished")
    return settled


def _at_host(system: GPSystem, deal: _Deal) -> Patient | Declined:
    if deal.person.at_host is not None:
        return deal.person.at_host
    return asking.register(system, deal.person.patient, deal.facts.host_name)


def _request(deal: _Deal, patient_host_id: str, asked_at: datetime) -> BookingRequest:
    command, caller = deal.command, deal.caller
    return BookingRequest(
        ref=command.ref,
        host=deal.facts.host,
        slots=tuple(pool.wire_slot(slot) for slot in deal.slots),
        nhs_number=command.nhs_number,
        patient_host_id=patient_host_id,
        booking_practice=caller.practice,
        booking_practice_name=caller.practice_name,
        booking_practice_phone=caller.practice_phone,
        description=command.description.strip(),
        comment=_comment(deal),
        created=asked_at,
    )


def _comment(deal: _Deal) -> str:
    """The note for the host, with the interpreter the national record asks for."""
    traced = deal.person.traced
    interpreter = rules.interpreter_words(traced.interpreter if traced else "")
    return f"{interpreter}{deal.command.comment.strip()}".strip()


def _claim(desk: Desk, deal: _Deal) -> tuple[BookingView | None, datetime]:
    """Work A: everything that must be true, in one transaction that ends with the claim and the booking committed."""
    command, caller = deal.command, deal.caller
    with desk.work.begin() as tx:
        # two tabs booking one patient cannot both pass the clash check
        one_at_a_time(tx, command.nhs_number.value, kind=0)
        existing = bookings.view(tx, command.ref)
        if existing is not None and existing.nhs_number != command.nhs_number:
            raise _used_for_another()
        if existing is not None:
            return existing, existing.requested_at
        if not desk.gate.stands(tx, deal.permit):
            raise NotPermitted(
                f"The agreement with {deal.facts.host_name} was withdrawn a moment ago. Nothing was booked.",
                next_step=after_a_withdrawal(caller.role),
                decision=deal.permit.decision,
            )
        live = directory.booking_is_live(tx, deal.facts.host)
        closed = rules.open_for_booking(live=live, host_name=deal.facts.host_name)
        if closed:
            raise closed
        held = claims.held_by(tx, command.ref, lock=True)
        if not held or held[0].holder_id != caller.user_id:
            raise _hold_lost()
        if held[0].expires_at is None:  # confirmed while we waited for its lock; the same patient waits for their own
            raise _used_for_another()
        found = clashing.found(
            tx, deal.facts.window, command.nhs_number, replaces=command.replaces, clash_reason=command.clash_reason
        )
        if found is not None:
            raise found
        if command.replaces is not None:
            moving.check(desk, tx, command.replaces, command.nhs_number, caller)
        now = desk.clock.now()
        row = _row(deal)
        row.requested_at = now
        row.next_look_at = now + desk.settings.abandoned_after
        tx.add(row)
        claims.confirm(tx, command.ref)
        bookings.note(
            tx,
            row,
            "",
            caller=caller,
            at=now,
            words=f"Asked {deal.facts.host_name} for this time.",
            detail={"replaces": row.replaces or ""},
        )
    return None, now


def _row(deal: _Deal) -> BookingRow:
    command, caller, facts, permit = deal.command, deal.caller, deal.facts, deal.permit
    patient, traced = deal.person.patient, deal.person.traced
    return BookingRow(
        ref=command.ref.value,
        state=BookingState.REQUESTED.value,
        host_ods=facts.host.value,
        booking_ods=caller.practice.value,
        home_ods=traced.home_practice.value if traced and traced.home_practice else None,
        start_at=facts.window.start,
        end_at=facts.window.end,
        facts=bookings.facts_json(facts),
        nhs_number=command.nhs_number.value,
        family=patient.family,
        given=patient.given,
        birth_date=patient.birth_date,
        gender=patient.gender.value,
        phone=command.phone.strip() or patient.phone,
        interpreter=traced.interpreter if traced else "",
        access_needs=list(traced.access_needs) if traced else [],
        description=command.description.strip(),
        comment=command.comment.strip(),
        patient_told=command.patient_told,
        clash_reason=command.clash_reason.strip(),
        agreement_id=permit.decision.agreement_id,
        agreement=permit.decision.agreement,
        clause=permit.decision.clause,
        created_by=caller.user_id,
        created_by_name=caller.name,
        created_by_role=caller.role.value,
        created_via=caller.via,
        trace_id=caller.trace_id,
        replaces=command.replaces.value if command.replaces else None,
        patient_host_id=deal.person.at_host.host_id if deal.person.at_host else "",
    )
