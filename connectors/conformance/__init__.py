"""The kit that any connector must pass, the hub's own and other people's; see README.md beside this file.

class TestOurConnector(Conformance):
    @pytest.fixture
    def bench(self) -> Bench: ...
"""

import pytest

for _part in ("slots", "patients", "booking", "changing", "records", "documents", "filing", "visits", "faults"):
    pytest.register_assert_rewrite(f"connectors.conformance.{_part}")

from connectors.conformance.bench import Bench, CannotPlay, SessionPlan  # noqa: E402  after the rewriting is arranged
from connectors.conformance.booking import BookingConformance  # noqa: E402
from connectors.conformance.changing import ChangingConformance  # noqa: E402
from connectors.conformance.documents import DocumentConformance  # noqa: E402
from connectors.conformance.faults import FaultConformance  # noqa: E402
from connectors.conformance.filing import FilingConformance  # noqa: E402
from connectors.conformance.patients import PatientConformance  # noqa: E402
from connectors.conformance.records import RecordConformance  # noqa: E402
from connectors.conformance.slots import SlotConformance  # noqa: E402
from connectors.conformance.visits import VisitConformance  # noqa: E402


class Conformance(
    SlotConformance,
    PatientConformance,
    BookingConformance,
    ChangingConformance,
    RecordConformance,
    DocumentConformance,
    FilingConformance,
    VisitConformance,
    FaultConformance,
):
    """The whole first half of the kit: subclass it and give it a `bench` fixture."""


__all__ = [
    "Bench",
    "BookingConformance",
    "CannotPlay",
    "ChangingConformance",
    "Conformance",
    "DocumentConformance",
    "FaultConformance",
    "FilingConformance",
    "PatientConformance",
    "RecordConformance",
    "SessionPlan",
    "SlotConformance",
    "VisitConformance",
]
