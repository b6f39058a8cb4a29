"""The benchmark compares like with like; its times are nobody's test."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.bench.calling import Request, Unexpected, ask
from tests.bench.turns import Contest, Side


def test_shares_and_tails_are_of_the_bare_route() -> None:
    hub, bare = Side("hub", lambda: None), Side("bare", lambda: None)
    hub.rounds, bare.rounds = [[10.0, 10.0], [8.0, 12.0]], [[5.0, 5.0], [8.0, 8.0]]
    contest = Contest("Search", hub, bare, 7, 0.5)
    assert contest.ratios == (0.5, 0.65, 0.8)
    assert contest.tail == 12 / 8
    assert hub.a_second == 100


def test_an_answer_that_is_a_refusal_is_not_measured() -> None:
    def refuse(_environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        start_response("401 UNAUTHORIZED", [])
        return [b"no"]

    with pytest.raises(Unexpected, match="GET /search: 401"):
        ask(refuse, Request("GET", "/search"))
