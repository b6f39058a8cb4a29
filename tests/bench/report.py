"""The figures in words."""

from collections.abc import Iterable, Iterator

from tests.bench.memory import WorkerMemory
from tests.bench.turns import Contest, Side

MOST_TAIL = 3.0
MOST_MEMORY = 110.0


def lines(contests: Iterable[Contest], memory: WorkerMemory) -> Iterator[str]:
    """What is printed at the end."""
    for contest in contests:
        yield f"{contest.title}  ({contest.statements} SQL statements, {len(contest.hub.rounds)} rounds in turn)"
        yield from map(_side, (contest.hub, contest.bare))
        least, middle, greatest = contest.ratios
        aim = f"   aim ≥ {contest.aim:.0%}: {_met(middle >= contest.aim)}" if contest.aim else ""
        yield f"  hub / bare   {middle:.0%}  (rounds {least:.0%} to {greatest:.0%}){aim}"
        aim = f"   aim ≤ {MOST_TAIL:.0f} ×: {_met(contest.tail <= MOST_TAIL)}" if contest.aim else ""
        yield f"  p99          {contest.tail:.1f} × bare{aim}"
        yield ""
    aim = f"aim ≤ {MOST_MEMORY:.0f}: {_met(memory.after <= MOST_MEMORY)}"
    yield f"One gunicorn worker, resident: {memory.at_first:.0f} MiB after its first request"
    yield f"                               {memory.after:.0f} MiB after {memory.requests} requests   {aim}"
    yield f"                               {memory.own:.0f} MiB of that its own: what one worker more takes"


def _side(side: Side) -> str:
    return (
        f"  {side.name:<6} p50 {side.p50:7.2f} ms   p99 {side.p99:7.2f} ms   {side.a_second:7.1f} a second"
        f"   ({len(side.times)} requests)"
    )


def _met(met: bool) -> str:
    return "met" if met else "MISSED"
