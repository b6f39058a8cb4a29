"""What can be unusual about access, and what a guardian can find about it. Words that other rooms share; pure."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from vocabulary.identifiers import NHSNumber, OdsCode


class Concern(StrEnum):
    """Why somebody's access is to be looked at."""

    OWN_RECORD = "own-record"
    SAME_HOUSEHOLD = "same-household"
    COLLEAGUE = "colleague"
    NO_CARE_LINK = "no-care-link"
    BULK = "bulk"
    OUT_OF_HOURS = "out-of-hours"
    SAID_MISTAKE = "said-mistake"  # the person says so: they opened the wrong patient
    BREAK_GLASS = "break-glass"
    NOT_ASKED = "not-asked"  # a record was opened with “the patient cannot be asked”
    UPHELD_ELSEWHERE = "upheld-elsewhere"  # the patient's practice upheld a concern: the person's own practice is told


class Verdict(StrEnum):
    """What the guardian found."""

    APPROPRIATE = "appropriate"
    MISTAKE = "mistake"
    UPHELD = "concern-upheld"


@dataclass(frozen=True, slots=True)
class ReviewView:
    """An item of the queue as pages and packs show it."""

    id: int
    concern: Concern
    owner: OdsCode
    acting_for: OdsCode
    user_id: str
    user_name: str
    user_role: str
    nhs_number: NHSNumber | None
    day: date
    first_at: datetime
    last_at: datetime
    looks: int
    sure: bool  # False: told by the name alone, which a namesake may share
    reason: str
    raised_at: datetime
    due_at: datetime
    settled_at: datetime | None
    settled_by_name: str
    verdict: Verdict | None
    words: str

    def overdue(self, now: datetime) -> bool:
        """Whether it should have been looked at by now."""
        return self.settled_at is None and now > self.due_at

    def __repr__(self) -> str:
        return f"ReviewView({self.id}, {self.concern.value})"
