"""The demo's past: a guardian who signs in finds something in every state."""

from datetime import UTC, datetime

import pytest

from accountability.accounts import person_account
from accountability.concerns import Concern
from accountability.lines import Asked, Kind
from accountability.reviews import queue
from accountability.watching import watch
from demo.federation.looks import write_looks
from demo.people import person_in
from practices.models import PracticeRow
from storage.work import Work
from tests.accountability.people import oversight
from tests.scheduling.world import World
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole

pytestmark = pytest.mark.database
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def guardian_of(practice: str) -> Caller:
    person = person_in(UserRole.CALDICOTT_GUARDIAN, practice)
    return Caller(person.uid, person.name, UserRole.CALDICOTT_GUARDIAN, OdsCode(practice), practice, "")


def test_the_demo_has_reviews_in_every_state_and_refusals(work: Work) -> None:
    world = World(work)
    with work.begin() as tx:
        if tx.get(PracticeRow, "Y90002") is None:
            tx.add(PracticeRow(ods="Y90002", name="Next door"))
            tx.flush()
        assert write_looks(tx, now=NOW) > 100
    room, ruth = oversight(world), guardian_of("Y90001")
    waiting = queue(room, ruth)
    assert waiting[0].concern is Concern.BREAK_GLASS and not waiting[0].overdue(NOW)
    assert any(item.overdue(NOW) for item in waiting)
    assert any(not item.sure for item in waiting)
    assert len(queue(room, ruth, settled=True)) == 1
    assert [item.concern for item in queue(room, guardian_of("Y90002"))] == [Concern.BULK]
    rita = person_in(UserRole.RECEPTIONIST, "Y90001")
    assert person_account(room, rita.uid, Asked(kind=Kind.REFUSED), ruth).lines


def test_the_watch_raises_none_of_them_twice(work: Work) -> None:
    world = World(work)
    with work.begin() as tx:
        if tx.get(PracticeRow, "Y90002") is None:
            tx.add(PracticeRow(ods="Y90002", name="Next door"))
            tx.flush()
        write_looks(tx, now=NOW)
    room, ruth = oversight(world), guardian_of("Y90001")
    before = queue(room, ruth)
    world.clock.forward(days=2)
    watch(room, limit=5000)
    after = queue(room, ruth)
    assert {item.id for item in before} <= {item.id for item in after}
    assert len({(item.concern, item.user_id, item.nhs_number, item.day) for item in after}) == len(after)
