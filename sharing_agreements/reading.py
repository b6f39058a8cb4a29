"""The agreements read as terms, in one statement: what the gate decides by."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, String, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by

from sharing_agreements.models import AgreementRow, GrantRow, PartyRow, SignatureRow
from sharing_agreements.terms import Grant, Terms
from storage.base import AnyRow, among
from storage.work import Tx
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Purpose, Scope


def read_terms(
    tx: Tx, practices: Collection[OdsCode], *, any_of: bool = False, lock: int | None = None
) -> tuple[Terms, ...]:
    """The agreements to which these practices are parties (all of them; with `any_of`, at least one).

    With `lock`, that agreement's row is locked FOR SHARE, so that its status cannot change before this commits.
    """
    if lock is not None:
        tx.connection().execute(_LOCKING, {"agreement": lock})
    codes = {practice.value for practice in practices}
    wanted = {"codes": list(codes), "at_least": 1 if any_of else len(codes)}
    return tuple(map(_terms, tx.connection().execute(_READING, wanted)))


def _terms(row: AnyRow) -> Terms:
    number, code, version, title, status, starts_at, ends_at, parties, signed, grants = row
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

    One statement and one trip to the database: every search, hold and booking asks this, some of them twice.
    """
    terms, grant = AgreementRow.__table__.c, GrantRow.__table__.c
    party = PartyRow.__table__.c
    named = (
        select(party.agreement_id)
        .where(among(party.ods, "codes"))
        .group_by(party.agreement_id)
        .having(func.count() >= bindparam("at_least"))
    )
    clause = func.jsonb_build_array(
        grant.clause, grant.scope, grant.purpose, grant.roles, grant.giver_ods, grant.receiver_ods
    )
    clauses = func.coalesce(
        func.jsonb_agg(aggregate_order_by(clause, grant.clause)), func.jsonb_build_array(), type_=JSONB
    )
    return (
        select(
            terms.id,
            terms.code,
            terms.version,
            terms.title,
            terms.status,
            terms.starts_at,
            terms.ends_at,
            _codes_of(PartyRow),
            _codes_of(SignatureRow),
            select(clauses).where(grant.agreement_id == terms.id).scalar_subquery(),
        )
        .where(terms.id.in_(named))
        .order_by(terms.code)
    )


def _codes_of(row: type[PartyRow] | type[SignatureRow]) -> ColumnElement[list[str]]:
    there = row.__table__.c
    codes = select(there.ods).where(there.agreement_id == AgreementRow.__table__.c.id).scalar_subquery()
    return func.array(codes, type_=ARRAY(String))


_READING = _reading()
_LOCKING = select(AgreementRow.id).where(AgreementRow.id == bindparam("agreement")).with_for_update(read=True)
