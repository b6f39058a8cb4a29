"""The test booking there and back, and the switch it unlocks."""

import pytest

from connectors.mock.script import Mishap
from practices.admin import NotReadyForLive, Switch, switch
from scheduling import booking, rehearsing
from scheduling.problems import NotBookable
from tests.scheduling.world import BOB, HOST, World, caller
from vocabulary.people import UserRole

pytestmark = pytest.mark.database
MANAGER = caller(HOST, user="mina.manager", role=UserRole.PRACTICE_MANAGER)


def test_it_passes_and_leaves_the_diary_as_it_was(world: World) -> None:
    slots = world.clinic()
    outcome = rehearsing.book_there_and_back(world.desk, HOST, BOB, MANAGER)
    assert (outcome.passed, outcome.words) == (True, "")
    assert all(world.network.diary(HOST).is_free(slot) for slot in slots)
    (made,) = world.network.diary(HOST).appointments
    assert made.slot_ids == (slots[-1].host_id,)


@pytest.mark.parametrize(
    ("method", "mishap", "words"),
    [
        ("free_slots", Mishap.UNREACHABLE, ""),
        ("book", Mishap.REFUSED, ""),
        ("cancel", Mishap.NO_ANSWER_BEFORE_COMMIT, "could not be cancelled"),
        ("register_patient", Mishap.REFUSED, "could not register"),
    ],
)
def test_a_step_that_fails_is_told_and_keeps_the_switch_off(
    world: World, method: str, mishap: Mishap, words: str
) -> None:
    world.clinic()
    world.network.script(HOST).inject(method, mishap)
    outcome = rehearsing.book_there_and_back(world.desk, HOST, BOB, MANAGER)
    assert not outcome.passed
    assert words in outcome.words
    with pytest.raises(NotReadyForLive):
        switch(world.work, HOST, Switch.BOOKING, on=True, caller=MANAGER, clock=world.clock)


def test_a_practice_without_a_free_slot_is_told_so(world: World) -> None:
    outcome = rehearsing.book_there_and_back(world.desk, HOST, BOB, MANAGER)
    assert "no free slot" in outcome.words


def test_switching_booking_off_stops_what_was_held(world: World) -> None:
    world.clinic()
    world.sync()
    held = world.hold()
    switch(world.work, HOST, Switch.BOOKING, on=False, caller=MANAGER, clock=world.clock)
    with pytest.raises(NotBookable, match="switched booking"):
        booking.book(world.desk, world.form(held.ref), caller())
    assert world.offers() == ()
