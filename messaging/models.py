"""Rows of what practices send one another.

Controller: the sender until it is acknowledged, then each for its part. Names patients: yes, the NHS number; the text
(and with it name and birth date) only sealed, and only until nobody has to do anything any more (docs/adr/0016).
Retention: the row, without its text, with the ledger.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base


class MessageRow(Base):
    """A visit summary or a task: from whom to whom, who has it, and its text while somebody still needs it."""

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint("kind IN ('summary', 'task')", name="kind"),
        CheckConstraint("state IN ('new', 'seen', 'acknowledged', 'done', 'declined', 'closed')", name="state"),
        CheckConstraint("sender_ods <> recipient_ods", name="two_practices"),
        CheckConstraint("(sealed IS NULL) = (ended_at IS NOT NULL)", name="text_until_ended"),
        CheckConstraint(
            "(ended_at IS NOT NULL) = (state IN ('done', 'closed') OR (kind = 'summary' AND state = 'acknowledged'))",
            name="ended",
        ),
        CheckConstraint("sealed_words IS NULL OR ended_at IS NULL", name="words_until_ended"),
        CheckConstraint("(chase_at IS NULL) = (ended_at IS NOT NULL)", name="looked_at_until_ended"),
        CheckConstraint("way IN ('inbox', 'system')", name="way"),
        CheckConstraint("kind = 'summary' OR due_on IS NOT NULL", name="due"),
        Index("uq_message_ref", "ref", unique=True),
        Index("ix_message_recipient", "recipient_ods", "sent_at"),
        Index("ix_message_sender", "sender_ods", "sent_at"),
        Index("ix_message_booking", "booking_ref", postgresql_where="booking_ref <> ''"),
        Index("uq_message_corrects", "corrects", unique=True, postgresql_where="corrects <> ''"),
        Index("ix_message_chase", "chase_at", postgresql_where="chase_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ref: Mapped[str]  # names it in addresses; says nothing
    kind: Mapped[str]
    state: Mapped[str]
    sender_ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"))
    recipient_ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"))
    team: Mapped[str]
    urgency: Mapped[str]
    due_on: Mapped[date | None]
    nhs_number: Mapped[str]
    booking_ref: Mapped[str] = mapped_column(server_default="")
    corrects: Mapped[str] = mapped_column(server_default="")  # the ref of the summary that this one replaces
    agreement: Mapped[str]
    clause: Mapped[str]
    digest: Mapped[str]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_words: Mapped[bytes | None] = mapped_column(LargeBinary)  # why it came back
    key_mark: Mapped[str]  # which key it is sealed with
    sent_at: Mapped[datetime]
    sent_by: Mapped[str]
    sent_by_name: Mapped[str]
    seen_at: Mapped[datetime | None]
    seen_by_name: Mapped[str] = mapped_column(server_default="")
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by_name: Mapped[str] = mapped_column(server_default="")
    taken_by: Mapped[str] = mapped_column(server_default="")
    taken_by_name: Mapped[str] = mapped_column(server_default="")
    taken_at: Mapped[datetime | None]
    takers: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")  # messaging.taking
    version: Mapped[int] = mapped_column(server_default="0")  # how often somebody said something of it
    declined_at: Mapped[datetime | None]
    declined_by_name: Mapped[str] = mapped_column(server_default="")
    ended_at: Mapped[datetime | None]
    ended_by_name: Mapped[str] = mapped_column(server_default="")
    chase_at: Mapped[datetime | None]  # when it has to be looked at again; as long as it has not ended
    level: Mapped[int] = mapped_column(server_default="0")  # messaging.lifecycle.Level
    way: Mapped[str] = mapped_column(server_default="inbox")
    way_state: Mapped[str] = mapped_column(server_default="")  # vocabulary.messages.WayState
    way_at: Mapped[datetime | None]  # when the way has to be looked at again
