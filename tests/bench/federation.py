"""The federation that is measured: 82 practices under one agreement, about 6,000 slots a week.

The practices, their sites and clinics are the demo's; the pool is filled through the verb that fills it in production.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, insert, select, text, update

from demo.federation import calendar
from demo.federation.database import write_database
from demo.federation.network import Practice
from demo.federation.size import FULL, Size
from scheduling import seeing
from scheduling.models import PoolAskRow, SlotClaimRow, SlotRow
from scheduling.seeing import Observation
from sharing_agreements.models import AgreementRow, GrantRow, PartyRow, SignatureRow
from storage.work import Tx, Work
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.people import UserRole
from vocabulary.slots import Slot
from vocabulary.times import Window, london_date

ASKER = OdsCode("Y90001")
USER = "beth.bench"
PRACTICES = FULL
_DAYS = 8  # so that any seven days from now on are full
_REFERENCE = date(2026, 11, 2)  # a Monday of two weeks without a bank holiday
_CLAIMED_EVERY = 11  # one slot in so many is booked or held by somebody already


@dataclass(frozen=True, slots=True)
class Scale:
    """How much there is: the size of the network, and how many practices see all of its slots."""

    size: Size
    seeing_all: int


FULL_SCALE = Scale(PRACTICES, 17)  # 17 practices shown some 6,000 slots each: about 100,000 sights


def fill(work: Work, scale: Scale, *, now: datetime) -> dict[OdsCode, tuple[Slot, ...]]:
    """Write everything; the slots by host, as the hosts' systems would tell them."""
    write_database(work, scale.size, simulator_url="http://127.0.0.1:1", now=now)
    practices = scale.size.practices
    with work.begin() as tx:
        _share(tx, [practice.ods for practice in practices], now)
    told = {practice.ods: tuple(_slots(practice, london_date(now))) for practice in practices}
    for practice in practices:
        with work.begin() as tx:
            _see(tx, practice.ods, told[practice.ods], now)
    with work.begin() as tx:
        _ask_everybody(tx, [practice.ods for practice in practices], now)
        _let_others_see(tx, [practice.ods for practice in practices if practice.ods != ASKER][: scale.seeing_all - 1])
        _claim_some(tx, now)
    return told


def settle_statistics(owner: Connection) -> None:
    """What autovacuum would have done by the time anybody measures."""
    owner.execute(text("VACUUM ANALYZE"))


def _share(tx: Tx, practices: Sequence[OdsCode], now: datetime) -> None:
    """One agreement between all, in place of one a cluster: those have ended."""
    tx.execute(update(AgreementRow).values(status="ended"))
    number = tx.scalars(
        insert(AgreementRow)
        .values(
            code="DSA-BENCH",
            title="Sharing of extended-access clinics across the federation",
            status="in-force",
            starts_at=now - timedelta(days=180),
            ends_at=now + timedelta(days=550),
        )
        .returning(AgreementRow.id)
    ).one()
    tx.execute(insert(PartyRow), [{"agreement_id": number, "ods": ods.value} for ods in practices])
    tx.execute(
        insert(SignatureRow),
        [
            {
                "agreement_id": number,
                "ods": ods.value,
                "signed_by": "Dr A. Guardian",
                "signed_as": "CG",
                "signed_at": now,
            }
            for ods in practices
        ],
    )
    roles = [role.value for role in UserRole]
    clauses = (("2.1", "see-slots"), ("2.2", "book"), ("2.3", "view-record"))
    tx.execute(
        insert(GrantRow),
        [
            {"agreement_id": number, "clause": clause, "scope": scope, "purpose": "direct-care", "roles": roles}
            for clause, scope in clauses
        ],
    )


def _slots(practice: Practice, first: date) -> Iterator[Slot]:
    """A week of the practice's rota from this day on, whatever the season."""
    for position in range(_DAYS):
        day = first + timedelta(days=position)
        model = _REFERENCE + timedelta(days=day.weekday() + 7 * (position // 7))
        shift = day - model
        for session in calendar.sessions(practice, [model]):
            for slot in session.slots:
                yield replace(slot, window=Window(slot.window.start + shift, slot.window.end + shift))


def _see(tx: Tx, host: OdsCode, slots: tuple[Slot, ...], now: datetime) -> None:
    start = datetime.combine(london_date(now), time(), UTC) - timedelta(days=1)
    seeing.write(tx, Observation(host, ASKER, Window(start, start + timedelta(days=_DAYS + 3)), now, slots))


def _ask_everybody(tx: Tx, practices: Sequence[OdsCode], now: datetime) -> None:
    """Every practice has just asked every other, about both stretches of time."""
    common = {
        "next_at": now + timedelta(minutes=2),
        "asked_at": now,
        "window_start": now,
        "slots_seen": 70,
        "took_ms": 180,
    }
    rows = [
        {"host_ods": host.value, "booking_ods": asker.value, "stretch": stretch, "window_end": now + reach, **common}
        for host in practices
        for asker in practices
        for stretch, reach in (("near", timedelta(days=3)), ("far", timedelta(days=14)))
    ]
    tx.execute(insert(PoolAskRow), rows)


def _let_others_see(tx: Tx, practices: Sequence[OdsCode]) -> None:
    copying = text(
        "INSERT INTO slot_sight (booking_ods, slot_id, host_ods, start_at, end_at) "
        "SELECT other, slot_id, host_ods, start_at, end_at FROM slot_sight, unnest(CAST(:others AS varchar[])) AS other"
    )
    tx.execute(copying, {"others": [ods.value for ods in practices]})


def _claim_some(tx: Tx, now: datetime) -> None:
    """Bookings of others on some slots, and on every one of them a hold that was let go before."""
    slots = tx.execute(
        select(SlotRow.id, SlotRow.host_ods, SlotRow.host_slot_id, SlotRow.end_at).order_by(SlotRow.id)
    ).all()
    rows = []
    for number, slot in enumerate(slots):
        if number % _CLAIMED_EVERY:
            continue
        ref = BookingRef.from_number(number).value
        common = {"host_ods": slot.host_ods, "host_slot_id": slot.host_slot_id, "slot_id": slot.id, "parts": 1}
        common["slot_ends_at"] = slot.end_at
        common |= {"ref": ref, "holder_id": f"user{number % 97}", "booking_ods": ASKER.value, "taken_at": now}
        rows += [{**common, "released_at": None}, {**common, "released_at": now}]
    tx.execute(insert(SlotClaimRow), rows)
