"""The form that renews an agreement: three days, proposed from those that are about to be over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hub.schemas.fields import FormFault, date_fault, read_date
from sharing_agreements.exchange import day_begins, day_is_over
from vocabulary.times import london_date


@dataclass(frozen=True, slots=True)
class Term:
    """How long an agreement holds: from a moment, until a moment, with a review between."""

    starts_at: datetime
    review_on: date
    ends_at: datetime

    @property
    def first(self) -> date:
        """The first day."""
        return london_date(self.starts_at)

    @property
    def last(self) -> date:
        """The last day, whole or in part."""
        return london_date(self.ends_at - timedelta(seconds=1))


def following(before: Term, now: datetime) -> Term:
    """As long again, whole years as whole years, from the second at which it ends; from tomorrow, once it has ended."""
    starts = before.ends_at if before.ends_at > now else day_begins(london_date(now) + timedelta(days=1))
    first, day_after = london_date(starts), before.last + timedelta(days=1)
    years = day_after.year - before.first.year
    whole_years = years > 0 and _in_years(before.first, years) == day_after
    last = _in_years(first, years) - timedelta(days=1) if whole_years else first + (before.last - before.first)
    review = first + (before.review_on - before.first)
    if whole_years and first == day_after:
        review = _in_years(before.review_on, years)
    return Term(starts, min(review, last), day_is_over(last))


def _in_years(day: date, years: int) -> date:
    """The same day so many years on; the last of February for the 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def renewal_of(sent: Mapping[str, str], proposed: Term) -> tuple[Term | None, tuple[FormFault, ...]]:
    """The days that were typed. A first day left as it was proposed keeps its very second: no gap, no overlap."""
    faults: list[FormFault] = []
    first, review, last = (_day(sent, name, faults) for name in ("starts-on", "review-on", "ends-on"))
    if first is None or review is None or last is None:
        return None, tuple(faults)
    if last <= first:
        faults.append(FormFault("ends-on", "The last day must be after the first."))
    elif not first <= review <= last:
        faults.append(FormFault("review-on", "The review must be due between the first day and the last."))
    starts = proposed.starts_at if first == proposed.first else day_begins(first)
    return (None if faults else Term(starts, review, day_is_over(last))), tuple(faults)


def _day(sent: Mapping[str, str], name: str, faults: list[FormFault]) -> date | None:
    found = read_date(sent.get(name, ""))
    if found is None:
        faults.append(FormFault(name, date_fault(sent.get(name, ""), example="31/3/2028")))
    return found
