"""What is measured: a search by program, the same as a page, and a claim (hold and book)."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg_pool import ConnectionPool
from sqlalchemy import select, text

from scheduling.models import SlotClaimRow, SlotRow, SlotSightRow
from storage.work import Work
from tests.bench.bare import bare_app
from tests.bench.calling import Request, ask
from tests.bench.federation import ASKER
from tests.bench.hosts import nhs_numbers
from tests.bench.hub_side import HubSide, week
from tests.bench.recording import recording
from tests.bench.turns import Contest, Side
from vocabulary.identifiers import BookingRef

_TABLES = ("ledger_event", "slot_claim", "booking", "booking_event", "idempotency_key")


class NotTheSame(RuntimeError):
    """The bare route did not do what the hub did: the comparison would be worth nothing."""


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """A slot to claim."""

    id: int
    host: str
    host_slot_id: str


@dataclass(frozen=True, slots=True)
class Claim:
    """Everything that differs from one hold-and-book to the next."""

    slot: FreeSlot
    number: str
    hold_key: str
    book_key: str


class Claims:
    """Fresh ones, for the hub and for the bare route out of the same box."""

    def __init__(self, work: Work) -> None:
        self._slots = iter(_free_slots(work))
        self._numbers = nhs_numbers()

    def __iter__(self) -> Iterator[Claim]:
        return self

    def __next__(self) -> Claim:
        return Claim(next(self._slots), next(self._numbers).value, str(uuid.uuid4()), str(uuid.uuid4()))


def search_contest(side: HubSide, pool: "ConnectionPool[Any]") -> Contest:
    """GET /api/v1/slots."""
    request = side.search(week(side.hub.clock.now()))
    return _reading("Search, JSON", side, pool, request, aim=0.5)


def page_contest(side: HubSide, pool: "ConnectionPool[Any]") -> Contest:
    """GET /search."""
    return _reading("Search, page", side, pool, side.search_page(), aim=0)


def _reading(title: str, side: HubSide, pool: "ConnectionPool[Any]", request: Request, *, aim: float) -> Contest:
    for _ in range(2):  # what is kept in memory for a while is read before the recording
        ask(side.app, request)
    with recording(side.hub.work.engine) as heard:
        ask(side.app, request)
    bare = bare_app(pool, {"search": heard})
    same = Request("GET", "/search")
    return Contest(
        title,
        Side("hub", lambda: ask(side.app, request)),
        Side("bare", lambda: ask(bare, same)),
        heard.statements,
        aim,
    )


def claim_contest(side: HubSide, pool: "ConnectionPool[Any]") -> Contest:
    """POST /api/v1/holds, then POST /api/v1/bookings."""
    fresh = Claims(side.hub.work)
    for _ in range(2):
        claim_by_hub(side, next(fresh))
    model = next(fresh)
    before = _counted(side.hub.work)
    with recording(side.hub.work.engine) as held:
        ref = _hold_by_hub(side, model)
    with recording(side.hub.work.engine) as booked:
        _book_by_hub(side, model, ref)
    by_hub = _added(before, _counted(side.hub.work))
    bare = bare_app(pool, {"hold": held, "book": booked})

    def claim_by_bare() -> None:
        changes = _changes(model, ref, next(fresh))
        for name in ("hold", "book"):
            ask(bare, Request("POST", f"/{name}", body=changes))

    before = _counted(side.hub.work)
    claim_by_bare()
    by_bare = _added(before, _counted(side.hub.work))
    if by_bare != by_hub:
        raise NotTheSame(f"rows written by the hub {by_hub}, by the bare route {by_bare}")
    return Contest(
        "Hold and book, JSON",
        Side("hub", lambda: claim_by_hub(side, next(fresh))),
        Side("bare", claim_by_bare),
        held.statements + booked.statements,
        0.45,
    )


def claim_by_hub(side: HubSide, claim: Claim) -> None:
    """Hold and book once."""
    _book_by_hub(side, claim, _hold_by_hub(side, claim))


def _hold_by_hub(side: HubSide, claim: Claim) -> str:
    answer = ask(side.app, side.hold(claim.slot.id, claim.hold_key), expected=201)
    # Cheaper than reading all of it, as a client in another process would.
    return answer.partition(b'"ref":"')[2][:9].decode()


def _book_by_hub(side: HubSide, claim: Claim, ref: str) -> None:
    ask(side.app, side.book(ref, claim.number, claim.book_key), expected=201)


def _changes(model: Claim, ref: str, fresh: Claim) -> list[tuple[str | int, str | int]]:
    stored = BookingRef.parse(ref).value
    new_ref = BookingRef.from_number(uuid.uuid4().int % BookingRef.capacity()).value
    return [
        (stored, new_ref),
        (model.slot.id, fresh.slot.id),
        (model.slot.host, fresh.slot.host),
        (model.slot.host_slot_id, fresh.slot.host_slot_id),
        (model.number, fresh.number),
        (model.hold_key, fresh.hold_key),
        (model.book_key, fresh.book_key),
    ]


def _free_slots(work: Work) -> list[FreeSlot]:
    """Slots of other practices that nobody has, going round the hosts; ids above any other number that is sent."""
    claimed = select(SlotClaimRow.slot_id).where(SlotClaimRow.released_at.is_(None))
    query = (
        select(SlotRow.id, SlotRow.host_ods, SlotRow.host_slot_id)
        .join(SlotSightRow, SlotSightRow.slot_id == SlotRow.id)
        .where(
            SlotSightRow.booking_ods == ASKER.value,
            SlotRow.host_ods != ASKER.value,
            SlotRow.id > 100,
            SlotRow.start_at > text("now() + interval '1 hour'"),
            SlotRow.id.not_in(claimed),
        )
        .order_by(SlotRow.id % 97, SlotRow.id)
    )
    with work.read() as tx:
        return [FreeSlot(*row) for row in tx.execute(query)]


def _counted(work: Work) -> dict[str, int]:
    with work.read() as tx:
        return {name: tx.scalars(text(f"SELECT count(*) FROM {name}")).one() for name in _TABLES}  # noqa: S608


def _added(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in _TABLES}
