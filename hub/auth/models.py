"""The one row of sign-in: a session kept by the server; the browser holds an opaque random id only.

Controller: the acting-for practice. `data` may name the patient on the phone and is emptied when the session ends.
Retention: emptied at the end or after 12 h; the row itself (who, when, ended by whom) is kept for 90 days.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base


class WebSessionRow(Base):
    """Somebody's session in the browser. `id` is the SHA-256 of what the cookie holds."""

    __tablename__ = "web_session"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR data = '{}'::jsonb", name="ended_is_empty"),
        Index(None, "user_id"),
        Index(None, "sid", postgresql_where="sid <> ''"),
        Index("ix_web_session_open", "acting_ods", postgresql_where="ended_at IS NULL"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str]
    user_name: Mapped[str]
    sid: Mapped[str] = mapped_column(server_default="")  # the sign-in service's own session, for back-channel logout
    acting_ods: Mapped[str] = mapped_column(server_default="")
    acting_role: Mapped[str] = mapped_column(server_default="")
    data: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(server_default="")
