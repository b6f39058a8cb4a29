"""Whatever goes wrong while a summary is filed: what is known at once, what in the end, and that it is there once.

The table is also in docs/fault-table.md.
"""

from pathlib import Path

import pytest

from connectors.mock.script import Mishap
from messaging import reading
from messaging.delivering import deliver
from tests.messaging.writing import DOCTOR, GP, open_post_room, texts
from tests.scheduling.world import ANN, HOME, World
from vocabulary.messages import WayState

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "fault-table.md"
FILED, DELAYED, DOUBT, FAILED = WayState.FILED, WayState.DELAYED, WayState.IN_DOUBT, WayState.FAILED
ROWS: tuple[tuple[tuple[Mishap, ...], WayState, WayState, int], ...] = (
    ((Mishap.SLOW,), FILED, FILED, 1),
    ((Mishap.UNREACHABLE,), DELAYED, FILED, 1),
    ((Mishap.NO_ANSWER_BEFORE_COMMIT, Mishap.GARBLED_BEFORE_COMMIT, Mishap.SLOT_GONE), DOUBT, FILED, 1),
    ((Mishap.NO_ANSWER_AFTER_COMMIT, Mishap.GARBLED_AFTER_COMMIT, Mishap.SLOT_GONE_AFTER_COMMIT), DOUBT, FILED, 1),
    ((Mishap.REFUSED, Mishap.UNSUPPORTED), FAILED, FAILED, 0),
)


@pytest.mark.database
@pytest.mark.parametrize(
    ("mishap", "at_once", "in_the_end", "there"),
    [(mishap, *rest) for mishaps, *rest in ROWS for mishap in mishaps],
    ids=[mishap.value for mishaps, *_ in ROWS for mishap in mishaps],
)
def test_what_it_settles_as(world: World, mishap: Mishap, at_once: WayState, in_the_end: WayState, there: int) -> None:
    post = open_post_room(world)
    sent = post.sends()
    world.network.script(HOME).inject("file_record", mishap)
    for state, minutes in ((at_once, 0), (in_the_end, 2), (in_the_end, 2000)):
        world.clock.forward(minutes=minutes)
        deliver(post.office)
        (line,) = reading.sent(post.office, DOCTOR)
        assert line.way_state is state
    assert len(world.network.diary(HOME).cabinet.filed(ANN)) == there
    assert texts(reading.open_message(post.office, sent.ref, GP)), "the inbox has it in any case"


def test_every_mishap_is_in_the_table() -> None:
    assert sorted(mishap for mishaps, *_ in ROWS for mishap in mishaps) == sorted(Mishap)


def test_the_document_shows_this_very_table() -> None:
    rows = [
        f"| {', '.join(f'`{one}`' for one in mishaps)} | {once} | {end} | {'once' if there else 'not'} |"
        for mishaps, once, end, there in ROWS
    ]
    assert "\n".join(rows) in DOCUMENT.read_text(encoding="utf-8"), "copy it into the document:\n" + "\n".join(rows)
