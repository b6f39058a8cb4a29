"""Which code speaks to which GP system: a name in a link resolves to a "module:create".

The hub's own are listed here; anybody else's package adds its by an entry point in the group below. Nobody else in the
hub names a vendor.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points

from connectors.faults import Unsupported
from connectors.port import SystemFactory

ENTRY_POINT_GROUP = "practice_hub.connectors"

BUILT_IN: Mapping[str, str] = {
    "mock": "connectors.mock.network:create",
    "emis": "connectors.emis.system:create",
    "tpp": "connectors.tpp.system:create",
}
ON_NATIONAL_WIRE = frozenset({"emis", "tpp"})
"""Whose addresses come from the national directory, never from what somebody typed."""


def known_systems() -> tuple[str, ...]:
    """Every name a link may use, in order."""
    return tuple(sorted({*BUILT_IN, *(point.name for point in entry_points(group=ENTRY_POINT_GROUP))}))


def factory_for(name: str) -> SystemFactory:
    """The connector of this name; the hub's own win over a stranger's. Raises Unsupported for an unknown name."""
    if name in BUILT_IN:
        return _resolve(BUILT_IN[name])
    for point in entry_points(group=ENTRY_POINT_GROUP, name=name):
        return _resolve(point.value)
    raise Unsupported(
        f"The hub knows no GP system called “{name}”. It knows: {', '.join(known_systems())}.",
        detail="unknown connector name",
    )


def _resolve(target: str) -> SystemFactory:
    module_name, _, attribute = target.partition(":")
    factory: SystemFactory = getattr(import_module(module_name), attribute or "create")
    return factory
