"""Free slots on the wire: what is written is read back, suppliers' habits are tolerated, half an answer is refused."""

import json
import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fhir.resources.STU3.bundle import Bundle
from hypothesis import given
from hypothesis import strategies as st

from gp_connect import slot_search, slots
from gp_connect.elements import Unreadable, parse
from gp_connect.organisations import Organisation
from gp_connect.slots import Includes
from tests.gp_connect.strategies import HOST, slot_lists
from vocabulary.identifiers import OdsCode
from vocabulary.slots import ClinicSession, DeliveryChannel, Gender, Location, Practitioner, Slot
from vocabulary.times import Window, at_london

OWN = Organisation(HOST, "Host Surgery", "0117 496 0003", host_id="23")
SESSION = ClinicSession(
    "14",
    "Evening clinic",
    Location("17", "Host Surgery", ("1 High Street", "Bristol"), "BS1 4DJ", "0117 496 0003"),
    Practitioner("2", "Sarah Black", Gender.FEMALE),
    "R0260",
)


def diary(number: int = 1, start: datetime = datetime(2026, 8, 14, 17, 30, tzinfo=UTC)) -> tuple[Slot, ...]:
    length = timedelta(minutes=10)
    return tuple(
        Slot(
            HOST,
            str(each),
            Window(start + each * length, start + (each + 1) * length),
            DeliveryChannel.IN_PERSON,
            "Extended access GP",
            SESSION,
        )
        for each in range(number)
    )


def wire(*found: Slot) -> dict[str, Any]:
    return parse(json.dumps(slots.write(found, Includes(OWN))))


def resource(bundle: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind)


@given(slot_lists())
def test_what_is_written_is_read_back(found: tuple[Slot, ...]) -> None:
    assert slots.read(wire(*found), HOST) == found


@given(slot_lists())
def test_a_second_reader_of_fhir_accepts_the_bundle(found: tuple[Slot, ...]) -> None:
    Bundle.model_validate(wire(*found))


@pytest.mark.parametrize(
    ("day", "clock", "written"),
    [
        (date(2026, 3, 28), "18:30", "2026-03-28T18:30:00+00:00"),
        (date(2026, 3, 29), "00:30", "2026-03-29T00:30:00+00:00"),
        (date(2026, 3, 29), "02:30", "2026-03-29T02:30:00+01:00"),
        (date(2026, 10, 25), "00:30", "2026-10-25T00:30:00+01:00"),
        (date(2026, 10, 25), "02:30", "2026-10-25T02:30:00+00:00"),
        (date(2026, 10, 26), "18:30", "2026-10-26T18:30:00+00:00"),
    ],
)
def test_times_are_written_in_england_s_season(day: date, clock: str, written: str) -> None:
    start = at_london(day, datetime.strptime(clock, "%H:%M").time())  # noqa: DTZ007
    assert resource(wire(*diary(start=start)), "Slot")["start"] == written


def test_the_hour_the_clock_repeats_keeps_its_two_passes_apart() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    found = diary(start=first) + diary(start=first + timedelta(hours=1))
    texts = [entry["resource"]["start"] for entry in wire(*found)["entry"][:2]]
    assert texts == ["2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00+00:00"]
    assert [slot.window for slot in slots.read(wire(*found), HOST)] == [slot.window for slot in found]


@pytest.mark.parametrize("sent", ["2026-08-14T17:30:00Z", "2026-08-14T17:30:00.000+00:00", "2026-08-14T19:30:00+02:00"])
def test_any_offset_is_read_as_the_moment_it_names(sent: str) -> None:
    bundle = wire(*diary())
    resource(bundle, "Slot")["start"] = sent
    assert slots.read(bundle, HOST)[0].window.start == datetime(2026, 8, 14, 17, 30, tzinfo=UTC)


def test_an_empty_diary_is_no_slots_and_no_organisation() -> None:
    assert "entry" not in wire()  # FHIR forbids empty lists
    assert slots.read(wire(), HOST) == ()
    assert slots.read({"resourceType": "Bundle", "type": "searchset"}, HOST) == ()


def test_extensions_are_found_by_their_address_wherever_they_stand() -> None:
    bundle = wire(*diary())
    stranger = {"url": "https://example.org/first", "valueCode": "Video"}
    resource(bundle, "Slot")["extension"].insert(0, stranger)
    resource(bundle, "Schedule")["extension"].insert(0, stranger)
    assert slots.read(bundle, HOST) == diary()


def test_what_suppliers_leave_out_is_missing_and_no_error() -> None:
    bundle = wire(*diary())
    for name in ("serviceType", "extension"):
        del resource(bundle, "Slot")[name]
    schedule = resource(bundle, "Schedule")
    schedule["actor"] = [{"reference": "Location/17"}]
    for name in ("extension", "serviceCategory"):
        del schedule[name]
    del resource(bundle, "Location")["address"]
    bundle["entry"] = [
        e for e in bundle["entry"] if e["resource"]["resourceType"] not in ("Practitioner", "Organization")
    ]
    (slot,) = slots.read(bundle, HOST)
    assert slot.channel is DeliveryChannel.OTHER
    assert slot.slot_type == ""
    assert slot.session == ClinicSession("14", "", Location("17", "Host Surgery", phone="0117 496 0003"))


def test_a_slot_whose_schedule_did_not_come_along_keeps_its_session_s_identity() -> None:
    bundle = wire(*diary())
    bundle["entry"] = bundle["entry"][:1]
    assert slots.read(bundle, HOST)[0].session == ClinicSession("14", "")


def test_unasked_resources_and_unknown_elements_are_ignored() -> None:
    bundle = wire(*diary())
    bundle["entry"].insert(0, {"resource": {"resourceType": "HealthcareService", "id": "9"}})
    resource(bundle, "Slot")["comment"] = {"nobody": "knows"}
    assert slots.read(bundle, HOST) == diary()


def test_the_published_habit_of_lone_objects_where_lists_belong_is_read() -> None:
    bundle = wire(*diary())
    place = resource(bundle, "Location")
    place["telecom"] = place["telecom"][0]
    assert slots.read(bundle, HOST)[0].session.location == SESSION.location


def test_only_free_slots_count() -> None:
    bundle = wire(*diary(2))
    resource(bundle, "Slot")["status"] = "busy"
    assert [slot.host_id for slot in slots.read(bundle, HOST)] == ["1"]


@pytest.mark.parametrize("name", ["id", "start", "end", "schedule"])
def test_a_slot_without_what_makes_it_one_spoils_the_answer(name: str) -> None:
    bundle = wire(*diary(2))
    del resource(bundle, "Slot")[name]
    with pytest.raises(Unreadable, match=name):
        slots.read(bundle, HOST)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda bundle: bundle.update(resourceType="OperationOutcome"),
        lambda bundle: bundle.update(link=[{"relation": "next", "url": "x"}]),
        lambda bundle: bundle.update(total=7),
        lambda bundle: bundle["entry"].append({"fullUrl": "x"}),
        lambda bundle: resource(bundle, "Slot").update(end="2026-08-14T18:30:00+01:00"),
        lambda bundle: resource(bundle, "Slot").update(start="2026-08-14"),
        lambda bundle: resource(bundle, "Slot").update(start="2026-08-14T18:30:00"),
        lambda bundle: resource(bundle, "Slot").update(start="2026-02-30T18:30:00Z"),
        lambda bundle: resource(bundle, "Slot").update(start=7),
    ],
)
def test_an_answer_that_is_not_whole_is_unreadable(spoil: Any) -> None:
    bundle = wire(*diary(2))
    spoil(bundle)
    with pytest.raises(Unreadable):
        slots.read(bundle, HOST)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_whatever_is_put_anywhere_only_unreadable_is_raised(data: st.DataObject) -> None:
    bundle = wire(*diary(2))
    holder: Any = bundle
    for _ in range(data.draw(st.integers(0, 6))):
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        key = data.draw(st.sampled_from(sorted(keys, key=str)))
        if not isinstance(holder[key], dict | list) or not holder[key]:
            break
        holder = holder[key]
    keys = list(holder) if isinstance(holder, dict) else range(len(holder))
    holder[data.draw(st.sampled_from(sorted(keys, key=str)))] = data.draw(_json)
    with suppress(Unreadable):
        slots.read(bundle, HOST)


def test_two_hundred_slots_are_read_in_under_four_milliseconds() -> None:
    body = json.dumps(slots.write(diary(200), Includes(OWN)))
    best = min(_timed(body) for _ in range(20))
    assert best < 0.004


def _timed(body: str) -> float:
    began = time.process_time()
    assert len(slots.read(parse(body), HOST)) == 200
    return time.process_time() - began


def test_a_search_is_parsed_as_it_was_asked() -> None:
    window = Window.of_days(date(2026, 10, 20), date(2026, 11, 2))
    asked = slot_search.query(window, OdsCode("Y90001"))
    search = slot_search.parse(asked)
    assert search.window == window
    assert (search.asker.ods, search.asker.kind) == (OdsCode("Y90001"), "gp-practice")
    assert search.with_locations and search.with_practitioners
    assert ("start", "ge2026-10-20T00:00:00+01:00") in asked
    assert ("end", "le2026-11-03T00:00:00+00:00") in asked


def test_dates_ask_for_whole_days() -> None:
    base = [("status", "free"), slot_search.INCLUDE_SCHEDULE]
    search = slot_search.parse([*base, ("start", "ge2026-10-25"), ("end", "le2026-10-25")])
    assert search.window == Window.of_days(date(2026, 10, 25), date(2026, 10, 25))
    assert search.window.length == timedelta(hours=25)
    assert not search.with_locations and search.asker == slot_search.Asker()


def test_filters_of_unknown_systems_are_ignored() -> None:
    window = Window.of_days(date(2026, 6, 1), date(2026, 6, 2))
    asked = [
        *slot_search.query(window, HOST),
        ("searchFilter", "https://example.org/disposition|DX11"),
        ("colour", "red"),
    ]
    assert slot_search.parse(asked).asker.ods == HOST
