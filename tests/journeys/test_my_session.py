"""C1, C7, R7 and R8: a clinician's list follows what their own desk does, and a telephone patient is rung until DNA."""

from collections.abc import Iterator
from datetime import time, timedelta

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.conftest import Desks
from tests.journeys.doors import Story
from tests.journeys.pages import Pages
from tests.journeys.test_needing_a_person import item_about
from tests.journeys.town import NEIGHBOUR, Town
from tests.journeys.words import Clinic
from tests.keyboard import Keys
from vocabulary.appointments import BookingState
from vocabulary.slots import DeliveryChannel
from vocabulary.times import at_london, london_date

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("federation")]


@pytest.fixture
def clinician(desks: Desks) -> Pages:
    """Somebody who holds clinics at the neighbour's."""
    pages = desks.browser()
    pages.sign_in("Daniel Whitcombe")
    return pages


@pytest.fixture
def booker(desks: Desks, town: Town) -> Iterator[Story]:
    """A program of Rita's practice, which books for her: what is looked at here is what comes after."""
    program = desks.program()
    yield Story(program, town)
    program.close()


def booked_tomorrow(story: Story, at: time, *, channel: DeliveryChannel = DeliveryChannel.IN_PERSON) -> Clinic:
    """A clinic at the neighbour's tomorrow, near enough to be followed, and one booking in it."""
    tomorrow = london_date(story.town.eyes.clock.now()) + timedelta(days=1)
    clinic = story.town.open_clinic(NEIGHBOUR, at=at_london(tomorrow, at), channel=channel)
    story.given_a_patient_on_the_phone()
    story.when_a_time_is_held(clinic)
    story.when_they_confirm()
    story.then_it_is(BookingState.BOOKED)
    return clinic


def line_of(clinician: Pages, ref: str, day: object) -> Locator:
    """The patient's line on the day's list."""
    clinician.open(f"/session?day={day}&with=")
    return clinician.page.locator(f"#visit-{ref}")


def test_what_the_hosts_own_desk_changes_is_on_the_session_and_somebody_tells_the_patient(
    booker: Story, rita: Story, clinician: Pages
) -> None:
    clinic = booked_tomorrow(booker, time(11, 10))
    ref, day = booker.ref, london_date(clinic.start)
    expect(line_of(clinician, ref, day)).to_contain_text("Expected")

    rita.town.front_desk_moves(ref, NEIGHBOUR, clinic.start + timedelta(minutes=30))
    rita.town.looks_again(ref, "moved")
    line = line_of(clinician, ref, day)
    expect(line).to_contain_text("Moved in your own system to 11.40am.")
    expect(line).to_contain_text("The patient was told 11.10am")

    assert isinstance(rita.door, Pages)
    item = item_about(rita.door, ref)
    assert "The practice moved this appointment" in item.inner_text()
    item.get_by_text("I have dealt with it").click()
    item.get_by_label("What was done?").fill("Rang them, they come then.")
    rita.door.press(item.get_by_role("button", name="Take it off the list"))
    expect(line_of(clinician, ref, day)).to_contain_text("“Rang them, they come then.”")

    rita.town.front_desk_cancels(ref, NEIGHBOUR)
    rita.town.looks_again(ref, "cancelled")
    line = line_of(clinician, ref, day)
    expect(line).to_contain_text("Cancelled in your own system.")
    expect(line.get_by_role("button")).to_have_count(0)
    told = rita.door.look(ref)
    assert told.what == BookingState.CANCELLED.value and "cancelled this in its own system" in told.words
    assert "The practice cancelled this appointment" in item_about(rita.door, ref).inner_text()
    acts = rita.town.rows(
        "SELECT act FROM ledger_event WHERE booking_ref = :ref AND user_role = 'system' ORDER BY id", ref=ref
    )
    heard = [row["act"] for row in acts if str(row["act"]).startswith("booking.")]
    assert heard == ["booking.followed", "booking.changed-at-host", "booking.cancelled"]

    day = rita.town.time_has_come(ref, since=timedelta(minutes=5))
    line, keys = line_of(clinician, ref, day), Keys(clinician.page)
    line.focus()
    keys.press_and_leave("a", at="Cancelled")  # they come all the same
    keys.are_at("Arrived")
    expect(line).to_contain_text("They came all the same")
    expect(item_about(rita.door, ref)).to_have_count(0)  # nobody rings them


def test_a_telephone_patient_is_rung_twice_by_keyboard_before_they_count_as_missed(
    booker: Story, clinician: Pages
) -> None:
    booked_tomorrow(booker, time(11, 50), channel=DeliveryChannel.TELEPHONE)
    ref, name = booker.ref, booker.person.family.upper()
    day = booker.town.time_has_come(ref, since=timedelta(minutes=12))
    line, keys = line_of(clinician, ref, day), Keys(clinician.page)
    expect(line).to_contain_text("Ring 07700 900321")
    line.focus()
    keys.press("m", at=name)
    expect(clinician.page.locator("[data-said]")).to_contain_text("This patient is rung: here it is s, n, v, w, d, c.")
    keys.press_and_leave("n", at="Expected")
    keys.press_and_leave("v", at="Not reached yet")
    keys.press_and_leave("Enter", at="Yes, “Voicemail”")  # within a minute of the last: asked
    keys.press_and_leave("m", at="Not reached yet")
    keys.press_and_leave("Enter", at="No: “Did not attend”")  # asked whether they had told anybody
    keys.are_at("Did not attend")
    clinician.arrived()
    expect(line).to_contain_text("Voicemail")
    state = "SELECT state FROM booking WHERE ref = :ref"
    assert booker.town.rows(state, ref=ref)[0]["state"] == "missed"
    keys.press_and_leave("z", at="Did not attend")
    keys.press_and_leave("s", at="Not reached yet")
    keys.press_and_leave("d", at="Spoken to")
    keys.are_at("Done")
    assert booker.town.rows(state, ref=ref)[0]["state"] == "attended"
