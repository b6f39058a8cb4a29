"""Measuring two sides in turn, and what came of it in figures."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

Act = Callable[[], object]
_TURN = 5  # requests


@dataclass(slots=True)
class Side:
    """One side's times, in milliseconds, a list a round."""

    name: str
    act: Act
    rounds: list[list[float]] = field(default_factory=list)

    @property
    def times(self) -> list[float]:
        """All of them."""
        return [each for one in self.rounds for each in one]

    @property
    def p50(self) -> float:
        """The median."""
        return statistics.median(self.times)

    @property
    def p99(self) -> float:
        """All but one in a hundred are at least as quick."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]

    @property
    def a_second(self) -> float:
        """Requests a second, one after another."""
        return 1000 / statistics.mean(self.times)


@dataclass(slots=True)
class Contest:
    """The hub beside the bare route."""

    title: str
    hub: Side
    bare: Side
    statements: int
    aim: float  # the least share of the bare route's speed; 0: none was set

    @property
    def ratios(self) -> tuple[float, float, float]:
        """Least, median and greatest share over the rounds: the hub's requests a second by the bare route's."""
        shares = [sum(bare) / sum(hub) for hub, bare in zip(self.hub.rounds, self.bare.rounds, strict=True)]
        return min(shares), statistics.median(shares), max(shares)

    @property
    def tail(self) -> float:
        """How many of the bare route's p99 the hub's p99 is."""
        return self.hub.p99 / self.bare.p99

    def run(self, *, rounds: int, times: int, warm_up: int) -> None:
        """So many rounds of so many requests a side, a few of the hub and a few of the bare route in turn.

        Turns are short, so that whatever else the machine does meanwhile falls on both. Those of the warm-up do not
        count.
        """
        for side in (self.hub, self.bare):
            for _ in range(warm_up):
                side.act()
        for _ in range(rounds):
            for side in (self.hub, self.bare):
                side.rounds.append([])
            while len(self.bare.rounds[-1]) < times:
                for side in (self.hub, self.bare):
                    side.rounds[-1] += [_timed(side.act) for _ in range(min(_TURN, times - len(side.rounds[-1])))]


def _timed(act: Act) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000
