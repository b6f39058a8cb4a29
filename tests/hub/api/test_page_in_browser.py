"""The door's page in a browser: no barrier that axe can find, usable by keyboard, nothing that the policy blocks."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.hub.rig import Rig
from tests.hub.served import served

pytestmark = [pytest.mark.browser, pytest.mark.database]


def test_the_page_has_no_barrier_and_loads_whole(rig: Rig, page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    with served(rig.app) as url:
        page.goto(f"{url}/api/docs")
        found = Axe().run(page)
        assert not found.response["violations"], found.generate_report()
        assert page.evaluate("getComputedStyle(document.querySelector('header')).backgroundColor") == "rgb(0, 94, 184)"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert not complaints
