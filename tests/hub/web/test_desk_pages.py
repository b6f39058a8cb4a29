"""Tonight's list, what waits for a person, practices and agreements, and whose hub it is."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from scheduling.results import AttentionItem, HostHealth
from tests.hub.web.fakes import (
    AWAY,
    FAR,
    HOME,
    NOW,
    OTHER_REF,
    REF,
    Freshness,
    booking_view,
    facts,
)
from tests.hub.web.reading import words
from tests.hub.web.shop import Desk, Shop
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import BookingRef, NHSNumber
from vocabulary.people import UserRole
from vocabulary.slots import DeliveryChannel

BOLA, ZOE = NHSNumber("9990000026"), NHSNumber("9990000034")
THIRD_REF = BookingRef.from_number(2_345_678)


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
        "Note: Deaf in the left ear",
        "Interpreter: Polish",
    ):
        assert part in row
    assert "Not known yet" in page[second:]


def test_a_practice_with_two_sites_lists_each_by_itself(shop: Shop, reception: Desk) -> None:
    there = booking_view(ref=OTHER_REF, family="Branch", facts=facts(host=HOME, site_name="Henbury branch"))
    here = booking_view(facts=facts(host=HOME, site_name="Beechwood Surgery"))
    shop.desk.bookings = {OTHER_REF.value: there, REF.value: here}
    page = reception.get("/tonight")
    assert "BRANCH" in words(page) and "PRITCHARD" in words(page)
    assert "/tonight?day=2026-11-24&amp;site=Henbury+branch" in page.text
    page = words(reception.get("/tonight?site=Henbury+branch"))
    assert "BRANCH" in page and "PRITCHARD" not in page and "1 patient booked" in page
    assert "PRITCHARD" in words(reception.get("/tonight/last-copy"))  # the copy is of the whole practice
    assert "PRITCHARD" in words(reception.get("/tonight?site=Nowhere"))


def furnish(shop: Shop) -> None:
    """Three who come to the caller's own practice: one by telephone."""
    ring = facts(host=HOME, channel=DeliveryChannel.TELEPHONE)
    shop.desk.bookings = {
        REF.value: booking_view(facts=facts(host=HOME)),
        OTHER_REF.value: booking_view(ref=OTHER_REF, family="Adeyemi", nhs_number=BOLA, facts=ring),
        THIRD_REF.value: booking_view(ref=THIRD_REF, family="Zulu", nhs_number=ZOE, facts=facts(host=HOME)),
    }


def test_reception_receives_patients_and_the_list_says_who_is_here(shop: Shop, reception: Desk) -> None:
    furnish(shop)
    page = reception.get("/tonight")
    assert f"/session?day=2026-11-24&amp;with=#visit-{REF.value}" in page.text
    assert words(page).count("Expected") == 3 and "Booked" not in words(page)
    assert ">Arrivals</a>" in reception.get("/bookings").text and "Arrivals" in words(reception.get("/session"))
    reception.post(f"/session/{REF.value}", {"seen": "0", "status": "arrived"})
    reception.post(f"/session/{OTHER_REF.value}", {"seen": "0", "call": "no-answer"})
    reception.post(f"/session/{THIRD_REF.value}", {"seen": "0", "status": "done"})
    page = words(reception.get("/tonight"))
    assert "Here since 7.05pm" in page and "Not reached yet, 7.05pm" in page and "Done, 7.05pm" in page
    assert "Here since 7.05pm" in words(reception.get("/tonight/last-copy"))


def test_who_was_cancelled_today_stays_on_tonights_list_struck_through(shop: Shop, reception: Desk) -> None:
    furnish(shop)
    shop.desk.bookings[REF.value] = booking_view(
        facts=facts(host=HOME),
        state=BookingState.CANCELLED,
        cancel_reason=CancellationReason.PATIENT_ASKED,
        cancelled_by="Daniel Whitcombe",
    )
    page = reception.get("/tonight")
    assert "<s>PRITCHARD, Joan</s>" in page.text and f"#visit-{REF.value}" in page.text
    shown = words(page)
    assert "If they come all the same: PRITCHARD, Joan" in shown, "what to do then is on the line it leads to"
    assert "(Daniel Whitcombe), at 5.55pm." in shown and "2 patients booked" in shown and "1 cancelled" in shown
    assert "<s>PRITCHARD, Joan</s>" in reception.get("/tonight/last-copy").text


def test_tonights_list_says_who_is_seen_face_to_face_after_all(shop: Shop, reception: Desk) -> None:
    furnish(shop)
    reception.post(f"/session/{OTHER_REF.value}", {"seen": "0", "in_person": "1"})
    assert "face to face (booked as telephone)" in words(reception.get("/tonight"))


def test_tonights_list_marks_two_of_one_name(shop: Shop, reception: Desk) -> None:
    furnish(shop)
    twin = booking_view(ref=OTHER_REF, nhs_number=BOLA, facts=facts(host=HOME))
    shop.desk.bookings[OTHER_REF.value] = twin
    assert words(reception.get("/tonight")).count("has the same name and birthday") == 2


def test_another_days_list_can_be_looked_at_within_reason(shop: Shop, reception: Desk) -> None:
    assert "Wednesday 25 November" in words(reception.get("/tonight?day=2026-11-25"))
    assert "Tuesday 8 December" in words(reception.get("/tonight?day=2030-01-01"))
    assert "Tuesday 24 November" in words(reception.get("/tonight?day=tomorrow"))


def item(number: int, kind: str, *, ref: BookingRef | None = None, waits: bool = False) -> AttentionItem:
    ref = ref or (REF if kind == "in-doubt" else OTHER_REF)
    return AttentionItem(number, kind, ref, AWAY, "Fallodon Way Medical Centre", HOME, "A77", "Ring them.", NOW, waits)


@pytest.mark.parametrize(
    ("kind", "state", "title"),
    [
        ("ghost", BookingState.IN_DOUBT, "The practice holds an appointment the hub gave up"),
        ("cancel-stuck", BookingState.CANCELLING, "The practice has not confirmed the cancellation"),
    ],
)
def test_a_booking_that_still_waits_is_settled_by_what_the_practice_said(
    shop: Shop, reception: Desk, kind: str, state: BookingState, title: str
) -> None:
    shop.desk.items = (item(1, kind, ref=REF, waits=True),)
    shop.desk.bookings = {REF.value: booking_view(state=state)}
    page = reception.get("/to-settle")
    assert title in words(page) and "Their reference: A77" in words(page)
    assert "Do they have the appointment?" in words(page) and "I have dealt with it" not in words(page)
    assert f'action="/bookings/{REF.value}/settle"' in page.text and 'action="/to-settle/1"' not in page.text
    assert "checked" not in page.text
    wrong = reception.post(f"/bookings/{REF.value}/settle", {"why": "Rang Jo", "appointment_id": "9" * 81})
    assert wrong.status_code == 422
    for said in ("Choose whether the practice has the appointment.", "Enter one reference, of 80 characters or fewer."):
        assert words(wrong).count(said) == 2, said  # in the summary and beside the field
    assert 'value="Rang Jo"' in wrong.text and "<details" in wrong.text and re.search(r"<details[^>]* open", wrong.text)
    done = reception.post(f"/bookings/{REF.value}/settle", {"was_booked": "no", "why": "Rang Jo: it is not there"})
    assert done.headers["Location"] == f"/bookings/{REF.value}"
    assert shop.desk.bookings[REF.value].state is BookingState.REFUSED


def test_what_only_has_to_be_known_is_taken_off_the_list(shop: Shop, reception: Desk) -> None:
    shop.desk.items = (item(1, "ghost", ref=REF),)  # its booking is settled: the appointment there is one too many
    page = reception.get("/to-settle")
    assert "I have dealt with it" in words(page) and "Do they have the appointment?" not in words(page)


def test_sessions_say_which_are_locked(shop: Shop) -> None:
    left, idle, busy = (shop.sign_in(name=name) for name in ("Left Locked", "Idle Long", "Busy Now"))
    left.session.data["locked"] = True
    manager = shop.sign_in(UserRole.PRACTICE_MANAGER, name="Helen Marsden")
    shop.clock.pass_by(minutes=14)
    for one in (left, busy, manager):
        one.session.seen_at = shop.clock.now()
    idle.session.seen_at -= timedelta(minutes=2)
    page = words(manager.get("/sessions"))
    assert "Left Locked Locked" in page and "Idle Long Locked" in page
    assert "Busy Now Locked" not in page and "Helen Marsden (you) Locked" not in page


def test_what_waits_for_a_person_is_counted_listed_and_settled(shop: Shop, reception: Desk) -> None:
    shop.desk.items = (item(1, "in-doubt"), item(2, "cancelled-at-host"))
    shop.desk.bookings = {REF.value: booking_view(state=BookingState.IN_DOUBT)}
    page = words(reception.get("/to-settle"))
    assert "Needs attention 2 waiting" in page
    assert "We do not know whether this was booked" in page and "The practice cancelled this appointment" in page
    wrong = reception.post("/to-settle/2", {"settlement": " "})
    assert wrong.status_code == 422 and words(wrong).count("Say what you did.") == 2
    assert reception.post("/to-settle/2", {"settlement": "Rang the patient"}).headers["Location"] == "/to-settle"
    assert "Needs attention 1 waiting" in words(reception.get("/to-settle"))
    wrong = reception.post(f"/bookings/{REF.value}/settle", {})
    assert wrong.status_code == 422 and "Choose whether the practice has the appointment." in words(wrong)
    assert f'href="#why-{REF.value}"' in wrong.text and f'id="why-{REF.value}"' in wrong.text
    done = reception.post(f"/bookings/{REF.value}/settle", {"was_booked": "yes", "why": "Rang Jo at 6.10pm"})
    assert done.headers["Location"] == f"/bookings/{REF.value}"


def test_an_item_names_patient_time_and_place_and_news_of_a_cancellation_goes_once_seen(
    shop: Shop, reception: Desk
) -> None:
    whose = {"family": "Pritchard", "given": "Joan", "start": NOW + timedelta(hours=1)}
    moved, news = (
        replace(item(number, kind), **whose)  # type: ignore[arg-type]
        for number, kind in ((1, "differs"), (2, "cancelled-by-others"))
    )
    shop.desk.items = (moved, replace(news, notice=True))
    page = words(reception.get("/to-settle"))
    assert page.count("PRITCHARD, Joan: Tuesday 24 November, 6.55pm at Fallodon Way Medical Centre") == 2
    assert page.index("The practice moved this") < page.index("To know, nothing to do Another practice cancelled")
    assert page.count("What was done?") == 1 and "Needs attention 2 waiting" in page
    assert reception.post("/to-settle/2", {"settlement": "Seen"}).headers["Location"] == "/to-settle"
    page = words(reception.get("/to-settle"))
    assert "nothing to do" not in page and "Needs attention 1 waiting" in page


def test_an_empty_list_says_that_nothing_waits(reception: Desk) -> None:
    assert "Nothing needs attention at Beechwood Surgery." in words(reception.get("/to-settle"))


def test_practices_show_how_they_answer_and_managers_may_compare(shop: Shop, reception: Desk) -> None:
    shop.desk.health = (
        HostHealth(FAR, "Lawrence Hill", "1", "0117 496 0933", Freshness.UNREACHABLE, None, NOW, "It hangs.", 0, 0, 0),
        HostHealth(AWAY, "Fallodon Way", "0117 496 0102", "", Freshness.FRESH, NOW, None, "", 430, 212, 14),
    )
    page = reception.get("/practices")
    assert "Lawrence Hill It hangs. Not answering" in words(page)
    assert "14 of a type nobody has mapped" in words(page) and "answered in 0.4 seconds" in words(page)
    assert "Check now" not in page.text
    manager = shop.sign_in(UserRole.PRACTICE_MANAGER)
    assert "Check now" in manager.get("/practices").text
    checked = words(manager.post("/practices/Y90002/check"))
    assert "14 future bookings compared; 1 difference found; 1 could not be compared" in checked
    assert reception.post("/practices/Y90002/check").status_code == 403


def test_only_the_demo_says_that_it_is_one(shop: Shop, reception: Desk) -> None:
    assert "Demonstration: everybody in here is invented" in words(reception.get("/tonight"))


def test_name_and_logo_are_the_installations_own(shop: Shop, reception: Desk) -> None:
    object.__setattr__(shop.hub.config, "hub_name", "Avon <Hub>")
    object.__setattr__(shop.hub.config, "hub_logo", "/static/own-logo.svg")
    page = reception.get("/tonight")
    assert "Avon &lt;Hub&gt;" in page.text and 'src="/static/own-logo.svg"' in page.text
