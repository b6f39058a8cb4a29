"""Accountability: reviews of unusual access, what the watch has seen, staff marks, evidence packs, legal holds.

Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_AT = postgresql.TIMESTAMP(timezone=True)


def _text(name: str, *, empty: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), server_default="" if empty else None, nullable=False)


def upgrade() -> None:
    op.create_table(
        "access_review",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(_text(name) for name in ("concern", "owner_ods", "acting_ods", "user_id", "user_name", "user_role")),
        _text("nhs_number", empty=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("first_at", _AT, nullable=False),
        sa.Column("last_at", _AT, nullable=False),
        sa.Column("looks", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("detail", postgresql.JSONB(), server_default="{}", nullable=False),
        _text("reason", empty=True),
        sa.Column("raised_at", _AT, nullable=False),
        sa.Column("due_at", _AT, nullable=False),
        sa.Column("settled_at", _AT, nullable=True),
        *(_text(name, empty=True) for name in ("settled_by", "settled_by_name", "verdict", "words")),
        sa.CheckConstraint("(settled_at IS NULL) = (verdict = '')", name="ck_access_review_settled"),
        sa.CheckConstraint(
            "verdict IN ('', 'appropriate', 'mistake', 'concern-upheld')", name="ck_access_review_verdict"
        ),
        sa.ForeignKeyConstraint(["owner_ods"], ["practice.ods"], name="fk_access_review_owner_ods"),
        sa.PrimaryKeyConstraint("id", name="pk_access_review"),
    )
    op.create_index(
        "uq_access_review_once",
        "access_review",
        ["concern", "user_id", "acting_ods", "nhs_number", "day", "event_id"],
        unique=True,
        postgresql_where="concern <> 'break-glass'",
    )
    op.create_index(
        "ix_access_review_open", "access_review", ["owner_ods", "due_at"], postgresql_where="settled_at IS NULL"
    )
    op.create_index("ix_access_review_owner_ods_raised_at", "access_review", ["owner_ods", "raised_at"])
    op.create_table(
        "watch_mark",
        _text("name"),
        sa.Column("last_event", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_watch_mark"),
    )
    op.create_table(
        "staff_mark",
        *(_text(name) for name in ("user_id", "user_name", "ods", "number_mark")),
        _text("home_mark", empty=True),
        *(_text(name) for name in ("told_by", "told_by_name")),
        sa.Column("told_at", _AT, nullable=False),
        sa.ForeignKeyConstraint(["ods"], ["practice.ods"], name="fk_staff_mark_ods"),
        sa.PrimaryKeyConstraint("user_id", name="pk_staff_mark"),
    )
    op.create_table(
        "evidence_pack",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        _text("asked_for"),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("identifiers", sa.Boolean(), nullable=False),
        *(_text(name) for name in ("asked_by", "asked_by_name", "asked_by_role", "asked_ods")),
        sa.Column("asked_at", _AT, nullable=False),
        _text("step", empty=True),
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in ("done", "of")),
        sa.Column("finished_at", _AT, nullable=True),
        _text("failure", empty=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        _text("sha256", empty=True),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("until >= since", name="ck_evidence_pack_days"),
        sa.PrimaryKeyConstraint("id", name="pk_evidence_pack"),
    )
    op.create_index("ix_evidence_pack_asked_for_asked_at", "evidence_pack", ["asked_for", "asked_at"])
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        _text("ods"),
        _text("nhs_number", empty=True),
        _text("reason"),
        sa.Column("look_again_on", sa.Date(), nullable=False),
        *(_text(name) for name in ("set_by", "set_by_name")),
        sa.Column("set_at", _AT, nullable=False),
        sa.Column("lifted_at", _AT, nullable=True),
        *(_text(name, empty=True) for name in ("lifted_by", "lifted_by_name", "lift_reason")),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_by = '')", name="ck_legal_hold_lifted"),
        sa.CheckConstraint("reason <> ''", name="ck_legal_hold_reason"),
        sa.ForeignKeyConstraint(["ods"], ["practice.ods"], name="fk_legal_hold_ods"),
        sa.PrimaryKeyConstraint("id", name="pk_legal_hold"),
    )
    op.create_index("ix_legal_hold_standing", "legal_hold", ["ods"], postgresql_where="lifted_at IS NULL")
    op.create_index("ix_ledger_event_user_id_at", "ledger_event", ["user_id", "at"])
    # What was done before there was a watch is not judged afterwards: nobody could review years at once.
    op.execute(
        "INSERT INTO watch_mark (name, last_event) "
        "SELECT 'unusual access', max(id) FROM ledger_event HAVING max(id) IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_index("ix_ledger_event_user_id_at", "ledger_event")
    for table in ("legal_hold", "evidence_pack", "staff_mark", "watch_mark", "access_review"):
        op.drop_table(table)
