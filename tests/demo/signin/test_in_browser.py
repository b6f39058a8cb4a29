"""The sign-in page as people use it: by keyboard, narrowed while typing, and without a barrier that axe can find."""

import threading
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from tests.demo.signin.conftest import Desk

pytestmark = pytest.mark.browser


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    """The provider, served."""
    server = make_server("127.0.0.1", 0, desk.browser.application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_somebody_is_found_and_chosen_with_the_keyboard_alone(page: Page, address: str, desk: Desk) -> None:
    page.goto(f"{address}/authorize?{urlencode(desk.asking())}")
    page.get_by_label("Find by name, role or practice").focus()
    page.keyboard.type("reception y90002")
    expect(page.get_by_role("status")).to_have_text("1 person found")
    expect(page.get_by_role("button", name="Rita Okafor")).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Gareth Lloyd")).to_be_focused()
    # The policy must let the form's redirect through to the hub, which is another origin.
    with page.expect_request(lambda request: request.url.startswith(f"{desk.hub.url}/sign-in/callback?code=")):
        page.keyboard.press("Enter")


def test_the_pages_have_no_barrier_that_axe_can_find(page: Page, address: str, desk: Desk) -> None:
    choose = f"/authorize?{urlencode(desk.asking())}"
    for place in ("/", choose, "/authorize?client_id=another"):
        page.goto(address + place)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
