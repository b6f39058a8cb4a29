"""Rows of what only refuses, and of the epoch that tells every process when to read again.

Kill switches: controller the practice itself, names no patients. Patient choices: controller the patient's practice,
name patients (NHS number). Retention of both: permanently, what was withdrawn too, since access was decided by it.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base


class KillSwitchRow(Base):
    """A practice stopped one kind of access between itself and all others; released, the row stays."""

    __tablename__ = "kill_switch"
    __table_args__ = (
        CheckConstraint("scope IN ('see-slots', 'book', 'view-record', 'send-task', 'analyse')", name="scope"),
        CheckConstraint("reason <> ''", name="reason"),
        Index("uq_kill_switch_pulled", "ods", "scope", unique=True, postgresql_where="released_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"))
    scope: Mapped[str]
    reason: Mapped[str]
    pulled_at: Mapped[datetime]
    pulled_by: Mapped[str]
    pulled_by_name: Mapped[str]
    released_at: Mapped[datetime | None]
    released_by: Mapped[str] = mapped_column(server_default="")
    released_by_name: Mapped[str] = mapped_column(server_default="")
    release_reason: Mapped[str] = mapped_column(server_default="")


class PatientChoiceRow(Base):
    """What a patient chose, from when to when, and who wrote it down for which practice."""

    __tablename__ = "patient_choice"
    __table_args__ = (
        CheckConstraint("choice IN ('dissent-to-sharing', 'type-1-opt-out', 'national-data-opt-out')", name="choice"),
        Index(
            "uq_patient_choice_standing", "nhs_number", "choice", unique=True, postgresql_where="withdrawn_at IS NULL"
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    nhs_number: Mapped[str]
    choice: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    recorded_by_name: Mapped[str]
    recorded_for: Mapped[str] = mapped_column(ForeignKey("practice.ods"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str] = mapped_column(server_default="")
    withdrawn_by_name: Mapped[str] = mapped_column(server_default="")


class SharingEpochRow(Base):
    """One row, another token after every change of an agreement or a switch (triggers of its migration see to it)."""

    __tablename__ = "sharing_epoch"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    token: Mapped[str]
