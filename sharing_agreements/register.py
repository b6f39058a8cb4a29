"""The register as pages show it. Its life cycle (draft, propose, sign…) is issue 3 of 4."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from sharing_agreements.models import AgreementRow, PartyRow, SignatureRow
from sharing_agreements.reading import read_terms
from sharing_agreements.terms import Terms
from storage.work import Tx
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole


@dataclass(frozen=True, slots=True)
class AgreementView:
    """An agreement as the read-only page shows it."""

    terms: Terms
    cluster: str
    review_on: date | None
    suspended_at: datetime | None
    status_reason: str
    signatures: tuple[tuple[OdsCode, str, str, datetime], ...]  # practice, who, as what, when


def sees_all(caller: Caller) -> bool:
    """A federation admin looks after every agreement; everybody else reads those that name their practice."""
    return caller.role is UserRole.FEDERATION_ADMIN


def agreements_for(tx: Tx, caller: Caller) -> tuple[AgreementView, ...]:
    """Every agreement the caller may read, whatever its state: those that name their practice first, then by code."""
    own = caller.practice
    readable = {OdsCode(ods) for ods in tx.scalars(select(PartyRow.ods).distinct())} if sees_all(caller) else {own}
    known = sorted(read_terms(tx, readable, any_of=True), key=lambda terms: own not in terms.parties)
    numbers = [terms.id for terms in known]
    rows = {row.id: row for row in tx.scalars(select(AgreementRow).where(AgreementRow.id.in_(numbers)))}
    signatures: dict[int, list[SignatureRow]] = {number: [] for number in numbers}
    signed = select(SignatureRow).where(SignatureRow.agreement_id.in_(numbers)).order_by(SignatureRow.ods)
    for signature in tx.scalars(signed):
        signatures[signature.agreement_id].append(signature)
    return tuple(_view(terms, rows[terms.id], signatures[terms.id]) for terms in known)


def _view(terms: Terms, row: AgreementRow, signatures: list[SignatureRow]) -> AgreementView:
    return AgreementView(
        terms,
        row.cluster_code or "",
        row.review_on,
        row.suspended_at,
        row.status_reason,
        tuple((OdsCode(s.ods), s.signed_by, s.signed_as, s.signed_at) for s in signatures),
    )
