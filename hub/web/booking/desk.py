"""The diary desk as pages use it: each verb bound to the desk that the wiring made. No rule lives here.

It is one object so that a page can be shown with made-up results; what it does is call the verbs.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from flask import current_app

from scheduling import (
    ahead,
    booking,
    cancelling,
    clashing,
    consequences,
    drift,
    ending,
    holding,
    patients,
    reporting,
    resolving,
    search,
    views,
    visiting,
)
from scheduling.ahead import Ahead
from scheduling.commands import BookSlots, CancelBooking, FindSlots, ListBookings, SettleByHand, TakeHold
from scheduling.consequences import Consequences
from scheduling.desk import Desk
from scheduling.drift import DriftReport
from scheduling.ending import Carried
from scheduling.patients import PatientCard
from scheduling.problems import PatientClash
from scheduling.results import (
    AttentionItem,
    BookingEvent,
    BookingView,
    HoldView,
    HostAnswer,
    HostHealth,
    Offer,
    SearchResult,
    SlotFacts,
)
from scheduling.visit_rules import Visit, VisitSettings
from scheduling.visiting import ExpectedVisit, NoteVisit
from sharing_agreements.drafting import Ref
from sharing_agreements.explaining import Explanation
from sharing_agreements.proposals import Proposal
from sharing_agreements.simulator import Asked, NotYourQuestion, Simulator
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.people import Caller
from vocabulary.times import Window

EXTENSION = "hub_web_desk"


@dataclass(frozen=True, slots=True)
class WebDesk:
    """The verbs that pages call."""

    desk: Desk

    def look_up(self, nhs_number: NHSNumber, caller: Caller) -> PatientCard:
        """The person with this number."""
        return patients.look_up(self.desk, nhs_number, caller)

    def search_patients(
        self, caller: Caller, *, family: str, given: str, birth_date: date, postcode: str
    ) -> tuple[PatientCard, ...]:
        """People who fit these details."""
        return patients.search(self.desk, caller, family=family, given=given, birth_date=birth_date, postcode=postcode)

    def find(self, command: FindSlots, caller: Caller) -> SearchResult:
        """Search the pool."""
        return search.find(self.desk, command, caller)

    def alternatives(self, facts: SlotFacts, caller: Caller) -> tuple[Offer, ...]:
        """The nearest offers to one that was lost."""
        return search.alternatives(self.desk, facts, caller)

    def explain(self, host: OdsCode, caller: Caller) -> HostAnswer:
        """Why can't I see this practice?"""
        return search.explain(self.desk, host, caller)

    def board(self, day: date, caller: Caller) -> SearchResult:
        """What can I offer on one day."""
        return views.board(self.desk, day, caller)

    def take(self, command: TakeHold, caller: Caller) -> HoldView:
        """Hold slots."""
        return holding.take(self.desk, command, caller)

    def show(self, ref: BookingRef, caller: Caller) -> HoldView:
        """A hold as it stands."""
        return holding.show(self.desk, ref, caller)

    def release(self, ref: BookingRef, caller: Caller) -> None:
        """Let a hold go."""
        holding.release(self.desk, ref, caller)

    def book(self, command: BookSlots, caller: Caller) -> BookingView:
        """Confirm a hold for a patient."""
        return booking.book(self.desk, command, caller)

    def clash(
        self, window: Window, nhs_number: NHSNumber, caller: Caller, *, replaces: BookingRef | None
    ) -> PatientClash | None:
        """The clash that confirming would meet."""
        return clashing.foreseen(self.desk, window, nhs_number, caller, replaces=replaces)

    def booking(self, ref: BookingRef, caller: Caller) -> BookingView:
        """One booking."""
        return views.booking(self.desk, ref, caller)

    def ahead(self, visit: BookingRef, caller: Caller) -> Ahead:
        """What else is ahead for the patient of a visit."""
        return ahead.look(self.desk, visit, caller)

    def cancel_ahead(self, visit: BookingRef, command: CancelBooking, caller: Caller) -> BookingView:
        """Cancel one of those."""
        return ahead.cancel(self.desk, visit, command, caller)

    def history(self, ref: BookingRef, caller: Caller) -> tuple[BookingEvent, ...]:
        """What happened to it."""
        return views.history(self.desk, ref, caller)

    def listed(self, command: ListBookings, caller: Caller) -> tuple[BookingView, ...]:
        """Bookings by patient, host or booking practice."""
        return views.listed(self.desk, command, caller)

    def expected(self, day: date, caller: Caller) -> tuple[ExpectedVisit, ...]:
        """Who comes to the caller's own practice on one day, and where each visit stands."""
        return visiting.expected(self.desk, day, caller)

    def expected_for_copy(self, day: date, caller: Caller) -> tuple[ExpectedVisit, ...]:
        """The same list, for the practice's last copy."""
        return visiting.expected_for_copy(self.desk, day, caller)

    def hears_of_visits(self, caller: Caller) -> bool:
        """Whether the caller's own system has a place for where patients are."""
        return reporting.hears(self.desk, caller)

    def note_visit(self, command: NoteVisit, caller: Caller) -> Visit:
        """Say something about a visit."""
        return visiting.note(self.desk, command, caller)

    @property
    def visit_settings(self) -> VisitSettings:
        """The numbers of a clinic."""
        return self.desk.settings.visits

    def cancel(self, command: CancelBooking, caller: Caller) -> BookingView:
        """Cancel a booking."""
        return cancelling.cancel(self.desk, command, caller)

    def attention(self, caller: Caller) -> tuple[AttentionItem, ...]:
        """What a person must settle."""
        return views.attention(self.desk, caller)

    def waiting(self, caller: Caller) -> int:
        """How many of them there are."""
        return views.waiting(self.desk, caller)

    def settle_attention(self, item: int, settlement: str, caller: Caller) -> None:
        """Take an item off the list."""
        views.settle_attention(self.desk, item, settlement, caller)

    def settle_by_hand(self, command: SettleByHand, caller: Caller) -> BookingView:
        """Say what became of a booking in doubt."""
        return resolving.settle_by_hand(self.desk, command, caller)

    def hosts(self, caller: Caller) -> tuple[HostHealth, ...]:
        """How the hosts answered lately."""
        return views.hosts(self.desk, caller)

    def check_drift(self, host: OdsCode) -> DriftReport:
        """Compare a host's diary with the hub's bookings there."""
        return drift.check(self.desk, host)

    def ask(self, asked: Asked, caller: Caller) -> Explanation:
        """What the gate would say to a question, and why."""
        return self._simulator.ask(asked, caller)

    def ask_many(self, many: Sequence[Asked], caller: Caller) -> tuple[Explanation | NotYourQuestion, ...]:
        """The same for many at once."""
        return self._simulator.ask_many(many, caller)

    def ask_about(self, asked: Asked, nhs_number: NHSNumber, caller: Caller) -> Explanation:
        """The same of a patient who is named."""
        return self._simulator.ask_about(asked, nhs_number, caller)

    @property
    def _simulator(self) -> Simulator:
        return Simulator(self.desk.work, self.desk.gate, self.desk.clock)

    def foresee(self, proposal: Proposal, caller: Caller) -> Consequences:
        """What a change of agreements would do."""
        return consequences.foresee(self.desk, proposal, caller)

    def carry_out(
        self, proposal: Proposal, ref: Ref | None, *, reason: str, moves: Collection[str], caller: Caller
    ) -> Carried:
        """Do it, with a choice for each group of bookings."""
        return ending.carry_out(self.desk, proposal, ref, reason=reason, moves=moves, caller=caller)


def the_desk() -> WebDesk:
    """The running application's desk."""
    found: WebDesk = current_app.extensions[EXTENSION]
    return found
