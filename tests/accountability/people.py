"""The people of these tests, what they do, and the room's verbs over the diary desk's small world."""

from dataclasses import replace
from datetime import timedelta

from accountability.marks import Marks
from accountability.oversight import Oversight
from accountability.unusual import Thresholds
from storage.ledger import LedgerEvent, record
from tests.scheduling.world import ANN, HOME, HOST, World, caller
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import Caller, UserRole

MARKS = Marks(b"only for tests")
GUARDIAN = replace(caller(user="ruth.guardian", role=UserRole.CALDICOTT_GUARDIAN), name="Ruth Guardian")
HOST_GUARDIAN = replace(caller(HOST, user="isaac.guardian", role=UserRole.CALDICOTT_GUARDIAN), name="Isaac Guardian")
MANAGER = replace(caller(user="helen.manager", role=UserRole.PRACTICE_MANAGER), name="Helen Manager")
ADMIN = replace(caller(user="farah.admin", role=UserRole.FEDERATION_ADMIN), name="Farah Admin")
RITA = caller()
GARETH = replace(caller(HOST, user="gareth.host"), name="Gareth Host")
CLINICIAN = replace(GARETH, user_id="owen.clinician", name="Owen Clinician", role=UserRole.CLINICIAN)
NOBODY_OF_OURS = NHSNumber("9990000034")


def oversight(world: World, **thresholds: object) -> Oversight:
    """The verbs' dependencies, judging at once unless told otherwise."""
    settings = Thresholds(**{"wait": timedelta(0), **thresholds})  # type: ignore[arg-type]
    return Oversight(world.work, world.desk.gate, world.desk.tracing, world.clock, MARKS, settings)


def looked(
    world: World,
    who: Caller,
    number: NHSNumber,
    *,
    act: str = "patient.looked-up",
    outcome: str = "done",
    ref: str = "",
    host: OdsCode | None = None,
    reason: str = "",
) -> None:
    """One line of the ledger, now; the clock then goes on by a second."""
    event = LedgerEvent(
        act, outcome, host, number, booking_ref=ref, purpose="direct-care", reason=reason, agreement="DSA-1 v1"
    )
    with world.work.begin() as tx:
        record(tx, event, caller=who, at=world.clock.now())
    world.clock.forward(seconds=1)


def shown(world: World, who: Caller = CLINICIAN, *, permission: str = "cannot-ask", why: str = "unconscious") -> None:
    """Ann's record was shown, now; the clock then goes on by a second."""
    event = LedgerEvent(
        "record.shown", host=HOME, nhs_number=ANN, reason=permission, detail={"sections": ["problems"], "why": why}
    )
    with world.work.begin() as tx:
        record(tx, event, caller=who, at=world.clock.now())
    world.clock.forward(seconds=1)


__all__ = ["HOME", "HOST"]
