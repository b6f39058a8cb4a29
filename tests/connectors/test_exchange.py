"""One line a link and process, and how long a caller is willing to wait."""

import os
import time
from dataclasses import replace

import pytest

from connectors.exchange import Exchange, exchange
from connectors.faults import Unsupported
from connectors.patience import left, within
from connectors.port import Link
from tests.connectors.certificates import Authority
from tests.connectors.people import HOST, STRANGER

LINK = Link(host=HOST, system="emis", address="https://gp.example/L81001/STU3/1/gpconnect")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"), "The Spine's authority")


def test_a_link_keeps_its_line_until_its_settings_change(authority: Authority) -> None:
    here, link = Exchange(), replace(LINK, secret=authority.issue("hub"))
    line = here.line_for(link)
    assert here.line_for(replace(link, provider_asid="changed")) is line
    assert here.line_for(replace(link, host=STRANGER)) is not line
    for change in ({"address": "https://gp2.example"}, {"secret": ""}, {"trust": str(authority.path)}):
        moved = here.line_for(replace(link, **change))  # type: ignore[arg-type]
        assert moved is not line
        line = moved


def test_an_address_that_cannot_be_used_leaves_the_exchange_as_it_was() -> None:
    here = Exchange()
    line = here.line_for(LINK)
    with pytest.raises(Unsupported):
        here.line_for(replace(LINK, address="gp.example"))
    assert here.line_for(LINK) is line


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_worker_has_lines_of_its_own() -> None:
    line = exchange.line_for(LINK)
    child = os.fork()
    if child == 0:
        os._exit(0 if exchange.line_for(LINK) is not line else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert exchange.line_for(LINK) is line


def test_the_link_shows_no_secret() -> None:
    assert __file__ not in repr(replace(LINK, secret=__file__))


def test_patience_is_what_is_left_of_the_shortest() -> None:
    assert left(5) == 5
    with within(0.2):
        with within(10):
            assert left(5) <= 0.2
        with within(0.05):
            time.sleep(0.06)
            assert left(5) == 0
        assert 0 < left(5) <= 0.2
        assert left(0.01) == 0.01
    assert left(5) == 5
