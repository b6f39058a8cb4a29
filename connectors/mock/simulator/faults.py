"""Faults on request: which one, at which practice, for which interaction, how often."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from threading import Event, Lock

ANY = "*"
TRACING = "PDS"  # the practice name under which faults of the national service are ordered


class FaultKind(StrEnum):
    """What goes wrong."""

    SLOW = "slow"  # answers after `seconds`
    HANG = "hang"  # keeps the line open for `seconds`, then drops it
    REFUSE = "refuse"  # an OperationOutcome of `code`, with its usual status or with `status`
    DROP = "drop"  # closes the line without an answer
    GARBAGE = "garbage"  # `status` (200 or 201) and JSON that breaks off
    HTML = "html"  # `status` (502) and a proxy's page
    EMPTY = "empty"  # `status` (500) and nothing
    WRONG = "wrong"  # a well-formed answer about something else
    TWICE = "twice"  # does the same request twice and answers with the second outcome
    DOUBLE = "double"  # books the slot twice over and answers with the second


_DEFAULT_STATUS = {FaultKind.GARBAGE: 200, FaultKind.HTML: 502, FaultKind.EMPTY: 500}


@dataclass(slots=True)
class Order:
    """One ordered fault. `after_commit` plays it once the work is done; `remaining` None means without end."""

    id: int
    kind: FaultKind
    practice: str = ANY
    interaction: str = ANY
    after_commit: bool = False
    seconds: float = 0.0
    status: int = 0
    code: str = ""
    wording: str = ""  # for a refusal: one of wordings.py's, in the words of a supplier or the Spine
    remaining: int | None = None
    probability: float = 1.0
    seed: int = 0
    played: int = 0
    cleared: Event = field(default_factory=Event)
    dice: random.Random = field(default_factory=random.Random)

    def fits(self, practice: str, interaction: str) -> bool:
        """Whether this order is about that request."""
        return self.practice in (ANY, practice) and self.interaction in (ANY, interaction)

    def as_json(self) -> dict[str, object]:
        """As the control API lists it."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "practice": self.practice,
            "interaction": self.interaction,
            "after_commit": self.after_commit,
            "seconds": self.seconds,
            "status": self.status,
            "code": self.code,
            "wording": self.wording,
            "remaining": self.remaining,
            "probability": self.probability,
            "seed": self.seed,
            "played": self.played,
        }


class FaultDesk:
    """The orders in force. The first that fits is played; clearing one wakes whatever hangs on it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._orders: list[Order] = []
        self._ids = count(1)

    def order(
        self,
        kind: FaultKind,
        *,
        practice: str = ANY,
        interaction: str = ANY,
        after_commit: bool = False,
        seconds: float = 0.0,
        status: int = 0,
        code: str = "",
        wording: str = "",
        times: int | None = None,
        probability: float = 1.0,
        seed: int = 0,
    ) -> Order:
        """Put a fault in force. The same seed plays the same pattern of hits and misses."""
        with self._lock:
            order = Order(
                id=next(self._ids),
                kind=kind,
                practice=practice,
                interaction=interaction,
                after_commit=after_commit,
                seconds=seconds,
                status=status or _DEFAULT_STATUS.get(kind, 0),
                code=code,
                wording=wording,
                remaining=times,
                probability=probability,
                seed=seed,
                dice=random.Random(seed),  # noqa: S311  # a repeatable pattern is the point
            )
            self._orders.append(order)
            return order

    def take(self, practice: str, interaction: str) -> Order | None:
        """The fault to play on this request, if any."""
        return self._take(lambda order: order.fits(practice, interaction))

    def take_exactly(self, practice: str, interaction: str) -> Order | None:
        """The fault ordered for just this; one that is ordered for everything does not count."""
        return self._take(lambda order: (order.practice, order.interaction) == (practice, interaction))

    def _take(self, fits: Callable[[Order], bool]) -> Order | None:
        with self._lock:
            for order in self._orders:
                if not fits(order) or order.remaining == 0:
                    continue
                if order.probability < 1.0 and order.dice.random() >= order.probability:
                    continue
                order.played += 1
                if order.remaining is not None:
                    order.remaining -= 1
                return order
        return None

    def clear(self, *, order_id: int | None = None, practice: str | None = None) -> int:
        """Take back one order, those of one practice, or all; how many there were."""
        with self._lock:
            gone = [
                order
                for order in self._orders
                if (order_id is None or order.id == order_id) and (practice is None or order.practice == practice)
            ]
            self._orders = [order for order in self._orders if order not in gone]
        for order in gone:
            order.cleared.set()
        return len(gone)

    def listed(self) -> list[Order]:
        """The orders in force, used-up ones included."""
        with self._lock:
            return list(self._orders)
