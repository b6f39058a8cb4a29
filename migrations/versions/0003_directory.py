"""What the national directory says of each practice's message sets, and what its system says of itself.

Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_AT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "link_endpoint",
        sa.Column("ods", sa.String(), nullable=False),
        sa.Column("message_set", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("address", sa.String(), server_default="", nullable=False),
        sa.Column("asid", sa.String(), server_default="", nullable=False),
        sa.Column("party_key", sa.String(), server_default="", nullable=False),
        sa.Column("looked_up_at", _AT, nullable=False),
        sa.Column("changed_at", _AT, nullable=False),
        sa.CheckConstraint(
            "message_set IN ('foundations', 'appointments', 'structured-record')", name="ck_link_endpoint_message_set"
        ),
        sa.CheckConstraint("enabled = (address <> '')", name="ck_link_endpoint_enabled"),
        sa.ForeignKeyConstraint(["ods"], ["practice.ods"], name="fk_link_endpoint_ods"),
        sa.PrimaryKeyConstraint("ods", "message_set", name="pk_link_endpoint"),
    )
    op.create_table(
        "system_report",
        sa.Column("ods", sa.String(), nullable=False),
        sa.Column("asked_at", _AT, nullable=False),
        sa.Column("answered_at", _AT, nullable=True),
        sa.Column("took_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("standard", sa.String(), server_default="", nullable=False),
        sa.Column("software", sa.String(), server_default="", nullable=False),
        sa.Column("software_version", sa.String(), server_default="", nullable=False),
        sa.Column("interactions", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False),
        sa.Column("failure", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["ods"], ["practice.ods"], name="fk_system_report_ods"),
        sa.PrimaryKeyConstraint("ods", name="pk_system_report"),
    )


def downgrade() -> None:
    op.drop_table("system_report")
    op.drop_table("link_endpoint")
