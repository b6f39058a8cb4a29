"""Rows of the diary desk; thin, constraints first. Controller: host and booking practice, each for its part.

Booking names patients (minimum demographics, nothing clinical). Pool rows name clinicians, no patients.
Retention: pool rows until their day is past and no claim or booking needs them; bookings by the records policy.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base


class ClinicSessionRow(Base):
    """A run of slots (FHIR Schedule) as last seen at its host; identity is the host's own."""

    __tablename__ = "clinic_session"
    __table_args__ = (Index(None, "host_ods", "host_session_id", unique=True),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    host_ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"))
    host_session_id: Mapped[str]
    name: Mapped[str]
    role_code: Mapped[str] = mapped_column(server_default="")
    practitioner_name: Mapped[str] = mapped_column(server_default="")
    practitioner_gender: Mapped[str] = mapped_column(server_default="unknown")
    practitioner_id: Mapped[str] = mapped_column(server_default="")
    location_id: Mapped[str] = mapped_column(server_default="")
    location_name: Mapped[str] = mapped_column(server_default="")
    location_address: Mapped[list[str]] = mapped_column(ARRAY(String), server_default="{}")
    location_postcode: Mapped[str] = mapped_column(server_default="")
    location_phone: Mapped[str] = mapped_column(server_default="")


class SlotRow(Base):
    """The pool's copy of a host's slot. Whether it is free is learned (SlotSightRow) and claimed (SlotClaimRow)."""

    __tablename__ = "slot"
    __table_args__ = (
        Index(None, "host_ods", "host_slot_id", unique=True),
        Index(None, "start_at"),
        Index(None, "clinic_session_id"),
        CheckConstraint("end_at > start_at", name="length"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    host_ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"))
    host_slot_id: Mapped[str]
    clinic_session_id: Mapped[int] = mapped_column(ForeignKey("clinic_session.id"))
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    channel: Mapped[str]
    slot_type: Mapped[str]
    service: Mapped[str] = mapped_column(server_default="")  # from the practice's mapping; empty: unmapped
    role: Mapped[str]
    observed_at: Mapped[datetime]  # when the request was sent that changed it last, or looked at it


class SlotSightRow(Base):
    """`booking_ods` was shown this slot as free when it last asked: visibility is learned, never computed."""

    __tablename__ = "slot_sight"
    __table_args__ = (Index(None, "booking_ods", "start_at", "slot_id"), Index(None, "slot_id"))

    booking_ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"), primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id", ondelete="CASCADE"), primary_key=True)
    host_ods: Mapped[str]
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]


class PoolAskRow(Base):
    """The last time one booking practice asked one host about one stretch of time, and what came of it."""

    __tablename__ = "pool_ask"
    __table_args__ = (
        CheckConstraint("stretch IN ('near', 'far')", name="stretch"),
        Index(None, "booking_ods"),
        Index(None, "next_at"),
    )

    host_ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"), primary_key=True)
    booking_ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"), primary_key=True)
    stretch: Mapped[str] = mapped_column(primary_key=True)  # near: the next 72 h; far: the rest
    next_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]  # when the last complete answer's request was sent
    window_start: Mapped[datetime | None]
    window_end: Mapped[datetime | None]
    slots_seen: Mapped[int] = mapped_column(server_default="0")
    failures: Mapped[int] = mapped_column(server_default="0")
    failed_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(server_default="")  # plain words
    took_ms: Mapped[int] = mapped_column(server_default="0")


class SlotClaimRow(Base):
    """The hub's exclusive intent on a host's slot. With `expires_at` it is a hold; without, a booking's claim."""

    __tablename__ = "slot_claim"
    __table_args__ = (
        Index(
            "uq_slot_claim_live",
            "host_ods",
            "host_slot_id",
            unique=True,
            postgresql_where="released_at IS NULL",
        ),
        Index(None, "ref"),
        Index(None, "slot_id"),
        Index("ix_slot_claim_ahead", "slot_ends_at", "slot_id", postgresql_where="released_at IS NULL"),
        Index("ix_slot_claim_holder", "holder_id", postgresql_where="released_at IS NULL AND expires_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    host_ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"))
    host_slot_id: Mapped[str]
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    slot_ends_at: Mapped[datetime]  # as when it was claimed; past bookings keep their claims, searches pass them by
    ref: Mapped[str]
    parts: Mapped[int]  # how many slots the claim is for: a part overtaken loses the whole
    holder_id: Mapped[str]
    booking_ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"))
    taken_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    seen_free_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]


class BookingRow(Base):
    """The hub's record of a deal. `facts` is the slot as it was shown when booked (see results.SlotFacts)."""

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint(
            "state IN ('requested', 'booked', 'refused', 'in-doubt', 'cancelling', 'cancelled', 'attended', 'missed')",
            name="state",
        ),
        CheckConstraint("end_at > start_at", name="length"),
        CheckConstraint("length(description) BETWEEN 1 AND 100", name="description"),
        CheckConstraint("length(comment) <= 500", name="comment"),
        CheckConstraint("patient_told", name="patient_told"),
        CheckConstraint("came_at IS NULL OR state = 'cancelled'", name="came"),
        CheckConstraint("state <> 'booked' OR appointment_id <> ''", name="booked_has_receipt"),
        Index(None, "start_at"),
        Index(None, "nhs_number", "start_at"),
        Index(None, "host_ods", "start_at"),
        Index(None, "booking_ods", "start_at"),
        Index(
            "ix_booking_open",
            "next_look_at",
            postgresql_where="state IN ('requested', 'in-doubt', 'cancelling') OR next_look_at IS NOT NULL",
        ),
        Index(
            "uq_booking_replaces",
            "replaces",
            unique=True,
            postgresql_where="replaces IS NOT NULL AND state IN "
            "('requested', 'booked', 'in-doubt', 'cancelling', 'attended', 'missed')",
        ),
    )

    ref: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    host_ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"))
    booking_ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"))
    home_ods: Mapped[str | None]
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    facts: Mapped[dict[str, Any]]
    nhs_number: Mapped[str]
    family: Mapped[str]
    given: Mapped[str]
    birth_date: Mapped[date]
    gender: Mapped[str] = mapped_column(server_default="unknown")
    phone: Mapped[str] = mapped_column(server_default="")
    interpreter: Mapped[str] = mapped_column(server_default="")
    access_needs: Mapped[list[str]] = mapped_column(ARRAY(String), server_default="{}")
    description: Mapped[str]
    comment: Mapped[str] = mapped_column(server_default="")
    patient_told: Mapped[bool]
    clash_reason: Mapped[str] = mapped_column(server_default="")
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("agreement.id"))
    agreement: Mapped[str] = mapped_column(server_default="")
    clause: Mapped[str] = mapped_column(server_default="")
    created_by: Mapped[str]
    created_by_name: Mapped[str]
    created_by_role: Mapped[str]
    created_via: Mapped[str]
    trace_id: Mapped[str]
    requested_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    patient_host_id: Mapped[str] = mapped_column(server_default="")
    appointment_id: Mapped[str] = mapped_column(server_default="")
    appointment_version: Mapped[str] = mapped_column(server_default="")
    refusal_code: Mapped[str] = mapped_column(server_default="")
    refusal_words: Mapped[str] = mapped_column(server_default="")
    replaces: Mapped[str | None] = mapped_column(ForeignKey("booking.ref"))
    cancel_reason: Mapped[str] = mapped_column(server_default="")
    cancel_by: Mapped[str] = mapped_column(server_default="")
    cancel_by_name: Mapped[str] = mapped_column(server_default="")
    cancel_asked_at: Mapped[datetime | None]
    came_at: Mapped[datetime | None]  # cancelled by the host, and the patient came all the same
    next_look_at: Mapped[datetime | None]
    looks: Mapped[int] = mapped_column(server_default="0")
    lease_until: Mapped[datetime | None]


class BookingEventRow(Base):
    """One transition of a booking: the history a page shows."""

    __tablename__ = "booking_event"
    __table_args__ = (Index(None, "ref"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ref: Mapped[str] = mapped_column(ForeignKey("booking.ref"))
    at: Mapped[datetime]
    from_state: Mapped[str]
    to_state: Mapped[str]
    by_user: Mapped[str]
    by_name: Mapped[str]
    words: Mapped[str] = mapped_column(server_default="")


class VisitEventRow(Base):
    """One thing said about a visit on its day; never changed, taken back by another row (see visit_rules.py)."""

    __tablename__ = "visit_event"
    __table_args__ = (
        CheckConstraint(
            "status IN ('', 'arrived', 'in-room', 'left', 'done', 'missed', 'cancelled-late', 'left-unseen', "
            "'expected') "
            "AND call IN ('', 'spoke', 'no-answer', 'voicemail', 'wrong-number') "
            "AND (status <> '')::int + (call <> '')::int + in_person::int + (undoes IS NOT NULL)::int = 1",
            name="said",
        ),
        CheckConstraint(
            "(there_at IS NULL AND status <> 'expected') OR (there_at <= at AND status <> '')", name="there"
        ),
        Index(None, "ref"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    ref: Mapped[str] = mapped_column(ForeignKey("booking.ref"))
    at: Mapped[datetime]
    there_at: Mapped[datetime | None]  # said in the host's own system at that time, and read there
    by_user: Mapped[str]
    by_name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="")
    call: Mapped[str] = mapped_column(server_default="")
    in_person: Mapped[bool] = mapped_column(server_default="false")
    undoes: Mapped[int | None] = mapped_column(ForeignKey("visit_event.id"), unique=True)


class AttentionRow(Base):
    """Something a person must settle: a booking the machine could not, a ghost, a drift. Owned until settled."""

    __tablename__ = "attention"
    __table_args__ = (
        CheckConstraint("(settled_at IS NULL) = (settled_by = '')", name="settled"),
        Index(
            "uq_attention_open",
            "kind",
            "booking_ref",
            "host_ods",
            "appointment_id",
            unique=True,
            postgresql_where="settled_at IS NULL",
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str]  # see attention.py
    booking_ref: Mapped[str] = mapped_column(server_default="")
    host_ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"))
    appointment_id: Mapped[str] = mapped_column(server_default="")
    owner_ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"))  # whose staff must look at it
    words: Mapped[str]
    raised_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str] = mapped_column(server_default="")
    settlement: Mapped[str] = mapped_column(server_default="")


class HostLookRow(Base):
    """The timetable of asking a host whether a booking still stands, and what it said last (see following.py)."""

    __tablename__ = "host_look"
    __table_args__ = (
        CheckConstraint("says IN ('', 'stands', 'moved', 'absent', 'cancelled', 'held')", name="says"),
        CheckConstraint("(says = 'moved') = (there_start IS NOT NULL AND there_end IS NOT NULL)", name="moved"),
        CheckConstraint("there_end > there_start", name="length"),
        Index(None, "next_at"),
    )

    ref: Mapped[str] = mapped_column(ForeignKey("booking.ref"), primary_key=True)
    next_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    followed_since: Mapped[datetime | None]  # by the timetable; a nightly comparison looks too
    asked_at: Mapped[datetime | None]  # when the request of the last answered look was sent
    failures: Mapped[int] = mapped_column(server_default="0")
    says: Mapped[str] = mapped_column(server_default="")
    says_since: Mapped[datetime | None]
    there_start: Mapped[datetime | None]
    there_end: Mapped[datetime | None]


class VisitReportRow(Base):
    """What a host's own system has still to be told of a visit: the state is the queue (see reporting.py)."""

    __tablename__ = "visit_report"
    __table_args__ = (
        CheckConstraint("told_event <= wanted_event", name="order"),
        Index("ix_visit_report_due", "next_at", postgresql_where="told_event < wanted_event"),
    )

    ref: Mapped[str] = mapped_column(ForeignKey("booking.ref"), primary_key=True)
    wanted_event: Mapped[int]  # the visit_event that was said last
    told_event: Mapped[int] = mapped_column(server_default="0")  # the last one that the host has heard of
    wanted_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]  # None: a person must tell them
    lease_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    failure: Mapped[str] = mapped_column(server_default="")  # plain words
