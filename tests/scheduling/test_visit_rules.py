"""How a visit may go: the table of steps, the grace time, the calls, and what was said by mistake. Pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.visit_rules import (
    STEPS,
    Visit,
    VisitEvent,
    VisitFacts,
    VisitSettings,
    by_telephone,
    call_refusal,
    doubt,
    in_person_refusal,
    missed_from,
    step_refusal,
    steps_open,
    undo_refusal,
    visit_of,
)
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.slots import DeliveryChannel
from vocabulary.times import Window
from vocabulary.visits import CallOutcome, VisitStatus

START = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
NUMBERS = VisitSettings()
HERE = VisitFacts(BookingState.BOOKED, Window(START, START + timedelta(minutes=10)), DeliveryChannel.IN_PERSON)
BY_PHONE = VisitFacts(BookingState.BOOKED, HERE.window, DeliveryChannel.TELEPHONE)
LATER = START + timedelta(minutes=30)
S = VisitStatus


def said(*things: VisitStatus | CallOutcome | int | None, at: datetime = START) -> Visit:
    """A visit of which these things were said: a status, a call, None for "goes on face to face", an id taken back."""
    return visit_of(
        VisitEvent(
            number,
            at,
            "u1",
            "Rita",
            status=thing if isinstance(thing, VisitStatus) else None,
            call=thing if isinstance(thing, CallOutcome) else None,
            in_person=thing is None,
            undoes=thing if isinstance(thing, int) else None,
        )
        for number, thing in enumerate(things, start=1)
    )


def refusal(visit: Visit, to: VisitStatus, facts: VisitFacts = HERE, *, now: datetime = LATER) -> str:
    return step_refusal(visit, to, facts, now=now, settings=NUMBERS)


@pytest.mark.parametrize("before", VisitStatus)
@pytest.mark.parametrize("after", VisitStatus)
def test_a_visit_takes_the_steps_of_the_table_and_no_other(before: VisitStatus, after: VisitStatus) -> None:
    visit = said(before) if before is not S.EXPECTED else Visit()
    assert (refusal(visit, after) == "") is ((before, after) in STEPS)


def test_every_status_can_be_reached_and_every_end_can_be_mended() -> None:
    assert {after for _, after in STEPS} == set(VisitStatus) - {S.EXPECTED}
    assert {before for before, _ in STEPS} >= {S.MISSED, S.LEFT_UNSEEN}


def test_nobody_is_down_as_missed_before_the_grace_time_is_over() -> None:
    assert "10 minutes after the start" in refusal(Visit(), S.MISSED, now=START + timedelta(minutes=9, seconds=59))
    assert refusal(Visit(), S.MISSED, now=START + timedelta(minutes=10)) == ""
    assert missed_from(Visit(), HERE, NUMBERS) == START + timedelta(minutes=10)


def test_who_did_not_come_is_asked_after_and_who_told_somebody_is_no_such_patient() -> None:
    """A late cancellation is no failure to attend: it is counted apart."""
    asked = doubt(Visit(), HERE, status=S.MISSED, call=None, now=LATER, settings=NUMBERS)
    assert "Did they tell anybody" in asked
    assert doubt(Visit(), HERE, status=S.CANCELLED_LATE, call=None, now=LATER, settings=NUMBERS) == ""
    early = START - timedelta(minutes=1)
    assert "cancel the booking" in refusal(Visit(), S.CANCELLED_LATE, now=early)
    assert refusal(Visit(), S.CANCELLED_LATE, now=START) == "", "no grace time: they said so"
    late = replace(HERE, state=BookingState.CANCELLED, cancelled=CancellationReason.LATE)
    assert refusal(said(S.CANCELLED_LATE), S.ARRIVED, late) == "" and undo_refusal(late) == ""


CANCELLED_THERE = replace(HERE, state=BookingState.CANCELLED, cancelled=CancellationReason.HOST_CANCELLED)


@pytest.mark.parametrize("before", [Visit(), said(S.ARRIVED), said(S.MISSED), said(S.DONE)])
def test_whom_the_host_cancelled_can_be_put_down_as_here_and_as_nothing_else(before: Visit) -> None:
    assert steps_open(before, CANCELLED_THERE, now=LATER, settings=NUMBERS) == (S.ARRIVED,)
    assert "does not stand" in undo_refusal(CANCELLED_THERE)
    assert "does not stand" in call_refusal(before, CANCELLED_THERE, now=LATER, settings=NUMBERS)


def test_who_is_here_although_cancelled_goes_on_like_anybody_and_has_not_missed_it() -> None:
    came = replace(CANCELLED_THERE, came=True)
    assert steps_open(said(S.ARRIVED), came, now=LATER, settings=NUMBERS) == (S.IN_ROOM, S.DONE, S.LEFT_UNSEEN)
    assert "does not stand" in refusal(Visit(), S.MISSED, came) and undo_refusal(came) == ""


@pytest.mark.parametrize("reason", [CancellationReason.PATIENT_ASKED, CancellationReason.MOVED])
def test_of_any_other_cancelled_appointment_nothing_is_said(reason: CancellationReason) -> None:
    gone = replace(CANCELLED_THERE, cancelled=reason)
    assert steps_open(Visit(), gone, now=LATER, settings=NUMBERS) == () and undo_refusal(gone)


def test_a_telephone_patient_is_missed_only_after_enough_unanswered_calls() -> None:
    assert "2 times more" in refusal(Visit(), S.MISSED, BY_PHONE)
    assert missed_from(Visit(), BY_PHONE, NUMBERS) is None
    assert "Ring once more" in refusal(said(CallOutcome.NO_ANSWER), S.MISSED, BY_PHONE)
    assert refusal(said(CallOutcome.NO_ANSWER, CallOutcome.VOICEMAIL), S.MISSED, BY_PHONE) == ""
    assert "spoke" in refusal(
        said(CallOutcome.NO_ANSWER, CallOutcome.WRONG_NUMBER, CallOutcome.SPOKE), S.MISSED, BY_PHONE
    )


def test_who_is_rung_does_not_arrive() -> None:
    assert "rung and does not come" in refusal(Visit(), S.ARRIVED, BY_PHONE)
    assert steps_open(Visit(), BY_PHONE, now=LATER, settings=NUMBERS) == (S.DONE, S.CANCELLED_LATE)
    assert S.ARRIVED in steps_open(said(None), BY_PHONE, now=LATER, settings=NUMBERS)


def test_of_who_is_rung_the_calls_say_where_the_visit_stands() -> None:
    assert [
        said(*calls).words for calls in ((), (CallOutcome.NO_ANSWER,), (CallOutcome.VOICEMAIL, CallOutcome.SPOKE))
    ] == [
        "Expected",
        "Not reached yet",
        "Spoken to",
    ]
    assert "“Not reached yet”" in refusal(said(CallOutcome.NO_ANSWER), S.LEFT)


def test_a_call_taken_back_does_not_count() -> None:
    visit = said(CallOutcome.NO_ANSWER, CallOutcome.NO_ANSWER, 2)
    assert visit.unanswered(START) == 1 and "Ring once more" in refusal(visit, S.MISSED, BY_PHONE)


def test_calls_are_noted_for_telephone_patients_who_are_still_expected() -> None:
    def refused(visit: Visit, facts: VisitFacts) -> str:
        return call_refusal(visit, facts, now=LATER, settings=NUMBERS)

    assert refused(Visit(), BY_PHONE) == ""
    assert "not a telephone" in refused(Visit(), HERE)
    assert "not a telephone" in refused(said(None), BY_PHONE)
    assert "Done" in refused(said(S.DONE), BY_PHONE)


def test_a_second_call_within_a_minute_is_asked_about_and_one_that_reached_somebody_is_not() -> None:
    def asked(visit: Visit, call: CallOutcome, seconds: int) -> str:
        now = START + timedelta(seconds=seconds)
        return doubt(visit, BY_PHONE, status=None, call=call, now=now, settings=NUMBERS)

    once = said(CallOutcome.NO_ANSWER)
    assert "Another call already?" in asked(once, CallOutcome.NO_ANSWER, 59)
    assert "Another call already?" in asked(once, CallOutcome.VOICEMAIL, 0)
    assert asked(once, CallOutcome.SPOKE, 5) == "" and asked(once, CallOutcome.NO_ANSWER, 60) == ""
    assert asked(said(CallOutcome.NO_ANSWER, 1), CallOutcome.VOICEMAIL, 5) == "", "the first was taken back"


def test_a_call_before_the_time_that_the_patient_was_told_is_kept_and_counts_only_if_it_reached_them() -> None:
    early = START - timedelta(minutes=5)
    assert call_refusal(Visit(), BY_PHONE, now=early, settings=NUMBERS) == ""
    rung = said(CallOutcome.NO_ANSWER, CallOutcome.VOICEMAIL, at=early)
    assert len(rung.calls) == 2 and "2 times more" in refusal(rung, S.MISSED, BY_PHONE)
    assert missed_from(rung, BY_PHONE, NUMBERS) is None
    earlier = Window(early, START)
    moved = VisitFacts(BookingState.BOOKED, HERE.window, DeliveryChannel.TELEPHONE, earlier)
    assert refusal(rung, S.MISSED, moved) == "", "they were told the earlier time"
    spoken = said(CallOutcome.SPOKE, at=early)
    assert "was not missed" in refusal(spoken, S.MISSED, BY_PHONE)


def test_done_of_a_telephone_patient_whom_nobody_reached_is_asked_about() -> None:
    def asked(visit: Visit, facts: VisitFacts) -> str:
        return doubt(visit, facts, status=S.DONE, call=None, now=LATER, settings=NUMBERS)

    assert "Done all the same?" in asked(Visit(), BY_PHONE)
    assert "Done all the same?" in asked(said(CallOutcome.NO_ANSWER), BY_PHONE)
    assert asked(said(CallOutcome.SPOKE), BY_PHONE) == "" and asked(Visit(), HERE) == ""
    assert asked(said(None), BY_PHONE) == "", "it goes on face to face"


def test_a_telephone_appointment_goes_on_face_to_face_in_the_same_place() -> None:
    def refused(visit: Visit, facts: VisitFacts) -> str:
        return in_person_refusal(visit, facts, now=LATER, settings=NUMBERS)

    assert refused(Visit(), BY_PHONE) == "" and refused(said(S.MISSED), BY_PHONE) == ""
    assert "already" in refused(Visit(), HERE) and "already" in refused(said(None), BY_PHONE)
    assert "Done" in refused(said(S.DONE), BY_PHONE)
    turned = said(CallOutcome.NO_ANSWER, None)
    assert not by_telephone(turned, BY_PHONE) and refusal(turned, S.MISSED, BY_PHONE) == ""


def test_something_can_be_said_from_two_hours_before_until_a_day_after() -> None:
    for minutes, word in ((-121, "early"), (-120, ""), (24 * 60, ""), (24 * 60 + 1, "late")):
        assert word in refusal(Visit(), S.ARRIVED, now=START + timedelta(minutes=minutes))
        assert bool(word) is bool(refusal(Visit(), S.ARRIVED, now=START + timedelta(minutes=minutes)))


@pytest.mark.parametrize("state", BookingState)
def test_a_visit_needs_an_appointment_that_stands(state: BookingState) -> None:
    stands = state in (BookingState.BOOKED, BookingState.ATTENDED, BookingState.MISSED)
    facts = VisitFacts(state, HERE.window, HERE.channel)
    assert (refusal(Visit(), S.ARRIVED, facts) == "") is stands
    assert bool(steps_open(Visit(), facts, now=LATER, settings=NUMBERS)) is stands


def test_what_was_said_by_mistake_can_be_taken_back_on_the_same_day_only() -> None:
    visit = said(S.ARRIVED, S.IN_ROOM)
    undoable = visit.undoable(LATER)
    assert undoable is not None and undoable.status is S.IN_ROOM
    assert said(S.ARRIVED, S.IN_ROOM, 2).status is S.ARRIVED
    assert said(S.ARRIVED, S.IN_ROOM, 2, 1).status is S.EXPECTED
    assert visit.undoable(datetime(2026, 11, 25, 0, 0, tzinfo=UTC)) is None
    assert Visit().undoable(LATER) is None


@pytest.mark.parametrize("sunday", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
def test_the_same_day_is_a_day_in_england_on_the_sundays_when_the_clocks_change(sunday: datetime) -> None:
    last_moment = sunday + timedelta(hours=23 if sunday.month == 3 else 24) - timedelta(seconds=1)
    visit = said(S.ARRIVED, at=sunday + timedelta(hours=9))
    assert visit.undoable(last_moment) is not None
    assert visit.undoable(last_moment + timedelta(seconds=1)) is None


_THINGS = st.lists(st.one_of(st.sampled_from([*VisitStatus, *CallOutcome, None]), st.integers(1, 6)), max_size=8)


@given(_THINGS)
def test_whatever_was_said_has_a_sum_and_the_rules_answer(things: list[VisitStatus | CallOutcome | int | None]) -> None:
    visit = said(*things)
    assert visit.last == len(things) and visit.unanswered(START) <= len(visit.calls)
    for facts in (HERE, BY_PHONE):
        for status in steps_open(visit, facts, now=LATER, settings=NUMBERS):
            assert (visit.status, status) in STEPS
