"""Who answers for agreements is told what others did with one: in the menu, on the first page, the desk until seen."""

import re

import pytest

from sharing_agreements.stopping import Ending
from tests.hub.rig import Rig
from tests.hub.web.counter import Counter
from tests.scheduling.world import HOME, HOST, World
from tests.sharing_agreements.making import ADMIN, in_force, proposed, register, whole
from vocabulary.agreements import AtEnd
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole

pytestmark = pytest.mark.database
WHY = "The federation is reorganised."
DESK = "/agreements/desk"


def open_as(rig: Rig, role: UserRole, user: str, practice: OdsCode = HOST) -> Counter:
    return Counter.open(rig, practice=practice, user=user, role=role)


def numbers(counter: Counter) -> list[str]:
    return re.findall(r'name="seen" value="(\d+)"', counter.seen.get_data(as_text=True))


@pytest.fixture
def ended(world: World) -> None:
    register(world).end(in_force(world), Ending(WHY, AtEnd.KEEP), caller=ADMIN)


def test_a_guardian_lands_on_a_count_and_reads_who_ended_it_and_why(rig: Rig, counter: Counter, ended: None) -> None:
    guardian = open_as(rig, UserRole.CALDICOTT_GUARDIAN, "guardian.y90003")
    guardian.goes_to("/")
    assert guardian.heading == "Who looked at whom"
    assert "One thing waits for you under Agreements" in guardian.says
    guardian.goes_to(DESK)
    assert WHY in guardian.says and f"{ADMIN.name}, for the federation" in guardian.says
    assert "2pm on Tuesday 24 November 2026" in guardian.says


def test_once_read_by_one_it_is_read_for_the_practice_and_stays_on_its_page(
    rig: Rig, counter: Counter, ended: None
) -> None:
    manager = open_as(rig, UserRole.PRACTICE_MANAGER, "mina.manager")
    manager.goes_to("/")
    assert "One thing waits" in manager.says
    manager.goes_to(DESK)
    waiting = numbers(manager)
    manager.seen = manager.browser.post(
        f"{DESK}/seen", data={"csrf": manager.csrf, "seen": [*waiting, "x"]}, follow_redirects=True
    )
    assert manager.heading == "Agreements to act on" and numbers(manager) == [] and len(waiting) == 1
    guardian = open_as(rig, UserRole.CALDICOTT_GUARDIAN, "guardian.y90003")
    guardian.goes_to("/")
    assert "under Agreements" not in guardian.says
    guardian.goes_to("/agreements/DSA-NEW-01/1")
    assert "What has happened to it" in guardian.says and WHY in guardian.says
    assert "2pm on Tuesday 24 November 2026" in guardian.says


def test_a_signature_that_is_wanted_is_counted_for_who_signs(rig: Rig, counter: Counter, world: World) -> None:
    proposed(world, whole())
    guardian = open_as(rig, UserRole.CALDICOTT_GUARDIAN, "guardian.y90001", HOME)
    guardian.goes_to("/")
    assert "One thing waits for you under Agreements" in guardian.says
    manager = open_as(rig, UserRole.PRACTICE_MANAGER, "mona.manager", HOME)
    manager.goes_to("/")
    assert "under Agreements" not in manager.says
