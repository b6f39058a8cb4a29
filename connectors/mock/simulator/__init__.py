"""The GP-system simulator: one process that plays every practice's GP system over GP Connect, and national tracing.

Unlike the in-process twin it keeps diaries, patients and appointments on disk, is changed behind the hub's back by
its own front desk, and plays faults on request. See connectors/mock/README.md.
"""

from connectors.mock.simulator.loading import load
from connectors.mock.simulator.seeds import (
    LoadCounts,
    RecordTrait,
    SeedAppointment,
    SeedPatient,
    SeedPractice,
    SeedSession,
    Standing,
)

__all__ = [
    "LoadCounts",
    "RecordTrait",
    "SeedAppointment",
    "SeedPatient",
    "SeedPractice",
    "SeedSession",
    "Standing",
    "load",
]
