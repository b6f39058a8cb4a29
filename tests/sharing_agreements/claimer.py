"""A process that holds one slot after the other until refused: `python -m tests.sharing_agreements.claimer URL IDS`.

Says "ready" first; then, for each line it is sent, holds on until it is refused, and says when that was and why.
"""

import sys
import time
from collections.abc import Iterator

from sqlalchemy import create_engine

from connectors.guard import Guard
from connectors.mock.network import MockNetwork
from scheduling import holding
from scheduling.commands import Asking, TakeHold
from scheduling.desk import Desk
from sharing_agreements.gate import Gate
from sharing_agreements.problems import NotPermitted
from storage.work import Work, idle
from tests.scheduling.world import MovableClock, caller


def claim(url: str, ids: list[int]) -> None:
    """Hold them in turn, each for another user."""
    clock = MovableClock()
    engine = create_engine(url)
    work = Work(lambda: engine)
    gate = Gate(work, clock)
    network = MockNetwork(clock=clock)
    guard = Guard(is_idle=idle, admit=gate.admit)
    desk = Desk(work, gate, guard.connect(network.connect), guard.tracing(network.tracing), clock)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    left = iter(ids)
    for _ in sys.stdin:
        sys.stdout.write(_until_refused(desk, left) + "\n")
        sys.stdout.flush()


def _until_refused(desk: Desk, ids: Iterator[int]) -> str:
    for each in ids:
        try:
            holding.take(desk, TakeHold((each,), asking=Asking.NO), caller(user=f"user-{each}"))
        except NotPermitted as refused:
            return f"refused {time.time()} {refused.decision.why.value}"
    return f"done {time.time()} nothing-left"


if __name__ == "__main__":
    claim(sys.argv[1], [int(each) for each in sys.argv[2].split(",")])
