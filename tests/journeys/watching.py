"""What is watched on every page that a journey comes by: accessibility, errors, and what is asked of whom."""

import json
import os
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from tests.journeys.requests_made import RequestsMade

_AXE = Axe()
# Two pages made of the same parts need one look: which kinds of things stand on it, not how often.
_SHAPE = """() => JSON.stringify([document.title.replace(/[2-9B-Z]{4}-[2-9B-Z]{4}/g, ''), innerWidth,
    ...new Set([...document.querySelectorAll('body *')].flatMap(
        (e) => [e.tagName, e.getAttribute('role'), ...e.classList]))].sort())"""
_TOO_WIDE = "() => document.documentElement.scrollWidth - innerWidth"


class Watch:
    """Looks over the shoulder of one browser context."""

    def __init__(self, context: BrowserContext, made: RequestsMade, *, shapes: set[str], scripts: bool = True) -> None:
        self._scripts = scripts
        self._shapes = shapes  # shared by all contexts: a shape seen in one need not be looked at again
        self.faults: list[str] = []
        self._pictures = Path(os.environ["JOURNEY_PICTURES"]) if "JOURNEY_PICTURES" in os.environ else None
        context.on("request", made.note_request)
        context.on("page", lambda page: page.on("framenavigated", made.note_address))
        context.on("response", self._note_response)
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self.faults.append(f"script error: {error.error}"))

    def look_at(self, page: Page) -> None:
        """The page has arrived: is it accessible, and does it fit?"""
        if not self._scripts:
            return
        shape = page.evaluate(_SHAPE)
        if shape in self._shapes:
            return
        self._shapes.add(shape)
        where = f"{page.title()} ({page.viewport_size['width'] if page.viewport_size else '?'} px)"
        if self._pictures:
            page.screenshot(path=self._pictures / f"{len(self._shapes):03d}.png", full_page=True)
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
