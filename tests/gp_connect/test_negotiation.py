"""Formats: what is read, what is answered, and when a body is left out."""

import pytest

from gp_connect import media
from gp_connect.elements import Unreadable
from gp_connect.media import Format
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules.negotiation import Terms, body, negotiate

JSON, XML = Format.JSON, Format.XML
J, X = "application/fhir+json", "application/fhir+xml"


@pytest.mark.parametrize(
    ("content_type", "accept", "asked", "answer"),
    [
        ("", "", "", JSON),
        (X, "", "", XML),
        (J, "", "", JSON),
        (X, J, "", JSON),
        (J, X, "", XML),
        (J, J, X, XML),
        (X, X, J, JSON),
        (J, X, "xml", XML),
        (J, X, "json", JSON),
        ("", X, "application/fhir json", JSON),  # a + that nobody encoded
        ("", "application/json+fhir", "", JSON),
        ("", "application/xml+fhir", "", XML),
        ("", "*/*", "", JSON),
        (X, "*/*", "", XML),
        ("", "text/html, application/*;q=0.8", "", JSON),
        ("", f"{J};q=0.2, {X};q=0.9", "", XML),
        ("", f"{X};q=0, */*;q=0.1", "", JSON),
        ("", f"{J};charset=UTF-8", "", JSON),
        (f"{X}; charset=utf-8", "", "", XML),
    ],
)
def test_format_counts_before_accept_before_the_body_s_own(
    content_type: str, accept: str, asked: str, answer: Format
) -> None:
    sent = {"Content-Type": content_type, "ACCEPT": accept}
    parameters = [("status", "free"), *([("_format", asked)] if asked else [])]
    assert negotiate(sent, parameters, offered=media.BOTH).answer is answer


@pytest.mark.parametrize(
    ("sent", "asked"),
    [
        ({"Accept": "text/xml"}, ""),
        ({"Accept": "application/pdf, text/html"}, ""),
        ({"Accept": f"{J};q=0"}, ""),
        ({"Accept": f"{J};q=soon"}, ""),
        ({"Accept": J}, "text/xml"),
        ({"Accept": J}, "turtle"),
        ({"Content-Type": "text/plain"}, ""),
    ],
)
def test_what_is_not_offered_is_unsupported(sent: dict[str, str], asked: str) -> None:
    with pytest.raises(Rejected) as refused:
        negotiate(sent, [("_format", asked)] if asked else [], offered=media.BOTH)
    assert refused.value.code.status == 415


def test_a_service_of_json_alone_refuses_xml_both_ways() -> None:
    for how in ({"Accept": X}, {"Content-Type": X}):
        with pytest.raises(Rejected):
            negotiate(how, verb="POST")
    assert negotiate({"Accept": f"{X}, {J}"}, verb="POST").answer is JSON


@pytest.mark.parametrize("content_type", ["text/json", f"{J};charset=iso-8859-1", "multipart/form-data"])
def test_a_body_must_be_of_an_offered_format_in_utf_8(content_type: str) -> None:
    with pytest.raises(Rejected):
        negotiate({"Content-Type": content_type, "Accept": J}, verb="PUT", offered=media.BOTH)
    assert negotiate({"Content-Type": content_type, "Accept": J}, offered=media.BOTH).answer is JSON  # GET has none


@pytest.mark.parametrize(
    ("prefer", "minimal"),
    [
        ("", False),
        ("return=representation", False),
        ("return=minimal", True),
        ("Return = Minimal; x=1", True),
        ('respond-async, return="minimal"', True),
    ],
)
def test_an_empty_answer_is_given_to_who_prefers_one(prefer: str, minimal: bool) -> None:
    assert negotiate({"Prefer": prefer}).minimal is minimal


def test_a_body_is_read_in_the_format_it_came_in() -> None:
    resource = {"resourceType": "Slot", "id": "1", "status": "free"}
    for sent in Format:
        assert body(media.write(resource, sent), Terms(sent=sent)) == resource
        with pytest.raises(Rejected) as refused:
            body(b"<html></html>", Terms(sent=sent))
        assert refused.value.code.code == "BAD_REQUEST"


def test_characters_that_no_fhir_string_holds_cost_nobody_a_diary() -> None:
    read = media.read(b'{"a": "x\\u0000y\\ud800z", "b": ["\\u001f\\n"], "c": "\\ud83d\\ude00"}', JSON)
    assert read == {
        "a": "x\N{REPLACEMENT CHARACTER}y\N{REPLACEMENT CHARACTER}z",
        "b": ["\N{REPLACEMENT CHARACTER}\n"],
        "c": "\N{GRINNING FACE}",
    }
    with pytest.raises(Unreadable):
        media.read(b'{"a": "\x00"}', JSON)
