"""The what-if form: from what was chosen to a proposal, or what is wrong with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from hub.schemas.fields import FormFault, date_fault, read_date, read_time
from sharing_agreements.proposals import Proposal, ProposalKind
from sharing_agreements.terms import Terms
from vocabulary.identifiers import OdsCode
from vocabulary.times import london_date, moments_in_london

EVERY = "every"
"""A practice leaves all of its agreements."""


@dataclass(frozen=True, slots=True)
class TypedProposal:
    """What was chosen, to be shown again."""

    kind: str = ProposalKind.END.value
    agreement: str = ""
    on: str = ""
    at: str = ""
    practice: str = ""
    clauses: tuple[str, ...] = ()


def proposal_typed(sent: Mapping[str, str], clauses: Iterable[str], *, own: OdsCode) -> TypedProposal:
    """What was sent, with one's own practice as the one that leaves."""
    return TypedProposal(
        sent.get("kind", ProposalKind.END.value),
        sent.get("agreement", ""),
        sent.get("on", ""),
        sent.get("at", ""),
        sent.get("practice", "") or own.value,
        tuple(clauses),
    )


def proposal_of(
    typed: TypedProposal, known: Mapping[str, Terms], *, now: datetime
) -> tuple[Proposal | None, tuple[FormFault, ...]]:
    """The proposal that was chosen; `known`: the agreements one may choose from, by their number as typed."""
    faults: list[FormFault] = []
    try:
        kind = ProposalKind(typed.kind)
    except ValueError:
        return None, (FormFault("kind", "Choose what would be done."),)
    terms = known.get(typed.agreement)
    leaves_all = kind is ProposalKind.LEAVE and typed.agreement == EVERY
    if terms is None and not leaves_all:
        faults.append(FormFault("agreement", "Choose an agreement from the list."))
    at = _moment(typed, now, faults)
    practice = _leaver(typed, terms, faults) if kind is ProposalKind.LEAVE else None
    clauses = frozenset(typed.clauses) if kind is ProposalKind.DROP else frozenset[str]()
    if terms is not None and kind is ProposalKind.DROP:
        numbers = {grant.clause for grant in terms.grants}
        if not clauses or not clauses <= numbers:
            faults.append(FormFault("clauses", f"Choose the clauses that would go, of {terms.label}."))
    successor = _successor(terms, known.values()) if kind is ProposalKind.REPLACE and terms is not None else None
    if kind is ProposalKind.REPLACE and terms is not None and successor is None:
        faults.append(FormFault("kind", f"There is no draft or proposal that would replace {terms.label}."))
    if faults or at is None:
        return None, tuple(faults)
    return Proposal(kind, at, terms.id if terms else None, practice, clauses, successor.id if successor else None), ()


def _successor(terms: Terms, known: Iterable[Terms]) -> Terms | None:
    """The version that is drafted or proposed in place of this one."""
    later = [each for each in known if each.code == terms.code and each.status in ("draft", "proposed")]
    return max(later, key=lambda each: each.version, default=None)


def _leaver(typed: TypedProposal, terms: Terms | None, faults: list[FormFault]) -> OdsCode | None:
    found = next((ods for ods in (terms.parties if terms else ()) if ods.value == typed.practice), None)
    if terms is None and typed.practice:
        return OdsCode(typed.practice)
    if found is None:
        faults.append(FormFault("practice", "Choose the practice that would leave: it must be a party."))
    return found


def _moment(typed: TypedProposal, now: datetime, faults: list[FormFault]) -> datetime | None:
    """That time of that day in England, midnight at its beginning where no time is named; now, where neither is, and
    for today without a time."""
    if not typed.on.strip():
        if typed.at.strip():
            faults.append(FormFault("on", "Say on which day, too."))
        return now
    day, today = read_date(typed.on), london_date(now)
    if day is None:
        faults.append(FormFault("on", date_fault(typed.on, example=f"{today.day}/{today.month}/{today.year}")))
        return None
    if day < today or day.year > today.year + 20:
        faults.append(FormFault("on", "Choose today or a later day, within 20 years."))
        return None
    if not typed.at.strip():
        return now if day == today else _the_one(day, time(), faults)
    clock_time = read_time(typed.at)
    if clock_time is None:
        faults.append(FormFault("at", "Enter a time of day, such as 5.30pm or 17:30."))
        return None
    found = _the_one(day, clock_time, faults)
    if found is not None and found < now:
        faults.append(FormFault("at", "That time has passed: choose a later one, or leave day and time empty for now."))
    return found


def _the_one(day: date, clock_time: time, faults: list[FormFault]) -> datetime | None:
    """The moment at which clocks in England show this, where there is exactly one: nobody guesses when data flow."""
    moments = moments_in_london(day, clock_time)
    if len(moments) == 1:
        return moments[0]
    when = f"{clock_time.hour}.{clock_time.minute:02d}am on {day.day}/{day.month}/{day.year}"
    words = f"{when} comes twice: the clocks go back" if moments else f"There is no {when}: the clocks go forward"
    faults.append(FormFault("at", f"{words} that night. Choose a time before 1am, or 2am or later."))
    return None
