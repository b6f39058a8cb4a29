"""Sealing: every event gets its place, in an order that cannot change any more, and nothing forks."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from demo.postgres import DatabaseUrls
from storage.ledger import LedgerEvent, record
from storage.proving import prove
from storage.rights import INSERT_ONLY, what_may_be_changed
from storage.sealing import Sealer, backlog, heads, lock
from storage.work import Work
from tests.storage.ledgers import FIRST, KEY, SECOND, Clock, Ledger, Owner, caller, settle
from verifier.verify_audit import Report, check_export

pytestmark = pytest.mark.database


@pytest.fixture
def ledger(work: Work) -> Ledger:
    return Ledger(work)


@pytest.fixture
def owner(database_urls: DatabaseUrls) -> Iterator[Owner]:
    made = Owner(database_urls)
    yield made
    made.close()


def proved(ledger: Ledger) -> Report:
    with ledger.work.read() as tx:
        return prove(tx, keys=[KEY.public], now=ledger.clock.now())


def test_each_practice_has_a_chain_of_its_own(ledger: Ledger) -> None:
    ledger.write(3)
    ledger.write(2, practice=SECOND)
    ledger.write(1)
    assert ledger.seal() == 6
    with ledger.work.read() as tx:
        found = heads(tx)
    assert {name: head.sequence for name, head in found.items()} == {FIRST.value: 4, SECOND.value: 2}
    assert (proved(ledger).status, proved(ledger).acts) == (0, 6)
    assert ledger.seal() == 0


def test_an_export_holds_all_that_the_national_minimum_asks_for(ledger: Ledger) -> None:
    ledger.write(3)
    ledger.seal()
    ledger.sign()
    lines = ledger.export()
    assert check_export(lines, keys=[KEY.public]).status == 0
    refused = [line for line in lines if line["kind"] == "event"][2]
    shown = {name: value for name, (_, value) in refused["shown"].items()}
    assert (refused["sequence"], refused["event"]["outcome"]) == (3, "refused")
    assert refused["event"]["at"].startswith("2026-11-24T14:00:0")
    assert {
        "practice_name": "Practice Y90001",
        "role_profile": "555043300081",
        "user_role": "receptionist",
    }.items() <= (refused["event"].items())
    assert {"user_id": "rita.reception", "user_name": "Rita Reception", "authority": "Dr Grace Guardian"}.items() <= (
        shown.items()
    )
    assert {"device": "192.0.2.7, Firefox on Linux", "nhs_number": "9990000018"}.items() <= shown.items()


def test_a_refusal_is_written_as_fully_as_a_grant(ledger: Ledger) -> None:
    ledger.write(3)
    with ledger.work.read() as tx:
        rows = tx.execute(text("SELECT * FROM ledger_event ORDER BY id")).mappings().all()
    filled = [{name for name, value in row.items() if value not in ("", None)} for row in rows]
    assert {row["outcome"] for row in rows} == {"allowed", "refused"}
    assert filled[0] == filled[2] == set(rows[0])


def test_what_may_still_change_its_order_waits(ledger: Ledger, engine: Engine) -> None:
    ledger.write(1)
    with engine.connect() as early, early.begin():
        own = early.execute(text("SELECT pg_current_xact_id()::text")).scalar_one()  # open since before what comes now
        ledger.write(2)
        settle(ledger.work, until=own)
        assert ledger.seal(settled=False) == 1
        with ledger.work.read() as tx:
            waiting = backlog(tx, ledger.clock.now())
        assert (waiting.count, waiting.held_up) == (2, True)
    assert ledger.seal() == 2
    with ledger.work.read() as tx:
        assert backlog(tx, ledger.clock.now()).count == 0


def test_an_event_that_is_committed_late_comes_after_what_was_sealed_before(ledger: Ledger, engine: Engine) -> None:
    late = Work(lambda: engine)
    written, go_on = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with late.begin() as tx:
            record(tx, LedgerEvent("slow.act"), caller=caller(), at=ledger.clock.now())
            written.set()
            go_on.wait(10)

    writer = threading.Thread(target=write_slowly)
    writer.start()
    written.wait(10)
    ledger.write(2)
    assert ledger.seal(settled=False) == 0
    go_on.set()
    writer.join()
    assert ledger.seal() == 3
    acts = [line["event"]["act"] for line in ledger.export() if line["kind"] == "event"]
    assert acts == ["slow.act", "permit.book", "permit.book"]
    assert proved(ledger).status == 0


def test_only_one_seals_at_a_time(ledger: Ledger, engine: Engine) -> None:
    ledger.write(1)
    with ledger.work.begin() as tx:
        assert lock(tx)
        other = Sealer(Work(lambda: engine), Clock())
        answers: list[int | None] = []
        thread = threading.Thread(target=lambda: answers.append(other.seal()))
        thread.start()
        thread.join()
        assert answers == [None]
    assert ledger.seal() == 1


def test_two_sealers_in_turn_carry_on_each_others_chains(ledger: Ledger) -> None:
    other = Sealer(ledger.work, ledger.clock)
    for _ in range(3):
        ledger.write(2)
        settle(ledger.work)
        assert ledger.sealer.seal() == 2
        ledger.write(2)
        settle(ledger.work)
        assert other.seal() == 2
    assert (proved(ledger).status, proved(ledger).acts) == (0, 12)


def test_many_events_are_sealed_batch_by_batch(work: Work) -> None:
    ledger = Ledger(work, at_once=2)
    ledger.seal()  # from here on it knows where to begin
    ledger.write(7)
    settle(work)
    assert [ledger.sealer.seal() for _ in range(5)] == [2, 2, 2, 1, 0]
    assert proved(ledger).status == 0


def test_a_clock_set_back_sets_no_chain_back(ledger: Ledger) -> None:
    ledger.write(1)
    ledger.seal()
    ledger.write(1)
    ledger.clock.at = ledger.clock.at.replace(year=2020)
    ledger.seal()
    first, second = (line["sealed_at"] for line in ledger.export() if line["kind"] == "event")
    assert second >= first


def test_after_a_restore_into_another_server_sealing_goes_on(ledger: Ledger, owner: Owner) -> None:
    """There transactions' numbers begin again: what was restored seems to come from the future."""
    ledger.write(2)
    ledger.seal()
    ledger.write(2)
    owner.do("UPDATE ledger_event SET xid = '900000000000' WHERE id <= 3")
    owner.do("UPDATE ledger_event SET xid = '3' WHERE id = 4")
    ledger.write(2)
    afresh = Sealer(ledger.work, ledger.clock)
    settle(ledger.work)
    assert afresh.seal() == 4
    ledger.write(1)
    settle(ledger.work)
    assert (afresh.seal(), afresh.seal()) == (1, 0)
    assert (proved(ledger).status, proved(ledger).acts) == (0, 7)


def test_a_sealer_that_failed_looks_through_everything_again(
    ledger: Ledger, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.write(1)
    ledger.seal()
    ledger.write(1)
    owner.do("UPDATE ledger_event SET xid = '3' WHERE id = 2")  # below its mark: not seen in passing
    settle(ledger.work)
    assert ledger.sealer.seal() == 0
    with monkeypatch.context() as broken:
        broken.setattr("storage.sealing._seal", lambda *_, **__: 1 / 0)
        ledger.write(1)
        with pytest.raises(ZeroDivisionError):
            ledger.sealer.seal()
    assert ledger.seal() == 2
    assert proved(ledger).status == 0


def test_the_database_lets_the_application_change_nothing(ledger: Ledger, owner: Owner) -> None:
    with ledger.work.read() as tx:
        assert what_may_be_changed(tx) == ()
    with Work(lambda: owner.engine).read() as tx:
        assert what_may_be_changed(tx) == tuple(sorted(INSERT_ONLY))
