"""One trace id a request: made here or taken from W3C `traceparent`, shown on error pages, sent on to hosts."""

import re
import secrets

from flask import Flask, Response, g, has_request_context, request

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_NOBODY = "0" * 32
HEADER = "X-Trace-Id"


def current_trace_id() -> str:
    """This request's trace id: 32 hexadecimal digits. Outside a request, a new one each time."""
    if not has_request_context():
        return secrets.token_hex(16)
    if "trace_id" not in g:
        g.trace_id = _from_header(request.headers.get("traceparent", "")) or secrets.token_hex(16)
    return str(g.trace_id)


def register(app: Flask) -> None:
    """Give every request its id before anything else happens, and every answer the header that names it."""
    app.before_request(_begin)
    app.after_request(_answer)


def _begin() -> None:
    current_trace_id()


def _answer(response: Response) -> Response:
    response.headers[HEADER] = current_trace_id()
    return response


def _from_header(header: str) -> str:
    found = _TRACEPARENT.fullmatch(header.strip().lower())
    return found["trace"] if found and found["trace"] != _NOBODY else ""
