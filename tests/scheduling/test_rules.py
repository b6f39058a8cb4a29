"""What may be held and booked: the pure rules as tables, and joining adjacent slots under the same rule."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling import rules
from scheduling.commands import BookSlots
from scheduling.joining import Piece, runs
from scheduling.problems import NotBookable
from scheduling.rules import Clash, OtherBooking, SlotLink
from vocabulary.appointments import COMMENT_ROOM, DESCRIPTION_LIMIT
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.patients import Patient, TracedPatient
from vocabulary.problems import ProblemKind
from vocabulary.slots import DeliveryChannel
from vocabulary.times import Window

NOW = datetime(2026, 11, 24, 14, tzinfo=UTC)
ANN = Patient(NHSNumber("9990000018"), "Example", "Ann", date(1980, 2, 29))
FORM = BookSlots(BookingRef.from_number(1), ANN.nhs_number, "Review", phone="07700 900101", patient_told=True)


def _window(start: float, minutes: float = 15) -> Window:
    return Window(NOW + timedelta(minutes=start), NOW + timedelta(minutes=start + minutes))


LINK = SlotLink(OdsCode("Y90003"), "c1", "in-person", "Extended access", _window(0))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, ""),
        ({"host": OdsCode("Y90004")}, "different clinics"),
        ({"session": "c2"}, "different clinics"),
        ({"channel": "video"}, "not held in the same way"),
        ({"slot_type": "Nurse"}, "different slot types"),
        ({"window": _window(20)}, "does not start when the other ends"),
        ({"window": _window(10)}, "does not start when the other ends"),
        ({"window": _window(-15)}, "does not start when the other ends"),
    ],
)
def test_slots_join_only_when_they_follow_each_other_in_one_clinic_channel_and_type(
    change: dict[str, object], reason: str
) -> None:
    following = replace(replace(LINK, window=_window(15)), **change)  # type: ignore[arg-type]
    refusal = rules.joins([LINK, following])
    if not reason:
        assert refusal is None
        return
    assert refusal is not None
    assert reason in refusal.message
    assert refusal.next_step
    assert rules.joins([replace(LINK, window=_window(-15)), LINK, following]) is not None


def test_one_slot_alone_joins_itself() -> None:
    assert rules.joins([LINK]) is None


@pytest.mark.parametrize(("start", "bookable"), [(1, True), (0, False), (-1, False), (-60, False)])
def test_only_what_has_not_begun_can_be_booked(start: float, bookable: bool) -> None:
    refusal = rules.still_ahead(_window(start), NOW)
    assert (refusal is None) is bookable
    assert refusal is None or isinstance(refusal, NotBookable)


def test_the_hosts_own_switch_beats_everything() -> None:
    assert rules.open_for_booking(live=True, host_name="Hill Surgery") is None
    refusal = rules.open_for_booking(live=False, host_name="Hill Surgery")
    assert refusal is not None
    assert "Hill Surgery" in refusal.message


@pytest.mark.parametrize(
    ("change", "channel", "fields"),
    [
        ({}, DeliveryChannel.IN_PERSON, []),
        ({"phone": ""}, DeliveryChannel.IN_PERSON, []),
        ({"phone": ""}, DeliveryChannel.VIDEO, []),
        ({"phone": ""}, DeliveryChannel.TELEPHONE, ["phone"]),
        ({"phone": "  "}, DeliveryChannel.TELEPHONE, ["phone"]),
        ({"phone": "  "}, DeliveryChannel.IN_PERSON, []),
        ({"phone": "+44 7700 900101"}, DeliveryChannel.TELEPHONE, []),
        ({"phone": "(0117) 496-0100"}, DeliveryChannel.TELEPHONE, []),
        ({"phone": "12345"}, DeliveryChannel.IN_PERSON, ["phone"]),
        ({"phone": "her mum's"}, DeliveryChannel.IN_PERSON, ["phone"]),
        ({"description": ""}, DeliveryChannel.IN_PERSON, ["description"]),
        ({"description": " \n"}, DeliveryChannel.IN_PERSON, ["description"]),
        ({"description": "x" * DESCRIPTION_LIMIT}, DeliveryChannel.IN_PERSON, []),
        ({"description": "x" * (DESCRIPTION_LIMIT + 1)}, DeliveryChannel.IN_PERSON, ["description"]),
        ({"comment": "x" * COMMENT_ROOM}, DeliveryChannel.IN_PERSON, []),
        ({"comment": "x" * (COMMENT_ROOM + 1)}, DeliveryChannel.IN_PERSON, ["comment"]),
        ({"patient_told": False}, DeliveryChannel.IN_PERSON, ["patient_told"]),
        (
            {"description": "", "comment": "x" * 600, "phone": "?", "patient_told": False},
            DeliveryChannel.IN_PERSON,
            ["description", "comment", "phone", "patient_told"],
        ),
    ],
)
def test_a_form_is_refused_for_every_fault_at_once_each_by_its_field(
    change: dict[str, object], channel: DeliveryChannel, fields: list[str]
) -> None:
    found = rules.form_refusals(replace(FORM, **change), channel)  # type: ignore[arg-type]
    assert [refusal.field for refusal in found] == fields
    assert all(refusal.message and refusal.kind is ProblemKind.INVALID for refusal in found)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"restricted": True}, ""),  # handled apart, in words that never say why
        ({"deceased": True}, "has died"),
        ({"superseded_by": NHSNumber("9990000026")}, "replaced"),
        ({"superseded_by": NHSNumber("9990000026"), "deceased": True}, "replaced"),
    ],
)
def test_the_national_record_stops_a_booking(change: dict[str, object], words: str) -> None:
    refusal = rules.patient_refusal(replace(TracedPatient(ANN, None), **change))  # type: ignore[arg-type]
    assert (refusal is None) is (not words)
    assert refusal is None or words in refusal.message


DAY = 24 * 60


@pytest.mark.parametrize(
    ("others", "reason", "expected"),
    [
        ([], "", None),
        ([("A", _window(DAY))], "", None),
        ([("A", _window(15))], "", Clash("A", overridable=True)),
        ([("A", _window(15))], "Blood test first", None),
        ([("A", _window(15))], "  ", Clash("A", overridable=True)),
        ([("A", _window(10))], "", Clash("A", overridable=False)),
        ([("A", _window(10))], "Wants both", Clash("A", overridable=False)),
        ([("A", _window(15)), ("B", _window(30))], "", Clash("A", overridable=True)),
        ([("A", _window(15)), ("B", _window(5))], "", Clash("B", overridable=False)),
        ([("A", _window(15)), ("B", _window(5))], "Wants both", Clash("B", overridable=False)),
        ([("A", _window(DAY)), ("B", _window(-DAY))], "", None),
    ],
)
def test_an_overlap_always_clashes_and_the_same_day_until_a_reason_is_given(
    others: list[tuple[str, Window]], reason: str, expected: Clash | None
) -> None:
    found = rules.clash(_window(0), [OtherBooking(ref, window) for ref, window in others], clash_reason=reason)
    assert found == expected


@pytest.mark.parametrize(
    ("one", "other", "same_day"),
    [
        # Half past eleven in the evening of a summer's day in England is 22:30 UTC, and an hour later is tomorrow.
        (datetime(2026, 7, 1, 8, tzinfo=UTC), datetime(2026, 7, 1, 22, 30, tzinfo=UTC), True),
        (datetime(2026, 7, 1, 8, tzinfo=UTC), datetime(2026, 7, 1, 23, 30, tzinfo=UTC), False),
        # The clocks go back on 25 October 2026: the day ends an hour later.
        (datetime(2026, 10, 24, 23, 0, tzinfo=UTC), datetime(2026, 10, 25, 23, 30, tzinfo=UTC), True),
        # and forward on 28 March 2027: the day ends an hour sooner.
        (datetime(2027, 3, 28, 0, 0, tzinfo=UTC), datetime(2027, 3, 28, 22, 30, tzinfo=UTC), True),
        (datetime(2027, 3, 28, 0, 0, tzinfo=UTC), datetime(2027, 3, 28, 23, 30, tzinfo=UTC), False),
    ],
)
def test_the_same_day_is_the_same_day_in_england(one: datetime, other: datetime, same_day: bool) -> None:
    windows = [Window(start, start + timedelta(minutes=15)) for start in (one, other)]
    found = rules.clash(windows[0], [OtherBooking("A", windows[1])], clash_reason="")
    assert found == (Clash("A", overridable=True) if same_day else None)


def _pieces(*starts: float, session: str = "c1", minutes: float = 15, first_id: int = 1) -> list[Piece]:
    return [
        Piece(first_id + number, replace(LINK, session=session, window=_window(start, minutes)))
        for number, start in enumerate(starts)
    ]


@pytest.mark.parametrize(
    ("pieces", "minutes", "found"),
    [
        ([], 30, []),
        (_pieces(0), 15, [(1,)]),
        (_pieces(0), 10, [(1,)]),
        (_pieces(0), 16, []),
        (_pieces(0, 15, 30), 30, [(1, 2), (2, 3)]),
        (_pieces(0, 15, 30), 45, [(1, 2, 3)]),
        (_pieces(0, 15, 30), 46, []),
        (_pieces(0, 20), 30, []),
        (_pieces(0, 10, 15), 30, [(1, 3)]),  # one that begins too early to follow is passed over
        (_pieces(0) + _pieces(15, session="c2", first_id=2), 30, []),
        (_pieces(0, minutes=30) + _pieces(30, first_id=2), 30, [(1,)]),
        (_pieces(0, minutes=30) + _pieces(30, first_id=2), 40, [(1, 2)]),
    ],
)
def test_every_shortest_run_that_is_long_enough_is_found(
    pieces: list[Piece], minutes: int, found: list[tuple[int, ...]]
) -> None:
    shuffled = random.Random(1).sample(pieces, len(pieces))
    assert [tuple(piece.id for piece in run) for run in runs(shuffled, minutes=minutes)] == found


def test_a_piece_of_another_type_at_the_same_time_does_not_hide_the_one_that_fits() -> None:
    odd = Piece(9, replace(LINK, slot_type="Nurse", window=_window(15)))
    found = runs([*_pieces(0, 15), odd], minutes=30)
    assert [tuple(piece.id for piece in run) for run in found] == [(1, 2)]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 12), st.sampled_from([5, 10, 15, 30]), st.sampled_from("ab"), st.sampled_from(["x", "y"])
        ),
        max_size=14,
    ),
    st.sampled_from([10, 15, 20, 30, 45]),
)
def test_every_run_joins_is_long_enough_and_not_one_slot_too_long(
    drawn: list[tuple[int, int, str, str]], minutes: int
) -> None:
    pieces = [
        Piece(number, replace(LINK, session=session, slot_type=kind, window=_window(start * 5, length)))
        for number, (start, length, session, kind) in enumerate(drawn)
    ]
    found = runs(pieces, minutes=minutes)
    wanted = timedelta(minutes=minutes)
    for run in found:
        assert rules.joins([piece.link for piece in run]) is None
        assert run[-1].link.window.end - run[0].link.window.start >= wanted
        assert len(run) == 1 or run[-2].link.window.end - run[0].link.window.start < wanted
    assert len({run[0].id for run in found}) == len(found)
    alone = {piece.id for piece in pieces if piece.link.window.length >= wanted}
    assert alone <= {run[0].id for run in found}


@pytest.mark.parametrize("interpreter", ["", "Polish", "British Sign Language"])
def test_the_note_leaves_room_for_the_interpreter(interpreter: str) -> None:
    room = rules.note_room(interpreter)
    assert len(rules.interpreter_words(interpreter)) + room == COMMENT_ROOM
    assert rules.note_refusal("x" * room, interpreter) is None
    too_long = rules.note_refusal("x" * (room + 1), interpreter)
    assert too_long is not None and too_long.field == "comment" and f"{room} characters" in too_long.message
