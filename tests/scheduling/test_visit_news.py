"""Whose word about a visit counts, the host's or ours: who said something last. Pure."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduling.visit_news import news
from scheduling.visit_rules import VisitEvent, came_at, visit_of
from vocabulary.visits import CallOutcome, VisitStatus, VisitThere

S = VisitStatus
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def ours(*things: tuple[float, VisitStatus | CallOutcome | int]) -> list[VisitEvent]:
    """What was said here: at which minute, and a status, a call, or the number of what was taken back."""
    return [
        VisitEvent(
            number,
            at(minute),
            "u1",
            "Rita",
            status=thing if isinstance(thing, VisitStatus) else None,
            call=thing if isinstance(thing, CallOutcome) else None,
            undoes=thing if isinstance(thing, int) else None,
        )
        for number, (minute, thing) in enumerate(things, start=1)
    ]


def heard(said: list[VisitEvent], status: VisitStatus, minute: float, *, read: float = 60) -> VisitThere | None:
    return news(VisitThere(status, at(minute)), said, read_at=at(read))


def test_a_host_without_a_place_for_it_or_without_a_word_says_nothing() -> None:
    assert news(None, [], read_at=NOON) is None
    assert news(VisitThere(), ours((1, S.ARRIVED)), read_at=NOON) is None


def test_what_their_own_desk_says_is_news_once() -> None:
    assert heard([], S.ARRIVED, 5) == VisitThere(S.ARRIVED, at(5))
    known = [VisitEvent(1, at(7), "", "Your own system", status=S.ARRIVED, there_at=at(5))]
    assert heard(known, S.ARRIVED, 5) is None and visit_of(known).at_host and visit_of(known).since == at(5)
    assert heard(known, S.IN_ROOM, 6) == VisitThere(S.IN_ROOM, at(6)), "said before the first was read, and after it"


@pytest.mark.parametrize(("minute", "is_news"), [(4, False), (5, False), (5.1, True)])
def test_who_said_something_last_is_right(minute: float, is_news: bool) -> None:
    assert (heard(ours((5, S.IN_ROOM)), S.ARRIVED, minute) is not None) is is_news


def test_what_was_said_here_comes_back_and_is_no_news() -> None:
    assert heard(ours((5, S.ARRIVED)), S.ARRIVED, 5) is None
    assert heard(ours((5, S.ARRIVED)), S.ARRIVED, 9) is None, "said there too"
    assert heard(ours((5, S.ARRIVED), (8, S.DONE)), S.ARRIVED, 5) is None, "the later word is still on its way there"


def test_what_was_taken_back_here_is_not_put_back_by_its_echo() -> None:
    assert heard(ours((5, S.ARRIVED), (6, 1)), S.ARRIVED, 5) is None
    assert heard(ours((5, S.ARRIVED), (6, 1)), S.EXPECTED, 6) is None
    assert heard(ours((5, S.ARRIVED), (6, 1)), S.ARRIVED, 7) == VisitThere(S.ARRIVED, at(7))


def test_what_is_taken_back_there_is_taken_back_here() -> None:
    assert heard(ours((5, S.MISSED)), S.EXPECTED, 6) == VisitThere(S.EXPECTED, at(6))


def test_calls_say_nothing_of_where_the_patient_is() -> None:
    assert heard(ours((9, CallOutcome.NO_ANSWER)), S.DONE, 8) == VisitThere(S.DONE, at(8))
    assert heard(ours((9, CallOutcome.NO_ANSWER), (10, 1)), S.DONE, 8) is not None


def test_a_clock_that_is_ahead_gives_nobody_the_last_word() -> None:
    assert heard([], S.ARRIVED, 90, read=6) == VisitThere(S.ARRIVED, at(6))
    assert heard(ours((6, S.IN_ROOM)), S.ARRIVED, 90, read=6) is None


def test_what_was_said_there_is_taken_back_there() -> None:
    there = VisitEvent(2, at(7), "", "Your own system", status=S.DONE, there_at=at(6))
    assert visit_of([*ours((5, S.ARRIVED)), there]).undoable(at(8)) is None


def test_somebody_is_here_although_cancelled_by_what_stood_then_or_was_said_since() -> None:
    def came(*things: tuple[float, VisitStatus | CallOutcome | int]) -> datetime | None:
        return came_at(visit_of(ours(*things)), at(6))

    assert came((5, S.ARRIVED)) == at(5), "they were here when it was cancelled"
    assert came((5, S.ARRIVED), (7, S.IN_ROOM), (9, S.DONE)) == at(5)
    assert came((5, S.ARRIVED), (7, 1)) is None
    assert came((5, S.EXPECTED)) is None and came((5, S.LEFT_UNSEEN)) is None
    assert came((5, S.EXPECTED), (7, S.ARRIVED), (9, S.DONE)) == at(7)
    assert came((5, S.EXPECTED), (7, S.ARRIVED), (9, 2)) is None
