"""A task says since when somebody does it and who did before, and how often something was said of a message.

Revises: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_WHO_DID = """
UPDATE message SET taken_at = acknowledged_at, takers = jsonb_build_array(jsonb_build_object(
    'by', taken_by, 'name', taken_by_name, 'at', acknowledged_at, 'told', false))
WHERE taken_by <> '' AND acknowledged_at IS NOT NULL
"""


def upgrade() -> None:
    op.add_column("message", sa.Column("taken_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("message", sa.Column("takers", JSONB(), nullable=False, server_default="[]"))
    op.add_column("message", sa.Column("version", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(_WHO_DID)


def downgrade() -> None:
    for column in ("version", "takers", "taken_at"):
        op.drop_column("message", column)
