"""The line over TLS: whom it trusts, and the certificate it shows."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.faults import NoAnswer, Unreachable, Unsupported
from connectors.line import Ask, Line, LineSettings
from tests.connectors.stub_server import StubServer, answer

NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Authority:
    """A certificate authority of the test's own."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls, folder: Path, name: str) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            _builder(subject, subject, key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        made = cls(folder, key, certificate)
        made.path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return made

    @property
    def path(self) -> Path:
        return self.folder / f"{self.certificate.serial_number}.pem"

    def issue(self, name: str) -> str:
        """A PEM file with certificate and key for 127.0.0.1."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            _builder(subject, self.certificate.subject, key)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = self.folder / f"{name}.pem"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + pem)
        return str(path)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(minutes=5))
        .not_valid_after(NOW + timedelta(days=1))
    )


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
