"""Search the pool: a fixed number of queries whatever the number of hosts, no remote call, one ledger event."""

from dataclasses import replace
from datetime import timedelta

from practices import directory
from scheduling import offers
from scheduling.commands import FindSlots
from scheduling.desk import Desk
from scheduling.problems import BookingUnknown
from scheduling.results import Freshness, HostAnswer, Offer, SearchResult, SlotFacts
from scheduling.scene import Scene, explain_absence, set_scene, why_of
from sharing_agreements.problems import refusal_words
from sharing_agreements.terms import Decision, Why
from storage.ledger import LedgerEvent, record
from storage.work import Tx
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.purposes import Scope
from vocabulary.times import Window

ORDER = (
    "Soonest first, then nearest to the mile. Where several are just as good, each colleague sees another one first, "
    "so that two of you rarely reach for the same."
)


def find(desk: Desk, command: FindSlots, caller: Caller) -> SearchResult:
    """Offers that fit, every host's answer, and when there are none the next one after the window."""
    command = replace(command, limit=min(max(command.limit, 1), desk.settings.search_limit))
    with desk.work.begin() as tx:
        scene = set_scene(desk, tx, caller, command=command)
        found = offers.fitting(tx, scene, command, caller)
        counts = offers.per_host(tx, scene, command, caller)
        next_after = None if found.offers else _next_after(desk, tx, scene, command, caller)
        answers = _answers(scene, counts, caller.role)
        _account(tx, command, found.total, scene, caller)
    return SearchResult(
        offers=found.offers,
        total=found.total,
        hosts=answers,
        window=command.window,
        next_after=next_after,
        searched_until=scene.now + desk.settings.horizon,
        order=ORDER,
    )


def alternatives(desk: Desk, facts: SlotFacts, caller: Caller, *, count: int = 3) -> tuple[Offer, ...]:
    """The offers nearest in time to one that was lost: same role and channel, from a day before to three after."""
    now = desk.clock.now()
    wanted = facts.window.start
    window = Window(max(now, wanted - timedelta(days=1)), max(now, wanted) + timedelta(days=3))
    command = FindSlots(
        window,
        roles=frozenset({facts.role}),
        channels=frozenset({facts.channel}),
        minutes=facts.minutes,
        near_postcode=facts.site_postcode,
        limit=desk.settings.search_limit,
    )
    found = find(desk, command, caller)
    return tuple(sorted(found.offers, key=lambda offer: abs(offer.facts.window.start - wanted))[:count])


def explain(desk: Desk, host: OdsCode, caller: Caller) -> HostAnswer:
    """Why can't I see this practice? By its agreement, its switches and what it last answered."""
    now = desk.clock.now()
    command = FindSlots(Window(now, now + desk.settings.horizon))
    with desk.work.read() as tx:
        scene = set_scene(desk, tx, caller)
        if host not in scene.hosts:
            scene = _with_stranger(tx, scene, host)
        counts = offers.per_host(tx, scene, command, caller)
    return _answer(scene, host, counts.get(host, offers.HostCount(0, 0)), caller.role)


def _with_stranger(tx: Tx, scene: Scene, host: OdsCode) -> Scene:
    """A practice no agreement of ours names: known only from the address book."""
    practice = directory.practice(tx, host)
    if practice is None:
        raise BookingUnknown(f"The hub knows no practice {host}.", next_step="Look it up by name.")
    return replace(
        scene,
        hosts={**scene.hosts, host: practice},
        decisions={**scene.decisions, host: Decision(allowed=False, why=Why.NO_AGREEMENT)},
    )


def _next_after(desk: Desk, tx: Tx, scene: Scene, command: FindSlots, caller: Caller) -> Offer | None:
    start = max(command.window.end, scene.now)
    end = scene.now + desk.settings.horizon
    if start >= end:
        return None
    later = offers.fitting(tx, scene, replace(command, window=Window(start, end), limit=1), caller)
    return later.offers[0] if later.offers else None


def _answers(scene: Scene, counts: dict[OdsCode, offers.HostCount], role: UserRole) -> tuple[HostAnswer, ...]:
    answers = [_answer(scene, host, counts.get(host, offers.HostCount(0, 0)), role) for host in scene.hosts]
    return tuple(sorted(answers, key=lambda answer: (-answer.offered, answer.name)))


def _answer(scene: Scene, host: OdsCode, count: offers.HostCount, role: UserRole) -> HostAnswer:
    practice, decision = scene.hosts[host], scene.decisions[host]
    known = scene.known.get(host)
    if not decision.allowed:
        scope = Scope.BOOK if host in scene.switched_off else Scope.SEE_SLOTS
        explanation = " ".join(refusal_words(decision, practice.name, role=role, scope=scope))
    elif count.fitting and known is not None and known.freshness is Freshness.FRESH:
        explanation = ""
    elif count.fitting and known is not None:
        explanation = f"{practice.name} was last asked some time ago; the hub checks with them when you choose a time."
    else:
        explanation = explain_absence(scene, host, visible=count.visible)
    return HostAnswer(
        host=host,
        name=practice.name,
        phone=practice.phone,
        bypass_phone=practice.bypass_phone,
        offered=count.fitting if decision.allowed else 0,
        freshness=known.freshness if known else Freshness.NEVER,
        asked_at=known.asked_at if known else None,
        explanation=explanation,
        why=why_of(scene, host),
    )


def _account(tx: Tx, command: FindSlots, total: int, scene: Scene, caller: Caller) -> None:
    detail = {
        "from": command.window.start.isoformat(),
        "to": command.window.end.isoformat(),
        "hosts": len(scene.open_hosts()),
        "offers": total,
    }
    record(tx, LedgerEvent("slots.searched", purpose="direct-care", detail=detail), caller=caller, at=scene.now)
