"""The post room's tests work in the desk's world."""

from tests.scheduling.fixtures import _broom, _desk_engine, engine, world

__all__ = ["_broom", "_desk_engine", "engine", "world"]
