"""The simulator's clock: the machine's, unless a test or a rehearsal sets it."""

from datetime import UTC, datetime


class SimulatorClock:
    """Runs with the machine's clock until it is set; then stands still until it is let go."""

    def __init__(self) -> None:
        self._fixed: datetime | None = None

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return self._fixed or datetime.now(UTC)

    def set(self, moment: datetime | None) -> None:
        """Stand still at this moment; None lets the clock run again."""
        self._fixed = moment
