"""Pages of a record in a browser: nobody is kept out, nothing is wider than the window, and paper shows nothing."""

from dataclasses import replace

import pytest
from flask import render_template
from playwright.sync_api import Page, expect

from hub.web.record import record_timeline, record_words
from hub.web.record.looking import EXTENSION
from records.prospects import Prospect
from tests.hub.web.browser.conftest import sign_in
from tests.hub.web.browser.test_accessibility import open_details, violations
from tests.hub.web.fakes import AWAY, HOME, NOW, OTHER_REF, REF, booking_view, facts
from tests.hub.web.shop import Shop
from tests.hub.web.test_record_words import PRACTICE, TODAY, trimmed, with_section
from vocabulary.appointments import BookingState
from vocabulary.people import UserRole
from vocabulary.record_parts import Coded, EntryStatus, Problem, RecordDate, RecordSection

pytestmark = pytest.mark.browser

WORDS = "Zanzibar fever of the left knee"


@pytest.fixture
def clinician(page: Page, shop: Shop, shop_url: str) -> Page:
    shop.desk.bookings = {
        REF.value: booking_view(facts=facts(host=HOME), home_practice=AWAY),
        OTHER_REF.value: booking_view(ref=OTHER_REF),
        "7777777W": booking_view(ref=OTHER_REF, state=BookingState.CANCELLING),
    }
    sign_in(page.context, shop, shop_url, UserRole.CLINICIAN)
    return page


def sideways(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def drawn(page: Page, shop: Shop, url: str, *, entries: int) -> list[str]:
    """A record with so many problems, half of them over, under the policy that pages have; what the policy stopped."""
    problems = tuple(
        Problem(
            id=f"p{n}",
            what=Coded(f"{WORDS} {n}"),
            date=RecordDate(1990 + n % 36) if n % 5 else RecordDate(2020, 3, 1 + n % 28),
            status=EntryStatus.RESOLVED if n % 2 else EntryStatus.ACTIVE,
            ended=RecordDate(2024) if n % 2 else None,
        )
        for n in range(entries)
    )
    found = trimmed(with_section(RecordSection.PROBLEMS, entries=problems))
    with shop.app.test_request_context("/"):
        made = render_template(
            "record.html",
            patient_line={"name": "PRITCHARD, Alex", "born": "28 Feb 1950", "nhs_number": "999 000 0018"},
            practice=PRACTICE,
            fetched=NOW,
            because="Alex is booked here.",
            notices=record_words.notices(found, practice=PRACTICE),
            blocks=record_words.summary(found, practice=PRACTICE),
            drawing=record_timeline.timeline(found, today=TODAY),
            parts=[],
        )
    policy = page.request.get(url).headers["content-security-policy"]
    stopped: list[str] = []
    page.on("console", lambda message: stopped.append(message.text) if "Content Security" in message.text else None)
    page.route(
        "**/drawn",
        lambda route: route.fulfill(
            body=made, content_type="text/html", headers={"Content-Security-Policy": _styles(policy)}
        ),
    )
    page.goto(f"{url}/drawn")
    return stopped


def _styles(policy: str) -> str:
    """The policy without its rule for scripts: the nonce of the one in the page is of another answer."""
    return ";".join(part for part in policy.split(";") if not part.strip().startswith("script-src"))


@pytest.mark.parametrize("entries", [0, 1, 40])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_record_over_the_years_keeps_nobody_out(
    page: Page, shop: Shop, shop_url: str, entries: int, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    stopped = drawn(page, shop, shop_url, entries=entries)
    assert [words for words in stopped if "style" in words] == []
    open_details(page)
    assert violations(page) == []
    assert sideways(page) <= 0
    assert page.locator(".rec-row__name").filter(has_text=WORDS).count() == entries
    if entries:
        name = page.locator(".rec-row__name").filter(has_text=WORDS).first.bounding_box()
        line = page.locator("svg .rec-bar--now").first.bounding_box()
        assert name is not None and line is not None
        assert line["width"] > 20 and (line["x"] > name["x"] + 100 if width == 1280 else line["y"] > name["y"])


def test_paper_shows_nothing_of_a_record(page: Page, shop: Shop, shop_url: str) -> None:
    drawn(page, shop, shop_url, entries=3)
    expect(page.get_by_text(WORDS).first).to_be_visible()
    page.emulate_media(media="print")
    on_paper = page.locator("body").inner_text()
    assert WORDS not in on_paper and "PRITCHARD" not in on_paper
    assert "A shared record is not printed from the hub." in on_paper


def test_the_pages_around_a_record_keep_nobody_out(clinician: Page, shop: Shop, shop_url: str) -> None:
    """For a grown-up, for a small child, after a no, and beside the glass."""
    room, ask = shop.app.extensions[EXTENSION], f"/session/{REF.value}/record"
    for address, child, prospect, said_no in (
        (ask, False, Prospect.NEEDS_PERMISSION, None),
        (ask, True, Prospect.NEEDS_PERMISSION, NOW),
        (f"/session/{REF.value}/emergency", True, Prospect.NOT_SHARED, NOW),
        (f"/session/{REF.value}/appointments", False, Prospect.NEEDS_PERMISSION, None),
    ):
        room.prospect, room.said_no = prospect, said_no
        born = NOW.date().replace(year=NOW.year - (2 if child else 60))
        shop.desk.bookings[REF.value] = replace(shop.desk.bookings[REF.value], birth_date=born)
        clinician.set_viewport_size({"width": 1280, "height": 900})
        clinician.goto(shop_url + address)
        expect(clinician.locator("h1")).to_have_count(1)
        open_details(clinician)
        assert violations(clinician) == [], address
        clinician.set_viewport_size({"width": 320, "height": 800})
        assert sideways(clinician) <= 0, address
