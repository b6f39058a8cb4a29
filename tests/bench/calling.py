"""Requests through the WSGI interface itself: no HTTP, no test client, so nothing that both sides share is measured."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

Application = Callable[..., Any]


class Unexpected(RuntimeError):
    """An answer that is not what the benchmark is about."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `body` travels as JSON."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    def environ(self) -> dict[str, Any]:
        """As a server would hand it over."""
        sent = b"" if self.body is None else json.dumps(self.body).encode()
        return {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path,
            "QUERY_STRING": urlencode(self.query),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8080",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "application/json" if sent else "",
            "CONTENT_LENGTH": str(len(sent)),
            "HTTP_HOST": "127.0.0.1:8080",
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()},
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(sent),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }


def ask(application: Application, request: Request, *, expected: int = 200) -> bytes:
    """The body of the answer. Raises Unexpected when its status is another."""
    statuses: list[str] = []
    answer = application(request.environ(), lambda status, headers, exc_info=None: statuses.append(status))
    try:
        body = b"".join(answer)
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()
    if not statuses[0].startswith(str(expected)):
        raise Unexpected(f"{request.method} {request.path}: {statuses[0]}\n{body.decode()[:2000]}")
    return body
