"""One agreement in full, and the lists of what waits for somebody: what the pages and the command line show."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select, true

from sharing_agreements.deeds import OVER_ALL, UnknownAgreement, may_read
from sharing_agreements.differences import Difference, differences
from sharing_agreements.document import AgreementDocument
from sharing_agreements.models import AgreementRow, AttachmentRow, PartyRow, SignatureRow
from sharing_agreements.rows import of, with_who_stays
from storage.work import Tx
from vocabulary.agreements import AgreementStatus, AtEnd
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole


@dataclass(frozen=True, slots=True)
class SignatureView:
    """A signature: who, as what, when, over which text; `carried_from`: the earlier version it was given for."""

    name: str
    signed_as: str
    at: datetime
    digest: str
    carried_from: int | None


@dataclass(frozen=True, slots=True)
class PartyView:
    """A party on the status wall."""

    ods: OdsCode
    signatory_role: UserRole
    must_sign: bool
    signature: SignatureView | None
    left_at: datetime | None
    left_reason: str


@dataclass(frozen=True, slots=True)
class AgreementSummary:
    """An agreement as one line."""

    code: str
    version: int
    title: str
    status: AgreementStatus
    ends_at: datetime
    parties: tuple[OdsCode, ...]
    unsigned: tuple[OdsCode, ...]  # who has still to sign
    declined: tuple[OdsCode, ...] = ()  # who will not
    drafted_for: str = ""  # the practice's code, or FEDERATION

    @property
    def label(self) -> str:
        """As cited."""
        return f"{self.code} v{self.version}"


@dataclass(frozen=True, slots=True)
class AgreementDetail:
    """An agreement in full. `document` is what is signed; dates and `at_end` are as they have become since."""

    id: int
    document: AgreementDocument
    status: AgreementStatus
    digest: str
    revision: int
    starts_at: datetime
    ends_at: datetime
    end_planned: bool
    at_end: AtEnd
    reason: str
    suspended_at: datetime | None
    suspended_by: str
    drafted_by: str
    drafted_for: str  # the practice's code, or FEDERATION
    drafted_at: datetime | None
    proposed_at: datetime | None
    in_force_since: datetime | None
    ended_at: datetime | None
    parties: tuple[PartyView, ...]
    versions: tuple[tuple[int, AgreementStatus], ...]

    @property
    def label(self) -> str:
        """As cited."""
        return self.document.label

    @property
    def missing(self) -> tuple[PartyView, ...]:
        """Who has still to sign."""
        return tuple(
            party for party in self.parties if party.must_sign and party.signature is None and party.left_at is None
        )

    @property
    def declined(self) -> tuple[PartyView, ...]:
        """Who will not sign it."""
        return tuple(
            party for party in self.parties if party.must_sign and party.signature is None and party.left_at is not None
        )

    def party(self, ods: OdsCode) -> PartyView | None:
        """This practice as a party, if it is one."""
        return next((party for party in self.parties if party.ods == ods), None)


def detail(tx: Tx, caller: Caller, code: str, version: int) -> AgreementDetail:
    """One version in full. Raises UnknownAgreement, also for whoever may not read it."""
    row = found(tx, caller, code, version)
    versions = select(AgreementRow.version, AgreementRow.status).where(AgreementRow.code == code)
    return AgreementDetail(
        id=row.id,
        document=of(tx, row),
        status=AgreementStatus(row.status),
        digest=row.digest,
        revision=row.revision,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        end_planned=row.end_planned,
        at_end=AtEnd(row.at_end),
        reason=row.status_reason,
        suspended_at=row.suspended_at,
        suspended_by=row.suspended_by_ods,
        drafted_by=row.created_by_name,
        drafted_for=row.created_by_ods,
        drafted_at=row.created_at,
        proposed_at=row.proposed_at,
        in_force_since=row.in_force_since,
        ended_at=row.ended_at,
        parties=_parties(tx, row),
        versions=tuple(
            (number, AgreementStatus(status)) for number, status in tx.execute(versions.order_by(AgreementRow.version))
        ),
    )


def found(tx: Tx, caller: Caller, code: str, version: int) -> AgreementRow:
    """The row, for whoever may read it. Raises UnknownAgreement."""
    row = tx.scalar(select(AgreementRow).where(AgreementRow.code == code, AgreementRow.version == version))
    if row is None or not may_read(tx, row, caller):
        raise UnknownAgreement(
            f"There is no agreement {code[:60]} v{version} that names your practice.", next_step="Look at the list."
        )
    return row


def changes(tx: Tx, caller: Caller, code: str, version: int) -> tuple[Difference, ...]:
    """What a version changes in the one that it replaces, for whoever may read both."""
    new = of(tx, found(tx, caller, code, version))
    chosen = select(AgreementRow).where(AgreementRow.code == code, AgreementRow.version == new.supersedes)
    old = tx.scalar(chosen)
    return differences(with_who_stays(tx, old), new) if old is not None and may_read(tx, old, caller) else ()


def attachment(tx: Tx, caller: Caller, code: str, version: int, sha256: str) -> tuple[str, str, bytes] | None:
    """A file's name, kind and content; None when there is none of this hash."""
    row = found(tx, caller, code, version)
    columns = (AttachmentRow.name, AttachmentRow.media_type, AttachmentRow.content)
    chosen = select(*columns).where(AttachmentRow.agreement_id == row.id, AttachmentRow.sha256 == sha256)
    kept = tx.execute(chosen).one_or_none()
    return (kept[0], kept[1], bytes(kept[2])) if kept else None


def summaries(tx: Tx, caller: Caller, *, statuses: frozenset[AgreementStatus]) -> tuple[AgreementSummary, ...]:
    """What the caller may read in these states, by code and version."""
    chosen = select(AgreementRow).where(AgreementRow.status.in_([status.value for status in statuses]))
    rows = tx.scalars(chosen.where(_readable(caller)).order_by(AgreementRow.code, AgreementRow.version)).all()
    numbers = [row.id for row in rows]
    parties: dict[int, list[PartyRow]] = {number: [] for number in numbers}
    for party in tx.scalars(select(PartyRow).where(PartyRow.agreement_id.in_(numbers)).order_by(PartyRow.ods)):
        parties[party.agreement_id].append(party)
    there = select(SignatureRow.agreement_id, SignatureRow.ods).where(SignatureRow.agreement_id.in_(numbers))
    signed = set(tx.execute(there))
    wanted = {
        number: [party for party in listed if party.must_sign and (number, party.ods) not in signed]
        for number, listed in parties.items()
    }
    return tuple(
        AgreementSummary(
            row.code,
            row.version,
            row.title,
            AgreementStatus(row.status),
            row.ends_at,
            tuple(OdsCode(party.ods) for party in parties[row.id]),
            tuple(OdsCode(party.ods) for party in wanted[row.id] if party.left_at is None),
            tuple(OdsCode(party.ods) for party in wanted[row.id] if party.left_at is not None),
            row.created_by_ods,
        )
        for row in rows
    )


def to_sign(tx: Tx, caller: Caller) -> tuple[AgreementSummary, ...]:
    """The proposals that wait for this person's signature."""
    waiting = summaries(tx, caller, statuses=frozenset({AgreementStatus.PROPOSED}))
    mine = {
        (code, version)
        for code, version in tx.execute(
            select(AgreementRow.code, AgreementRow.version)
            .join(PartyRow, PartyRow.agreement_id == AgreementRow.id)
            .where(PartyRow.ods == caller.practice.value, PartyRow.signatory_role == caller.role.value)
        )
    }
    return tuple(each for each in waiting if caller.practice in each.unsigned and (each.code, each.version) in mine)


def _readable(caller: Caller) -> ColumnElement[bool]:
    if caller.role in OVER_ALL:
        return true()
    named = exists().where(PartyRow.agreement_id == AgreementRow.id, PartyRow.ods == caller.practice.value)
    return named | (AgreementRow.created_by_ods == caller.practice.value)


def _parties(tx: Tx, row: AgreementRow) -> tuple[PartyView, ...]:
    signatures = {
        signature.ods: SignatureView(
            signature.signed_by, signature.signed_as, signature.signed_at, signature.digest, signature.carried_from
        )
        for signature in tx.scalars(select(SignatureRow).where(SignatureRow.agreement_id == row.id))
    }
    chosen = select(PartyRow).where(PartyRow.agreement_id == row.id).order_by(PartyRow.ods)
    return tuple(
        PartyView(
            OdsCode(party.ods),
            UserRole(party.signatory_role),
            party.must_sign,
            signatures.get(party.ods),
            party.left_at,
            party.left_reason,
        )
        for party in tx.scalars(chosen)
    )
