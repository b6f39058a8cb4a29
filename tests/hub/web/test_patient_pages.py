"""Who is on the phone: look-up, banner, choosing among several, the board of tonight."""

import re
from dataclasses import replace
from typing import Any

import pytest

from scheduling.problems import (
    HostSlow,
    PatientNotFound,
)
from tests.hub.web.fakes import (
    REF,
    card,
    many_offers,
    search_result,
    traced,
)
from tests.hub.web.reading import headings, words
from tests.hub.web.shop import Desk, Shop
from vocabulary.identifiers import NHSNumber


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
        ({"by": "name", "family": "P", "birth_date": "31/2/1961"}, "There is no such day in that month"),
        ({"by": "name", "family": "P", "birth_date": "3/3/14"}, "Was that 1914 or 2014?"),
        ({"by": "name", "family": "P", "birth_date": "3/3/2061"}, "3/3/2061 is still to come"),
        ({"by": "name", "family": "P", "birth_date": "3/3/1961", "postcode": "zzzzz"}, "That is not a whole postcode"),
        ({"by": "name", "family": "P" * 81, "birth_date": "3/3/1961"}, "Enter a family name of 80 letters or fewer."),
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
        PatientNotFound("The hub finds nobody with that NHS number.", next_step="Check the number."),
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
    there = replace(
        traced().patient, nhs_number=NHSNumber("9990000026"), postcode="BS3 1AB", address=("7 Mill Lane", "Bristol")
    )
    other = traced(patient=there)
    shop.desk.people = (card(), card(other))
    answer = reception.post("/patient", {"by": "name", "family": "Pritchard", "birth_date": "3/3/1961"})
    assert headings(answer) == ["2 people fit those details"]
    assert "first line of the address, the postcode, the practice they are registered with" in words(answer)
    assert "7 Mill Lane, BS3 1AB. Home practice Beechwood Surgery." in words(answer)
    assert "Address not known, BS6 5AA." in words(answer)
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
    assert "Nothing is free tonight, at your own practice or at those you share with." in page
    assert "The next times are on Saturday 28 November: Time" in page.replace(
        "Free Saturday 28 November, soonest first ", ""
    )
    assert "9.40am" in page and "1 free then." in page


def test_the_front_page_knows_what_is_held_and_what_was_booked_last(shop: Shop, reception: Desk) -> None:
    assert "Your last booking" not in words(reception.get("/"))
    reception.post("/holds", {"slots": "1@1795000000", "query": ""})
    assert "You hold Today 6.50pm" in words(reception.get("/"))
    reception.answer_call()
    good = {"description": "Knee pain", "phone": "07700 900101", "patient_told": "yes"}
    shown_for = re.findall(r'name="shown_for" value="([^"]+)"', reception.get(f"/holds/{REF.value}").text)[0]
    reception.post(f"/holds/{REF.value}/book", {**good, "shown_for": shown_for})
    reception.post("/patient/clear")
    page = words(reception.get("/"))
    assert f"Your last booking: {REF.spoken}, Today 6.50pm" in page and "(booked, " in page
    assert "You hold" not in page and "PRITCHARD" not in page


def test_a_look_up_nobody_fits_says_what_looks_odd_and_shows_the_whole_year(shop: Shop, reception: Desk) -> None:
    shop.desk.refuse["search_patients"] = PatientNotFound("Nobody fits those details.", next_step="Check them.")
    answer = reception.post("/patient", {"by": "name", "family": "d", "birth_date": "9.9.62"})
    assert "The family name has one letter only: enter the whole name." in words(answer)
    assert 'value="9/9/1962"' in answer.text
    assert re.findall(r'id="(\w+)"[^>]*autofocus', answer.text) == ["family"]


def test_the_national_record_is_asked_again_once_it_answers(shop: Shop, reception: Desk) -> None:
    shop.desk.people = (card(traced=None, tracing_down=True),)
    reception.answer_call()
    assert "Ask the national record again" in words(reception.get("/bookings"))
    shop.desk.people = (card(),)
    assert reception.post("/patient/again", {"back": "/bookings"}).headers["Location"] == "/bookings"
    page = words(reception.get("/bookings"))
    assert "PRITCHARD, Joan" in page and "Ask the national record again" not in page


def test_the_answer_to_a_form_says_where_it_can_be_had_without_sending_again(reception: Desk) -> None:
    assert 'data-anew="/"' in reception.post("/patient", {"by": "number", "nhs_number": "1"}).text
    assert 'data-anew="/bookings"' in reception.post("/bookings/find", {"reference": "?"}).text
    assert "data-anew" not in reception.get("/bookings").text


def test_a_patient_who_has_died_is_offered_no_times(shop: Shop, reception: Desk) -> None:
    assert reception.get("/search").text.count('class="hub-time"') > 3
    shop.desk.people = (card(traced(deceased=True)),)
    reception.answer_call()
    page = reception.get("/search")
    assert "hub-time" not in page.text and "(65 years)" not in words(page) and "has died" in words(page)
