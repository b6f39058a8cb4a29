"""What is said on the day about a patient who is expected.

Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visit_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("by_user", sa.String(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), server_default="", nullable=False),
        sa.Column("call", sa.String(), server_default="", nullable=False),
        sa.Column("in_person", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("undoes", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "status IN ('', 'arrived', 'in-room', 'left', 'done', 'missed', 'left-unseen') "
            "AND call IN ('', 'spoke', 'no-answer', 'voicemail', 'wrong-number') "
            "AND (status <> '')::int + (call <> '')::int + in_person::int + (undoes IS NOT NULL)::int = 1",
            name=op.f("ck_visit_event_said"),
        ),
        sa.ForeignKeyConstraint(["ref"], ["booking.ref"], name="fk_visit_event_ref"),
        sa.ForeignKeyConstraint(["undoes"], ["visit_event.id"], name="fk_visit_event_undoes"),
        sa.PrimaryKeyConstraint("id", name="pk_visit_event"),
        sa.UniqueConstraint("undoes", name="uq_visit_event_undoes"),
    )
    op.create_index("ix_visit_event_ref", "visit_event", ["ref"])


def downgrade() -> None:
    op.drop_table("visit_event")
