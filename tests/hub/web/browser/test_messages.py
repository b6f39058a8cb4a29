"""Messages in a browser: without a violation, wide and narrow; and one summary from the form to the answer."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.hub.rig import Rig
from tests.hub.served import served
from tests.hub.web.browser.conftest import sign_in
from tests.hub.web.browser.test_accessibility import open_details, violations
from tests.hub.web.counter import Counter
from tests.hub.web.fakes import REF, booking_view
from tests.hub.web.posts import NAME
from tests.hub.web.shop import Shop
from tests.scheduling.world import HOME, HOST, TONIGHT, World
from vocabulary.identifiers import OdsCode
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


def test_what_is_typed_outlives_fifteen_minutes_and_the_locks_button(clinician: Page, shop_url: str) -> None:
    clinician.clock.install()
    clinician.goto(f"{shop_url}/session/{REF.value}/task")
    clinician.locator("#text").fill("Ring her tomorrow")
    with clinician.expect_response(lambda answer: answer.request.method == "POST" and answer.url.endswith("/task")):
        clinician.clock.fast_forward("15:10")  # another tab was in use meanwhile: the session is not locked
    clinician.wait_for_load_state("load")
    expect(clinician.locator("form[data-typed] input[name=do]")).to_have_count(0)
    expect(clinician.locator("#text")).to_have_value("Ring her tomorrow")
    clinician.get_by_role("radio", name="Reception").check()
    clinician.get_by_role("radio", name="Urgent").check()
    clinician.locator("#due_on").fill("26/11/2026")
    clinician.get_by_role("button", name="Look it over").click()
    expect(clinician.get_by_role("heading", level=1)).to_have_text("Look it over")
    assert violations(clinician) == []
    clinician.get_by_role("button", name="Lock").click()
    expect(clinician.get_by_text("What you had typed is kept.")).to_be_visible()
    assert violations(clinician) == []


def works_at(browser: Browser, rig: Rig, url: str, practice: OdsCode, user: str) -> Page:
    """A clinician of this practice, signed in, in a browser of their own."""
    cookie = rig.hub.config.cookie_name
    kept = Counter.open(rig, practice=practice, user=user, role=UserRole.CLINICIAN).browser.get_cookie(cookie)
    assert kept is not None
    context = browser.new_context()
    context.add_cookies([{"name": cookie, "value": kept.value, "url": url}])
    return context.new_page()


@pytest.mark.database
def test_a_clinician_sends_the_practice_acknowledges_and_the_clinician_sees_it(
    browser: Browser, world: World, rig: Rig
) -> None:
    world.grant("send-task")
    world.clinic()
    world.see()
    world.book()
    world.clock.at = TONIGHT + timedelta(minutes=20)
    with served(rig.app) as url:
        there, home = works_at(browser, rig, url, HOST, "grace"), works_at(browser, rig, url, HOME, "hari")
        there.goto(f"{url}/session?with=")
        there.get_by_role("link", name="Write the summary").click()
        for field in ("findings", "action", "safety_net"):
            there.locator(f"#{field}").fill("As typed at seven")
        there.get_by_role("group", name="Was medication changed?").get_by_label("No").check()
        there.get_by_label("No follow-up is needed").check()
        there.get_by_role("button", name="Look it over").click()
        there.get_by_role("button", name=f"Send it to Practice {HOME}").click()
        expect(there.get_by_role("link", name="not read yet")).to_be_visible()
        home.goto(f"{url}/messages")
        home.get_by_role("link", name="Visit summary").click()
        expect(home.get_by_text("As typed at seven").first).to_be_visible()
        home.get_by_role("button", name="It is in our own record: acknowledge").click()
        expect(home.get_by_text("the text has been removed from the hub")).to_be_visible()
        there.goto(f"{url}/session?with=")
        expect(there.get_by_text("acknowledged by Rita Reception")).to_be_visible()
        for page in (there, home):
            page.context.close()
