"""“I opened the wrong patient”: said at once by the one who did, and the patient's practice is told."""

from sqlalchemy import select

from accountability.concerns import Concern
from accountability.oversight import Oversight
from accountability.problems import NothingThere, WordsMissing
from accountability.reviews import LONGEST_WORDS, Raised, raise_review
from connectors.faults import Fault
from storage.ledger import LedgerEvent, LedgerRow, record
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import Caller


def flag_mistake(oversight: Oversight, event: int, words: str, caller: Caller) -> bool:
    """Say that one of the caller's own acts opened the wrong patient; False when that was said before.

    The ledger's line stays: a line beside it says so, and the guardian of the patient's home practice gets a review.
    Raises NothingThere for an event that is not the caller's or names no patient.
    """
    if len(words) > LONGEST_WORDS:
        raise WordsMissing(f"Say it in {LONGEST_WORDS} characters or fewer.", field=f"words-{event}")
    row, settings = LedgerRow, oversight.thresholds
    with oversight.work.read() as tx:
        found = tx.scalar(select(row).where(row.id == event, row.user_id == caller.user_id, row.nhs_number != ""))
    if found is None:
        raise NothingThere(
            "That is not one of your own acts about a patient.", next_step="Choose a line of your own history."
        )
    number = NHSNumber(found.nhs_number)
    home = _home_of(oversight, number, caller) or OdsCode(found.acting_for)
    now = oversight.clock.now()
    raised = Raised(
        concern=Concern.SAID_MISTAKE,
        owner=home,
        acting_for=OdsCode(found.acting_for),
        user_id=found.user_id,
        user_name=found.user_name,
        user_role=found.user_role,
        first_at=found.at,
        last_at=found.at,
        due_at=now + settings.due,
        nhs_number=found.nhs_number,
        event=event,
        reason=words.strip(),
    )
    with oversight.work.begin() as tx:
        if not raise_review(tx, raised, caller=caller, at=now):
            return False
        said = LedgerEvent(
            "access.mistake-said", host=home, nhs_number=number, reason=words.strip(), detail={"event": event}
        )
        record(tx, said, caller=caller, at=now)
    return True


def _home_of(oversight: Oversight, number: NHSNumber, caller: Caller) -> OdsCode | None:
    try:
        return oversight.tracing.trace(number, caller=caller).home_practice
    except Fault:
        return None
