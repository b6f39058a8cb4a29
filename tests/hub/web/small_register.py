"""A register in memory for the shop's pages: the address book's agreements in full, and a draft with gaps."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from hub.wiring import Hub
from sharing_agreements.deeds import UnknownAgreement
from sharing_agreements.document import AgreementDocument, Clause
from sharing_agreements.drafting import Ref
from sharing_agreements.news import News
from sharing_agreements.register import AgreementView
from sharing_agreements.showing import AgreementDetail, AgreementSummary, PartyView, SignatureView
from sharing_agreements.validation import Gap, gaps
from tests.scheduling.world import HOME, HOST, NOW
from tests.sharing_agreements.making import whole
from vocabulary.agreements import AgreementStatus, AtEnd
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole

DRAFT = Ref("DSA-DRAFT-01", 1)
HAPPENED = News(
    id=7,
    code="DSA-AVON-01",
    version=1,
    title="Extended access",
    act="agreement.suspended",
    at=NOW,
    by="Farah Siddiqui",
    by_ods="FEDERATION",
    reason="A breach is looked into.",
    takes_effect=None,
    told=HOME.value,
    seen_at=None,
    seen_by="",
)


@dataclass
class SmallRegister:
    """Answers what pages read."""

    hub: Hub

    def to_sign(self, *, caller: Caller) -> tuple[AgreementSummary, ...]:
        return ()

    def notices(self, *, caller: Caller) -> tuple[object, ...]:
        return ()

    def news(self, *, caller: Caller) -> tuple[News, ...]:
        return (HAPPENED,)

    def history(self, ref: Ref, *, caller: Caller) -> tuple[News, ...]:
        return (HAPPENED,)

    def seen(self, numbers: Collection[int], *, caller: Caller) -> None:
        self.read = tuple(numbers)

    def waiting(self, *, caller: Caller) -> int:
        return 1

    def changes(self, ref: Ref, *, caller: Caller) -> tuple[object, ...]:
        return ()

    def to_be_asked(self, ref: Ref, *, caller: Caller) -> tuple[OdsCode, ...]:
        return (HOME, HOST)

    def gaps(self, document: AgreementDocument) -> tuple[Gap, ...]:
        return gaps(document, {HOME, HOST}, NOW)

    def summaries(self, *statuses: AgreementStatus, caller: Caller) -> tuple[AgreementSummary, ...]:
        if AgreementStatus.DRAFT not in statuses:
            return ()
        parties = (HOME, HOST)
        return (AgreementSummary(DRAFT.code, 1, "A draft", AgreementStatus.DRAFT, NOW, parties, parties),)

    def detail(self, ref: Ref, *, caller: Caller) -> AgreementDetail:
        if ref == DRAFT:
            return _draft()
        listed = self.hub.address_book.agreements(caller)
        same = [view for view in listed if view.terms.code == ref.code]
        view = next((view for view in same if view.terms.version == ref.version), None)
        if view is None:
            raise UnknownAgreement("There is no such agreement.", next_step="Look at the list.")
        versions = tuple((each.terms.version, AgreementStatus(each.terms.status)) for each in same)
        return _detail(view, versions)


def _draft() -> AgreementDetail:
    document = whole(code=DRAFT.code, dpia="", review_on=None)
    parties = tuple(PartyView(one.ods, UserRole.CALDICOTT_GUARDIAN, True, None, None, "") for one in document.parties)
    return _made(1, document, AgreementStatus.DRAFT, parties, ((1, AgreementStatus.DRAFT),))


def _detail(view: AgreementView, versions: tuple[tuple[int, AgreementStatus], ...]) -> AgreementDetail:
    terms = view.terms
    document = replace(
        whole(*sorted(terms.parties), code=terms.code, version=terms.version),
        title=terms.title,
        clauses=tuple(
            Clause(grant.clause, grant.scope, grant.purpose, grant.giver, grant.receiver, grant.roles)
            for grant in terms.grants
        ),
        starts_at=terms.starts_at,
        review_on=view.review_on,
        ends_at=terms.ends_at,
    )
    signatures = {ods: SignatureView(who, as_what, at, "0f" * 32, None) for ods, who, as_what, at in view.signatures}
    parties = tuple(
        PartyView(ods, UserRole.CALDICOTT_GUARDIAN, True, signatures.get(ods), None, "")
        for ods in sorted(terms.parties)
    )
    return _made(
        terms.id,
        document,
        AgreementStatus(terms.status),
        parties,
        versions,
        reason=view.status_reason,
        suspended_at=view.suspended_at,
    )


def _made(
    number: int,
    document: AgreementDocument,
    status: AgreementStatus,
    parties: tuple[PartyView, ...],
    versions: tuple[tuple[int, AgreementStatus], ...],
    *,
    reason: str = "",
    suspended_at: datetime | None = None,
) -> AgreementDetail:
    return AgreementDetail(
        id=number,
        document=document,
        status=status,
        digest="" if status is AgreementStatus.DRAFT else "0f" * 32,
        revision=1,
        starts_at=document.starts_at or NOW,
        ends_at=document.ends_at or NOW,
        end_planned=False,
        at_end=AtEnd.KEEP,
        reason=reason,
        suspended_at=suspended_at,
        suspended_by="",
        drafted_by="Farah Siddiqui",
        drafted_for="FEDERATION",
        drafted_at=NOW,
        proposed_at=None,
        in_force_since=None,
        ended_at=None,
        parties=parties,
        versions=versions,
    )
