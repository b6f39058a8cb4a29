"""Messages between practices: summaries of visits and tasks, their text sealed and kept until they end.

Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_AT = postgresql.TIMESTAMP(timezone=True)


def _text(name: str, *, empty: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), server_default="" if empty else None, nullable=False)


def upgrade() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(_text(name) for name in ("ref", "kind", "state", "sender_ods", "recipient_ods", "team", "urgency")),
        sa.Column("due_on", sa.Date(), nullable=True),
        _text("nhs_number"),
        *(_text(name, empty=True) for name in ("booking_ref", "corrects")),
        *(_text(name) for name in ("agreement", "clause", "digest")),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=True),
        _text("key_mark"),
        sa.Column("sent_at", _AT, nullable=False),
        *(_text(name) for name in ("sent_by", "sent_by_name")),
        sa.Column("seen_at", _AT, nullable=True),
        _text("seen_by_name", empty=True),
        sa.Column("acknowledged_at", _AT, nullable=True),
        *(_text(name, empty=True) for name in ("acknowledged_by_name", "taken_by", "taken_by_name")),
        sa.Column("declined_at", _AT, nullable=True),
        _text("declined_by_name", empty=True),
        sa.Column("ended_at", _AT, nullable=True),
        _text("ended_by_name", empty=True),
        sa.Column("chase_at", _AT, nullable=True),
        sa.Column("level", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("way", sa.String(), server_default="inbox", nullable=False),
        _text("way_state", empty=True),
        sa.Column("way_at", _AT, nullable=True),
        sa.CheckConstraint("kind IN ('summary', 'task')", name="ck_message_kind"),
        sa.CheckConstraint(
            "state IN ('new', 'seen', 'acknowledged', 'done', 'declined', 'closed')", name="ck_message_state"
        ),
        sa.CheckConstraint("sender_ods <> recipient_ods", name="ck_message_two_practices"),
        sa.CheckConstraint("(sealed IS NULL) = (ended_at IS NOT NULL)", name="ck_message_text_until_ended"),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (state IN ('done', 'closed') OR (kind = 'summary' AND state = 'acknowledged'))",
            name="ck_message_ended",
        ),
        sa.CheckConstraint("sealed_words IS NULL OR ended_at IS NULL", name="ck_message_words_until_ended"),
        sa.CheckConstraint("kind = 'summary' OR due_on IS NOT NULL", name="ck_message_due"),
        sa.ForeignKeyConstraint(["sender_ods"], ["practice.ods"], name="fk_message_sender_ods"),
        sa.ForeignKeyConstraint(["recipient_ods"], ["practice.ods"], name="fk_message_recipient_ods"),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
    )
    op.create_index("uq_message_ref", "message", ["ref"], unique=True)
    op.create_index("ix_message_recipient", "message", ["recipient_ods", "sent_at"])
    op.create_index("ix_message_sender", "message", ["sender_ods", "sent_at"])
    op.create_index("ix_message_booking", "message", ["booking_ref"], postgresql_where="booking_ref <> ''")
    op.create_index(
        "uq_message_corrects", "message", ["corrects"], unique=True, postgresql_where="corrects <> ''"
    )
    op.create_index("ix_message_chase", "message", ["chase_at"], postgresql_where="chase_at IS NOT NULL")


def downgrade() -> None:
    op.drop_table("message")
