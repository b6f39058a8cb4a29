"""A list of messages as a page shows it: whose turn it is first, in groups, a page at a time. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from hub.web.messages.message_words import ShownMessage, shown
from messaging.lifecycle import Side
from messaging.results import MessageLine
from vocabulary.messages import MessageState

A_PAGE, SETTLED = 25, 50


class _Part(StrEnum):
    """In the order of the page."""

    OURS = "ours"
    WAITING = "waiting"
    IN_HAND = "in-hand"
    BACK = "back"
    OTHERS = "others"


_HEADINGS = {
    Side.RECIPIENT: {
        _Part.OURS: "To look at now",
        _Part.IN_HAND: "In hand at your practice",
        _Part.BACK: "Returned: the sender has these again",
        _Part.OTHERS: "For others at your practice to open",
    },
    Side.SENDER: {
        _Part.OURS: "Yours to see to",
        _Part.WAITING: "Nobody there has these yet",
        _Part.IN_HAND: "In hand there",
        _Part.OTHERS: "For clinicians at your practice to open",
    },
}


@dataclass(frozen=True, slots=True)
class Group:
    """What stands under one heading."""

    heading: str
    items: tuple[ShownMessage, ...]


@dataclass(frozen=True, slots=True)
class MessageList:
    """One page of what is open, and what was settled lately."""

    groups: tuple[Group, ...]
    number: int
    pages: int
    late: int  # on all pages
    settled: tuple[ShownMessage, ...]
    settled_more: int  # that are not shown

    @property
    def empty(self) -> bool:
        """Nothing is open."""
        return not self.groups


def listed(lines: Iterable[MessageLine], now: datetime, *, page: int) -> MessageList:
    """In the order in which the post room gave them within each group; a page that there is not is the nearest one."""
    every = tuple(lines)
    waiting = sorted(
        (line for line in every if line.ended_at is None), key=lambda line: tuple(_Part).index(_part(line))
    )
    settled = sorted(
        (line for line in every if line.ended_at is not None), key=lambda line: line.ended_at or now, reverse=True
    )
    pages = max(1, -(-len(waiting) // A_PAGE))
    number = min(max(page, 1), pages)
    here = waiting[(number - 1) * A_PAGE : number * A_PAGE]
    return MessageList(
        groups=_groups(here, now),
        number=number,
        pages=pages,
        late=sum(bool(shown(line, now).ring) for line in waiting),
        settled=tuple(shown(line, now) for line in settled[:SETTLED]),
        settled_more=max(0, len(settled) - SETTLED),
    )


def _groups(lines: Sequence[MessageLine], now: datetime) -> tuple[Group, ...]:
    return tuple(
        Group(_HEADINGS[side][part], tuple(shown(line, now) for line in found))
        for (side, part), found in groupby(lines, key=lambda line: (line.side, _part(line)))
    )


def _part(line: MessageLine) -> _Part:
    if not line.readable:
        return _Part.OTHERS
    if line.side is Side.SENDER and line.waits_for_us:
        return _Part.OURS
    if line.counted:
        return _Part.OURS
    if line.state is MessageState.ACKNOWLEDGED:
        return _Part.IN_HAND
    if line.side is Side.SENDER:
        return _Part.WAITING
    return _Part.BACK if line.state is MessageState.DECLINED else _Part.OURS
