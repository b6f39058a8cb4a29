"""A document and its rows: what is signed is the document; parties and clauses are what the gate and the lists read."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import delete, insert, select

from practices.models import PracticeRow
from sharing_agreements import document_reading
from sharing_agreements.deeds import OVER_ALL, Deed, NotYourAgreement, on_behalf_of
from sharing_agreements.document import AgreementDocument, Attached, Clause, DocumentParty, canonical
from sharing_agreements.models import AgreementRow, AttachmentRow, GrantRow, PartyRow
from storage.work import Tx
from vocabulary.agreements import AgreementStatus, AtEnd, ControllerRole
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Purpose, Scope

_A_YEAR = timedelta(days=365)


def of(tx: Tx, row: AgreementRow) -> AgreementDocument:
    """The document of this row. Agreements older than the register's documents have none: their text is read off."""
    if row.document:
        return document_reading.read_text(row.document)
    signatories = select(PartyRow, PracticeRow.name).join(PracticeRow, PracticeRow.ods == PartyRow.ods)
    parties = tx.execute(signatories.where(PartyRow.agreement_id == row.id).order_by(PartyRow.ods))
    grants = tx.scalars(select(GrantRow).where(GrantRow.agreement_id == row.id).order_by(GrantRow.clause))
    return AgreementDocument(
        code=row.code,
        version=row.version,
        title=row.title,
        cluster=row.cluster_code or "",
        parties=tuple(
            DocumentParty(
                OdsCode(party.ods), name, ControllerRole(party.role), signatory_role=UserRole(party.signatory_role)
            )
            for party, name in parties
        ),
        clauses=tuple(map(_clause, grants)),
        starts_at=row.starts_at,
        review_on=row.review_on,
        ends_at=row.ends_at,
        at_end=AtEnd(row.at_end),
    )


def with_who_stays(tx: Tx, row: AgreementRow) -> AgreementDocument:
    """The document as it has become: without those who have left since, and without what only they gave or got."""
    gone = select(PartyRow.ods).where(PartyRow.agreement_id == row.id, PartyRow.left_at.is_not(None))
    left = {OdsCode(ods) for ods in tx.scalars(gone)}
    document = of(tx, row)
    return replace(
        document,
        parties=tuple(party for party in document.parties if party.ods not in left),
        clauses=tuple(one for one in document.clauses if one.giver not in left and one.receiver not in left),
    )


def _clause(grant: GrantRow) -> Clause:
    return Clause(
        grant.clause,
        Scope(grant.scope),
        Purpose(grant.purpose),
        OdsCode(grant.giver_ods) if grant.giver_ods else None,
        OdsCode(grant.receiver_ods) if grant.receiver_ods else None,
        frozenset(map(UserRole, grant.roles)),
    )


def new_row(deed: Deed, document: AgreementDocument, supersedes: int | None) -> AgreementRow:
    """The row of a draft, still without its text."""
    row = AgreementRow(
        code=document.code,
        version=document.version,
        title=document.title,
        status=AgreementStatus.DRAFT.value,
        starts_at=deed.at,
        ends_at=deed.at + _A_YEAR,
        document="",
        digest="",
        revision=1,
        supersedes=supersedes,
        created_by=deed.caller.user_id,
        created_by_name=deed.caller.name,
        created_by_ods=on_behalf_of(deed.caller),
        created_at=deed.at,
    )
    deed.tx.add(row)
    deed.tx.flush()
    return row


def write(deed: Deed, row: AgreementRow, document: AgreementDocument) -> None:
    """The document and its projection: what the gate and the lists read."""
    if deed.caller.role not in OVER_ALL and document.parties:
        _has_own_practice(deed, document)
    document = _named(deed.tx, document)
    row.document = canonical(document).decode()
    row.title, row.review_on, row.changed_at = document.title, document.review_on, deed.at
    row.cluster_code = _cluster(deed.tx, document.cluster)
    row.starts_at = document.starts_at or deed.at
    row.ends_at = document.ends_at if document.ends_at and document.ends_at > row.starts_at else row.starts_at + _A_YEAR
    row.at_end = (document.at_end or AtEnd.KEEP).value
    deed.tx.flush()
    _project(deed.tx, row.id, document)


def _project(tx: Tx, number: int, document: AgreementDocument) -> None:
    """Parties and grants as rows, in place of what was there. Practices that nobody knows have none."""
    for table in (GrantRow, PartyRow):
        tx.execute(delete(table).where(table.agreement_id == number))
    known = set(tx.scalars(select(PracticeRow.ods).where(PracticeRow.ods.in_([p.ods.value for p in document.parties]))))
    parties = [
        {
            "agreement_id": number,
            "ods": party.ods.value,
            "role": party.role.value,
            "signatory_role": (party.signatory_role or UserRole.CALDICOTT_GUARDIAN).value,
        }
        for party in document.parties
        if party.ods.value in known
    ]
    grants = [
        {
            "agreement_id": number,
            "clause": clause.number,
            "scope": clause.scope.value,
            "purpose": clause.purpose.value,
            "giver_ods": clause.giver.value if clause.giver else "",
            "receiver_ods": clause.receiver.value if clause.receiver else "",
            "roles": sorted(role.value for role in clause.roles),
        }
        for clause in document.clauses
    ]
    for table, rows in ((PartyRow, parties), (GrantRow, grants)):
        if rows:
            tx.execute(insert(table), rows)


def _has_own_practice(deed: Deed, document: AgreementDocument) -> None:
    if document.party(deed.caller.practice) is None:
        raise NotYourAgreement(
            "Your own practice has to be one of the parties.", next_step="Name it, or ask your federation admin."
        )


def _named(tx: Tx, document: AgreementDocument) -> AgreementDocument:
    """Parties without a name get the address book's."""
    nameless = [party.ods.value for party in document.parties if not party.name]
    if not nameless:
        return document
    there = tx.execute(select(PracticeRow.ods, PracticeRow.name).where(PracticeRow.ods.in_(nameless)))
    names = {ods: name for ods, name in there}  # noqa: C416 - dict() would take a result for a mapping
    parties = (replace(party, name=party.name or names.get(party.ods.value, "")) for party in document.parties)
    return replace(document, parties=tuple(parties))


def _cluster(tx: Tx, code: str) -> str | None:
    if not code:
        return None
    known = tx.scalar(select(PracticeRow.cluster_code).where(PracticeRow.cluster_code == code).limit(1))
    return known


def attached(deed: Deed, row: AgreementRow) -> tuple[Attached, ...]:
    """The files that are put to it."""
    columns = (AttachmentRow.name, AttachmentRow.media_type, AttachmentRow.size, AttachmentRow.sha256)
    chosen = select(*columns).where(AttachmentRow.agreement_id == row.id).order_by(AttachmentRow.name)
    return tuple(Attached(*found) for found in deed.tx.execute(chosen))
