import pytest

from storage.work import Work
from tests.hub.rig import Program, Rig
from tests.scheduling.world import World


@pytest.fixture
def world(work: Work) -> World:
    return World(work)


@pytest.fixture
def rig(world: World) -> Rig:
    return Rig(world)


@pytest.fixture
def program(rig: Rig) -> Program:
    return rig.program()
