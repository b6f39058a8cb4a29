"""Formats, compression, caching, versions, and the two ways in: mutual TLS, and through the Spine proxy's place."""

import gzip
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.emis import system as emis
from connectors.faults import Fault, NoAnswer, Unreachable
from connectors.mock.simulator import load, playing
from connectors.mock.simulator.child import Simulator
from connectors.port import Link
from connectors.standard import over
from gp_connect import appointments, headers, interactions, media
from gp_connect.interactions import Interaction
from gp_connect.media import Format
from tests.connectors.certificates import Authority, folder_for_tls
from tests.connectors.mock_server.consumer import BOOKING_PRACTICE, Answer, Consumer, Control
from tests.connectors.mock_server.test_loading import HOST, practice
from tests.connectors.people import RECEPTIONIST
from vocabulary.times import SystemClock

Host = Callable[..., Consumer]
XML, JSON = Format.XML.value, Format.JSON.value


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ({"Accept": JSON}, JSON),
        ({"Accept": XML}, XML),
        ({"Accept": f"{XML};q=0.5, {JSON}"}, JSON),
        ({"Accept": "*/*"}, JSON),
        ({"Accept": ""}, JSON),
    ],
)
def test_the_answer_comes_in_the_format_asked_for(consumer: Consumer, sent: dict[str, str], answered: str) -> None:
    response = consumer.line.get(
        f"{consumer.root}/Patient/1", headers=consumer.headers(interactions.READ_PATIENT) | sent, timeout=5
    )
    assert (response.status_code, response.headers["Content-Type"]) == (200, f"{answered};charset=utf-8")
    assert media.read(response.content, Format(answered))["id"] == "1"


def test_format_as_a_parameter_beats_the_header_and_a_refusal_comes_in_it_too(consumer: Consumer) -> None:
    for logical_id, status in (("1", 200), ("99", 404)):
        response = consumer.line.get(
            f"{consumer.root}/Patient/{logical_id}?_format=application/fhir%2Bxml",
            headers=consumer.headers(interactions.READ_PATIENT),
            timeout=5,
        )
        assert (response.status_code, response.headers["Content-Type"]) == (status, f"{XML};charset=utf-8")
    refused = consumer.ask(interactions.METADATA, params=[("_format", "text/html")])
    assert (refused.status, refused.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_booking_may_come_as_xml(consumer: Consumer) -> None:
    body = media.write(appointments.booking(consumer.request(consumer.free()[0])), Format.XML)
    sent = consumer.headers(interactions.BOOK) | {"Content-Type": XML}
    response = consumer.line.post(f"{consumer.root}/Appointment", data=body, headers=sent, timeout=5)
    assert (response.status_code, response.headers["Content-Type"]) == (201, Format.JSON.content_type)
    other = consumer.line.post(
        f"{consumer.root}/Appointment", data=body, headers=sent | {"Content-Type": "text/plain"}, timeout=5
    )
    assert other.status_code == 415


def test_answers_are_compressed_where_that_was_asked_for_and_never_cached(consumer: Consumer) -> None:
    for encoding, zipped in (("gzip", True), ("identity", False)):
        sent = consumer.headers(interactions.METADATA) | {"Accept-Encoding": encoding}
        with consumer.line.get(f"{consumer.root}/metadata", headers=sent, timeout=5, stream=True) as response:
            raw = response.raw.read(decode_content=False)
            assert (response.headers.get("Content-Encoding") == "gzip") is zipped
            assert response.headers["Cache-Control"] == "no-store"
            assert response.headers["Vary"] == "Accept-Encoding"
            assert b"CapabilityStatement" in (gzip.decompress(raw) if zipped else raw)


@dataclass
class Changed:
    """An appointment that was booked and amended, so that its second version is the one that counts."""

    consumer: Consumer
    held: Any

    def put(self, interaction: Interaction, tag: str | None, extra: dict[str, str] | None = None) -> Answer:
        form = (
            appointments.cancelled_form(self.held, "Booked in error")
            if interaction is interactions.CANCEL
            else appointments.amended_form(self.held, description="Once more", comment="")
        )
        more = {} if tag is None else {"If-Match": tag}
        return self.consumer.ask(interaction, logical_id=self.held["id"], body=form, extra=more | (extra or {}))


@pytest.fixture
def changed(consumer: Consumer) -> Changed:
    booked = consumer.book(consumer.free()[0]).body
    first = Changed(consumer, booked).put(interactions.AMEND, 'W/"1"')
    assert (first.status, first.headers["ETag"]) == (200, 'W/"2"')
    return Changed(consumer, first.body)


@pytest.mark.parametrize("interaction", [interactions.AMEND, interactions.CANCEL])
@pytest.mark.parametrize("tag", ['W/"1"', 'W/"3"', "2", "W/2"])
def test_another_version_than_the_one_held_is_a_conflict(changed: Changed, interaction: Interaction, tag: str) -> None:
    answer = changed.put(interaction, tag)
    assert (answer.status, answer.code) == (409, "FHIR_CONSTRAINT_VIOLATION")
    (kept,) = changed.consumer.retrieve().body["entry"]
    assert kept["resource"] == changed.held


@pytest.mark.parametrize("interaction", [interactions.AMEND, interactions.CANCEL])
@pytest.mark.parametrize("tag", ['W/"2"', "*", None])
def test_the_version_held_any_or_none_is_changed(changed: Changed, interaction: Interaction, tag: str | None) -> None:
    answer = changed.put(interaction, tag)
    assert (answer.status, answer.headers["ETag"]) == (200, 'W/"3"')
    assert answer.headers["Last-Modified"] == "Mon, 01 Jun 2026 09:00:00 GMT"


@pytest.mark.parametrize("interaction", [interactions.AMEND, interactions.CANCEL])
def test_a_change_may_be_answered_without_a_body(changed: Changed, interaction: Interaction) -> None:
    answer = changed.put(interaction, None, {"Prefer": "return=minimal"})
    assert (answer.status, answer.body, answer.headers["ETag"]) == (200, b"", 'W/"3"')


READS = [interaction for interaction in playing.PLAYS if interaction.reads_one]


@pytest.mark.parametrize("interaction", READS, ids=lambda each: each.name)
def test_whatever_is_read_comes_with_its_version(consumer: Consumer, interaction: Interaction) -> None:
    ids = {"Patient": "1", "Practitioner": "2", "Location": "17", "Organization": "1"}
    ids["Appointment"] = consumer.book(consumer.free()[0]).body["id"]
    answer = consumer.ask(interaction, logical_id=ids[interaction.path.split("/")[1]])
    assert answer.status == 200
    assert answer.headers["ETag"] == headers.etag(answer.body["meta"]["versionId"])


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE", "POST"])
def test_another_verb_is_a_bad_request(consumer: Consumer, verb: str) -> None:
    sent = consumer.headers(interactions.READ_PATIENT) | {"Content-Type": JSON}
    response = consumer.line.request(verb, f"{consumer.root}/Patient/1", headers=sent, timeout=5)
    assert response.status_code == 400
    assert response.json()["issue"][0]["details"]["coding"][0]["code"] == "BAD_REQUEST"


# Through the Spine proxy's place


def through_the_proxy(consumer: Consumer, **sent: str) -> requests.Response:
    address = f"{consumer.url}/ssp/{consumer.root}/Patient"
    params = {"identifier": "https://fhir.nhs.uk/Id/nhs-number|9990000018"}
    asked = consumer.headers(interactions.FIND_PATIENT) | sent
    return consumer.line.get(address, params=params, headers=asked, timeout=5, allow_redirects=False)


def test_the_proxy_forwards_to_the_practice_named_behind_it(consumer: Consumer) -> None:
    response = through_the_proxy(consumer)
    assert response.status_code == 200
    assert response.json() == consumer.find().body


def test_the_proxy_refuses_in_its_own_words(consumer: Consumer, control: Control) -> None:
    missing = through_the_proxy(consumer, **{"Ssp-From": ""})
    assert missing.status_code == 400
    elsewhere = consumer.line.get(
        f"{consumer.url}/ssp/https://elsewhere.example/{consumer.ods}/STU3/1/gpconnect/metadata",
        headers=consumer.headers(interactions.METADATA),
        timeout=5,
    )
    assert (elsewhere.status_code, "VARIES_FROM" in elsewhere.text) == (400, True)
    control.call("PUT", f"practices/{consumer.ods}", {"listed": {"foundations": False}})
    unlisted = through_the_proxy(consumer)
    assert (unlisted.status_code, "PARTYKEY_INTERACTION_CHECK_FAILED" in unlisted.text) == (403, True)
    deleted = consumer.line.delete(f"{consumer.url}/ssp/{consumer.root}/Patient/1", timeout=5)
    assert deleted.status_code == 405


# Over mutual TLS


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"), "Test authority")


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("secure")
    load(folder, [practice()])
    with Simulator(folder, tls=folder_for_tls(folder / "certificates", authority)) as running:
        yield running


def link(root: str, secret: str, authority: Authority) -> Link:
    return Link(
        host=HOST,
        system="emis",
        address=root,
        provider_asid="918",
        consumer_asids={RECEPTIONIST.practice: "200", BOOKING_PRACTICE: "200"},
        secret=secret,
        trust=str(authority.path),
    )


@pytest.mark.parametrize("way", ["direct", "through the proxy"])
def test_with_certificates_on_both_sides_it_answers(secure: Simulator, authority: Authority, way: str) -> None:
    assert secure.url.startswith("https://")
    root = secure.root(HOST.value)
    address = root if way == "direct" else f"{secure.url}/ssp/{root}"
    system = over(emis.PROFILE, link(address, authority.issue("hub"), authority), RECEPTIONIST, clock=SystemClock())
    assert system.ping().total_seconds() > 0


def test_without_a_certificate_that_it_knows_nobody_is_served(
    secure: Simulator, authority: Authority, tmp_path: Path
) -> None:
    stranger = Authority.make(tmp_path, "Another authority").issue("stranger")
    for secret in (stranger, ""):
        system = over(emis.PROFILE, link(secure.root(HOST.value), secret, authority), RECEPTIONIST, clock=SystemClock())
        with pytest.raises(Fault) as caught:
            system.ping()
        assert isinstance(caught.value, Unreachable | NoAnswer)


def test_it_speaks_only_the_ciphers_that_the_standard_allows(secure: Simulator, authority: Authority) -> None:
    certificate = authority.issue("hub")
    response = requests.get(f"{secure.url}/control/health", cert=certificate, verify=str(authority.path), timeout=5)
    assert "max-age" in response.headers["Strict-Transport-Security"]
    host, port = secure.url.removeprefix("https://").split(":")
    context = ssl.create_default_context(cafile=str(authority.path))
    context.load_cert_chain(certificate)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with context.wrap_socket(socket.create_connection((host, int(port)), 5), server_hostname=host) as line:
        assert line.version() == "TLSv1.2" and "GCM" in str(line.cipher())
