"""What a person must settle: raised once however often it is seen, owned by a practice until settled."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from scheduling.models import AttentionRow
from storage.work import Tx
from vocabulary.identifiers import OdsCode

BY_HUB = "hub"  # who settled what the machine settled
IN_DOUBT = "in-doubt"
OPEN_DOUBT = "open-doubt"  # the hub still finds out: shown, never raised
RING_PATIENT = "ring-patient"
GHOST = "ghost"
CANCEL_STUCK = "cancel-stuck"
NOT_AT_HOST = "not-at-host"
CANCELLED_AT_HOST = "cancelled-at-host"
DIFFERS = "differs"
BACK_AT_HOST = "back-at-host"  # a change that somebody had dealt with, and that the host took back
CAME = "came"  # the host had cancelled, somebody has acted on that, and the patient came all the same
HOST_CHANGES = frozenset({NOT_AT_HOST, CANCELLED_AT_HOST, DIFFERS, BACK_AT_HOST})
AGREEMENT_STOPS = "agreement-stops"  # and it was chosen to move what is booked under it
CANCELLED_BY_OTHERS = "cancelled-by-others"  # another practice cancelled it here, and the patient knows
NOTICES = frozenset({CANCELLED_BY_OTHERS})  # to be known, not to be acted on: off the list once seen


def raise_item(
    tx: Tx,
    kind: str,
    *,
    host: OdsCode,
    owner: OdsCode,
    words: str,
    at: datetime,
    booking_ref: str = "",
    appointment_id: str = "",
) -> bool:
    """Put something on a practice's list; False when it is there already."""
    statement = insert(AttentionRow).values(
        kind=kind,
        booking_ref=booking_ref,
        host_ods=host.value,
        appointment_id=appointment_id,
        owner_ods=owner.value,
        words=words,
        raised_at=at,
    )
    made = tx.execute(
        statement.on_conflict_do_nothing(
            index_elements=["kind", "booking_ref", "host_ods", "appointment_id"],
            index_where=AttentionRow.settled_at.is_(None),
        ).returning(AttentionRow.id)
    )
    return made.one_or_none() is not None


def raise_for_bookings(
    tx: Tx, kind: str, bookings: Iterable[tuple[str, OdsCode, OdsCode, str]], *, at: datetime
) -> None:
    """The same for many bookings in one go, each given by its reference, its host, whose list it goes on and words."""
    rows = [
        {"booking_ref": ref, "host_ods": host.value, "owner_ods": owner.value, "words": words}
        for ref, host, owner, words in bookings
    ]
    if rows:
        constant = {"kind": kind, "appointment_id": "", "raised_at": at}
        tx.connection().execute(_RAISING, [{**constant, **row} for row in rows])


_RAISING = insert(AttentionRow).on_conflict_do_nothing(
    index_elements=["kind", "booking_ref", "host_ods", "appointment_id"], index_where=AttentionRow.settled_at.is_(None)
)


def is_open(tx: Tx, booking_ref: str, kind: str) -> bool:
    """Whether this about a booking still waits for a person."""
    query = select(AttentionRow.id).where(
        AttentionRow.booking_ref == booking_ref, AttentionRow.kind == kind, AttentionRow.settled_at.is_(None)
    )
    return tx.scalars(query).first() is not None


def settle_kinds(tx: Tx, booking_ref: str, kinds: Collection[str], *, by: str, settlement: str, at: datetime) -> bool:
    """Close the open items of these kinds about one booking; False when there was none."""
    closed = tx.execute(
        update(AttentionRow)
        .where(AttentionRow.booking_ref == booking_ref, AttentionRow.kind.in_(kinds), AttentionRow.settled_at.is_(None))
        .values(settled_at=at, settled_by=by, settlement=settlement)
        .returning(AttentionRow.id)
    )
    return bool(closed.all())


def settle_for(tx: Tx, booking_ref: str, *, by: str, settlement: str, at: datetime) -> None:
    """Close every open item about one booking."""
    tx.connection().execute(_SETTLING, {"booking": booking_ref, "at": at, "by": by, "said": settlement})


_SETTLING = (
    update(AttentionRow)
    .where(AttentionRow.booking_ref == bindparam("booking"), AttentionRow.settled_at.is_(None))
    .values(settled_at=bindparam("at"), settled_by=bindparam("by"), settlement=bindparam("said"))
)
