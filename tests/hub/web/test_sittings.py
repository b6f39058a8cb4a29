"""An account with its weights: small things of one sitting in one row, looks and refusals by themselves, all there."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from accountability.accounts import Line
from hub.web.oversight.sittings import LASTS, Told, in_sittings
from tests.hub.web.overseers import LINE
from vocabulary.identifiers import NHSNumber

BOB = NHSNumber("9990000026")


def acts(*said: str, every: timedelta = timedelta(seconds=20), **same: object) -> list[Line]:
    """Acts of one person about one patient, the latest first."""
    return [
        replace(LINE, id=100 - number, at=LINE.at - number * every, act=act, outcome="done", **same)  # type: ignore[arg-type]
        for number, act in enumerate(said)
    ]


def in_short(rows: list[Told]) -> list[object]:
    return [len(row.small) or row.line.id for row in rows]


def test_twelve_minutes_of_one_clinician_are_two_looks_and_one_row_of_small_things() -> None:
    lines = acts(
        "booking.viewed", "record.shown", "permit.view-record", "booking.viewed", "record.shown", "visit.noted"
    )
    rows = in_sittings(lines, {})
    assert in_short(rows) == [99, 96, 4]
    assert [row.heavy for row in rows] == [True, True, False]
    assert rows[2].kinds.startswith("Opened a booking, or a list of bookings (2 times)")
    assert rows[2].between == f"{rows[2].small[-1].at} to {rows[2].small[0].at.rpartition(', ')[2]}"


def test_one_small_thing_is_a_row_and_a_refusal_is_never_folded() -> None:
    assert in_short(in_sittings(acts("booking.viewed", "record.shown"), {})) == [100, 99]
    asked = in_sittings(acts("message.sent", "permit.send-task"), {})
    assert [len(row.small) for row in asked] == [0, 1], "what was done says that it was allowed"
    assert in_short(in_sittings(acts("permit.send-task"), {})) == [100]
    refused = [replace(line, outcome="refused") for line in acts("permit.book", "permit.book", "permit.book")]
    assert [row.heavy for row in in_sittings(refused, {})] == [True] * 3


def test_other_people_other_patients_and_other_times_are_other_sittings() -> None:
    lines = acts("booking.viewed", "booking.viewed", every=LASTS + timedelta(seconds=1))
    assert in_short(in_sittings(lines, {})) == [100, 99]
    two = acts("booking.viewed", "booking.viewed")
    for change in ({"user_id": "else"}, {"nhs_number": BOB}):
        assert in_short(in_sittings([two[0], replace(two[1], **change)], {})) == [100, 99]  # type: ignore[arg-type]


def test_about_nobody_in_particular_the_order_is_the_times() -> None:
    lines = acts("booking.viewed", "session.role-taken", "booking.viewed", nhs_number=None, about_a_patient=False)
    assert in_short(in_sittings(lines, {})) == [2, 99]


def test_a_message_whose_text_had_gone_is_a_small_thing() -> None:
    gone, read = (acts("message.opened", "booking.viewed", detail={"text": text}) for text in (False, True))
    assert (in_short(in_sittings(gone, {})), in_short(in_sittings(read, {}))) == ([2], [100, 99])


def test_who_asks_for_one_kind_gets_each_by_itself() -> None:
    assert in_short(in_sittings(acts("permit.book", "permit.book"), {}, fold=False)) == [100, 99]


def test_a_mistake_can_be_said_once_a_sitting_at_the_look_or_else_at_the_small_things() -> None:
    with_look = in_sittings(acts("booking.viewed", "record.shown", "booking.viewed"), {})
    assert [row.flag.id if row.flag else None for row in with_look] == [99, None]
    (small,) = in_sittings(acts("booking.viewed", "booking.viewed"), {})
    assert small.flag is not None and small.flag.id == 100


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["booking.viewed", "permit.book", "record.shown", "hold.taken", "booking.booked"]),
            st.sampled_from(["a", "b"]),
            st.sampled_from(["done", "refused"]),
            st.integers(0, 1200),
        ),
        max_size=25,
    )
)
def test_every_act_is_in_one_row_whatever_there_is(told: list[tuple[str, str, str, int]]) -> None:
    at, lines = LINE.at, []
    for number, (act, user, outcome, later) in enumerate(told):
        at -= timedelta(seconds=later)
        lines.append(replace(LINE, id=number, at=at, act=act, user_id=user, outcome=outcome))
    shown = [each.id for row in in_sittings(lines, {}) for each in (row.small or (row.line,))]
    assert sorted(shown) == list(range(len(told)))
