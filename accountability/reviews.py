"""The review queue: raised once however often it is seen, owned by a practice's guardian, due, settled with a verdict.

A review says that somebody should look; it accuses nobody. Raising and settling are ledger events.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from accountability.concerns import Concern, ReviewView, Verdict
from accountability.models import AccessReviewRow
from accountability.oversight import Oversight
from accountability.problems import NothingThere, NotYoursToSee, SettledAlready, WordsMissing
from practices.models import PracticeRow
from storage.base import among
from storage.ledger import LedgerEvent, record
from storage.work import Tx
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.times import london_date

LONGEST_WORDS = 500
READERS = frozenset({UserRole.CALDICOTT_GUARDIAN, UserRole.FEDERATION_ADMIN})


@dataclass(frozen=True, slots=True)
class Raised:
    """What is to be reviewed, and whose access it is: name and role as at the time."""

    concern: Concern
    owner: OdsCode
    acting_for: OdsCode
    user_id: str
    user_name: str
    user_role: str
    first_at: datetime
    last_at: datetime
    due_at: datetime
    nhs_number: str = ""
    event: int = 0
    looks: int = 1
    sure: bool = True
    reason: str = ""
    agreement: str = ""
    clause: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def day(self) -> date:
        """The day in England on which it began."""
        return london_date(self.first_at)


def raise_review(tx: Tx, raised: Raised, *, caller: Caller, at: datetime) -> bool:
    """Put it into the queue, with its ledger event; False when it is there already, open or settled.

    A patient may be registered with a practice that the hub does not know: then the practice that looked reviews it.
    """
    owner = _known(tx, raised.owner, raised.acting_for)
    if owner is None:
        return False
    statement = insert(AccessReviewRow).values(
        concern=raised.concern.value,
        owner_ods=owner.value,
        acting_ods=raised.acting_for.value,
        user_id=raised.user_id,
        user_name=raised.user_name,
        user_role=raised.user_role,
        nhs_number=raised.nhs_number,
        day=raised.day,
        event_id=raised.event,
        first_at=raised.first_at,
        last_at=raised.last_at,
        looks=raised.looks,
        detail={**raised.detail, "sure": raised.sure},
        reason=raised.reason,
        raised_at=at,
        due_at=raised.due_at,
    )
    made = tx.scalar(statement.on_conflict_do_nothing().returning(AccessReviewRow.id))
    if made is None:
        return False
    event = LedgerEvent(
        "review.raised",
        host=owner,
        nhs_number=NHSNumber(raised.nhs_number) if raised.nhs_number else None,
        reason=raised.concern.value,
        agreement=raised.agreement,
        clause=raised.clause,
        detail={"review": made, "about": raised.user_id, "looks": raised.looks},
    )
    record(tx, event, caller=caller, at=at)
    return True


def _known(tx: Tx, *practices: OdsCode) -> OdsCode | None:
    """The first of these that the address book has."""
    there = set(tx.scalars(select(PracticeRow.ods).where(among(PracticeRow.ods, [each.value for each in practices]))))
    return next((each for each in practices if each.value in there), None)


def queue(oversight: Oversight, caller: Caller, *, settled: bool = False, limit: int = 200) -> tuple[ReviewView, ...]:
    """A guardian's own practice's, those due first; break-glass before the rest. Settled ones: the latest first.

    A federation admin sees that they exist, everywhere, and how they ended, never whom of the patients they are about.
    """
    if caller.role not in READERS:
        raise NotYoursToSee("Reviews are the Caldicott Guardian’s.", next_step="Ask the guardian of your practice.")
    row = AccessReviewRow
    asked = select(row).where(row.settled_at.is_not(None) if settled else row.settled_at.is_(None)).limit(limit)
    if caller.role is UserRole.CALDICOTT_GUARDIAN:
        asked = asked.where(row.owner_ods == caller.practice.value)
    first = case((row.concern == Concern.BREAK_GLASS.value, 0), else_=1)
    asked = asked.order_by(row.settled_at.desc()) if settled else asked.order_by(first, row.due_at, row.id)
    hidden = caller.role is UserRole.FEDERATION_ADMIN
    with oversight.work.begin() as tx:
        found = tuple(as_view(each, hidden=hidden) for each in tx.scalars(asked))
        event = LedgerEvent("review.listed", detail={"shown": len(found), "settled": settled})
        record(tx, event, caller=caller, at=oversight.clock.now())
    return found


def waiting(oversight: Oversight, caller: Caller) -> int:
    """How many wait for this guardian: the badge in the menu."""
    if caller.role is not UserRole.CALDICOTT_GUARDIAN:
        return 0
    row = AccessReviewRow
    asked = select(func.count()).where(row.settled_at.is_(None), row.owner_ods == caller.practice.value)
    with oversight.work.read() as tx:
        return int(tx.scalar(asked) or 0)


def settle(oversight: Oversight, review: int, verdict: Verdict, words: str, caller: Caller) -> ReviewView:
    """Say what was found. What is upheld about another practice's person goes to that practice's guardian, as a review
    of theirs. Raises NotYoursToSee, NothingThere, SettledAlready and WordsMissing."""
    said = words.strip()
    if len(said) > LONGEST_WORDS:
        raise WordsMissing(f"Say it in {LONGEST_WORDS} characters or fewer.", field="words")
    if not said:
        raise WordsMissing("Say how you know: whom you asked and what they said.", field="words")
    if caller.role is not UserRole.CALDICOTT_GUARDIAN:
        raise NotYoursToSee("Only the Caldicott Guardian settles a review.", next_step="Ask the practice’s guardian.")
    row, now = AccessReviewRow, oversight.clock.now()
    with oversight.work.begin() as tx:
        found = tx.scalar(select(row).where(row.id == review, row.owner_ods == caller.practice.value))
        if found is None:
            raise NothingThere("Your practice has no such review.", next_step="Reload the list.")
        if found.user_id == caller.user_id:
            raise NotYoursToSee(
                "This review is about your own access, so you may not settle it.",
                next_step="Ask another guardian of the practice; a federation admin can grant one.",
            )
        changed = tx.execute(
            update(row)
            .where(row.id == review, row.settled_at.is_(None))
            .values(
                settled_at=now,
                settled_by=caller.user_id,
                settled_by_name=caller.name,
                verdict=verdict.value,
                words=said,
            )
            .returning(row)
            .execution_options(populate_existing=True)
        ).scalar_one_or_none()
        if changed is None:
            raise SettledAlready("Somebody has settled that review already.", next_step="Reload the list.")
        event = LedgerEvent(
            "review.settled",
            host=caller.practice,
            nhs_number=NHSNumber(found.nhs_number) if found.nhs_number else None,
            reason=verdict.value,
            detail={"review": review, "about": found.user_id, "concern": found.concern, "late": now > found.due_at},
        )
        record(tx, event, caller=caller, at=now)
        if verdict is Verdict.UPHELD and found.acting_ods != found.owner_ods:
            raise_review(tx, _told_elsewhere(found, said, now + oversight.thresholds.due), caller=caller, at=now)
        return as_view(changed)


def _told_elsewhere(found: AccessReviewRow, said: str, due_at: datetime) -> Raised:
    acting = OdsCode(found.acting_ods)
    return Raised(
        concern=Concern.UPHELD_ELSEWHERE,
        owner=acting,
        acting_for=acting,
        user_id=found.user_id,
        user_name=found.user_name,
        user_role=found.user_role,
        first_at=found.first_at,
        last_at=found.last_at,
        due_at=due_at,
        nhs_number=found.nhs_number,
        event=found.event_id,
        looks=found.looks,
        sure=bool(found.detail.get("sure", True)),
        reason=said,
    )


def as_view(row: AccessReviewRow, *, hidden: bool = False) -> ReviewView:
    """As pages show it; `hidden` for who may not see whom of the patients it is about."""
    return ReviewView(
        id=row.id,
        concern=Concern(row.concern),
        owner=OdsCode(row.owner_ods),
        acting_for=OdsCode(row.acting_ods),
        user_id=row.user_id,
        user_name=row.user_name,
        user_role=row.user_role,
        nhs_number=NHSNumber(row.nhs_number) if row.nhs_number and not hidden else None,
        day=row.day,
        first_at=row.first_at,
        last_at=row.last_at,
        looks=row.looks,
        sure=bool(row.detail.get("sure", True)),
        reason="" if hidden else row.reason,
        raised_at=row.raised_at,
        due_at=row.due_at,
        settled_at=row.settled_at,
        settled_by_name=row.settled_by_name,
        verdict=Verdict(row.verdict) if row.verdict else None,
        words="" if hidden else row.words,
    )
