"""What must be true of the hub and its hosts once nothing waits, whatever went wrong before."""

from collections import Counter

from sqlalchemy import select

from scheduling import lifecycle
from scheduling.models import BookingEventRow, BookingRow
from storage.ledger import LedgerRow
from tests.scheduling.world import HOME, HOST, OTHER, World
from vocabulary.appointments import Appointment, AppointmentStatus, BookingState
from vocabulary.identifiers import OdsCode

_WITH_CLAIM = {state.value for state in lifecycle.STANDING}


def check_accounts(world: World) -> None:
    """Every transition has exactly one line of history and one ledger event, in the order of the life-cycle table."""
    with world.work.read() as tx:
        history = tx.execute(
            select(BookingEventRow.ref, BookingEventRow.from_state, BookingEventRow.to_state).order_by(
                BookingEventRow.id
            )
        ).all()
        acts = tx.execute(
            select(LedgerRow.booking_ref, LedgerRow.act)
            .where(LedgerRow.act.in_([f"booking.{state.value}" for state in BookingState]))
            .order_by(LedgerRow.id)
        ).all()
        states = dict(tx.execute(select(BookingRow.ref, BookingRow.state)).all())
    assert [tuple(row) for row in acts] == [(ref, f"booking.{after}") for ref, _, after in history]
    reached = dict.fromkeys(states, "")
    for ref, before, after in history:
        assert before == reached[ref]
        assert not before or lifecycle.allowed(BookingState(before), BookingState(after))
        reached[ref] = after
    assert reached == states


def check_claims(world: World, *, holds: int = 0) -> None:
    """A booking that stands has its claim; one that does not has none; beside these only so many holds are live."""
    with world.work.read() as tx:
        states = dict(tx.execute(select(BookingRow.ref, BookingRow.state)).all())
    claimed = Counter(world.claimed().values())
    standing = {ref for ref, state in states.items() if state in _WITH_CLAIM}
    assert standing <= set(claimed)
    assert not (set(claimed) & set(states)) - standing
    assert len(set(claimed) - set(states)) == holds


def check_hosts(world: World) -> None:
    """Each booked booking is exactly one live appointment, and no live appointment over the wire is anything else."""
    with world.work.read() as tx:
        rows = tx.execute(select(BookingRow.state, BookingRow.host_ods, BookingRow.appointment_id)).all()
    assert not {state for state, *_ in rows} & {state.value for state in lifecycle.OPEN}, "something still waits"
    booked = Counter((OdsCode(host), appointment) for state, host, appointment in rows if state == "booked")
    there = Counter((host, one.receipt.appointment_id) for host in (HOME, HOST, OTHER) for one in live(world, host))
    assert booked == there


def live(world: World, host: OdsCode = HOST) -> list[Appointment]:
    """The appointments that stand at a host."""
    return [one for one in world.network.diary(host).appointments if one.status is AppointmentStatus.BOOKED]
