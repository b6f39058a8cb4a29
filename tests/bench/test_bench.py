"""The benchmark runs to its end and compares like with like; its times are nobody's test."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from demo.federation.size import SMALL
from demo.postgres import DatabaseUrls
from tests.bench import report
from tests.bench.calling import Request, Unexpected, ask
from tests.bench.federation import Scale
from tests.bench.running import Effort, run
from tests.bench.turns import Contest, Side

TINY = Effort(Scale(SMALL, 3), rounds=2, searches=2, claims=2, warm_up=1, worker_requests=8)


@pytest.mark.database
def test_it_measures_all_of_it(own_database_urls: DatabaseUrls, tmp_path: Path) -> None:
    said: list[str] = []
    contests, memory = run(own_database_urls, tmp_path, TINY, say=said.append)
    assert [contest.title for contest in contests] == ["Search, JSON", "Search, page", "Hold and book, JSON"]
    assert all(len(side.times) == 4 for contest in contests for side in (contest.hub, contest.bare))
    assert memory.after > 30
    printed = "\n".join(report.lines(contests, memory))
    assert "hub / bare" in printed
    assert "8 requests" in printed


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
