"""What holds for every page: one heading, nobody named in an address, nothing escapes escaping."""

import html
import re

from tests.hub.web.fakes import (
    REF,
    booking_view,
    card,
    traced,
)
from tests.hub.web.reading import headings, words
from tests.hub.web.shop import Desk, Shop
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import Patient
from vocabulary.slots import Gender


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
        "/session",
        "/tonight",
        "/tonight/last-copy",
        "/to-settle",
        "/practices",
        "/practices/why?host=Y90002",
        "/agreements",
        "/proof",
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
