"""Drafting: begin from a template, a file or a version in force, change step by step, propose, take back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, insert, select

from practices.models import PracticeRow
from sharing_agreements import document_reading, lifecycle, signing
from sharing_agreements.deeds import (
    GRANTING,
    OVER_ALL,
    Deed,
    DeedRefused,
    NotYourAgreement,
    drafts,
    keeps,
    label,
    locked,
    others_of,
    parties_of,
)
from sharing_agreements.document import AgreementDocument, digest
from sharing_agreements.lifecycle import KEEPERS, Act, NotNow, after
from sharing_agreements.models import AgreementRow, AttachmentRow, SignatureRow
from sharing_agreements.rows import attached, new_row, of, with_who_stays, write
from sharing_agreements.validation import HasGaps, gaps
from storage.work import Tx
from vocabulary.agreements import AgreementStatus
from vocabulary.identifiers import OdsCode
from vocabulary.problems import Problem, ProblemKind

IMPORTED = "agreement.imported"


class CodeTaken(Problem):
    """Another agreement, or a draft of the same one, has this code; `by` is it, and whether it can be amended."""

    code = "agreement-code-taken"
    kind = ProblemKind.CONFLICT

    def __init__(self, message: str, *, next_step: str = "", by: "Ref | None" = None, may_amend: bool = False) -> None:
        super().__init__(message, next_step=next_step)
        self.by = by
        self.may_amend = may_amend


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


def begin(
    deed: Deed, document: AgreementDocument, *, act: str = "agreement.drafted", next_version: bool = False
) -> Ref:
    """A new draft. A code that is in use is refused: with `next_version`, it becomes the next version of that."""
    if deed.caller.role not in KEEPERS:
        raise NotYourAgreement(
            "Your role does not let you draft agreements.",
            next_step="Ask your practice manager, your Caldicott Guardian or your federation admin.",
        )
    if not document_reading.CODE.fullmatch(document.code):
        raise DeedRefused(
            "A code has 3 to 40 capital letters, digits and dashes, such as DSA-AVON-01.", next_step="Choose a code."
        )
    known = _versions(deed, document.code)
    if not known:
        return _drafted(deed, replace(document, supersedes=None), None, act)
    last = _living(known) or known[-1]  # a version that was given up stands in nobody's way
    keeps(deed, last)
    _not_drafted_twice(known)
    after(AgreementStatus(last.status), Act.AMEND, label(last))
    if last.status == AgreementStatus.PROPOSED and next_version:
        drafts(deed, last)
    if not next_version:
        raise CodeTaken(
            f"The code {document.code} is in use: {label(last)} {lifecycle.STATES[AgreementStatus(last.status)]}.",
            next_step="To change that agreement, begin an amendment of it. For another agreement, choose another code.",
            by=Ref(last.code, last.version),
            may_amend=True,
        )
    return _next_version(deed, document, known, last, act)


def bring_in(deed: Deed, document: AgreementDocument, *, next_version: bool) -> Ref:
    """A draft from a file, without the attachments that it names."""
    return begin(deed, replace(document, attachments=()), act=IMPORTED, next_version=next_version)


def amend(deed: Deed, ref: Ref, change: Callable[[AgreementDocument], AgreementDocument]) -> Ref:
    """A draft of the next version, beginning with this one's text and files."""
    return _after_this_one(deed, ref, Act.AMEND, change)


def renew(deed: Deed, ref: Ref, change: Callable[[AgreementDocument], AgreementDocument]) -> Ref:
    """The same, to run on after this one's end; also once that has passed."""
    return _after_this_one(deed, ref, Act.RENEW, change)


def _after_this_one(deed: Deed, ref: Ref, act: Act, change: Callable[[AgreementDocument], AgreementDocument]) -> Ref:
    row = locked(deed, ref.code, ref.version)
    keeps(deed, row)
    after(AgreementStatus(row.status), act, label(row))
    if row.status == AgreementStatus.PROPOSED:
        drafts(deed, row)  # another's proposal is signed or not; it is not replaced by one's own
    known = _versions(deed, row.code)
    _not_drafted_twice(known)
    for later in known if act is Act.RENEW else ():
        if later.version > row.version and later.status in GRANTING:
            raise NotNow(f"{label(later)} follows {label(row)} already.", next_step="Renew that one.")
    waits = row.status == AgreementStatus.PROPOSED  # who does not sign it may sign another text
    before = of(deed.tx, row) if waits else with_who_stays(deed.tx, row)
    drafted = _next_version(deed, change(before), known, row, "agreement.amended")
    new = locked(deed, drafted.code, drafted.version)
    files = select(AttachmentRow).where(AttachmentRow.agreement_id == row.id)
    for file in deed.tx.scalars(files).all():
        copy = {name: getattr(file, name) for name in _FILE_COLUMNS}
        deed.tx.execute(insert(AttachmentRow).values(agreement_id=new.id, **copy))
    return drafted


def _versions(deed: Deed, code: str) -> Sequence[AgreementRow]:
    return deed.tx.scalars(select(AgreementRow).where(AgreementRow.code == code).order_by(AgreementRow.version)).all()


def _living(known: Sequence[AgreementRow]) -> AgreementRow | None:
    """The newest version that is drafted, waits for signatures, or grants."""
    states = (*GRANTING, AgreementStatus.PROPOSED, AgreementStatus.DRAFT)
    return next((row for row in reversed(known) if row.status in states), None)


def _not_drafted_twice(known: Sequence[AgreementRow]) -> None:
    for row in known:
        if row.status == AgreementStatus.DRAFT:
            raise CodeTaken(
                f"{label(row)} is being drafted already.",
                next_step="Go on with that draft.",
                by=Ref(row.code, row.version),
            )


def _next_version(
    deed: Deed, document: AgreementDocument, known: Sequence[AgreementRow], last: AgreementRow, act: str
) -> Ref:
    replaced = signing.granting(deed, document.code) or last
    document = replace(document, version=known[-1].version + 1, supersedes=replaced.version)
    return _drafted(deed, document, replaced.id, act)


def _drafted(deed: Deed, document: AgreementDocument, replaces: int | None, act: str) -> Ref:
    row = new_row(deed, document, replaces)
    write(deed, row, document)
    deed.tell(act, row, supersedes=document.supersedes, template=document.template)
    return Ref(row.code, row.version)


_FILE_COLUMNS = ("name", "media_type", "size", "sha256", "content", "added_by", "added_by_name", "added_at")


def revise(
    deed: Deed, ref: Ref, change: Callable[[AgreementDocument], AgreementDocument], *, revision: int | None
) -> int:
    """Change the draft; its new revision. With `revision`, refused when somebody changed it since that one."""
    row = draft_of(deed, ref, Act.REVISE)
    if revision is not None and revision != row.revision:
        raise ChangedMeanwhile(
            f"Somebody else has changed {label(row)} since you opened it; nothing of yours was saved.",
            next_step="Open the step again, look at what is there now, and make your change.",
        )
    before = of(deed.tx, row)
    kept = {"code": row.code, "version": row.version, "supersedes": before.supersedes}
    document = replace(change(before), **kept, attachments=attached(deed, row))  # type: ignore[arg-type]
    if document == before:
        return row.revision
    row.revision += 1
    write(deed, row, document)
    deed.tell("agreement.revised", row, revision=row.revision)
    return row.revision


def propose(deed: Deed, ref: Ref) -> AgreementStatus:
    """Fix the text and ask for signatures. Raises HasGaps. In force at once when an amendment concerns no party."""
    row = draft_of(deed, ref, Act.PROPOSE)
    document = of(deed.tx, row)
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


def to_be_asked(deed: Deed, row: AgreementRow) -> tuple[OdsCode, ...]:
    """The parties that would have to sign this draft."""
    document = of(deed.tx, row)
    holding = signing.holding(deed, row, document)
    return tuple(party.ods for party in document.parties if party.ods not in holding)


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
    drafts(deed, row)
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
    for party in parties_of(deed.tx, row).values():
        party.left_at, party.left_reason = None, ""  # who declined this text is asked again about the next
    row.status, row.digest, row.proposed_at, row.changed_at = leads_to, "", None, deed.at
    row.revision += 1
    deed.tell("agreement.taken-back", row)


def known_practices(tx: Tx) -> frozenset[OdsCode]:
    """The open practices of the address book."""
    return frozenset(OdsCode(ods) for ods in tx.scalars(select(PracticeRow.ods).where(PracticeRow.status == "open")))


def draft_of(deed: Deed, ref: Ref, act: Act) -> AgreementRow:
    """The row of a draft, locked, for whoever may do this to it."""
    row = locked(deed, ref.code, ref.version)
    drafts(deed, row)
    after(AgreementStatus(row.status), act, label(row))
    return row
