"""How many messages are open, for whoever runs the hub: how far each was brought up, and which did not get through."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from messaging.lifecycle import Level
from messaging.models import MessageRow
from practices.models import PracticeRow
from storage.work import Tx
from vocabulary.messages import WayState

STUCK = (WayState.DELAYED, WayState.IN_DOUBT, WayState.FAILED)
_Sender, _There = aliased(PracticeRow), aliased(PracticeRow)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What neither practice has settled though both managers were told: how many between two practices, of no patient
    and by nobody's name."""

    sender_name: str
    sender_phone: str
    recipient_name: str
    recipient_phone: str
    count: int
    since: datetime  # when the oldest of them was sent


def unsettled(tx: Tx) -> tuple[Unsettled, ...]:
    """For the federation, whose last resort is the telephone; the oldest first."""
    row = MessageRow
    names = (_Sender.name, _line(_Sender), _There.name, _line(_There))
    found = tx.execute(
        select(*names, func.count(), func.min(row.sent_at))
        .join(_Sender, _Sender.ods == row.sender_ods)
        .join(_There, _There.ods == row.recipient_ods)
        .where(row.ended_at.is_(None), row.level == Level.MANAGERS.value)
        .group_by(*names)
        .order_by(func.min(row.sent_at))
    )
    return tuple(Unsettled(*one) for one in found)


def _line(practice: type[PracticeRow]) -> ColumnElement[str]:
    """The number for staff, where there is one."""
    return func.coalesce(func.nullif(practice.bypass_phone, ""), practice.phone)


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
