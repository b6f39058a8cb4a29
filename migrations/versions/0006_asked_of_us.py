"""What other systems ask of the hub stands in the wire trace too; what the structured record's own address says.

Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("wire_exchange", sa.Column("asked_of_us", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("wire_exchange", sa.Column("system", sa.String(), server_default="", nullable=False))
    op.add_column("system_report", sa.Column("record_standard", sa.String(), server_default="", nullable=False))
    op.add_column("system_report", sa.Column("record_failure", sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("system_report", "record_failure")
    op.drop_column("system_report", "record_standard")
    op.drop_column("wire_exchange", "system")
    op.drop_column("wire_exchange", "asked_of_us")
