"""Reading the wire trace: a practice's manager reads what it asked and was asked, a federation admin everything."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from practices.admin import NotYourPractice
from practices.wire.models import WireExchangeRow
from storage.base import AnyRow
from storage.work import Work
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.problems import InvalidValue

PAGE = 50


@dataclass(frozen=True, slots=True)
class WireExchange:
    """One exchange; the bodies are those of the detail, redacted, and None in a list and for records."""

    id: int
    at: datetime
    asked_of_us: bool  # by another system, in the host's place
    host: OdsCode
    booking_practice: OdsCode | None  # of what was asked of us: as they say; None where they did not
    who: str
    system: str
    via: str
    interaction: str
    message_set: str
    method: str
    path: str
    status: int
    outcome: str
    detail: str
    ms: float
    attempt: int
    trace_id: str
    request_id: str
    params: tuple[tuple[str, str], ...] = ()
    sent: Mapping[str, Any] | None = None
    received: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class WireFilter:
    """Which exchanges: of one interaction, under one trace id, only those that went wrong, older than one of them;
    asked of us (True), asked by us (False), or either."""

    interaction: str = ""
    trace_id: str = ""
    failed_only: bool = False
    before: int = 0
    asked_of_us: bool | None = None


def exchanges(work: Work, ods: OdsCode, chosen: WireFilter, *, caller: Caller) -> tuple[WireExchange, ...]:
    """A page of a practice's exchanges, both ways, the newest first. Raises NotYourPractice."""
    _check(ods, caller)
    row = WireExchangeRow
    wanted = select(*_LISTED).where((row.host_ods == ods.value) | (row.booking_ods == ods.value))
    if chosen.interaction:
        wanted = wanted.where(row.interaction == chosen.interaction)
    if chosen.trace_id:
        wanted = wanted.where(row.trace_id == chosen.trace_id)
    if chosen.failed_only:
        wanted = wanted.where(row.outcome != "ok")
    if chosen.asked_of_us is not None:
        wanted = wanted.where(row.asked_of_us == chosen.asked_of_us)
    if chosen.before:
        wanted = wanted.where(row.id < chosen.before)
    with work.read() as tx:
        found = tx.execute(wanted.order_by(row.id.desc()).limit(PAGE)).all()
    return tuple(_read(each) for each in found)


def exchange(work: Work, ods: OdsCode, number: int, *, caller: Caller) -> WireExchange | None:
    """One exchange of this practice with what was sent and received; None where there is none (any more)."""
    _check(ods, caller)
    row = WireExchangeRow
    ours = (row.host_ods == ods.value) | (row.booking_ods == ods.value)
    with work.read() as tx:
        found = tx.execute(select(*_LISTED, *_BODIES).where(row.id == number, ours)).one_or_none()
    if found is None:
        return None
    return _read(
        found,
        params=tuple((name, value) for name, value in found.params),
        sent=found.sent,
        received=found.received,
    )


_BODIES = (WireExchangeRow.params, WireExchangeRow.sent, WireExchangeRow.received)
_LISTED = tuple(
    column for column in WireExchangeRow.__table__.columns if column.key not in ("params", "sent", "received")
)


def _check(ods: OdsCode, caller: Caller) -> None:
    own = caller.role is UserRole.PRACTICE_MANAGER and caller.practice == ods
    if not own and caller.role is not UserRole.FEDERATION_ADMIN:
        raise NotYourPractice(
            f"Your role does not let you look into the wire trace of {ods}.",
            next_step="Ask that practice's manager or your federation admin.",
        )


def _practice(said: str) -> OdsCode | None:
    try:
        return OdsCode.parse(said)
    except InvalidValue:
        return None


def _read(row: AnyRow, **bodies: Any) -> WireExchange:
    return WireExchange(
        id=row.id,
        at=row.at,
        asked_of_us=row.asked_of_us,
        host=OdsCode(row.host_ods),
        booking_practice=_practice(row.booking_ods),
        who=row.user_name or row.user_id,
        system=row.system,
        via=row.via,
        interaction=row.interaction,
        message_set=row.message_set,
        method=row.method,
        path=row.path,
        status=row.status,
        outcome=row.outcome,
        detail=row.detail,
        ms=row.ms,
        attempt=row.attempt,
        trace_id=row.trace_id,
        request_id=row.request_id,
        **bodies,
    )
