"""Tell whoever booked that another practice has cancelled the booking: as news where the patient asked for it or was
there, as something to do where the practice wanted it and the patient may not know."""

from datetime import datetime

from sqlalchemy import bindparam, select

from scheduling import attention
from scheduling.models import BookingRow
from storage.ledger import LedgerRow
from storage.work import Tx
from vocabulary.appointments import CancellationReason
from vocabulary.identifiers import OdsCode

SEEN_WITH_THEM = "The patient was with them and hears it from them."
_ASKED = (
    select(LedgerRow.acting_for, LedgerRow.practice_name, LedgerRow.user_name, LedgerRow.reason)
    # a prepared statement must say what its partial index says, or the whole ledger is read
    .where(
        LedgerRow.booking_ref == bindparam("ref"), LedgerRow.booking_ref != "", LedgerRow.act == "booking.cancelling"
    )
    .order_by(LedgerRow.id.desc())
)


def tell_who_booked(tx: Tx, row: BookingRow, *, at: datetime) -> None:
    """To be called when the host has confirmed. Says nothing where the practice that booked has cancelled it itself."""
    asked = tx.execute(_ASKED, {"ref": row.ref}).first()
    if asked is None or asked.acting_for == row.booking_ods:
        return
    unknown = row.cancel_reason == CancellationReason.PRACTICE_ASKED.value
    to_do = " The patient may not know: ring them and offer another time." if unknown else ""
    attention.raise_item(
        tx,
        attention.CANCELLED_AT_HOST if unknown else attention.CANCELLED_BY_OTHERS,
        host=OdsCode(row.host_ods),
        owner=OdsCode(row.booking_ods),
        booking_ref=row.ref,
        words=f"{asked.user_name}, {asked.practice_name or asked.acting_for}, cancelled it. {asked.reason}".rstrip(".")
        + f".{to_do}",
        at=at,
    )
