"""The exchange: one line a link and process, kept as long as the link's settings stay the same."""

import os
from threading import Lock

from connectors.line import Line, LineSettings
from connectors.port import Link
from vocabulary.identifiers import OdsCode


class Exchange:
    """Finds or makes the line of a link; a changed address or certificate makes a new line and hangs up the old."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._lines: dict[tuple[str, OdsCode], tuple[tuple[str, ...], Line]] = {}

    def line_for(self, link: Link) -> Line:
        """The line to this link's service root."""
        place = (link.system, link.host)
        settings = (link.address, link.trust, link.secret)
        with self._lock:
            known = self._lines.get(place)
            if known is not None and known[0] == settings:
                return known[1]
            line = Line(
                link.address,
                name=str(link.host),
                settings=LineSettings(trust=link.trust, certificate=link.secret),
            )
            self._lines[place] = (settings, line)
        if known is not None:
            known[1].close()
        return line

    def forget(self) -> None:
        """Start afresh without touching the old lines: after a fork they belong to the parent."""
        self._lock = Lock()
        self._lines = {}


exchange = Exchange()
os.register_at_fork(after_in_child=exchange.forget)
