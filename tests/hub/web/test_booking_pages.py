"""Bookings: found, shown, cancelled, moved."""

import re
from dataclasses import replace
from datetime import timedelta

from scheduling.problems import PatientNotFound, WrongState
from tests.hub.web.fakes import (
    FAR,
    NOW,
    OTHER_REF,
    REF,
    booking_view,
    card,
    facts,
    hold_view,
    traced,
)
from tests.hub.web.reading import words
from tests.hub.web.shop import Desk, Shop
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import NHSNumber

OTHER_PATIENT = NHSNumber.parse("999 000 0026")
GOOD = {"description": "Knee pain", "patient_told": "yes", "phone": "07700 900123"}


def test_a_booking_is_found_by_its_reference_as_said_on_the_phone(shop: Shop, reception: Desk) -> None:
    shop.desk.bookings = {REF.value: booking_view()}
    assert reception.post("/bookings/find", {"reference": "bzmr 322n"}).headers["Location"] == f"/bookings/{REF.value}"
    answer = reception.post("/bookings/find", {"reference": "BZMR-322B"})
    assert answer.status_code == 422 and words(answer).count("its last character does not fit the others") == 2
    lost = reception.get(f"/bookings/{OTHER_REF.value}")
    assert lost.status_code == 404 and "no booking with that reference at your practice" in words(lost)


def test_a_bookings_page_shows_its_history_and_what_can_be_done(shop: Shop, reception: Desk) -> None:
    shop.desk.bookings = {REF.value: booking_view()}
    page = reception.get(f"/bookings/{REF.value}")
    text = words(page)
    assert "Booking BZMR-322N Booked" in text and "Confirmed by the practice." in text
    assert "Agreement DSA-AVON-01 v1, clause 2.2" in text
    assert "In the room (Gareth Pike)" in text, "what was said of the visit is no new state of the booking"
    assert f'href="/bookings/{REF.value}/cancel"' in page.text and f'action="/bookings/{REF.value}/move"' in page.text
    for state in set(BookingState) - {BookingState.BOOKED}:
        shop.desk.bookings = {REF.value: booking_view(state=state)}
        page = reception.get(f"/bookings/{REF.value}")
        assert f'action="/bookings/{REF.value}/move"' not in page.text, state
    shop.desk.bookings = {REF.value: booking_view(facts=facts(start=NOW - timedelta(hours=1)))}
    assert f'href="/bookings/{REF.value}/cancel"' not in reception.get(f"/bookings/{REF.value}").text


def test_who_came_although_cancelled_is_told_nothing_of_a_cancellation(shop: Shop, reception: Desk) -> None:
    gone = booking_view(state=BookingState.CANCELLED, cancel_reason=CancellationReason.HOST_CANCELLED)
    shop.desk.bookings = {REF.value: gone}
    assert "Tell the patient" in words(reception.get(f"/bookings/{REF.value}"))
    shop.desk.bookings = {REF.value: replace(gone, came_at=NOW)}
    assert "Tell the patient" not in words(reception.get(f"/bookings/{REF.value}"))


def test_cancelling_takes_a_reason_and_shows_the_booking_cancelled(shop: Shop, reception: Desk) -> None:
    shop.desk.bookings = {REF.value: booking_view()}
    asked = words(reception.get(f"/bookings/{REF.value}/cancel"))
    assert "Today 6.50pm, GP, Fallodon Way Medical Centre, for PRITCHARD, Joan, born 3 March 1961, NHS number" in asked
    form = reception.get(f"/bookings/{REF.value}/cancel").text
    assert "checked" not in form  # nobody is said to have asked before somebody says so
    assert re.findall(r"<(\w+)[^>]*autofocus", form) == ["input"]
    wrong = reception.post(f"/bookings/{REF.value}/cancel", {"reason": ""})
    assert wrong.status_code == 422 and words(wrong).count("Choose who asked, or why.") == 2
    assert "autofocus" not in wrong.text
    done = reception.post(f"/bookings/{REF.value}/cancel", {"reason": "no-longer-needed", "note": "her son rang"})
    assert done.headers["Location"] == f"/bookings/{REF.value}"
    page = words(reception.get(done.headers["Location"]))
    assert "Cancelled" in page and "It is no longer needed" in page


def test_a_cancellation_that_is_refused_says_why(shop: Shop, reception: Desk) -> None:
    shop.desk.bookings = {REF.value: booking_view()}
    shop.desk.refuse["cancel"] = WrongState("This appointment has already started.", next_step="Tell the practice.")
    answer = reception.post(f"/bookings/{REF.value}/cancel", {"reason": "patient-asked"})
    assert answer.status_code == 422 and "This appointment has already started. Tell the practice." in words(answer)


def test_moving_searches_with_the_old_booking_kept_in_sight(shop: Shop, reception: Desk) -> None:
    shop.desk.bookings = {REF.value: booking_view(ref=REF)}
    answer = reception.post(f"/bookings/{REF.value}/move")
    where = answer.headers["Location"]
    assert where == f"/search?moving={REF.value}&when=week&role=gp&channel=in-person"
    page = reception.get(where)
    assert (
        "You are moving booking BZMR-322N: Today 6.50pm, GP, Fallodon Way Medical Centre. "
        "It is kept until the new time is booked."
    ) in words(page)
    assert "PRITCHARD, Joan" in words(page)  # the patient of the booking is on the phone now
    assert page.text.count(f'name="moving" value="{REF.value}"') == 2
    shop.desk.held = hold_view(ref=OTHER_REF, facts=facts(host=FAR, start=NOW + timedelta(hours=3)))
    chosen = reception.post("/holds", {"slots": "1@1@gp@in-person", "moving": REF.value})
    assert chosen.headers["Location"] == f"/holds/{OTHER_REF.value}?moving={REF.value}"
    page = reception.get(chosen.headers["Location"])
    assert "Move to this time" in words(page)
    assert "From Today 6.50pm, GP, Fallodon Way Medical Centre (booking BZMR-322N )" in words(page)
    assert "To Today 8.55pm, GP, Henbury branch" in words(page)
    again = reception.get(
        f"/holds/{OTHER_REF.value}/book?moving={REF.value}"
    )  # the refused form's address, loaded anew
    assert again.headers["Location"] == chosen.headers["Location"]
    assert f'action="/holds/{OTHER_REF.value}/book?moving={REF.value}"' in page.text
    done = reception.post(f"/holds/{OTHER_REF.value}/book", {**GOOD, "replaces": REF.value})
    page = words(reception.get(done.headers["Location"]))
    assert (
        "This replaces booking BZMR-322N, which is being cancelled. Both are shown until the old one is gone." in page
    )


def test_a_mistyped_move_is_no_move(reception: Desk) -> None:
    assert "You are moving" not in words(reception.get("/search?moving=NONSENSE"))


def test_a_cancellation_under_way_is_said_while_the_host_has_not_confirmed(shop: Shop, reception: Desk) -> None:
    shop.desk.bookings = {REF.value: booking_view(state=BookingState.CANCELLING)}
    assert "Fallodon Way Medical Centre has not confirmed the cancellation yet." in words(
        reception.get(f"/bookings/{REF.value}")
    )


def test_the_list_of_bookings_is_the_patients_or_the_practices(shop: Shop, reception: Desk) -> None:
    shop.desk.bookings = {REF.value: booking_view()}
    assert "Booked by Beechwood Surgery, still to come" in words(reception.get("/bookings"))
    reception.answer_call()
    assert "This patient’s bookings" in words(reception.get("/bookings"))


def test_what_is_cancelled_or_past_is_listed_apart_and_said_to_be(shop: Shop, reception: Desk) -> None:
    shop.desk.bookings = {
        REF.value: booking_view(state=BookingState.CANCELLED),
        OTHER_REF.value: booking_view(ref=OTHER_REF, facts=facts(start=NOW + timedelta(days=2))),
    }
    page = words(reception.get("/bookings"))
    assert page.index(OTHER_REF.spoken) < page.index("Cancelled or not booked") < page.index(REF.spoken)
    reception.answer_call()
    page = words(reception.get("/bookings"))
    page = page[page.index("This patient’s bookings, still to come") :]
    assert page.index(OTHER_REF.spoken) < page.index("Past, cancelled or not booked") < page.index(REF.spoken)
    shop.desk.bookings = {REF.value: booking_view()}
    assert "Past, cancelled" not in words(reception.get("/bookings"))


def test_a_booking_of_somebody_elses_says_so_and_is_not_changed_unasked(shop: Shop, reception: Desk) -> None:
    theirs = f"/bookings/{REF.value}"
    shop.desk.bookings = {REF.value: booking_view(nhs_number=OTHER_PATIENT, family="Morgan", given="David")}
    shop.desk.people = (card(), card(traced(patient=replace(traced().patient, nhs_number=OTHER_PATIENT))))
    assert "not the patient on the phone" not in words(reception.get(theirs))
    assert "This patient is on the phone" in words(reception.get(theirs))
    reception.answer_call()
    whose = "This booking is for: MORGAN, David, born 3 March 1961, NHS number 999 000 0026."
    page, form = words(reception.get(theirs)), reception.get(f"{theirs}/cancel")
    for text in (page, words(form)):
        assert "This is not the patient on the phone On the phone: PRITCHARD, Joan, born 3 March 1961." in text
        assert whose in text
    assert "autofocus" not in form.text
    assert "Put MORGAN, David on the phone, and move it" in page
    stays = reception.post(f"{theirs}/move")  # a page shown before the patient changed
    assert stays.headers["Location"] == theirs and reception.session.data["patient"]["family"] == "Pritchard"
    wrong = reception.post(f"{theirs}/cancel", {"reason": "patient-asked"})
    assert wrong.status_code == 422 and words(wrong).count("Check whose booking this is") == 2
    assert shop.desk.bookings[REF.value].state is BookingState.BOOKED
    meant = reception.post(f"{theirs}/cancel", {"reason": "practice-asked", "other_patient_seen": "yes"})
    assert meant.status_code == 303 and shop.desk.bookings[REF.value].state is BookingState.CANCELLED


def test_a_booking_under_a_number_replaced_since_is_the_patients_own(shop: Shop, reception: Desk) -> None:
    shop.desk.bookings = {REF.value: booking_view(nhs_number=OTHER_PATIENT)}
    shop.desk.replaced = {OTHER_PATIENT: card().nhs_number}
    reception.answer_call()
    for page in (f"/bookings/{REF.value}", f"/bookings/{REF.value}/cancel"):
        assert "not the patient on the phone" not in words(reception.get(page))
    shop.desk.refuse["look_up"] = PatientNotFound("Nobody.")  # what the record does not say is not taken for granted
    assert "not the patient on the phone" in words(reception.get(f"/bookings/{REF.value}"))


def test_lists_tell_two_of_one_name_apart_and_show_the_note(shop: Shop, reception: Desk) -> None:
    shop.desk.bookings = {REF.value: booking_view(comment="Brings a guide dog")}
    page = words(reception.get("/bookings"))
    assert "999 000 0018" in page and "Note: Brings a guide dog" in page


def test_the_booking_of_the_patient_on_the_phone_does_not_ask_who_is_on_the_phone(shop: Shop, reception: Desk) -> None:
    shop.desk.bookings = {REF.value: booking_view()}
    reception.answer_call()
    assert "This patient is on the phone" not in words(reception.get(f"/bookings/{REF.value}"))


def test_a_cancellation_ends_with_what_to_tell_the_patient(shop: Shop, reception: Desk) -> None:
    shop.desk.bookings = {REF.value: booking_view(state=BookingState.CANCELLED)}
    said = "with Fallodon Way Medical Centre, is cancelled.”"
    page = words(reception.get(f"/bookings/{REF.value}"))
    assert said in page and "Done, next patient" not in page
    reception.answer_call()
    page = words(reception.get(f"/bookings/{REF.value}"))
    assert said in page and "Done, next patient Find another time" in page
    shop.desk.bookings = {REF.value: booking_view(state=BookingState.CANCELLED, replaced_by=OTHER_REF)}
    assert said not in words(reception.get(f"/bookings/{REF.value}"))


def test_an_early_next_look_is_told_without_a_time_that_has_come(shop: Shop, reception: Desk) -> None:
    for seconds, said in ((30, "looks again within a minute"), (180, "The hub looks again at 5.58pm")):
        doubt = booking_view(state=BookingState.IN_DOUBT, next_look_at=NOW + timedelta(seconds=seconds))
        shop.desk.bookings = {REF.value: doubt}
        assert said in words(reception.get(f"/bookings/{REF.value}/outcome"))
