"""An end that was planned may be put off, up to the moment that was signed: the text itself says which that is.

Revises: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_BEFORE = "NEW.ends_at > OLD.ends_at"
_NOW = """(NEW.ends_at > OLD.ends_at AND coalesce(
            NEW.ends_at > (nullif(NEW.document, '')::jsonb #>> '{dates,ends_at}')::timestamptz, true))"""
_FUNCTION = """
CREATE OR REPLACE FUNCTION agreement_keeps_its_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF agreement_is_signed(OLD.id) AND (
        (NEW.code, NEW.version, NEW.title, NEW.document, NEW.digest, NEW.starts_at, NEW.review_on)
            IS DISTINCT FROM
        (OLD.code, OLD.version, OLD.title, OLD.document, OLD.digest, OLD.starts_at, OLD.review_on)
        OR %s
        OR NEW.status = 'draft'
        OR (OLD.status IN ('ended', 'expired') AND NEW.status <> OLD.status)
    ) THEN
        RAISE EXCEPTION 'agreement %% v%% has been signed: its text stays as it is', OLD.code, OLD.version
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""


def upgrade() -> None:
    op.execute(_FUNCTION % _NOW)


def downgrade() -> None:
    op.execute(_FUNCTION % _BEFORE)
