"""What has happened to an agreement, told to everybody whom it binds until they have seen it.

Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_AT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "agreement_news",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("by_ods", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("takes_effect", _AT, nullable=True),
        sa.Column("seen_at", _AT, nullable=True),
        sa.Column("seen_by", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name="fk_agreement_news_agreement_id"),
        sa.PrimaryKeyConstraint("id", name="pk_agreement_news"),
    )
    op.create_index("ix_agreement_news_agreement_id", "agreement_news", ["agreement_id"])
    op.create_index("ix_agreement_news_told", "agreement_news", ["told"], postgresql_where="seen_at IS NULL")
    op.create_index("ix_agreement_news_told_at", "agreement_news", ["told", "at"])


def downgrade() -> None:
    op.drop_table("agreement_news")
