"""What both doors can do, and a story: one receptionist's journey through one of them, told in steps."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from tests.journeys.accounts import account_of, acts_of
from tests.journeys.pages import Pages
from tests.journeys.people import REASON_MARK, Person
from tests.journeys.town import NEIGHBOUR, Town, until
from tests.journeys.words import HELD, NOT_DONE, ON_THE_PHONE, Clinic, Form, Found, Offer, Told
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import OdsCode
from vocabulary.slots import DeliveryChannel


class Door(Protocol):
    """A way into the hub."""

    @property
    def name(self) -> str: ...
    def put_through(self, person: Person) -> Told: ...
    def look_for_name(self, person: Person) -> Told: ...
    def find(self, clinic: Clinic) -> Found: ...
    def choose(self, offer: Offer) -> Told: ...
    def confirm(self, form: Form) -> Told: ...
    def look(self, ref: str) -> Told: ...
    def cancel(self, ref: str, reason: CancellationReason = ...) -> Told: ...
    def begin_move(self, ref: str) -> None: ...
    def bookings_of_patient(self) -> tuple[str, ...]: ...
    def wait_for_news(self, ref: str, *, within: float) -> Told: ...
    def let_go(self) -> None: ...
    def hang_up(self) -> None: ...


REASON = f"Knee pain, {REASON_MARK}"


@dataclass
class Story:
    """One journey through one door: given…, when…, then…; what came before is remembered for what comes next."""

    door: Door
    town: Town
    told: Told = field(default_factory=lambda: Told(""))
    refs: list[str] = field(default_factory=list)

    # --- Given.

    def given_a_clinic(
        self, host: OdsCode = NEIGHBOUR, *, channel: DeliveryChannel = DeliveryChannel.IN_PERSON
    ) -> Clinic:
        """A practice has opened a clinic, and the hub has seen it."""
        self.clinic = self.town.open_clinic(host, channel=channel)
        return self.clinic

    def given_a_patient_on_the_phone(self, person: Person | None = None) -> Person:
        """The patient is looked up by the number they read out."""
        self.person = person or self.town.somebody()
        self.told = self.door.put_through(self.person)
        self.then_the_answer_is(ON_THE_PHONE)
        assert self.person.family.casefold() in self.told.words.casefold()
        return self.person

    def given_a_booking(self, host: OdsCode = NEIGHBOUR) -> str:
        """Somebody has a booking at a clinic, and is still on the phone."""
        self.given_a_clinic(host)
        self.given_a_patient_on_the_phone()
        self.when_a_time_is_held()
        self.when_they_confirm()
        self.then_it_is(BookingState.BOOKED)
        return self.ref

    # --- When.

    def when_they_search(self, clinic: Clinic | None = None) -> Found:
        """Look for that clinic's times."""
        self.clinic = clinic or self.clinic
        self.found = self.door.find(self.clinic)
        return self.found

    def when_they_choose(self, offer: Offer | None = None) -> Told:
        """Choose a time: this one, or the clinic's first."""
        wanted = offer or self.offers_of_the_clinic()[0]
        self.told = self.door.choose(wanted)
        if self.told.is_now(HELD):
            self.refs.append(self.told.ref)
        return self.told

    def when_a_time_is_held(self, clinic: Clinic | None = None) -> Told:
        """Search, and hold the clinic's first time."""
        self.when_they_search(clinic)
        self.when_they_choose()
        self.then_the_answer_is(HELD)
        return self.told

    def when_they_confirm(self, form: Form | None = None) -> Told:
        """Fill the form in and confirm."""
        self.told = self.door.confirm(form or Form(REASON))
        self.town.note_jobs()
        return self.told

    def when_they_try_again_later(self, form: Form | None = None, *, within: float = 30.0) -> Told:
        """Confirm again, as they were told to, until the practice's system is heard again."""
        until(
            lambda: not self.when_they_confirm(form).is_now(NOT_DONE), within=within, what="the practice answers again"
        )
        return self.told

    def when_they_let_the_time_go(self) -> None:
        self.door.let_go()
        self.refs.pop()

    def when_somebody_else_rings(self) -> None:
        """Nobody is on the phone any more."""
        self.door.hang_up()

    def when_they_cancel(self, ref: str | None = None) -> Told:
        self.told = self.door.cancel(ref or self.ref)
        self.town.note_jobs()
        return self.told

    def when_they_wait_for_news(self, *, within: float = 60.0) -> Told:
        self.told = self.door.wait_for_news(self.ref, within=within)
        return self.told

    # --- Then.

    def then_the_answer_is(self, what: str, *phrases: str) -> None:
        """How the last step ended, and what was said about it."""
        assert self.told.what == what, f"{self.door.name}: {self.told.what or 'nothing'}: {self.told.words}"
        self.then_they_are_told(*phrases)

    def then_it_is(self, state: BookingState, *phrases: str) -> None:
        """The booking's state, as the door tells it."""
        self.then_the_answer_is(state.value, *phrases)

    def then_nothing_was_done(self, *phrases: str) -> None:
        """A refusal in plain words."""
        self.then_the_answer_is(NOT_DONE, *phrases)

    def then_the_host_has_nothing(self) -> None:
        assert self.town.appointments(self.ref, self.clinic.host) == []

    def then_the_nearest_other_times_are_offered(self, next_best: Offer) -> None:
        """Three others, told with the refusal, the nearest first."""
        near = [offer.start for offer in self.told.offers]
        assert len(near) == 3 and near[0] == next_best.start
        assert all(abs(start - self.clinic.start) <= timedelta(minutes=30) for start in near)

    def then_the_time_is_offered_again(self) -> None:
        """The first time of the clinic, for whoever asks next."""
        self.when_they_search()
        assert self.offers_of_the_clinic()[0].start == self.clinic.start

    def then_they_are_told(self, *phrases: str) -> None:
        for phrase in phrases:
            assert phrase in self.told.words, f"{self.door.name} does not say “{phrase}”: {self.told.words}"

    def then_the_page_says(self, *phrases: str) -> None:
        """Words for people, that a program is told in fields of their own."""
        if isinstance(self.door, Pages):
            self.then_they_are_told(*phrases)

    def then_the_banner_names(self, *host_names: str) -> None:
        """The practices where the patient is still expected, on the page's banner."""
        if isinstance(self.door, Pages):
            assert tuple(line.rpartition(", ")[2] for line in self.door.still_to_come()) == host_names

    def then_the_host_has(self, status: str, ref: str | None = None) -> None:
        """Exactly one appointment at the host under this reference, in this state."""
        there = self.town.appointments(ref or self.ref, self.clinic.host)
        assert [one["status"] for one in there] == [status]
        assert there[0]["nhs_number"] == self.person.nhs_number.value

    def then_a_look_says(self, state: BookingState, ref: str | None = None) -> Told:
        """What anybody is told who asks for this reference."""
        self.told = self.door.look(ref or self.ref)
        self.then_it_is(state)
        return self.told

    # --- What is remembered.

    @property
    def ref(self) -> str:
        """The newest reference."""
        return self.refs[-1]

    def offers_of_the_clinic(self) -> tuple[Offer, ...]:
        """The offers found that are this clinic's."""
        ours = tuple(offer for offer in self.found.offers if self.clinic.holds(offer.start))
        assert ours, f"{self.door.name} offers nothing of the clinic: {self.found.words}"
        return ours


class Stories:
    """The same journey told twice, through the pages and through the JSON door, step by step beside one another.

    Each has its own patient and clinic, so waits overlap and nothing of one can be taken for the other's.
    """

    def __init__(self, *stories: Story) -> None:
        self._stories = stories

    def __iter__(self) -> Iterator[Story]:
        return iter(self._stories)

    def then_all_ended_alike(self) -> None:
        """Booking, host's diary, history and ledger say the same of both."""
        pages, program = self._stories
        assert len(pages.refs) == len(program.refs)
        for mine, theirs in zip(pages.refs, program.refs, strict=True):
            others = (tuple(pages.refs), tuple(program.refs))
            if self._has_booking(pages, mine) or self._has_booking(program, theirs):
                one, other = (
                    account_of(pages.town, mine, others=others[0]),
                    account_of(program.town, theirs, others=others[1]),
                )
                assert one == other
            else:
                assert _acts(pages, mine) == _acts(program, theirs)
        self._account_by_door()

    def _has_booking(self, story: Story, ref: str) -> bool:
        return bool(story.town.rows("SELECT 1 FROM booking WHERE ref = :ref", ref=ref))

    def _account_by_door(self) -> None:
        """Every act went through the door it was done at, or was the hub's own."""
        for story, via in zip(self._stories, ("web", "api"), strict=True):
            for ref in story.refs:
                found = story.town.rows("SELECT DISTINCT via FROM ledger_event WHERE booking_ref = :ref", ref=ref)
                assert {str(row["via"]) for row in found} <= {via, "job"}


def _acts(story: Story, ref: str) -> list[tuple[object, object, object]]:
    return [(act["act"], act["outcome"], act["host_ods"]) for act in acts_of(story.town, ref=ref)]
