"""Every room's tables, as first released: written by autogenerate, read by eye.

Revises: nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cluster",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_cluster"),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("status", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("headers", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("answer", sa.LargeBinary(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_idempotency_key"),
    )
    op.create_index("ix_idempotency_key_started_at", "idempotency_key", ["started_at"])
    op.create_table(
        "ledger_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("user_role", sa.String(), nullable=False),
        sa.Column("acting_for", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("trace_id", sa.String(), nullable=False),
        sa.Column("host_ods", sa.String(), server_default="", nullable=False),
        sa.Column("nhs_number", sa.String(), server_default="", nullable=False),
        sa.Column("booking_ref", sa.String(), server_default="", nullable=False),
        sa.Column("purpose", sa.String(), server_default="", nullable=False),
        sa.Column("agreement", sa.String(), server_default="", nullable=False),
        sa.Column("clause", sa.String(), server_default="", nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("detail", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_event"),
    )
    op.create_index("ix_ledger_event_acting_for_at", "ledger_event", ["acting_for", "at"])
    op.create_index(
        "ix_ledger_event_booking_ref", "ledger_event", ["booking_ref"], postgresql_where="booking_ref <> ''"
    )
    op.create_index(
        "ix_ledger_event_nhs_number_at", "ledger_event", ["nhs_number", "at"], postgresql_where="nhs_number <> ''"
    )
    op.create_table(
        "place",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_place"),
    )
    op.create_table(
        "timetable_run",
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("failed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("task", name="pk_timetable_run"),
    )
    op.create_table(
        "web_session",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("sid", sa.String(), server_default="", nullable=False),
        sa.Column("acting_ods", sa.String(), server_default="", nullable=False),
        sa.Column("acting_role", sa.String(), server_default="", nullable=False),
        sa.Column("data", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("seen_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), server_default="", nullable=False),
        sa.CheckConstraint("ended_at IS NULL OR data = '{}'::jsonb", name="ck_web_session_ended_is_empty"),
        sa.PrimaryKeyConstraint("id", name="pk_web_session"),
    )
    op.create_index("ix_web_session_open", "web_session", ["acting_ods"], postgresql_where="ended_at IS NULL")
    op.create_index("ix_web_session_sid", "web_session", ["sid"], postgresql_where="sid <> ''")
    op.create_index("ix_web_session_user_id", "web_session", ["user_id"])
    op.create_table(
        "agreement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("cluster_code", sa.String(), nullable=True),
        sa.Column("starts_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("suspended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("status_reason", sa.String(), server_default="", nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'proposed', 'in-force', 'suspended', 'ended', 'expired')", name="ck_agreement_status"
        ),
        sa.CheckConstraint("ends_at > starts_at", name="ck_agreement_dates"),
        sa.CheckConstraint("version >= 1", name="ck_agreement_version"),
        sa.ForeignKeyConstraint(["cluster_code"], ["cluster.code"], name="fk_agreement_cluster_code"),
        sa.PrimaryKeyConstraint("id", name="pk_agreement"),
    )
    op.create_index("ix_agreement_code_version", "agreement", ["code", "version"], unique=True)
    op.create_table(
        "practice",
        sa.Column("ods", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), server_default="open", nullable=False),
        sa.Column("address", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False),
        sa.Column("postcode", sa.String(), server_default="", nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("phone", sa.String(), server_default="", nullable=False),
        sa.Column("bypass_phone", sa.String(), server_default="", nullable=False),
        sa.Column("list_size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("supplier", sa.String(), server_default="", nullable=False),
        sa.Column("commissioner", sa.String(), server_default="", nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("cluster_code", sa.String(), nullable=True),
        sa.CheckConstraint("status IN ('open', 'closed', 'dormant')", name="ck_practice_status"),
        sa.CheckConstraint("list_size >= 0", name="ck_practice_list_size"),
        sa.ForeignKeyConstraint(["cluster_code"], ["cluster.code"], name="fk_practice_cluster_code"),
        sa.PrimaryKeyConstraint("ods", name="pk_practice"),
    )
    op.create_index("ix_practice_cluster_code", "practice", ["cluster_code"])
    op.create_table(
        "agreement_grant",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False),
        sa.Column("clause", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("giver_ods", sa.String(), server_default="", nullable=False),
        sa.Column("receiver_ods", sa.String(), server_default="", nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.String()), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name="fk_agreement_grant_agreement_id"),
        sa.PrimaryKeyConstraint("id", name="pk_agreement_grant"),
    )
    op.create_index(
        "ix_agreement_grant_agreement_id_clause", "agreement_grant", ["agreement_id", "clause"], unique=True
    )
    op.create_table(
        "agreement_party",
        sa.Column("agreement_id", sa.BigInteger(), nullable=False),
        sa.Column("ods", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name="fk_agreement_party_agreement_id"),
        sa.ForeignKeyConstraint(["ods"], ["practice.ods"], name="fk_agreement_party_ods"),
        sa.PrimaryKeyConstraint("agreement_id", "ods", name="pk_agreement_party"),
    )
    op.create_table(
        "agreement_signature",
        sa.Column("agreement_id", sa.BigInteger(), nullable=False),
        sa.Column("ods", sa.String(), nullable=False),
        sa.Column("signed_by", sa.String(), nullable=False),
        sa.Column("signed_as", sa.String(), nullable=False),
        sa.Column("signed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name="fk_agreement_signature_agreement_id"),
        sa.ForeignKeyConstraint(["ods"], ["practice.ods"], name="fk_agreement_signature_ods"),
        sa.PrimaryKeyConstraint("agreement_id", "ods", name="pk_agreement_signature"),
    )
    op.create_table(
        "attention",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("booking_ref", sa.String(), server_default="", nullable=False),
        sa.Column("host_ods", sa.String(), nullable=False),
        sa.Column("appointment_id", sa.String(), server_default="", nullable=False),
        sa.Column("owner_ods", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("raised_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("settled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(), server_default="", nullable=False),
        sa.Column("settlement", sa.String(), server_default="", nullable=False),
        sa.CheckConstraint("(settled_at IS NULL) = (settled_by = '')", name="ck_attention_settled"),
        sa.ForeignKeyConstraint(["host_ods"], ["practice.ods"], name="fk_attention_host_ods"),
        sa.ForeignKeyConstraint(["owner_ods"], ["practice.ods"], name="fk_attention_owner_ods"),
        sa.PrimaryKeyConstraint("id", name="pk_attention"),
    )
    op.create_index(
        "uq_attention_open",
        "attention",
        ["kind", "booking_ref", "host_ods", "appointment_id"],
        unique=True,
        postgresql_where="settled_at IS NULL",
    )
    op.create_table(
        "booking",
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("host_ods", sa.String(), nullable=False),
        sa.Column("booking_ods", sa.String(), nullable=False),
        sa.Column("home_ods", sa.String(), nullable=True),
        sa.Column("start_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("end_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("nhs_number", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("given", sa.String(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("gender", sa.String(), server_default="unknown", nullable=False),
        sa.Column("phone", sa.String(), server_default="", nullable=False),
        sa.Column("interpreter", sa.String(), server_default="", nullable=False),
        sa.Column("access_needs", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), server_default="", nullable=False),
        sa.Column("patient_told", sa.Boolean(), nullable=False),
        sa.Column("clash_reason", sa.String(), server_default="", nullable=False),
        sa.Column("agreement_id", sa.BigInteger(), nullable=True),
        sa.Column("agreement", sa.String(), server_default="", nullable=False),
        sa.Column("clause", sa.String(), server_default="", nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_by_name", sa.String(), nullable=False),
        sa.Column("created_by_role", sa.String(), nullable=False),
        sa.Column("created_via", sa.String(), nullable=False),
        sa.Column("trace_id", sa.String(), nullable=False),
        sa.Column("requested_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("settled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("patient_host_id", sa.String(), server_default="", nullable=False),
        sa.Column("appointment_id", sa.String(), server_default="", nullable=False),
        sa.Column("appointment_version", sa.String(), server_default="", nullable=False),
        sa.Column("refusal_code", sa.String(), server_default="", nullable=False),
        sa.Column("refusal_words", sa.String(), server_default="", nullable=False),
        sa.Column("replaces", sa.String(), nullable=True),
        sa.Column("cancel_reason", sa.String(), server_default="", nullable=False),
        sa.Column("cancel_by", sa.String(), server_default="", nullable=False),
        sa.Column("cancel_by_name", sa.String(), server_default="", nullable=False),
        sa.Column("cancel_asked_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("next_look_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("looks", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lease_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("state <> 'booked' OR appointment_id <> ''", name="ck_booking_booked_has_receipt"),
        sa.CheckConstraint(
            "state IN ('requested', 'booked', 'refused', 'in-doubt', 'cancelling', 'cancelled', 'attended', 'missed')",
            name="ck_booking_state",
        ),
        sa.CheckConstraint("end_at > start_at", name="ck_booking_length"),
        sa.CheckConstraint("length(comment) <= 500", name="ck_booking_comment"),
        sa.CheckConstraint("length(description) BETWEEN 1 AND 100", name="ck_booking_description"),
        sa.CheckConstraint("patient_told", name="ck_booking_patient_told"),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name="fk_booking_agreement_id"),
        sa.ForeignKeyConstraint(["booking_ods"], ["practice.ods"], name="fk_booking_booking_ods"),
        sa.ForeignKeyConstraint(["host_ods"], ["practice.ods"], name="fk_booking_host_ods"),
        sa.ForeignKeyConstraint(["replaces"], ["booking.ref"], name="fk_booking_replaces"),
        sa.PrimaryKeyConstraint("ref", name="pk_booking"),
    )
    op.create_index("ix_booking_booking_ods_start_at", "booking", ["booking_ods", "start_at"])
    op.create_index("ix_booking_host_ods_start_at", "booking", ["host_ods", "start_at"])
    op.create_index("ix_booking_nhs_number_start_at", "booking", ["nhs_number", "start_at"])
    op.create_index(
        "ix_booking_open",
        "booking",
        ["next_look_at"],
        postgresql_where="state IN ('requested', 'in-doubt', 'cancelling') OR next_look_at IS NOT NULL",
    )
    op.create_index(
        "uq_booking_replaces",
        "booking",
        ["replaces"],
        unique=True,
        postgresql_where="replaces IS NOT NULL AND state IN ('requested', 'booked', 'in-doubt', 'cancelling', 'attended', 'missed')",
    )
    op.create_table(
        "clinic_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("host_ods", sa.String(), nullable=False),
        sa.Column("host_session_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role_code", sa.String(), server_default="", nullable=False),
        sa.Column("practitioner_name", sa.String(), server_default="", nullable=False),
        sa.Column("practitioner_gender", sa.String(), server_default="unknown", nullable=False),
        sa.Column("practitioner_id", sa.String(), server_default="", nullable=False),
        sa.Column("location_id", sa.String(), server_default="", nullable=False),
        sa.Column("location_name", sa.String(), server_default="", nullable=False),
        sa.Column("location_address", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False),
        sa.Column("location_postcode", sa.String(), server_default="", nullable=False),
        sa.Column("location_phone", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["host_ods"], ["practice.ods"], name="fk_clinic_session_host_ods"),
        sa.PrimaryKeyConstraint("id", name="pk_clinic_session"),
    )
    op.create_index(
        "ix_clinic_session_host_ods_host_session_id", "clinic_session", ["host_ods", "host_session_id"], unique=True
    )
    op.create_table(
        "gp_system_link",
        sa.Column("ods", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("provider_asid", sa.String(), server_default="", nullable=False),
        sa.Column("consumer_asid", sa.String(), server_default="", nullable=False),
        sa.Column("secret_name", sa.String(), server_default="", nullable=False),
        sa.Column("pooling_live", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("booking_live", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("pooling_by", sa.String(), server_default="", nullable=False),
        sa.Column("pooling_by_name", sa.String(), server_default="", nullable=False),
        sa.Column("pooling_since", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("tested_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("test_outcome", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["ods"], ["practice.ods"], name="fk_gp_system_link_ods"),
        sa.PrimaryKeyConstraint("ods", name="pk_gp_system_link"),
    )
    op.create_table(
        "pool_ask",
        sa.Column("host_ods", sa.String(), nullable=False),
        sa.Column("booking_ods", sa.String(), nullable=False),
        sa.Column("stretch", sa.String(), nullable=False),
        sa.Column("next_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("lease_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("asked_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("window_start", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("window_end", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("slots_seen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), server_default="", nullable=False),
        sa.Column("took_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("stretch IN ('near', 'far')", name="ck_pool_ask_stretch"),
        sa.ForeignKeyConstraint(["booking_ods"], ["practice.ods"], name="fk_pool_ask_booking_ods"),
        sa.ForeignKeyConstraint(["host_ods"], ["practice.ods"], name="fk_pool_ask_host_ods"),
        sa.PrimaryKeyConstraint("host_ods", "booking_ods", "stretch", name="pk_pool_ask"),
    )
    op.create_index("ix_pool_ask_booking_ods", "pool_ask", ["booking_ods"])
    op.create_index("ix_pool_ask_next_at", "pool_ask", ["next_at"])
    op.create_table(
        "site",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ods", sa.String(), nullable=False),
        sa.Column("location_id", sa.String(), server_default="", nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False),
        sa.Column("postcode", sa.String(), server_default="", nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("access", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False),
        sa.Column("directions", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["ods"], ["practice.ods"], name="fk_site_ods"),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
    )
    op.create_index("ix_site_ods", "site", ["ods"])
    op.create_table(
        "slot_type_mapping",
        sa.Column("ods", sa.String(), nullable=False),
        sa.Column("wording", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("role", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["ods"], ["practice.ods"], name="fk_slot_type_mapping_ods"),
        sa.PrimaryKeyConstraint("ods", "wording", name="pk_slot_type_mapping"),
    )
    op.create_table(
        "staff_grant",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("ods", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("granted_by", sa.String(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name="ck_staff_grant_dates"),
        sa.ForeignKeyConstraint(["ods"], ["practice.ods"], name="fk_staff_grant_ods"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_grant"),
    )
    op.create_index("ix_staff_grant_user_id", "staff_grant", ["user_id"])
    op.create_table(
        "booking_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("by_user", sa.String(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("words", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["ref"], ["booking.ref"], name="fk_booking_event_ref"),
        sa.PrimaryKeyConstraint("id", name="pk_booking_event"),
    )
    op.create_index("ix_booking_event_ref", "booking_event", ["ref"])
    op.create_table(
        "slot",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("host_ods", sa.String(), nullable=False),
        sa.Column("host_slot_id", sa.String(), nullable=False),
        sa.Column("clinic_session_id", sa.BigInteger(), nullable=False),
        sa.Column("start_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("end_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("slot_type", sa.String(), nullable=False),
        sa.Column("service", sa.String(), server_default="", nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("observed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("end_at > start_at", name="ck_slot_length"),
        sa.ForeignKeyConstraint(["clinic_session_id"], ["clinic_session.id"], name="fk_slot_clinic_session_id"),
        sa.ForeignKeyConstraint(["host_ods"], ["practice.ods"], name="fk_slot_host_ods"),
        sa.PrimaryKeyConstraint("id", name="pk_slot"),
    )
    op.create_index("ix_slot_clinic_session_id", "slot", ["clinic_session_id"])
    op.create_index("ix_slot_host_ods_host_slot_id", "slot", ["host_ods", "host_slot_id"], unique=True)
    op.create_index("ix_slot_start_at", "slot", ["start_at"])
    op.create_table(
        "slot_claim",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("host_ods", sa.String(), nullable=False),
        sa.Column("host_slot_id", sa.String(), nullable=False),
        sa.Column("slot_id", sa.BigInteger(), nullable=False),
        sa.Column("slot_ends_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("parts", sa.BigInteger(), nullable=False),
        sa.Column("holder_id", sa.String(), nullable=False),
        sa.Column("booking_ods", sa.String(), nullable=False),
        sa.Column("taken_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("seen_free_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("released_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["booking_ods"], ["practice.ods"], name="fk_slot_claim_booking_ods"),
        sa.ForeignKeyConstraint(["host_ods"], ["practice.ods"], name="fk_slot_claim_host_ods"),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name="fk_slot_claim_slot_id"),
        sa.PrimaryKeyConstraint("id", name="pk_slot_claim"),
    )
    op.create_index(
        "ix_slot_claim_ahead",
        "slot_claim",
        ["slot_ends_at", "slot_id"],
        postgresql_where="released_at IS NULL",
    )
    op.create_index(
        "ix_slot_claim_holder",
        "slot_claim",
        ["holder_id"],
        postgresql_where="released_at IS NULL AND expires_at IS NOT NULL",
    )
    op.create_index("ix_slot_claim_ref", "slot_claim", ["ref"])
    op.create_index("ix_slot_claim_slot_id", "slot_claim", ["slot_id"])
    op.create_index(
        "uq_slot_claim_live",
        "slot_claim",
        ["host_ods", "host_slot_id"],
        unique=True,
        postgresql_where="released_at IS NULL",
    )
    op.create_table(
        "slot_sight",
        sa.Column("booking_ods", sa.String(), nullable=False),
        sa.Column("slot_id", sa.BigInteger(), nullable=False),
        sa.Column("host_ods", sa.String(), nullable=False),
        sa.Column("start_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("end_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["booking_ods"], ["practice.ods"], name="fk_slot_sight_booking_ods"),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name="fk_slot_sight_slot_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("booking_ods", "slot_id", name="pk_slot_sight"),
    )
    op.create_index("ix_slot_sight_booking_ods_start_at_slot_id", "slot_sight", ["booking_ods", "start_at", "slot_id"])
    op.create_index("ix_slot_sight_slot_id", "slot_sight", ["slot_id"])


def downgrade() -> None:
    op.drop_index("ix_slot_sight_slot_id", table_name="slot_sight")
    op.drop_index("ix_slot_sight_booking_ods_start_at_slot_id", table_name="slot_sight")
    op.drop_table("slot_sight")
    op.drop_index("uq_slot_claim_live", table_name="slot_claim", postgresql_where="released_at IS NULL")
    op.drop_index("ix_slot_claim_slot_id", table_name="slot_claim")
    op.drop_index("ix_slot_claim_ref", table_name="slot_claim")
    op.drop_index(
        "ix_slot_claim_holder",
        table_name="slot_claim",
        postgresql_where="released_at IS NULL AND expires_at IS NOT NULL",
    )
    op.drop_index("ix_slot_claim_ahead", table_name="slot_claim", postgresql_where="released_at IS NULL")
    op.drop_table("slot_claim")
    op.drop_index("ix_slot_start_at", table_name="slot")
    op.drop_index("ix_slot_host_ods_host_slot_id", table_name="slot")
    op.drop_index("ix_slot_clinic_session_id", table_name="slot")
    op.drop_table("slot")
    op.drop_index("ix_booking_event_ref", table_name="booking_event")
    op.drop_table("booking_event")
    op.drop_index("ix_staff_grant_user_id", table_name="staff_grant")
    op.drop_table("staff_grant")
    op.drop_table("slot_type_mapping")
    op.drop_index("ix_site_ods", table_name="site")
    op.drop_table("site")
    op.drop_index("ix_pool_ask_next_at", table_name="pool_ask")
    op.drop_index("ix_pool_ask_booking_ods", table_name="pool_ask")
    op.drop_table("pool_ask")
    op.drop_table("gp_system_link")
    op.drop_index("ix_clinic_session_host_ods_host_session_id", table_name="clinic_session")
    op.drop_table("clinic_session")
    op.drop_index(
        "uq_booking_replaces",
        table_name="booking",
        postgresql_where="replaces IS NOT NULL AND state IN ('requested', 'booked', 'in-doubt', 'cancelling', 'attended', 'missed')",
    )
    op.drop_index(
        "ix_booking_open",
        table_name="booking",
        postgresql_where="state IN ('requested', 'in-doubt', 'cancelling') OR next_look_at IS NOT NULL",
    )
    op.drop_index("ix_booking_nhs_number_start_at", table_name="booking")
    op.drop_index("ix_booking_host_ods_start_at", table_name="booking")
    op.drop_index("ix_booking_booking_ods_start_at", table_name="booking")
    op.drop_table("booking")
    op.drop_index("uq_attention_open", table_name="attention", postgresql_where="settled_at IS NULL")
    op.drop_table("attention")
    op.drop_table("agreement_signature")
    op.drop_table("agreement_party")
    op.drop_index("ix_agreement_grant_agreement_id_clause", table_name="agreement_grant")
    op.drop_table("agreement_grant")
    op.drop_index("ix_practice_cluster_code", table_name="practice")
    op.drop_table("practice")
    op.drop_index("ix_agreement_code_version", table_name="agreement")
    op.drop_table("agreement")
    op.drop_index("ix_web_session_user_id", table_name="web_session")
    op.drop_index("ix_web_session_sid", table_name="web_session", postgresql_where="sid <> ''")
    op.drop_index("ix_web_session_open", table_name="web_session", postgresql_where="ended_at IS NULL")
    op.drop_table("web_session")
    op.drop_table("timetable_run")
    op.drop_table("place")
    op.drop_index("ix_ledger_event_nhs_number_at", table_name="ledger_event", postgresql_where="nhs_number <> ''")
    op.drop_index("ix_ledger_event_booking_ref", table_name="ledger_event", postgresql_where="booking_ref <> ''")
    op.drop_index("ix_ledger_event_acting_for_at", table_name="ledger_event")
    op.drop_table("ledger_event")
    op.drop_index("ix_idempotency_key_started_at", table_name="idempotency_key")
    op.drop_table("idempotency_key")
    op.drop_table("cluster")
