"""R1: a neighbour's evening slot for the patient on the phone, and everything that may come between."""

import pytest

from tests.journeys.doors import Stories
from vocabulary.appointments import BookingState

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("federation")]


def test_a_neighbours_slot_is_booked_while_the_patient_is_on_the_phone(stories: Stories) -> None:
    for rita in stories:
        rita.given_a_clinic()
        rita.given_a_patient_on_the_phone()
        rita.when_they_search()
        rita.when_they_choose()
        rita.then_they_are_told(rita.clinic.host_name, "10", "Evening clinic", "Extended access")
        rita.when_they_confirm()
        rita.then_it_is(BookingState.BOOKED, rita.clinic.host_name)
        rita.then_the_host_has("booked")
        rita.then_a_look_says(BookingState.BOOKED)
    stories.then_all_ended_alike()
