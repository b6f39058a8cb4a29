"""What My session says beside a patient: changes at the host, namesakes, the part of the day, what is heard."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.web.clinic.session_words import booking_notice, heading, host_notice, namesakes, report_words
from scheduling.host_words import AtHost, HostSays
from scheduling.reporting import VisitReport
from tests.hub.web.fakes import NOW, OTHER_REF, REF, booking_view
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import NHSNumber
from vocabulary.times import Window

START = booking_view().facts.window.start
LATER = Window(START + timedelta(minutes=30), START + timedelta(minutes=40))
TOMORROW = Window(START + timedelta(days=1), START + timedelta(days=1, minutes=10))


def at_host(says: HostSays, window: Window | None = None, handled: str = "") -> AtHost:
    return AtHost(says, NOW, window, handled)


@pytest.mark.parametrize(
    ("state", "there", "here", "booker"),
    [
        (BookingState.BOOKED, at_host(HostSays.MOVED, LATER), "to 7.20pm", "The patient was told 6.50pm"),
        (BookingState.BOOKED, at_host(HostSays.MOVED, TOMORROW), "to 6.50pm on Wed 25 Nov", "Ring them"),
        (BookingState.BOOKED, at_host(HostSays.ABSENT), "No longer in your own system", "no longer shows"),
        (BookingState.CANCELLED, at_host(HostSays.CANCELLED), "Cancelled in your own system", "Tell the patient"),
        (BookingState.CANCELLED, at_host(HostSays.HELD), "shown there again", "Ring them"),
    ],
)
def test_each_change_is_said_to_the_host_and_to_whoever_booked(
    state: BookingState, there: AtHost, here: str, booker: str
) -> None:
    found = booking_view(state=state, at_host=there, cancel_reason=CancellationReason.HOST_CANCELLED)
    to_host, to_booker = host_notice(found, NOW), booking_notice(found, NOW)
    assert to_host is not None and to_booker is not None
    assert here in to_host.words and "The hub found it at" in to_host.words and "Beechwood Surgery" in to_host.more
    assert booker in f"{to_booker.words} {to_booker.more}"


def test_a_practice_that_booked_at_its_own_is_told_what_to_do() -> None:
    found = booking_view(at_host=at_host(HostSays.MOVED, LATER))
    own = replace(found, booking_practice=found.facts.host)
    told = host_notice(own, NOW)
    assert told == booking_notice(own, NOW) and told is not None and "Ring them" in told.more


def test_what_the_booking_practice_did_is_said_to_the_host() -> None:
    found = booking_view(at_host=at_host(HostSays.MOVED, LATER, "Rang her, she comes then"))
    told = host_notice(found, NOW)
    assert told is not None and told.more == "Beechwood Surgery: “Rang her, she comes then”"


def test_who_cancelled_when_and_why() -> None:
    found = booking_view(
        state=BookingState.CANCELLED, cancel_reason=CancellationReason.PATIENT_ASKED, cancelled_by="Rita Okafor"
    )
    told = host_notice(found, NOW)
    assert told is not None and told.words.startswith("Cancelled: the patient asked (Rita Okafor), at ")
    moved = host_notice(replace(found, cancel_reason=CancellationReason.MOVED), NOW)
    assert moved is not None and moved.words.startswith("Moved to another time (Rita Okafor)")
    assert host_notice(booking_view(), NOW) is None and booking_notice(booking_view(), NOW) is None


def test_who_might_be_taken_for_whom() -> None:
    one = booking_view()
    same = replace(one, ref=OTHER_REF, nhs_number=NHSNumber("9990000026"))
    assert set(namesakes([one, same])) == {REF, OTHER_REF}
    assert "same name and birthday" in namesakes([one, same])[REF]
    older = replace(same, birth_date=one.birth_date - timedelta(days=4000))
    assert "check the birthday" in namesakes([one, older])[REF]
    twin = replace(same, given="Jane")
    assert "first name" in namesakes([one, twin])[OTHER_REF]
    assert namesakes([one, replace(one, ref=OTHER_REF)]) == {}, "one person twice"
    assert namesakes([one, replace(same, state=BookingState.CANCELLED)]) == {}
    assert namesakes([one, replace(same, family="Adeyemi", given="Bola")]) == {}


@pytest.mark.parametrize(
    ("hours", "said"),
    [((9,), "This morning"), ((13, 15), "This afternoon"), ((18,), "Tonight"), ((9, 18), "Today"), ((), "Today")],
)
def test_the_list_is_called_by_the_part_of_the_day(hours: tuple[int, ...], said: str) -> None:
    starts = [datetime(2026, 11, 24, hour, 30, tzinfo=UTC) for hour in hours]
    assert heading(starts) == said


def test_in_summer_five_oclock_is_by_the_clock_on_the_wall() -> None:
    assert heading([datetime(2026, 7, 24, 16, 10, tzinfo=UTC)]) == "Tonight"


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (None, ""),
        (VisitReport(heard=True, at=NOW), "Your own system knows."),
        (VisitReport(heard=False, at=NOW - timedelta(seconds=5)), ""),
        (VisitReport(heard=False, at=NOW - timedelta(seconds=40)), "has not heard yet"),
        (VisitReport(heard=False, at=NOW, failure="It did not answer."), "has not heard yet"),
        (VisitReport(heard=False, at=NOW, failure="It refused.", given_up=True), "did not take it: It refused."),
    ],
)
def test_how_far_the_practices_own_system_knows(report: VisitReport | None, said: str) -> None:
    words = report_words(report, NOW)
    assert said in words and bool(words) is bool(said)
