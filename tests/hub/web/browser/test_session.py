"""My session in a browser: by keyboard, wide and narrow, without a violation."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from scheduling.host_words import AtHost, HostSays
from tests.hub.web.browser.conftest import sign_in
from tests.hub.web.browser.test_accessibility import violations
from tests.hub.web.fakes import NOW, OTHER_REF, REF, booking_view, facts
from tests.hub.web.shop import Shop
from tests.keyboard import Keys
from vocabulary.appointments import BookingState
from vocabulary.identifiers import BookingRef
from vocabulary.people import UserRole
from vocabulary.slots import DeliveryChannel
from vocabulary.times import Window

pytestmark = pytest.mark.browser


@pytest.fixture
def session_page(page: Page, shop: Shop, shop_url: str) -> Page:
    shop.desk.bookings = {
        REF.value: booking_view(),
        OTHER_REF.value: booking_view(ref=OTHER_REF, family="Zed", facts=facts(channel=DeliveryChannel.TELEPHONE)),
    }
    sign_in(page.context, shop, shop_url, UserRole.CLINICIAN)
    page.goto(f"{shop_url}/session")
    return page


def test_one_key_says_where_a_patient_is(session_page: Page) -> None:
    lines = session_page.locator("[data-line]")
    expect(lines.first).to_have_attribute("tabindex", "0")  # the script has run
    lines.first.focus()
    keys = Keys(session_page)
    keys.press_and_leave("a", at="PRITCHARD, Joan, Expected")
    keys.press_and_leave("r", at="PRITCHARD, Joan, Arrived")
    keys.press_and_leave("z", at="PRITCHARD, Joan, In the room")
    keys.press("ArrowDown", at="PRITCHARD, Joan, Arrived")
    keys.press_and_leave("d", at="ZED, Joan, Expected")
    keys.are_at("ZED, Joan, Done")


def test_an_arrow_lands_on_the_first_who_is_still_to_come(session_page: Page) -> None:
    lines = session_page.locator("[data-line]")
    expect(lines.first).to_have_attribute("tabindex", "0")
    session_page.keyboard.press("ArrowDown")
    expect(lines.first).to_be_focused()
    Keys(session_page).press_and_leave("d", at="PRITCHARD, Joan, Expected")
    session_page.goto(session_page.url.split("#")[0])
    expect(lines.nth(1)).to_have_attribute("tabindex", "0")
    session_page.keyboard.press("ArrowDown")
    expect(lines.nth(1)).to_be_focused()


def test_calls_have_keys_and_a_key_that_does_not_fit_says_why(session_page: Page) -> None:
    lines = session_page.locator("[data-line]")
    expect(lines.first).to_have_attribute("tabindex", "0")
    lines.nth(1).focus()
    keys = Keys(session_page)
    keys.press("a", at="ZED, Joan, Expected")
    expect(session_page.locator("[data-said]")).to_contain_text("This patient is rung: here it is s, n, v, w, d")
    keys.press_and_leave("n", at="ZED, Joan, Expected")
    keys.press_and_leave("s", at="ZED, Joan, Not reached yet")
    keys.are_at("ZED, Joan, Spoken to")


def test_a_key_held_down_says_it_once(session_page: Page) -> None:
    lines = session_page.locator("[data-line]")
    expect(lines.first).to_have_attribute("tabindex", "0")
    lines.nth(1).focus()
    session_page.evaluate(
        "() => { window.sent = 0; addEventListener('submit', (e) => { e.preventDefault(); window.sent += 1 }, true) }"
    )
    for repeat in (True, True, False):
        lines.nth(1).dispatch_event("keydown", {"key": "n", "repeat": repeat, "bubbles": True})
    assert session_page.evaluate("window.sent") == 1


@pytest.mark.parametrize("width", [1280, 390])
def test_the_session_has_no_violation_and_does_not_scroll_sideways(session_page: Page, shop: Shop, width: int) -> None:
    there = Window(NOW + timedelta(hours=2), NOW + timedelta(hours=3))
    for number, state, says in (
        (7, BookingState.CANCELLED, HostSays.CANCELLED),
        (8, BookingState.BOOKED, HostSays.MOVED),
    ):
        at_host = AtHost(says, NOW, there if says is HostSays.MOVED else None, "")
        ref = BookingRef.from_number(number)
        shop.desk.bookings[ref.value] = booking_view(ref=ref, state=state, at_host=at_host)
    session_page.reload()
    session_page.locator("details").last.locator("summary").click()
    session_page.set_viewport_size({"width": width, "height": 900})
    assert violations(session_page) == []
    assert session_page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
