"""Without a mouse, and without scripts: from the telephone to a reference."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from scheduling.problems import SlotTaken
from tests.hub.web.browser.conftest import sign_in
from tests.hub.web.fakes import REF, booking_view, card, many_offers, search_result, traced
from tests.hub.web.shop import Shop
from tests.keyboard import Keys
from vocabulary.appointments import BookingState
from vocabulary.identifiers import NHSNumber

pytestmark = pytest.mark.browser


def put_through(page: Page) -> Keys:
    """The patient on the phone, by their number; one is on the search then."""
    keys = Keys(page)
    keys.type_and_leave("9990000018", at="NHS number")
    expect(page).to_have_url(re.compile("/search"))
    return keys


FIRST, SECOND, THIRD = "6.30pm, 10 minutes, GP", "6.30pm, 15 minutes", "6.40pm, 20 minutes"


def test_from_the_telephone_to_a_reference_in_six_actions_without_a_mouse(desk_page: Page) -> None:
    keys = Keys(desk_page)
    keys.type_and_leave("999 000 0018", at="NHS number")  # 1
    keys.press_and_leave("Enter", at=FIRST)  # 2
    keys.type("Knee pain", at="Reason for the appointment")  # 3
    keys.tab_to("I have told the patient", at="Reason for the appointment")
    keys.press("Space", at="I have told the patient")  # 4
    keys.press_and_leave("Enter", at="I have told the patient")  # 5: in any field, Enter confirms
    expect(desk_page.get_by_role("heading", level=1)).to_have_text("Booked")
    keys.are_at("Booked")
    desk_page.keyboard.press("Enter")  # one Enter too many loses nothing: the script is still to be read out
    keys.tab_to("Done, next patient", at="Booked")
    keys.press_and_leave("Enter", at="Done, next patient")  # 6
    assert keys.actions == 6
    keys.are_at("NHS number")
    assert desk_page.url.endswith("/")


def test_arrow_keys_go_from_time_to_time(desk_page: Page) -> None:
    keys = put_through(desk_page)
    keys.press("ArrowDown", at=FIRST)
    keys.press("ArrowDown", at=SECOND)
    keys.press("ArrowUp", at=THIRD)
    keys.press("ArrowUp", at=SECOND)
    keys.press("ArrowUp", at=FIRST)
    keys.are_at(FIRST)


def test_a_filter_changes_the_results_at_once_keeps_its_focus_and_enter_goes_to_the_times(
    desk_page: Page, shop: Shop, shop_url: str
) -> None:
    desk_page.goto(f"{shop_url}/search")
    shop.desk.found = search_result(many_offers(3))
    desk_page.get_by_label("When").focus()
    keys = Keys(desk_page)
    keys.press("ArrowDown", at="When")
    expect(desk_page.locator("#results")).to_contain_text("3 times")
    expect(desk_page).to_have_url(re.compile("/search[?]when=tomorrow&"))
    keys.press("Enter", at="When")
    expect(desk_page.locator("#results .hub-time").first).to_be_focused()


def test_a_slow_answer_to_an_earlier_choice_takes_the_focus_from_nobody(desk_page: Page, shop_url: str) -> None:
    slow: list[Route] = []
    desk_page.route("**/search?when=*", lambda route: route.continue_() if slow else slow.append(route))
    desk_page.goto(f"{shop_url}/search")
    desk_page.get_by_label("When").focus()
    keys = Keys(desk_page)
    with desk_page.expect_request("**/search?when=tomorrow&*"):
        keys.press("ArrowDown", at="When")
    keys.press("Enter", at="When")
    with desk_page.expect_request("**/search?when=tomorrow&*"):  # asked for again, once the first answer is there
        slow[0].continue_()
    expect(desk_page.locator(".htmx-request")).to_have_count(0)
    expect(desk_page.locator("#results .hub-time").first).to_be_focused()


def test_as_the_readme_says_another_week_is_chosen_and_booked_without_a_mouse(desk_page: Page) -> None:
    keys = put_through(desk_page)
    keys.press("Shift+Tab", at=FIRST)
    keys.press("Enter", at="Change when, who or where")
    keys.press("n", at="When")
    keys.press("Enter", at="When")
    keys.press("Shift+Tab", at=FIRST)  # the results that a change brought have the same way back
    keys.press("Enter", at="Change when, who or where")
    keys.press("Enter", at="When")
    expect(desk_page).to_have_url(re.compile("/search[?]when=week&"))
    keys.press_and_leave("Enter", at=FIRST)
    keys.type("Knee pain", at="Reason for the appointment")
    keys.press("Tab", at="Reason for the appointment")
    keys.press("Tab", at="Note to the other practice")
    keys.press("Tab", at="Telephone number")
    keys.press("Space", at="I have told the patient")
    keys.press_and_leave("Enter", at="I have told the patient")
    keys.are_at("Booked")


def test_of_several_people_the_first_is_one_tab_away(desk_page: Page, shop: Shop) -> None:
    other = traced(patient=replace(traced().patient, nhs_number=NHSNumber("9990000026")))
    shop.desk.people = (card(), card(other))
    desk_page.get_by_text("No NHS number?").click()
    desk_page.get_by_label("Family name").fill("Pritchard")
    desk_page.get_by_label("Date of birth").fill("3.3.61")
    keys = Keys(desk_page)
    desk_page.get_by_label("Date of birth").focus()
    keys.press_and_leave("Enter", at="Date of birth")
    keys.press("Enter", at="2 people fit those details")  # one Enter too many chooses nobody
    keys.press("Tab", at="2 people fit those details")
    keys.press_and_leave("Enter", at="PRITCHARD, Joan")
    expect(desk_page.locator(".hub-patient__name")).to_be_visible()


def test_choosing_dates_brings_their_fields(desk_page: Page, shop_url: str) -> None:
    desk_page.goto(f"{shop_url}/search")
    expect(desk_page.get_by_label("First day")).to_be_hidden()
    desk_page.get_by_label("When").select_option("dates")
    expect(desk_page.get_by_label("First day")).to_be_visible()


def test_the_back_button_shows_the_search_as_it_was(desk_page: Page, shop: Shop, shop_url: str) -> None:
    desk_page.goto(f"{shop_url}/search?when=week&role=nurse")
    desk_page.locator("#results .hub-time").first.click()
    desk_page.wait_for_url("**/holds/*")
    desk_page.go_back()
    expect(desk_page.get_by_label("When")).to_have_value("week")
    expect(desk_page.get_by_label("Who", exact=True)).to_have_value("nurse")
    kept = desk_page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "6.30pm" not in kept and len(kept) < 200  # an address at most, never a page


def test_two_quick_clicks_send_one_form(desk_page: Page, shop: Shop, shop_url: str) -> None:
    sent: list[str] = []
    desk_page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    put_through(desk_page)
    desk_page.goto(f"{shop_url}/holds/{REF.value}")
    desk_page.get_by_label("Reason").fill("Knee pain")
    desk_page.get_by_label("I have told the patient").check()
    desk_page.evaluate(
        """addEventListener('submit', () => {
             sessionStorage.setItem('said', document.querySelector('[data-waiting]').textContent) })"""
    )
    desk_page.get_by_role("button", name="Confirm booking").dblclick()
    desk_page.wait_for_url("**/outcome")
    assert [url for url in sent if url.endswith("/book")] == [f"{shop_url}/holds/{REF.value}/book"]
    assert "Do not hang up" in desk_page.evaluate("sessionStorage.getItem('said')")


def test_the_countdown_runs_and_says_so_to_those_who_do_not_see_it(desk_page: Page, shop: Shop, shop_url: str) -> None:
    desk_page.clock.install()
    put_through(desk_page)
    desk_page.goto(f"{shop_url}/holds/{REF.value}")
    left, said = desk_page.locator(".hub-countdown__left"), desk_page.locator("[data-countdown-said]")
    expect(left).to_have_text("4:00")
    desk_page.clock.run_for(120_000)
    expect(left).to_have_text("2:00")
    expect(said).to_have_text("Two minutes left")
    desk_page.clock.run_for(121_000)
    expect(desk_page.locator(".hub-countdown__words")).to_contain_text(
        "The four minutes are over. You can still confirm"
    )


def test_two_minutes_before_the_lock_one_is_warned_and_then_it_locks(
    desk_page: Page, shop: Shop, shop_url: str
) -> None:
    desk_page.clock.install()
    desk_page.goto(f"{shop_url}/tonight")
    desk_page.clock.run_for(13 * 60_000 + 6_000)
    expect(desk_page.locator(".hub-idle")).to_contain_text("locks in two minutes")
    desk_page.keyboard.press("Shift")
    expect(desk_page.locator(".hub-idle")).to_have_count(0)
    shop.clock.pass_by(minutes=31)
    desk_page.clock.run_for(15 * 60_000 + 6_000)
    desk_page.wait_for_url("**/sign-in/lock?back=%2Ftonight")
    expect(desk_page.get_by_role("heading", level=1)).to_have_text("Locked")


def test_a_doubt_settles_before_ones_eyes(desk_page: Page, shop: Shop, shop_url: str) -> None:
    shop.desk.bookings = {REF.value: booking_view(state=BookingState.IN_DOUBT)}
    desk_page.goto(f"{shop_url}/bookings/{REF.value}/outcome")
    expect(desk_page.get_by_role("heading", level=1)).to_have_text("We do not know yet")
    shop.desk.bookings = {REF.value: booking_view()}
    expect(desk_page.get_by_role("heading", level=1)).to_have_text("Booked", timeout=8_000)


def test_nothing_on_any_page_breaks_our_own_rules_for_scripts(desk_page: Page, shop: Shop, shop_url: str) -> None:
    broken: list[str] = []
    desk_page.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)
    desk_page.on("pageerror", lambda error: broken.append(str(error)))
    shop.desk.bookings = {REF.value: booking_view()}
    for address in ("/", "/search", f"/holds/{REF.value}", f"/bookings/{REF.value}/outcome", "/tonight", "/to-settle"):
        desk_page.goto(shop_url + address)
        desk_page.wait_for_load_state("networkidle")
    assert broken == []


# --- Without scripts


@pytest.fixture
def plain(browser: Browser, shop: Shop, shop_url: str) -> Iterator[Page]:
    """A browser that runs no scripts."""
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    context.set_default_timeout(8_000)
    sign_in(context, shop, shop_url)
    page = context.new_page()
    page.goto(shop_url)
    yield page
    context.close()


def test_without_scripts_everything_still_works(plain: Page, shop: Shop, shop_url: str) -> None:
    plain.get_by_label("NHS number", exact=True).fill("9990000018")
    plain.get_by_role("button", name="Find patient").first.click()
    plain.wait_for_url("**/search")
    plain.get_by_label("When").select_option("week")
    plain.get_by_role("button", name="Search").click()
    assert "when=week" in plain.url
    plain.locator("#results .hub-time").first.click()
    expect(plain.locator("body")).to_contain_text("Held for you until 5.59pm")
    plain.get_by_role("button", name="Confirm booking").click()
    expect(plain.locator(".nhsuk-error-summary")).to_contain_text("Enter a reason")
    plain.get_by_label("Reason").fill("Knee pain")
    plain.get_by_label("I have told the patient").check()
    plain.get_by_role("button", name="Confirm booking").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Booked")
    plain.get_by_role("link", name="Open the booking").click()
    plain.get_by_role("link", name="Cancel it").click()
    plain.get_by_role("button", name="Cancel the booking").click()
    expect(plain.locator(".nhsuk-error-summary")).to_contain_text("Choose who asked, or why.")
    plain.get_by_label("The patient asked").check()
    plain.get_by_role("button", name="Cancel the booking").click()
    expect(plain.get_by_role("heading", level=1)).to_contain_text("Cancelled")


def test_without_scripts_a_lost_race_still_offers_the_nearest_times(plain: Page, shop: Shop, shop_url: str) -> None:
    plain.goto(f"{shop_url}/search?when=week")
    shop.desk.refuse["take"] = SlotTaken("Somebody else took that slot a moment ago.")
    plain.locator("#results .hub-time").nth(3).click()
    expect(plain.locator(".hub-alert .hub-time")).to_have_count(3)
    shop.desk.refuse.clear()
    plain.locator(".hub-alert .hub-time").first.click()
    plain.wait_for_url("**/holds/*")


# --- What is seen first


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
def test_choosing_a_patient_and_booking_begin_with_what_they_are_about(
    desk_page: Page, shop: Shop, shop_url: str, width: int, height: int
) -> None:
    desk_page.set_viewport_size({"width": width, "height": height})
    put_through(desk_page)
    desk_page.wait_for_load_state("networkidle")
    expect(desk_page.locator(".hub-patient__name")).to_be_in_viewport(ratio=1)
    shop.desk.bookings = {REF.value: booking_view()}
    desk_page.goto(f"{shop_url}/bookings/{REF.value}/outcome")
    desk_page.wait_for_load_state("networkidle")
    expect(desk_page.locator("h1")).to_be_in_viewport(ratio=1)
    Keys(desk_page).are_at("Booked")
    assert desk_page.evaluate("scrollY") == 0


def test_cancelling_begins_at_the_reason_and_not_at_the_red_button(desk_page: Page, shop: Shop, shop_url: str) -> None:
    shop.desk.bookings = {REF.value: booking_view()}
    desk_page.goto(f"{shop_url}/bookings/{REF.value}/cancel")
    keys = Keys(desk_page)
    keys.press_and_leave("Enter", at="The patient asked")  # nobody has said why yet
    expect(desk_page.locator(".nhsuk-error-summary")).to_contain_text("Choose who asked, or why.")
    desk_page.goto(f"{shop_url}/bookings/{REF.value}/cancel")
    keys.press("Space", at="The patient asked")
    expect(desk_page.get_by_label("The patient asked")).to_be_checked()
    keys.press_and_leave("Enter", at="The patient asked")
    expect(desk_page.get_by_role("heading", level=1)).to_contain_text("Cancelled")


def test_back_to_a_form_that_was_refused_shows_the_form_not_an_error_of_the_browser(
    desk_page: Page, shop_url: str
) -> None:
    Keys(desk_page).type_and_leave("123", at="NHS number")
    expect(desk_page.locator(".nhsuk-error-summary")).to_be_visible()
    desk_page.goto(f"{shop_url}/bookings")
    answer = desk_page.go_back()
    assert answer is not None and answer.request.method == "GET"
    expect(desk_page.locator("#nhs_number")).to_be_visible()
