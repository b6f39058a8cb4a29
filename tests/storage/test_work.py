"""A transaction is a verb's own; one that reads sees one moment, cannot write, and leaves nothing of that behind."""

from collections.abc import Iterator
from threading import Event, Thread

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import InternalError
from sqlalchemy.orm import Session

from storage.work import Work, one_at_a_time

pytestmark = pytest.mark.database

_ADDING = text("INSERT INTO cluster (code, name) VALUES (:code, 'a cluster')")
_COUNTING = text("SELECT count(*) FROM cluster")


@pytest.fixture
def narrow(work: Work) -> Iterator[Work]:
    """With one connection: whatever a transaction leaves on it, the next one meets."""
    engine = create_engine(work.engine.url, pool_size=1, max_overflow=0)
    yield Work(lambda: engine)
    engine.dispose()


def test_reading_cannot_write_and_writing_afterwards_can(narrow: Work) -> None:
    with pytest.raises(InternalError, match="read-only transaction"), narrow.read() as tx:
        tx.execute(_ADDING, {"code": "C1"})
    with narrow.begin() as tx:
        tx.execute(_ADDING, {"code": "C2"})
        assert tx.scalar(text("SHOW transaction_isolation")) == "read committed"
    with narrow.read() as tx:
        assert tx.scalar(_COUNTING) == 1


def test_one_reading_sees_one_moment(work: Work) -> None:
    with work.read() as tx:
        assert tx.scalar(_COUNTING) == 0
        with Session(work.engine) as other, other.begin():
            other.execute(_ADDING, {"code": "C1"})
        assert tx.scalar(_COUNTING) == 0
    with work.read() as tx:
        assert tx.scalar(_COUNTING) == 1


def test_a_transaction_opens_no_other(work: Work) -> None:
    with work.read(), pytest.raises(RuntimeError, match="already open"), work.begin():
        pass


def test_one_name_waits_and_another_does_not(work: Work) -> None:
    passed, other_kind = Event(), Event()

    def same() -> None:
        with work.begin() as tx:
            one_at_a_time(tx, "9990000018", kind=0)
            passed.set()

    def another() -> None:
        with work.begin() as tx:
            one_at_a_time(tx, "9990000018", kind=1)
            other_kind.set()

    threads = [Thread(target=same), Thread(target=another)]
    with work.begin() as tx:
        one_at_a_time(tx, "9990000018", kind=0)
        for thread in threads:
            thread.start()
        assert other_kind.wait(10)
        assert not passed.wait(0.3)
    assert passed.wait(10)
    for thread in threads:
        thread.join()
