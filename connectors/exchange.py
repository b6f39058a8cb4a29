"""The exchange: one line an address and process, kept as long as the link's settings stay the same."""

import os
from dataclasses import replace
from threading import Lock

from connectors.faults import Unsupported
from connectors.line import Line, LineSettings
from connectors.port import Link, MessageSet
from gp_connect.spine_codes import Owner
from vocabulary.documents import LARGEST_DOCUMENT
from vocabulary.identifiers import OdsCode

_OF_THEIR_OWN = (MessageSet.STRUCTURED_RECORD, MessageSet.DOCUMENTS)  # the others share a root


class Exchange:
    """Finds or makes the line of a link; a changed address or certificate makes a new line and hangs up the old."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._lines: dict[tuple[str, OdsCode, MessageSet | None], tuple[tuple[str, ...], Line]] = {}

    def line_for(self, link: Link, message_set: MessageSet = MessageSet.APPOINTMENTS) -> Line:
        """The line to where this message set answers. Raises Unsupported where the practice is not enabled for it."""
        endpoint = link.endpoint(message_set)
        if endpoint is None:
            raise not_enabled(link, message_set)
        place = (link.system, link.host, message_set if message_set in _OF_THEIR_OWN else None)
        settings = (endpoint.address, link.trust, link.secret)
        with self._lock:
            known = self._lines.get(place)
            if known is not None and known[0] == settings:
                return known[1]
            line = Line(
                endpoint.address,
                name=str(link.host),
                settings=_settings(link, message_set),
            )
            self._lines[place] = (settings, line)
        if known is not None:
            known[1].close()
        return line

    def forget(self) -> None:
        """Start afresh without touching the old lines: after a fork they belong to the parent."""
        self._lock = Lock()
        self._lines = {}


def _settings(link: Link, message_set: MessageSet) -> LineSettings:
    """A whole record may take its time (a few seconds as a rule) and be large, and so may a document: they have
    budgets of their own."""
    usual = LineSettings(trust=link.trust, certificate=link.secret)
    if message_set is MessageSet.STRUCTURED_RECORD:
        return replace(usual, silence=14.0, budget=15.0, largest_answer=16 * 1024 * 1024)
    if message_set is MessageSet.DOCUMENTS:
        return replace(usual, silence=9.0, budget=10.0, largest_answer=_LONGEST_DOCUMENT)
    return usual


_LONGEST_DOCUMENT = LARGEST_DOCUMENT * 4 // 3 + 64 * 1024
"""As base64 in a resource with a little around it."""


_WORDS = {
    MessageSet.FOUNDATIONS: "finding and registering patients",
    MessageSet.APPOINTMENTS: "appointments",
    MessageSet.STRUCTURED_RECORD: "record views",
    MessageSet.DOCUMENTS: "documents",
}


def not_enabled(link: Link, message_set: MessageSet) -> Unsupported:
    """What is said of a message set without an endpoint: not enabled nationally, or not looked up yet."""
    if message_set in link.not_enabled:
        return Unsupported(
            f"The practice is not enabled nationally for {_WORDS[message_set]} through GP Connect.",
            detail=f"no endpoint for {message_set}",
            owner=Owner.HOST,
            next_step="Phone the practice. Its manager and its system's supplier can have it enabled.",
        )
    return Unsupported(
        f"The hub does not know yet where the practice's system answers for {_WORDS[message_set]}.",
        detail=f"{message_set} was not looked up",
        owner=Owner.HUB,
        next_step="Phone the practice for now. Whoever runs the hub looks it up in the national directory.",
    )


exchange = Exchange()
os.register_at_fork(after_in_child=exchange.forget)
