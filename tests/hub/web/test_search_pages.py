"""The search: grouped, ordered, explained, never a bare none, and quick."""

import re
import time
from dataclasses import replace

import pytest

from tests.hub.web.fakes import (
    facts,
    many_offers,
    offer,
    search_result,
)
from tests.hub.web.reading import headings, words
from tests.hub.web.shop import FAR, Desk, Shop, site
from vocabulary.slots import PractitionerRole


def test_results_are_grouped_by_day_and_state_their_order(reception: Desk) -> None:
    page = words(reception.get("/search?when=week"))
    assert "24 times for any clinician, from Tuesday 24 November to Monday 30 November" in page
    assert "Soonest first, then nearest to the mile." in page
    assert "straight line" not in page  # nobody is on the phone: no distances
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
    assert "Distance From home" in words(page) and "How far from home" in words(page)
    assert "Distances are in a straight line from the patient’s home." in words(page)
    nearby = words(reception.get("/search?when=tonight&miles=1"))
    assert "within 1 mile" in nearby and "within 1 miles" not in nearby


def test_a_search_begins_as_the_last_one_ended_but_for_what_belonged_to_that_call(shop: Shop, reception: Desk) -> None:
    reception.get("/search?when=weekend&role=nurse&needs=hearing-loop&host=Y90002")
    reception.get("/search")
    asked = shop.desk.asked[-1]
    assert asked.roles == {PractitionerRole.NURSE} and asked.window.start.day == 28
    assert not asked.hosts and not asked.access_needs


def test_what_the_patient_needs_is_asked_of_the_site_until_one_says_otherwise(shop: Shop, reception: Desk) -> None:
    reception.answer_call()
    page = reception.get("/search")
    assert shop.desk.asked[-1].access_needs == {"step-free"}
    assert re.search(r'value="step-free" checked', page.text)
    reception.get("/search?when=week")
    assert not shop.desk.asked[-1].access_needs
    reception.get("/search?channel=telephone")
    assert not shop.desk.asked[-1].access_needs  # nobody climbs stairs on the telephone
    reception.get("/search")
    assert shop.desk.asked[-1].access_needs == {"step-free"} and not shop.desk.asked[-1].channels


def test_a_practice_with_several_sites_offers_each(shop: Shop, reception: Desk) -> None:
    page = reception.get("/search?when=week&host=Y90005~S2")
    assert '<option value="Y90005~S2" selected>– Henbury branch</option>' in page.text
    assert "~B1" not in page.text  # one site is the practice
    asked = shop.desk.asked[-1]
    assert (asked.site_location_id, {str(host) for host in asked.hosts}) == ("S2", {"Y90005"})
    assert "at Henbury branch" in words(page)


def test_two_sites_of_one_name_are_told_apart(shop: Shop, reception: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    twins = (site(FAR, "S1", "Henbury branch"), replace(site(FAR, "S2", "Henbury branch"), postcode="BS9 1BB"))
    monkeypatch.setattr(shop.book, "sites", lambda _practices: twins)
    page = reception.get("/search?when=week").text
    assert ">– Henbury branch, BS1 1AA<" in page and ">– Henbury branch, BS9 1BB<" in page


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


def test_days_that_are_past_are_said_to_be(reception: Desk) -> None:
    page = words(reception.get("/search?when=dates&first=2020-01-01&last=2020-01-02"))
    assert "These days are past. Choose today or a later day." in page and "Nothing free" not in page
