"""How much of the federation is made: all of it for people, a corner of it for tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from demo.federation.calendar import WEEKS_AHEAD, WEEKS_BACK, Span
from demo.federation.network import Cluster, Practice, clusters


@dataclass(frozen=True, slots=True)
class Size:
    """How many clusters, weeks and patients."""

    name: str
    clusters: Sequence[Cluster]
    weeks_back: int
    weeks_ahead: int
    patients_a_practice: int | None  # None: as many as its list size asks for

    @property
    def practices(self) -> tuple[Practice, ...]:
        """The practices of these clusters."""
        return tuple(practice for cluster in self.clusters for practice in cluster.practices)

    def span(self, today: date) -> Span:
        """The days that should have clinics."""
        return Span.around(today, weeks_back=self.weeks_back, weeks_ahead=self.weeks_ahead)


FULL = Size("full", clusters(), WEEKS_BACK, WEEKS_AHEAD, None)
SMALL = Size("small", clusters()[:2], 0, 2, 60)
SIZES = {size.name: size for size in (FULL, SMALL)}
