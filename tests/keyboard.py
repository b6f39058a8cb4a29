"""A keyboard for browser tests. No key is sent before the page is ready for it: every step names what has the focus.

A page that has loaded need not have its focus yet: the browser gives it a moment later, and a key sent before is lost.
"""

import re

from playwright.sync_api import Locator, Page, expect

_LABEL = """() => { const one = document.activeElement
  return one.getAttribute('aria-label') || one.labels?.[0]?.innerText || one.innerText || '' }"""


class Keys:
    """Types and counts: an action is one thing somebody does, such as filling a field or pressing a button."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.actions = 0
        self.steps = 0

    @property
    def focused(self) -> Locator:
        """Whatever has the focus."""
        return self.page.locator(":focus")

    def are_at(self, name: str) -> None:
        """Wait until what has the focus is called something with this in it."""
        expect(self.focused).to_have_accessible_name(re.compile(re.escape(name)))

    def press(self, key: str, *, at: str) -> None:
        """A key that does something there."""
        self.are_at(at)
        self.page.keyboard.press(key)
        self.actions += 1

    def press_and_leave(self, key: str, *, at: str) -> None:
        """A key that leads to another page, which has loaded afterwards."""
        self.are_at(at)
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        self.actions += 1

    def type(self, text: str, *, at: str) -> None:
        self.are_at(at)
        self.page.keyboard.type(text)
        self.actions += 1

    def type_and_leave(self, text: str, *, at: str) -> None:
        """Text and Enter, which lead to another page: one action."""
        self.are_at(at)
        self.page.keyboard.type(text)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.actions += 1

    def tab_to(self, name: str, *, at: str, key: str = "Tab") -> None:
        """Moving on is a step and no action; going round in circles is a failure."""
        self.are_at(at)
        for _ in range(12):
            self.page.keyboard.press(key)
            self.steps += 1
            if name in self.page.evaluate(_LABEL):
                return
        raise AssertionError(f"no way to {name!r} by {key}; the focus is on {self.page.evaluate(_LABEL)!r}")
