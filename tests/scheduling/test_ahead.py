"""C6: while a patient is seen, their other appointments are seen, and one that need not be is given up."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from connectors.mock.script import Mishap
from scheduling import ahead, cancelling, views
from scheduling.ahead import Ahead
from scheduling.attention import CANCELLED_AT_HOST, CANCELLED_BY_OTHERS
from scheduling.census import census
from scheduling.commands import CancelBooking
from scheduling.problems import BookingUnknown, WrongState
from scheduling.results import BookingView
from tests.scheduling.world import BOB, HOST, OTHER, TONIGHT, World, caller
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import BookingRef
from vocabulary.people import Caller, UserRole

pytestmark = pytest.mark.database

DOCTOR = replace(caller(HOST, user="grace", role=UserRole.CLINICIAN), name="Dr Grace Example")


@dataclass
class Evening:
    """Ann is with the doctor at HOST, and is booked at OTHER tomorrow, with which HOST has nothing to do."""

    world: World
    visit: BookingView
    other: BookingView

    def looks(self) -> Ahead:
        return ahead.look(self.world.desk, self.visit.ref, DOCTOR)

    def cancels(self, ref: BookingRef | None = None) -> BookingView:
        command = CancelBooking(ref or self.other.ref, CancellationReason.NO_LONGER_NEEDED)
        return ahead.cancel(self.world.desk, self.visit.ref, command, DOCTOR)

    def permits(self) -> list[tuple[str, str]]:
        rows = self.world.ledger(act="permit.book")
        return [(row.outcome, row.host_ods) for row in rows if row.user_id == DOCTOR.user_id]


@pytest.fixture
def evening(world: World) -> Evening:
    world.clinic()
    world.clinic(OTHER, starts=TONIGHT + timedelta(days=1))
    world.see()
    world.see(host=OTHER)
    there = [offer.facts.host for offer in world.offers()].index(OTHER)
    other = world.book(index=there, description="Blood pressure check")
    visit = world.book(index=0)
    assert (visit.facts.host, other.facts.host) == (HOST, OTHER)
    world.clock.at = TONIGHT
    return Evening(world, visit, other)


def test_what_is_ahead_elsewhere_is_shown_by_a_permit_and_accounted_for(evening: Evening) -> None:
    found = evening.looks()
    assert [(one.ref, one.description) for one in found.others] == [(evening.other.ref, "Blood pressure check")]
    assert found.not_shown == 0 and evening.permits() == [("allowed", OTHER.value)]
    viewed = [row for row in evening.world.ledger(act="booking.viewed") if row.user_id == DOCTOR.user_id]
    assert [(row.nhs_number, row.detail["shown"]) for row in viewed] == [(evening.visit.nhs_number.value, 1)]


def test_one_that_need_not_be_is_cancelled_at_its_host_in_the_doctors_name(evening: Evening) -> None:
    assert evening.cancels().state is BookingState.CANCELLED
    assert evening.world.state(evening.other.ref) is BookingState.CANCELLED
    assert evening.world.state(evening.visit.ref) is BookingState.BOOKED
    told = [row for row in evening.world.ledger() if row.act.startswith("booking.cancel")]
    assert told and {(row.user_id, row.booking_ref) for row in told} == {(DOCTOR.user_id, evening.other.ref.value)}
    assert evening.cancels().state is BookingState.CANCELLED, "asking again is no error"


def test_who_booked_it_is_told_by_whom_and_has_nothing_to_do(evening: Evening) -> None:
    evening.cancels()
    desk = evening.world.desk
    (told,) = views.attention(desk, caller())
    assert (told.kind, told.notice, told.family, told.start) == (
        CANCELLED_BY_OTHERS,
        True,
        evening.other.family,
        evening.other.facts.window.start,
    )
    assert told.words == (
        f"Dr Grace Example, Practice {HOST}, cancelled it. No longer needed. "
        "The patient was with them and hears it from them."
    )
    assert views.booking(desk, evening.other.ref, caller()).needs_person == "", "nothing is wrong with it"
    with evening.world.work.read() as tx:
        assert census(tx, evening.world.clock.now()).attention == 0
    views.settle_attention(desk, told.id, "Seen", caller())
    assert (views.attention(desk, caller()), views.waiting(desk, caller())) == ((), 0)


def test_it_is_told_when_the_host_has_confirmed_and_not_before(evening: Evening) -> None:
    world = evening.world
    world.network.script(OTHER).inject("cancel", Mishap.NO_ANSWER_BEFORE_COMMIT)
    assert evening.cancels().state is BookingState.CANCELLING
    assert world.attention() == []
    world.clock.forward(minutes=2)
    world.sweep()
    assert world.state(evening.other.ref) is BookingState.CANCELLED
    (told,) = world.attention()
    assert told.kind == CANCELLED_BY_OTHERS and told.words.startswith("Dr Grace Example"), (
        "not the hub, which asked again"
    )


@pytest.mark.parametrize(
    ("who", "reason", "kinds"),
    [
        (caller(), CancellationReason.PRACTICE_ASKED, []),
        (DOCTOR, CancellationReason.PATIENT_ASKED, [CANCELLED_BY_OTHERS]),
        (DOCTOR, CancellationReason.PRACTICE_ASKED, [CANCELLED_AT_HOST]),
    ],
)
def test_a_practice_that_wants_it_cancelled_leaves_the_patient_to_be_rung(
    evening: Evening, who: Caller, reason: CancellationReason, kinds: list[str]
) -> None:
    evening.world.clock.at = TONIGHT - timedelta(hours=1)
    cancelling.cancel(evening.world.desk, CancelBooking(evening.visit.ref, reason), who)
    raised = evening.world.attention()
    assert [item.kind for item in raised] == kinds
    assert all(("ring them" in item.words) is (item.kind == CANCELLED_AT_HOST) for item in raised)


def test_a_host_that_does_not_answer_leaves_it_being_cancelled(evening: Evening) -> None:
    evening.world.network.script(OTHER).inject("cancel", Mishap.NO_ANSWER_BEFORE_COMMIT, times=None)
    assert evening.cancels().state is BookingState.CANCELLING
    assert [one.state for one in evening.looks().others] == [BookingState.CANCELLING]


def test_without_an_agreement_it_is_counted_and_neither_described_nor_cancelled(evening: Evening) -> None:
    evening.world.suspend()
    found = evening.looks()
    assert (found.others, found.not_shown) == ((), 1)
    with pytest.raises(WrongState, match="may not cancel"):
        evening.cancels()
    assert evening.world.state(evening.other.ref) is BookingState.BOOKED
    assert evening.permits() == [("refused", OTHER.value)] * 2


def test_what_is_here_as_well_needs_no_permit(evening: Evening) -> None:
    evening.world.clinic(starts=TONIGHT + timedelta(days=2))
    evening.world.see()
    day = TONIGHT + timedelta(days=2)
    index = [offer.facts.window.start for offer in evening.world.offers()].index(day)
    here = evening.world.book(index=index)
    evening.world.suspend()
    assert [one.ref for one in evening.looks().others] == [here.ref]
    assert evening.cancels(here.ref).state is BookingState.CANCELLED


def test_another_patients_appointment_is_none_of_theirs(evening: Evening) -> None:
    bobs = evening.world.book(index=0, nhs_number=BOB)
    assert bobs.ref not in [one.ref for one in evening.looks().others]
    for ref in (bobs.ref, evening.visit.ref):
        with pytest.raises(BookingUnknown):
            evening.cancels(ref)
    assert evening.world.state(bobs.ref) is BookingState.BOOKED


@pytest.mark.parametrize("hours", [-3, 26])
def test_only_while_the_patient_is_seen(evening: Evening, hours: int) -> None:
    evening.world.clock.at = TONIGHT + timedelta(hours=hours)
    for act in (evening.looks, evening.cancels):
        with pytest.raises(WrongState, match="not about now"):
            act()


def test_only_where_the_patient_is_seen(evening: Evening) -> None:
    with pytest.raises(BookingUnknown):
        ahead.look(evening.world.desk, evening.other.ref, DOCTOR)
