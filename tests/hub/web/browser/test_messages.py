"""Messages in a browser: without a violation, wide and narrow; and one summary from the form to the answer."""

import pytest
from playwright.sync_api import Page, expect

from tests.hub.web.browser.conftest import sign_in
from tests.hub.web.browser.test_accessibility import open_details, violations
from tests.hub.web.fakes import REF, booking_view
from tests.hub.web.posts import NAME
from tests.hub.web.shop import Shop
from vocabulary.people import UserRole

pytestmark = pytest.mark.browser


@pytest.fixture
def clinician(page: Page, shop: Shop, shop_url: str) -> Page:
    shop.desk.bookings = {REF.value: booking_view()}
    sign_in(page.context, shop, shop_url, UserRole.CLINICIAN)
    return page


def test_no_page_of_messages_keeps_anybody_out(clinician: Page, shop_url: str) -> None:
    writing = f"/session/{REF.value}"
    for address in ("/messages", "/messages/sent", f"/messages/{NAME}", f"{writing}/summary", f"{writing}/task"):
        clinician.set_viewport_size({"width": 1280, "height": 900})
        clinician.goto(shop_url + address)
        expect(clinician.locator("h1")).to_have_count(1)
        open_details(clinician)
        assert violations(clinician) == [], address
        clinician.set_viewport_size({"width": 320, "height": 800})
        sideways = clinician.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert sideways <= 0, address


def test_a_summary_is_typed_looked_over_and_sent(clinician: Page, shop_url: str) -> None:
    clinician.goto(f"{shop_url}/session/{REF.value}/summary")
    clinician.get_by_role("button", name="Look it over").click()
    expect(clinician.get_by_role("heading", name="There is a problem")).to_be_visible()
    assert violations(clinician) == []
    for field in ("findings", "action", "safety_net"):
        clinician.locator(f"#{field}").fill("Two lines,\nas typed")
    clinician.get_by_role("group", name="Was medication changed?").get_by_label("No").check()
    clinician.get_by_label("No follow-up is needed").check()
    clinician.get_by_role("button", name="Look it over").click()
    expect(clinician.get_by_role("heading", name="Look it over")).to_be_visible()
    expect(clinician.get_by_text("No change.")).to_be_visible()
    assert violations(clinician) == []
    clinician.get_by_role("button", name="Send it to").click()
    clinician.wait_for_url("**/session?day=**")
