"""Evidence packs: asked for by a person, made by the worker, taken while they last. What goes in is in figures.py.

Asking, making and taking are ledger events. The row is the queue: a pack that was not finished is made again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import defer as leave

from accountability.models import EvidencePackRow
from accountability.oversight import Oversight
from accountability.problems import NothingThere, NotYoursToSee, WordsMissing
from storage.holds import not_held
from storage.ledger import LedgerEvent, record
from storage.work import Tx
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.times import london_date

KEPT_FOR = timedelta(days=7)
LONGEST = timedelta(days=731)
ASKERS = frozenset({UserRole.CALDICOTT_GUARDIAN, UserRole.PRACTICE_MANAGER, UserRole.FEDERATION_ADMIN})
_GIVEN_UP = timedelta(minutes=3)  # a making that shows no end by then is begun again
_SHOWN = 20
Defer = Callable[[Tx, int], object]


@dataclass(frozen=True, slots=True)
class PackView:
    """A pack as the page lists it."""

    id: int
    practice: OdsCode | None  # None: the whole federation
    since: date
    until: date
    identifiers: bool
    asked_by: str
    asked_by_name: str
    asked_by_role: UserRole
    acting_for: OdsCode  # as the asker did
    asked_at: datetime
    step: str
    done: int
    of: int
    finished_at: datetime | None
    failure: str
    sha256: str
    size: int
    gone_at: datetime

    @property
    def ready(self) -> bool:
        """Whether it can be taken."""
        return self.finished_at is not None and not self.failure

    @property
    def caller(self) -> Caller:
        """Who asked, for the acts of its making: on whose behalf the worker works."""
        return Caller(
            self.asked_by, self.asked_by_name, self.asked_by_role, self.acting_for, self.acting_for.value, "", via="job"
        )


def ask(
    oversight: Oversight, caller: Caller, *, since: date, until: date, identifiers: bool = False, defer: Defer
) -> int:
    """Ask for a pack of one's practice, or as a federation admin of the federation; its number.

    Patients' identifiers go in only when the practice's own guardian asks for them.
    """
    if caller.role not in ASKERS:
        raise NotYoursToSee("Evidence packs are for guardians, managers and federation admins.", next_step="Ask one.")
    if identifiers and caller.role is not UserRole.CALDICOTT_GUARDIAN:
        raise NotYoursToSee("Only the Caldicott Guardian puts patients’ numbers into a pack.", next_step="Ask them.")
    if until < since:
        raise WordsMissing("The last day has to be on or after the first.", field="until")
    if until - since > LONGEST:
        raise WordsMissing("A pack covers two years at most.", field="since")
    if since > london_date(oversight.clock.now()):
        raise WordsMissing("That period has not begun yet.", field="since")
    now, whole = oversight.clock.now(), caller.role is UserRole.FEDERATION_ADMIN
    with oversight.work.begin() as tx:
        row = EvidencePackRow(
            asked_for="" if whole else caller.practice.value,
            since=since,
            until=until,
            identifiers=identifiers,
            asked_by=caller.user_id,
            asked_by_name=caller.name,
            asked_by_role=caller.role.value,
            asked_ods=caller.practice.value,
            asked_at=now,
            step="Waiting for its turn",
        )
        tx.add(row)
        tx.flush()
        detail = {"pack": row.id, "since": str(since), "until": str(until), "identifiers": identifiers}
        event = LedgerEvent("evidence.asked", host=None if whole else caller.practice, detail=detail)
        record(tx, event, caller=caller, at=now)
        defer(tx, row.id)
        return row.id


def packs(oversight: Oversight, caller: Caller) -> tuple[PackView, ...]:
    """The latest of the caller's practice, or of the federation, the newest first."""
    asked = select(EvidencePackRow).options(leave(EvidencePackRow.content))
    asked = asked.where(_reach(caller)).order_by(EvidencePackRow.id.desc()).limit(_SHOWN)
    with oversight.work.read() as tx:
        return tuple(map(_view, tx.scalars(asked)))


def take(oversight: Oversight, pack: int, caller: Caller) -> tuple[PackView, bytes]:
    """The pack itself; that it was taken is accounted for first. Raises NothingThere."""
    row = EvidencePackRow
    with oversight.work.begin() as tx:
        found = tx.scalar(select(row).where(row.id == pack, _reach(caller), row.content.is_not(None)))
        if found is None or (found.identifiers and caller.role is not UserRole.CALDICOTT_GUARDIAN):
            raise NothingThere("There is no such pack, or its week is over.", next_step="Make a new one.")
        event = LedgerEvent("evidence.taken", detail={"pack": pack, "sha256": found.sha256})
        record(tx, event, caller=caller, at=oversight.clock.now())
        return _view(found), found.content or b""


def waiting(oversight: Oversight) -> tuple[int, ...]:
    """Packs that nobody finished: their job was lost, or is late."""
    row = EvidencePackRow
    late = row.asked_at < oversight.clock.now() - _GIVEN_UP
    with oversight.work.read() as tx:
        return tuple(tx.scalars(select(row.id).where(row.finished_at.is_(None), late)))


def begun(oversight: Oversight, pack: int) -> PackView | None:
    """The pack to make; None when it is made already."""
    row = EvidencePackRow
    with oversight.work.read() as tx:
        found = tx.scalar(select(row).where(row.id == pack, row.finished_at.is_(None)))
        return _view(found) if found else None


def progress(oversight: Oversight, pack: int, step: str, done: int, of: int) -> None:
    """How far the making has come, for whoever waits at the page."""
    with oversight.work.begin() as tx:
        tx.execute(update(EvidencePackRow).where(EvidencePackRow.id == pack).values(step=step, done=done, of=of))


def finish(oversight: Oversight, pack: PackView, content: bytes, sha256: str) -> None:
    """Put the finished pack where it can be taken."""
    now, row = oversight.clock.now(), EvidencePackRow
    values = {"content": content, "sha256": sha256, "size": len(content), "finished_at": now, "step": "Ready"}
    with oversight.work.begin() as tx:
        if tx.scalar(update(row).where(row.id == pack.id, row.finished_at.is_(None)).values(values).returning(row.id)):
            event = LedgerEvent("evidence.made", detail={"pack": pack.id, "sha256": sha256, "size": len(content)})
            record(tx, event, caller=pack.caller, at=now)


def fail(oversight: Oversight, pack: int, words: str) -> None:
    """It cannot be made; the page says so."""
    with oversight.work.begin() as tx:
        values = {"failure": words, "finished_at": oversight.clock.now()}
        tx.execute(update(EvidencePackRow).where(EvidencePackRow.id == pack).values(values))


def tidy(oversight: Oversight) -> int:
    """Delete packs past their week, unless a legal hold keeps them; how many."""
    row = EvidencePackRow
    past = row.asked_at < oversight.clock.now() - KEPT_FOR
    with oversight.work.begin() as tx:
        return len(tx.scalars(delete(row).where(past, not_held(row.asked_for)).returning(row.id)).all())


def _reach(caller: Caller) -> ColumnElement[bool]:
    if caller.role not in ASKERS:
        raise NotYoursToSee("Evidence packs are for guardians, managers and federation admins.", next_step="Ask one.")
    return EvidencePackRow.asked_for == ("" if caller.role is UserRole.FEDERATION_ADMIN else caller.practice.value)


def _view(row: EvidencePackRow) -> PackView:
    return PackView(
        id=row.id,
        practice=OdsCode(row.asked_for) if row.asked_for else None,
        since=row.since,
        until=row.until,
        identifiers=row.identifiers,
        asked_by=row.asked_by,
        asked_by_name=row.asked_by_name,
        asked_by_role=UserRole(row.asked_by_role),
        acting_for=OdsCode(row.asked_ods),
        asked_at=row.asked_at,
        step=row.step,
        done=row.done,
        of=row.of,
        finished_at=row.finished_at,
        failure=row.failure,
        sha256=row.sha256,
        size=row.size,
        gone_at=row.asked_at + KEPT_FOR,
    )
