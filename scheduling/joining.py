"""PURE: adjacent slots joined for a long appointment, under the same rule that refuses slots which do not join."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from scheduling.rules import SlotLink, joins


@dataclass(frozen=True, slots=True)
class Piece:
    """A free slot as joining sees it."""

    id: int
    link: SlotLink


def runs(pieces: Iterable[Piece], *, minutes: int) -> list[tuple[Piece, ...]]:
    """Every shortest run of adjacent slots, one starting at each slot, that lasts at least `minutes`.

    A slot that is long enough alone is a run of one. Pieces may come in any order.
    """
    ordered = sorted(pieces, key=lambda piece: (piece.link.host, piece.link.session, piece.link.window.start, piece.id))
    wanted = timedelta(minutes=minutes)
    found = []
    for start in range(len(ordered)):
        run = _run_from(ordered, start, wanted)
        if run:
            found.append(run)
    return found


def _run_from(ordered: Sequence[Piece], start: int, wanted: timedelta) -> tuple[Piece, ...] | None:
    run = [ordered[start]]
    position = start
    while run[-1].link.window.end - run[0].link.window.start < wanted:
        following = _next(ordered, position, run[-1])
        if following is None:
            return None
        position = following
        run.append(ordered[position])
    return tuple(run)


def _next(ordered: Sequence[Piece], position: int, piece: Piece) -> int | None:
    """The index of a piece that continues this one, past any that start too early to."""
    for candidate in range(position + 1, len(ordered)):
        other = ordered[candidate].link
        if (other.host, other.session) != (piece.link.host, piece.link.session):
            return None
        if other.window.start > piece.link.window.end:
            return None
        if joins([piece.link, other]) is None:
            return candidate
    return None
