"""Somebody with the owner's rights changes the ledger in the database: it is found, and found where it was done."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from demo.postgres import DatabaseUrls
from storage.chain import PLAIN, VEILED
from storage.proving import prove
from storage.roots import HistoryLost, Root, adopt, make_root, roots
from storage.sealing import Head, heads
from storage.work import Work
from tests.storage.ledgers import FIRST, KEY, SECOND, Ledger, Owner
from verifier.verify_audit import Report

pytestmark = pytest.mark.database
_ANOTHER = {"detail": "'{\"another\": 1}'", "at": "at + interval '1 second'", "salt": "gen_random_uuid()"}


@pytest.fixture
def ledger(work: Work) -> Ledger:
    made = Ledger(work)
    for _ in range(2):
        made.write(4)
        made.write(2, practice=SECOND)
        made.seal()
        made.sign()
    made.write(2)
    made.seal()
    return made


@pytest.fixture
def owner(database_urls: DatabaseUrls) -> Iterator[Owner]:
    made = Owner(database_urls)
    yield made
    made.close()


def proved(tx: Session, ledger: Ledger, **more: object) -> Report:
    return prove(tx, keys=[KEY.public], now=ledger.clock.now() + timedelta(hours=1), **more)  # type: ignore[arg-type]


def edits() -> list[tuple[str, str]]:
    """A statement for every field of every table; :sequence is the act's, in FIRST's chain."""
    event = "(SELECT event_id FROM ledger_seal WHERE practice = 'Y90001' AND sequence = :sequence)"
    columns = ["at", "salt", *PLAIN, *VEILED]
    found = [
        (name, f"UPDATE ledger_event SET {name} = {_ANOTHER.get(name, f'{name} || chr(120)')} WHERE id = {event}")
        for name in columns
    ]
    place = "WHERE practice = 'Y90001' AND sequence = :sequence"
    return [
        *found,
        ("link", f"UPDATE ledger_seal SET link = sha256(link) {place}"),
        ("sealed_at", f"UPDATE ledger_seal SET sealed_at = sealed_at + interval '1 second' {place}"),
        ("sequence", f"UPDATE ledger_seal SET sequence = sequence + 100 {place}"),
        ("event_id", f"UPDATE ledger_seal SET event_id = event_id + 1000 {place}"),
        ("an event", f"DELETE FROM ledger_event WHERE id = {event}"),
        ("a seal", f"DELETE FROM ledger_seal {place}"),
        (
            "both",
            f"WITH gone AS (DELETE FROM ledger_seal {place} RETURNING event_id) "
            "DELETE FROM ledger_event WHERE id IN (SELECT event_id FROM gone)",
        ),
        (
            "the tail",
            "WITH gone AS (DELETE FROM ledger_seal WHERE practice = 'Y90001' AND sequence >= :sequence "
            "RETURNING event_id) DELETE FROM ledger_event WHERE id IN (SELECT event_id FROM gone)",
        ),
        (
            "swapped",
            "UPDATE ledger_seal AS one SET event_id = -other.event_id FROM ledger_seal AS other WHERE one.practice = "
            "'Y90001' AND other.practice = 'Y90001' AND one.sequence IN (:sequence, :sequence + 1) AND other.sequence "
            "= 2 * :sequence + 1 - one.sequence; "
            "UPDATE ledger_seal SET event_id = -event_id WHERE event_id < 0",
        ),
        (
            "inserted",
            "UPDATE ledger_seal SET sequence = -sequence - 1 WHERE practice = 'Y90001' AND sequence >= :sequence; "
            "UPDATE ledger_seal SET sequence = -sequence WHERE sequence < 0; "
            "INSERT INTO ledger_seal SELECT practice, :sequence, 999999, sealed_at, link FROM ledger_seal "
            "WHERE practice = 'Y90001' AND sequence = :sequence + 1",
        ),
        (
            "moved to another practice",
            "UPDATE ledger_seal SET practice = 'Y90009' WHERE practice = 'Y90001' AND sequence = :sequence",
        ),
    ]


def test_every_field_of_every_event_and_seal_is_guarded(ledger: Ledger, owner: Owner) -> None:
    chance = random.Random(7)
    missed = []
    with owner.engine.connect() as connection, Session(connection) as tx:
        assert proved(tx, ledger).status == 0
        for what, statements in edits():
            sequence = chance.randrange(1, 8)
            tx.commit()
            for statement in statements.split("; "):
                tx.execute(text(statement), {"sequence": sequence} if ":sequence" in statement else {})
            found = {(finding.practice, finding.sequence) for finding in proved(tx, ledger).findings}
            tx.rollback()
            if (FIRST.value, sequence) not in found:
                missed.append((what, sequence, found))
        assert proved(tx, ledger).status == 0
    assert not missed


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_root SET body = replace(body, 'Y90001', 'Y90002') WHERE number = 1",
        "UPDATE ledger_root SET signature = '00' || substr(signature, 3) WHERE number = 1",
        "DELETE FROM ledger_root WHERE number = 1",
    ],
)
def test_every_root_is_guarded(ledger: Ledger, owner: Owner, statement: str) -> None:
    owner.do(statement)
    with ledger.work.read() as tx:
        assert any(finding.root == 1 for finding in proved(tx, ledger).findings)


def test_an_event_that_was_never_sealed_is_named(ledger: Ledger) -> None:
    ledger.write(1)
    with ledger.work.read() as tx:
        (finding,) = proved(tx, ledger).findings
        recent = prove(tx, keys=[KEY.public], now=ledger.clock.now())
    assert (finding.practice, "1 events wait to be sealed" in finding.words) == (FIRST.value, True)
    assert (recent.status, "wait to be sealed" in " ".join(recent.notes)) == (0, True)


def test_an_event_with_a_false_time_is_noted(ledger: Ledger) -> None:
    ledger.clock.at -= timedelta(days=1)
    ledger.write(1)
    ledger.clock.at += timedelta(days=1, minutes=1)
    ledger.seal()
    with ledger.work.read() as tx:
        report = proved(tx, ledger)
    assert any("more than 5 minutes after" in note for note in report.notes)


def lose(ledger: Ledger, owner: Owner, keep: int) -> tuple[Root, ...]:
    """As a restore of an old backup does: the first chain ends after `keep` acts, and the second root is gone. Returns
    the roots as they were published."""
    with ledger.work.read() as tx:
        published = roots(tx)
    owner.do(
        "WITH gone AS (DELETE FROM ledger_seal WHERE practice = 'Y90001' AND sequence > :keep RETURNING event_id) "
        "DELETE FROM ledger_event WHERE id IN (SELECT event_id FROM gone)",
        keep=keep,
    )
    owner.do("DELETE FROM ledger_root WHERE number = 2")
    return published


def test_lost_history_is_told_against_what_was_published(ledger: Ledger, owner: Owner) -> None:
    published = lose(ledger, owner, keep=5)
    with ledger.work.read() as tx:
        assert proved(tx, ledger).status == 0  # by itself it is a true account of an earlier moment
        report = proved(tx, ledger, kept=published)
    assert [(finding.sequence, "acts 6 to 8 are missing: root 2" in finding.words) for finding in report.findings] == [
        (6, True)
    ]


def test_no_root_is_made_over_lost_history_until_a_person_says_so(ledger: Ledger, owner: Owner) -> None:
    published = lose(ledger, owner, keep=5)
    day, now = ledger.clock.at.date(), ledger.clock.now()
    with pytest.raises(HistoryLost, match=r"Root 2 of .* was published and is not in this"), ledger.work.begin() as tx:
        make_root(tx, KEY, day=day, at=now, published=published[:1])
    with ledger.work.begin() as tx:
        assert adopt(tx, published) == 1
    with pytest.raises(HistoryLost, match="Y90001 6 to 8"), ledger.work.begin() as tx:
        make_root(tx, KEY, day=day, at=now, published=published[:1])
    ledger.sign(declare_loss=True)
    ledger.write(5)
    ledger.seal()
    ledger.sign(published=published)
    with ledger.work.read() as tx:
        report = proved(tx, ledger, kept=published)
    assert (report.status, report.findings) == (3, [])
    (declared,) = report.declared
    assert "acts 6 to 8 of Y90001 were lost" in declared


def test_roots_that_do_not_carry_on_are_not_taken_in(ledger: Ledger, owner: Owner) -> None:
    published = lose(ledger, owner, keep=5)
    forged = Root({**published[0].body, "day": "2026-01-01"}, published[0].signature)
    with pytest.raises(HistoryLost, match="does not carry on"), ledger.work.begin() as tx:
        adopt(tx, [forged])


def test_history_sealed_anew_by_the_owner_is_not_signed_over(ledger: Ledger, owner: Owner) -> None:
    """Somebody deletes all seals and lets the worker seal the changed events afresh."""
    owner.do("DELETE FROM ledger_seal")
    owner.do("UPDATE ledger_event SET user_name = 'Nobody' WHERE id = 3")
    afresh = Ledger(ledger.work)
    assert afresh.seal() == 14
    with ledger.work.read() as tx:
        report = proved(tx, ledger)
    assert any("knew another history" in finding.words for finding in report.findings)
    with pytest.raises(HistoryLost):
        ledger.sign()


def test_heads_are_what_the_roots_say(ledger: Ledger) -> None:
    with ledger.work.read() as tx:
        standing, last = heads(tx), roots(tx)[0]
    assert last.head(FIRST.value) == (8, last.head(FIRST.value)[1])
    head: Callable[[str], Head] = standing.__getitem__
    assert (head(FIRST.value).sequence, head(SECOND.value).sequence) == (10, 4)
    assert last.head("Y99999") == (0, "")
