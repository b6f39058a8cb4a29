"""The one append-only audit ledger: every act and refusal, written in the commit of the act itself.

Controller: the acting-for practice. Names patients (NHS number): yes. Retention: never purged automatically.
The application role may only INSERT and SELECT here (storage/rights.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Identity, Index, insert
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.work import Tx
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import Caller


class LedgerRow(Base):
    """A ledger event as stored."""

    __tablename__ = "ledger_event"
    __table_args__ = (
        Index(None, "acting_for", "at"),
        Index(None, "booking_ref", postgresql_where="booking_ref <> ''"),
        Index(None, "nhs_number", "at", postgresql_where="nhs_number <> ''"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    act: Mapped[str]
    outcome: Mapped[str]
    user_id: Mapped[str]
    user_name: Mapped[str]
    user_role: Mapped[str]
    acting_for: Mapped[str]
    via: Mapped[str]
    trace_id: Mapped[str]
    host_ods: Mapped[str] = mapped_column(server_default="")
    nhs_number: Mapped[str] = mapped_column(server_default="")
    booking_ref: Mapped[str] = mapped_column(server_default="")
    purpose: Mapped[str] = mapped_column(server_default="")
    agreement: Mapped[str] = mapped_column(server_default="")
    clause: Mapped[str] = mapped_column(server_default="")
    reason: Mapped[str] = mapped_column(server_default="")
    detail: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """One act or refusal. `act` is a verb phrase such as "booking.requested"; `outcome` is done, allowed or refused."""

    act: str
    outcome: str = "done"
    host: OdsCode | None = None
    nhs_number: NHSNumber | None = None
    booking_ref: str = ""
    purpose: str = ""
    agreement: str = ""
    clause: str = ""
    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


def record(tx: Tx, event: LedgerEvent, *, caller: Caller, at: datetime) -> None:
    """Write one event in the caller's transaction, so that the act and its account commit together."""
    tx.connection().execute(
        _RECORDING,
        {
            "at": at,
            "act": event.act,
            "outcome": event.outcome,
            "user_id": caller.user_id,
            "user_name": caller.name,
            "user_role": caller.role.value,
            "acting_for": caller.practice.value,
            "via": caller.via,
            "trace_id": caller.trace_id,
            "host_ods": event.host.value if event.host else "",
            "nhs_number": event.nhs_number.value if event.nhs_number else "",
            "booking_ref": event.booking_ref,
            "purpose": event.purpose,
            "agreement": event.agreement,
            "clause": event.clause,
            "reason": event.reason,
            "detail": dict(event.detail),
        },
    )


_RECORDING = insert(LedgerRow).inline()  # made once: every act records something, a booking five times
