import pytest
from sqlalchemy import text

from tests.scheduling.fixtures import _broom, _desk_engine, engine, world
from tests.scheduling.world import World

__all__ = ["_broom", "_desk_engine", "engine", "world"]


@pytest.fixture
def alone(world: World) -> World:
    """The world without the agreement it begins with."""
    with world.work.begin() as tx:
        for table in ("agreement_grant", "agreement_signature", "agreement_party", "agreement"):
            tx.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own table names
    return world
