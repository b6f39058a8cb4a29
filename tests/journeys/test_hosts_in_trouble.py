"""R1 when the other practice's system is slow, gone, or says nothing after it has booked."""

import pytest

from tests.journeys.conftest import Desks
from tests.journeys.doors import Stories, Story
from tests.journeys.town import NEIGHBOUR
from tests.journeys.words import HELD
from vocabulary.appointments import BookingState

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("federation")]


def test_a_host_too_slow_to_be_checked_with_can_still_be_booked(stories: Stories) -> None:
    for rita in stories:
        clinic = rita.given_a_clinic()
        rita.given_a_patient_on_the_phone()
        rita.when_they_search()
        with rita.town.trouble("slow", NEIGHBOUR, "free-slots", seconds=6):
            rita.when_they_choose()
        rita.then_the_answer_is(HELD, f"{clinic.host_name} did not answer in time, so this could not be checked")
        rita.when_they_confirm()
        rita.then_it_is(BookingState.BOOKED)
        rita.then_the_host_has("booked")
    stories.then_all_ended_alike()


def test_while_a_host_does_not_answer_nothing_is_booked_and_the_time_stays_held(stories: Stories) -> None:
    for rita in stories:
        rita.given_a_clinic()
        rita.given_a_patient_on_the_phone()
        rita.when_a_time_is_held()
        with rita.town.trouble("drop", NEIGHBOUR, "find-patient"):
            rita.when_they_confirm()
        rita.then_nothing_was_done("did not answer while the patient was being looked up. Nothing was booked.")
        rita.then_they_are_told("Your hold stays: try again in a moment")
        rita.then_the_host_has_nothing()
        rita.when_they_confirm()
        rita.then_it_is(BookingState.BOOKED)
        rita.then_the_host_has("booked")
    stories.then_all_ended_alike()


def test_a_host_that_is_away_is_named_under_the_results_with_its_number(stories: Stories) -> None:
    for rita in stories:
        clinic = rita.given_a_clinic()
        rita.given_a_patient_on_the_phone()
        with rita.town.trouble("drop", NEIGHBOUR, "free-slots"):
            rita.town.loses_touch_with(NEIGHBOUR)
            found = rita.when_they_search()
        rita.town.is_in_touch_with(NEIGHBOUR)
        assert clinic.host_name in found.words and "0117 496 0502" in found.words
        assert "was last asked some time ago; the hub checks with them when you choose a time" in found.words
        assert rita.offers_of_the_clinic(), "what was seen before is still offered"


def test_a_host_books_and_says_nothing_and_the_page_finds_out_by_itself(stories: Stories, desks: Desks) -> None:
    plain = desks.browser(scripts=False)
    plain.sign_in()
    everybody = (*stories, Story(plain, next(iter(stories)).town))
    for rita in everybody:
        rita.given_a_clinic()
        rita.given_a_patient_on_the_phone()
        rita.when_a_time_is_held()
        with rita.town.trouble("drop", NEIGHBOUR, "book", after_commit=True, times=1):
            rita.when_they_confirm()
        rita.then_it_is(BookingState.IN_DOUBT, rita.clinic.host_name)
        rita.then_the_page_says("We do not know yet", "Do not book this again", "This page changes by itself")
        rita.then_the_host_has("booked")
    for rita in everybody:
        rita.when_they_wait_for_news()
        rita.then_it_is(BookingState.BOOKED)
        rita.then_the_page_says("Read this out")
        rita.then_the_host_has("booked")
    stories.then_all_ended_alike()
