"""Messages: whatever has not ended has a moment at which it is looked at again; the ways a message goes, by name.

Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE message SET way = 'system' WHERE way = 'mesh'")
    op.execute("UPDATE message SET chase_at = now() WHERE chase_at IS NULL AND ended_at IS NULL")
    op.execute("UPDATE message SET chase_at = NULL WHERE ended_at IS NOT NULL")
    op.create_check_constraint(
        op.f("ck_message_looked_at_until_ended"), "message", "(chase_at IS NULL) = (ended_at IS NOT NULL)"
    )
    op.create_check_constraint(op.f("ck_message_way"), "message", "way IN ('inbox', 'system')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_message_way"), "message", type_="check")
    op.drop_constraint(op.f("ck_message_looked_at_until_ended"), "message", type_="check")
    op.execute("UPDATE message SET way = 'mesh' WHERE way = 'system'")
