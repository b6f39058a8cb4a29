"""What a provider refuses: searches, bookings, changes; and whom a slot is open to, as the standard's table has it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gp_connect import appointments, names
from gp_connect.elements import parse
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import booking, changing, searching
from gp_connect.provider_rules.restrictions import Restriction, admits, open_at
from gp_connect.slot_search import INCLUDE_SCHEDULE, Asker, query
from tests.gp_connect.strategies import HOST
from tests.gp_connect.test_appointments import BESIDE, HELD, a_request
from tests.gp_connect.test_slots import diary
from vocabulary.identifiers import OdsCode
from vocabulary.slots import DeliveryChannel
from vocabulary.times import Window

A, B = OdsCode("Y90001"), OdsCode("Y90002")
GP, URGENT = names.GP_PRACTICE, names.URGENT_CARE
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Rejected) as caught:
        act()
    return caught.value.code.code


# --- Whom a slot is open to -------------------------------------------------------------------------------------

# Rows: what the consumer sent. Columns: no restriction, type only, code only, both (type GP, code A).
TRUTH = {
    Asker(): (True, False, False, False),
    Asker(kind=GP): (True, True, False, False),
    Asker(kind=URGENT): (True, False, False, False),
    Asker(ods=A): (True, False, True, False),
    Asker(ods=B): (True, False, False, False),
    Asker(ods=A, kind=GP): (True, True, True, True),
    Asker(ods=A, kind=URGENT): (True, False, True, False),
    Asker(ods=B, kind=GP): (True, True, False, False),
    Asker(ods=B, kind=URGENT): (True, False, False, False),
}
RESTRICTIONS = (
    Restriction(),
    Restriction(kinds=frozenset({GP})),
    Restriction(ods_codes=frozenset({A})),
    Restriction(kinds=frozenset({GP}), ods_codes=frozenset({A})),
)


@pytest.mark.parametrize("asker", TRUTH, ids=str)
def test_the_table_of_slot_restrictions(asker: Asker) -> None:
    assert tuple(admits(restriction, asker) for restriction in RESTRICTIONS) == TRUTH[asker]


@given(
    st.frozensets(st.sampled_from([GP, URGENT])),
    st.frozensets(st.sampled_from([A, B])),
    st.sampled_from(["", GP, URGENT]),
    st.sampled_from([None, A, B]),
)
def test_sending_more_never_hides_a_slot(
    kinds: frozenset[str], codes: frozenset[OdsCode], kind: str, ods: OdsCode | None
) -> None:
    restriction = Restriction(kinds=kinds, ods_codes=codes)
    if admits(restriction, Asker()):
        assert admits(restriction, Asker(ods, kind))
    assert not admits(Restriction(bookable=False, kinds=kinds, ods_codes=codes), Asker(ods, kind))


def test_embargo_and_booking_window_open_and_close_on_time() -> None:
    restriction = Restriction(embargo=timedelta(hours=48), closes=timedelta(hours=1))
    start = NOW + timedelta(days=7)
    assert not open_at(restriction, start, start - timedelta(hours=48, seconds=1))
    assert open_at(restriction, start, start - timedelta(hours=48))
    assert open_at(restriction, start, start - timedelta(hours=1))
    assert not open_at(restriction, start, start - timedelta(minutes=59))
    assert open_at(restriction, start, start + timedelta(minutes=1))  # past slots stay visible


# --- Searches ---------------------------------------------------------------------------------------------------


def search(**changes: str | None) -> list[tuple[str, str]]:
    window = Window.of_days(date(2026, 6, 2), date(2026, 6, 15))
    kept = [pair for pair in query(window, A) if pair[0] not in changes]
    return kept + [(name, value) for name, value in changes.items() if value is not None]


@pytest.mark.parametrize(
    "parameters",
    [
        search(status="busy"),
        search(start="2026-06-02"),
        search(start="gt2026-06-02"),
        search(end="lt2026-06-15"),
        search(start="ge2026-06"),
        search(start="ge2026-06-02T10:00:00"),
        search(start="ge2026-06-02T10:00:00 01:00"),
        search(start="ge2026-06-31"),
        search(start="ge2026-06-20"),
        search(end="le9999-12-31"),
        [*search(), ("start", "ge2026-06-02")],
        [*search(), ("status", "free")],
        search(searchFilter=f"{names.ODS_CODE}|?"),
    ],
)
def test_a_search_that_breaks_a_rule_is_an_invalid_parameter(parameters: list[tuple[str, str]]) -> None:
    assert refused(lambda: searching.free_slots(parameters)) == "INVALID_PARAMETER"


@pytest.mark.parametrize(
    ("start", "end", "accepted"),
    [
        ("2026-06-02", "2026-06-16", True),
        ("2026-06-02", "2026-06-17", False),
        ("2026-06-02T00:00:00+01:00", "2026-06-16T00:00:00+01:00", True),
        ("2026-06-02T00:00:00+01:00", "2026-06-16T23:59:59+01:00", True),
        ("2026-06-02T00:00:00+01:00", "2026-06-17T00:00:00+01:00", False),
        # Both clock changes: two calendar weeks, whatever the hours in them
        ("2026-03-22T00:00:00+00:00", "2026-04-05T00:00:00+01:00", True),
        ("2026-03-22T00:00:00+00:00", "2026-04-06T00:00:00+01:00", False),
        ("2026-10-18T00:00:00+01:00", "2026-11-01T00:00:00+00:00", True),
        ("2026-10-18T00:00:00+01:00", "2026-11-01T23:59:59+00:00", True),
        ("2026-10-18T00:00:00+01:00", "2026-11-02T00:00:00+00:00", False),
        ("2001-06-02", "2001-06-03", True),
    ],
)
def test_two_weeks_may_be_searched_and_from_fifteen_days_on_not(start: str, end: str, accepted: bool) -> None:
    parameters = [("status", "free"), INCLUDE_SCHEDULE, ("start", f"ge{start}"), ("end", f"le{end}")]
    if accepted:
        assert searching.free_slots(parameters).window.length <= timedelta(days=15, hours=1)
    else:
        assert refused(lambda: searching.free_slots(parameters)) == "INVALID_PARAMETER"


@pytest.mark.parametrize("name", ["status", "_include", "start", "end"])
def test_a_search_without_what_every_search_must_have_is_a_bad_request(name: str) -> None:
    assert refused(lambda: searching.free_slots(search(**{name: None}))) == "BAD_REQUEST"


def test_a_search_that_ends_as_it_starts_is_allowed_and_finds_nothing() -> None:
    moment = "2026-06-02T10:00:00+01:00"
    window = searching.free_slots(search(start=f"ge{moment}", end=f"le{moment}")).window
    assert window.length == timedelta(seconds=1)


def test_what_the_hub_asks_across_the_october_change_is_accepted() -> None:
    window = Window.of_days(date(2026, 10, 19), date(2026, 11, 1))
    assert searching.free_slots(query(window, HOST)).window == window


@pytest.mark.parametrize("now", [datetime(2026, 6, 1, 22, 59, tzinfo=UTC), NOW])
def test_appointments_are_retrieved_from_today_on(now: datetime) -> None:
    window = searching.appointments([("start", "ge2026-06-01"), ("start", "le2026-06-03")], now)
    assert window == Window.of_days(date(2026, 6, 1), date(2026, 6, 3))


@pytest.mark.parametrize(
    "starts",
    [
        ["ge2026-06-01"],
        ["ge2026-06-01", "ge2026-06-02"],
        ["ge2026-05-31", "le2026-06-02"],
        ["ge2026-06-03", "le2026-06-02"],
        ["ge2026-06-01T00:00:00+01:00", "le2026-06-02"],
        ["2026-06-01", "le2026-06-02"],
        ["ge2026-06-01", "le2026-06-02", "le2026-06-03"],
        ["ge2026-06-01", "le9999-12-31"],
        [],
    ],
)
def test_a_retrieval_that_breaks_a_rule_is_an_invalid_parameter(starts: list[str]) -> None:
    assert refused(lambda: searching.appointments([("start", s) for s in starts], NOW)) == "INVALID_PARAMETER"


def test_today_is_today_in_england() -> None:
    """At 23:30 UTC in June it is tomorrow there."""
    late = datetime(2026, 6, 1, 23, 30, tzinfo=UTC)
    starts = [("start", "ge2026-06-01"), ("start", "le2026-06-03")]
    assert refused(lambda: searching.appointments(starts, late)) == "INVALID_PARAMETER"


@pytest.mark.parametrize(
    ("identifiers", "code"),
    [
        ([], "BAD_REQUEST"),
        (["9990000018"], "INVALID_PARAMETER"),
        (["https://example.org|9990000018"], "INVALID_IDENTIFIER_SYSTEM"),
        ([f"{names.NHS_NUMBER}|9990000019"], "INVALID_NHS_NUMBER"),
        ([f"{names.NHS_NUMBER}|9990000018"] * 2, "BAD_REQUEST"),
    ],
)
def test_finding_a_patient_takes_one_valid_nhs_number(identifiers: list[str], code: str) -> None:
    assert refused(lambda: searching.nhs_number([("identifier", each) for each in identifiers])) == code


# --- Booking ----------------------------------------------------------------------------------------------------


def booked(**changes: Any) -> dict[str, Any]:
    """A good booking request, some elements changed (None: left out)."""
    resource = parse(json.dumps(appointments.booking(a_request())))
    return {name: value for name, value in {**resource, **changes}.items() if value is not None}


def contained(**changes: Any) -> list[dict[str, Any]]:
    organisation = {**booked()["contained"][0], **changes}
    return [{name: value for name, value in organisation.items() if value is not None}]


PARTICIPANTS = booked()["participant"]


@pytest.mark.parametrize(
    "resource",
    [
        booked(resourceType="Slot"),
        booked(meta=None),
        booked(meta={"profile": ["https://example.org/other"]}),
        booked(status="pending"),
        booked(status=None),
        *[booked(**{name: [{"text": "x"}]}) for name in booking.FORBIDDEN],
        booked(identifier=[{"system": "s", "value": "v", "use": "usual"}]),
        booked(slot=None),
        booked(slot=[{"reference": "Slot/1"}, {"reference": "Slot/1"}]),
        booked(slot=[{"reference": "Schedule/1"}]),
        booked(start=None),
        booked(start="2026-08-14T18:30:00"),
        booked(end="2026-08-14T01:00:00Z"),
        booked(created=None),
        booked(description=None),
        booked(description="  "),
        booked(description="x" * 101),
        booked(comment="x" * 501),
        booked(participant=None),
        booked(participant=PARTICIPANTS[:1]),
        booked(participant=PARTICIPANTS[1:]),
        booked(participant=[*PARTICIPANTS, PARTICIPANTS[0]]),
        booked(participant=[*PARTICIPANTS, {"status": "accepted"}]),
        booked(participant=[{**each, "status": "declined"} for each in PARTICIPANTS]),
        booked(extension=None),
        booked(contained=None),
        booked(contained=contained(telecom=None)),
        booked(contained=contained(name=None)),
        booked(contained=contained(identifier=None)),
        booked(contained=contained(id="2")),
        booked(extension=[*booked()["extension"], {"url": names.CANCELLATION_REASON, "valueString": "x"}]),
    ],
)
def test_a_booking_that_breaks_a_rule_of_form_is_an_invalid_resource(resource: dict[str, Any]) -> None:
    booking.read(booked())
    assert refused(lambda: booking.read(resource)) == "INVALID_RESOURCE"


def test_a_client_may_not_choose_the_id() -> None:
    assert refused(lambda: booking.read(booked(id="9"))) == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("description", "comment"), [("x" * 100, "y" * 500), ("é" * 100, ""), ("x", "[7222-222D] " + "y" * 488)]
)
def test_texts_of_the_longest_allowed_length_pass(description: str, comment: str) -> None:
    asked = booking.read(booked(description=description, comment=comment or None))
    assert (asked.description, asked.comment) == (description, comment)


def test_slots_that_may_be_booked_together() -> None:
    booking.check_slots(booking.read(booked()), diary(2), NOW)


@pytest.mark.parametrize(
    "slots",
    [
        (diary(3)[0], diary(3)[2]),
        (diary(2)[1], diary(2)[0]),
        diary(1),
        diary(3),
        (diary(2)[0], diary(2, start=datetime(2026, 8, 14, 17, 31, tzinfo=UTC))[1]),
    ],
)
def test_slots_that_do_not_touch_or_do_not_fill_the_times_are_refused(slots: Any) -> None:
    assert refused(lambda: booking.check_slots(booking.read(booked()), slots, NOW)) == "INVALID_RESOURCE"


def test_adjacent_slots_must_share_session_channel_and_type() -> None:
    first, second = diary(2)
    others = (
        replace(second, session=replace(second.session, host_id="15")),
        replace(second, channel=DeliveryChannel.VIDEO),
        replace(second, slot_type="Something else"),
    )
    for other in others:
        assert refused(lambda other=other: booking.check_slots(booking.read(booked()), (first, other), NOW))  # type: ignore[misc]
    visit = tuple(replace(slot, channel=DeliveryChannel.OTHER) for slot in (first, second))
    assert refused(lambda: booking.check_slots(booking.read(booked()), visit, NOW)) == "INVALID_RESOURCE"


def test_only_the_future_can_be_booked() -> None:
    start = diary(1)[0].window.start
    asked = booking.read(booked())
    booking.check_slots(asked, diary(2), start - timedelta(seconds=1))
    assert refused(lambda: booking.check_slots(asked, diary(2), start)) == "INVALID_RESOURCE"


# --- Changing ---------------------------------------------------------------------------------------------------


def held(**changes: Any) -> dict[str, Any]:
    resource = parse(json.dumps(appointments.write(HELD, BESIDE)))
    return {name: value for name, value in {**resource, **changes}.items() if value is not None}


def test_an_amendment_gives_the_two_texts() -> None:
    form = appointments.amended_form(held(), description="New", comment="")
    assert changing.amended_texts(form, held(), version="3", now=NOW) == ("New", "")
    assert changing.amended_texts(form, held(), version="", now=NOW) == ("New", "")


def test_a_cancellation_gives_its_reason() -> None:
    form = appointments.cancelled_form(held(), "Booked in error")
    assert changing.cancellation_reason(form, held(), version="3", now=NOW) == "Booked in error"


@pytest.mark.parametrize("act", ["amend", "cancel"])
@pytest.mark.parametrize(
    "changes",
    [
        {"start": "2026-06-09T18:31:00+01:00"},
        {"end": None},
        {"id": "10"},
        {"slot": [{"reference": "Slot/1"}]},
        {"participant": [*PARTICIPANTS[1:], {"actor": {"reference": "Patient/78"}}]},
        {"created": "2026-06-02T00:00:00+00:00"},
        {"contained": []},
        {"reason": [{"text": "x"}]},
        {"meta": {}},
        {"resourceType": "Slot"},
    ],
)
def test_nothing_else_may_change(act: str, changes: dict[str, Any]) -> None:
    if act == "amend":
        form = appointments.amended_form(held(**changes), description="New", comment="")
        assert refused(lambda: changing.amended_texts(form, held(), version="", now=NOW)) == "INVALID_RESOURCE"
    else:
        form = appointments.cancelled_form(held(**changes), "x")
        assert refused(lambda: changing.cancellation_reason(form, held(), version="", now=NOW)) == "INVALID_RESOURCE"


def test_service_type_and_category_are_ignored_and_times_may_be_in_another_offset() -> None:
    sent = held(serviceType=[{"text": "x"}], serviceCategory=None, start="2026-06-09T17:30:00Z")
    form = appointments.cancelled_form(sent, "x")
    assert changing.cancellation_reason(form, held(), version="", now=NOW) == "x"


def test_a_stale_version_is_a_conflict() -> None:
    form = appointments.cancelled_form(held(), "x")
    stale = refused(lambda: changing.cancellation_reason(form, held(), version="2", now=NOW))
    assert stale == "FHIR_CONSTRAINT_VIOLATION"


BACKWARDS = {"start": "2026-06-09T18:30:00+01:00", "end": "2026-06-09T18:00:00+01:00"}


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (BACKWARDS, "it ends before it starts"),
        ({"end": "2026-06-09T18:45"}, "a time is not of the form yyyy-mm-ddThh:mm:ss with an offset"),
    ],
)
def test_what_is_wrong_with_times_is_said_as_it_is(times: dict[str, str], said: str) -> None:
    form = appointments.cancelled_form(held(), "x")
    with pytest.raises(Rejected) as booked_so:
        booking.read(booked(**times))
    with pytest.raises(Rejected) as changed_so:
        changing.cancellation_reason({**form, **times}, held(), version="", now=NOW)
    assert booked_so.value.diagnostics == f"start, end and created: {said}"
    assert changed_so.value.diagnostics == f"start and end: {said}"


def test_another_resource_than_an_appointment_is_named_without_an_article() -> None:
    with pytest.raises(Rejected) as refusal:
        booking.read({**booked(), "resourceType": "Slot"})
    assert "expected the resource type Appointment, found another" in refusal.value.diagnostics


def test_past_and_visits_and_cancelled_ones_cannot_be_changed() -> None:
    late = datetime(2026, 6, 9, 17, 30, tzinfo=UTC)
    form = appointments.cancelled_form(held(), "x")
    assert refused(lambda: changing.cancellation_reason(form, held(), version="", now=late)) == "INVALID_RESOURCE"
    visit = held(extension=[*held()["extension"][:1], {"url": names.DELIVERY_CHANNEL, "valueCode": "Visit"}])
    assert refused(lambda: changing.cancellation_reason(form, visit, version="", now=NOW)) == "INVALID_RESOURCE"
    gone = held(status="cancelled")
    assert refused(lambda: changing.cancellation_reason(form, gone, version="", now=NOW)) == "INVALID_RESOURCE"
    amended = appointments.amended_form(held(), description="New", comment="")
    assert refused(lambda: changing.amended_texts(amended, gone, version="", now=NOW)) == "INVALID_RESOURCE"


def test_cancelling_takes_a_reason_and_leaves_the_texts() -> None:
    without = held(status="cancelled")
    assert refused(lambda: changing.cancellation_reason(without, held(), version="", now=NOW)) == "INVALID_RESOURCE"
    reworded = appointments.cancelled_form(held(description="New"), "x")
    assert refused(lambda: changing.cancellation_reason(reworded, held(), version="", now=NOW)) == "INVALID_RESOURCE"
    still_booked = {**appointments.cancelled_form(held(), "x"), "status": "booked"}
    assert refused(lambda: changing.cancellation_reason(still_booked, held(), version="", now=NOW))


def test_amending_carries_no_reason_and_no_new_status() -> None:
    form = appointments.cancelled_form(held(), "x")
    assert refused(lambda: changing.amended_texts(form, held(), version="", now=NOW)) == "INVALID_RESOURCE"
    with_reason = {**form, "status": "booked"}
    assert refused(lambda: changing.amended_texts(with_reason, held(), version="", now=NOW)) == "INVALID_RESOURCE"
    too_long = appointments.amended_form(held(), description="x" * 101, comment="")
    assert refused(lambda: changing.amended_texts(too_long, held(), version="", now=NOW)) == "INVALID_RESOURCE"
