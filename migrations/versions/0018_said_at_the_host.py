"""What hosts' own staff say of visits; who came although the host had cancelled; who cancelled late.

Revises: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_AT = postgresql.TIMESTAMP(timezone=True)
_SAID = (
    "status IN ({}) AND call IN ('', 'spoke', 'no-answer', 'voicemail', 'wrong-number') "
    "AND (status <> '')::int + (call <> '')::int + in_person::int + (undoes IS NOT NULL)::int = 1"
)
_BEFORE = "'', 'arrived', 'in-room', 'left', 'done', 'missed', 'left-unseen'"
_NOW = "'', 'arrived', 'in-room', 'left', 'done', 'missed', 'cancelled-late', 'left-unseen', 'expected'"


def upgrade() -> None:
    op.add_column("booking", sa.Column("came_at", _AT, nullable=True))
    op.create_check_constraint(op.f("ck_booking_came"), "booking", "came_at IS NULL OR state = 'cancelled'")
    op.add_column("visit_event", sa.Column("there_at", _AT, nullable=True))
    op.drop_constraint(op.f("ck_visit_event_said"), "visit_event", type_="check")
    op.create_check_constraint(op.f("ck_visit_event_said"), "visit_event", _SAID.format(_NOW))
    op.create_check_constraint(
        op.f("ck_visit_event_there"),
        "visit_event",
        "(there_at IS NULL AND status <> 'expected') OR (there_at <= at AND status <> '')",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_visit_event_there"), "visit_event", type_="check")
    op.drop_constraint(op.f("ck_visit_event_said"), "visit_event", type_="check")
    op.create_check_constraint(op.f("ck_visit_event_said"), "visit_event", _SAID.format(_BEFORE))
    op.drop_column("visit_event", "there_at")
    op.drop_constraint(op.f("ck_booking_came"), "booking", type_="check")
    op.drop_column("booking", "came_at")
