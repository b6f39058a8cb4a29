"""A bare-socket HTTP server that misbehaves to order: one behaviour a request, in turn; the last one repeats."""

import contextlib
import gzip
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

Behaviour = Callable[[socket.socket], bool]  # answers on the connection; True keeps it open


@dataclass
class Seen:
    """One request as it arrived."""

    connection: int
    head: str
    body: bytes

    @property
    def line(self) -> str:
        return self.head.split("\r\n", 1)[0]

    def header(self, name: str) -> str:
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return ""


@dataclass
class StubServer:
    """Use as a context manager; `url` is its address and `seen` what it was asked."""

    behaviours: list[Behaviour]
    tls: ssl.SSLContext | None = None
    read_first: bool = True
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        connection.settimeout(5)
        try:
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            keep = True
            while keep and not self._stop.is_set():
                if self.read_first and not self._read(connection, number):
                    return
                keep = self._next()(connection)
        except OSError:
            pass  # the client hung up, or its handshake failed: both are what some tests want
        finally:
            connection.close()

    def _read(self, connection: socket.socket, number: int) -> bool:
        got = b""
        while b"\r\n\r\n" not in got:
            piece = connection.recv(65536)
            if not piece:
                return False
            got += piece
        head, _, body = got.partition(b"\r\n\r\n")
        seen = Seen(number, head.decode(), body)
        while len(seen.body) < int(seen.header("Content-Length") or 0):
            seen.body += connection.recv(65536)
        self.seen.append(seen)
        return True

    def _next(self) -> Behaviour:
        with self._lock:
            return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]


def answer(
    body: bytes | dict[str, Any],
    *,
    status: int = 200,
    kind: str = "application/fhir+json",
    headers: str = "",
    claim: int | None = None,
    keep: bool = True,
) -> Behaviour:
    """An ordinary answer; `claim` lies about its length."""
    raw = json.dumps(body).encode() if isinstance(body, dict) else body

    def behave(connection: socket.socket) -> bool:
        length = len(raw) if claim is None else claim
        head = f"HTTP/1.1 {status} Whatever\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{headers}\r\n"
        connection.sendall(head.encode() + raw)
        return keep

    return behave


def zipped(raw: bytes) -> Behaviour:
    """An answer compressed with gzip."""
    return answer(gzip.compress(raw), headers="Content-Encoding: gzip\r\n")


def drop(_: socket.socket) -> bool:
    """Hang up politely without a word."""
    return False


def reset(connection: socket.socket) -> bool:
    """Hang up rudely: the client gets a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def hang(seconds: float) -> Behaviour:
    """Say nothing for a while, then hang up."""

    def behave(_: socket.socket) -> bool:
        time.sleep(seconds)
        return False

    return behave


def trickle(text: bytes, *, start: bytes = b"", every: float = 0.05) -> Behaviour:
    """Send `start` at once and then one byte at a time, for ever slow enough to outlast any budget."""

    def behave(connection: socket.socket) -> bool:
        connection.sendall(start)
        for number in range(len(text)):
            connection.sendall(text[number : number + 1])
            time.sleep(every)
        return False

    return behave
