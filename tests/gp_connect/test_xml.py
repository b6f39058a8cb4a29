"""FHIR XML: what is written as JSON goes there and back; order and attributes are the standard's; nothing unsafe."""

import json
import random
from typing import Any
from xml.parsers import expat

import pytest
from fhir.resources.STU3 import get_fhir_model_class
from hypothesis import given
from hypothesis import strategies as st

from gp_connect import appointments, bundles, capability, media, patients, slots, structures, xml
from gp_connect.elements import Unreadable, parse
from gp_connect.slots import Includes
from gp_connect.structures import TYPES, mistake
from tests.gp_connect import strategies as some
from tests.gp_connect.published import structures as source
from tests.gp_connect.published.checker import PROFILES
from tests.gp_connect.test_appointments import BESIDE
from tests.gp_connect.test_slots import OWN
from vocabulary.appointments import Appointment, BookingRequest
from vocabulary.patients import Patient
from vocabulary.slots import Slot

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'
SLOT = b'<Slot xmlns="http://hl7.org/fhir"><id value="1"/><status value="free"/></Slot>'


def there_and_back(resource: dict[str, Any]) -> None:
    sent = parse(json.dumps(resource))
    assert xml.decode(xml.encode(sent)) == sent


# --- There and back ---------------------------------------------------------------------------------------------


@given(some.requests(), some.appointments, some.patients, some.slot_lists())
def test_what_we_write_goes_there_and_back(
    request: BookingRequest, appointment: Appointment, patient: Patient, found: tuple[Slot, ...]
) -> None:
    there_and_back(appointments.booking(request))
    there_and_back(bundles.searchset([appointments.write(appointment, BESIDE)]))
    there_and_back(patients.registration(patient))
    there_and_back(patients.write(patient, organisation_id="1", temporary=True, interpreter="pl"))
    there_and_back(slots.write(found, Includes(OWN)))


def test_a_capability_statement_goes_there_and_back() -> None:
    there_and_back(capability.write("Practice hub", "1", formats=media.BOTH))


@given(st.text(max_size=40))
def test_any_text_is_written_and_read_as_xml_can_hold_it(text: str) -> None:
    read = xml.decode(xml.encode({"resourceType": "Slot", "comment": text}))
    expected = parse(json.dumps({"comment": text}))["comment"]
    held = read.get("comment", "")
    assert len(held) == len(expected)
    assert all(
        mine == theirs or mine == "\N{REPLACEMENT CHARACTER}" for mine, theirs in zip(held, expected, strict=True)
    )


def test_elements_stand_in_the_standard_s_order_whatever_the_order_in_json() -> None:
    resource = {"end": "2026-01-01T10:10:00Z", "status": "free", "id": "1", "resourceType": "Slot", "start": "x"}
    names = [name.decode() for name in xml.encode(resource).split(b"<")[3:] for name in [name.split(b" ")[0]]]
    assert names[:4] == ["id", "status", "start", "end"]
    shuffled = list(resource.items())
    random.Random(1).shuffle(shuffled)
    assert xml.encode(dict(shuffled)) == xml.encode(resource)


def test_primitives_keep_their_ids_and_extensions() -> None:
    resource = {
        "resourceType": "Patient",
        "birthDate": "1980-02-29",
        "_birthDate": {"id": "b", "extension": [{"url": "https://example.org/time", "valueDateTime": "1980-02-29"}]},
        "name": [{"given": ["Alex", None, "Robin"], "_given": [None, {"id": "g"}, None]}],
        "_active": {"extension": [{"url": "https://example.org/why", "valueCode": "unknown"}]},
    }
    written = xml.encode(resource)
    assert b'<birthDate id="b" value="1980-02-29"><extension url="https://example.org/time">' in written
    assert xml.decode(written) == resource
    assert mistake(resource) == ""


def test_booleans_numbers_and_ids_of_elements() -> None:
    resource = {
        "resourceType": "Location",
        "position": {"id": "p", "longitude": -2.5, "latitude": 51.0},
        "telecom": [{"value": "a\"<&>'\n\t", "rank": 1}],
    }
    written = xml.encode(resource)
    assert b'<position id="p"><longitude value="-2.5"/>' in written and b"&quot;&lt;&amp;&gt;" in written
    assert xml.decode(written) == resource
    assert xml.decode(xml.encode({"resourceType": "Patient", "active": False}))["active"] is False


def test_contained_resources_and_narratives() -> None:
    div = '<div xmlns="http://www.w3.org/1999/xhtml"><p class="a">one &amp; <b>two</b> three<br/></p></div>'
    resource = {
        "resourceType": "Appointment",
        "text": {"status": "generated", "div": div},
        "contained": [{"resourceType": "Organization", "id": "1"}, {"resourceType": "Patient", "id": "2"}],
    }
    written = xml.encode(resource)
    assert b'<contained><Organization><id value="1"/></Organization></contained><contained><Patient>' in written
    assert xml.decode(written) == resource


@pytest.mark.parametrize("div", ["<div>", "text", '<script xmlns="http://www.w3.org/1999/xhtml"/>', "<div/>"])
def test_a_narrative_that_is_none_is_not_passed_on(div: str) -> None:
    with pytest.raises(Unreadable):
        xml.encode({"resourceType": "Slot", "text": {"status": "generated", "div": div}})


# --- What is refused --------------------------------------------------------------------------------------------

LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<Slot/>",
        b'<Slot xmlns="http://example.org"/>',
        b'<html xmlns="http://hl7.org/fhir"/>',
        SLOT + b"<more/>",
        SLOT.replace(b"</Slot>", b""),
        SLOT.replace(b"<status", b"text<status"),
        HEAD + LAUGHS + SLOT.replace(b'"free"', b'"&b;"'),
        HEAD + b'<!DOCTYPE Slot SYSTEM "file:///etc/passwd">' + SLOT,
        HEAD + b'<!DOCTYPE Slot [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + SLOT,
        SLOT.replace(b"free", b"&undefined;"),
        SLOT.replace(b"free", b"\xff"),
        SLOT.replace(b"free", b"&#0;"),
        b'<Slot xmlns="http://hl7.org/fhir">' + b"<extension>" * 500 + b"</extension>" * 500 + b"</Slot>",
        b'<Bundle xmlns="http://hl7.org/fhir"><entry><resource><Slot/><Slot/></resource></entry></Bundle>',
        SLOT + b" " * xml.LARGEST,
    ],
)
def test_what_is_no_fhir_xml_or_is_unsafe_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        xml.decode(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<colour value='red'/>", "Slot.colour is not an element"),
        (b"<status><inner value='x'/></status>", ""),
        (b"<status value='free'/><status value='busy'/>", "Slot.status must be there once only"),
        (b"<overbooked value='yes'/>", "Slot.overbooked is not of the type boolean"),
        (b"<schedule><colour/></schedule>", "Slot.schedule.colour is not an element"),
    ],
)
def test_what_reads_but_is_not_stu3_is_left_to_the_check_of_the_structure(body: bytes, words: str) -> None:
    read = xml.decode(b'<Slot xmlns="http://hl7.org/fhir">' + body + b"</Slot>")
    assert words in mistake(read) and (words or mistake(read))


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_bytes_break_the_reader(noise: bytes) -> None:
    for body in (noise, SLOT[:40] + noise, SLOT.replace(b"free", noise)):
        try:
            assert isinstance(mistake(xml.decode(body)), str)
        except Unreadable as error:
            assert not isinstance(error, expat.ExpatError)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["extension", "url", "status", "div", "text", "resourceType", "contained", "_status"]),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_no_json_breaks_the_check_of_the_structure_or_the_writer(value: Any) -> None:
    resource = {"resourceType": "Slot", "extension": value, "text": value, "status": value, "contained": value}
    if mistake(resource) == "":
        media.read(media.write(resource, media.Format.XML), media.Format.XML)


def test_deep_nesting_is_a_mistake_not_a_crash() -> None:
    nested: dict[str, Any] = {"url": "x"}
    for _ in range(300):
        nested = {"url": "x", "extension": [nested]}
    assert "nested too deeply" in mistake({"resourceType": "Slot", "extension": [nested]})


# --- The facts it works by --------------------------------------------------------------------------------------


def test_the_structures_are_those_of_fhir_resources() -> None:
    assert json.loads(source.FILE.read_text()) == source.extracted()


def test_the_structures_agree_with_the_published_snapshots() -> None:
    """Names and their order, for every resource of the GP Connect profiles."""
    checked = 0
    for profile in PROFILES.values():
        kind = profile["type"]
        order = list(TYPES[kind])
        named = [key.split(".")[1].split(":")[0] for key in profile["elements"] if key.count(".") == 1]
        places = [order.index(name) for name in named if not name.endswith("[x]")]
        assert places == sorted(places), profile["url"]
        checked += len(places)
    assert checked > 100


def test_elements_that_exist_are_those_that_a_second_reader_knows() -> None:
    for kind in sorted(structures.RESOURCES):
        assert list(TYPES[kind]) == get_fhir_model_class(kind).elements_sequence()
