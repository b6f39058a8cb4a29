"""A small HTTP/1.1 server for one WSGI application: a thread a connection, lines kept open, and cut on request.

Werkzeug's own closes the line after every answer, so no client of it would ever meet a kept line that died. Gunicorn
is two processes where the control API's faults need one, and was no faster (README.md has the figures).
"""

import io
import ssl
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR
from typing import Any, cast
from urllib.parse import unquote
from wsgiref.types import WSGIApplication

CUT = "simulator.cut"  # in the environment: a function that cuts this request's line
_LARGEST_BODY = 64 * 1024 * 1024  # a whole federation to load fits
_IDLE_SECONDS = 75.0
_HANDSHAKE_SECONDS = 10.0
_CIPHERS = "AESGCM+EECDH:AESGCM+EDH:AES256+EECDH:AES256+EDH"  # those that the standard allows below TLS 1.3
OURS, THEIRS = "server.pem", "clients.pem"


def cut(environ: Mapping[str, Any]) -> None:
    """Close the line this request came in on, so that the other side gets no answer at all."""
    environ[CUT]()


def mutual_tls(folder: Path) -> ssl.SSLContext:
    """TLS with the certificate and key in `server.pem`, for clients whose certificates `clients.pem` vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.load_cert_chain(folder / OURS)
    context.load_verify_locations(folder / THEIRS)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


class LineServer(ThreadingHTTPServer):
    """Listens on loopback; port 0 takes a free one, which `port` tells. With `tls` it speaks nothing else."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        application: WSGIApplication,
        *,
        port: int,
        address: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__((address, port), _Line)
        self.application = application
        self.tls = tls

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    @property
    def scheme(self) -> str:
        """http or https."""
        return "https" if self.tls else "http"

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands in the line's own thread: a client that takes its time keeps nobody else waiting."""
        if self.tls is None:
            super().finish_request(request, client_address)
            return
        request.settimeout(_HANDSHAKE_SECONDS)
        with self.tls.wrap_socket(request, server_side=True) as line:
            super().finish_request(line, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """A line that broke is no news here; anything else is said by its type, for messages may hold addresses."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            sys.stderr.write(f"simulator: a request ended in {type(error).__name__}\n")


class _Line(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one write
    timeout = _IDLE_SECONDS

    def _serve(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if "Transfer-Encoding" in self.headers or not length.isdecimal() or int(length) > _LARGEST_BODY:
            self.close_connection = True
            self.send_error(411, "Content-Length wanted, of at most 64 MB")
            return
        self._is_cut = False
        body = self.rfile.read(int(length))
        head: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Any:
            head[:] = [(status, headers)]
            return None

        application = cast(LineServer, self.server).application
        answer = b"".join(_closing(application(self._environ(body), cast(Any, start_response))))
        if self._is_cut:
            return
        status, headers = head[0]
        code, _, reason = status.partition(" ")
        self.send_response_only(int(code), reason)
        self.send_header("Date", self.date_time_string())
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _serve

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(cast(LineServer, self.server).port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": cast(LineServer, self.server).scheme,
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            CUT: self._cut,
        }
        for name, value in self.headers.items():
            key = "HTTP_" + name.upper().replace("-", "_")
            if key not in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"):
                environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ

    def _cut(self) -> None:
        self._is_cut = True
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the request line holds NHS numbers. The application logs path templates."""


def _closing(answer: Iterable[bytes]) -> Iterable[bytes]:
    try:
        yield from answer
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()
