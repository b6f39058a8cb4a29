"""The register: what is signed, by whom, attachments, reminders, and triggers that keep signed text as it was.

Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_AT = postgresql.TIMESTAMP(timezone=True)
_AGREEMENT = (
    *(sa.Column(name, sa.String(), server_default="", nullable=False) for name in ("document", "digest")),
    sa.Column("revision", sa.BigInteger(), server_default="1", nullable=False),
    sa.Column("supersedes", sa.BigInteger(), nullable=True),
    sa.Column("at_end", sa.String(), server_default="keep", nullable=False),
    *(
        sa.Column(name, sa.String(), server_default="", nullable=False)
        for name in ("created_by", "created_by_name", "created_by_ods", "suspended_by_ods")
    ),
    *(
        sa.Column(name, _AT, nullable=True)
        for name in ("created_at", "proposed_at", "in_force_since", "ended_at", "changed_at")
    ),
    sa.Column("end_planned", sa.Boolean(), server_default="false", nullable=False),
)
_PARTY = (
    sa.Column("role", sa.String(), server_default="controller", nullable=False),
    sa.Column("signatory_role", sa.String(), server_default="caldicott-guardian", nullable=False),
    sa.Column("must_sign", sa.Boolean(), server_default="true", nullable=False),
    sa.Column("left_at", _AT, nullable=True),
    sa.Column("left_reason", sa.String(), server_default="", nullable=False),
)
_SIGNATURE = (
    sa.Column("user_id", sa.String(), server_default="", nullable=False),
    sa.Column("digest", sa.String(), server_default="", nullable=False),
    sa.Column("stepped_up_at", _AT, nullable=True),
    sa.Column("carried_from", sa.BigInteger(), nullable=True),
)
_ADDED = {"agreement": _AGREEMENT, "agreement_party": _PARTY, "agreement_signature": _SIGNATURE}

# The owner of the tables migrates, restores and empties; nobody else puts in or takes out what has been signed.
_FUNCTIONS = """
CREATE FUNCTION agreement_is_signed(number bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM agreement_signature WHERE agreement_id = number AND digest <> '')
$$;

CREATE FUNCTION agreement_keeps_its_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF agreement_is_signed(OLD.id) AND (
        (NEW.code, NEW.version, NEW.title, NEW.document, NEW.digest, NEW.starts_at, NEW.review_on)
            IS DISTINCT FROM
        (OLD.code, OLD.version, OLD.title, OLD.document, OLD.digest, OLD.starts_at, OLD.review_on)
        OR NEW.ends_at > OLD.ends_at
        OR NEW.status = 'draft'
        OR (OLD.status IN ('ended', 'expired') AND NEW.status <> OLD.status)
    ) THEN
        RAISE EXCEPTION 'agreement % v% has been signed: its text stays as it is', OLD.code, OLD.version
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION agreement_keeps_its_parts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    by_owner boolean := current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID);
    number bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.agreement_id ELSE OLD.agreement_id END;
BEGIN
    IF agreement_is_signed(number) AND (TG_OP = 'UPDATE' OR NOT by_owner) THEN
        RAISE EXCEPTION 'agreement % has been signed: what belongs to it stays as it is', number
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION agreement_signature_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    by_owner boolean := current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID);
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.digest <> '' AND NEW.carried_from IS NULL
            AND NEW.digest IS DISTINCT FROM (SELECT digest FROM agreement WHERE id = NEW.agreement_id)
        THEN
            RAISE EXCEPTION 'a signature fits one document only' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.digest <> '' AND (TG_OP = 'UPDATE' OR NOT by_owner) THEN
        RAISE EXCEPTION 'a signature stays as it was given' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER agreement_text BEFORE UPDATE ON agreement
    FOR EACH ROW EXECUTE FUNCTION agreement_keeps_its_text();
CREATE TRIGGER agreement_grant_text BEFORE INSERT OR UPDATE OR DELETE ON agreement_grant
    FOR EACH ROW EXECUTE FUNCTION agreement_keeps_its_parts();
CREATE TRIGGER agreement_party_text BEFORE INSERT OR DELETE OR UPDATE OF agreement_id, ods, role, signatory_role,
    must_sign ON agreement_party
    FOR EACH ROW EXECUTE FUNCTION agreement_keeps_its_parts();
CREATE TRIGGER agreement_attachment_text BEFORE INSERT OR UPDATE OR DELETE ON agreement_attachment
    FOR EACH ROW EXECUTE FUNCTION agreement_keeps_its_parts();
CREATE TRIGGER agreement_signature_text BEFORE INSERT OR UPDATE OR DELETE ON agreement_signature
    FOR EACH ROW EXECUTE FUNCTION agreement_signature_fits();
"""


def upgrade() -> None:
    for table, columns in _ADDED.items():
        for column in columns:
            op.add_column(table, column.copy())
    op.create_foreign_key("fk_agreement_supersedes", "agreement", "agreement", ["supersedes"], ["id"])
    op.create_check_constraint("at_end", "agreement", "at_end IN ('keep', 'move')")
    op.create_check_constraint(
        "digest", "agreement", "digest IN ('', encode(sha256(convert_to(document, 'UTF8')), 'hex'))"
    )
    op.create_index(
        "uq_agreement_drafted", "agreement", ["code"], unique=True, postgresql_where=sa.text("status = 'draft'")
    )
    _create_tables()
    op.execute(_FUNCTIONS)


def _create_tables() -> None:
    op.create_table(
        "agreement_attachment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_by_name", sa.String(), nullable=False),
        sa.Column("added_at", _AT, nullable=False),
        sa.CheckConstraint(
            "size = octet_length(content) AND size BETWEEN 1 AND 5242880", name="ck_agreement_attachment_size"
        ),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name="fk_agreement_attachment_agreement_id"),
        sa.PrimaryKeyConstraint("id", name="pk_agreement_attachment"),
    )
    op.create_index(
        "ix_agreement_attachment_agreement_id_sha256",
        "agreement_attachment",
        ["agreement_id", "sha256"],
        unique=True,
    )
    op.create_table(
        "agreement_notice",
        sa.Column("agreement_id", sa.BigInteger(), nullable=False),
        sa.Column("ods", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("raised_at", _AT, nullable=False),
        sa.CheckConstraint("about IN ('end', 'review', 'signature')", name="ck_agreement_notice_about"),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name="fk_agreement_notice_agreement_id"),
        sa.ForeignKeyConstraint(["ods"], ["practice.ods"], name="fk_agreement_notice_ods"),
        sa.PrimaryKeyConstraint("agreement_id", "ods", "about", "days", "due_on", name="pk_agreement_notice"),
    )


def downgrade() -> None:
    for table in ("agreement", "agreement_grant", "agreement_party", "agreement_attachment", "agreement_signature"):
        op.execute(f"DROP TRIGGER {table}_text ON {table}")
    for function in ("agreement_signature_fits", "agreement_keeps_its_parts", "agreement_keeps_its_text"):
        op.execute(f"DROP FUNCTION {function}()")
    op.execute("DROP FUNCTION agreement_is_signed(bigint)")
    op.drop_table("agreement_notice")
    op.drop_table("agreement_attachment")
    op.drop_index("uq_agreement_drafted", "agreement")
    for name in ("ck_agreement_digest", "ck_agreement_at_end"):
        op.drop_constraint(op.f(name), "agreement")
    for table, columns in _ADDED.items():
        for column in reversed(columns):
            op.drop_column(table, column.name)
