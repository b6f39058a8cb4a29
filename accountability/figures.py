"""What an evidence pack is filled with: agreements as signed, figures of access, refusals, reviews.

No patient is named but in `disclosures`, which only a guardian's own pack has.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true

from accountability.models import AccessReviewRow
from sharing_agreements.models import AgreementRow, AttachmentRow, PartyRow, SignatureRow
from sharing_agreements.refusing_models import KillSwitchRow
from storage.base import AnyRow, AnySelect, among
from storage.holds import LegalHoldRow
from storage.ledger import LedgerRow
from storage.work import Tx
from vocabulary.identifiers import OdsCode
from vocabulary.times import Window

Table = tuple[tuple[str, ...], list[tuple[Any, ...]]]
"""A heading and rows, as a CSV file has them."""


@dataclass(frozen=True, slots=True)
class SignedAgreement:
    """An agreement in the pack. `fits` is whether the document has its stated digest; None without one."""

    code: str
    version: int
    title: str
    status: str
    starts_at: datetime
    ends_at: datetime
    document: str
    digest: str
    fits: bool | None
    parties: tuple[str, ...]
    signatures: tuple[AnyRow, ...]
    attached: tuple[tuple[str, bytes], ...]  # name in the pack, content

    @property
    def label(self) -> str:
        """As cited."""
        return f"{self.code} v{self.version}"

    @property
    def signed_this(self) -> int:
        """How many signed this very text."""
        return sum(each.digest == self.digest != "" and each.carried_from is None for each in self.signatures)

    @property
    def held_on(self) -> int:
        """How many signatures are of an earlier version, and hold on because nothing changed for who gave them."""
        return sum(each.carried_from is not None for each in self.signatures)

    @property
    def file(self) -> str:
        """Its name in the pack."""
        return f"agreements/{self.code}-v{self.version}.json"


def agreements(tx: Tx, practice: OdsCode | None, period: Window) -> tuple[SignedAgreement, ...]:
    """Those that name the practice (or all) and were not over before the period."""
    row, party = AgreementRow, PartyRow
    asked = select(row).where(row.ends_at >= period.start, row.starts_at < period.end, row.status != "draft")
    if practice is not None:
        asked = asked.where(row.id.in_(select(party.agreement_id).where(party.ods == practice.value)))
    return tuple(_agreement(tx, found) for found in tx.scalars(asked.order_by(row.code, row.version)))


def _agreement(tx: Tx, row: AgreementRow) -> SignedAgreement:
    sign = SignatureRow
    columns = (sign.ods, sign.signed_by, sign.signed_as, sign.signed_at, sign.digest, sign.carried_from)
    file = AttachmentRow
    files = select(file.sha256, file.name, file.content).where(file.agreement_id == row.id).order_by(file.name)
    fits = hashlib.sha256(row.document.encode()).hexdigest() == row.digest if row.document and row.digest else None
    return SignedAgreement(
        code=row.code,
        version=row.version,
        title=row.title,
        status=row.status,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        document=row.document,
        digest=row.digest,
        fits=fits,
        parties=tuple(tx.scalars(select(PartyRow.ods).where(PartyRow.agreement_id == row.id).order_by(PartyRow.ods))),
        signatures=tuple(tx.execute(select(*columns).where(sign.agreement_id == row.id).order_by(sign.ods))),
        attached=tuple(
            (f"agreements/files/{sha256[:16]}-{name}", content) for sha256, name, content in tx.execute(files)
        ),
    )


def life(tx: Tx, found: Iterable[SignedAgreement], period: Window) -> Table:
    """What became of these agreements in the period, whoever did it: signed, suspended, resumed, left, ended; why."""
    row = LedgerRow
    asked = (
        select(row.at, row.agreement, row.act, row.user_name, row.user_role, row.practice_name, row.acting_for)
        .add_columns(row.reason)
        .where(row.act.like("agreement.%"), row.act.not_in(_NO_DEED), row.outcome == "done")
        .where(among(row.agreement, {each.label for each in found}), row.at >= period.start, row.at < period.end)
        .order_by(row.at, row.id)
    )
    return _table(tx, ("at", "agreement", "act", "name", "role", "practice", "practice_code", "reason"), asked)


_NO_DEED = ("agreement.foreseen", "agreement.booking-chosen", "agreement.reminded")


def switches(tx: Tx, practice: OdsCode | None, period: Window) -> Table:
    """Kinds of sharing that were switched off at some time in the period, with both reasons."""
    row = KillSwitchRow
    asked = (
        select(row.ods, row.scope, row.pulled_at, row.pulled_by_name, row.reason)
        .add_columns(row.released_at, row.released_by_name, row.release_reason)
        .where(row.pulled_at < period.end, row.released_at.is_(None) | (row.released_at >= period.start))
        .order_by(row.pulled_at, row.id)
    )
    if practice is not None:
        asked = asked.where(row.ods == practice.value)
    heading = ("practice", "kind", "off_at", "off_by", "off_because", "on_at", "on_by", "on_because")
    return _table(tx, heading, asked)


def words_of_reviews(tx: Tx, practice: OdsCode, period: Window) -> Table:
    """What people said of their access, and what the guardian found: may name patients, so for the guardian's own."""
    row = AccessReviewRow
    asked = (
        select(row.id, row.concern, row.nhs_number, row.user_name, row.reason, row.verdict, row.words)
        .where(row.owner_ods == practice.value, row.raised_at >= period.start, row.raised_at < period.end)
        .order_by(row.id)
    )
    return _table(tx, ("review", "concern", "nhs_number", "name", "they_said", "verdict", "guardian_found"), asked)


def access(tx: Tx, practice: OdsCode | None, period: Window) -> Table:
    """How often what was done: by month, for which practice, at which (where it touched one), and the outcome."""
    row = LedgerRow
    by = (_MONTH, row.acting_for, row.host_ods, row.act, row.outcome)
    asked = select(*by, func.count()).where(_within(practice, period)).group_by(*by).order_by(*by)
    return _table(tx, ("month", "practice", "at_practice", "act", "outcome", "events"), asked)


def refusals(tx: Tx, practice: OdsCode | None, period: Window) -> Table:
    """What was refused and why: as full as what was granted."""
    row = LedgerRow
    asked = (
        select(_MONTH, row.act, row.reason, row.agreement, row.acting_for, row.host_ods, func.count())
        .where(_within(practice, period), row.outcome == "refused")
        .group_by(_MONTH, row.act, row.reason, row.agreement, row.acting_for, row.host_ods)
        .order_by(_MONTH, func.count().desc())
    )
    return _table(tx, ("month", "act", "reason", "agreement", "asked_by", "asked_of", "events"), asked)


def people(tx: Tx, practice: OdsCode | None, period: Window) -> Table:
    """Who did how much: people, never patients."""
    row = LedgerRow
    asked = (
        select(
            row.acting_for,
            row.user_id,
            func.max(row.user_name),
            row.user_role,
            func.count(),
            func.count(row.nhs_number.distinct()).filter(row.nhs_number != ""),
            func.count().filter(row.outcome == "refused"),
        )
        .where(_within(practice, period))
        .group_by(row.acting_for, row.user_id, row.user_role)
        .order_by(row.acting_for, func.max(row.user_name), row.user_role)
    )
    heading = ("practice", "user_id", "name", "role", "events", "different_patients", "refused")
    return _table(tx, heading, asked)


def reviews(tx: Tx, practice: OdsCode | None, period: Window, *, only: str = "") -> Table:
    """Reviews with their outcome; what people wrote may name somebody and stays out."""
    row = AccessReviewRow
    asked = select(
        row.id,
        row.concern,
        row.owner_ods,
        row.acting_ods,
        row.user_name,
        row.user_role,
        row.first_at,
        row.raised_at,
        row.due_at,
        row.settled_at,
        row.settled_by_name,
        row.verdict,
    ).where(row.raised_at >= period.start, row.raised_at < period.end)
    if practice is not None:
        asked = asked.where((row.owner_ods == practice.value) | (row.acting_ods == practice.value))
    if only:
        asked = asked.where(row.concern == only)
    heading = (
        *("review", "concern", "reviewed_at", "acted_for", "name", "role", "first_at", "raised_at", "due_at"),
        *("settled_at", "settled_by", "verdict"),
    )
    return _table(tx, heading, asked.order_by(row.raised_at, row.id))


def legal_holds(tx: Tx, practice: OdsCode | None) -> Table:
    """Holds that stand or stood; about whom of the patients stays out."""
    row = LegalHoldRow
    about = (row.nhs_number != "").label("about_one_patient")
    asked = select(row.id, row.ods, about, row.set_at, row.set_by_name, row.look_again_on, row.lifted_at)
    if practice is not None:
        asked = asked.where(row.ods == practice.value)
    heading = ("hold", "practice", "about_one_patient", "set_at", "set_by", "look_again_on", "lifted_at")
    return _table(tx, heading, asked.order_by(row.id))


def disclosures(tx: Tx, practice: OdsCode, period: Window) -> Iterator[tuple[Any, ...]]:
    """Every act about a patient by the practice's people, or by others at the practice, with the NHS number: only for
    the guardian's own pack."""
    row = LedgerRow
    asked = (
        select(row.at, row.user_name, row.user_role, row.acting_for, row.act, row.outcome, row.nhs_number, row.host_ods)
        .add_columns(row.purpose)
        .add_columns(row.agreement, row.clause, row.reason)
        .where(_within(practice, period), row.nhs_number != "")
        .order_by(row.at, row.id)
    )
    for found in tx.execute(asked):
        yield tuple(found)


DISCLOSURES = (
    *("at", "name", "role", "practice", "act", "outcome", "nhs_number", "at_practice", "purpose"),
    *("agreement", "clause", "reason"),
)
_MONTH = func.to_char(func.timezone("Europe/London", LedgerRow.at), "YYYY-MM").label("month")


def _within(practice: OdsCode | None, period: Window) -> ColumnElement[bool]:
    """What the practice's people did, and what others did at the practice: a record is opened by neighbours."""
    row = LedgerRow
    ours = (row.acting_for, row.host_ods)
    whose = or_(*(column == practice.value for column in ours)) if practice is not None else true()
    return (row.at >= period.start) & (row.at < period.end) & whose


def _table(tx: Tx, heading: tuple[str, ...], asked: AnySelect) -> Table:
    return heading, [tuple(row) for row in tx.execute(asked)]
