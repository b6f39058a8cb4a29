"""Documents are a message set of their own: where each practice gives them out, and what that address says of itself.

Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_BEFORE = "message_set IN ('foundations', 'appointments', 'structured-record')"
_NOW = "message_set IN ('foundations', 'appointments', 'structured-record', 'documents')"


def upgrade() -> None:
    _check(_NOW)
    for name in ("documents_standard", "documents_failure"):
        op.add_column("system_report", sa.Column(name, sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    for name in ("documents_failure", "documents_standard"):
        op.drop_column("system_report", name)
    op.execute("DELETE FROM link_endpoint WHERE message_set = 'documents'")  # looked up again every night
    _check(_BEFORE)


def _check(condition: str) -> None:
    op.drop_constraint("ck_link_endpoint_message_set", "link_endpoint", type_="check")
    op.create_check_constraint("ck_link_endpoint_message_set", "link_endpoint", condition)
