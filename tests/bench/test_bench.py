"""The benchmark runs to its end and compares like with like; its times are nobody's test."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from demo.federation.network import clusters
from demo.federation.size import Size
from demo.postgres import DatabaseUrls
from tests.bench import looking, report
from tests.bench.calling import Request, Unexpected, ask
from tests.bench.federation import Scale
from tests.bench.running import Effort, run
from tests.bench.turns import Contest, Side
from tests.hub.web.shop import open_shop

# One cluster, hardly a patient, two of everything: long enough to go wrong, short enough for every run of the tests.
TINY = Effort(
    Scale(Size("tiny", clusters()[:1], 0, 1, 2), 2), rounds=2, searches=1, claims=1, warm_up=1, worker_requests=5
)


@pytest.mark.slow
@pytest.mark.database
def test_it_measures_every_contest_and_a_workers_memory(own_database_urls: DatabaseUrls, tmp_path: Path) -> None:
    contests, memory = run(own_database_urls, tmp_path, TINY, say=lambda _: None)
    printed = list(report.lines(contests, memory))
    for title in ("Search, JSON", "Search, page", "Hold and book, JSON"):
        (at,) = (number for number, line in enumerate(printed) if line.startswith(f"{title}  ("))
        assert "2 rounds in turn" in printed[at]
        assert printed[at + 3].startswith("  hub / bare")
    assert printed[-2].lstrip().partition(" MiB after 5 requests")[1]
    assert memory.after > 30
    assert memory.own < memory.after * 0.7, "what gunicorn loaded is not shared with its worker"


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


def test_a_heavy_record_is_drawn_whole(tmp_path: Path) -> None:
    answer = looking.heavy_answer()
    assert len(answer) >= looking.HEAVY
    page = looking.page_of(open_shop(tmp_path).app, answer)
    assert page.count('<article class="rec-encounter">') == answer.count(b'"resourceType": "Encounter"') > 50
