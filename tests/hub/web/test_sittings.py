"""An account with its weights: what matters first, the same words once with a count, small things apart, all there."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from accountability.lines import Line
from hub.web.oversight.sittings import LASTS, Sitting, in_sittings
from tests.hub.web.overseers import LINE
from vocabulary.identifiers import NHSNumber

BOB = NHSNumber("9990000026")


def acts(*said: str, every: timedelta = timedelta(seconds=20), **same: object) -> list[Line]:
    """Acts of one person about one patient, the latest first."""
    return [
        replace(LINE, id=100 - number, at=LINE.at - number * every, act=act, outcome="done", **same)  # type: ignore[arg-type]
        for number, act in enumerate(said)
    ]


def in_short(sittings: tuple[Sitting, ...]) -> list[tuple[list[tuple[int, int]], int]]:
    """Of each sitting: its rows by their latest act and how often, and how many small things."""
    return [([(row.line.id, row.times) for row in one.rows], one.how_many_small) for one in sittings]


def test_a_clinicians_twelve_minutes_are_one_look_with_a_count_and_a_row_of_small_things() -> None:
    lines = acts("booking.viewed", "record.shown", "hold.taken", "booking.viewed", "record.shown", "visit.noted")
    (sitting,) = in_sittings(lines, {})
    assert in_short((sitting,)) == [([(99, 2)], 4)]
    assert (sitting.rows[0].heavy, sitting.rows[0].when) == (True, "17:53:40 to 17:54:40")
    assert sitting.when == "24 Nov 2026, 17:53:20 to 17:55:00"
    assert [(row.line.what, row.times) for row in sitting.small] == [
        ("Opened a booking, or a list of bookings", 2),
        ("Held an appointment", 1),
        ("Noted where the patient is", 1),
    ]


def test_what_matters_comes_first_whenever_it_was() -> None:
    said = acts(
        *("visit.reported", "message.sent", "booking.booked", "permit.view-record", "record.shown", "record.shown"),
        *("permit.view-record", "glass.broken"),
    )
    told = dict(enumerate(said))
    told[5] = replace(told[5], reason="cannot-ask")
    told[6] = replace(told[6], outcome="refused", reason="no-permission")
    (sitting,) = in_sittings(list(told.values()), {})
    assert [row.line.id for row in sitting.rows] == [93, 94, 95, 96, 97, 98, 99, 100]
    assert [row.heavy for row in sitting.rows] == [True] * 4 + [False] * 4


def test_the_reads_of_one_message_are_one_row_and_of_two_messages_two() -> None:
    reads = acts(*["message.opened"] * 5, detail={"kind": "task", "message": "abc", "text": True})
    reads[1] = replace(reads[1], detail={**reads[1].detail, "message": "xyz"})
    assert in_short(in_sittings(reads, {})) == [([(100, 4), (99, 1)], 0)]
    gone = replace(reads[0], detail={**reads[0].detail, "text": False})
    assert in_short(in_sittings([gone, *reads[1:]], {})) == [([(99, 1), (98, 3)], 1)], "nothing was there to be read"


def test_two_documents_of_one_day_are_two_rows() -> None:
    opened = acts(*["record.document-shown"] * 3, detail={"document": "abc", "made": "2026-01-05"})
    opened[1] = replace(opened[1], detail={**opened[1].detail, "document": "xyz"})
    assert in_short(in_sittings(opened, {})) == [([(100, 2), (99, 1)], 0)]


def test_refusals_for_different_reasons_are_told_apart_and_never_small() -> None:
    refused = [replace(line, outcome="refused", reason="suspended") for line in acts(*["permit.book"] * 3)]
    refused[2] = replace(refused[2], reason="no-agreement")
    (sitting,) = in_sittings(refused, {})
    assert in_short((sitting,)) == [([(100, 2), (98, 1)], 0)] and all(row.heavy for row in sitting.rows)


def test_one_small_thing_alone_is_a_row() -> None:
    assert in_short(in_sittings(acts("permit.send-task"), {})) == [([(100, 1)], 0)]
    assert in_short(in_sittings(acts("message.sent", "permit.send-task"), {})) == [([(100, 1)], 1)]


def test_other_people_other_patients_and_other_times_are_other_sittings() -> None:
    lines = acts("booking.viewed", "booking.viewed", every=LASTS + timedelta(seconds=1))
    assert len(in_sittings(lines, {})) == 2
    two = acts("booking.viewed", "booking.viewed")
    for change in ({"user_id": "else"}, {"nhs_number": BOB}):
        assert len(in_sittings([two[0], replace(two[1], **change)], {})) == 2  # type: ignore[arg-type]


def test_in_an_account_of_one_patient_what_names_only_their_booking_is_about_them_too() -> None:
    two = acts("record.shown", "attention.settled")
    two[1] = replace(two[1], nhs_number=None, booking_ref="7KQ4MPXB")
    assert [len(in_sittings(two, {}, of_one_patient=one)) for one in (True, False)] == [1, 2]


def test_over_midnight_both_days_are_said() -> None:
    late = [replace(line, at=line.at - timedelta(hours=17, minutes=50)) for line in acts("a.b", "a.c")]
    late[1] = replace(late[1], at=late[1].at - timedelta(minutes=10))
    (sitting,) = in_sittings(late, {})
    assert sitting.when == "23 Nov 2026, 23:54:40 to 24 Nov 2026, 00:05:00"


def test_who_asks_for_one_kind_gets_each_by_itself_and_in_its_turn() -> None:
    lines = acts("permit.book", "record.shown", "permit.book")
    assert in_short(in_sittings(lines, {}, fold=False)) == [([(100, 1), (99, 1), (98, 1)], 0)]


def test_a_mistake_can_be_said_once_a_sitting_at_the_weightiest_look_and_then_no_more() -> None:
    look = acts("booking.viewed", "record.shown", "booking.viewed")
    for lines, flag in ((look, 99), (acts("booking.viewed", "booking.viewed"), 100)):
        (sitting,) = in_sittings(lines, {})
        assert sitting.flag is not None and (sitting.flag.id, sitting.mistake_said) == (flag, False)
    said = replace(LINE, id=101, act="access.mistake-said", detail={"event": 98})
    (sitting,) = in_sittings([said, *look], {})
    assert (sitting.flag, sitting.mistake_said) == (None, True)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["booking.viewed", "permit.book", "record.shown", "hold.taken", "booking.booked"]),
            st.sampled_from(["a", "b"]),
            st.sampled_from(["done", "refused"]),
            st.integers(0, 1200),
        ),
        max_size=25,
    ),
    st.booleans(),
)
def test_every_act_is_counted_once_whatever_there_is(told: list[tuple[str, str, str, int]], fold: bool) -> None:
    at, lines = LINE.at, []
    for number, (act, user, outcome, later) in enumerate(told):
        at -= timedelta(seconds=later)
        lines.append(replace(LINE, id=number, at=at, act=act, user_id=user, outcome=outcome))
    sittings = in_sittings(lines, {}, fold=fold)
    assert sum(row.times for one in sittings for row in (*one.rows, *one.small)) == len(told)
    ends = [one.last.id for one in sittings]
    assert ends == sorted(ends), "the one that ended last is the first"
