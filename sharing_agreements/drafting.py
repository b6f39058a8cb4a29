"""Drafting: begin from a template, a file or a version in force, change step by step, attach, propose, take back."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import delete, func, insert, select

from practices.models import PracticeRow
from sharing_agreements import document_reading, signing
from sharing_agreements.deeds import (
    GRANTING,
    OVER_ALL,
    Deed,
    DeedRefused,
    NotYourAgreement,
    keeps,
    label,
    locked,
    on_behalf_of,
    others_of,
    parties_of,
)
from sharing_agreements.document import AgreementDocument, Attached, canonical, digest
from sharing_agreements.lifecycle import KEEPERS, Act, after
from sharing_agreements.models import AgreementRow, AttachmentRow, GrantRow, PartyRow, SignatureRow
from sharing_agreements.validation import HasGaps, gaps
from storage.work import Tx
from vocabulary.agreements import AgreementStatus, AtEnd
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.problems import Problem, ProblemKind

BIGGEST = 5 * 1024 * 1024
_MOST_FILES = 10
_A_YEAR = timedelta(days=365)
_KINDS = {  # what a file may be: by its name's end, with the bytes it begins with
    "pdf": ("application/pdf", b"%PDF-"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04"),
    "odt": ("application/vnd.oasis.opendocument.text", b"PK\x03\x04"),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "txt": ("text/plain", b""),
}
_UNSAFE = re.compile(r"[^\w .()-]+")


class CodeTaken(Problem):
    """Another agreement, or a draft of the same one, has this code."""

    code = "agreement-code-taken"
    kind = ProblemKind.CONFLICT


class ChangedMeanwhile(Problem):
    """Somebody else has changed the draft since it was opened."""

    code = "agreement-changed-meanwhile"
    kind = ProblemKind.CONFLICT


@dataclass(frozen=True, slots=True)
class Ref:
    """An agreement's version."""

    code: str
    version: int

    @property
    def label(self) -> str:
        """As cited."""
        return f"{self.code} v{self.version}"


def of(row: AgreementRow) -> AgreementDocument:
    """The document of this row. Agreements older than the register's documents have none: their text is read off."""
    if row.document:
        return document_reading.read_text(row.document)
    return AgreementDocument(
        code=row.code,
        version=row.version,
        title=row.title,
        cluster=row.cluster_code or "",
        starts_at=row.starts_at,
        review_on=row.review_on,
        ends_at=row.ends_at,
        at_end=AtEnd(row.at_end),
    )


def begin(deed: Deed, document: AgreementDocument, *, act: str = "agreement.drafted") -> Ref:
    """A new draft. A known code becomes its next version, unless one is being agreed already."""
    if deed.caller.role not in KEEPERS:
        raise NotYourAgreement(
            "Your role does not let you draft agreements.",
            next_step="Ask your practice manager, your Caldicott Guardian or your federation admin.",
        )
    if not document_reading.CODE.fullmatch(document.code):
        raise DeedRefused(
            "A code has 3 to 40 capital letters, digits and dashes, such as DSA-AVON-01.", next_step="Choose a code."
        )
    known = deed.tx.scalars(
        select(AgreementRow).where(AgreementRow.code == document.code).order_by(AgreementRow.version)
    ).all()
    if not known:
        return _drafted(deed, replace(document, supersedes=None), None, act)
    drafted = next((row for row in known if row.status == AgreementStatus.DRAFT), None)
    last = drafted or _living(known) or known[-1]  # a version that was given up stands in nobody's way
    keeps(deed, last)
    if drafted is not None:
        raise CodeTaken(f"{label(drafted)} is being drafted already.", next_step="Go on with that draft.")
    after(AgreementStatus(last.status), Act.AMEND, label(last))
    return _next_version(deed, document, known, act)


def _living(known: Sequence[AgreementRow]) -> AgreementRow | None:
    """The newest version that grants or waits for signatures."""
    states = (*GRANTING, AgreementStatus.PROPOSED)
    return next((row for row in reversed(known) if row.status in states), None)


def _next_version(deed: Deed, document: AgreementDocument, known: Sequence[AgreementRow], act: str) -> Ref:
    replaced = signing.granting(deed, document.code) or _living(known) or known[-1]
    document = replace(document, version=known[-1].version + 1, supersedes=replaced.version)
    return _drafted(deed, document, replaced.id, act)


def _drafted(deed: Deed, document: AgreementDocument, replaces: int | None, act: str) -> Ref:
    row = _new_row(deed, document, replaces)
    _write(deed, row, document)
    deed.tell(act, row, supersedes=document.supersedes, template=document.template)
    return Ref(row.code, row.version)


def amend(deed: Deed, ref: Ref, change: Callable[[AgreementDocument], AgreementDocument]) -> Ref:
    """A draft of the next version, beginning with this one's text and files."""
    row = locked(deed, ref.code, ref.version)
    keeps(deed, row)
    after(AgreementStatus(row.status), Act.AMEND, label(row))
    drafted = begin(deed, change(of(row)), act="agreement.amended")
    new = locked(deed, drafted.code, drafted.version)
    files = select(AttachmentRow).where(AttachmentRow.agreement_id == row.id)
    for file in deed.tx.scalars(files).all():
        copy = {name: getattr(file, name) for name in _FILE_COLUMNS}
        deed.tx.execute(insert(AttachmentRow).values(agreement_id=new.id, **copy))
    return drafted


_FILE_COLUMNS = ("name", "media_type", "size", "sha256", "content", "added_by", "added_by_name", "added_at")


def revise(
    deed: Deed, ref: Ref, change: Callable[[AgreementDocument], AgreementDocument], *, revision: int | None
) -> int:
    """Change the draft; its new revision. With `revision`, refused when somebody changed it since that one."""
    row = _draft(deed, ref, Act.REVISE)
    if revision is not None and revision != row.revision:
        raise ChangedMeanwhile(
            f"Somebody else has changed {label(row)} since you opened it; nothing of yours was saved.",
            next_step="Open the step again, look at what is there now, and make your change.",
        )
    before = of(row)
    kept = {"code": row.code, "version": row.version, "supersedes": before.supersedes}
    document = replace(change(before), **kept, attachments=_attached(deed, row))  # type: ignore[arg-type]
    if document == before:
        return row.revision
    row.revision += 1
    _write(deed, row, document)
    deed.tell("agreement.revised", row, revision=row.revision)
    return row.revision


def attach(deed: Deed, ref: Ref, name: str, content: bytes) -> str:
    """Put a file to the draft; its SHA-256. The same file twice is there once."""
    row = _draft(deed, ref, Act.REVISE)
    shown, media_type = _checked(name, content)
    there = _attached(deed, row)
    sha256 = hashlib.sha256(content).hexdigest()
    if any(each.sha256 == sha256 for each in there):
        return sha256
    if len(there) >= _MOST_FILES:
        raise DeedRefused(f"An agreement takes {_MOST_FILES} files.", next_step="Take one out first.")
    values = {"name": shown, "media_type": media_type, "size": len(content), "sha256": sha256, "content": content}
    who = {"added_by": deed.caller.user_id, "added_by_name": deed.caller.name, "added_at": deed.at}
    deed.tx.execute(insert(AttachmentRow).values(agreement_id=row.id, **values, **who))
    _refresh_files(deed, row)
    deed.tell("agreement.attached", row, name=shown, sha256=sha256, size=len(content))
    return sha256


def detach(deed: Deed, ref: Ref, sha256: str) -> None:
    """Take a file out of the draft; one that is not there has been taken out already."""
    row = _draft(deed, ref, Act.REVISE)
    gone = delete(AttachmentRow).where(AttachmentRow.agreement_id == row.id, AttachmentRow.sha256 == sha256)
    name = deed.tx.scalar(gone.returning(AttachmentRow.name))
    if name is not None:
        _refresh_files(deed, row)
        deed.tell("agreement.detached", row, name=name, sha256=sha256)


def propose(deed: Deed, ref: Ref) -> AgreementStatus:
    """Fix the text and ask for signatures. Raises HasGaps. In force at once when an amendment concerns no party."""
    row = _draft(deed, ref, Act.PROPOSE)
    document = of(row)
    missing = gaps(document, known_practices(deed.tx), deed.at)
    if missing:
        raise HasGaps(label(row), missing)
    _drops_nobody(deed, row, document)
    holding = signing.holding(deed, row, document)
    signing.replace_proposal(deed, row)
    row.status = after(AgreementStatus(row.status), Act.PROPOSE, label(row))
    row.digest = digest(document)
    row.proposed_at = row.changed_at = deed.at
    deed.tx.flush()
    for ods, party in parties_of(deed.tx, row).items():
        party.must_sign = ods not in holding
    deed.tx.flush()
    deed.tell("agreement.proposed", row, digest=row.digest, hold_on=sorted(ods.value for ods in holding))
    signing.come_into_force(deed, row)
    return AgreementStatus(row.status)


def _drops_nobody(deed: Deed, row: AgreementRow, document: AgreementDocument) -> None:
    """Without a party a new version asks nobody to sign again. So that no practice puts another out of an agreement
    (it leaves by itself), only the federation proposes one."""
    replaced = signing.granting(deed, row.code)
    if replaced is None or deed.caller.role in OVER_ALL:
        return
    staying = [ods for ods, party in parties_of(deed.tx, replaced).items() if party.left_at is None]
    dropped = [ods.value for ods in staying if document.party(ods) is None]
    if dropped:
        raise NotYourAgreement(
            f"{label(row)} no longer names {', '.join(dropped)}, which {label(replaced)} does.",
            next_step="A practice leaves by itself. To propose it without one, ask your federation admin.",
        )


def take_back(deed: Deed, ref: Ref) -> None:
    """Make a proposal a draft again, while nobody has signed it."""
    row = locked(deed, ref.code, ref.version)
    keeps(deed, row)
    leads_to = after(AgreementStatus(row.status), Act.TAKE_BACK, label(row))
    if deed.tx.scalar(select(func.count()).where(SignatureRow.agreement_id == row.id)):
        raise DeedRefused(
            f"{label(row)} has been signed by somebody, so its text stays as it is.",
            next_step="Begin an amendment: it replaces this version when it is proposed.",
        )
    for other in others_of(deed, row, AgreementStatus.DRAFT):
        raise DeedRefused(
            f"{label(other)} is being drafted in its place already.",
            next_step="Go on with that draft, or give it up first.",
        )
    row.status, row.digest, row.proposed_at, row.changed_at = leads_to, "", None, deed.at
    row.revision += 1
    deed.tell("agreement.taken-back", row)


def known_practices(tx: Tx) -> frozenset[OdsCode]:
    """The open practices of the address book."""
    return frozenset(OdsCode(ods) for ods in tx.scalars(select(PracticeRow.ods).where(PracticeRow.status == "open")))


def _draft(deed: Deed, ref: Ref, act: Act) -> AgreementRow:
    row = locked(deed, ref.code, ref.version)
    keeps(deed, row)
    after(AgreementStatus(row.status), act, label(row))
    return row


def _new_row(deed: Deed, document: AgreementDocument, supersedes: int | None) -> AgreementRow:
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


def _write(deed: Deed, row: AgreementRow, document: AgreementDocument) -> None:
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
    project(deed.tx, row.id, document)


def project(tx: Tx, number: int, document: AgreementDocument) -> None:
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


def _attached(deed: Deed, row: AgreementRow) -> tuple[Attached, ...]:
    columns = (AttachmentRow.name, AttachmentRow.media_type, AttachmentRow.size, AttachmentRow.sha256)
    chosen = select(*columns).where(AttachmentRow.agreement_id == row.id).order_by(AttachmentRow.name)
    return tuple(Attached(*found) for found in deed.tx.execute(chosen))


def _refresh_files(deed: Deed, row: AgreementRow) -> None:
    row.revision += 1
    _write(deed, row, replace(of(row), attachments=_attached(deed, row)))


def _checked(name: str, content: bytes) -> tuple[str, str]:
    """The file's name as it is kept, and its kind, which its first bytes have to bear out. Raises DeedRefused."""
    shown = _UNSAFE.sub("", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(". ")[-100:]
    ending = shown.rsplit(".", 1)[-1].lower().replace("jpeg", "jpg")
    if not content or len(content) > BIGGEST:
        raise DeedRefused("A file has at least one byte and at most 5 megabytes.", next_step="Choose another file.")
    kind = _KINDS.get(ending)
    if kind is None or "." not in shown or not content.startswith(kind[1]):
        raise DeedRefused(
            f"This is not a file of a kind that is kept here: {', '.join(_KINDS)}.",
            next_step="Save it as one of these kinds and choose it again.",
        )
    return shown, kind[0]
