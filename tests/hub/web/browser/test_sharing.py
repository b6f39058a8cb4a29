"""The pages about agreements, wide and narrow: nobody kept out, nothing to scroll sideways but the matrix itself."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.hub.web.browser.conftest import sign_in
from tests.hub.web.browser.test_accessibility import open_details, violations
from tests.hub.web.sharing_book import FederationBook
from tests.hub.web.shop import Shop
from vocabulary.people import UserRole

pytestmark = pytest.mark.browser

ASKED = "role=analyst&practice=Y90011&act=book&host=Y90012&home=Y90012&permission=given&care_link=yes"
PAGES = (
    "/agreements",
    "/agreements/DSA-AVON-02/1",
    "/agreements/DSA-AVON-05/1/renew",
    "/sharing?cluster=AVON-02",
    "/sharing?cluster=AVON-01&as=table",
    f"/simulator?{ASKED}",
    f"/simulator?{ASKED}&on=31/2/2027",
    "/what-if?kind=end&agreement=1",
    "/what-if?kind=drop&agreement=1",
    "/agreements/desk",
    "/agreements/new",
    "/agreements/DSA-DRAFT-01/1",
    "/agreements/DSA-DRAFT-01/1/draft/parties",
    "/agreements/DSA-DRAFT-01/1/draft/sharing",
    "/agreements/DSA-DRAFT-01/1/draft/attachments",
    "/public/sharing",
    "/public/sharing/Y90012",
)


@pytest.fixture
def admin_page(page: Page, shop: Shop, shop_url: str) -> Page:
    """A federation admin's page over all 82 practices."""
    book = FederationBook()
    object.__setattr__(shop.hub, "address_book", book)
    shop.book = book
    shop.desk.terms = tuple(view.terms for view in book.views)
    sign_in(page.context, shop, shop_url, UserRole.FEDERATION_ADMIN)
    return page


@pytest.mark.parametrize("address", PAGES)
def test_no_page_about_agreements_keeps_anybody_out(address: str, admin_page: Page, shop_url: str) -> None:
    admin_page.goto(shop_url + address)
    open_details(admin_page)
    assert violations(admin_page) == []
    assert admin_page.locator("h1").count() == 1
    for width in (390, 320):
        admin_page.set_viewport_size({"width": width, "height": 800})
        sideways = admin_page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert sideways <= 0, f"{address} scrolls sideways by {sideways} at {width}"


def test_the_headings_of_the_matrix_stay_in_view(admin_page: Page, shop_url: str) -> None:
    admin_page.set_viewport_size({"width": 390, "height": 800})
    admin_page.goto(f"{shop_url}/sharing?cluster=AVON-01")
    frame = admin_page.locator(".hub-matrix-frame")
    frame.evaluate("(frame) => { frame.scrollLeft = frame.scrollWidth; frame.scrollTop = frame.scrollHeight }")
    places = admin_page.evaluate(
        """() => {
          const frame = document.querySelector('.hub-matrix-frame').getBoundingClientRect()
          const place = (one) => document.querySelector(one).getBoundingClientRect()
          const last = [...document.querySelectorAll('.hub-matrix__row')].at(-1).getBoundingClientRect()
          return { left: last.left - frame.left, top: place('.hub-matrix__head').top - frame.top }
        }"""
    )
    assert 0 <= places["left"] <= 4, "the practice a row is about has gone out of view"
    assert 0 <= places["top"] <= 60, "the practice a column is about has gone out of view"


def test_the_matrix_can_be_used_by_keyboard_alone(admin_page: Page, shop_url: str) -> None:
    admin_page.goto(f"{shop_url}/sharing")
    admin_page.locator("svg a").nth(2).focus()
    admin_page.keyboard.press("Enter")
    expect(admin_page.locator("#open")).to_have_text("Limekiln Cluster")
    admin_page.locator(".hub-matrix td a").first.focus()
    admin_page.keyboard.press("Enter")
    expect(admin_page).to_have_url(re.compile("/agreements/DSA-SAT-102/1#clause-2-1$"))
    expect(admin_page.locator("#clause-2-1")).to_be_in_viewport()


def test_without_scripts_a_question_is_answered(shop: Shop, shop_url: str, admin_page: Page) -> None:
    browser = admin_page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    sign_in(context, shop, shop_url, UserRole.FEDERATION_ADMIN)
    plain = context.new_page()
    plain.goto(f"{shop_url}/simulator")
    plain.select_option("#host", "Y90002")
    plain.get_by_role("button", name="May they?").click()
    expect(plain.locator(".hub-verdict__word")).to_contain_text("Allowed")
    context.close()
