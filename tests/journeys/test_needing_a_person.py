"""R10: what the hub cannot settle by itself is on somebody's list until they say what they did."""

import re

import pytest

from tests.journeys.conftest import Desks
from tests.journeys.doors import Stories, Story
from tests.journeys.pages import Pages
from tests.journeys.town import NEIGHBOUR, NEXT_DOOR
from vocabulary.appointments import BookingState

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("federation")]


def test_an_old_time_that_the_host_will_not_release_is_for_a_person(stories: Stories) -> None:
    for rita in stories:
        old = rita.given_a_booking()
        rita.door.begin_move(old)
        rita.when_a_time_is_held(rita.town.open_clinic(NEXT_DOOR))
        with rita.town.trouble("refuse", NEIGHBOUR, "cancel", code="INVALID_RESOURCE"):
            rita.when_they_confirm()
        rita.then_it_is(BookingState.BOOKED)
        rita.then_a_look_says(BookingState.BOOKED, old)
        rita.then_they_are_told("The appointment still stands: ring them.")
        assert [one["status"] for one in rita.town.appointments(old, NEIGHBOUR)] == ["booked"]
    stories.then_all_ended_alike()
    pages = next(iter(stories))
    for rita in stories:
        then_it_is_settled_on_the_list(pages.door, rita.refs[0], "Rang them; they have cancelled it.")
        rita.told = rita.door.look(rita.refs[0])
        assert "ring them." not in rita.told.words


def test_a_booking_the_host_cancelled_is_found_and_listed(rita: Story, desks: Desks) -> None:
    assert isinstance(rita.door, Pages)
    ref = rita.given_a_booking()
    rita.town.front_desk_cancels(ref, NEIGHBOUR)
    helen = desks.browser()
    helen.sign_in("Helen Marsden")
    helen.open("/practices")
    helen.press(helen.page.get_by_role("button", name=re.compile(f"Check now.*{rita.clinic.host_name}")))
    assert f"{ref[:4]}-{ref[4:]}" in helen.page.get_by_role("status").first.inner_text()
    item = item_about(rita.door, ref)
    assert "The practice cancelled this appointment" in item.inner_text()
    then_it_is_settled_on_the_list(rita.door, ref, "Rang the patient and booked another.")


def item_about(pages: Pages, ref: str):  # type: ignore[no-untyped-def]
    """The line of the list about one booking."""
    pages.open("/to-settle")
    return pages.page.get_by_role("listitem").filter(has=pages.page.get_by_role("link", name=f"{ref[:4]}-{ref[4:]}"))


def then_it_is_settled_on_the_list(door: object, ref: str, words: str) -> None:
    """Somebody says what they did, and the list no longer has it."""
    assert isinstance(door, Pages)
    item = item_about(door, ref)
    item.get_by_text("I have dealt with it").click()
    door.press(item.get_by_role("button", name="Take it off the list"))
    assert "Say what you did." in door.says()
    item.get_by_label("What was done?").fill(words)
    door.press(item.get_by_role("button", name="Take it off the list"))
    assert item_about(door, ref).count() == 0
