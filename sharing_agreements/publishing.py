"""What anybody may read of the agreements: who shares what, why, on which basis, from when until when. Names nobody."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from sharing_agreements.document import AgreementDocument
from sharing_agreements.models import AgreementRow, PartyRow
from sharing_agreements.reading import read_terms
from sharing_agreements.rows import of
from sharing_agreements.terms import Terms
from storage.work import Tx
from vocabulary.agreements import AgreementStatus, Article6, Article9, CommonLawBasis
from vocabulary.identifiers import OdsCode

_PUBLIC = (AgreementStatus.IN_FORCE.value, AgreementStatus.SUSPENDED.value)


@dataclass(frozen=True, slots=True)
class Published:
    """An agreement that shares something now, or is only suspended, without whoever signed it."""

    terms: Terms
    since: datetime  # when its first version began
    purpose: str = ""
    article_6: Article6 | None = None
    article_9: Article9 | None = None
    common_law: CommonLawBasis | None = None
    exclusions: tuple[str, ...] = ()


def published(tx: Tx) -> tuple[Published, ...]:
    """Every one in force or suspended, by code."""
    rows = {row.id: row for row in tx.scalars(select(AgreementRow).where(AgreementRow.status.in_(_PUBLIC)))}
    beginnings = (
        select(AgreementRow.code, AgreementRow.starts_at)
        .where(AgreementRow.status.not_in(("draft", "proposed")))
        .order_by(AgreementRow.code, AgreementRow.version.desc())  # the first version last, and so it stays
    )
    began = {code: first for code, first in tx.execute(beginnings)}  # noqa: C416 - dict() does not know rows
    parties = [OdsCode(ods) for ods in tx.scalars(select(PartyRow.ods).distinct())]
    known = read_terms(tx, parties, any_of=True) if parties else ()
    return tuple(
        _published(terms, began.get(terms.code, terms.starts_at), of(tx, rows[terms.id]))
        for terms in known
        if terms.id in rows
    )


def _published(terms: Terms, since: datetime, document: AgreementDocument) -> Published:
    return Published(
        terms,
        since,
        purpose=document.purpose,
        article_6=document.article_6,
        article_9=document.article_9,
        common_law=document.common_law,
        exclusions=document.exclusions,
    )
