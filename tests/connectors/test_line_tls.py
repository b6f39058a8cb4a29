"""The line over TLS: whom it trusts, and the certificate it shows."""

import ssl
from pathlib import Path

import pytest

from connectors.faults import NoAnswer, Unreachable, Unsupported
from connectors.line import Ask, Line, LineSettings
from tests.connectors.certificates import Authority
from tests.connectors.stub_server import StubServer, answer


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.make(tmp_path, "Test authority")


@pytest.fixture
def strict(authority: Authority) -> ssl.SSLContext:
    """A server that asks for a client certificate of the same authority."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority.path))
    context.load_cert_chain(authority.issue("server"))
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def book(server: StubServer, settings: LineSettings) -> int:
    line = Line(server.url, name="L81001", settings=settings)
    return line.ask(Ask("POST", "/Appointment", "/Appointment", body={}, reads=False), trace_id="t").status


def test_it_shows_its_certificate_and_trusts_the_named_authority(authority: Authority, strict: ssl.SSLContext) -> None:
    settings = LineSettings(trust=str(authority.path), certificate=authority.issue("hub"))
    with StubServer([answer({}, status=201)], tls=strict) as server:
        assert book(server, settings) == 201


def test_a_stranger_in_the_hosts_place_is_sent_nothing(
    tmp_path: Path, authority: Authority, strict: ssl.SSLContext
) -> None:
    other = Authority.make(tmp_path, "Another authority")
    with StubServer([answer({})], tls=strict) as server:
        for trust in (str(other.path), ""):
            with pytest.raises(Unreachable):
                book(server, LineSettings(trust=trust, certificate=authority.issue("hub")))
        assert server.seen == []


def test_a_host_that_wants_a_certificate_we_lack_never_answers(authority: Authority, strict: ssl.SSLContext) -> None:
    with StubServer([answer({})], tls=strict) as server:
        with pytest.raises((Unreachable, NoAnswer)):  # TLS 1.3 tells us only after our first bytes have left
            book(server, LineSettings(trust=str(authority.path)))
        assert server.seen == []


def test_a_certificate_that_is_not_there_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    for settings in (LineSettings(trust=str(tmp_path / "no.pem")), LineSettings(certificate=str(tmp_path / "no.pem"))):
        with pytest.raises(Unsupported, match="certificates") as caught:
            Line("https://127.0.0.1:1", name="L81001", settings=settings)
        assert "no.pem" not in f"{caught.value.words}{caught.value.detail}"
