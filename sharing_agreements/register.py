"""The register read as terms, and as pages show it. Its life cycle (draft, propose, sign…) is issue 3 of 4."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from sharing_agreements.models import AgreementRow, GrantRow, PartyRow, SignatureRow
from sharing_agreements.terms import Grant, Terms
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
        tx.execute(select(AgreementRow.id).where(AgreementRow.id == lock).with_for_update(read=True))
    codes = sorted(practice.value for practice in practices)
    party_of = select(PartyRow.agreement_id).where(PartyRow.ods.in_(codes))
    wanted = set(tx.scalars(party_of)) if any_of or len(codes) == 1 else _shared(tx, codes)
    return _terms(tx, sorted(wanted))


def _shared(tx: Tx, codes: Sequence[str]) -> set[int]:
    parties: dict[int, set[str]] = defaultdict(set)
    for agreement_id, ods in tx.execute(select(PartyRow.agreement_id, PartyRow.ods).where(PartyRow.ods.in_(codes))):
        parties[agreement_id].add(ods)
    return {agreement_id for agreement_id, found in parties.items() if len(found) == len(codes)}


def _terms(tx: Tx, ids: Sequence[int]) -> tuple[Terms, ...]:
    if not ids:
        return ()
    columns = (
        AgreementRow.id,
        AgreementRow.code,
        AgreementRow.version,
        AgreementRow.title,
        AgreementRow.status,
        AgreementRow.starts_at,
        AgreementRow.ends_at,
    )
    agreements = tx.execute(select(*columns).where(AgreementRow.id.in_(ids)).order_by(AgreementRow.code)).all()
    parties = _by_agreement(tx, PartyRow.agreement_id, PartyRow.ods, ids)
    signed = _by_agreement(tx, SignatureRow.agreement_id, SignatureRow.ods, ids)
    grants: dict[int, list[Grant]] = defaultdict(list)
    rows = tx.execute(
        select(
            GrantRow.agreement_id,
            GrantRow.clause,
            GrantRow.scope,
            GrantRow.purpose,
            GrantRow.giver_ods,
            GrantRow.receiver_ods,
            GrantRow.roles,
        )
        .where(GrantRow.agreement_id.in_(ids))
        .order_by(GrantRow.agreement_id, GrantRow.clause)
    )
    for agreement_id, clause, scope, purpose, giver, receiver, roles in rows:
        grants[agreement_id].append(
            Grant(
                clause,
                Scope(scope),
                Purpose(purpose),
                frozenset(UserRole(role) for role in roles),
                OdsCode(giver) if giver else None,
                OdsCode(receiver) if receiver else None,
            )
        )
    return tuple(
        Terms(*row, parties=parties[row[0]], signed=signed[row[0]], grants=tuple(grants[row[0]])) for row in agreements
    )


def _by_agreement(
    tx: Tx, key: InstrumentedAttribute[int], ods: InstrumentedAttribute[str], ids: Sequence[int]
) -> dict[int, frozenset[OdsCode]]:
    found: dict[int, set[OdsCode]] = defaultdict(set)
    for agreement_id, code in tx.execute(select(key, ods).where(key.in_(ids))):
        found[agreement_id].add(OdsCode(code))
    return defaultdict(frozenset, {agreement_id: frozenset(codes) for agreement_id, codes in found.items()})


@dataclass(frozen=True, slots=True)
class AgreementView:
    """An agreement as the read-only page shows it."""

    terms: Terms
    cluster: str
    review_on: date | None
    suspended_at: datetime | None
    status_reason: str
    signatures: tuple[tuple[OdsCode, str, str, datetime], ...]  # practice, who, as what, when


def agreements_of(tx: Tx, practice: OdsCode) -> tuple[AgreementView, ...]:
    """Every agreement this practice is named in, whatever its state, by code."""
    views = []
    for terms in read_terms(tx, {practice}):
        row = tx.get_one(AgreementRow, terms.id)
        signatures = tx.scalars(
            select(SignatureRow).where(SignatureRow.agreement_id == terms.id).order_by(SignatureRow.ods)
        )
        views.append(
            AgreementView(
                terms,
                row.cluster_code or "",
                row.review_on,
                row.suspended_at,
                row.status_reason,
                tuple((OdsCode(s.ods), s.signed_by, s.signed_as, s.signed_at) for s in signatures),
            )
        )
    return tuple(views)
