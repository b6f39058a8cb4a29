"""What only refuses: kill switches and patients' choices; and the epoch that says when the register has changed.

Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_AT = postgresql.TIMESTAMP(timezone=True)
_WATCHED = ("agreement", "agreement_party", "agreement_grant", "agreement_signature", "kill_switch")

# A token, not a count: after a restore a count could come round to a number that a running process has kept.
_FUNCTIONS = """
CREATE FUNCTION sharing_changed() RETURNS void LANGUAGE sql AS $$
    INSERT INTO sharing_epoch (id, token) VALUES (1, gen_random_uuid()::text)
    ON CONFLICT (id) DO UPDATE SET token = excluded.token
$$;

CREATE FUNCTION sharing_changed_here() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sharing_changed();
    RETURN NULL;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "kill_switch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("ods", "scope", "reason")),
        sa.Column("pulled_at", _AT, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("pulled_by", "pulled_by_name")),
        sa.Column("released_at", _AT, nullable=True),
        *(
            sa.Column(name, sa.String(), server_default="", nullable=False)
            for name in ("released_by", "released_by_name", "release_reason")
        ),
        sa.CheckConstraint(
            "scope IN ('see-slots', 'book', 'view-record', 'send-task', 'analyse')", name="ck_kill_switch_scope"
        ),
        sa.CheckConstraint("reason <> ''", name="ck_kill_switch_reason"),
        sa.ForeignKeyConstraint(["ods"], ["practice.ods"], name="fk_kill_switch_ods"),
        sa.PrimaryKeyConstraint("id", name="pk_kill_switch"),
    )
    op.create_index(
        "uq_kill_switch_pulled",
        "kill_switch",
        ["ods", "scope"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "patient_choice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("nhs_number", "choice")),
        sa.Column("recorded_at", _AT, nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("recorded_by", "recorded_by_name", "recorded_for")
        ),
        sa.Column("withdrawn_at", _AT, nullable=True),
        *(
            sa.Column(name, sa.String(), server_default="", nullable=False)
            for name in ("withdrawn_by", "withdrawn_by_name")
        ),
        sa.CheckConstraint(
            "choice IN ('dissent-to-sharing', 'type-1-opt-out', 'national-data-opt-out')",
            name="ck_patient_choice_choice",
        ),
        sa.ForeignKeyConstraint(["recorded_for"], ["practice.ods"], name="fk_patient_choice_recorded_for"),
        sa.PrimaryKeyConstraint("id", name="pk_patient_choice"),
    )
    op.create_index(
        "uq_patient_choice_standing",
        "patient_choice",
        ["nhs_number", "choice"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "sharing_epoch",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_sharing_epoch_one_row"),
        sa.PrimaryKeyConstraint("id", name="pk_sharing_epoch"),
    )
    op.execute(_FUNCTIONS)
    for table in _WATCHED:
        op.execute(
            f"CREATE TRIGGER {table}_epoch AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION sharing_changed_here()"
        )
    op.execute("SELECT sharing_changed()")


def downgrade() -> None:
    for table in _WATCHED:
        op.execute(f"DROP TRIGGER {table}_epoch ON {table}")
    op.execute("DROP FUNCTION sharing_changed_here()")
    op.execute("DROP FUNCTION sharing_changed()")
    for table in ("sharing_epoch", "patient_choice", "kill_switch"):
        op.drop_table(table)
