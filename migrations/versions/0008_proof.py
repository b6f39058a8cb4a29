"""The ledger proved: the national minimum's further fields, seals in chains, signed roots.

What was written before is sealed after this in the order of its numbers; its new fields are empty.

Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.base import Xid8

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_FIELDS = ("practice_name", "role_profile", "authority", "interaction", "device")


def upgrade() -> None:
    for name in _FIELDS:
        op.add_column("ledger_event", sa.Column(name, sa.String(), server_default="", nullable=False))
    op.add_column(
        "ledger_event", sa.Column("salt", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False)
    )
    op.add_column(
        "ledger_event", sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False)
    )
    op.create_index("ix_ledger_event_xid", "ledger_event", ["xid"])
    op.create_table(
        "ledger_seal",
        sa.Column("practice", sa.String(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("practice", "sequence", name="pk_ledger_seal"),
    )
    op.create_index("ix_ledger_seal_event_id", "ledger_seal", ["event_id"], unique=True)
    op.create_table(
        "ledger_root",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_ledger_root"),
    )


def downgrade() -> None:
    op.drop_table("ledger_root")
    op.drop_table("ledger_seal")
    op.drop_index("ix_ledger_event_xid", table_name="ledger_event")
    for name in ("xid", "salt", *reversed(_FIELDS)):
        op.drop_column("ledger_event", name)
