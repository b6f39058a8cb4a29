"""Rows of the wire trace. Controller: the booking practice. Names patients: no, by construction.

Retention: HUB_WIRE_TRACE_DAYS; what background jobs were answered well, two hours.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base


class WireExchangeRow(Base):
    """One exchange with a host, as far as it may be kept."""

    __tablename__ = "wire_exchange"
    __table_args__ = (Index(None, "host_ods", "id"), Index(None, "booking_ods", "id"), Index(None, "at"))

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    host_ods: Mapped[str]
    booking_ods: Mapped[str]
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
