"""The hold: what is shown, what happens when somebody is quicker, and confirming it."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scheduling.problems import (
    HostSlow,
    NotBookable,
    PatientClash,
    PatientDiffers,
    PatientNotFound,
    SlotTaken,
    TooManyHolds,
)
from scheduling.results import Recheck
from sharing_agreements.problems import NotPermitted
from sharing_agreements.terms import Decision, Why
from tests.hub.web.fakes import (
    FAR,
    HOME,
    NOW,
    OTHER_REF,
    REF,
    booking_view,
    card,
    facts,
    hold_view,
    many_offers,
    traced,
)
from tests.hub.web.reading import headings, words
from tests.hub.web.shop import Desk, Shop
from tests.hub.web.test_every_page import all_pages
from vocabulary.appointments import COMMENT_ROOM, BookingState
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import Difference, PatientMatch
from vocabulary.slots import PractitionerRole


def test_choosing_a_time_holds_it_and_shows_what_must_be_shown(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    answer = reception.post("/holds", {"slots": "1@1795546200@gp@in-person", "query": "when=tonight"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/holds/{REF.value}")
    page = reception.get(answer.headers["Location"])
    text = words(page)
    assert "Held for you until 5.59pm" in text and 'data-countdown="240"' in page.text
    assert "Fallodon Way Medical Centre confirmed at 5.55pm that it was free." in text
    for fact in ("6.50pm to 7.05pm", "15 minutes", "In person", "Evening GP", "Evening clinic", "Dr Amara Nwosu, GP"):
        assert fact in text
    assert "Clinician’s gender Female" in text and "1 Fallodon Way, Henleaze, Bristol, BS9 4HT" in text
    assert "I have told the patient that staff at Fallodon Way Medical Centre will see limited details" in text
    assert "No clinical detail" in text


def test_a_host_that_could_not_be_asked_is_said_to_be_unasked(shop: Shop, reception: Desk) -> None:
    said = "Fallodon Way Medical Centre did not answer in time, so this could not be checked with them."
    shop.desk.held = hold_view(recheck=Recheck.COULD_NOT_CHECK, checked_at=None, recheck_words=said)
    reception.answer_call()
    assert said in words(reception.get(f"/holds/{REF.value}"))


def test_a_hold_without_a_patient_asks_who_it_is_for_and_comes_back(shop: Shop, reception: Desk) -> None:
    page = reception.get(f"/holds/{REF.value}")
    assert "Who is it for?" in words(page) and "Confirm booking" not in words(page)
    form = {"by": "number", "nhs_number": "9990000018", "back": f"/holds/{REF.value}"}
    assert reception.post("/patient", form).headers["Location"] == f"/holds/{REF.value}"
    assert "Confirm booking" in words(reception.get(f"/holds/{REF.value}"))
    reception.post("/patient/clear")
    assert reception.post(f"/holds/{REF.value}/book", GOOD).status_code == 422


def test_somebody_quicker_leaves_one_on_the_results_with_the_nearest_times(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    shop.desk.refuse["take"] = SlotTaken("Somebody else took that slot a moment ago. Nothing is held.")
    chosen = {"slots": "3@1795545600@physiotherapist@video", "query": "when=week&role=physiotherapist"}
    answer = reception.post("/holds", chosen)
    assert answer.status_code == 409 and headings(answer)
    alert = words(answer)
    assert "Somebody else took that slot" in alert and "Closest to what you chose:" in alert
    table = answer.text[answer.text.index("hub-alert") : answer.text.index("hub-filters")]
    assert table.count('class="hub-time"') == 3 and "Physiotherapist" in table
    assert shop.desk.asked[-1].roles == {PractitionerRole.PHYSIOTHERAPIST}


def test_too_many_holds_are_listed_with_a_way_to_let_each_go(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    reception.post("/holds", {"slots": "1@1795546200@gp@in-person"})
    shop.desk.refuse["take"] = TooManyHolds("You are holding 3 slots already, and each keeps others out.")
    answer = reception.post("/holds", {"slots": "2@1795546200@gp@in-person"})
    assert f'action="/holds/{REF.value}/release"' in answer.text
    assert "Today 6.50pm, GP, Fallodon Way Medical Centre" in words(answer)
    reception.post(f"/holds/{REF.value}/release")
    assert shop.desk.held is None
    assert reception.session.data["holds"] == []


def test_a_slot_that_is_held_is_on_the_search_until_it_runs_out(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    reception.post("/holds", {"slots": "1@1795546200@gp@in-person"})
    assert "You hold Today 6.50pm, GP, Fallodon Way Medical Centre until 5.59pm." in words(reception.get("/search"))
    shop.clock.pass_by(minutes=5)
    assert "You hold" not in words(reception.get("/search"))


def test_a_hold_lost_meanwhile_leads_back_to_the_results(shop: Shop, reception: Desk) -> None:
    shop.desk.held = None
    answer = reception.get(f"/holds/{REF.value}")
    assert answer.status_code == 409
    assert "That hold has run out" in words(answer) and "hub-results" in answer.text


def test_an_expired_hold_says_that_confirming_may_still_work(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    shop.clock.pass_by(minutes=5)
    assert "The four minutes are over. You can still confirm" in words(reception.get(f"/holds/{REF.value}"))


def test_a_reference_that_is_none_is_said_to_be_wrong(reception: Desk) -> None:
    for address in ("/holds/NONSENSE", "/bookings/BZMR322B", "/bookings/x/cancel"):
        answer = reception.get(address)
        assert answer.status_code == 422 and len(headings(answer)) == 1, address


# --- Book
GOOD = {"description": "Knee pain", "patient_told": "yes", "phone": "07700 900123"}


def booked(reception: Desk, **more: str) -> Any:
    return reception.post(f"/holds/{REF.value}/book", {**GOOD, **more})


def test_confirming_shows_reference_script_and_that_no_message_is_sent(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    answer = booked(reception)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/bookings/{REF.value}/outcome")
    page = words(reception.get(answer.headers["Location"]))
    assert "Reference BZMR-322N" in page
    details = page.index("If you have to ring Fallodon Way Medical Centre about it")
    assert (
        page.index("Reference BZMR-322N") < page.index("Read this out") < details < page.index("own reference: 148203")
    )
    assert "at ten to seven in the evening, at Fallodon Way Medical Centre." in page
    assert "No message is sent" in page
    assert "Still" not in page or "Today 6.50pm, Fallodon Way Medical Centre" in page  # in the banner by now


def test_a_double_click_is_one_booking(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    made: list[Any] = []
    shop.desk.on_book = lambda command: made.append(command) or booking_view(ref=command.ref)  # type: ignore[func-returns-value]
    first, second = booked(reception), booked(reception)
    assert first.headers["Location"] == second.headers["Location"] and len(made) == 1


def test_everything_wrong_with_the_form_is_said_at_once_and_nothing_typed_is_lost(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    answer = reception.post(f"/holds/{REF.value}/book", {"comment": "Deaf in the left ear", "patient_told": "yes"})
    assert answer.status_code == 422
    assert words(answer).count("Enter a reason for the appointment.") == 2
    assert 'href="#description"' in answer.text and "Deaf in the left ear" in answer.text
    assert re.search(r'name="patient_told"[^>]*checked', answer.text)


def test_a_clash_is_shown_and_asks_for_a_reason(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    other = booking_view(ref=OTHER_REF, facts=facts(host=FAR, start=NOW + timedelta(hours=2)))
    shop.desk.refuse["book"] = PatientClash(
        "The patient already has a booking that day. Nothing was booked.", other=other, overridable=True
    )
    answer = booked(reception)
    assert answer.status_code == 422
    assert "Tuesday 24 November, 7.55pm to 8.10pm, Southmead and Henbury Practice" in words(answer)
    assert 'name="clash_reason"' in answer.text and 'value="Knee pain"' in answer.text
    shop.desk.refuse["book"] = PatientClash("At that time.", other=other, overridable=False)
    assert 'name="clash_reason"' not in booked(reception).text
    del shop.desk.refuse["book"]
    assert booked(reception, clash_reason="Two knees").status_code == 303


def test_records_that_differ_are_listed_and_accepted_on_purpose_only(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    shop.desk.refuse["book"] = PatientDiffers("Differs.", match=PatientMatch((Difference.GIVEN, Difference.GENDER)))
    answer = booked(reception)
    assert "Given name" in words(answer) and "Gender" in words(answer)
    assert 'name="differences_seen"' in answer.text
    shop.desk.refuse["book"] = PatientDiffers("Differs.", match=PatientMatch((Difference.BIRTH_DATE,)))
    assert 'name="differences_seen"' not in booked(reception).text


@pytest.mark.parametrize(
    "problem",
    [
        HostSlow("Fallodon Way did not answer. Nothing was booked.", next_step="Your hold stays: try again."),
        NotBookable("That appointment has already started."),
        PatientNotFound("The hub finds nobody with that NHS number. Nothing was booked."),
        NotPermitted("The agreement was withdrawn. Nothing was booked.", decision=Decision(False, Why.SUSPENDED)),
    ],
)
def test_a_refusal_keeps_the_form_and_says_what_happened(shop: Shop, reception: Desk, problem: Any) -> None:
    reception.answer_call()
    shop.desk.refuse["book"] = problem
    answer = booked(reception)
    assert answer.status_code == 422
    assert problem.message in words(answer) and 'value="Knee pain"' in answer.text


def test_in_doubt_says_so_and_changes_by_itself(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    shop.desk.on_book = lambda command: booking_view(
        ref=command.ref, state=BookingState.IN_DOUBT, next_look_at=NOW + timedelta(minutes=1)
    )
    page = reception.get(booked(reception).headers["Location"])
    text = words(page)
    assert headings(page) == ["We do not know yet"]
    assert "Do not book this again" in text and "The hub looks again at 5.56pm." in text
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in page.text
    assert "(not known yet)" in text  # on the banner
    part = reception.get(f"/bookings/{REF.value}/state")
    assert part.status_code == 200 and "HX-Refresh" not in part.headers
    shop.desk.bookings[REF.value] = booking_view()
    assert reception.get(f"/bookings/{REF.value}/state").headers["HX-Refresh"] == "true"
    assert headings(reception.get(f"/bookings/{REF.value}/outcome")) == ["Booked"]


def test_a_booking_no_machine_can_settle_names_whom_to_ring(shop: Shop, reception: Desk) -> None:
    shop.desk.bookings[REF.value] = booking_view(state=BookingState.IN_DOUBT, needs_person="The time has come.")
    page = words(reception.get(f"/bookings/{REF.value}/outcome"))
    assert "Ring Fallodon Way Medical Centre on 0117 496 0902" in page


def test_a_refused_booking_offers_other_times(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    shop.desk.on_book = lambda command: booking_view(
        ref=command.ref,
        state=BookingState.REFUSED,
        refusal_words="They have just filled it.",
        refusal_code="slot-taken",
        host_reference="",
    )
    page = reception.get(booked(reception).headers["Location"])
    assert headings(page) == ["Not booked"]
    assert "They have just filled it. Nothing is booked at Fallodon Way Medical Centre. Choose another slot." in words(
        page
    )
    assert page.text.count('class="hub-time"') == 3
    assert "Today 6.50pm" not in words(page)  # nor on the banner


def test_the_back_button_finds_no_old_page(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    booked(reception)
    for address in all_pages(shop):
        assert reception.get(address).headers["Cache-Control"] == "no-store", address


# --- What the patient has already
def _another(shop: Shop, reception: Desk, state: BookingState = BookingState.BOOKED, **changes: Any) -> None:
    shop.desk.bookings = {OTHER_REF.value: booking_view(ref=OTHER_REF, state=state, facts=facts(host=FAR, **changes))}
    shop.desk.people = (card(bookings=tuple(shop.desk.bookings.values())),)
    reception.answer_call()


def test_results_that_overlap_a_booking_of_the_patients_say_so_and_do_not_get_the_focus(
    shop: Shop, reception: Desk
) -> None:
    _another(shop, reception, start=many_offers()[0].facts.window.start, minutes=5)
    page = reception.get("/search")
    assert words(page).count("Overlaps the patient’s booking at 6.30pm") == 2  # two start at half past six
    first = re.findall(r'aria-label="([^"]+)" autofocus', page.text)
    assert len(first) == 1 and first[0].startswith("6.40pm")
    assert "Overlaps" not in words(reception.get(f"/search?moving={OTHER_REF.value}"))


def test_the_hold_says_at_once_that_it_overlaps(shop: Shop, reception: Desk) -> None:
    _another(shop, reception, start=facts().window.start + timedelta(minutes=10))
    page = reception.get(f"/holds/{REF.value}")
    assert "This overlaps a booking the patient has: Today 7pm, Southmead and Henbury Practice" in words(page)
    assert f'href="/bookings/{OTHER_REF.value}"' in page.text and 'name="clash_reason"' not in page.text
    assert "Confirm booking" not in words(page) and 'name="description"' not in page.text, "it could never work"
    moved = words(reception.get(f"/holds/{REF.value}?moving={OTHER_REF.value}"))
    assert "overlaps" not in moved and "Move to this time" in moved


def test_a_booking_the_banner_does_not_know_of_is_told_before_the_form(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    there = facts(host=FAR, start=NOW + timedelta(hours=3))
    shop.desk.bookings = {OTHER_REF.value: booking_view(ref=OTHER_REF, facts=there)}  # by another practice, or just now
    page = reception.get(f"/holds/{REF.value}")
    assert "The patient has another booking that day: Today 8.55pm" in words(page)
    assert 'name="clash_reason"' in page.text


def test_a_booking_in_doubt_in_the_way_says_from_when_to_try_again_and_whom_to_ring(
    shop: Shop, reception: Desk
) -> None:
    _another(shop, reception, start=facts().window.start + timedelta(minutes=10), state=BookingState.IN_DOUBT)
    page = reception.get(f"/holds/{REF.value}")
    assert "It is not known yet whether that one is booked" in words(page)
    assert "The hub finds out by 6.05pm if Southmead and Henbury Practice answers: try this again then." in words(page)
    assert "Open that booking" not in words(page) and 'href="/to-settle"' in page.text
    shop.clock.pass_by(minutes=11)
    page = reception.get(f"/holds/{REF.value}")
    assert "has not answered the hub" in words(page) and "try this again then" not in words(page)


def test_a_second_booking_that_day_is_asked_its_reason_before_one_confirms(shop: Shop, reception: Desk) -> None:
    _another(shop, reception, start=NOW + timedelta(hours=3))
    page = reception.get(f"/holds/{REF.value}")
    assert "The patient has another booking that day: Today 8.55pm" in words(page)
    assert 'name="clash_reason"' in page.text and page.text.count('autofocus="') == 1
    _another(shop, reception, start=NOW + timedelta(days=1))
    page = reception.get(f"/holds/{REF.value}")
    assert "that day" not in words(page) and 'name="clash_reason"' not in page.text


def test_the_form_asks_for_what_an_interpreter_needs_and_leaves_room_for_it(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    page = reception.get(f"/holds/{REF.value}")
    assert "Interpreter: Polish. The hub puts this before your note." in words(page)
    assert "agree with Fallodon Way Medical Centre ( 0117 496 0902 ) who does" in words(page)
    assert f'data-maxlength="{COMMENT_ROOM - len("Interpreter: Polish. ")}"' in page.text
    shop.desk.people = (card(traced(interpreter="")),)
    reception.answer_call()
    page = reception.get(f"/holds/{REF.value}")
    assert "Interpreter" not in words(page) and f'data-maxlength="{COMMENT_ROOM}"' in page.text


def test_the_missing_tick_and_the_note_speak_of_the_practice_that_is_booked(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    form = {"description": "Knee pain", "phone": "07700 900123"}
    away = words(reception.post(f"/holds/{REF.value}/book", form))
    assert away.count("Tell the patient that staff at the other practice will see limited details") == 2
    assert "Note to the other practice" in away
    shop.desk.held = hold_view(facts=facts(host=HOME))
    own = words(reception.post(f"/holds/{REF.value}/book", form))
    assert own.count("Tell the patient when and where it is, then tick the box.") == 2
    assert "other practice" not in own and "Note for the clinic" in own


def test_a_time_chosen_in_an_old_tab_is_held_for_nobody_else(shop: Shop, reception: Desk) -> None:
    """Found by a newcomer: the other patient's hold came with nothing but another name in the banner."""
    reception.answer_call()
    shown = re.search(r'name="shown_for" value="([^"]+)"', reception.get("/search").text)
    assert shown is not None
    shop.desk.people = (card(traced(patient=replace(traced().patient, nhs_number=NHSNumber("9990000026")))),)
    reception.answer_call()
    answer = reception.post("/holds", {"slots": "1", "query": "when=week", "shown_for": shown[1]})
    assert answer.status_code == 409
    assert "The patient on the phone changed since these times were shown, so nothing is held." in words(answer)
    again = re.search(r'name="shown_for" value="([^"]+)"', reception.get("/search").text)
    assert again is not None and again[1] != shown[1]
    assert reception.post("/holds", {"slots": "1", "query": "when=week", "shown_for": again[1]}).status_code == 303
