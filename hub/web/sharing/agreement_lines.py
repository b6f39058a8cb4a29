"""Agreements as lines of a list and bars of a timeline: what state, until when, what is about to run out. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hub.web import clock_words as clock
from sharing_agreements.register import AgreementView
from vocabulary.identifiers import OdsCode
from vocabulary.times import at_london, london_date

STATUS = {
    "draft": ("Draft", "grey"),
    "proposed": ("Waiting for signatures", "yellow"),
    "in-force": ("In force", "green"),
    "suspended": ("Suspended", "red"),
    "ended": ("Ended", "grey"),
    "expired": ("Expired", "grey"),
}
SOON = timedelta(days=90)
_OVER = ("ended", "expired")
# As a list is sorted: what somebody must do something about comes first.
_URGENCY = ("suspended", "proposed", "draft", "in-force", "expired", "ended")


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day on which something runs out, and how it is told."""

    words: str
    days: int
    urgent: bool  # within a month


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar on the timeline; places are per mille of its width, as SVG wants them."""

    x: float
    width: float
    done: float  # how much of it is past
    review: float | None


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """One agreement in the list and on the timeline."""

    id: int
    code: str
    version: int
    label: str
    title: str
    state: str
    status: str
    colour: str
    why: str
    begins: str
    ends: str
    parties: int
    unsigned: tuple[str, ...]
    deadline: Deadline | None
    bar: Bar
    names_us: bool
    followed: bool  # another version is drafted, waits for signatures, or is signed already


@dataclass(frozen=True, slots=True)
class Timeline:
    """The span that all bars share: where its years begin, and where today is."""

    years: tuple[tuple[float, str], ...]
    today: float


def state_of(view: AgreementView, now: datetime) -> str:
    """The state, with the clock counted: one that ran out is over even before somebody has written so."""
    return state_at(view.terms.status, view.terms.ends_at, now)


def state_at(status: str, ends_at: datetime, now: datetime) -> str:
    """The same, of its parts."""
    return "expired" if status == "in-force" and now >= ends_at else status


def last_second(ends_at: datetime) -> datetime:
    """An end at midnight is the day before, as people say it."""
    return ends_at - timedelta(seconds=1)


def span_of(views: Iterable[AgreementView], now: datetime) -> tuple[datetime, datetime]:
    """From the first beginning to the last end, whole years, with today in it."""
    moments = [moment for view in views for moment in (view.terms.starts_at, view.terms.ends_at)] + [now]
    first, last = london_date(min(moments)), london_date(max(moments))
    midnight = datetime.min.time()
    return (
        at_london(first.replace(month=1, day=1), midnight),
        at_london(last.replace(year=last.year + 1, month=1, day=1), midnight),
    )


def timeline(span: tuple[datetime, datetime], now: datetime) -> Timeline:
    """Where the years begin on it."""
    first, last = (london_date(moment).year for moment in span)
    midnight = datetime.min.time()
    beginnings = [at_london(london_date(span[0]).replace(year=year), midnight) for year in range(first, last)]
    years = tuple((_place(moment, span), str(london_date(moment).year)) for moment in beginnings)
    return Timeline(years, _place(now, span))


def lines(
    views: Iterable[AgreementView], names: Mapping[str, str], us: OdsCode, now: datetime
) -> tuple[AgreementLine, ...]:
    """All of them, the most urgent first: suspended, waiting, running out soonest."""
    listed = tuple(views)
    span = span_of(listed, now)
    living = sorted((view.terms.code, view.terms.version) for view in listed if view.terms.status not in _OVER)
    newest = dict(living)
    return tuple(
        line(view, names, us, now, span, followed=newest.get(view.terms.code, 0) > view.terms.version)
        for view in sorted(listed, key=lambda view: _urgency(view, now))
    )


def _urgency(view: AgreementView, now: datetime) -> tuple[int, datetime, str, int]:
    state = state_of(view, now)
    return _URGENCY.index(state), view.terms.ends_at, view.terms.code, -view.terms.version


def line(
    view: AgreementView,
    names: Mapping[str, str],
    us: OdsCode,
    now: datetime,
    span: tuple[datetime, datetime],
    *,
    followed: bool = False,
) -> AgreementLine:
    """One agreement."""
    terms, state = view.terms, state_of(view, now)
    words, colour = STATUS[state]
    missing = sorted(names.get(ods.value, ods.value) for ods in terms.parties - terms.signed - terms.left)
    return AgreementLine(
        id=terms.id,
        code=terms.code,
        version=terms.version,
        label=terms.label,
        title=terms.title,
        state=state,
        status=words,
        colour=colour,
        why=view.status_reason,
        begins=clock.birth_date_words(london_date(terms.starts_at)),
        ends=clock.birth_date_words(london_date(last_second(terms.ends_at))),
        parties=len(terms.parties - terms.left),
        unsigned=tuple(missing) if state not in _OVER else (),
        deadline=deadline_of(state, terms.ends_at, view.review_on, now),
        bar=_bar(view, now, span),
        names_us=us in terms.parties,
        followed=followed,
    )


def deadline_of(state: str, ends_at: datetime, review_on: date | None, now: datetime) -> Deadline | None:
    """What runs out within 90 days, end and review, the nearer first; a review that is overdue too."""
    if state not in ("in-force", "suspended"):
        return None
    today = london_date(now)
    ends = (london_date(last_second(ends_at)) - today).days
    found = []
    if ends <= SOON.days:
        found.append((ends, f"Ends {_in_days(ends)}"))
    if review_on is not None:
        review = (review_on - today).days
        if review < 0:
            found.append((review, f"Review overdue since {clock.birth_date_words(review_on)}"))
        elif review <= SOON.days:
            found.append((review, f"Review due {_in_days(review)}"))
    if not found:
        return None
    days, words = min(found)
    also = [f"; {other[0].lower()}{other[1:]}" for _, other in sorted(found)[1:]]
    return Deadline("".join([words, *also]), days, days <= 30)


def _in_days(days: int) -> str:
    return "today" if days <= 0 else "tomorrow" if days == 1 else f"in {days} days"


def _bar(view: AgreementView, now: datetime, span: tuple[datetime, datetime]) -> Bar:
    starts, ends = _place(view.terms.starts_at, span), _place(view.terms.ends_at, span)
    review = None
    if view.review_on is not None:
        review = _place(at_london(view.review_on, datetime.min.time()), span)
    return Bar(starts, max(ends - starts, 2.0), min(max(_place(now, span) - starts, 0.0), ends - starts), review)


def _place(moment: datetime, span: tuple[datetime, datetime]) -> float:
    return round((moment - span[0]) / (span[1] - span[0]) * 1000, 1)
