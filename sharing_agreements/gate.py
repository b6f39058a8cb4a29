"""The gate: the one place where a Permit is minted. It decides by the agreements in force and accounts for it first."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.admission import FITTING, OF_ONE_PATIENT, OF_ONES_OWN, TO_FIND_OUT, TO_GIVE_BACK, Act, NotAdmitted, Pass
from connectors.faults import Unreachable
from sharing_agreements.disclosures import account_for
from sharing_agreements.problems import NotPermitted, refusal_words
from sharing_agreements.reading import Reader, Standing, choices_of, hold_still
from sharing_agreements.terms import Decision, GivingBack, PatientFacts, Question, Why, in_emergency, outward
from storage.work import Tx, Work
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.purposes import Purpose, Scope
from vocabulary.times import Clock

LIVES = timedelta(seconds=60)
"""How long a permit lets a system be asked. The slowest act (trace, find, claim, register, book, each with its own
limit) is over in two thirds of it; what was decided a minute ago is not asked on."""

_CHOICES_BIND = frozenset({Scope.VIEW_RECORD, Scope.ANALYSE})
_MINT = object()


@dataclass(frozen=True, slots=True, init=False)
class Permit:
    """A minted, logged decision for one act. Only the gate can make one."""

    question: Question
    decision: Decision
    at: datetime
    caller: Caller
    nhs_number: NHSNumber | None
    booking_ref: str

    def __init__(
        self,
        mint: object,
        question: Question,
        decision: Decision,
        at: datetime,
        *,
        caller: Caller,
        nhs_number: NHSNumber | None = None,
        booking_ref: str = "",
    ) -> None:
        if mint is not _MINT:
            raise TypeError("a Permit is minted by the gate only")
        object.__setattr__(self, "question", question)
        object.__setattr__(self, "decision", decision)
        object.__setattr__(self, "at", at)
        object.__setattr__(self, "caller", caller)
        object.__setattr__(self, "nhs_number", nhs_number)
        object.__setattr__(self, "booking_ref", booking_ref)

    @property
    def host(self) -> OdsCode:
        """Whose system it opens."""
        return self.question.giver

    @property
    def until(self) -> datetime:
        """When it opens nothing any more."""
        return self.at + LIVES


class Gate:
    """Answers questions from the register and writes each answer to the ledger before anything is fetched."""

    def __init__(self, work: Work, clock: Clock) -> None:
        self._work = work
        self._clock = clock
        self._reader = Reader()

    def permit(
        self,
        caller: Caller,
        giver: OdsCode,
        scope: Scope,
        *,
        giver_name: str = "",
        nhs_number: NHSNumber | None = None,
        booking_ref: str = "",
        gives_back: GivingBack | None = None,
        patient: PatientFacts | None = None,
    ) -> Permit:
        """A permit for one act, its decision committed to the ledger. Raises NotPermitted, also accounted for.

        `gives_back` says that the act gives up a booking in which the caller's practice has a part, or finds out what
        became of it: the verb has made sure of it. `patient` are facts about whom `nhs_number` names, as far as the
        verb knows them; what the patient has chosen is read here.
        """
        with self._work.begin() as tx:
            standing = self._reader.read(tx)
            facts = _facts(tx, scope, nhs_number, patient)
            question = Question(caller.practice, caller.role, giver, scope, gives_back=gives_back, patient=facts)
            at = self._clock.now()
            decision = standing.decide(question, at)
            account_for(tx, question, decision, caller=caller, at=at, nhs_number=nhs_number, booking_ref=booking_ref)
        if not decision.allowed:
            message, next_step = refusal_words(decision, giver_name or giver.value, role=caller.role, scope=scope)
            raise NotPermitted(message, next_step=next_step, decision=outward(decision))
        return Permit(_MINT, question, decision, at, caller=caller, nhs_number=nhs_number, booking_ref=booking_ref)

    def break_glass(
        self,
        caller: Caller,
        giver: OdsCode,
        *,
        nhs_number: NHSNumber,
        patient: PatientFacts,
        alert: Callable[[Tx, Decision, datetime], None],
        giver_name: str = "",
        booking_ref: str = "",
    ) -> Permit:
        """A permit to view one record in an emergency, where the agreement's scope alone would refuse it.

        `alert` is called in the same commit when the glass breaks, and not when an agreement grants the look anyhow:
        nobody gets in without the patient's practice being told. Raises NotPermitted, also accounted for.
        """
        with self._work.begin() as tx:
            facts = _facts(tx, Scope.VIEW_RECORD, nhs_number, patient)
            question = Question(caller.practice, caller.role, giver, Scope.VIEW_RECORD, patient=facts)
            at = self._clock.now()
            decision = in_emergency(self._reader.read(tx).decide(question, at), question)
            account_for(tx, question, decision, caller=caller, at=at, nhs_number=nhs_number, booking_ref=booking_ref)
            if decision.why is Why.EMERGENCY:
                alert(tx, decision, at)
        if not decision.allowed:
            message, next_step = refusal_words(
                outward(decision), giver_name or giver.value, role=caller.role, scope=Scope.VIEW_RECORD
            )
            raise NotPermitted(message, next_step=next_step, decision=outward(decision))
        return Permit(_MINT, question, decision, at, caller=caller, nhs_number=nhs_number, booking_ref=booking_ref)

    def for_timetable(self, tx: Tx, caller: Caller, host: OdsCode) -> Permit | None:
        """A permit to ask what is free there, for a background job. None, accounted for, where it is refused.

        Granted ones are not written one by one: the timetable asks every two minutes, and its opening and closing of
        each pair stand in the ledger, with the clause (`pool.opened`, `pool.closed`).
        """
        if caller.role is not UserRole.SYSTEM:
            raise ValueError("people's acts are accounted for one by one: ask for a permit")
        question = Question(caller.practice, caller.role, host, Scope.SEE_SLOTS)
        at = self._clock.now()
        decision = self._reader.read(tx).decide(question, at)
        if not decision.allowed:
            account_for(tx, question, decision, caller=caller, at=at, nhs_number=None, booking_ref="")
            return None
        return Permit(_MINT, question, decision, at, caller=caller)

    def for_following(
        self, tx: Tx, caller: Caller, host: OdsCode, *, nhs_number: NHSNumber, booking_ref: str, agreement: str
    ) -> Permit | None:
        """A permit for a background job to see whether a booking that the caller's practice made still stands there.
        None, accounted for, where it is refused.

        As with the timetable, granted ones are not written one by one: it asks every few minutes. That it began to
        stands in the ledger, with the booking (`booking.followed`), and so does whatever it finds changed.
        """
        if caller.role is not UserRole.SYSTEM:
            raise ValueError("people's acts are accounted for one by one: ask for a permit")
        gives_back = GivingBack(agreement, made_by_asker=True, finding_out=True)
        facts = _facts(tx, Scope.BOOK, nhs_number, None)
        question = Question(caller.practice, caller.role, host, Scope.BOOK, gives_back=gives_back, patient=facts)
        at = self._clock.now()
        decision = self._reader.read(tx).decide(question, at)
        if not decision.allowed:
            account_for(tx, question, decision, caller=caller, at=at, nhs_number=nhs_number, booking_ref=booking_ref)
            return None
        return Permit(_MINT, question, decision, at, caller=caller, nhs_number=nhs_number, booking_ref=booking_ref)

    def stands(self, tx: Tx, permit: Permit) -> bool:
        """Decide again inside the claim's own transaction, with the agreement's row and both practices' switches held:
        whoever suspends or pulls one waits for it, so no claim commits after they did. Another agreement does not help:
        its row is not held."""
        agreement = permit.decision.agreement_id
        if agreement is None:
            return permit.decision.allowed
        hold_still(tx, agreement, (permit.question.asker, permit.question.giver))
        question = permit.question
        if question.patient is not None:
            question = replace(question, patient=_facts(tx, question.scope, permit.nhs_number, question.patient))
        return self._reader.read(tx).decide(question, self._clock.now(), under=agreement).allowed

    def standing(self, tx: Tx) -> Standing:
        """The register as it stands, for deciding about many practices at once. Who uses it accounts for itself."""
        return self._reader.read(tx)

    def open_hosts(
        self, tx: Tx, caller: Caller, scope: Scope, hosts: Iterable[OdsCode], *, at: datetime
    ) -> dict[OdsCode, Decision]:
        """The decision for each of many hosts at once, one query in all. Search accounts for itself, once."""
        standing = self._reader.read(tx)
        return {
            host: standing.decide(Question(caller.practice, caller.role, host, scope, Purpose.DIRECT_CARE), at)
            for host in hosts
        }

    def admit(self, shown: Pass, act: Act) -> None:
        """Let an act at a GP system through, if what is shown is a permit that fits it and has not run out."""
        if not isinstance(shown, Permit):
            raise NotAdmitted(f"{act.method} was to be called without a permit: ask the gate for one")
        misfit = _misfit(shown, act)
        if misfit:
            raise NotAdmitted(f"{act.method} was to be called with a permit {misfit}")
        if self._clock.now() >= shown.until:
            raise Unreachable("It took too long to get that far, so the practice's system was not asked.")


def _facts(tx: Tx, scope: Scope, nhs_number: NHSNumber | None, known: PatientFacts | None) -> PatientFacts | None:
    """What is known of the patient, with their choices as they are on record now."""
    if nhs_number is None:
        return known
    chosen = choices_of(tx, nhs_number) if scope in _CHOICES_BIND else frozenset()
    return replace(known or PatientFacts(), choices=chosen)


def _misfit(permit: Permit, act: Act) -> str:
    """Why this permit is not for this act; empty when it is."""
    if act.host != permit.host:
        return "for another host"
    if permit.question.scope not in FITTING[act.method]:
        return f"to {permit.question.scope.value}"
    why = permit.decision.why
    if act.method in OF_ONES_OWN and why is not Why.OWN_PRACTICE:
        return "for a neighbour's diary"
    if (why is Why.GIVING_BACK and act.method not in TO_GIVE_BACK) or (
        why is Why.FINDING_OUT and act.method not in TO_FIND_OUT
    ):
        return f"for {why.value} only"
    if act.method in OF_ONE_PATIENT and act.nhs_number != permit.nhs_number:
        return "for another patient, or for none"
    if act.ref is not None and permit.booking_ref not in ("", act.ref.value):
        return "for another booking"
    return ""
