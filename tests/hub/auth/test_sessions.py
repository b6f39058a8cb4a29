"""Sessions in the database: opaque, merged between tabs, locked, over after twelve hours, ended from anywhere."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from hub.auth.models import WebSessionRow
from hub.auth.sessions import IDLE, LONGEST, SessionStore, WebSession
from storage.ledger import LedgerRow
from storage.work import Work
from tests.hub.web.shop import TurningClock
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole

pytestmark = pytest.mark.database

HELEN = Caller("555000000002", "Helen Marsden", UserRole.PRACTICE_MANAGER, OdsCode("Y90001"), "Beechwood", "trace")


@pytest.fixture
def clock() -> TurningClock:
    return TurningClock()


@pytest.fixture
def store(work: Work, clock: TurningClock) -> SessionStore:
    return SessionStore(work, clock)


def begun(store: SessionStore, *, sid: str = "s1", user: str = "555000000001") -> tuple[str, WebSession]:
    token = store.begin(user, "Rita Okafor", sid=sid, data={"sds_user_id": user})
    found = store.find(token)
    assert found is not None
    return token, found


def rows(work: Work) -> list[WebSessionRow]:
    with work.read() as tx:
        return list(tx.scalars(select(WebSessionRow)))


def test_the_table_does_not_hold_what_the_cookie_holds(store: SessionStore, work: Work) -> None:
    token, session = begun(store)
    (row,) = rows(work)
    assert token not in f"{row.id} {row.data}"
    assert len(token) >= 43 and session.csrf
    assert store.find(row.id) is None and store.find("") is None and store.find("guess") is None


def test_what_is_put_comes_back_and_what_is_dropped_does_not(store: SessionStore) -> None:
    token, session = begun(store)
    session.put("patient", {"nhs_number": "9990000018", "needs": ["step-free"]})
    session.put("candidates", [1])
    store.save(session, seen=False)
    session.drop("candidates")
    store.save(session, seen=False)
    again = store.find(token)
    assert again is not None
    assert again.data["patient"] == {"nhs_number": "9990000018", "needs": ["step-free"]}
    assert "candidates" not in again.data and again.csrf == session.csrf


def test_two_tabs_do_not_overwrite_each_other(store: SessionStore) -> None:
    token, one = begun(store)
    other = store.find(token)
    assert other is not None
    one.put("patient", {"nhs_number": "9990000018"})
    store.save(one, seen=True)
    other.put("last_search", {"when": "week"})
    store.save(other, seen=True)
    merged = store.find(token)
    assert merged is not None
    assert merged.data["patient"] and merged.data["last_search"]


def test_use_keeps_it_open_and_a_page_that_asks_by_itself_does_not(store: SessionStore, clock: TurningClock) -> None:
    token, session = begun(store)
    clock.pass_by(minutes=10)
    store.save(session, seen=True)
    clock.pass_by(minutes=10)
    again = store.find(token)
    assert again is not None and not again.locked(clock.now())
    store.save(again, seen=False)
    clock.pass_by(minutes=6)
    later = store.find(token)
    assert later is not None and later.locked(clock.now())


def test_it_locks_after_fifteen_minutes_to_the_second(store: SessionStore, clock: TurningClock) -> None:
    _, session = begun(store)
    assert timedelta(minutes=15) == IDLE
    clock.pass_by(minutes=15)
    assert not session.locked(clock.now())
    clock.pass_by(seconds=1)
    assert session.locked(clock.now())


def test_it_is_over_after_twelve_hours_however_much_it_was_used(
    store: SessionStore, clock: TurningClock, work: Work
) -> None:
    token, session = begun(store)
    for _ in range(72):
        clock.pass_by(minutes=10)
        store.save(session, seen=True)
    assert clock.now() - session.created_at == LONGEST
    assert store.find(token) is None
    assert store.tidy() == 1
    assert rows(work)[0].data == {} and rows(work)[0].ended_by == "twelve hours"


def test_the_rows_of_ended_sessions_go_after_ninety_days(store: SessionStore, clock: TurningClock, work: Work) -> None:
    _, session = begun(store)
    store.end(session.id, by="signed out")
    clock.pass_by(days=89)
    store.tidy()
    assert len(rows(work)) == 1
    clock.pass_by(days=2)
    store.tidy()
    assert rows(work) == []


def test_ending_empties_it_and_tells_the_ledger_who_ended_whose(store: SessionStore, work: Work) -> None:
    token, session = begun(store)
    session.put("patient", {"nhs_number": "9990000018"})
    store.save(session, seen=True)
    assert store.end(session.id, by="Helen Marsden", caller=HELEN) is not None
    assert store.end(session.id, by="Helen Marsden", caller=HELEN) is None
    assert store.find(token) is None
    assert rows(work)[0].data == {}
    with work.read() as tx:
        event = tx.scalars(select(LedgerRow)).one()
    assert (event.act, event.user_name, event.detail["user_name"]) == ("session.ended", "Helen Marsden", "Rita Okafor")


def test_a_session_that_was_ended_takes_nothing_more(store: SessionStore, work: Work) -> None:
    _, session = begun(store)
    store.end(session.id, by="signed out")
    session.put("patient", {"nhs_number": "9990000018"})
    store.save(session, seen=True)
    assert rows(work)[0].data == {}


def test_the_sign_in_service_ends_what_belongs_to_its_session(store: SessionStore) -> None:
    one, _ = begun(store, sid="s1")
    other, _ = begun(store, sid="s2")
    nameless, _ = begun(store, sid="")
    assert store.end_sid("s1", by="the sign-in service") == 1
    assert store.end_sid("", by="the sign-in service") == 0
    assert store.find(one) is None and store.find(other) and store.find(nameless)


def test_all_of_somebodys_sessions_end_at_once(store: SessionStore) -> None:
    begun(store, user="a")
    begun(store, user="a")
    kept, _ = begun(store, user="b")
    assert store.end_user("a", by="a command") == 2
    assert store.find(kept) is not None


def test_the_list_says_which_are_locked(store: SessionStore, clock: TurningClock) -> None:
    _, left = begun(store, user="a")
    left.put("locked", value=True)
    store.save(left, seen=True)
    begun(store, user="b")
    assert {one.user_id: one.locked(clock.now()) for one in store.open_sessions()} == {"a": True, "b": False}
    clock.pass_by(minutes=16)
    assert all(one.locked(clock.now()) for one in store.open_sessions())


def test_the_list_shows_open_sessions_of_one_practice(store: SessionStore, clock: TurningClock) -> None:
    _, session = begun(store)
    session.acting_ods, session.acting_role = "Y90001", "receptionist"
    session.put("acting", {})
    store.save(session, seen=True, act="session.role-taken", caller=HELEN)
    begun(store, user="b")
    assert [found.user_id for found in store.open_sessions(practice=OdsCode("Y90001"))] == [session.user_id]
    assert len(store.open_sessions()) == 2
    clock.pass_by(hours=13)
    assert store.open_sessions() == ()
