"""The gate: the one place where a Permit is minted. It decides by the agreements in force and accounts for it first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sharing_agreements.disclosures import account_for
from sharing_agreements.problems import NotPermitted, refusal_words
from sharing_agreements.reading import read_terms
from sharing_agreements.terms import Decision, GivingBack, Question, decide
from storage.work import Tx, Work
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import Caller
from vocabulary.purposes import Purpose, Scope
from vocabulary.times import Clock

_MINT = object()


@dataclass(frozen=True, slots=True, init=False)
class Permit:
    """A minted, logged decision for one act. Only `Gate.permit` can make one."""

    question: Question
    decision: Decision
    at: datetime
    booking_ref: str

    def __init__(self, mint: object, question: Question, decision: Decision, at: datetime, booking_ref: str) -> None:
        if mint is not _MINT:
            raise TypeError("a Permit is minted by the gate only")
        object.__setattr__(self, "question", question)
        object.__setattr__(self, "decision", decision)
        object.__setattr__(self, "at", at)
        object.__setattr__(self, "booking_ref", booking_ref)


class Gate:
    """Answers questions from the register and writes each answer to the ledger before anything is fetched."""

    def __init__(self, work: Work, clock: Clock) -> None:
        self._work = work
        self._clock = clock

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
    ) -> Permit:
        """A permit for one act, its decision committed to the ledger. Raises NotPermitted, also accounted for.

        `gives_back` says that the act gives up a booking in which the caller's practice has a part: the verb has made
        sure of it.
        """
        question = Question(caller.practice, caller.role, giver, scope, gives_back=gives_back)
        with self._work.begin() as tx:
            at = self._clock.now()
            decision = decide(read_terms(tx, {caller.practice, giver}), question, at)
            account_for(tx, question, decision, caller=caller, at=at, nhs_number=nhs_number, booking_ref=booking_ref)
        if not decision.allowed:
            message, next_step = refusal_words(decision, giver_name or giver.value, role=caller.role)
            raise NotPermitted(message, next_step=next_step, decision=decision)
        return Permit(_MINT, question, decision, at, booking_ref)

    def stands(self, tx: Tx, permit: Permit) -> bool:
        """Decide again inside the claim's own transaction, the agreement's row locked FOR SHARE: a suspension updates
        that row, so no claim commits after one did. Another agreement does not help: its row is not locked."""
        agreement_id = permit.decision.agreement_id
        if agreement_id is None:
            return permit.decision.allowed
        terms = read_terms(tx, {permit.question.asker, permit.question.giver}, lock=agreement_id)
        the_same = [agreement for agreement in terms if agreement.id == agreement_id]
        return decide(the_same, permit.question, self._clock.now()).allowed

    def open_hosts(
        self, tx: Tx, caller: Caller, scope: Scope, hosts: Iterable[OdsCode], *, at: datetime
    ) -> dict[OdsCode, Decision]:
        """The decision for each of many hosts at once, two queries in all. Search accounts for itself, once."""
        terms = read_terms(tx, {caller.practice}, any_of=True)
        return {
            host: decide(terms, Question(caller.practice, caller.role, host, scope, Purpose.DIRECT_CARE), at)
            for host in hosts
        }
