"""Puts the simulator's doors together in one Flask application, with an access log that names no patient."""

import gzip
import json
import logging
import time
import traceback
from pathlib import Path
from typing import TextIO

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from connectors.mock.simulator import (
    control,
    desk_pages,
    directory,
    documents,
    pds,
    provider,
    record_control,
    structured,
)
from connectors.mock.simulator.pds_access import PdsAccess
from connectors.mock.simulator.provider import Surroundings
from connectors.mock.simulator.proxy import Proxy
from connectors.mock.simulator.store import Store

_access = logging.getLogger("simulator.access")
_bugs = logging.getLogger("simulator.bugs")
_WORTH_ZIPPING = 500  # bytes; below, the head of a compressed answer costs more than it saves


def create_app(data: Path, *, pds_key: Path | None = None) -> Flask:
    """The application over the store in this folder. With `pds_key`, demographics are told only with a token."""
    app = Flask(__name__)
    around = Surroundings(Store(data))
    app.extensions["simulator"] = around
    for door in (provider, structured, documents, directory, control, record_control, desk_pages):
        app.register_blueprint(door.create(around))
    app.register_blueprint(pds.create(around, PdsAccess(pds_key)))
    app.before_request(_start_timing)
    app.before_request(_refuse_other_sites)
    app.after_request(_finish)
    app.register_error_handler(Exception, _broken)
    app.wsgi_app = Proxy(app.wsgi_app, around.store)  # type: ignore[method-assign]  # Flask's own way to put one in front
    return app


def surroundings(app: Flask) -> Surroundings:
    """What an application shares: its store, clock and faults."""
    found = app.extensions["simulator"]
    if not isinstance(found, Surroundings):
        raise TypeError("this is not the simulator's application")
    return found


def log_to(stream: TextIO) -> None:
    """Write the access log, one JSON object a line."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s"))
    _access.handlers = [handler]
    _access.setLevel(logging.INFO)
    _access.propagate = False


def _start_timing() -> None:
    g.began = time.perf_counter()
    g.logged = {}


def _refuse_other_sites() -> tuple[str, int] | None:
    """Nobody signs in here, so a page of another site open in the same browser must not press our buttons."""
    origin = request.headers.get("Origin")
    if request.method not in ("GET", "HEAD") and origin and origin != request.host_url.rstrip("/"):
        return "Refused: this request comes from another site.", 403
    return None


def _broken(error: Exception) -> HTTPException | tuple[str, int]:
    """A bug of the simulator's: where it happened is logged, what it said is not, for it may name a patient."""
    if isinstance(error, HTTPException):
        return error
    where = "".join(traceback.format_tb(error.__traceback__))
    _bugs.error("%s in\n%s", type(error).__name__, where)
    return "The simulator has a fault of its own; its log says where.", 500


def _finish(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    _zip(response)
    if _access.isEnabledFor(logging.INFO):
        # The route's template, never the address: addresses here hold NHS numbers.
        template = request.url_rule.rule if request.url_rule else "(no such address)"
        if g.logged.get("practice", "").isdecimal():
            g.logged["practice"] = "(no practice)"  # somebody put a number where the ODS code belongs
        line = {
            "method": request.method,
            "path": template,
            "status": response.status_code,
            "ms": round((time.perf_counter() - g.began) * 1000, 2),
            **g.logged,
        }
        _access.info(json.dumps(line))
    return response


def _zip(response: Response) -> None:
    """Compress where that was asked for: every answer but the streamed ones of the control API."""
    response.headers.add("Vary", "Accept-Encoding")
    if response.is_streamed or not request.accept_encodings["gzip"]:
        return
    body = response.get_data()
    if len(body) >= _WORTH_ZIPPING:
        response.set_data(gzip.compress(body, 1))
        response.headers["Content-Encoding"] = "gzip"
