"""R12: the list for tonight while the practice's system, or the hub's own database, is down."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys.doors import Stories, Story
from tests.journeys.pages import Pages
from tests.journeys.town import HOME, Town
from tests.journeys.words import Clinic
from vocabulary.appointments import BookingState
from vocabulary.times import london_date

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("federation")]


def given_a_clinic_here_tonight(town: Town) -> Clinic:
    """At the receptionist's own practice, in a few minutes."""
    now = town.eyes.clock.now()
    start = (now + timedelta(minutes=4)).replace(second=0, microsecond=0)
    if london_date(start) != london_date(now):
        pytest.skip("the day is all but over: no clinic fits into tonight any more")
    return town.open_clinic(HOME, slots=2, at=start)


def test_tonights_list_outlives_the_practices_system_and_the_database(rita: Story, stories: Stories) -> None:
    assert isinstance(rita.door, Pages)
    page, town = rita.door.page, rita.town
    rita.clinic = given_a_clinic_here_tonight(town)
    rita.given_a_patient_on_the_phone()
    rita.when_a_time_is_held()
    rita.when_they_confirm()
    rita.then_it_is(BookingState.BOOKED)
    line = f"{rita.person.family.upper()}, {rita.person.given}"

    with town.trouble("drop", HOME):
        rita.door.open("/tonight")
        assert line in rita.door.says()
        assert re.search(r"As it stood at \d{1,2}(\.\d\d)?[ap]m on \w+day \d+ \w+ \d{4}", rita.door.says())

    with town.database_away():
        page.goto(f"{rita.door.hub_url}/tonight")
        assert "The hub’s own database does not answer." in rita.door.says()
        rita.door.arrived()
        rita.door.press(
            page.get_by_role("button", name="Tonight’s last copy").or_(
                page.get_by_role("link", name="Tonight’s last copy")
            )
        )
        shown = rita.door.says()
        assert line in shown and rita.person.nhs_number.spaced in shown
        assert "The hub’s database does not answer. This is what was known before" in shown
        assert re.search(r"As it stood at \d{1,2}(\.\d\d)?[ap]m on \w+day \d+ \w+ \d{4}, (just now|\d+ min ago)", shown)
        assert "Read by Rita Okafor" in shown
        assert page.get_by_role("button", name="Print").is_visible()
        page.goto(f"{rita.door.hub_url}/search")
        assert "Nothing was booked or changed." in rita.door.says() or "does not answer" in rita.door.says()
        assert not town.is_ready()

    rita.then_a_look_says(BookingState.BOOKED)
    rita.when_they_cancel()
    rita.then_it_is(BookingState.CANCELLED)
    rita.door.open("/tonight")
    row = page.locator("main tr", has_text=line)
    expect(row).to_contain_text("Cancelled")  # it does not just vanish: somebody may still come
