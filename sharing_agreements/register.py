"""The register: the verbs of an agreement's life, each one transaction with its account, and what pages read of it.

Every verb raises UnknownAgreement, NotYourAgreement or NotNow (the state does not allow it), each accounted for.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import starmap
from typing import TypeVar

from sqlalchemy import select

from sharing_agreements import attaching, drafting, news, reminders, showing, signing, stopping
from sharing_agreements.deeds import GRANTING, Deed, do, do_all, locked, on_behalf_of
from sharing_agreements.differences import Difference
from sharing_agreements.document import AgreementDocument
from sharing_agreements.drafting import Ref
from sharing_agreements.models import AgreementRow, PartyRow, SignatureRow
from sharing_agreements.news import News
from sharing_agreements.proposals import Proposal, ProposalKind
from sharing_agreements.reading import read_terms
from sharing_agreements.reminders import Notice
from sharing_agreements.showing import AgreementDetail, AgreementSummary
from sharing_agreements.signing import Signed
from sharing_agreements.stopping import Ending
from sharing_agreements.terms import Terms
from sharing_agreements.validation import Gap, gaps
from storage.ledger import LedgerEvent, record
from storage.work import Tx, Work
from vocabulary.agreements import AgreementStatus, AtEnd
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.problems import Problem
from vocabulary.times import Clock

_T = TypeVar("_T")
Change = Callable[[AgreementDocument], AgreementDocument]


@dataclass(frozen=True, slots=True)
class Stop:
    """An agreement that is about to stop for somebody: how, cited as what, and what was chosen for what is booked."""

    proposal: Proposal
    label: str
    choice: AtEnd
    by_itself: bool = False  # its last second has passed: nobody chooses now


AtStop = Callable[[Deed, Stop], AtEnd]
"""Sees to booked appointments, in the transaction in which the agreement stops and just before; the answer is the
choice to be written down for what is booked until then."""


def nothing_is_booked(_deed: Deed, stop: Stop) -> AtEnd:
    """Where nothing is booked under agreements: the register by itself."""
    return stop.choice


class Register:
    """What can be done with agreements. `at_stop` sees to booked appointments in the same transaction as the stop
    itself (scheduling/ending.py): one that is ended without them being listed cannot be."""

    def __init__(self, work: Work, clock: Clock, at_stop: AtStop = nothing_is_booked) -> None:
        self._work = work
        self._clock = clock
        self._at_stop = at_stop

    def draft(self, document: AgreementDocument, *, caller: Caller) -> Ref:
        """A new draft. Raises CodeTaken for a code in use, DeedRefused."""
        act = "agreement.drafted"
        return self._do(act, document.code, caller, lambda deed: drafting.begin(deed, document))

    def bring_in(self, document: AgreementDocument, *, caller: Caller, next_version: bool = False) -> Ref:
        """The same from a file; with `next_version`, as the next version of what has its code. Its attachments are
        named in it, not held by it: they have to be attached again."""
        (ref,) = self.bring_in_all((document,), caller=caller, next_version=next_version)
        return ref

    def bring_in_all(
        self, documents: Sequence[AgreementDocument], *, caller: Caller, next_version: bool = False
    ) -> tuple[Ref, ...]:
        """Several at once, all or none."""

        def deed_of(deed: Deed) -> tuple[Ref, ...]:
            return tuple(drafting.bring_in(deed, document, next_version=next_version) for document in documents)

        def codes(_tx: Tx, _caller: Caller) -> list[str]:
            return [document.code for document in documents]

        return do_all(self._work, self._clock, drafting.IMPORTED, deed_of, caller=caller, codes=codes)

    def what_hinders(
        self, document: AgreementDocument, *, caller: Caller, next_version: bool = False
    ) -> Problem | None:
        """What would be said if this were brought in; nothing is written."""
        with self._work.begin() as tx:
            trial = tx.begin_nested()
            try:
                drafting.bring_in(Deed(tx, self._clock.now(), caller), document, next_version=next_version)
                tx.flush()
            except Problem as problem:
                return problem
            finally:
                trial.rollback()
        return None

    def revise(self, ref: Ref, change: Change, *, caller: Caller, revision: int | None = None) -> int:
        """Change a draft; its new revision. Raises ChangedMeanwhile when it is no longer at the one given."""

        def deed_of(deed: Deed) -> int:
            return drafting.revise(deed, ref, change, revision=revision)

        return self._do("agreement.revised", ref.code, caller, deed_of)

    def attach(self, ref: Ref, name: str, content: bytes, *, caller: Caller) -> str:
        """Put a file to a draft; its SHA-256. Raises DeedRefused for what is too large or of another kind."""
        return self._do("agreement.attached", ref.code, caller, lambda deed: attaching.attach(deed, ref, name, content))

    def detach(self, ref: Ref, sha256: str, *, caller: Caller) -> None:
        """Take a file out of a draft."""
        self._do("agreement.detached", ref.code, caller, lambda deed: attaching.detach(deed, ref, sha256))

    def propose(self, ref: Ref, *, caller: Caller) -> AgreementStatus:
        """Fix the text and ask for signatures. Raises HasGaps. In force at once where nobody has to sign again."""
        return self._do("agreement.proposed", ref.code, caller, lambda deed: drafting.propose(deed, ref))

    def to_be_asked(self, ref: Ref, *, caller: Caller) -> tuple[OdsCode, ...]:
        """Who would have to sign this draft, if it were proposed now; all others' signatures hold on."""
        with self._work.read() as tx:
            row = showing.found(tx, caller, ref.code, ref.version)
            return drafting.to_be_asked(Deed(tx, self._clock.now(), caller), row)

    def take_back(self, ref: Ref, *, caller: Caller) -> None:
        """Make a proposal a draft again, while nobody has signed. Raises DeedRefused."""
        self._do("agreement.taken-back", ref.code, caller, lambda deed: drafting.take_back(deed, ref))

    def sign(self, ref: Ref, *, shown: str, proved_at: datetime, caller: Caller) -> Signed:
        """Sign, for the caller's practice, the text whose digest was on the screen. Raises AnotherText, ProofTooOld."""

        def deed_of(deed: Deed) -> Signed:
            return signing.sign(deed, ref.code, ref.version, shown=shown, proved_at=proved_at)

        return self._do("agreement.signed", ref.code, caller, deed_of)

    def suspend(self, ref: Ref, reason: str, *, caller: Caller, at_stop: AtStop = nothing_is_booked) -> None:
        """Pause it at once: no claim commits under it after this has. Booked appointments stand, unless said so."""

        def deed_of(deed: Deed) -> None:
            _tell(deed, ref, ProposalKind.SUSPEND, at_stop)
            stopping.suspend(deed, ref.code, ref.version, reason)

        self._do("agreement.suspended", ref.code, caller, deed_of)

    def resume(self, ref: Ref, reason: str, *, caller: Caller) -> None:
        """Let it grant again."""

        def deed_of(deed: Deed) -> None:
            stopping.resume(deed, ref.code, ref.version, reason)

        self._do("agreement.resumed", ref.code, caller, deed_of)

    def end(self, ref: Ref, how: Ending, *, caller: Caller, at_stop: AtStop | None = None) -> AgreementStatus:
        """End it for every party, now or at a stated second."""

        def deed_of(deed: Deed) -> AgreementStatus:
            choice = _tell(deed, ref, ProposalKind.END, at_stop or self._at_stop, choice=how.at_end, at=how.at)
            return stopping.end(deed, ref.code, ref.version, replace(how, at_end=choice))

        return self._do("agreement.ended", ref.code, caller, deed_of)

    def put_off(self, ref: Ref, reason: str, *, caller: Caller, at: datetime | None = None) -> datetime:
        """Let an end that was planned come later, or (without `at`) when it was signed for; which that is."""

        def deed_of(deed: Deed) -> datetime:
            return stopping.put_off(deed, ref.code, ref.version, reason, at)

        return self._do("agreement.end-put-off", ref.code, caller, deed_of)

    def decline(self, ref: Ref, reason: str, *, caller: Caller) -> None:
        """Say that the caller's practice will not sign this proposal. What it signed before stands."""

        def deed_of(deed: Deed) -> None:
            stopping.decline(deed, ref.code, ref.version, reason)

        self._do("agreement.declined", ref.code, caller, deed_of)

    def leave(
        self, ref: Ref, reason: str, *, caller: Caller, at_end: AtEnd | None = None, at_stop: AtStop | None = None
    ) -> AgreementStatus:
        """Take the caller's practice out at once; with fewer than two left, the agreement ends."""

        def deed_of(deed: Deed) -> AgreementStatus:
            choice = _tell(deed, ref, ProposalKind.LEAVE, at_stop or self._at_stop, choice=at_end)
            return stopping.leave(deed, ref.code, ref.version, reason, at_end=choice)

        return self._do("agreement.left", ref.code, caller, deed_of)

    def leave_all(
        self, reason: str, *, caller: Caller, at_end: AtEnd | None = None, at_stop: AtStop | None = None
    ) -> tuple[Ref, ...]:
        """Take the caller's practice out of every agreement at once, all or none; which ones. A proposal that it has
        been asked to sign is refused with them. Each has its own account in the ledger."""

        def deed_of(deed: Deed) -> tuple[Ref, ...]:
            left = []
            for ref in starmap(Ref, stopping.to_leave(deed)):
                choice = _tell(deed, ref, ProposalKind.LEAVE, at_stop or self._at_stop, choice=at_end)
                stopping.leave(deed, ref.code, ref.version, reason, at_end=choice)
                left.append(ref)
            return tuple(left)

        return do_all(self._work, self._clock, "agreement.left", deed_of, caller=caller, codes=stopping.codes_to_leave)

    def amend(self, ref: Ref, *, caller: Caller, change: Change | None = None) -> Ref:
        """A draft of the next version, beginning with this one's text."""

        def deed_of(deed: Deed) -> Ref:
            return drafting.amend(deed, ref, change or (lambda document: document))

        return self._do("agreement.amended", ref.code, caller, deed_of)

    def renew(self, ref: Ref, *, starts_at: datetime, review_on: date, ends_at: datetime, caller: Caller) -> Ref:
        """The next version's draft, with other dates and the same terms; to be proposed and signed like any."""

        def change(document: AgreementDocument) -> AgreementDocument:
            return replace(document, starts_at=starts_at, review_on=review_on, ends_at=ends_at)

        return self._do("agreement.amended", ref.code, caller, lambda deed: drafting.renew(deed, ref, change))

    def expire_due(self, *, caller: Caller) -> int:
        """Write down whose last second has passed; how many. The gate has refused since then without being told."""
        with self._work.read() as tx:
            waiting = stopping.due(tx, self._clock.now())
        return sum(self._expire(code, version, caller) for code, version in waiting)

    def _expire(self, code: str, version: int, caller: Caller) -> bool:
        def deed_of(deed: Deed) -> bool:
            _tell_of_the_end(deed, Ref(code, version), self._at_stop)
            return stopping.expire(deed, code, version)

        return self._do("agreement.expired", code, caller, deed_of)

    def remind(self, *, caller: Caller) -> int:
        """Raise the reminders that are due and not raised yet; how many parties were reminded of something."""
        total = 0
        with self._work.begin() as tx:
            now = self._clock.now()
            for row, about, days, number in reminders.raise_due(tx, now):
                detail = {"about": about, "days": days, "parties": number}
                event = LedgerEvent("agreement.reminded", agreement=f"{row.code} v{row.version}", detail=detail)
                record(tx, event, caller=caller, at=now)
                total += number
        return total

    def detail(self, ref: Ref, *, caller: Caller) -> AgreementDetail:
        """One version in full. Raises UnknownAgreement."""
        with self._work.read() as tx:
            return showing.detail(tx, caller, ref.code, ref.version)

    def gaps(self, document: AgreementDocument) -> tuple[Gap, ...]:
        """What a draft still lacks."""
        with self._work.read() as tx:
            known = drafting.known_practices(tx)
        return gaps(document, known, self._clock.now())

    def changes(self, ref: Ref, *, caller: Caller) -> tuple[Difference, ...]:
        """What this version changes in the one that it replaces; nothing for a first one, nor for who joins with this
        version: what was agreed before is not theirs to read."""
        with self._work.read() as tx:
            return showing.changes(tx, caller, ref.code, ref.version)

    def attachment(self, ref: Ref, sha256: str, *, caller: Caller) -> tuple[str, str, bytes] | None:
        """A file's name, kind and content; None when there is none of this hash."""
        with self._work.read() as tx:
            return showing.attachment(tx, caller, ref.code, ref.version, sha256)

    def summaries(self, *statuses: AgreementStatus, caller: Caller) -> tuple[AgreementSummary, ...]:
        """What the caller may read in these states (none given: in any)."""
        with self._work.read() as tx:
            return showing.summaries(tx, caller, statuses=frozenset(statuses or AgreementStatus))

    def to_sign(self, *, caller: Caller) -> tuple[AgreementSummary, ...]:
        """The proposals that wait for this person's signature."""
        with self._work.read() as tx:
            return showing.to_sign(tx, caller)

    def notices(self, *, caller: Caller) -> tuple[Notice, ...]:
        """What is expiring, to be reviewed or unsigned: the caller's practice's, or all for whoever looks after all."""
        with self._work.read() as tx:
            return reminders.notices(tx, self._clock.now(), practice=None if sees_all(caller) else caller.practice)

    def news(self, *, caller: Caller) -> tuple[News, ...]:
        """What has happened to agreements and nobody at the caller's practice (or the federation) has seen."""
        with self._work.read() as tx:
            return news.unseen(tx, on_behalf_of(caller))

    def history(self, ref: Ref, *, caller: Caller) -> tuple[News, ...]:
        """What has happened to one version, the latest first. Raises UnknownAgreement."""
        with self._work.read() as tx:
            return news.of_agreement(tx, showing.found(tx, caller, ref.code, ref.version).id)

    def seen(self, numbers: Collection[int], *, caller: Caller) -> None:
        """The caller has read these; each agreement's reading is accounted for."""
        with self._work.begin() as tx:
            now = self._clock.now()
            read = news.mark_seen(tx, on_behalf_of(caller), numbers, by=caller.name, at=now)
            for named, number in sorted(read.items()):
                event = LedgerEvent("agreement.news-seen", agreement=named, detail={"number": number})
                record(tx, event, caller=caller, at=now)

    def waiting(self, *, caller: Caller) -> int:
        """How many things wait for the caller: signatures, and what has happened and is not seen."""
        with self._work.read() as tx:
            return len(showing.to_sign(tx, caller)) + len(news.unseen(tx, on_behalf_of(caller)))

    def _do(self, act: str, code: str, caller: Caller, change: Callable[[Deed], _T]) -> _T:
        return do(self._work, self._clock, act, change, caller=caller, code=code)


def _tell(
    deed: Deed,
    ref: Ref,
    kind: ProposalKind,
    at_stop: AtStop,
    *,
    choice: AtEnd | None = None,
    at: datetime | None = None,
) -> AtEnd:
    """Let whoever sees to booked appointments know, before it takes effect. Who may not stop it is refused after, and
    with that whatever was done here is undone."""
    row = locked(deed, ref.code, ref.version)
    chosen = choice or AtEnd(row.at_end)
    if row.status not in GRANTING:
        return chosen
    leaver = deed.caller.practice if kind is ProposalKind.LEAVE else None
    proposal = Proposal(kind, max(at or deed.at, deed.at), row.id, leaver)
    return at_stop(deed, Stop(proposal, ref.label, chosen))


def _tell_of_the_end(deed: Deed, ref: Ref, at_stop: AtStop) -> None:
    row = locked(deed, ref.code, ref.version)
    if row.status in GRANTING and row.ends_at <= deed.at:
        proposal = Proposal(ProposalKind.END, row.ends_at, row.id)
        at_stop(deed, Stop(proposal, ref.label, AtEnd(row.at_end), by_itself=True))


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
