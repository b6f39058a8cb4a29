"""Patients of a host practice, for other systems: find and read them there, and register one for a booking.

Restriction and death are told by the national record alone, so everybody is traced before they are shown; whoever may
not be shown looks as if they were not there.
"""

from dataclasses import replace

from connectors.faults import Fault, PatientUnknown, Refused, Unreachable, Unsupported
from connectors.port import ReadsFoundations
from practices.results import PracticeView
from scheduling import asking, rules
from scheduling.desk import Desk
from scheduling.problems import HostRefused, HostSlow, OutcomeUnknown, PatientKnown, PatientNotFound, PatientUnverified
from sharing_agreements.gate import Permit
from storage.ledger import LedgerEvent, record
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import Patient, TracedPatient, compare
from vocabulary.people import Caller
from vocabulary.purposes import Scope


def find(desk: Desk, practice: PracticeView, nhs_number: NHSNumber, caller: Caller) -> Patient | None:
    """The active patient with this number at the practice; None where there is none to be shown."""
    allowed = permit(desk, practice, caller, nhs_number)
    try:
        found = asking.find_patient(desk.connect(allowed), nhs_number)
    except Fault as fault:
        raise _unanswered(fault) from None
    return found if found is not None and _shown(desk, practice, found, caller) else None


def read(desk: Desk, practice: PracticeView, patient_id: str, caller: Caller) -> Patient:
    """The active patient with this id at the practice. Raises PatientNotFound."""
    found = identify(desk, permit(desk, practice, caller), patient_id)
    if not _shown(desk, practice, found, caller):
        raise _nobody()
    return found


def identify(desk: Desk, allowed: Permit, patient_id: str) -> Patient:
    """Who an id of the practice's is, for an act with a permit that traces them itself before it shows anything."""
    try:
        return reading(desk, allowed).read_patient(patient_id)
    except PatientUnknown:
        raise _nobody() from None
    except Fault as fault:
        raise _unanswered(fault) from None


def reading(desk: Desk, allowed: Permit) -> ReadsFoundations:
    """The practice's system, if it reads things by its own ids. Raises Unsupported where it cannot."""
    system = desk.connect(allowed)
    if not isinstance(system, ReadsFoundations):
        raise Unsupported("The practice's system cannot read a patient by its own number.", detail="no reading by id")
    return system


def register(desk: Desk, practice: PracticeView, sent: Patient, caller: Caller) -> Patient:
    """Register somebody temporarily, as the national record has them, with the telephone number sent.

    Raises PatientUnverified, PatientKnown, NotBookable (superseded), HostRefused, HostSlow (nothing was done) and
    OutcomeUnknown.
    """
    allowed = permit(desk, practice, caller, sent.nhs_number)
    traced = _verified(desk, sent, caller)
    try:
        system = desk.connect(allowed)
        if asking.find_patient(system, sent.nhs_number) is not None:
            raise _known(practice)
    except Fault as fault:
        raise _unanswered(fault) from None
    person = replace(traced.patient, phone=sent.phone or traced.patient.phone, host_id="")
    try:
        registered = system.register_patient(person)
    except Refused as refused:
        if refused.status == 409:
            raise _known(practice) from None
        raise HostRefused(refused.words, next_step="Check the details with the patient.") from None
    except (Unreachable, Unsupported) as fault:
        raise _unanswered(fault) from None
    except Fault:
        raise OutcomeUnknown(
            f"{practice.name} did not say whether the patient was registered.", next_step="Find the patient first."
        ) from None
    _account(desk, practice, "patient.registered", sent.nhs_number, caller)
    return registered


def permit(desk: Desk, practice: PracticeView, caller: Caller, nhs_number: NHSNumber | None = None) -> Permit:
    """The permit to book there, and to know its patients for that. Raises NotPermitted."""
    return desk.gate.permit(caller, practice.ods, Scope.BOOK, giver_name=practice.name, nhs_number=nhs_number)


def _shown(desk: Desk, practice: PracticeView, found: Patient, caller: Caller) -> bool:
    """Whether this patient may be shown to another system; accounted for if so."""
    try:
        traced = desk.tracing.trace(found.nhs_number, caller=caller)
    except PatientUnknown:  # nobody nationally: then the practice's own word counts
        traced = None
    except Fault as fault:  # unanswered is not unrestricted
        raise _unanswered(fault) from None
    if traced is not None and (traced.restricted or rules.patient_refusal(traced) is not None):
        return False
    _account(desk, practice, "patient.shown", found.nhs_number, caller)
    return True


def _verified(desk: Desk, sent: Patient, caller: Caller) -> TracedPatient:
    try:
        traced = desk.tracing.trace(sent.nhs_number, caller=caller)
    except PatientUnknown:
        raise _unverified("Nobody has that NHS number in the national record.") from None
    except Fault:
        raise HostSlow(
            "The national demographics service is not answering, so nobody can be registered now.",
            next_step="Try again in a few minutes.",
        ) from None
    refusal = rules.patient_refusal(traced)
    if traced.superseded_by is not None and refusal is not None:
        raise refusal
    if refusal is not None or traced.restricted or compare(sent, traced.patient).blocks:
        raise _unverified("The details are not those of the national record, or do not allow a registration.")
    return traced


def _account(desk: Desk, practice: PracticeView, act: str, nhs_number: NHSNumber, caller: Caller) -> None:
    event = LedgerEvent(act, host=practice.ods, nhs_number=nhs_number, purpose="direct-care")
    with desk.work.begin() as tx:
        record(tx, event, caller=caller, at=desk.clock.now())


def _nobody() -> PatientNotFound:
    return PatientNotFound("The practice has no such patient.", next_step="Find the patient again.")


def _known(practice: PracticeView) -> PatientKnown:
    return PatientKnown(f"{practice.name} has this patient already.", next_step="Find the patient instead.")


def _unverified(words: str) -> PatientUnverified:
    return PatientUnverified(words, next_step="Check the details with the patient.")


def _unanswered(fault: Fault) -> HostRefused | HostSlow:
    if isinstance(fault, Refused):
        return HostRefused(fault.words, next_step="Ring the practice instead.")
    return HostSlow(fault.words, next_step="Try again in a moment, or ring the practice.")
