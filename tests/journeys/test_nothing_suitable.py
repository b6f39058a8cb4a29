"""R2 and R5: nothing fits and yet there is a way on; and an appointment by telephone."""

import pytest

from tests.journeys.doors import REASON, Stories, Story
from tests.journeys.pages import Pages
from tests.journeys.words import HELD, Form
from vocabulary.appointments import BookingState
from vocabulary.slots import DeliveryChannel

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("federation")]


def test_when_nothing_fits_the_next_time_that_does_is_one_key_away(stories: Stories) -> None:
    for rita in stories:
        later = rita.clinic = rita.town.open_nurse_clinic_after_a_day_without_one()
        rita.given_a_patient_on_the_phone()
        found = rita.door.find(rita.town.the_day_before(later))
        assert found.offers == ()
        assert found.next_one is not None and found.next_one.start == later.start
        rita.when_they_choose(found.next_one)
        rita.then_the_answer_is(HELD)
        rita.when_they_confirm()
        rita.then_it_is(BookingState.BOOKED)
        rita.then_the_host_has("booked")
    stories.then_all_ended_alike()


def test_nothing_free_is_never_a_dead_end(rita: Story) -> None:
    assert isinstance(rita.door, Pages)
    later = rita.town.open_nurse_clinic_after_a_day_without_one()
    rita.given_a_patient_on_the_phone()
    found = rita.door.find(rita.town.the_day_before(later))
    assert "Searched: Nurse, in person, on Sunday" in found.words and later.host_name in found.words
    assert "Your own practice may have a time" in found.words
    assert {"the next 14 days", "any practice", "any clinician"} <= set(found.ways_out)
    address = rita.door.page.url
    for words in found.ways_out:
        rita.door.page.goto(address)
        rita.door.press(rita.door.page.locator("#results").get_by_role("link", name=words, exact=True))
        onward = rita.door.found()
        assert onward.offers or onward.next_one, words


def test_an_appointment_by_telephone_needs_a_number_to_ring(stories: Stories) -> None:
    for rita in stories:
        clinic = rita.given_a_clinic(channel=DeliveryChannel.TELEPHONE)
        rita.given_a_patient_on_the_phone(rita.town.somebody(phone=""))
        rita.when_a_time_is_held()
        rita.when_they_confirm()
        rita.then_nothing_was_done("Enter the number to ring: this is a telephone appointment.")
        rita.when_they_confirm(Form(REASON, phone="07700 900777"))
        rita.then_it_is(BookingState.BOOKED, "07700 900777")
        rita.then_the_page_says(f"from {clinic.host_name} will ring you on", "The number may be withheld.")
        rita.then_the_host_has("booked")
    stories.then_all_ended_alike()
