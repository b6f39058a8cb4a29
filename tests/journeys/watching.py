"""What is watched on every page that a journey comes by: accessibility, errors, and what is asked of whom."""

import json
import os
import re
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from tests.journeys.requests_made import RequestsMade

_AXE = Axe()
# What a page is made of: tags, roles and classes, whatever the words in them.
_PARTS = """() => [...new Set([...document.querySelectorAll('body *')].flatMap(
    (e) => [e.tagName, e.getAttribute('role') || '', ...e.classList]))].filter((part) => !part.startsWith('htmx-'))"""
_REFERENCE = re.compile(r"[2-9B-Z]{4}-[2-9B-Z]{4}")
# Results on their way are dimmed: nobody reads them yet, and their contrast says nothing.
_AT_REST = """() => !document.querySelector('.htmx-request')
    && document.getAnimations().every((one) => one.playState !== 'running')"""
_TOO_WIDE = "() => document.documentElement.scrollWidth - innerWidth"


class Seen:
    """Which parts have been looked at on which kind of page; shared by all contexts of the session.

    One look takes half a second, so a page that has nothing on it that such a page has not had before is passed by.
    """

    def __init__(self) -> None:
        self._parts: dict[tuple[str, int], set[str]] = {}
        self.looks = 0

    def is_new(self, page: Page) -> bool:
        """Whether there is anything here to look at; from now on it is seen."""
        width = page.viewport_size["width"] if page.viewport_size else 0
        known = self._parts.setdefault((_REFERENCE.sub("", page.title()), width), set())
        parts = set(page.evaluate(_PARTS))
        news = parts - known
        known |= parts
        self.looks += bool(news)
        return bool(news)


class Watch:
    """Looks over the shoulder of one browser context."""

    def __init__(self, context: BrowserContext, made: RequestsMade, *, seen: Seen, scripts: bool = True) -> None:
        self._scripts = scripts
        self._seen = seen
        self.faults: list[str] = []
        self._pictures = Path(os.environ["JOURNEY_PICTURES"]) if "JOURNEY_PICTURES" in os.environ else None
        context.on("request", made.note_request)
        context.on("page", lambda page: page.on("framenavigated", made.note_address))
        context.on("response", self._note_response)
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self.faults.append(f"script error: {error.error}"))

    def look_at(self, page: Page) -> None:
        """The page has arrived: is it accessible, and does it fit?"""
        if not self._scripts or not self._seen.is_new(page):
            return
        where = f"{page.title()} ({page.viewport_size['width'] if page.viewport_size else '?'} px)"
        if self._pictures:
            page.screenshot(path=self._pictures / f"{self._seen.looks:03d}.png", full_page=True)
        page.wait_for_function(_AT_REST)
        found = _AXE.run(page)
        if found.violations_count:
            self.faults.append(f"{where}: {found.generate_report()}")
        too_wide = page.evaluate(_TOO_WIDE)
        if too_wide > 0:
            self.faults.append(f"{where}: {too_wide} px wider than the window")

    def nothing_is_wrong(self) -> None:
        """Fail with everything that was wrong since the last time."""
        found, self.faults = self.faults, []
        assert not found, "\n".join(found)

    def _note_response(self, response: Any) -> None:
        if response.status >= 500 and response.status != 503:
            self.faults.append(f"{response.status} from {response.url}")

    def _note_console(self, message: Any) -> None:
        # Chromium itself reports every 4xx; refusals that are pages of ours are those.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text} {json.dumps(message.location)}")
