"""A register in memory for the shop's pages: every agreement asked for is there, and one is a draft with gaps."""

from sharing_agreements.document import AgreementDocument
from sharing_agreements.drafting import Ref
from sharing_agreements.showing import AgreementDetail, AgreementSummary, PartyView
from sharing_agreements.validation import Gap, gaps
from tests.scheduling.world import HOME, HOST, NOW
from tests.sharing_agreements.making import whole
from vocabulary.agreements import AgreementStatus, AtEnd
from vocabulary.people import Caller, UserRole

DRAFT = Ref("DSA-DRAFT-01", 1)


class SmallRegister:
    """Answers what pages read."""

    def to_sign(self, *, caller: Caller) -> tuple[AgreementSummary, ...]:
        return ()

    def notices(self, *, caller: Caller) -> tuple[object, ...]:
        return ()

    def changes(self, ref: Ref, *, caller: Caller) -> tuple[object, ...]:
        return ()

    def gaps(self, document: AgreementDocument) -> tuple[Gap, ...]:
        return gaps(document, {HOME, HOST}, NOW)

    def summaries(self, *statuses: AgreementStatus, caller: Caller) -> tuple[AgreementSummary, ...]:
        if AgreementStatus.DRAFT not in statuses:
            return ()
        parties = (HOME, HOST)
        return (AgreementSummary(DRAFT.code, 1, "A draft", AgreementStatus.DRAFT, NOW, parties, parties),)

    def detail(self, ref: Ref, *, caller: Caller) -> AgreementDetail:
        is_draft = ref == DRAFT
        document = whole(code=ref.code, version=ref.version, **({"dpia": "", "review_on": None} if is_draft else {}))
        status = AgreementStatus.DRAFT if is_draft else AgreementStatus.IN_FORCE
        return AgreementDetail(
            id=1,
            document=document,
            status=status,
            digest="" if is_draft else "0f" * 32,
            revision=1,
            starts_at=NOW,
            ends_at=document.ends_at or NOW,
            end_planned=False,
            at_end=AtEnd.KEEP,
            reason="",
            suspended_at=None,
            suspended_by="",
            drafted_by="Farah Siddiqui",
            drafted_at=NOW,
            proposed_at=None,
            in_force_since=None,
            ended_at=None,
            parties=tuple(
                PartyView(party.ods, UserRole.CALDICOTT_GUARDIAN, True, None, None, "") for party in document.parties
            ),
            versions=((ref.version, status),),
        )
