"""The wire trace: what was said between practices' systems and the hub, redacted, for a while.

Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_WORDS = (
    "host_ods",
    "booking_ods",
    "user_id",
    "user_name",
    "via",
    "interaction",
    "message_set",
    "method",
    "path",
)


def upgrade() -> None:
    op.create_table(
        "wire_exchange",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in _WORDS),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("ms", sa.Float(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("trace_id", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("params", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("sent", postgresql.JSONB(), nullable=True),
        sa.Column("received", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_wire_exchange"),
    )
    op.create_index("ix_wire_exchange_at", "wire_exchange", ["at"])
    op.create_index("ix_wire_exchange_booking_ods_id", "wire_exchange", ["booking_ods", "id"])
    op.create_index("ix_wire_exchange_host_ods_id", "wire_exchange", ["host_ods", "id"])


def downgrade() -> None:
    op.drop_table("wire_exchange")
