"""No way round the gate: every verb, route and task is walked while the agreement is suspended, and none of them shows
or reaches anything of a neighbour's; what still may (giving back, finding out) has a permit that stands in the ledger.

What is the neighbour's is planted with a word that occurs nowhere else. A verb or an interaction that is new has to be
added here, or the walk fails.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from werkzeug.routing import Rule

import scheduling
from connectors.mock.script import Mishap
from gp_connect import interactions
from hub import tasks
from hub.fhir.door import HANDLERS
from scheduling import (
    ahead,
    amending,
    at_host,
    booking,
    cancelling,
    clashing,
    drift,
    following,
    holding,
    hosted,
    hosted_bookings,
    moving,
    outright,
    pairs,
    rehearsing,
    resolving,
    search,
    syncing,
    tidying,
    views,
)
from scheduling import patients as people
from scheduling.commands import (
    AmendBooking,
    BookOutright,
    BookSlots,
    CancelBooking,
    FindSlots,
    ListBookings,
    SettleByHand,
    TakeHold,
)
from scheduling.references import new_ref
from sharing_agreements.terms import Why
from tests.hub.fhir.consumer import Consumer, open_rig
from tests.hub.fhir.every_request import one_of_each
from tests.hub.neighbour import CAT, LIMITED, PLANTED, Neighbour, settle_in
from tests.hub.rig import Rig
from tests.hub.web.counter import Counter
from tests.scheduling.world import ANN, BOB, HOME, HOST, TONIGHT, World, caller, patient
from vocabulary.appointments import CancellationReason
from vocabulary.people import UserRole
from vocabulary.problems import Problem
from vocabulary.times import Window, london_date

pytestmark = pytest.mark.database


@pytest.fixture
def neighbour(world: World) -> Neighbour:
    return settle_in(world)


# The verbs of the diary desk


HELPERS = {"permit", "allowed", "system", "tx", "deal", "outcome", "known", "view", "cluster"}
"""A function that is handed one of these is no way in: its caller had it from the gate, or only writes our own."""

_Walk = Callable[[World, Neighbour], object]


def _week(world: World) -> Window:
    return Window(world.clock.now(), world.clock.now() + timedelta(days=7))


def _practice(world: World) -> Any:
    return hosted.host(world.desk, HOST)


def _outright(n: Neighbour) -> BookOutright:
    return BookOutright(HOST, (n.slot.host_id,), n.patient_id, "Review")


VERBS: dict[str, _Walk] = {
    "ahead.look": lambda w, n: ahead.look(w.desk, n.theirs, caller()),
    "ahead.cancel": lambda w, n: ahead.cancel(
        w.desk, n.theirs, CancelBooking(n.theirs, CancellationReason.PATIENT_ASKED), caller()
    ),
    "amending.amend": lambda w, n: amending.amend(w.desk, AmendBooking(n.theirs, "x", "y"), caller()),
    "at_host.find": lambda w, n: at_host.find(w.desk, _practice(w), ANN, caller()),
    "at_host.read": lambda w, n: at_host.read(w.desk, _practice(w), n.patient_id, caller()),
    "at_host.register": lambda w, n: at_host.register(w.desk, _practice(w), patient(BOB, given="Bob"), caller()),
    "at_host.permit": lambda w, n: at_host.permit(w.desk, _practice(w), caller()),
    "booking.book": lambda w, n: booking.book(w.desk, BookSlots(new_ref(), ANN, "Review"), caller()),
    "cancelling.cancel": lambda w, n: cancelling.cancel(
        w.desk, CancelBooking(n.theirs, CancellationReason.PATIENT_ASKED), caller()
    ),
    "cancelling.carry_out": lambda w, n: cancelling.carry_out(w.desk, n.theirs, caller()),
    "clashing.foreseen": lambda w, n: clashing.foreseen(w.desk, n.offer.facts.window, ANN, caller()),
    "drift.check": lambda w, n: drift.check(w.desk, HOST),
    "drift.check_all": lambda w, n: drift.check_all(w.desk),
    "following.follow_due": lambda w, n: following.follow_due(w.desk, at_once=1),
    "holding.take": lambda w, n: holding.take(w.desk, TakeHold(n.offer.slot_ids), caller()),
    "holding.show": lambda w, n: holding.show(w.desk, n.theirs, caller()),
    "holding.release": lambda w, n: holding.release(w.desk, n.theirs, caller()),
    "hosted.host": lambda w, n: hosted.host(w.desk, HOST),
    "hosted.open_host": lambda w, n: hosted.open_host(w.desk, HOST),
    "hosted.permit": lambda w, n: hosted.permit(w.desk, _practice(w), caller()),
    "hosted.free_slots": lambda w, n: hosted.free_slots(w.desk, HOST, _week(w), caller()),
    "hosted_bookings.of_patient": lambda w, n: hosted_bookings.of_patient(
        w.desk, _practice(w), n.patient_id, _week(w), caller()
    ),
    "hosted_bookings.one": lambda w, n: hosted_bookings.one(w.desk, _practice(w), n.theirs, caller()),
    "moving.permit": lambda w, n: moving.permit(w.desk, n.theirs, CAT, caller()),
    "outright.book": lambda w, n: outright.book(w.desk, _practice(w), _outright(n), caller()),
    "pairs.plan": lambda w, n: pairs.plan(w.desk),
    "patients.look_up": lambda w, n: people.look_up(w.desk, BOB, caller()),
    "patients.search": lambda w, n: people.search(w.desk, caller(), family="Example", birth_date=date(1980, 2, 29)),
    "rehearsing.book_there_and_back": lambda w, n: rehearsing.book_there_and_back(w.desk, HOST, ANN, caller()),
    "resolving.sweep": lambda w, n: resolving.sweep(w.desk),
    "resolving.resolve": lambda w, n: resolving.resolve(w.desk, n.theirs),
    "resolving.settle_by_hand": lambda w, n: resolving.settle_by_hand(
        w.desk, SettleByHand(n.theirs, was_booked=False, why="Rang them"), caller()
    ),
    "search.find": lambda w, n: search.find(w.desk, FindSlots(_week(w)), caller()),
    "search.alternatives": lambda w, n: search.alternatives(w.desk, replace(n.offer.facts, site_postcode=""), caller()),
    "search.explain": lambda w, n: search.explain(w.desk, HOST, caller()),
    "syncing.sync_due": lambda w, n: syncing.sync_due(w.desk, limit=100, at_once=1),
    "syncing.sync_one": lambda w, n: syncing.sync_one(w.desk, HOST, HOME, "near"),
    "syncing.stretch_window": lambda w, n: syncing.stretch_window(w.desk, "near", w.clock.now()),
    "tidying.tidy": lambda w, n: tidying.tidy(w.desk),
    "twins.awaited": lambda w, n: None,  # waits for a booking that its caller has been shown
    "views.booking": lambda w, n: views.booking(w.desk, n.theirs, caller()),
    "views.history": lambda w, n: views.history(w.desk, n.theirs, caller()),
    "views.listed": lambda w, n: views.listed(w.desk, ListBookings(at_host=HOST, window=_week(w)), caller()),
    "views.expected_on": lambda w, n: views.expected_on(w.desk, london_date(TONIGHT), caller()),
    "views.expected_for_copy": lambda w, n: views.expected_for_copy(w.desk, london_date(TONIGHT), caller()),
    "views.board": lambda w, n: views.board(w.desk, london_date(TONIGHT), caller()),
    "views.today": lambda w, n: views.today(w.desk),
    "views.attention": lambda w, n: views.attention(w.desk, caller()),
    "views.waiting": lambda w, n: views.waiting(w.desk, caller()),
    "views.settle_attention": lambda w, n: views.settle_attention(w.desk, 1, "Done", caller()),
    "views.hosts": lambda w, n: views.hosts(w.desk, caller()),
}
OF_OUR_OWN = {
    "visiting.note",
    "visiting.expected",
    "visiting.expected_for_copy",
    "reporting.hears",
    "reporting.report_due",
    "consequences.foresee",
    "ending.carry_out",
}
"""What only reads or writes the caller's own practice's bookings and agreements (their own tests show it)."""


def verbs() -> Iterator[str]:
    """Every public function of the desk that is a way in."""
    for module in pkgutil.iter_modules(scheduling.__path__):
        found = importlib.import_module(f"scheduling.{module.name}")
        for name, function in vars(found).items():
            if inspect.isfunction(function) and function.__module__ == found.__name__ and not name.startswith("_"):
                named = inspect.signature(function).parameters
                required = {each for each, how in named.items() if how.default is inspect.Parameter.empty}
                if next(iter(named), "") == "desk" and not required & HELPERS:
                    yield f"{module.name}.{name}"


def test_every_verb_of_the_desk_is_walked() -> None:
    assert set(verbs()) - OF_OUR_OWN == set(VERBS)


def _outcome(walk: _Walk, neighbour: Neighbour) -> str:
    try:
        return repr(walk(neighbour.world, neighbour))
    except Problem as problem:
        return f"{type(problem).__name__}: {problem.message} {problem.next_step}"


def test_no_verb_shows_or_reaches_anything_of_a_neighbours_without_the_gate(neighbour: Neighbour) -> None:
    neighbour.world.suspend()
    neighbour.watch()
    for name, walk in VERBS.items():
        assert PLANTED not in _outcome(walk, neighbour), name
        assert neighbour.untouched(), name


def test_the_walk_sees_what_the_agreement_shows(neighbour: Neighbour) -> None:
    """With the agreement in force the same walk finds what is planted: it would see a leak."""
    neighbour.watch()
    seen = {name for name, walk in VERBS.items() if PLANTED in _outcome(walk, neighbour)}
    assert {"search.find", "holding.take", "hosted.free_slots", "views.board"} <= seen
    assert not neighbour.untouched()


# The pages and the JSON door


def _address(rule: Rule, neighbour: Neighbour) -> str:
    known = {"ods": HOST.value, "ref": neighbour.theirs.value, "code": "DSA-1", "user_id": "olga.other"}
    values: dict[str, Any] = {}
    for name in rule.arguments:
        converter = rule._converters[name]
        words = getattr(converter, "items", None)  # one of these words: never one that would let the agreement go on
        value = known.get(name, "1")
        if words:
            value = "suspend" if "suspend" in words else sorted(words)[0]
        values[name] = converter.to_python(value)
    built = rule.build(values)
    assert built is not None
    return built[1]


def _sent(neighbour: Neighbour) -> dict[str, str]:
    """Whatever a form might send to get at the neighbour; nothing that a switch or a choice would be changed by."""
    ids = " ".join(map(str, neighbour.offer.slot_ids))
    return {
        "slots": ids,
        "nhs_number": BOB.value,
        "by": "number",
        "ods": HOST.value,
        "host": HOST.value,
        "description": "Review",
        "phone": "07700 900101",
        "patient_told": "yes",
        "why": "I rang them",
        "reason": CancellationReason.PATIENT_ASKED.value,
        "giver": HOST.value,
        "asker": HOME.value,
        "query": "when=week",
    }


def _endings(rule: Rule) -> bool:
    """What would end the walker's own session, or is somebody else's way in (shown in their own tests)."""
    return rule.endpoint.startswith(("auth.", "fhir.")) or rule.endpoint == "static"


@pytest.mark.parametrize("role", [role for role in UserRole if role is not UserRole.SYSTEM])
def test_no_page_shows_or_reaches_anything_of_a_neighbours_without_the_gate(
    neighbour: Neighbour, role: UserRole
) -> None:
    neighbour.world.suspend()
    neighbour.watch()
    rig = Rig(neighbour.world)
    walker = Counter.open(rig, user=f"{role.value}.walker", role=role)
    walked = 0
    for rule in rig.app.url_map.iter_rules():
        if _endings(rule) or rule.rule.startswith("/api/v1"):
            continue
        address = _address(rule, neighbour)
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            query = {"when": "week", "host": HOST.value, "ods": HOST.value, "days": "7"} if method == "GET" else {}
            data = {**_sent(neighbour), "csrf": walker.csrf} if method != "GET" else None
            answer = walker.browser.open(address, method=method, query_string=query, data=data, follow_redirects=True)
            assert PLANTED not in answer.get_data(as_text=True), (method, rule.rule)
            answer.close()
            assert neighbour.untouched(), (method, rule.rule)
            walked += 1
    assert walked > 50


@pytest.mark.parametrize("role", [UserRole.RECEPTIONIST, UserRole.CLINICIAN, UserRole.PRACTICE_MANAGER])
def test_no_program_is_shown_or_reaches_anything_of_a_neighbours_without_the_gate(
    neighbour: Neighbour, role: UserRole
) -> None:
    neighbour.world.suspend()
    neighbour.watch()
    rig = Rig(neighbour.world)
    program = rig.program(role=role.value)
    now = neighbour.world.clock.now()
    query = {"from": now.isoformat(), "to": (now + timedelta(days=7)).isoformat(), "host": HOST.value}
    body = {
        "slot_ids": list(neighbour.offer.slot_ids),
        "hold": neighbour.theirs.value,
        "nhs_number": BOB.value,
        "description": "Review",
        "patient_told": True,
        "reason": CancellationReason.PATIENT_ASKED.value,
        "family": "Example",
        "birth_date": "1980-02-29",
    }
    walked = 0
    for rule in rig.app.url_map.iter_rules():
        if not rule.rule.startswith("/api/v1"):
            continue
        path = _address(rule, neighbour).removeprefix("/api/v1")
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            if method == "GET":
                answers = [program.get(path), program.get(path, **query)]
            elif method == "DELETE":
                answers = [program.delete(path)]
            else:
                fitting = [body, *({key: value} for key, value in body.items())]
                answers = [program.post(path, each, key=f"{path}-{n}") for n, each in enumerate(fitting)]
            for answer in answers:
                assert PLANTED not in answer.get_data(as_text=True), (method, rule.rule)
            assert neighbour.untouched(), (method, rule.rule)
            walked += 1
    assert walked >= 12


def test_the_doors_show_what_the_agreement_shows(neighbour: Neighbour) -> None:
    neighbour.watch()
    rig = Rig(neighbour.world)
    now = neighbour.world.clock.now()
    query = {"from": now.isoformat(), "to": (now + timedelta(days=7)).isoformat()}
    assert PLANTED in rig.program().get("/slots", **query).get_data(as_text=True)
    assert PLANTED in Counter.open(rig).goes_to("/search?when=week").seen.text


# Other systems


def test_no_other_system_is_shown_or_reaches_anything_of_a_neighbours_without_the_gate(neighbour: Neighbour) -> None:
    neighbour.world.suspend()
    neighbour.watch()
    consumer = Consumer(open_rig(neighbour.world).app.test_client(), neighbour.world)
    walk = one_of_each(
        consumer, neighbour.world, neighbour.slot, booking=neighbour.theirs, patient_id=neighbour.patient_id
    )
    assert set(walk) == set(HANDLERS)
    for interaction, ask in walk.items():
        answer = ask()
        assert PLANTED not in answer.get_data(as_text=True), interaction.name
        assert neighbour.untouched(), interaction.name
        if interaction not in (interactions.METADATA, interactions.FREE_SLOTS):
            assert answer.status_code >= 400, (interaction.name, answer.status_code)


def test_another_system_is_shown_what_the_agreement_shows(neighbour: Neighbour) -> None:
    neighbour.watch()
    consumer = Consumer(open_rig(neighbour.world).app.test_client(), neighbour.world)
    walk = one_of_each(
        consumer, neighbour.world, neighbour.slot, booking=neighbour.theirs, patient_id=neighbour.patient_id
    )
    seen = {each.name for each, ask in walk.items() if PLANTED in ask().get_data(as_text=True)}
    wanted = (interactions.FIND_PATIENT, interactions.READ_PATIENT, interactions.READ_LOCATION)
    assert {each.name for each in wanted} <= seen


# The timetable and its errands


def test_no_task_reaches_a_neighbour_but_to_settle_what_was_asked(neighbour: Neighbour) -> None:
    """A booking in doubt, one being cancelled, everything due, and the agreement suspended: the tasks of the timetable
    settle the two and leave the rest alone, each call under a permit of its own in the name of who asked."""
    world = neighbour.world
    firm = world.book(differences_seen=True)
    world.network.script(HOST).inject("book", Mishap.NO_ANSWER_AFTER_COMMIT)
    doubtful = world.book(nhs_number=BOB, clash_reason="Dressing")
    world.network.script(HOST).inject("cancel", Mishap.NO_ANSWER_BEFORE_COMMIT)
    cancelling.cancel(world.desk, CancelBooking(firm.ref, CancellationReason.PATIENT_ASKED), caller())
    world.suspend()
    world.clock.forward(minutes=20)
    neighbour.watch()
    for chore in tasks.chores(world.desk, tidy=()):
        chore.run()
    for errand in tasks.errands(world.desk):
        errand.run(doubtful.ref.value)
    there = [permit for permit in neighbour.permits if permit.host == HOST and permit.caller.practice == HOME]
    assert {permit.decision.why for permit in there} == set(LIMITED)
    assert {(permit.caller.role, permit.caller.user_id) for permit in there} == {(UserRole.SYSTEM, "rita.reception")}
    assert {permit.booking_ref for permit in there} == {firm.ref.value, doubtful.ref.value}
    others = [permit for permit in neighbour.permits if permit not in there]
    assert all(permit.decision.why in (*LIMITED, Why.OWN_PRACTICE) for permit in others)
    assert world.state(doubtful.ref) == "booked" and world.state(firm.ref) == "cancelled"
