"""The matrix of the whole federation as one picture: places for SVG, nothing else. Pure.

A square's size says how far the access reaches, its outline and hatching say why there is none, colour only repeats it.
"""

from dataclasses import dataclass

from hub.web.sharing.matrix import Cell, Table

STEP = 11.0  # a practice's width
GAP = 3.0  # between clusters
LABELS = 176.0  # for the clusters' names on the left
HEADS = 108.0  # and on top, aslant
LEANING = 66.0  # how far the last of these leans out to the right
_SIDES = {1: 4.6, 2: 7.2, 3: 9.8}  # by level


@dataclass(frozen=True, slots=True)
class Square:
    """One cell that says something."""

    x: float
    y: float
    side: float
    kind: str  # level-1 | level-2 | level-3 | paused | waiting | off
    words: str


@dataclass(frozen=True, slots=True)
class Band:
    """One cluster's name and the block of its own practices."""

    code: str
    name: str
    start: float
    length: float
    shaded: bool
    is_us: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything to be drawn."""

    width: float
    height: float
    bands: tuple[Band, ...]
    squares: tuple[Square, ...]


def picture(table: Table) -> Picture:
    """The drawing of a table."""
    bands, places, at = [], [], 0.0
    for position, group in enumerate(table.groups):
        length = STEP * len(group.entries)
        ours = any(entry.is_us for entry in group.entries)
        bands.append(Band(group.code, group.name, at, length, position % 2 == 1, ours))
        places += [at + STEP * seat for seat in range(len(group.entries))]
        at += length + GAP
    rows = [row for _, found in table.rows for row in found]
    squares = tuple(
        square
        for y, row in zip(places, rows, strict=True)
        for x, cell in zip(places, row.cells, strict=True)
        if (square := _square(x, y, cell)) is not None
    )
    extent = at - GAP
    return Picture(LABELS + extent + LEANING, HEADS + extent + 2, tuple(bands), squares)


def _square(x: float, y: float, cell: Cell) -> Square | None:
    if cell.state in ("none", "self"):
        return None
    side = _SIDES[cell.level] if cell.level else _SIDES[3]
    inset = (STEP - side) / 2
    kind = f"level-{cell.level}" if cell.level else cell.state
    return Square(round(LABELS + x + inset, 1), round(HEADS + y + inset, 1), side, kind, cell.words)
