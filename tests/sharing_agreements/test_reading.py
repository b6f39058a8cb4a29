"""The register in memory: read once, and again as soon as anything in it has changed, whoever changed it and how."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text

from sharing_agreements.reading import Reader, Standing, bump_epoch
from storage.work import Tx
from tests.scheduling.world import HOME, HOST, NOW, World
from vocabulary.people import UserRole
from vocabulary.purposes import Scope

pytestmark = pytest.mark.database


@pytest.fixture
def reader() -> Reader:
    return Reader()


def read(world: World, reader: Reader) -> Standing:
    with world.work.read() as tx:
        return reader.read(tx)


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """The statements sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(world.work.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(world.work.engine, "before_cursor_execute", note)


def test_it_is_read_once_and_then_one_row_a_time(world: World, reader: Reader) -> None:
    first = read(world, reader)
    with counted(world) as sent:
        assert all(read(world, reader) is first for _ in range(5))
    assert len(sent) == 5 and all("sharing_epoch" in statement for statement in sent)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE agreement SET status = 'suspended'",
        "UPDATE agreement SET ends_at = ends_at - interval '1 day'",
        "UPDATE agreement_party SET left_at = now() WHERE ods = 'Y90003'",
        "DELETE FROM agreement_signature WHERE ods = 'Y90003'",
        "DELETE FROM agreement_grant WHERE clause = '2.2'",
        "INSERT INTO kill_switch (ods, scope, reason, pulled_at, pulled_by, pulled_by_name) "
        "VALUES ('Y90003', 'book', 'x', now(), 'm', 'M')",
    ],
)
def test_whatever_changes_is_seen_at_once_by_every_reader(world: World, reader: Reader, change: str) -> None:
    other = Reader()
    before = read(world, reader)
    assert read(world, other).epoch == before.epoch
    with world.work.begin() as tx:
        tx.execute(text(change))
    for each in (reader, other):
        after = read(world, each)
        assert after.epoch != before.epoch
        assert (after.naming(HOST), after.switches) != (before.naming(HOST), before.switches)


def test_what_was_rolled_back_was_never_there_and_ones_own_change_is_seen_before_it_is_committed(
    world: World, reader: Reader
) -> None:
    before = read(world, reader)

    class _Undone(Exception):
        pass

    def change(tx: Tx) -> None:
        tx.execute(text("UPDATE agreement SET status = 'suspended'"))
        assert {terms.status for terms in reader.read(tx).naming(HOME)} == {"suspended"}
        raise _Undone

    with pytest.raises(_Undone), world.work.begin() as tx:
        change(tx)
    assert read(world, reader).epoch == before.epoch
    assert {terms.status for terms in read(world, reader).naming(HOME)} == {"in-force"}


def test_every_process_can_be_told_to_read_again(world: World, reader: Reader) -> None:
    before = read(world, reader)
    with world.work.begin() as tx:
        bump_epoch(tx)
    after = read(world, reader)
    assert after.epoch != before.epoch
    assert after.by_practice == before.by_practice


def test_without_an_epoch_nothing_is_kept(world: World, reader: Reader) -> None:
    """A restored database has none until the register is changed."""
    with world.work.begin() as tx:
        tx.execute(text("DELETE FROM sharing_epoch"))
    assert read(world, reader) is not read(world, reader)
    world.suspend()
    assert read(world, reader) is read(world, reader)


def test_a_party_that_left_and_a_pulled_switch_are_read_with_the_rest(world: World, reader: Reader) -> None:
    with world.work.begin() as tx:
        tx.execute(text("UPDATE agreement_party SET left_at = :at WHERE ods = :ods"), {"at": NOW, "ods": HOST.value})
        tx.execute(
            text(
                "INSERT INTO kill_switch (ods, scope, reason, pulled_at, pulled_by, pulled_by_name, released_at) "
                "VALUES (:ods, 'book', 'x', :at, 'm', 'M', NULL), (:ods, 'view-record', 'x', :at, 'm', 'M', :at)"
            ),
            {"at": NOW, "ods": HOME.value},
        )
    standing = read(world, reader)
    (terms,) = standing.naming(HOME)
    assert terms.left == {HOST}
    assert standing.switches == {(HOME, Scope.BOOK)}
    assert all(UserRole.RECEPTIONIST in grant.roles for grant in terms.grants)
