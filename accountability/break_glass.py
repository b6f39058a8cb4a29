"""Breaking the glass: a clinician views a record in an emergency although the agreement's scope would refuse.

The gate mints the permit and decides what an emergency opens (sharing_agreements.terms.in_emergency); this verb makes
sure of the reason and of who it is, and sees to it that the guardian of the patient's practice is told in the same
commit and has 48 hours to review it. The viewing room fetches with the permit that comes back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from accountability.concerns import Concern
from accountability.oversight import Oversight
from accountability.problems import GlassNotBroken, WordsMissing
from accountability.reviews import Raised, raise_review
from connectors.faults import Fault
from sharing_agreements.gate import Permit
from sharing_agreements.problems import NotPermitted
from sharing_agreements.terms import Decision, PatientFacts, Why
from storage.ledger import LedgerEvent, record
from storage.work import Tx
from vocabulary.choices import AnsweredBy, Permission
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import Caller, UserRole

REVIEWED_WITHIN = timedelta(hours=48)
PROVED_WITHIN = timedelta(minutes=5)
SHORTEST_REASON, LONGEST_REASON, FEWEST_WORDS = 10, 300, 2


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """An emergency: whose record, held where, and why it cannot wait. `permission` is what the patient said, or
    whoever spoke for them (`answered_by`), if they could be asked. `preface` is what the hub puts before the reason."""

    nhs_number: NHSNumber
    home: OdsCode
    reason: str
    home_name: str = ""
    permission: Permission = Permission.CANNOT_ASK
    booking_ref: str = ""
    answered_by: AnsweredBy | None = None
    preface: str = ""

    def __repr__(self) -> str:
        return "BreakGlass(hidden)"


def break_glass(oversight: Oversight, command: BreakGlass, caller: Caller, *, proved_at: datetime | None) -> Permit:
    """A permit for one look. `proved_at` is when the clinician last proved who they are (hub.auth.step_up.fresh).

    Raises GlassNotBroken, WordsMissing, and NotPermitted where the patient, the law or the agreements refuse; a refusal
    is in the ledger twice, as the gate's and as `glass.refused`.
    """
    reason, now = _reason(command), oversight.clock.now()
    if caller.role is not UserRole.CLINICIAN:
        raise GlassNotBroken("Only a clinician may view a record in an emergency.", next_step="Ask one to do it.")
    if proved_at is None or now - proved_at > PROVED_WITHIN:
        raise GlassNotBroken(
            "Prove who you are first: an emergency view needs a fresh proof.",
            next_step="Choose “Prove who you are”, and send the form again.",
        )
    facts = _facts(oversight, command, caller)

    def alert(tx: Tx, decision: Decision, at: datetime) -> None:
        raised = Raised(
            concern=Concern.BREAK_GLASS,
            owner=command.home,
            acting_for=caller.practice,
            user_id=caller.user_id,
            user_name=caller.name,
            user_role=caller.role.value,
            first_at=at,
            last_at=at,
            due_at=at + REVIEWED_WITHIN,
            nhs_number=command.nhs_number.value,
            reason=reason,
            agreement=decision.agreement,
        )
        event = LedgerEvent(
            "glass.broken",
            host=command.home,
            nhs_number=command.nhs_number,
            booking_ref=command.booking_ref,
            purpose="direct-care",
            agreement=decision.agreement,
            reason=reason,
            detail=_said(command) | {"despite": decision.despite or ""},
        )
        record(tx, event, caller=caller, at=at)
        raise_review(tx, raised, caller=caller, at=at)

    try:
        return oversight.gate.break_glass(
            caller,
            command.home,
            giver_name=command.home_name,
            nhs_number=command.nhs_number,
            patient=facts,
            alert=alert,
            booking_ref=command.booking_ref,
        )
    except NotPermitted as refusal:
        _account_for_refusal(oversight, command, caller, refusal, reason)
        raise


def _said(command: BreakGlass) -> dict[str, str]:
    who = {"answered_by": command.answered_by.value} if command.answered_by else {}
    return {"permission": command.permission.value} | who


def _reason(command: BreakGlass) -> str:
    said = command.reason.strip()
    if not said:
        raise WordsMissing("Say what the emergency is, in a few words.", field="reason")
    if len(said) < SHORTEST_REASON or len(said.split()) < FEWEST_WORDS:
        raise WordsMissing(
            f"Say more than that: at least {FEWEST_WORDS} words and {SHORTEST_REASON} characters, what has happened "
            "and what you need to know.",
            field="reason",
        )
    if len(said) > LONGEST_REASON:
        raise WordsMissing(f"Say it in {LONGEST_REASON} characters or fewer.", field="reason")
    return f"{command.preface}{said}"


def _facts(oversight: Oversight, command: BreakGlass, caller: Caller) -> PatientFacts:
    """Restriction is the national record's to say, and nobody's to guess: while it does not answer, nothing opens."""
    try:
        traced = oversight.tracing.trace(command.nhs_number, caller=caller)
    except Fault:
        raise GlassNotBroken(
            "The national record does not answer, so the hub cannot make sure that this record may be opened.",
            next_step=f"Ring {command.home_name or command.home.value}.",
        ) from None
    if not traced.restricted and traced.home_practice != command.home:
        raise GlassNotBroken(
            "The patient is not registered there now.", next_step="Look the patient up again, and try their practice."
        )
    return PatientFacts(restricted=traced.restricted, permission=command.permission, answered_by=command.answered_by)


def account_for_dissent(oversight: Oversight, command: BreakGlass, caller: Caller) -> None:
    """The glass was asked for of a patient who wants nothing shared, and that was said at once, before any proof."""
    refused = NotPermitted("", decision=Decision(allowed=False, why=Why.DISSENT))
    _account_for_refusal(oversight, command, caller, refused, command.reason)


def _account_for_refusal(
    oversight: Oversight, command: BreakGlass, caller: Caller, refusal: NotPermitted, reason: str
) -> None:
    event = LedgerEvent(
        "glass.refused",
        "refused",
        host=command.home,
        nhs_number=command.nhs_number,
        booking_ref=command.booking_ref,
        purpose="direct-care",
        agreement=refusal.decision.agreement,
        reason=refusal.decision.why.value,
        detail={"said": reason},
    )
    with oversight.work.begin() as tx:
        record(tx, event, caller=caller, at=oversight.clock.now())
