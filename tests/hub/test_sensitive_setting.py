"""The list of sensitive codes as a setting: read at the start, and a bad one stops the hub there."""

from dataclasses import replace
from pathlib import Path

import pytest

from demo.settings import _SENSITIVE_CODES
from hub.config import ConfigError
from hub.wiring import open_hub
from tests.hub.rig import CONFIG


def hub_with(path: Path | str) -> str:
    def no_engine() -> None:
        raise AssertionError("nothing is connected to")

    hub = open_hub(replace(CONFIG, sensitive_codes=str(path)), engine=no_engine)  # type: ignore[arg-type]
    return hub.viewing.sensitive.version if hub.viewing.sensitive else ""


def test_without_a_list_there_is_none_and_the_demos_can_be_read() -> None:
    assert hub_with("") == ""
    assert hub_with(_SENSITIVE_CODES) == "demo-1"


def test_a_list_that_cannot_be_trusted_stops_the_hub_at_its_start(tmp_path: Path) -> None:
    bad = tmp_path / "codes.txt"
    bad.write_text("# version: 1\n# source: here\n123\n")
    for path, complaint in ((bad, "line 3"), (tmp_path / "missing.txt", "cannot be read")):
        with pytest.raises(ConfigError, match=complaint):
            hub_with(path)
    bad.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read as UTF-8"):
        hub_with(bad)
