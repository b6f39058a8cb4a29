"""What the gate decides by: agreements as terms, pulled switches, and a patient's choices.

Agreements and switches are kept in memory under the register's epoch, one row that is another after every change
(triggers see to it): reading that row is all that a request or job needs, and a change is seen at its commit.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by

from sharing_agreements.models import AgreementRow, GrantRow, PartyRow, SignatureRow
from sharing_agreements.refusing_models import KillSwitchRow, PatientChoiceRow, SharingEpochRow
from sharing_agreements.terms import Decision, Grant, PulledSwitch, Question, Terms, decide
from storage.base import AnyRow, among
from storage.work import Tx
from vocabulary.choices import PatientChoice
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Purpose, Scope


@dataclass(frozen=True, slots=True)
class Standing:
    """The register as it stands at one epoch: what every decision of a moment is made from."""

    epoch: str
    by_practice: Mapping[OdsCode, tuple[Terms, ...]]
    switches: frozenset[PulledSwitch]

    def naming(self, practice: OdsCode) -> tuple[Terms, ...]:
        """The agreements to which this practice is a party, whatever their state."""
        return self.by_practice.get(practice, ())

    def agreements(self) -> tuple[Terms, ...]:
        """All of them, by code and version."""
        known = {terms.id: terms for listed in self.by_practice.values() for terms in listed}
        return tuple(sorted(known.values(), key=lambda terms: (terms.code, terms.version)))

    def decide(self, question: Question, at: datetime, *, under: int | None = None) -> Decision:
        """Answer one question; `under` one agreement alone, if given."""
        known: Iterable[Terms] = self.naming(question.asker)
        if under is not None:
            known = (terms for terms in known if terms.id == under)
        return decide(known, question, at, self.switches)


class Reader:
    """Keeps the register in memory, and reads it again when its epoch is another."""

    def __init__(self) -> None:
        self._kept: Standing | None = None

    def read(self, tx: Tx) -> Standing:
        """The register as this transaction sees it, its own changes included."""
        epoch = tx.connection().scalar(_EPOCH) or ""
        kept = self._kept
        if kept is None or not epoch or kept.epoch != epoch:
            # Should a change commit in between, this is newer than its epoch says, and the next reader reads it again.
            kept = self._kept = _standing(tx, epoch)
        return kept


def hold_still(tx: Tx, agreement: int, practices: Collection[OdsCode]) -> None:
    """Until this transaction ends, this agreement's row and these practices' switches stay as they are; read after.

    A change under way is waited for: it holds the row, or the practice's lock (`switches.pull`).
    """
    asker, giver = sorted(practice.value for practice in practices)
    tx.connection().execute(_HOLDING, {"agreement": agreement, "one": asker, "other": giver, "kind": SWITCHES})


SWITCHES = 4  # the kind of the lock on one practice's switches


def bump_epoch(tx: Tx) -> None:
    """Tell every process to read the register again. Triggers do it for the tables of today."""
    tx.connection().execute(text("SELECT sharing_changed()"))


def choices_of(tx: Tx, nhs_number: NHSNumber) -> frozenset[PatientChoice]:
    """What this patient has chosen and not withdrawn."""
    return frozenset(map(PatientChoice, tx.connection().scalars(_CHOICES, {"nhs_number": nhs_number.value})))


def _standing(tx: Tx, epoch: str) -> Standing:
    by_practice: dict[OdsCode, list[Terms]] = {}
    for terms in map(_terms, tx.connection().execute(_EVERYTHING)):
        for practice in terms.parties:
            by_practice.setdefault(practice, []).append(terms)
    switches = frozenset((OdsCode(ods), Scope(scope)) for ods, scope in tx.connection().execute(_PULLED))
    return Standing(epoch, {ods: tuple(known) for ods, known in by_practice.items()}, switches)


def read_terms(tx: Tx, practices: Collection[OdsCode], *, any_of: bool = False) -> tuple[Terms, ...]:
    """The agreements to which these practices are parties (all of them; with `any_of`, at least one)."""
    codes = {practice.value for practice in practices}
    wanted = {"codes": list(codes), "at_least": 1 if any_of else len(codes)}
    return tuple(map(_terms, tx.connection().execute(_READING, wanted)))


def _terms(row: AnyRow) -> Terms:
    number, code, version, title, status, starts_at, ends_at, parties, left, signed, grants = row
    return Terms(
        number,
        code,
        version,
        title,
        status,
        starts_at,
        ends_at,
        frozenset(map(OdsCode, parties)),
        frozenset(map(OdsCode, signed)),
        tuple(map(_grant, grants)),
        frozenset(map(OdsCode, left)),
    )


def _grant(parts: list[Any]) -> Grant:
    clause, scope, purpose, roles, giver, receiver = parts
    return Grant(
        clause,
        Scope(scope),
        Purpose(purpose),
        frozenset(map(UserRole, roles)),
        OdsCode(giver) if giver else None,
        OdsCode(receiver) if receiver else None,
    )


def _reading() -> Select[Any]:
    """Agreements by code, each with its parties, signatures and clauses in the same row.

    One statement and one trip to the database.
    """
    terms, grant = AgreementRow.__table__.c, GrantRow.__table__.c
    clause = func.jsonb_build_array(
        grant.clause, grant.scope, grant.purpose, grant.roles, grant.giver_ods, grant.receiver_ods
    )
    clauses = func.coalesce(
        func.jsonb_agg(aggregate_order_by(clause, grant.clause)), func.jsonb_build_array(), type_=JSONB
    )
    return select(
        terms.id,
        terms.code,
        terms.version,
        terms.title,
        terms.status,
        terms.starts_at,
        terms.ends_at,
        _codes_of(PartyRow),
        _codes_of(PartyRow, PartyRow.left_at.is_not(None)),
        _codes_of(SignatureRow),
        select(clauses).where(grant.agreement_id == terms.id).scalar_subquery(),
    ).order_by(terms.code, terms.version)


def _naming() -> Select[Any]:
    """Those of them that name so many of these practices."""
    party = PartyRow.__table__.c
    named = (
        select(party.agreement_id)
        .where(among(party.ods, "codes"))
        .group_by(party.agreement_id)
        .having(func.count() >= bindparam("at_least"))
    )
    return _EVERYTHING.where(AgreementRow.__table__.c.id.in_(named))


def _codes_of(row: type[PartyRow] | type[SignatureRow], *only: ColumnElement[bool]) -> ColumnElement[list[str]]:
    there = row.__table__.c
    codes = select(there.ods).where(there.agreement_id == AgreementRow.__table__.c.id, *only).scalar_subquery()
    return func.array(codes, type_=ARRAY(String))


def _shared_lock(name: str) -> ColumnElement[Any]:
    return func.pg_advisory_xact_lock_shared(func.hashtextextended(bindparam(name, type_=String), bindparam("kind")))


_EVERYTHING = _reading()
_READING = _naming()
_EPOCH = select(SharingEpochRow.token)
_PULLED = select(KillSwitchRow.ods, KillSwitchRow.scope).where(KillSwitchRow.released_at.is_(None))
_CHOICES = select(PatientChoiceRow.choice).where(
    PatientChoiceRow.nhs_number == bindparam("nhs_number"), PatientChoiceRow.withdrawn_at.is_(None)
)
_HOLDING = (
    select(AgreementRow.id, _shared_lock("one"), _shared_lock("other"))
    .where(AgreementRow.id == bindparam("agreement"))
    .with_for_update(read=True)
)
