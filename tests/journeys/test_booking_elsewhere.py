"""R1: a neighbour's slot for the patient on the phone, and everything that may come between.

Each journey is told twice, through the pages and through the JSON door, and has to end alike.
"""

from datetime import date

import pytest

from tests.journeys.accounts import acts_of
from tests.journeys.doors import REASON, Stories
from tests.journeys.people import FAMILY, FORMER_FAMILY
from tests.journeys.town import NEIGHBOUR, NEXT_DOOR
from tests.journeys.words import HELD, NOT_DONE, Form
from vocabulary.appointments import BookingState

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("federation")]


def test_a_neighbours_slot_is_booked_while_the_patient_is_on_the_phone(stories: Stories) -> None:
    for rita in stories:
        clinic = rita.given_a_clinic()
        rita.given_a_patient_on_the_phone()
        rita.when_they_search()
        rita.when_they_choose()
        rita.then_the_answer_is(HELD, clinic.host_name, "Evening clinic", "Extended access", "10")
        rita.then_the_page_says("that it was free", "Held for you until", "Clinician’s gender")
        rita.when_they_confirm(Form(REASON, note="Prefers to stand"))
        rita.then_it_is(BookingState.BOOKED, clinic.host_name)
        rita.then_the_page_says("Read this out", "No message is sent", "If you have to ring")
        rita.then_the_host_has("booked")
        rita.then_a_look_says(BookingState.BOOKED)
        rita.then_they_are_told(REASON, "Prefers to stand", "DSA-AVON-01")
    stories.then_all_ended_alike()


def test_the_practices_own_desk_is_quicker_and_the_nearest_other_time_is_taken(stories: Stories) -> None:
    for rita in stories:
        clinic = rita.given_a_clinic()
        rita.given_a_patient_on_the_phone()
        rita.when_they_search()
        first, second, *_ = rita.offers_of_the_clinic()
        rita.town.front_desk_books(clinic, first.start)
        rita.when_they_choose(first)
        rita.then_nothing_was_done(f"{clinic.host_name} has just filled that slot. Nothing is held.")
        rita.then_the_nearest_other_times_are_offered(second)
        rita.when_they_choose(rita.told.offers[0])
        rita.then_the_answer_is(HELD)
        rita.when_they_confirm()
        rita.then_it_is(BookingState.BOOKED)
        rita.then_the_host_has("booked")
    stories.then_all_ended_alike()


def test_another_family_name_at_the_host_is_checked_with_the_patient_first(stories: Stories) -> None:
    for rita in stories:
        rita.given_a_clinic()
        person = rita.given_a_patient_on_the_phone()
        rita.town.known_differently(person, NEIGHBOUR, family=FORMER_FAMILY)
        rita.when_a_time_is_held()
        rita.when_they_confirm()
        rita.then_nothing_was_done("record of this patient differs in: family name. Nothing was booked.")
        rita.then_they_are_told("Check with the patient, then confirm again.")
        rita.then_the_host_has_nothing()
        rita.when_they_confirm(Form(REASON, differences_seen=True))
        rita.then_it_is(BookingState.BOOKED)
        rita.then_the_host_has("booked")
    stories.then_all_ended_alike()


def test_another_birthday_at_the_host_stops_it_there(stories: Stories) -> None:
    for rita in stories:
        rita.given_a_clinic()
        person = rita.given_a_patient_on_the_phone()
        rita.town.known_differently(person, NEIGHBOUR, born=date(1976, 11, 23))
        rita.when_a_time_is_held()
        rita.when_they_confirm(Form(REASON, differences_seen=True))
        rita.then_nothing_was_done("differs in: date of birth", "ring them to put the record right")
        rita.then_the_host_has_nothing()
    stories.then_all_ended_alike()
    for rita in stories:
        rita.when_they_let_the_time_go()


def test_a_second_booking_that_day_needs_a_reason(stories: Stories) -> None:
    for rita in stories:
        rita.given_a_booking()
        rita.when_a_time_is_held(rita.town.later_that_day(rita.clinic))
        rita.when_they_confirm()
        rita.then_nothing_was_done(f"The patient already has a booking that day, at {rita.clinic.host_name}.")
        rita.then_they_are_told(REASON, "Say why a second one is needed, or move the first.")
        rita.then_the_host_has_nothing()
        rita.when_they_confirm(Form(REASON, clash_reason="The nurse wants to see them after the GP"))
        rita.then_it_is(BookingState.BOOKED)
        rita.then_the_host_has("booked")
        rita.then_a_look_says(BookingState.BOOKED)
        rita.then_they_are_told("The nurse wants to see them after the GP")
    stories.then_all_ended_alike()


def test_nobody_can_be_in_two_places_at_one_time(stories: Stories) -> None:
    for rita in stories:
        rita.given_a_booking()
        rita.when_a_time_is_held(rita.town.at_the_same_time(rita.clinic, NEXT_DOOR))
        rita.when_they_confirm(Form(REASON, clash_reason="They insist"))
        rita.then_nothing_was_done("The patient already has a booking at that time", "Move or cancel that one first.")
        rita.then_the_host_has_nothing()
    # not alike in the ledger: the page says so before anybody can confirm, the program is refused when it asks
    for rita in stories:
        rita.when_they_let_the_time_go()


def test_a_restricted_patient_is_for_the_telephone_and_nobody_says_why(stories: Stories) -> None:
    for rita in stories:
        person = rita.town.somebody(restricted=True)
        for told, phrase in (
            (rita.door.put_through(person), "If it is right, book by phone"),
            (rita.door.look_for_name(person), "Nobody fits those details."),
        ):
            rita.told = told
            rita.then_the_answer_is(NOT_DONE, phrase)
            assert FAMILY.casefold() not in told.words.casefold()
            assert "restrict" not in told.words.casefold()
        assert acts_of(rita.town, nhs_number=person.nhs_number.value) == []
