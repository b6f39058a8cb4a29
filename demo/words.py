"""How the demo's commands talk: progress lines with their elapsed time, and refusals of one plain line."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

_SIGN_OF_LIFE = 5.0


class CannotStart(Exception):
    """The demo cannot go on; the text is one plain line that says what is wrong and what mends it."""


class Stopped(CannotStart):
    """Told to stop while still starting."""

    def __init__(self) -> None:
        super().__init__("Stopped while starting; the next start goes on from here.")


class Teller(Protocol):
    """Somebody who tells the person at the terminal what goes on."""

    def say(self, line: str) -> None:
        """Tell one line."""
        ...


class Terminal:
    """Tells the person at the terminal, or nobody once that is gone: the demo goes on without listeners."""

    def say(self, line: str) -> None:
        """Print the line at once, in one piece."""
        with suppress(OSError):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


class Silence:
    """Tells nobody: for tests that start the whole product."""

    def say(self, line: str) -> None:
        """Drop the line."""


@contextmanager
def step(teller: Teller, title: str) -> Iterator[None]:
    """Tell that a long step begins, that it still goes on, and how long it took."""
    began, over = time.monotonic(), threading.Event()

    def show_life() -> None:
        while not over.wait(_SIGN_OF_LIFE):
            teller.say(f"    {title}: {time.monotonic() - began:.0f} s so far")

    teller.say(f"  {title} …")
    ticker = threading.Thread(target=show_life, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        over.set()
        ticker.join()
    teller.say(f"  {title}: done in {time.monotonic() - began:.1f} s")
