"""What to expect of the records of tonight's patients: one's own, to be had with permission, or not shared and why.

It asks about practices and roles only, not about what a patient chose or whether there is a record: nothing of anybody
is shown by it, so nothing is written down. The look itself decides again, and is accounted for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from records.viewing import ViewingRoom
from scheduling.results import BookingView
from sharing_agreements.problems import refusal_words
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.people import Caller
from vocabulary.purposes import Scope


class Prospect(StrEnum):
    """Whether a look would be let through by the agreements."""

    OURS = "ours"  # registered here: in one's own system
    NEEDS_PERMISSION = "needs-permission"
    NOT_SHARED = "not-shared"
    UNKNOWN = "unknown"  # nobody knows the patient's practice


@dataclass(frozen=True, slots=True)
class RecordProspect:
    """One patient's prospect, and for one that is not shared the reason in words."""

    prospect: Prospect
    words: str = ""


def prospects(
    room: ViewingRoom, visits: Iterable[BookingView], names: dict[str, str], caller: Caller
) -> dict[BookingRef, RecordProspect]:
    """For each booking at the caller's practice: what a look at the record would meet."""
    listed = tuple(visits)
    homes = {one.home_practice for one in listed if one.home_practice not in (None, caller.practice)}
    with room.work.read() as tx:
        decisions = room.gate.open_hosts(
            tx, caller, Scope.VIEW_RECORD, [home for home in homes if home], at=room.clock.now()
        )

    def of(home: OdsCode | None) -> RecordProspect:
        if home is None:
            return RecordProspect(Prospect.UNKNOWN)
        if home == caller.practice:
            return RecordProspect(Prospect.OURS)
        decision = decisions[home]
        if decision.allowed:
            return RecordProspect(Prospect.NEEDS_PERMISSION)
        message, _ = refusal_words(decision, names.get(home.value, home.value), role=caller.role)
        return RecordProspect(Prospect.NOT_SHARED, message)

    return {one.ref: of(one.home_practice) for one in listed}
