"""R1 as real desks have it: by keyboard alone, without JavaScript, on a telephone, in a hurry, and after going home."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.accounts import acts_of
from tests.journeys.conftest import Desks
from tests.journeys.doors import REASON, Story
from tests.journeys.pages import Pages
from tests.journeys.people import FAMILY
from tests.journeys.town import Town
from tests.journeys.words import Form
from tests.keyboard import Keys
from vocabulary.appointments import BookingState

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("federation")]


def test_by_keyboard_alone_in_six_actions(rita: Story) -> None:
    assert isinstance(rita.door, Pages)
    page = rita.door.page
    rita.door.search({"When": "Next 7 days"})  # as she last searched
    rita.given_a_patient_on_the_phone()
    keys = Keys(page)
    keys.press_and_leave("Enter", at=": hold")  # 1: hold the first time
    rita.door.arrived()
    facts = page.get_by_role("complementary", name="What you are booking").inner_text()
    for fact in ("When", "Length", "How", "Who", "Clinician’s gender", "Slot type", "Clinic", "Where", "Practice"):
        assert fact in facts
    keys.type(REASON, at="Reason for the appointment")  # 2: say why
    keys.tab_to("I have told the patient", at="Reason for the appointment")
    keys.press("Space", at="I have told the patient")  # 3: the patient was told
    keys.tab_to("Confirm booking", at="I have told the patient")
    keys.press_and_leave("Enter", at="Confirm booking")  # 4: confirm
    rita.told = rita.door.after_confirming()
    rita.then_it_is(BookingState.BOOKED)
    assert keys.actions <= 6
    assert keys.steps <= 6, "the way by Tab is as long as the form"
    expect(page.get_by_role("heading", name="Booked")).to_be_focused()


def test_another_week_is_chosen_by_keyboard_too(rita: Story) -> None:
    assert isinstance(rita.door, Pages)
    page = rita.door.page
    rita.door.search({"When": "Tonight"})
    rita.given_a_patient_on_the_phone()
    page.get_by_label("When", exact=True).focus()
    keys = Keys(page)
    keys.type("Next 7", at="When")  # 1: choose the week by its first letters
    keys.press("Enter", at="When")  # 2: to the first time
    times = page.locator("#results .hub-time")
    expect(times.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(times.nth(1)).to_be_focused()
    keys.press_and_leave("Enter", at=": hold")  # 3
    keys.are_at("Reason for the appointment")
    assert keys.actions <= 3
    rita.door.let_go()


def test_all_of_it_without_javascript(desks: Desks, town: Town) -> None:
    door = desks.browser(scripts=False)
    door.sign_in()
    rita = Story(door, town)
    clinic = rita.given_a_clinic()
    rita.given_a_patient_on_the_phone()
    rita.when_they_search()
    first, *_ = rita.offers_of_the_clinic()
    town.front_desk_books(clinic, first.start)
    rita.when_they_choose(first)
    rita.then_nothing_was_done("has just filled that slot")
    rita.when_they_choose(rita.told.offers[0])
    rita.when_they_confirm(Form("", told=False))
    rita.then_nothing_was_done("Enter a reason for the appointment.", "then tick the box")
    rita.when_they_confirm()
    rita.then_it_is(BookingState.BOOKED, "Read this out")
    rita.then_the_host_has("booked")
    rita.given_a_patient_on_the_phone(rita.person)
    rita.when_they_cancel()
    rita.then_it_is(BookingState.CANCELLED)
    rita.then_the_host_has("cancelled")
    door.sign_out()
    assert "You have signed out" in door.says()


def test_all_of_it_on_a_telephone(desks: Desks, town: Town) -> None:
    door = desks.browser(width=390, height=844)
    door.sign_in()
    rita = Story(door, town)
    rita.given_a_booking()
    rita.then_the_host_has("booked")
    for page in ("/", "/bookings", "/tonight", "/tonight/last-copy", "/to-settle", "/practices", "/agreements"):
        door.open(page)
    rita.when_they_cancel(rita.ref)
    rita.then_it_is(BookingState.CANCELLED)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_double_click_is_one_booking(desks: Desks, town: Town, scripts: bool) -> None:
    door = desks.browser(scripts=scripts)
    rita = Story(door, town)
    door.sign_in()
    rita.given_a_clinic()
    rita.given_a_patient_on_the_phone()
    rita.when_they_search()
    first, *others = rita.offers_of_the_clinic()
    _click_twice(door.page.locator(f'button[name=slots][value="{first.key}"]'), ends_at="/holds/[^/]+$")
    rita.refs.append(door.page.url.rsplit("/", 1)[1])
    door.fill_in(Form(REASON))
    _click_twice(door.page.get_by_role("button", name="Confirm booking"), ends_at="/outcome$")
    rita.told = door.after_confirming()
    rita.then_it_is(BookingState.BOOKED)
    rita.then_the_host_has("booked")
    assert [offer.start for offer in rita.when_they_search().offers] == [offer.start for offer in others]
    acts = [act["act"] for act in acts_of(town, nhs_number=rita.person.nhs_number.value)]
    assert acts.count("booking.requested") == acts.count("booking.booked") == 1


def _click_twice(button: Locator, *, ends_at: str) -> None:
    """Without scripts the second click gives up the first one's answer: only where it all ends can be waited for."""
    button.dblclick(no_wait_after=True)
    expect(button.page).to_have_url(re.compile(ends_at))
    button.page.wait_for_load_state("networkidle")


def test_after_signing_out_the_back_button_shows_nothing(desks: Desks, town: Town) -> None:
    door = desks.browser()
    rita = Story(door, town)
    door.sign_in()
    rita.given_a_booking()
    door.open("/tonight")
    door.look(rita.ref)
    door.sign_out()
    for _ in range(4):
        door.page.go_back()
        door.page.wait_for_load_state()
        shown = door.page.content()
        assert FAMILY.casefold() not in shown.casefold()
        assert rita.person.nhs_number.spaced not in shown
        assert "Sign in" in shown
