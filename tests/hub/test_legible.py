"""No address and no form makes the hub fall over, whoever sends it: what cannot be read is refused."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from hub.legible import LARGEST
from tests.hub.rig import Rig
from tests.hub.web.counter import Counter
from vocabulary.people import UserRole

pytestmark = pytest.mark.database


_PART = re.compile(r"<(?:(?P<kind>\w+)(?:\((?P<choices>[^)]*)\))?:)?\w+>")


def with_a_number(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        if "<int:" in rule.rule:
            yield rule.endpoint, _PART.sub(_filling, rule.rule)


def _filling(part: re.Match[str]) -> str:
    if part["kind"] == "int":
        return str(LARGEST + 1)
    return part["choices"].split(",")[1].strip() if part["choices"] else "X"


def test_a_number_that_no_row_has_is_no_page(rig: Rig) -> None:
    guardian = Counter.open(rig, user="ruth", role=UserRole.CALDICOTT_GUARDIAN)
    found = dict(with_a_number(rig.app))
    assert len(found) > 15
    for endpoint, url in found.items():
        assert guardian.goes_to(url).seen.status_code in (404, 405), endpoint


@pytest.mark.parametrize("number", [0, 1, LARGEST, LARGEST + 1, 10**30])
def test_the_public_roots_take_any_number(rig: Rig, number: int) -> None:
    browser = rig.app.test_client()
    assert browser.get(f"/audit/roots/{number}.json").status_code == 404
    assert browser.get(f"/audit/roots.json?before={number}").status_code == 200


def test_a_nul_is_refused_wherever_it_stands(rig: Rig) -> None:
    manager = Counter.open(rig, user="mary", role=UserRole.PRACTICE_MANAGER)
    for url in ("/agreements/%00/1", "/access/people/%00", "/public/sharing/%00", "/audit/roots%00"):
        assert manager.goes_to(url).seen.status_code == 404, url
    assert manager.goes_to("/agreements?state=%00").seen.status_code == 400
    manager.goes_to("/agreements/new").sends("/agreements/new", code="DSA-\0", template="direct-care")
    assert manager.seen.status_code == 400
    assert "could not understand" in manager.says


def test_a_form_too_large_to_read_is_said_to_be_so(rig: Rig) -> None:
    manager = Counter.open(rig, user="mary", role=UserRole.PRACTICE_MANAGER)
    manager.goes_to("/agreements/new").sends("/agreements/new", code="DSA-1", title="x" * 300_000)
    assert manager.seen.status_code == 413
