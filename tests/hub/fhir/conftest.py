import pytest

from storage.work import Work
from tests.hub.fhir.consumer import Consumer, open_rig
from tests.hub.rig import Rig
from tests.scheduling.world import World


@pytest.fixture
def world(work: Work) -> World:
    return World(work)


@pytest.fixture
def rig(world: World) -> Rig:
    return open_rig(world)


@pytest.fixture
def consumer(rig: Rig, world: World) -> Consumer:
    return Consumer(rig.app.test_client(), world)
