"""How the demo's commands talk: progress lines with their elapsed time, and refusals of one plain line."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class CannotStart(Exception):
    """The demo cannot go on; the text is one plain line that says what is wrong and what mends it."""


class Teller(Protocol):
    """Somebody who tells the person at the terminal what goes on."""

    def say(self, line: str) -> None: ...


class Terminal:
    """Tells the person at the terminal."""

    def say(self, line: str) -> None:
        print(line, file=sys.stdout, flush=True)


class Silence:
    """Tells nobody: for tests that start the whole product."""

    def say(self, line: str) -> None:
        return


@contextmanager
def step(teller: Teller, title: str) -> Iterator[None]:
    """Tell that a long step begins, and how long it took."""
    began = time.monotonic()
    teller.say(f"  … {title}")
    yield
    teller.say(f"  ✓ {title} ({time.monotonic() - began:.1f} s)")
