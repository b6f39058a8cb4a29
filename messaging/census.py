"""How many messages are open, for whoever runs the hub: how far each was brought up, and which did not get through."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from messaging.lifecycle import Level
from messaging.models import MessageRow
from storage.work import Tx
from vocabulary.messages import WayState

STUCK = (WayState.DELAYED, WayState.IN_DOUBT, WayState.FAILED)


@dataclass(frozen=True, slots=True)
class Census:
    """Open messages, counted."""

    by_level: Mapping[Level, int]
    stuck: Mapping[WayState, int]


def census(tx: Tx) -> Census:
    """As the database has it now; every level and every state is there, with 0 too."""
    row = MessageRow
    found = tx.execute(
        select(row.level, row.way_state, func.count()).where(row.ended_at.is_(None)).group_by(row.level, row.way_state)
    ).all()
    return Census(
        {level: sum(number for each, _, number in found if each == level.value) for level in Level},
        {state: sum(number for _, each, number in found if each == state.value) for state in STUCK},
    )
