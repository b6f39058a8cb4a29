"""Which kinds of data the clause that granted an act is about, as the parties signed it."""

from sqlalchemy import select

from sharing_agreements.document_reading import read_text
from sharing_agreements.models import AgreementRow
from storage.work import Tx
from vocabulary.agreements import DataCategory


def categories_of(tx: Tx, agreement_id: int | None, clause: str) -> frozenset[DataCategory]:
    """What the clause says it is about; nothing where the document does not say: only what is signed is shown."""
    document = tx.scalar(select(AgreementRow.document).where(AgreementRow.id == agreement_id))
    if not document:
        return frozenset()
    return next((one.categories for one in read_text(document).clauses if one.number == clause), frozenset())
