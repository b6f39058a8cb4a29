"""What the verbs of this room work with, made once by the doors from what the wiring put together."""

from dataclasses import dataclass, field

from accountability.marks import Marks
from accountability.unusual import Thresholds
from connectors.tracing import Tracing
from sharing_agreements.gate import Gate
from storage.work import Work
from vocabulary.times import Clock


@dataclass(frozen=True, slots=True)
class Oversight:
    """The room's dependencies: verbs are functions (oversight, …, caller)."""

    work: Work
    gate: Gate
    tracing: Tracing
    clock: Clock
    marks: Marks
    thresholds: Thresholds = field(default_factory=Thresholds)
