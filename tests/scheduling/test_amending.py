"""Amending: the texts change at the host and here, or nowhere, or it is said that nobody knows."""

import pytest

from connectors.mock.script import Mishap
from scheduling import amending, cancelling, hosted_bookings
from scheduling.commands import AmendBooking, CancelBooking
from scheduling.problems import BookingUnknown, HostRefused, HostSlow, InvalidBooking, OutcomeUnknown, WrongState
from scheduling.results import BookingView
from sharing_agreements.problems import NotPermitted
from tests.scheduling.world import ANN, HOST, OTHER, World, caller, patient
from vocabulary.appointments import COMMENT_ROOM, CancellationReason
from vocabulary.identifiers import BookingRef

pytestmark = pytest.mark.database


@pytest.fixture
def booked(world: World) -> BookingView:
    world.clinic()
    world.network.diary(HOST).add_patient(patient(ANN))
    world.see()
    return world.book()


def changed(ref: BookingRef, **more: object) -> AmendBooking:
    return AmendBooking(ref, **{"description": "Blood pressure", "comment": "Ring first", **more})  # type: ignore[arg-type]


def texts_at_host(world: World) -> tuple[str, str]:
    (held,) = world.network.diary(HOST).appointments
    return held.description, held.comment


def version(world: World, ref: BookingRef) -> int:
    with world.work.read() as tx:
        return hosted_bookings.version(tx, ref)


def test_the_texts_change_in_both_places_and_the_hubs_reference_stays(world: World, booked: BookingView) -> None:
    before = version(world, booked.ref)
    amended = amending.amend(world.desk, changed(booked.ref), caller())
    assert (amended.description, amended.comment) == ("Blood pressure", "Ring first")
    assert texts_at_host(world) == ("Blood pressure", f"[{booked.ref.spoken}] Ring first")
    assert version(world, booked.ref) == before + 1
    assert world.acts()[-2:] == ["permit.book", "booking.amended"]
    again = amending.amend(world.desk, changed(booked.ref), caller())
    assert again.description == "Blood pressure"


def test_it_can_still_be_cancelled_afterwards(world: World, booked: BookingView) -> None:
    amending.amend(world.desk, changed(booked.ref), caller())
    reason = CancelBooking(booked.ref, CancellationReason.PATIENT_ASKED)
    assert cancelling.cancel(world.desk, reason, caller()).state == "cancelled"
    with pytest.raises(WrongState):
        amending.amend(world.desk, changed(booked.ref), caller())


@pytest.mark.parametrize(
    "wrong", [{"description": " "}, {"description": "x" * 101}, {"comment": "x" * (COMMENT_ROOM + 1)}]
)
def test_texts_that_do_not_fit_are_refused(world: World, booked: BookingView, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidBooking):
        amending.amend(world.desk, changed(booked.ref, **wrong), caller())
    assert texts_at_host(world)[0] == booked.description


def test_strangers_and_the_past_and_stale_versions_are_refused(world: World, booked: BookingView) -> None:
    with pytest.raises(BookingUnknown):
        amending.amend(world.desk, changed(booked.ref), caller(OTHER))
    with pytest.raises(WrongState):
        amending.amend(world.desk, changed(booked.ref, version=version(world, booked.ref) - 1), caller())
    world.clock.forward(days=1)
    with pytest.raises(WrongState):
        amending.amend(world.desk, changed(booked.ref), caller())
    assert texts_at_host(world)[0] == booked.description


def test_no_agreement_no_amendment(world: World, booked: BookingView) -> None:
    world.suspend()
    with pytest.raises(NotPermitted):
        amending.amend(world.desk, changed(booked.ref), caller())


@pytest.mark.parametrize(
    ("mishap", "refusal"),
    [
        (Mishap.UNREACHABLE, HostSlow),
        (Mishap.REFUSED, HostRefused),
        (Mishap.NO_ANSWER_BEFORE_COMMIT, OutcomeUnknown),
        (Mishap.GARBLED_BEFORE_COMMIT, OutcomeUnknown),
    ],
)
def test_what_did_not_happen_there_does_not_happen_here(
    world: World, booked: BookingView, mishap: Mishap, refusal: type[Exception]
) -> None:
    world.network.script(HOST).inject("amend", mishap)
    with pytest.raises(refusal):
        amending.amend(world.desk, changed(booked.ref), caller())
    assert texts_at_host(world)[0] == booked.description
    assert amending.amend(world.desk, changed(booked.ref), caller()).description == "Blood pressure"


@pytest.mark.parametrize("mishap", [Mishap.NO_ANSWER_AFTER_COMMIT, Mishap.GARBLED_AFTER_COMMIT])
def test_an_unclear_answer_is_cleared_up_by_a_look(world: World, booked: BookingView, mishap: Mishap) -> None:
    world.network.script(HOST).inject("amend", mishap)
    assert amending.amend(world.desk, changed(booked.ref), caller()).description == "Blood pressure"
    assert amending.amend(world.desk, changed(booked.ref, description="Third"), caller()).description == "Third"


def test_what_nobody_can_tell_is_said_to_be_unknown(world: World, booked: BookingView) -> None:
    world.network.script(HOST).inject("amend", Mishap.NO_ANSWER_AFTER_COMMIT)
    world.network.script(HOST).inject("read", Mishap.NO_ANSWER_BEFORE_COMMIT)
    with pytest.raises(OutcomeUnknown):
        amending.amend(world.desk, changed(booked.ref), caller())


def test_a_change_by_the_practice_itself_is_not_overwritten_unseen(world: World, booked: BookingView) -> None:
    diary = world.network.diary(HOST)
    (held,) = diary.appointments
    diary.amend(held.receipt, description="By the practice", comment="")
    with pytest.raises(WrongState):
        amending.amend(world.desk, changed(booked.ref), caller())
    assert texts_at_host(world)[0] == "By the practice"
    assert amending.amend(world.desk, changed(booked.ref), caller()).description == "Blood pressure"


def test_the_host_amends_too(world: World, booked: BookingView) -> None:
    assert amending.amend(world.desk, changed(booked.ref), caller(HOST, user="henry")).description == "Blood pressure"
