"""PURE: whether what a host's own system says of a visit is news, beside what was said of it here.

Who said something last is right. What we told the host comes back from it, and is no news; what was said here and has
not reached the host yet is later than what it still shows.
"""

from collections.abc import Sequence
from datetime import datetime

from scheduling.visit_rules import VisitEvent, visit_of
from vocabulary.visits import VisitThere


def news(there: VisitThere | None, said: Sequence[VisitEvent], *, read_at: datetime) -> VisitThere | None:
    """What the host's own staff said after anything that was said here, if it is another thing; else None.

    A clock there that is ahead gives nobody the last word: nothing was said after it was read.
    """
    if there is None or there.at is None:
        return None
    at = min(there.at, read_at)
    words = [each.said_at for each in said if _of_a_status(each, said)]
    if words and at <= max(words):
        return None
    return VisitThere(there.status, at) if there.status is not visit_of(said).status else None


def _of_a_status(event: VisitEvent, said: Sequence[VisitEvent]) -> bool:
    """Whether it says where the patient is, or takes such a word back; calls do not."""
    if event.undoes is None:
        return event.status is not None
    return any(each.id == event.undoes and each.status is not None for each in said)
