"""What a fake desk says about agreements: the simulator's and the what-if's answers, from terms in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from scheduling.consequences import (
    AffectedBooking,
    BookingGroup,
    Consequences,
    ContractMinutes,
    DaySlots,
    PeopleLosing,
)
from scheduling.ending import Carried
from scheduling.problems import NoSuchAgreement
from sharing_agreements.access_map import access_map, losses
from sharing_agreements.deeds import reason_of
from sharing_agreements.drafting import Ref
from sharing_agreements.explaining import Explanation, Situation, explain
from sharing_agreements.proposals import Proposal, after
from sharing_agreements.simulator import Asked, NotYourQuestion
from sharing_agreements.terms import PatientFacts, Terms
from vocabulary.appointments import BookingState
from vocabulary.choices import PatientChoice
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.purposes import Scope
from vocabulary.times import london_date


class SharingAnswers:
    """Answers from these terms."""

    terms: tuple[Terms, ...] = ()
    names: dict[OdsCode, str] = {}  # noqa: RUF012 - replaced whole
    foreseen: tuple[Proposal, ...] = ()
    done: tuple[tuple[Proposal, Ref | None, str], ...] = ()

    def ask(self, asked: Asked, caller: Caller) -> Explanation:
        (answer,) = self.ask_many([asked], caller)
        if isinstance(answer, NotYourQuestion):
            raise answer
        return answer

    def ask_many(self, many: Sequence[Asked], caller: Caller) -> tuple[Explanation | NotYourQuestion, ...]:
        return tuple(
            explain(Situation(self.terms, asked.question, asked.at))
            if caller.role is UserRole.FEDERATION_ADMIN
            or caller.practice in (asked.question.asker, asked.question.giver)
            else NotYourQuestion("That question is about two other practices.", next_step="Ask your federation admin.")
            for asked in many
        )

    def ask_about(self, asked: Asked, nhs_number: NHSNumber, caller: Caller) -> Explanation:
        """Everybody named here dissents."""
        facts = asked.question.patient or PatientFacts()
        facts = replace(facts, choices=frozenset({PatientChoice.DISSENT_TO_SHARING}))
        return self.ask(replace(asked, question=replace(asked.question, patient=facts)), caller)

    def foresee(self, proposal: Proposal, caller: Caller) -> Consequences:
        """As many bookings and slots as there are pairs that lose something."""
        self.foreseen += (proposal,)
        known = {terms.id for terms in self.terms}
        if proposal.agreement_id is not None and proposal.agreement_id not in known:
            raise NoSuchAgreement("There is no such agreement that names your practice.", next_step="Choose one.")
        lost = losses(access_map(self.terms, proposal.at), access_map(after(self.terms, proposal), proposal.at))
        booked = [loss for loss in lost if loss.scope is Scope.BOOK]
        groups = tuple(_group(number, loss.asker, loss.giver, proposal.at) for number, loss in enumerate(booked[:6]))
        practices = sorted({ods for loss in lost for ods in (loss.asker, loss.giver)})
        first = london_date(proposal.at)
        days = tuple(
            DaySlots(first + timedelta(days=number), 9 + (number * 7) % 23, 10 * (9 + (number * 7) % 23))
            for number in range(14 if lost else 0)
            if (first + timedelta(days=number)).weekday() < 6
        )
        return Consequences(
            proposal,
            proposal.at,
            {ods: self.names.get(ods, ods.value) for ods in practices},
            lost,
            groups,
            days,
            sum(day.slots for day in days),
            sum(day.minutes for day in days),
            tuple(
                ContractMinutes(ods, 9000 + 900 * number, 540 + 54 * number, 1320, 330 + 30 * number)
                for number, ods in enumerate(practices)
            ),
            (proposal.at, proposal.at + timedelta(days=7)),
            tuple(
                PeopleLosing(ods, role, (Scope.SEE_SLOTS, Scope.BOOK), 4, 3 + number)
                for number, ods in enumerate(practices)
                for role in (UserRole.RECEPTIONIST, UserRole.CLINICIAN)
            ),
        )

    def carry_out(
        self, proposal: Proposal, ref: Ref | None, *, reason: str, moves: Collection[str], caller: Caller
    ) -> Carried:
        """Say what would become of the bookings foreseen. A reason is wanted, as the register wants one."""
        reason_of(reason, "it stops")
        self.done += ((proposal, ref, reason),)
        groups = self.foresee(proposal, caller).groups
        return Carried(
            tuple(booking for group in groups if group.key not in moves for booking in group.bookings),
            tuple(booking for group in groups if group.key in moves for booking in group.bookings),
            tuple(terms.label for terms in self.terms if ref is None and caller.practice in terms.parties),
        )


def _group(number: int, asker: OdsCode, giver: OdsCode, at: datetime) -> BookingGroup:
    made = tuple(
        AffectedBooking(
            BookingRef.from_number(4_000_000 + 7919 * (10 * number + each)),
            at + timedelta(days=1 + each, hours=number),
            15,
            asker,
            giver,
            BookingState.BOOKED,
            "DSA-AVON-01 v1",
        )
        for each in range(1 + number % 3)
    )
    return BookingGroup(asker, giver, made)
