"""R3 and R4: the patient rings to cancel, or to come another time."""

import pytest

from tests.journeys.doors import Stories
from tests.journeys.town import NEIGHBOUR, NEXT_DOOR
from vocabulary.appointments import BookingState

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("federation")]


def test_a_booking_is_cancelled_by_its_reference_and_the_time_is_free_again(stories: Stories) -> None:
    for rita in stories:
        ref = rita.given_a_booking()
        rita.when_somebody_else_rings()
        rita.when_they_cancel(ref)
        rita.then_it_is(BookingState.CANCELLED, ref[:4])
        rita.then_the_host_has("cancelled")
        rita.then_the_time_is_offered_again()
    stories.then_all_ended_alike()


def test_a_booking_is_found_by_its_patient_and_cancelled(stories: Stories) -> None:
    for rita in stories:
        ref = rita.given_a_booking()
        rita.given_a_patient_on_the_phone(rita.person)
        assert rita.door.bookings_of_patient() == (ref,)
        rita.then_the_banner_names(rita.clinic.host_name)
        rita.when_they_cancel(ref)
        rita.then_it_is(BookingState.CANCELLED)
        rita.then_the_banner_names()
        rita.then_the_host_has("cancelled")
    stories.then_all_ended_alike()


def test_a_cancellation_waits_for_a_host_that_is_down(stories: Stories) -> None:
    for rita in stories:
        rita.given_a_booking(NEXT_DOOR)
        with rita.town.trouble("drop", NEXT_DOOR):
            rita.when_they_cancel()
        rita.then_it_is(BookingState.CANCELLING)
        rita.then_the_page_says(
            f"{rita.clinic.host_name} has not confirmed the cancellation yet.", "nobody has to do anything"
        )
        rita.then_the_host_has("booked")
    for rita in stories:
        rita.when_they_wait_for_news()
        rita.then_it_is(BookingState.CANCELLED)
        rita.then_the_host_has("cancelled")
    stories.then_all_ended_alike()


def test_a_move_wins_the_new_time_first(stories: Stories) -> None:
    for rita in stories:
        old = rita.given_a_booking()
        rita.door.begin_move(old)
        rita.when_a_time_is_held(rita.town.open_clinic(NEXT_DOOR))
        rita.when_they_confirm()
        rita.then_it_is(BookingState.BOOKED)
        rita.then_the_page_says("This replaces booking", f"{old[:4]}-{old[4:]}", "which is cancelled")
        rita.then_the_banner_names(rita.clinic.host_name)
        rita.then_the_host_has("booked")
        rita.then_a_look_says(BookingState.CANCELLED, old)
        rita.then_they_are_told(f"{rita.ref[:4]}-{rita.ref[4:]}")
        assert [one["status"] for one in rita.town.appointments(old, NEIGHBOUR)] == ["cancelled"]
    stories.then_all_ended_alike()


def test_a_refused_move_leaves_the_old_time_alone(stories: Stories) -> None:
    for rita in stories:
        old = rita.given_a_booking()
        rita.door.begin_move(old)
        rita.when_a_time_is_held(rita.town.open_clinic(NEXT_DOOR))
        with rita.town.trouble("refuse", NEXT_DOOR, "book", code="INVALID_RESOURCE"):
            rita.when_they_confirm()
        rita.then_it_is(BookingState.REFUSED, "did not take the booking")
        rita.then_the_page_says(f"The old booking {old[:4]}-{old[4:]} stands as it was.", "Nearest other times")
        rita.then_the_host_has_nothing()
        rita.then_a_look_says(BookingState.BOOKED, old)
        assert [one["status"] for one in rita.town.appointments(old, NEIGHBOUR)] == ["booked"]
    stories.then_all_ended_alike()
