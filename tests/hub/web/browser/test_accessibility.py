"""Every page, wide and narrow: no accessibility violation, nothing to scroll sideways, a focus one can see."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from scheduling.problems import PatientClash, PatientDiffers, SlotTaken, TooManyHolds
from scheduling.results import AttentionItem, HostHealth
from tests.hub.web.browser.conftest import sign_in
from tests.hub.web.fakes import (
    AWAY,
    FAR,
    HOME,
    NOW,
    OTHER_REF,
    REF,
    FakeDesk,
    Freshness,
    booking_view,
    card,
    facts,
    many_offers,
    search_result,
    traced,
)
from tests.hub.web.shop import Shop
from vocabulary.appointments import BookingState
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import Difference, PatientMatch
from vocabulary.people import UserRole

pytestmark = pytest.mark.browser

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}


def violations(page: Page) -> list[str]:
    found: Any = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def furnish(desk: FakeDesk) -> None:
    """Something of everything on every page."""
    desk.bookings = {
        REF.value: booking_view(),
        OTHER_REF.value: booking_view(ref=OTHER_REF, state=BookingState.IN_DOUBT, facts=facts(host=HOME)),
    }
    desk.items = (
        AttentionItem(1, "in-doubt", OTHER_REF, AWAY, "Fallodon Way", HOME, "", "Nobody knows.", NOW),
        AttentionItem(2, "differs", REF, AWAY, "Fallodon Way", HOME, "148203", "At another time.", NOW),
    )
    desk.health = (
        HostHealth(FAR, "Lawrence Hill", "1", "0117 496 0933", Freshness.UNREACHABLE, None, NOW, "It hangs.", 0, 0, 0),
        HostHealth(AWAY, "Fallodon Way", "0117 496 0102", "", Freshness.STALE, NOW, None, "", 430, 212, 14),
    )


def open_details(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")


def call(page: Page, url: str) -> None:
    page.goto(url)
    page.fill("#nhs_number", "9990000018")
    page.press("#nhs_number", "Enter")
    page.wait_for_url("**/search")


def goes(address: str) -> Callable[[Page, str, FakeDesk], None]:
    return lambda page, url, _desk: _go(page, url + address)


def _go(page: Page, address: str) -> None:
    page.goto(address)


def calls_then(address: str) -> Callable[[Page, str, FakeDesk], None]:
    def steps(page: Page, url: str, _desk: FakeDesk) -> None:
        call(page, url)
        page.goto(url + address)

    return steps


def wrong_number(page: Page, url: str, _desk: FakeDesk) -> None:
    page.fill("#nhs_number", "123")
    page.press("#nhs_number", "Enter")
    page.wait_for_selector(".nhsuk-error-summary")


def several_people(page: Page, url: str, desk: FakeDesk) -> None:
    other = traced(patient=replace(traced().patient, nhs_number=NHSNumber("9990000026")))
    desk.people = (card(), card(other))
    page.click("summary")
    page.fill("#family", "Pritchard")
    page.fill("#birth_date", "3/3/1961")
    page.press("#birth_date", "Enter")
    page.wait_for_selector("text=2 people fit")


def nothing_free(page: Page, url: str, desk: FakeDesk) -> None:
    desk.found = search_result((), next_after=many_offers()[20])
    call(page, url)


def wrong_dates(page: Page, url: str, _desk: FakeDesk) -> None:
    page.goto(f"{url}/search?when=dates&first=2026-12-05&last=2026-12-01")


def taken(page: Page, url: str, desk: FakeDesk) -> None:
    call(page, url)
    desk.refuse["take"] = SlotTaken("Somebody else took that slot.")
    page.locator("#results .hub-time").first.click()
    page.wait_for_selector(".hub-alert")


def hoarding(page: Page, url: str, desk: FakeDesk) -> None:
    call(page, url)
    page.locator("#results .hub-time").first.click()
    desk.refuse["take"] = TooManyHolds("You are holding 3 slots already.")
    page.goto(f"{url}/search")
    page.locator("#results .hub-time").first.click()
    page.wait_for_selector(".hub-held")


def half_filled(page: Page, url: str, desk: FakeDesk) -> None:
    desk.bookings = {}
    call(page, url)
    page.goto(f"{url}/holds/{REF.value}")
    page.click("text=Confirm booking")
    page.wait_for_selector(".nhsuk-error-summary")


def clashing(page: Page, url: str, desk: FakeDesk) -> None:
    other = booking_view(ref=OTHER_REF, facts=facts(host=FAR, start=NOW + timedelta(hours=2)))
    desk.refuse["book"] = PatientClash("Already booked that day.", other=other, overridable=True)
    half_filled_and_sent(page, url, desk)


def differing(page: Page, url: str, desk: FakeDesk) -> None:
    desk.refuse["book"] = PatientDiffers("They differ.", match=PatientMatch((Difference.GIVEN,)))
    half_filled_and_sent(page, url, desk)


def half_filled_and_sent(page: Page, url: str, desk: FakeDesk) -> None:
    desk.bookings = {}  # nothing that would have kept the form from being sent
    call(page, url)
    page.goto(f"{url}/holds/{REF.value}")
    page.click("text=Confirm booking")
    page.wait_for_selector(".hub-alert")


def in_state(state: BookingState, address: str) -> Callable[[Page, str, FakeDesk], None]:
    def steps(page: Page, url: str, desk: FakeDesk) -> None:
        desk.bookings[REF.value] = booking_view(state=state, refusal_words="They said no.", needs_person="Ring them.")
        page.goto(url + address)

    return steps


OUTCOME, BOOKING = f"/bookings/{REF.value}/outcome", f"/bookings/{REF.value}"
PAGES: dict[str, Callable[[Page, str, FakeDesk], None]] = {
    "front page": goes("/"),
    "wrong number": wrong_number,
    "several people": several_people,
    "search without a patient": goes("/search?when=week"),
    "search": calls_then("/search?when=week"),
    "nothing free": nothing_free,
    "wrong dates": wrong_dates,
    "somebody was quicker": taken,
    "too many holds": hoarding,
    "hold": calls_then(f"/holds/{REF.value}"),
    "hold without a patient": goes(f"/holds/{REF.value}"),
    "form with a fault": half_filled,
    "clash": clashing,
    "records differ": differing,
    "booked": goes(OUTCOME),
    "in doubt": in_state(BookingState.IN_DOUBT, OUTCOME),
    "refused": in_state(BookingState.REFUSED, OUTCOME),
    "booking": goes(BOOKING),
    "booking being cancelled": in_state(BookingState.CANCELLING, BOOKING),
    "cancel": goes(f"{BOOKING}/cancel"),
    "move": calls_then(f"/search?moving={REF.value}"),
    "bookings": goes("/bookings"),
    "patient's bookings": calls_then("/bookings"),
    "tonight": goes("/tonight"),
    "last copy": goes("/tonight/last-copy"),
    "to settle": goes("/to-settle"),
    "practices": goes("/practices"),
    "why": goes("/practices/why?host=Y90005"),
    "agreements": goes("/agreements"),
    "proof": goes("/proof"),
    "role": goes("/sign-in/role"),
    "no such page": goes("/nowhere"),
}


NARROW_TOO = ("front page", "search", "hold", "tonight")  # one of each layout that changes when narrow


@pytest.mark.parametrize("name", PAGES)
def test_no_page_keeps_anybody_out(name: str, desk_page: Page, shop: Shop, shop_url: str) -> None:
    furnish(shop.desk)
    PAGES[name](desk_page, shop_url, shop.desk)
    open_details(desk_page)
    assert violations(desk_page) == []
    assert desk_page.locator("h1").count() == 1
    for width in (390, 320):  # a telephone, and a desk screen at 400 %
        desk_page.set_viewport_size({"width": width, "height": 800})
        sideways = desk_page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert sideways <= 0, f"{name} scrolls sideways by {sideways} at {width}"
    if name in NARROW_TOO:
        assert violations(desk_page) == []


def test_two_of_one_name_are_told_apart_on_a_telephone_too(desk_page: Page, shop: Shop, shop_url: str) -> None:
    furnish(shop.desk)
    PAGES["tonight"](desk_page, shop_url, shop.desk)
    desk_page.set_viewport_size({"width": 390, "height": 800})
    assert desk_page.get_by_text("Born 3 March 1961").first.is_visible()
    assert desk_page.get_by_role("cell").get_by_text("999 000 0018").first.is_visible()


def test_the_menu_of_a_telephone_is_a_line_that_keeps_what_waits_and_opens_without_a_script(
    desk_page: Page, shop: Shop, shop_url: str
) -> None:
    furnish(shop.desk)
    desk_page.set_viewport_size({"width": 390, "height": 844})
    desk_page.goto(f"{shop_url}/tonight")
    menu = desk_page.get_by_role("navigation", name="Main menu")
    for kept in ("Tonight’s list", "All of the menu"):
        expect(menu.get_by_role("link", name=kept)).to_be_visible()
    assert menu.locator(".hub-menu__count").count()
    for counted in menu.locator(".hub-menu__count").all():
        expect(counted).to_be_visible()
    expect(menu.get_by_role("link", name="Bookings")).to_be_hidden()
    head = desk_page.get_by_role("banner").bounding_box()
    assert head is not None and head["height"] < 220
    menu.get_by_role("link", name="All of the menu").click()
    expect(menu.get_by_role("link", name="Bookings")).to_be_visible()
    assert violations(desk_page) == []


def test_a_history_on_a_telephone_has_no_gaps(desk_page: Page, shop: Shop, shop_url: str) -> None:
    furnish(shop.desk)
    desk_page.set_viewport_size({"width": 390, "height": 800})
    desk_page.goto(shop_url + BOOKING)
    when = desk_page.locator(".hub-history__when").first.bounding_box()
    assert when is not None and when["height"] < 40


@pytest.mark.parametrize("address", ["/sign-in", "/signed-out", "/sign-in/lock", "/sessions"])
def test_nor_do_the_pages_around_them(address: str, page: Page, shop: Shop, shop_url: str) -> None:
    if address in ("/sign-in/lock", "/sessions"):
        sign_in(page.context, shop, shop_url, UserRole.PRACTICE_MANAGER)
    if address == "/sign-in/lock":
        shop.clock.pass_by(minutes=16)
    page.goto(shop_url + address)
    assert violations(page) == []


def test_whatever_has_the_focus_can_be_seen_to_have_it(desk_page: Page, shop: Shop, shop_url: str) -> None:
    furnish(shop.desk)
    call(desk_page, shop_url)
    for address in ("/search", f"/holds/{REF.value}", "/to-settle"):
        desk_page.goto(shop_url + address)
        desk_page.locator(".nhsuk-skip-link").focus()
        unseen, seen = [], 0
        for _ in range(40):
            desk_page.keyboard.press("Tab")
            looks = desk_page.evaluate(LOOKS_WITH_AND_WITHOUT_FOCUS)
            if looks is None:
                break
            seen += 1
            if looks["with"] == looks["without"]:
                unseen.append(looks["what"])
        assert unseen == [] and seen > 10, address


LOOKS_WITH_AND_WITHOUT_FOCUS = """() => {
  const one = document.activeElement
  if (!one || one === document.body) return null
  const parts = [one, one.nextElementSibling, one.firstElementChild].filter(Boolean)
  const look = () => JSON.stringify(parts.map((part) => [null, '::before'].map((pseudo) => {
    const style = getComputedStyle(part, pseudo)
    return ['outlineStyle', 'outlineWidth', 'outlineColor', 'boxShadow', 'backgroundColor', 'borderColor']
      .map((name) => style[name])
  })))
  const withFocus = look()
  one.blur()
  const without = look()
  one.focus()
  return { what: one.outerHTML.slice(0, 120), with: withFocus, without }
}"""
