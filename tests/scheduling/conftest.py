import pytest

from storage.work import Work
from tests.scheduling.world import World


@pytest.fixture
def world(work: Work) -> World:
    return World(work)
