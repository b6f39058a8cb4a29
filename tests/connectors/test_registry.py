"""A name in a link finds its connector: the hub's own, or one that somebody else's package brings."""

import sys
from pathlib import Path

import pytest

from connectors.faults import Unsupported
from connectors.mock import network
from connectors.port import Link
from connectors.registry import BUILT_IN, factory_for, known_systems
from tests.connectors.people import ALEX, HOST, RECEPTIONIST

STRANGERS_CODE = """
from connectors.mock import create as mock_create

def create(link, caller):
    return mock_create(link, caller)
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of somebody else's, as pip would leave it."""
    (tmp_path / "their_connector.py").write_text(STRANGERS_CODE)
    info = tmp_path / "their_connector-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-connector\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[practice_hub.connectors]\ntheirs = their_connector:create\nmock = their_connector:nothing\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "their_connector", raising=False)


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_every_built_in_name_resolves(name: str) -> None:
    assert callable(factory_for(name))


@pytest.mark.usefixtures("installed")
def test_an_installed_package_brings_its_own_and_cannot_replace_ours() -> None:
    assert known_systems() == tuple(sorted({*BUILT_IN, "theirs"}))
    for name in ("theirs", "mock"):
        network("registry").diary(HOST).add_patient(ALEX)
        system = factory_for(name)(Link(HOST, name, "registry"), RECEPTIONIST)
        assert system.find_patient(ALEX.nhs_number).given == "Alex"


def test_an_unknown_name_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(Unsupported, match="emis, mock"):
        factory_for("abacus")
