"""What hosts' diaries say of bookings that stand, and what hosts have to be told of visits.

Revises: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_AT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_index("ix_booking_start_at", "booking", ["start_at"])
    op.create_table(
        "host_look",
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("next_at", _AT, nullable=False),
        *(sa.Column(name, _AT, nullable=True) for name in ("lease_until", "followed_since", "asked_at")),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("says", sa.String(), server_default="", nullable=False),
        *(sa.Column(name, _AT, nullable=True) for name in ("says_since", "there_start", "there_end")),
        sa.CheckConstraint(
            "says IN ('', 'stands', 'moved', 'absent', 'cancelled', 'held')", name=op.f("ck_host_look_says")
        ),
        sa.CheckConstraint(
            "(says = 'moved') = (there_start IS NOT NULL AND there_end IS NOT NULL)", name=op.f("ck_host_look_moved")
        ),
        sa.CheckConstraint("there_end > there_start", name=op.f("ck_host_look_length")),
        sa.ForeignKeyConstraint(["ref"], ["booking.ref"], name="fk_host_look_ref"),
        sa.PrimaryKeyConstraint("ref", name="pk_host_look"),
    )
    op.create_index("ix_host_look_next_at", "host_look", ["next_at"])
    op.create_table(
        "visit_report",
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("wanted_event", sa.BigInteger(), nullable=False),
        sa.Column("told_event", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("wanted_at", _AT, nullable=False),
        *(sa.Column(name, _AT, nullable=True) for name in ("told_at", "next_at", "lease_until")),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failure", sa.String(), server_default="", nullable=False),
        sa.CheckConstraint("told_event <= wanted_event", name=op.f("ck_visit_report_order")),
        sa.ForeignKeyConstraint(["ref"], ["booking.ref"], name="fk_visit_report_ref"),
        sa.PrimaryKeyConstraint("ref", name="pk_visit_report"),
    )
    op.create_index(
        "ix_visit_report_due",
        "visit_report",
        ["next_at"],
        postgresql_where=sa.text("told_event < wanted_event"),
    )


def downgrade() -> None:
    op.drop_table("visit_report")
    op.drop_table("host_look")
    op.drop_index("ix_booking_start_at", "booking")
