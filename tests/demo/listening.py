"""Somebody who remembers what was told, and a wait that does not go on for ever."""

import time
from collections.abc import Callable


class Listener:
    """A teller that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


def until(true: Callable[[], object], *, within: float = 10.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
