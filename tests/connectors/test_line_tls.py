"""The line over TLS: whom it trusts, and the certificate it shows."""

import ssl
from pathlib import Path
from typing import Any

import pytest

from connectors.faults import NoAnswer, Unreachable, Unsupported
from connectors.line import Ask, Line, LineSettings
from connectors.sockets import tls_context
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
    (tmp_path / "empty.pem").write_text("this is no certificate")
    for settings in (
        LineSettings(trust=str(tmp_path / "no.pem")),
        LineSettings(certificate=str(tmp_path / "no.pem")),
        LineSettings(trust=str(tmp_path / "empty.pem")),
        LineSettings(certificate=str(tmp_path / "empty.pem")),
    ):
        with pytest.raises(Unsupported, match="certificates") as caught:
            Line("https://127.0.0.1:1", name="L81001", settings=settings)
        assert "no.pem" not in f"{caught.value.words}{caught.value.detail}"


def presenting(authority: Authority, path: str) -> ssl.SSLContext:
    """A server that shows this certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority.path))
    context.load_cert_chain(path)
    return context


@pytest.mark.parametrize(
    "wrong",
    [{"days": -1}, {"itself": True}, {"address": "127.0.0.2"}],
    ids=["expired", "self-signed", "for another host"],
)
def test_a_host_with_a_wrong_certificate_is_sent_nothing(authority: Authority, wrong: dict[str, Any]) -> None:
    shown = presenting(authority, authority.issue("wrong", **wrong))
    settings = LineSettings(trust=str(authority.path), certificate=authority.issue("hub"))
    with StubServer([answer({})], tls=shown) as server:
        with pytest.raises(Unreachable, match="could not be reached"):
            book(server, settings)
        assert server.seen == []


@pytest.mark.parametrize("wrong", [{"days": -1}, {"itself": True}], ids=["expired", "self-signed"])
def test_a_host_that_does_not_take_our_certificate_is_told_nothing(
    authority: Authority, strict: ssl.SSLContext, wrong: dict[str, Any]
) -> None:
    settings = LineSettings(trust=str(authority.path), certificate=authority.issue("hub", **wrong))
    with StubServer([answer({})], tls=strict) as server:
        with pytest.raises((Unreachable, NoAnswer)):
            book(server, settings)
        assert server.seen == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_older_tls_and_weak_ciphers_are_refused_and_tls_1_2_is_spoken(authority: Authority) -> None:
    settings = LineSettings(trust=str(authority.path))
    old = presenting(authority, authority.issue("server"))
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    weak = presenting(authority, authority.issue("server"))
    weak.maximum_version = ssl.TLSVersion.TLSv1_2
    weak.set_ciphers("ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")
    for context in (old, weak):
        with StubServer([answer({})], tls=context) as server:
            with pytest.raises(Unreachable):
                book(server, settings)
            assert server.seen == []
    plain = presenting(authority, authority.issue("server"))
    plain.maximum_version = ssl.TLSVersion.TLSv1_2
    with StubServer([answer({}, status=201)], tls=plain) as server:
        assert book(server, settings) == 201


def test_the_pinned_authority_is_the_only_one(authority: Authority) -> None:
    assert len(tls_context(str(authority.path)).get_ca_certs()) == 1
    assert len(tls_context().get_ca_certs()) > 50
