"""Rows of the wire trace. Controller: the booking practice; of what was asked of the hub, the host.

Names patients: no, by construction.

Retention: HUB_WIRE_TRACE_DAYS; what background jobs were answered well, two hours.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base


class WireExchangeRow(Base):
    """One exchange with a host, or of another system with the hub in a host's place, as far as it may be kept."""

    __tablename__ = "wire_exchange"
    __table_args__ = (Index(None, "host_ods", "id"), Index(None, "booking_ods", "id"), Index(None, "at"))

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    asked_of_us: Mapped[bool] = mapped_column(server_default="false")
    host_ods: Mapped[str]
    booking_ods: Mapped[str]  # of what was asked of the hub: as the asker says, or empty
    system: Mapped[str] = mapped_column(server_default="")  # which system asked the hub, as it says itself
    user_id: Mapped[str]
    user_name: Mapped[str]
    via: Mapped[str]
    interaction: Mapped[str]
    message_set: Mapped[str]
    method: Mapped[str]
    path: Mapped[str]
    status: Mapped[int]
    outcome: Mapped[str]
    detail: Mapped[str]
    ms: Mapped[float]
    attempt: Mapped[int]
    trace_id: Mapped[str]
    request_id: Mapped[str]
    params: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    sent: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    received: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
