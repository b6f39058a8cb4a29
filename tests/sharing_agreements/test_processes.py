"""Several processes book while one suspends: none claims after it did, and each is refused within a second."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from sharing_agreements import switches
from tests.scheduling.world import HOST, World, caller
from vocabulary.people import UserRole
from vocabulary.purposes import Scope

pytestmark = pytest.mark.database

_CHECKOUT = Path(__file__).parents[2]
PROCESSES, SLOTS = 2, 150
Claimer = subprocess.Popen[str]


def _run(world: World, *statements: str) -> None:
    with world.work.begin() as tx:
        for statement in statements:
            tx.execute(text(statement), {"id": world.agreement, "ods": HOST.value})


def suspend(world: World) -> None:
    _run(world, "UPDATE agreement SET status = 'suspended' WHERE id = :id")


def resume(world: World) -> None:
    _run(world, "UPDATE agreement SET status = 'in-force' WHERE id = :id")


def leave(world: World) -> None:
    """As the register does it: the agreement's row is written too."""
    party = "UPDATE agreement_party SET left_at = now() WHERE agreement_id = :id AND ods = :ods"
    _run(world, "UPDATE agreement SET changed_at = now() WHERE id = :id", party)


def come_back(world: World) -> None:
    _run(world, "UPDATE agreement_party SET left_at = NULL WHERE agreement_id = :id")


def pull(world: World) -> None:
    manager = caller(HOST, role=UserRole.PRACTICE_MANAGER)
    switches.pull(world.work, HOST, Scope.BOOK, "Two staff ill", caller=manager, clock=world.clock)


@contextmanager
def claimers(url: str, ids: list[int]) -> Iterator[list[Claimer]]:
    """Processes that hold these slots in turn, each its own share."""
    command = [sys.executable, "-m", "tests.sharing_agreements.claimer", url]
    shares = [",".join(map(str, ids[each::PROCESSES])) for each in range(PROCESSES)]
    started = [
        subprocess.Popen([*command, share], cwd=_CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for share in shares
    ]
    try:
        assert [_line(each) for each in started] == ["ready"] * PROCESSES
        yield started
    finally:
        for each in started:
            each.kill()
            each.communicate(timeout=20)


def _line(process: Claimer) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _go(process: Claimer) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def test_no_process_claims_after_the_commit_and_each_is_refused_within_a_second(world: World) -> None:
    world.clinic(slots=SLOTS)
    world.see()
    ids = [offer.slot_ids[0] for offer in world.offers(limit=SLOTS)]
    assert len(ids) == SLOTS
    url = world.work.engine.url.render_as_string(hide_password=False)
    with claimers(url, ids) as processes:
        for stop, why, go_on in ((suspend, "suspended", resume), (leave, "party-left", come_back), (pull, "", None)):
            before = len(world.claimed())
            for process in processes:
                _go(process)
            _until(lambda so_far=before: len(world.claimed()) >= so_far + PROCESSES * 2)  # type: ignore[misc]
            stop(world)
            committed = time.time()
            when_committed = world.claimed()
            for line in map(_line, processes):
                word, at, reason = line.split()
                assert word == "refused", "they were still at it"
                assert float(at) - committed < 1.0
                # a claim let in at the gate is refused in its own transaction; the next at the gate
                assert reason in (why or "kill-switch-theirs", "granted")
            assert world.claimed() == when_committed, "none was committed after"
            if go_on is not None:
                go_on(world)


def _until(so: object) -> None:
    assert callable(so)
    ends = time.monotonic() + 30
    while not so():
        assert time.monotonic() < ends
        time.sleep(0.005)
