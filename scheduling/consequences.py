"""What ending, suspending or changing an agreement, or losing a practice, would do: asked before anybody signs.

What is lost is what `decide` says before and after, so a second agreement that grants the same counts. Nothing is
changed here, and nothing that names a patient is read.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, Date, Integer, String, bindparam, cast, column, exists, func, select, text

from practices import directory
from practices.results import PracticeView
from scheduling import lifecycle
from scheduling.desk import Desk
from scheduling.models import BookingRow, SlotClaimRow, SlotSightRow
from scheduling.problems import NoSuchAgreement
from sharing_agreements.access_map import AccessMap, Loss, Pair, access_map, losses
from sharing_agreements.proposals import Proposal, ProposalKind, after
from sharing_agreements.reading import Standing
from sharing_agreements.register import sees_all
from sharing_agreements.terms import Terms
from storage.ledger import LedgerEvent, LedgerRow, record
from storage.work import Tx
from vocabulary.appointments import BookingState
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.purposes import Scope

_WEEK = timedelta(days=7)
_LATELY = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class ContractRule:
    """How many minutes of extended access a practice owes its patients every week."""

    minutes_per_thousand: int = 60  # enhanced access; the older extended hours asked for 30
    basis: str = "60 minutes a week for every 1,000 patients on the list"


CONTRACT = ContractRule()


@dataclass(frozen=True, slots=True)
class AffectedBooking:
    """A booking still to come that was made where nothing could be booked any more. Names no patient."""

    ref: BookingRef
    starts: datetime
    minutes: int
    booking_practice: OdsCode
    host: OdsCode
    state: BookingState
    agreement: str


@dataclass(frozen=True, slots=True)
class BookingGroup:
    """The affected bookings of one practice at one host: kept or moved together."""

    booking_practice: OdsCode
    host: OdsCode
    bookings: tuple[AffectedBooking, ...]

    @property
    def key(self) -> str:
        """Names the group in a form."""
        return f"{self.booking_practice}-{self.host}"


@dataclass(frozen=True, slots=True)
class DaySlots:
    """Free times of one day that practices would no longer be offered."""

    day: date
    slots: int
    minutes: int


@dataclass(frozen=True, slots=True)
class ContractMinutes:
    """One practice's weekly minutes: what it owes, and what its patients can be offered now and then."""

    practice: OdsCode
    list_size: int
    needed: int
    before: int
    then: int

    @property
    def short(self) -> int:
        """By how much it would fall short."""
        return max(self.needed - self.then, 0)


@dataclass(frozen=True, slots=True)
class PeopleLosing:
    """The people in one role at one practice who lose something, and how many of them used it lately."""

    practice: OdsCode
    role: UserRole
    scopes: tuple[Scope, ...]
    hosts: int
    used_lately: int


@dataclass(frozen=True, slots=True)
class Consequences:
    """What would follow."""

    proposal: Proposal
    counted_at: datetime
    practices: Mapping[OdsCode, str]
    lost: tuple[Loss, ...]
    groups: tuple[BookingGroup, ...]
    days: tuple[DaySlots, ...]
    slots: int
    slot_minutes: int
    contract: tuple[ContractMinutes, ...]
    week: tuple[datetime, datetime]  # the seven days whose minutes were counted
    people: tuple[PeopleLosing, ...]

    @property
    def bookings(self) -> tuple[AffectedBooking, ...]:
        """All affected bookings, by time."""
        listed = (booking for group in self.groups for booking in group.bookings)
        return tuple(sorted(listed, key=lambda booking: (booking.starts, booking.ref.value)))

    @property
    def harmless(self) -> bool:
        """Whether nobody would lose anything, and nothing that is booked would be left behind."""
        return not self.lost and not self.groups


def foresee(desk: Desk, proposal: Proposal, caller: Caller, *, rule: ContractRule = CONTRACT) -> Consequences:
    """What the proposal would do. Nothing is changed; that it was asked is accounted for. Raises NoSuchAgreement."""
    now = desk.clock.now()
    with desk.work.read() as tx:
        standing = desk.gate.standing(tx)
        terms = _theirs(standing.agreements(), proposal, caller)
        begins = max(proposal.at, now)
        before = access_map(terms, begins, switches=standing.switches)
        then = access_map(after(terms, proposal), begins, switches=standing.switches)
        lost = losses(before, then)
        groups = _groups(tx, _uncovered(terms, proposal, begins), begins)
        found = _count(tx, proposal, lost, groups, (before, then), begins=begins, now=now, rule=rule)
    detail = {
        "kind": proposal.kind.value,
        "from": proposal.at.isoformat(),
        "bookings": len(found.bookings),
        "slots": found.slots,
    }
    named = next((agreement.label for agreement in terms if agreement.id == proposal.agreement_id), "")
    with desk.work.begin() as tx:
        record(tx, LedgerEvent("agreement.foreseen", agreement=named, detail=detail), caller=caller, at=now)
    return found


def stranded(tx: Tx, standing: Standing, proposal: Proposal, *, now: datetime) -> tuple[BookingGroup, ...]:
    """The bookings still to come that it would leave where nothing can be booked any more; asked in the transaction
    that carries it out, with the agreement's row held: no claim commits in between.

    An agreement that is past its end counts as having granted until now: what was booked under it is still there.
    """
    begins = max(proposal.at, now)
    terms, _ = _touched(standing.agreements(), proposal)
    lasting = tuple(_until(each, begins) if each.id == proposal.agreement_id else each for each in terms)
    return _groups(tx, _uncovered(lasting, proposal, begins), begins)


def _until(agreement: Terms, moment: datetime) -> Terms:
    if agreement.ends_at > moment:
        return agreement
    return replace(agreement, status="in-force", ends_at=moment + timedelta(seconds=1))


def _uncovered(terms: Collection[Terms], proposal: Proposal, begins: datetime) -> frozenset[Pair]:
    """Who could book where before and cannot after, whatever is paused today: what is suspended, or switched off, was
    booked before, and after an incident patients are forgotten most easily."""
    booking = (replace(each, grants=tuple(one for one in each.grants if one.scope is Scope.BOOK)) for each in terms)
    granted = tuple(_unpaused(each) if _concerns(proposal, each) else each for each in booking)
    before, then = access_map(granted, begins), access_map(after(granted, proposal), begins)
    return _pairs(losses(before, then), Scope.BOOK)


def _concerns(proposal: Proposal, agreement: Terms) -> bool:
    if proposal.kind is ProposalKind.SUSPEND:
        return False  # what is paused already is not paused by it
    if proposal.agreement_id is None:
        return proposal.practice in agreement.parties
    return agreement.id == proposal.agreement_id


def _unpaused(agreement: Terms) -> Terms:
    return replace(agreement, status="in-force") if agreement.status == "suspended" else agreement


def _theirs(known: Collection[Terms], proposal: Proposal, caller: Caller) -> tuple[Terms, ...]:
    """The same, for whoever may ask. Raises NoSuchAgreement."""
    terms, parties = _touched(known, proposal)
    if not parties or not (sees_all(caller) or caller.practice in parties):
        raise NoSuchAgreement(
            "There is no such agreement that names your practice.", next_step="Choose one from the list of agreements."
        )
    return terms


def _touched(known: Collection[Terms], proposal: Proposal) -> tuple[tuple[Terms, ...], frozenset[OdsCode]]:
    """Every agreement of everybody whom the proposal can touch, and who they are: another may still grant what it
    takes away."""
    numbers = {proposal.agreement_id, proposal.replacement_id} - {None}
    changed = [terms for terms in known if (terms.id in numbers if numbers else proposal.practice in terms.parties)]
    parties = frozenset[OdsCode]().union(*(agreement.parties for agreement in changed))
    return tuple(agreement for agreement in known if agreement.parties & parties), parties


def _count(
    tx: Tx,
    proposal: Proposal,
    lost: tuple[Loss, ...],
    groups: tuple[BookingGroup, ...],
    maps: tuple[AccessMap, AccessMap],
    *,
    begins: datetime,
    now: datetime,
    rule: ContractRule,
) -> Consequences:
    touched = {ods for loss in lost for ods in (loss.asker, loss.giver)}
    touched |= {ods for group in groups for ods in (group.booking_practice, group.host)}
    views = directory.practices(tx, touched) if touched else ()
    unbookable = _pairs(lost, Scope.BOOK)
    unseen = _pairs(lost, Scope.SEE_SLOTS) | unbookable
    days = _days(tx, unseen, begins)
    week = _week(begins, now)
    return Consequences(
        proposal=proposal,
        counted_at=now,
        practices={view.ods: view.name for view in views},
        lost=lost,
        groups=groups,
        days=days,
        slots=sum(day.slots for day in days),
        slot_minutes=sum(day.minutes for day in days),
        contract=_contract(tx, views, maps, week, rule) if unbookable else (),
        week=week,
        people=_people(tx, lost, now),
    )


def _pairs(lost: Iterable[Loss], scope: Scope) -> frozenset[Pair]:
    return frozenset((loss.asker, loss.giver) for loss in lost if loss.scope is scope and loss.by_everybody)


def _groups(tx: Tx, pairs: Collection[Pair], begins: datetime) -> tuple[BookingGroup, ...]:
    found: dict[Pair, list[AffectedBooking]] = {}
    for row in tx.execute(_BOOKINGS, _sent(pairs, begins=begins)):
        booking = AffectedBooking(
            BookingRef(row.ref),
            row.start_at,
            int((row.end_at - row.start_at).total_seconds() // 60),
            OdsCode(row.booking_ods),
            OdsCode(row.host_ods),
            BookingState(row.state),
            row.agreement,
        )
        found.setdefault((booking.booking_practice, booking.host), []).append(booking)
    return tuple(BookingGroup(*pair, tuple(bookings)) for pair, bookings in sorted(found.items()))


def _days(tx: Tx, pairs: Collection[Pair], begins: datetime) -> tuple[DaySlots, ...]:
    rows = tx.execute(_SLOTS, _sent(pairs, begins=begins))
    return tuple(DaySlots(row.day, row.slots, int(row.minutes)) for row in rows)


def _week(begins: datetime, now: datetime) -> tuple[datetime, datetime]:
    """The seven days from the change on where the pool reaches so far, else the next seven."""
    first = begins if begins - now <= _WEEK else now
    return first, first + _WEEK


def _contract(
    tx: Tx,
    views: Iterable[PracticeView],
    maps: tuple[AccessMap, AccessMap],
    week: tuple[datetime, datetime],
    rule: ContractRule,
) -> tuple[ContractMinutes, ...]:
    before, then = (_hosts_of(known) for known in maps)
    hosts = frozenset[OdsCode]().union(*before.values()) | before.keys()
    sent = {"hosts": [ods.value for ods in hosts], "first": week[0], "last": week[1]}
    offered = {OdsCode(row.host_ods): int(row.minutes) for row in tx.execute(_OFFERED, sent)}

    def reach(practice: OdsCode, known: Mapping[OdsCode, set[OdsCode]]) -> int:
        return sum(offered.get(host, 0) for host in known.get(practice, set()) | {practice})

    return tuple(
        ContractMinutes(
            view.ods,
            view.list_size,
            round(view.list_size / 1000 * rule.minutes_per_thousand),
            reach(view.ods, before),
            reach(view.ods, then),
        )
        for view in views
    )


def _hosts_of(known: AccessMap) -> dict[OdsCode, set[OdsCode]]:
    hosts: dict[OdsCode, set[OdsCode]] = {}
    for (asker, giver), scopes in known.items():
        if Scope.BOOK in scopes and scopes[Scope.BOOK].allowed:
            hosts.setdefault(asker, set()).add(giver)
    return hosts


def _people(tx: Tx, lost: Iterable[Loss], now: datetime) -> tuple[PeopleLosing, ...]:
    scopes: dict[tuple[OdsCode, UserRole], set[Scope]] = {}
    hosts: dict[tuple[OdsCode, UserRole], set[OdsCode]] = {}
    for loss in lost:
        for role in loss.roles - {UserRole.SYSTEM}:
            scopes.setdefault((loss.asker, role), set()).add(loss.scope)
            hosts.setdefault((loss.asker, role), set()).add(loss.giver)
    if not scopes:
        return ()
    pairs = {(asker, giver) for (asker, _), givers in hosts.items() for giver in givers}
    lately = {
        (OdsCode(row.acting_for), row.user_role): row.people
        for row in tx.execute(_USED, _sent(pairs, begins=now - _LATELY))
    }
    order = list(Scope)
    return tuple(
        PeopleLosing(
            asker,
            role,
            tuple(sorted(scopes[asker, role], key=order.index)),
            len(hosts[asker, role]),
            lately.get((asker, role.value), 0),
        )
        for asker, role in sorted(scopes, key=lambda key: (key[0], list(UserRole).index(key[1])))
    )


def _sent(pairs: Collection[Pair], *, begins: datetime) -> dict[str, Any]:
    listed = sorted(pairs)
    return {"askers": [a.value for a, _ in listed], "givers": [g.value for _, g in listed], "begins": begins}


# The pairs in question, sent as two arrays: the same statement for one pair and for thousands.
_LOST = (
    func.unnest(bindparam("askers", type_=ARRAY(String)), bindparam("givers", type_=ARRAY(String)))
    .table_valued(column("asker", String), column("giver", String), name="lost")
    .render_derived()
)
_BOOKINGS = (
    select(
        BookingRow.ref,
        BookingRow.start_at,
        BookingRow.end_at,
        BookingRow.booking_ods,
        BookingRow.host_ods,
        BookingRow.state,
        BookingRow.agreement,
    )
    .join(_LOST, (_LOST.c.asker == BookingRow.booking_ods) & (_LOST.c.giver == BookingRow.host_ods))
    .where(
        BookingRow.start_at >= bindparam("begins"),
        BookingRow.state.in_([state.value for state in sorted(lifecycle.STANDING)]),
    )
    .order_by(BookingRow.start_at, BookingRow.ref)
)
# A slot that four neighbours are offered is one slot.
_SEEN = (
    select(SlotSightRow.slot_id, SlotSightRow.start_at, SlotSightRow.end_at)
    .join(_LOST, (_LOST.c.asker == SlotSightRow.booking_ods) & (_LOST.c.giver == SlotSightRow.host_ods))
    .where(
        SlotSightRow.start_at >= bindparam("begins"),
        ~exists().where(SlotClaimRow.slot_id == SlotSightRow.slot_id, SlotClaimRow.released_at.is_(None)),
    )
    .distinct()
    .subquery("seen")
)
_DAY = cast(func.timezone("Europe/London", _SEEN.c.start_at), Date).label("day")
_LENGTH = cast(func.extract("epoch", _SEEN.c.end_at - _SEEN.c.start_at) / 60, Integer)
_SLOTS = select(_DAY, func.count().label("slots"), func.sum(_LENGTH).label("minutes")).group_by("day").order_by("day")
# What a host offers in a week: what anybody is shown as free, and what is claimed already.
_OFFERED = text(
    "SELECT slot.host_ods, sum(extract(epoch FROM slot.end_at - slot.start_at) / 60) AS minutes FROM slot "
    "WHERE slot.host_ods = ANY(:hosts) AND slot.start_at >= :first AND slot.start_at < :last AND ("
    "EXISTS (SELECT FROM slot_sight WHERE slot_sight.slot_id = slot.id) OR "
    "EXISTS (SELECT FROM slot_claim WHERE slot_claim.slot_id = slot.id AND slot_claim.released_at IS NULL)) "
    "GROUP BY slot.host_ods"
)
_USED = (
    select(LedgerRow.acting_for, LedgerRow.user_role, func.count(LedgerRow.user_id.distinct()).label("people"))
    .join(_LOST, (_LOST.c.asker == LedgerRow.acting_for) & (_LOST.c.giver == LedgerRow.host_ods))
    .where(LedgerRow.at >= bindparam("begins"), LedgerRow.act.like("permit.%"), LedgerRow.outcome == "allowed")
    .group_by(LedgerRow.acting_for, LedgerRow.user_role)
)
