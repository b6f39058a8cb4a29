"""A job deferred in a transaction lives and dies with it, and a second one with the same lock is no error."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from storage.jobs import account_for_run, defer, last_runs
from storage.work import Tx, Work

pytestmark = pytest.mark.database

AT = datetime(2030, 3, 31, 1, 30, tzinfo=UTC)


def _jobs(tx: Tx) -> list[tuple[str, dict[str, object]]]:
    return [(row.task_name, row.args) for row in tx.execute(text("SELECT * FROM procrastinate_jobs ORDER BY id"))]


def test_a_job_commits_with_the_act(work: Work) -> None:
    with work.begin() as tx:
        assert defer(tx, "resolve", queue="bookings", at=AT, once="resolve 1", ref="7KQ4MPXB")
    with work.read() as tx:
        assert _jobs(tx) == [("resolve", {"ref": "7KQ4MPXB"})]
        assert tx.scalar(text("SELECT scheduled_at FROM procrastinate_jobs")) == AT


def test_a_job_is_gone_when_the_act_rolls_back(work: Work) -> None:
    with pytest.raises(RuntimeError, match="the act failed"), work.begin() as tx:
        defer(tx, "resolve", queue="bookings", ref="7KQ4MPXB")
        raise RuntimeError("the act failed")
    with work.read() as tx:
        assert _jobs(tx) == []


def test_a_job_that_waits_already_neither_doubles_nor_spoils_the_act(work: Work) -> None:
    with work.begin() as tx:
        defer(tx, "resolve", queue="bookings", once="resolve 1", ref="7KQ4MPXB")
    with work.begin() as tx:
        tx.execute(text("INSERT INTO cluster (code, name) VALUES ('C1', 'before')"))
        assert not defer(tx, "resolve", queue="bookings", once="resolve 1", ref="7KQ4MPXB")
        tx.execute(text("INSERT INTO cluster (code, name) VALUES ('C2', 'after')"))
    with work.read() as tx:
        assert len(_jobs(tx)) == 1
        assert tx.scalar(text("SELECT count(*) FROM cluster")) == 2


def test_the_account_keeps_the_latest_run_and_the_last_failure(work: Work) -> None:
    later = AT + timedelta(seconds=30)
    with work.begin() as tx:
        account_for_run(tx, "sweep", started=AT, finished=AT, failure="OperationalError")
        account_for_run(tx, "sweep", started=AT, finished=later)
        account_for_run(tx, "sweep", started=AT, finished=AT, failure="a slow worker reports late")
    with work.read() as tx:
        run = last_runs(tx)["sweep"]
    assert (run.finished_at, run.failed_at, run.failure) == (later, AT, "")
