"""The one append-only audit ledger: every act and refusal, written in the commit of the act itself.

Controller: the acting-for practice. Names patients (NHS number): yes. Retention: never purged automatically.
The application role may only INSERT and SELECT here (storage/rights.py). Nothing switches it off: there is no setting
for it, and an act whose event cannot be written does not happen. storage/sealing.py seals what is written here.
"""

import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Identity, Index, insert, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Xid8
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
        Index(None, "user_id", "at"),
        Index(None, "xid"),
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
    # What the national minimum asks for besides, names as at the time: the acting-for practice's name, the role
    # profile, on whose authority (where it is another's), by which interaction, from which device.
    practice_name: Mapped[str] = mapped_column(server_default="")
    role_profile: Mapped[str] = mapped_column(server_default="")
    authority: Mapped[str] = mapped_column(server_default="")
    interaction: Mapped[str] = mapped_column(server_default="")
    device: Mapped[str] = mapped_column(server_default="")
    # For sealing: what hides a field that an export leaves out, and when the row can no longer change its order.
    salt: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    xid: Mapped[str] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))


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
    tx.connection().execute(_RECORDING, _row(event, caller, at))


def record_all(tx: Tx, events: Iterable[LedgerEvent], *, caller: Caller, at: datetime) -> None:
    """Write many, of one act and moment, in one go."""
    rows = [_row(event, caller, at) for event in events]
    if rows:
        tx.connection().execute(_RECORDING, rows)


def _row(event: LedgerEvent, caller: Caller, at: datetime) -> dict[str, Any]:
    return {
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
        "practice_name": caller.practice_name,
        "role_profile": caller.sds_role_profile_id,
        "authority": caller.authority or _authority(caller),
        "interaction": caller.interaction,
        "device": caller.device or _HERE,
    }


def _authority(caller: Caller) -> str:
    """What a job does, it does on the authority of whoever switched it on."""
    return caller.name if caller.via == "job" else ""


_HERE = socket.gethostname()  # where a job or a command runs, which has no caller from elsewhere
_RECORDING = insert(LedgerRow).inline()  # made once: every act records something, a booking five times
