"""Connections that know whether anything was sent, and that stop reading at a deadline.

requests' own timeouts restart with every byte that arrives, so a host that trickles could hold a call for ever; and its
exceptions do not say for sure whether a request had begun to leave. Both are settled here, where the bytes pass.
"""

import io
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

import certifi
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


@dataclass(slots=True)
class Attempt:
    """One try at one request: when it must be over, the longest silence, and whether its first byte was sent."""

    deadline: float
    longest_silence: float
    sent: bool = False

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - time.monotonic()


_current: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


@contextmanager
def attempt(seconds: float, *, longest_silence: float) -> Iterator[Attempt]:
    """Everything sent and read inside belongs to this attempt."""
    this = Attempt(time.monotonic() + seconds, longest_silence)
    token = _current.set(this)
    try:
        yield this
    finally:
        _current.reset(token)


class _TimedReader(io.RawIOBase):
    """Reads a socket, each time waiting no longer than the attempt has left."""

    def __init__(self, sock: socket.socket, attempt: Attempt) -> None:
        self._sock = sock
        self._attempt = attempt
        self._raw = sock.makefile("rb", buffering=0)  # keeps the socket open as long as the answer is being read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._attempt.left
        if left <= 0:
            raise TimeoutError("the time for this call is spent")
        self._sock.settimeout(min(left, self._attempt.longest_silence))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _TimedSocket:
    """As much of a socket as http.client's response asks for."""

    def __init__(self, sock: socket.socket, attempt: Attempt) -> None:
        self._sock = sock
        self._attempt = attempt

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._sock, self._attempt))


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        this = _current.get()
        timed: Any = _TimedSocket(sock, this) if this is not None else sock
        super().__init__(timed, *args, **kwargs)


class _Witnessed:
    """Mixed into a connection: notes that bytes leave just before they do, after any connecting is done."""

    sock: socket.socket | None
    response_class: type[HTTPResponse] = _TimedResponse

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        this = _current.get()
        if this is not None:
            this.sent = True
        super().send(data)  # type: ignore[misc]


class _PlainConnection(_Witnessed, HTTPConnection):
    pass


class _SecureConnection(_Witnessed, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_CIPHERS = "ECDHE+AESGCM:DHE+AESGCM:ECDHE+AES256:DHE+AES256:!aNULL"


def tls_context(trust: str = "", certificate: str = "") -> ssl.SSLContext:
    """TLS 1.2 or newer with the standard's ciphers, trusting these authorities alone (a PEM file), or requests' own.

    It shows this certificate (a PEM file with its key), if any. Raises OSError for a file that holds no such thing.
    """
    context = ssl.create_default_context(cafile=trust or certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    if certificate:
        context.load_cert_chain(certificate)
    return context


class WitnessingAdapter(HTTPAdapter):
    """A requests adapter whose connections are the ones above; it never retries by itself."""

    def __init__(self, tls: ssl.SSLContext | None = None, **options: Any) -> None:
        self._tls = tls
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        if self._tls is not None:
            kwargs["ssl_context"] = self._tls
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
