"""The timetable's tasks are doorways: each does what its verb does, and a waking is deferred with the act."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from connectors.mock.script import Mishap
from hub.auth.sessions import SessionStore
from hub.tasks import chores, errands, wake
from scheduling import views, visiting
from scheduling.models import SlotRow
from scheduling.visiting import NoteVisit
from tests.scheduling.world import BOB, HOST, TONIGHT, World, caller
from vocabulary.appointments import BookingState, Receipt
from vocabulary.visits import VisitStatus

pytestmark = pytest.mark.database


def run(world: World, task: str, **ids: str) -> None:
    jobs = {one.task: one.run for one in (*chores(world.desk, tidy=()), *errands(world.desk))}
    jobs[task](**ids)


def test_plan_and_sync_fill_the_pool(world: World) -> None:
    world.clinic(slots=4)
    run(world, "plan")
    run(world, "sync")
    assert len(world.offers()) == 4


def test_the_sweep_settles_a_lost_answer(world: World) -> None:
    world.clinic()
    world.sync()
    world.network.script(HOST).inject("book", Mishap.NO_ANSWER_AFTER_COMMIT)
    doubtful = world.book()
    assert doubtful.state is BookingState.IN_DOUBT
    run(world, "sweep")
    world.clock.forward(seconds=16)
    run(world, "sweep")
    assert _state(world) == "booked"


def test_resolve_settles_the_one_it_names(world: World) -> None:
    world.clinic()
    world.sync()
    world.network.script(HOST).inject("book", Mishap.NO_ANSWER_AFTER_COMMIT)
    doubtful = world.book()
    world.clock.forward(seconds=16)
    run(world, "resolve", ref=doubtful.ref.value)
    assert _state(world) == "booked"


def test_tidy_empties_the_pool_and_calls_the_other_rooms(world: World) -> None:
    world.clinic(slots=2)
    world.sync()
    world.clock.forward(days=3)
    called: list[str] = []
    tidy = next(one for one in chores(world.desk, tidy=(lambda: called.append("keys"),)) if one.task == "tidy")
    tidy.run()
    with world.work.read() as tx:
        assert tx.scalar(select(func.count()).select_from(SlotRow)) == 0
    assert called == ["keys"]


def test_sessions_end_after_twelve_hours_and_are_forgotten_after_ninety_days(world: World) -> None:
    sessions = SessionStore(world.work, world.clock)
    sessions.begin("rita", "Rita Reception", sid="", data={"phone": "07700 900101"})

    def kept() -> list[tuple[bool, object]]:
        with world.work.read() as tx:
            return [tuple(row) for row in tx.execute(text("SELECT ended_at IS NOT NULL, data FROM web_session"))]

    world.clock.forward(hours=11)
    assert sessions.tidy() == 0
    world.clock.forward(hours=2)
    assert sessions.tidy() == 1
    assert kept() == [(True, {})]
    world.clock.forward(days=91)
    assert sessions.tidy() == 0
    assert kept() == []


def test_drift_finds_what_a_host_cancelled(world: World) -> None:
    world.clinic()
    world.sync()
    booked = world.book()
    world.network.diary(HOST).cancel_locally(booked.host_reference)
    run(world, "drift")
    (found,) = views.attention(world.desk, caller())
    assert (found.kind, found.booking_ref) == ("cancelled-at-host", booked.ref)


def test_following_finds_the_same_the_same_day_and_a_report_reaches_a_host_that_hears(world: World) -> None:
    world.clinic()
    world.sync()
    kept, gone = world.book(), world.book(nhs_number=BOB)
    world.network.diary(HOST).cancel_locally(gone.host_reference)
    run(world, "follow")
    assert (world.state(kept.ref), world.state(gone.ref)) == (BookingState.BOOKED, BookingState.CANCELLED)
    world.clock.at = TONIGHT
    visiting.note(world.desk, NoteVisit(kept.ref, 0, status=VisitStatus.ARRIVED), caller(HOST))
    run(world, "report")
    assert world.network.diary(HOST).visit_status(Receipt(HOST, kept.host_reference)) is VisitStatus.ARRIVED


def test_a_waking_names_the_booking_only_and_waits_once(world: World) -> None:
    world.clinic()
    world.sync()
    ref = world.book().ref
    at = TONIGHT - timedelta(hours=1)
    with world.work.begin() as tx:
        wake(tx, ref, at)
        wake(tx, ref, at)
        wake(tx, ref, at + timedelta(minutes=1))
    with world.work.read() as tx:
        jobs = tx.execute(text("SELECT task_name, queue_name, args, scheduled_at FROM procrastinate_jobs ORDER BY id"))
        assert [tuple(job) for job in jobs] == [
            ("resolve", "bookings", {"ref": ref.value}, at),
            ("resolve", "bookings", {"ref": ref.value}, at + timedelta(minutes=1)),
        ]


def _state(world: World) -> str:
    with world.work.read() as tx:
        return str(tx.scalar(text("SELECT state FROM booking")))
