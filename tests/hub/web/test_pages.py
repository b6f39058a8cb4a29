"""The pages around a fake desk: what each shows, what each says when something is refused, and what it never shows."""

import html
import re
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scheduling.problems import (
    HostSlow,
    NotBookable,
    PatientByPhoneOnly,
    PatientClash,
    PatientDiffers,
    PatientNotFound,
    SlotTaken,
    TooManyHolds,
    WrongState,
)
from scheduling.results import AttentionItem, HostHealth, Recheck
from sharing_agreements.problems import NotPermitted
from sharing_agreements.terms import Decision, Why
from tests.hub.web.fakes import (
    AWAY,
    FAR,
    HOME,
    NOW,
    OTHER_REF,
    REF,
    Freshness,
    booking_view,
    card,
    facts,
    hold_view,
    many_offers,
    offer,
    search_result,
    traced,
)
from tests.hub.web.shop import Desk, Shop
from vocabulary.appointments import BookingState
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import Difference, Patient, PatientMatch
from vocabulary.people import UserRole
from vocabulary.slots import DeliveryChannel, Gender, PractitionerRole

GOOD = {"description": "Knee pain", "patient_told": "yes", "phone": "07700 900123"}


def words(answer: Any) -> str:
    """What a page says, without its markup."""
    text = re.sub(r"<(script|style|noscript).*?</\1>", " ", answer.text, flags=re.S)
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())
    return re.sub(r" ([.,:;])", r"\1", text)


def headings(answer: Any) -> list[str]:
    return re.findall(r"<h1[^>]*>(.*?)</h1>", answer.text, flags=re.S)


def all_pages(shop: Shop) -> list[str]:
    shop.desk.bookings = {REF.value: booking_view()}
    return [
        "/search",
        "/search?when=week",
        f"/holds/{REF.value}",
        "/bookings",
        f"/bookings/{REF.value}",
        f"/bookings/{REF.value}/outcome",
        f"/bookings/{REF.value}/cancel",
        "/tonight",
        "/tonight/last-copy",
        "/to-settle",
        "/practices",
        "/practices/why?host=Y90002",
        "/agreements",
        "/sign-in/role",
    ]


def test_every_page_has_one_heading_a_title_and_the_practice_one_acts_for(shop: Shop, reception: Desk) -> None:
    for address in ["/", *all_pages(shop)]:
        answer = reception.get(address)
        assert answer.status_code == 200, address
        assert len(headings(answer)) == 1, address
        assert re.search(r"<title>[^<]+ – Practice hub</title>", answer.text), address
        assert "Acting for Beechwood Surgery Rita Okafor, receptionist" in words(answer), address


def test_no_address_and_no_title_ever_names_the_patient(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    for address in all_pages(shop):
        answer = reception.get(address)
        links = re.findall(r'(?:href|action|hx-get|src)="([^"]*)"', answer.text)
        titles = re.findall(r"<title>(.*?)</title>", answer.text, flags=re.S)
        for place in (*links, *titles):
            assert not re.search(r"999.?000.?0018|pritchard|joan", html.unescape(place), flags=re.I), (address, place)


def test_a_patients_name_cannot_bring_markup_in(shop: Shop, reception: Desk) -> None:
    evil = Patient(
        NHSNumber("9990000018"), "<b>Robert</b>", "<script>alert(1)</script>", traced().patient.birth_date, Gender.MALE
    )
    shop.desk.people = (card(traced(patient=evil, interpreter='"><i>')),)
    reception.answer_call()
    shop.desk.bookings = {
        REF.value: booking_view(family="<b>Robert</b>", description="<u>x</u>", comment="</textarea><b>")
    }
    seen = 0
    for address in all_pages(shop):
        text = reception.get(address).text
        for markup in ("<b>Robert", "<B>ROBERT", "<script>alert", "<u>x", '"><i>', "</textarea><b>"):
            assert markup not in text, (address, markup)
        seen += "&lt;B&gt;ROBERT&lt;/B&gt;" in text
    assert seen >= 8


def test_what_was_typed_cannot_bring_markup_in(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    typed = {"description": '"><b>x', "comment": "</textarea><b>y", "phone": '"><b>z'}
    answer = reception.post(f"/holds/{REF.value}/book", typed)
    assert answer.status_code == 422
    assert "<b>" not in answer.text and "&lt;b&gt;y" in answer.text
    answer = reception.post("/patient", {"by": "number", "nhs_number": '"><b>1'})
    assert "<b>" not in answer.text


# --- Who is on the phone


def test_looking_a_patient_up_puts_them_on_every_page_until_cleared(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    banner = words(reception.get("/bookings"))
    for part in ("PRITCHARD, Joan", "3 March 1961 (65 years)", "999 000 0018", "Beechwood Surgery", "07700 900123"):
        assert part in banner
    assert "Interpreter: Polish" in banner and "Step-free access" in banner
    assert reception.get("/").headers["Location"] == "/search"
    assert reception.post("/patient/clear").headers["Location"] == "/"
    assert "PRITCHARD" not in words(reception.get("/"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"nhs_number": ""}, "Enter the patient’s NHS number."),
        ({"nhs_number": "999 000 0019"}, "its check digit does not fit"),
        ({"by": "name", "family": "", "birth_date": "3/3/1961"}, "Enter the patient’s family name."),
        ({"by": "name", "family": "P", "birth_date": "31/2/1961"}, "Enter a real date, day first"),
    ],
)
def test_a_look_up_that_cannot_work_says_why(reception: Desk, typed: dict[str, str], said: str) -> None:
    answer = reception.post("/patient", {"by": "number", **typed})
    assert answer.status_code == 422
    assert words(answer).count(said) == 2  # in the summary and beside the field
    assert "<title>Error: " in answer.text


@pytest.mark.parametrize(
    "problem",
    [
        PatientNotFound("Nobody has that NHS number in the national record.", next_step="Check the number."),
        PatientByPhoneOnly("Bookings for this patient must be made by phone.", next_step="Ring the practice."),
        HostSlow("The national demographics service is not answering.", next_step="Use the NHS number."),
    ],
)
def test_a_look_up_that_is_refused_says_what_to_do(shop: Shop, reception: Desk, problem: Any) -> None:
    shop.desk.refuse["look_up"] = problem
    answer = reception.post("/patient", {"by": "number", "nhs_number": "9990000018"})
    assert answer.status_code == 422
    assert problem.message in words(answer) and problem.next_step in words(answer)
    assert "Who is on the phone?" in words(answer)


def test_of_several_people_one_is_chosen_and_never_guessed(shop: Shop, reception: Desk) -> None:
    other = traced(patient=replace(traced().patient, nhs_number=NHSNumber("9990000026"), postcode="BS3 1AB"))
    shop.desk.people = (card(), card(other))
    answer = reception.post("/patient", {"by": "name", "family": "Pritchard", "birth_date": "3/3/1961"})
    assert headings(answer) == ["2 people fit those details"]
    assert "BS6 5AA" in answer.text and "BS3 1AB" in answer.text
    assert re.findall(r'(?:value|href)="[^"]*999', answer.text) == []
    reception.post("/patient/choose", {"person": "1"})
    assert "999 000 0026" in words(reception.get("/bookings"))


def test_a_choice_nobody_offered_chooses_nobody(reception: Desk) -> None:
    for person in ("0", "7", "-1", "x"):
        assert reception.post("/patient/choose", {"person": person}).headers["Location"] == "/"
        assert "patient" not in reception.session.data


def test_with_tracing_down_the_number_alone_is_on_the_phone(shop: Shop, reception: Desk) -> None:
    shop.desk.people = (card(traced=None, tracing_down=True),)
    reception.answer_call()
    banner = words(reception.get("/bookings"))
    assert "999 000 0018" in banner and "read the NHS number back" in banner and "Name not known" in banner


def test_the_board_says_what_can_be_offered_tonight(shop: Shop, reception: Desk) -> None:
    page = words(reception.get("/"))
    assert "What can I offer tonight?" in page and "6.30pm" in page and "14 of 24 free tonight." in page
    shop.desk.found = search_result((), next_after=many_offers()[20])
    page = words(reception.get("/"))
    assert "Nothing is free tonight" in page and "Saturday 28 November, 9.40am" in page


# --- Search


def test_results_are_grouped_by_day_and_state_their_order(reception: Desk) -> None:
    page = words(reception.get("/search?when=week"))
    assert "24 times for any clinician, from Tuesday 24 November to Monday 30 November" in page
    assert "Soonest first, then nearest to the mile." in page
    assert page.index("Today, Tuesday 24 November") < page.index("Saturday 28 November")
    assert "34 min ago" in page and "4 free" in page


def test_hosts_that_do_not_answer_are_listed_with_reason_and_number(reception: Desk) -> None:
    page = words(reception.get("/search"))
    assert "Lawrence Hill Health Centre 0117 496 0933 (staff line)" in page
    assert "is not answering: it took too long. Last heard 48 min ago." in page
    assert "2 other practices with nothing here, and why" in page
    assert "Kingswood Family Practice has not signed DSA-AVON-01 v1." in page


def test_none_says_what_was_searched_when_the_next_is_and_what_else_to_try(shop: Shop, reception: Desk) -> None:
    shop.desk.found = search_result((), next_after=many_offers()[20])
    reception.answer_call()
    page = reception.get("/search?when=tonight&role=gp&miles=3")
    assert "Searched: GP, today, Tuesday 24 November, within 3 miles, at 3 practices." in words(page)
    assert "The next one that fits is Saturday 28 November, 9.40am:" in words(page)
    assert 'href="/search?when=fortnight&amp;role=gp&amp;miles=3"' in page.text
    assert "any distance" in words(page) and "any clinician" in words(page)
    shop.desk.found = search_result(())
    assert "Nothing that fits is known until Tuesday 8 December, 5.55pm" in words(reception.get("/search"))


def test_the_patients_postcode_makes_the_distances_and_is_in_no_address(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    page = reception.get("/search?when=tonight&miles=5")
    assert shop.desk.asked[-1].near_postcode == "BS6 5AA" and shop.desk.asked[-1].within_miles == 5
    assert "BS6" not in page.text


def test_a_search_begins_as_the_last_one_ended(shop: Shop, reception: Desk) -> None:
    reception.get("/search?when=weekend&role=nurse&needs=step-free&host=Y90002")
    reception.get("/search")
    asked = shop.desk.asked[-1]
    assert asked.roles == {PractitionerRole.NURSE} and asked.access_needs == {"step-free"}
    assert asked.window.start.day == 28
    assert not asked.hosts  # a single practice belonged to that call


def test_htmx_gets_the_results_alone_and_they_say_so_to_caches(reception: Desk) -> None:
    answer = reception.get("/search?when=week", headers={"HX-Request": "true"})
    assert answer.text.lstrip().startswith('<div id="results"')
    assert "<html" not in answer.text and "autofocus" not in answer.text
    assert answer.headers["Vary"] == "HX-Request"


def test_wrong_dates_are_said_beside_their_field_and_nothing_is_searched(shop: Shop, reception: Desk) -> None:
    answer = reception.get("/search?when=dates&first=2026-12-05&last=2026-12-01")
    assert words(answer).count("The last day must not be before the first.") >= 2
    assert shop.desk.asked == []


def test_two_hundred_results_are_made_in_a_blink(shop: Shop, reception: Desk) -> None:
    shop.desk.found = search_result(tuple(offer(n, facts()) for n in range(200)))
    reception.get("/search")
    began = time.perf_counter()
    answer = reception.get("/search")
    assert answer.text.count('class="hub-offer"') == 200
    assert time.perf_counter() - began < 0.5  # about 0.02 s; the macros alone would take longer than this


def test_why_a_practice_cannot_be_seen_is_answered_as_page_and_fragment(reception: Desk) -> None:
    page = reception.get("/practices/why?host=Y90005")
    assert "Kingswood Family Practice has not signed" in words(page) and len(headings(page)) == 1
    part = reception.get("/practices/why?host=Y90005", headers={"HX-Request": "true"})
    assert "<html" not in part.text and "has not signed" in words(part)
    assert reception.get("/practices/why?host=%3F%3F").status_code == 200


# --- Hold


def test_choosing_a_time_holds_it_and_shows_what_must_be_shown(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    answer = reception.post("/holds", {"slots": "1@1795546200@gp@in-person", "query": "when=tonight"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/holds/{REF.value}")
    page = reception.get(answer.headers["Location"])
    text = words(page)
    assert "Held for you until 5.59pm" in text and 'data-countdown="240"' in page.text
    assert "Fallodon Way Medical Centre confirmed just now that it is free." in text
    for fact in ("6.50pm to 7.05pm", "15 minutes", "In person", "Evening GP", "Evening clinic", "Dr Amara Nwosu, GP"):
        assert fact in text
    assert "Their gender Female" in text and "1 Fallodon Way, Henleaze, Bristol, BS9 4HT" in text
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


def booked(reception: Desk, **more: str) -> Any:
    return reception.post(f"/holds/{REF.value}/book", {**GOOD, **more})


def test_confirming_shows_reference_script_and_that_no_message_is_sent(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    answer = booked(reception)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/bookings/{REF.value}/outcome")
    page = words(reception.get(answer.headers["Location"]))
    assert "Reference BZMR-322N" in page and "own reference: 148203" in page
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
        PatientByPhoneOnly("This booking must be made by phone. Nothing was booked."),
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
        ref=command.ref, state=BookingState.REFUSED, refusal_words="They have just filled it.", host_reference=""
    )
    page = reception.get(booked(reception).headers["Location"])
    assert headings(page) == ["Not booked"]
    assert "They have just filled it. Nothing is booked at Fallodon Way Medical Centre." in words(page)
    assert page.text.count('class="hub-time"') == 3
    assert "Today 6.50pm" not in words(page)  # nor on the banner


def test_the_back_button_finds_no_old_page(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    booked(reception)
    for address in all_pages(shop):
        assert reception.get(address).headers["Cache-Control"] == "no-store", address


# --- Bookings


def test_a_booking_is_found_by_its_reference_as_said_on_the_phone(shop: Shop, reception: Desk) -> None:
    shop.desk.bookings = {REF.value: booking_view()}
    assert reception.post("/bookings/find", {"reference": "bzmr 322n"}).headers["Location"] == f"/bookings/{REF.value}"
    answer = reception.post("/bookings/find", {"reference": "BZMR-322B"})
    assert answer.status_code == 422 and words(answer).count("its last sign does not fit the others") == 2
    lost = reception.get(f"/bookings/{OTHER_REF.value}")
    assert lost.status_code == 404 and "no booking with that reference at your practice" in words(lost)


def test_a_bookings_page_shows_its_history_and_what_can_be_done(shop: Shop, reception: Desk) -> None:
    shop.desk.bookings = {REF.value: booking_view()}
    page = reception.get(f"/bookings/{REF.value}")
    text = words(page)
    assert "Booking BZMR-322N Booked" in text and "Confirmed by the practice." in text
    assert "Agreement DSA-AVON-01 v1, clause 2.2" in text
    assert f'href="/bookings/{REF.value}/cancel"' in page.text and f'action="/bookings/{REF.value}/move"' in page.text
    for state in set(BookingState) - {BookingState.BOOKED}:
        shop.desk.bookings = {REF.value: booking_view(state=state)}
        page = reception.get(f"/bookings/{REF.value}")
        assert f'action="/bookings/{REF.value}/move"' not in page.text, state
    shop.desk.bookings = {REF.value: booking_view(facts=facts(start=NOW - timedelta(hours=1)))}
    assert f'href="/bookings/{REF.value}/cancel"' not in reception.get(f"/bookings/{REF.value}").text


def test_cancelling_takes_a_reason_and_shows_the_booking_cancelled(shop: Shop, reception: Desk) -> None:
    shop.desk.bookings = {REF.value: booking_view()}
    assert "Today 6.50pm, GP, Fallodon Way Medical Centre, for PRITCHARD, Joan." in words(
        reception.get(f"/bookings/{REF.value}/cancel")
    )
    wrong = reception.post(f"/bookings/{REF.value}/cancel", {"reason": ""})
    assert wrong.status_code == 422 and "Choose who asked, or why." in words(wrong)
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
    assert "You are moving booking BZMR-322N. It is kept until the new time is firm." in words(page)
    assert "PRITCHARD, Joan" in words(page)  # the patient of the booking is on the phone now
    assert page.text.count(f'name="moving" value="{REF.value}"') == 2
    shop.desk.held = hold_view(ref=OTHER_REF)
    chosen = reception.post("/holds", {"slots": "1@1@gp@in-person", "moving": REF.value})
    assert chosen.headers["Location"] == f"/holds/{OTHER_REF.value}?moving={REF.value}"
    page = reception.get(chosen.headers["Location"])
    assert "Move to this time" in words(page)
    done = reception.post(f"/holds/{OTHER_REF.value}/book", {**GOOD, "replaces": REF.value})
    page = words(reception.get(done.headers["Location"]))
    assert (
        "This replaces booking BZMR-322N, which is being cancelled. Both are shown until the old one is gone." in page
    )


def test_a_mistyped_move_is_no_move(reception: Desk) -> None:
    assert "You are moving" not in words(reception.get("/search?moving=NONSENSE"))


def test_not_yet_released_is_said_while_the_host_has_not_confirmed(shop: Shop, reception: Desk) -> None:
    shop.desk.bookings = {REF.value: booking_view(state=BookingState.CANCELLING)}
    assert "Not yet released at Fallodon Way Medical Centre." in words(reception.get(f"/bookings/{REF.value}"))


def test_the_list_of_bookings_is_the_patients_or_the_practices(shop: Shop, reception: Desk) -> None:
    shop.desk.bookings = {REF.value: booking_view()}
    assert "Booked by Beechwood Surgery, still to come" in words(reception.get("/bookings"))
    reception.answer_call()
    assert "This patient’s bookings" in words(reception.get("/bookings"))


# --- Tonight, to settle, practices


def test_tonights_list_has_what_reception_needs_and_its_time(shop: Shop, reception: Desk) -> None:
    late = booking_view(
        ref=OTHER_REF,
        family="Achterberg",
        given="Pia",
        facts=facts(host=HOME, start=NOW + timedelta(hours=2), channel=DeliveryChannel.TELEPHONE),
        home_practice=AWAY,
        state=BookingState.IN_DOUBT,
    )
    shop.desk.bookings = {OTHER_REF.value: late, REF.value: booking_view(facts=facts(host=HOME), home_practice=AWAY)}
    page = words(reception.get("/tonight"))
    assert "Tonight at Beechwood Surgery" in page and "2 patients booked through the hub" in page
    assert "As it stood at 5.55pm on Tuesday 24 November 2026" in page
    first, second = page.index("PRITCHARD, Joan"), page.index("ACHTERBERG, Pia")
    assert first < second
    row = page[first:second]
    for part in (
        "Born 3 March 1961",
        "999 000 0018",
        "Fallodon Way Medical Centre",
        "Knee pain",
        "Interpreter: Polish",
    ):
        assert part in row
    assert "Not known yet" in page[second:]


def test_another_days_list_can_be_looked_at_within_reason(shop: Shop, reception: Desk) -> None:
    assert "Wednesday 25 November" in words(reception.get("/tonight?day=2026-11-25"))
    assert "Tuesday 8 December" in words(reception.get("/tonight?day=2030-01-01"))
    assert "Tuesday 24 November" in words(reception.get("/tonight?day=tomorrow"))


def item(number: int, kind: str) -> AttentionItem:
    ref = REF if kind == "in-doubt" else OTHER_REF
    return AttentionItem(number, kind, ref, AWAY, "Fallodon Way Medical Centre", HOME, "", "Ring them.", NOW)


def test_what_waits_for_a_person_is_counted_listed_and_settled(shop: Shop, reception: Desk) -> None:
    shop.desk.items = (item(1, "in-doubt"), item(2, "cancelled-at-host"))
    shop.desk.bookings = {REF.value: booking_view(state=BookingState.IN_DOUBT)}
    page = words(reception.get("/to-settle"))
    assert "To settle 2 waiting" in page
    assert "We do not know whether this was booked" in page and "The practice cancelled this appointment" in page
    wrong = reception.post("/to-settle/2", {"settlement": " "})
    assert wrong.status_code == 422 and words(wrong).count("Say what you did.") == 2
    assert reception.post("/to-settle/2", {"settlement": "Rang the patient"}).headers["Location"] == "/to-settle"
    assert "To settle 1 waiting" in words(reception.get("/to-settle"))
    wrong = reception.post(f"/bookings/{REF.value}/settle", {})
    assert wrong.status_code == 422 and "Choose whether the practice has the appointment." in words(wrong)
    assert f'href="#why-{REF.value}"' in wrong.text and f'id="why-{REF.value}"' in wrong.text
    done = reception.post(f"/bookings/{REF.value}/settle", {"was_booked": "yes", "why": "Rang Jo at 6.10pm"})
    assert done.headers["Location"] == f"/bookings/{REF.value}"


def test_an_empty_list_says_that_nothing_waits(reception: Desk) -> None:
    assert "Nothing waits for a person at Beechwood Surgery." in words(reception.get("/to-settle"))


def test_practices_show_how_they_answer_and_managers_may_compare(shop: Shop, reception: Desk) -> None:
    shop.desk.health = (
        HostHealth(FAR, "Lawrence Hill", "1", "0117 496 0933", Freshness.UNREACHABLE, None, NOW, "It hangs.", 0, 0, 0),
        HostHealth(AWAY, "Fallodon Way", "0117 496 0102", "", Freshness.FRESH, NOW, None, "", 430, 212, 14),
    )
    page = reception.get("/practices")
    assert "Lawrence Hill It hangs. Not answering" in words(page)
    assert "14 of a type nobody has mapped" in words(page) and "in 0.4 seconds" in words(page)
    assert "Check now" not in page.text
    manager = shop.sign_in(UserRole.PRACTICE_MANAGER)
    assert "Check now" in manager.get("/practices").text
    checked = words(manager.post("/practices/Y90002/check"))
    assert "14 future bookings compared; 1 difference found; 1 could not be compared" in checked
    assert reception.post("/practices/Y90002/check").status_code == 403


def test_agreements_are_told_in_words(reception: Desk) -> None:
    page = words(reception.get("/agreements"))
    assert "Avon cluster 1: pooled evening and weekend clinics In force" in page
    assert "Parties: 1 not signed yet" in page
    assert "Not signed: nothing of theirs is shared under it" in page


def test_only_the_demo_says_that_it_is_one(shop: Shop, reception: Desk) -> None:
    assert "Demonstration: everybody in here is invented" in words(reception.get("/tonight"))


def test_name_and_logo_are_the_installations_own(shop: Shop, reception: Desk) -> None:
    object.__setattr__(shop.hub.config, "hub_name", "Avon <Hub>")
    object.__setattr__(shop.hub.config, "hub_logo", "/static/own-logo.svg")
    page = reception.get("/tonight")
    assert "Avon &lt;Hub&gt;" in page.text and 'src="/static/own-logo.svg"' in page.text
