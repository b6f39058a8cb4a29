"""What the text of an agreement says to an act: the kinds of data a clause is about, and whom a party names to ask."""

from sqlalchemy import select

from sharing_agreements.document_reading import read_text
from sharing_agreements.models import AgreementRow
from storage.work import Tx
from vocabulary.agreements import DataCategory
from vocabulary.identifiers import OdsCode


def categories_of(tx: Tx, agreement_id: int | None, clause: str) -> frozenset[DataCategory]:
    """What the clause says it is about; nothing where the document does not say: only what is signed is shown."""
    document = tx.scalar(select(AgreementRow.document).where(AgreementRow.id == agreement_id))
    if not document:
        return frozenset()
    return next((one.categories for one in read_text(document).clauses if one.number == clause), frozenset())


def contact_of(tx: Tx, agreement_id: int | None, party: OdsCode) -> str:
    """Whom this party names for questions, as it stands in the text; empty where there is no text or no name."""
    document = tx.scalar(select(AgreementRow.document).where(AgreementRow.id == agreement_id))
    if not document:
        return ""
    return next((one.contact for one in read_text(document).parties if one.ods == party), "")
