"""What a guardian sees around a review, and what reaches the other practice's guardian."""

from datetime import timedelta

import pytest

from accountability.concerns import Concern, Verdict
from accountability.context import around
from accountability.problems import NothingThere, NotYoursToSee
from accountability.reviews import queue, settle
from accountability.watching import watch
from tests.accountability.people import (
    ADMIN,
    CLINICIAN,
    GARETH,
    GUARDIAN,
    HOME,
    HOST,
    HOST_GUARDIAN,
    MANAGER,
    looked,
    oversight,
    shown,
)
from tests.scheduling.world import ANN, World

pytestmark = pytest.mark.database


def test_the_appointment_and_what_was_done_around_it_are_there(world: World) -> None:
    world.clinic(slots=1)
    world.see()
    world.book()
    looked(world, GARETH, ANN, act="permit.view-record", outcome="refused", host=HOME, reason="no-permission")
    world.clock.forward(days=100)  # the booking is no link any more
    looked(world, GARETH, ANN)
    looked(world, GARETH, ANN, act="permit.view-record", outcome="refused", host=HOME, reason="no-permission")
    watch(oversight(world))
    (item,) = queue(oversight(world), GUARDIAN)
    found = around(oversight(world), item.id, GUARDIAN)
    assert [line.act for line in found.lines] == ["permit.view-record", "patient.looked-up"], (
        "the last hour’s, the latest first"
    )
    assert {line.outcome for line in found.lines} == {"done", "refused"}
    assert found.appointments == (), "a hundred days ago is no reason"
    assert world.ledger(act="review.opened")[-1].nhs_number == ANN.value


def test_an_appointment_of_those_days_is_shown(world: World) -> None:
    world.clinic(slots=1)
    world.see()
    booked = world.book()
    shown(world)
    watch(oversight(world))
    (item,) = queue(oversight(world), GUARDIAN)
    (appointment,) = around(oversight(world), item.id, GUARDIAN).appointments
    assert (appointment.ref, appointment.facts.host) == (booked.ref, HOST)


def test_only_the_guardian_whose_review_it_is_looks_into_it(world: World) -> None:
    looked(world, GARETH, ANN)
    watch(oversight(world))
    (item,) = queue(oversight(world), GUARDIAN)
    for who in (MANAGER, ADMIN, GARETH):
        with pytest.raises(NotYoursToSee):
            around(oversight(world), item.id, who)
    for review in (item.id, item.id + 1):
        with pytest.raises(NothingThere):
            around(oversight(world), review, HOST_GUARDIAN)


def test_a_record_opened_without_asking_is_reviewed_once_a_day(world: World) -> None:
    shown(world)
    shown(world)
    shown(world, permission="given", why="")
    watch(oversight(world))
    watch(oversight(world))
    (item,) = queue(oversight(world), GUARDIAN)
    assert (item.concern, item.user_name, item.reason) == (Concern.NOT_ASKED, "Owen Clinician", "unconscious")
    world.clock.forward(days=1)
    shown(world)
    watch(oversight(world))
    assert len(queue(oversight(world), GUARDIAN)) == 2


def test_where_the_glass_was_broken_there_is_one_review_and_not_two(world: World) -> None:
    looked(world, CLINICIAN, ANN, act="glass.broken", host=HOME)
    shown(world)
    watch(oversight(world))
    assert [item.concern for item in queue(oversight(world), GUARDIAN)] == []


def test_what_is_upheld_reaches_the_guardian_of_the_persons_own_practice(world: World) -> None:
    shown(world)
    watch(oversight(world))
    (item,) = queue(oversight(world), GUARDIAN)
    assert queue(oversight(world), HOST_GUARDIAN) == ()
    settle(oversight(world), item.id, Verdict.UPHELD, "The patient was awake and had said no.", GUARDIAN)
    (told,) = queue(oversight(world), HOST_GUARDIAN)
    assert (told.concern, told.owner, told.user_name) == (Concern.UPHELD_ELSEWHERE, HOST, "Owen Clinician")
    assert told.reason == "The patient was awake and had said no."
    assert told.due_at - world.clock.now() == timedelta(days=7)
    settle(oversight(world), told.id, Verdict.UPHELD, "Spoken to; training booked.", HOST_GUARDIAN)
    assert queue(oversight(world), HOST_GUARDIAN) == (), "it goes no further"


@pytest.mark.parametrize("verdict", [Verdict.APPROPRIATE, Verdict.MISTAKE])
def test_what_is_not_upheld_stays_where_it_is(world: World, verdict: Verdict) -> None:
    shown(world)
    watch(oversight(world))
    (item,) = queue(oversight(world), GUARDIAN)
    settle(oversight(world), item.id, verdict, "Asked Owen.", GUARDIAN)
    assert queue(oversight(world), HOST_GUARDIAN) == ()
