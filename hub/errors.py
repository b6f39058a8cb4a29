"""One table from a refusal's kind to status and title, told as a page, as a fragment or as problem+json."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from gp_connect import media, outcomes, spine_codes
from gp_connect.media import Format
from gp_connect.outcomes import Rejected
from gp_connect.spine_codes import SpineCode
from hub.auth import typed
from hub.auth.access import API_PREFIX, way_back
from hub.auth.problems import DatabaseAway, FormFromElsewhere
from hub.schemas.plain import printable
from hub.trace import current_trace_id
from vocabulary.problems import Problem, ProblemKind

_LONGEST_HEADING = 90  # characters; a longer message goes under its kind's title
_log = structlog.get_logger("hub.errors")


@dataclass(frozen=True, slots=True)
class Told:
    """How a kind of refusal is told: HTTP status, a short title, and whether "nothing was booked" is certain; to other
    systems, the Spine code of an OperationOutcome and, where it is not the code's own, its status."""

    status: int
    title: str
    nothing_done: bool = True
    spine: SpineCode = spine_codes.INVALID_RESOURCE
    spine_status: int = 0


_OWN = spine_codes.INTERNAL_SERVER_ERROR
KINDS: Mapping[ProblemKind, Told] = {
    ProblemKind.INVALID: Told(422, "Something in that needs putting right"),
    ProblemKind.UNAUTHENTICATED: Told(401, "You need to sign in", spine=spine_codes.ACCESS_DENIED),
    ProblemKind.FORBIDDEN: Told(403, "You may not do this", spine=spine_codes.ACCESS_DENIED),
    ProblemKind.NOT_FOUND: Told(404, "There is no such thing here", spine=spine_codes.NO_RECORD_FOUND),
    ProblemKind.CONFLICT: Told(409, "Somebody was quicker, or it has changed", spine=spine_codes.VERSION_CONFLICT),
    ProblemKind.RULE: Told(422, "A booking rule does not allow this"),
    ProblemKind.LIMIT: Told(429, "That is more than is allowed at once", spine=spine_codes.ACCESS_DENIED),
    ProblemKind.HOST_REFUSED: Told(422, "The other practice’s system said no"),
    ProblemKind.HOST_UNAVAILABLE: Told(
        503, "The other practice’s system does not answer", spine=_OWN, spine_status=503
    ),
    ProblemKind.UNKNOWN: Told(202, "We do not know yet", nothing_done=False, spine=_OWN, spine_status=504),
    ProblemKind.UNAVAILABLE: Told(503, "The hub is not available", spine=_OWN, spine_status=503),
}

_HTTP_WORDS: Mapping[int, tuple[str, str]] = {
    400: ("The hub could not understand that request.", "Go back and try again."),
    404: ("There is no page at this address.", "Check the address, or start again from the front page."),
    405: ("This address cannot be used in that way.", "Start again from the front page."),
    413: ("That is too much for one form.", "Go back and shorten the text, or choose a smaller file."),
    415: ("The hub cannot read what was sent in that form.", "Send JSON, with its content type."),
    429: ("That was too often.", "Wait a minute and try again."),
    500: ("The hub made a mistake.", "Try once more. If it happens again, tell support the number below."),
}

# The same for programs: what stands at /api/docs, not on a page.
_WIRE_WORDS: Mapping[int, tuple[str, str]] = {
    400: (
        "The request cannot be read: its body is not valid JSON.",
        "Check its quotes, commas and braces; send UTF-8.",
    ),
    404: ("There is nothing at this address.", "Check the path and its spelling: /api/docs lists every address."),
    405: ("This address cannot be used with this method.", "Use one that the “Allow” header names."),
    413: ("The body is larger than the hub reads.", "Send 16 KiB at most: no request needs more."),
    415: ("The body is not declared as JSON.", "Send JSON, with the header “Content-Type: application/json”."),
    429: ("That was too often.", "Wait as long as the “Retry-After” header says, or a minute, and send it again."),
    500: ("The hub made a mistake.", "Send it once more. If it happens again, tell support the “trace_id”."),
}


_CODES_OF_HTTP: Mapping[int, SpineCode] = {
    404: spine_codes.NO_RECORD_FOUND,
    415: spine_codes.UNSUPPORTED_MEDIA_TYPE,
    500: _OWN,
}
# hub/fhir, and addresses that miss it narrowly: other systems, which read OperationOutcomes. No page has such a part.
FHIR_PATH = re.compile(r"/(stu3|gpconnect)(/|$)", re.IGNORECASE)


def status_of(problem: Problem) -> int:
    """The HTTP status of a refusal."""
    return KINDS[problem.kind].status


def problem_json(
    *, code: str, status: int, title: str, detail: str, next_step: str = "", more: Mapping[str, Any] | None = None
) -> Response:
    """An answer of type application/problem+json (RFC 9457). `code` is stable and documented."""
    body: dict[str, Any] = {
        "type": f"urn:practice-hub:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "trace_id": current_trace_id(),
    }
    if next_step:
        body["next_step"] = next_step
    response = jsonify({**body, **(more or {})})
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def register(app: Flask) -> None:
    """Every refusal and every mistake ends here."""
    app.register_error_handler(Rejected, on_rejected)
    app.register_error_handler(Problem, on_problem)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(OperationalError, on_database_away)
    app.register_error_handler(PoolTimeout, on_database_away)
    app.register_error_handler(Exception, on_mistake)


def on_rejected(rejected: Rejected) -> Response:
    """A refusal by the rules of GP Connect."""
    return outcome(rejected.code, rejected.diagnostics)


def outcome(code: SpineCode, diagnostics: str, *, status: int = 0) -> Response:
    """An OperationOutcome, in the format that was asked for as far as that is known. `diagnostics` names no patient."""
    if (watched := g.get("fhir_watched")) is not None:  # hub/fhir/witness.py
        watched.refused = (code, diagnostics)
    wanted: Format = g.get("fhir_format", Format.JSON)
    body = media.write(outcomes.write(code, diagnostics), wanted)
    return Response(body, status or code.status, content_type=wanted.content_type)


def on_problem(problem: Problem) -> ResponseReturnValue:
    """A refusal in plain words."""
    told = KINDS[problem.kind]
    if _for_systems():
        return outcome(told.spine, problem.message, status=told.spine_status)
    if _for_machines():
        return problem_json(
            code=problem.code,
            status=told.status,
            title=told.title,
            detail=problem.message,
            next_step=problem.next_step,
        )
    return _page(
        told.status,
        told.title,
        problem.message,
        problem.next_step,
        nothing_done=told.nothing_done,
        code=problem.code,
        back=way_back() if isinstance(problem, FormFromElsewhere) else "/",
    )


def on_http_error(error: HTTPException) -> ResponseReturnValue:
    """404, 405, 413 and their like."""
    status = error.code or 500
    if status < 400:
        return error.get_response()
    if _for_systems():
        said = "nothing is at this address; a practice's is /{ODS}/STU3/1/gpconnect" if status == 404 else error.name
        answer = outcome(_CODES_OF_HTTP.get(status, spine_codes.BAD_REQUEST), said, status=status)
    elif _for_machines():
        message, next_step = _WIRE_WORDS.get(status, (f"{error.name}.", "Check the request against /api/docs."))
        answer = problem_json(
            code=_code_of(error),
            status=status,
            title=error.name,
            detail=message,
            next_step=next_step,
            more=_details_of(error),
        )
    else:
        message, next_step = _HTTP_WORDS.get(status, (error.description or error.name, "Go back and try again."))
        answer = _page(status, message, message, next_step)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "www-authenticate"):
            answer.headers[name] = value
    return answer


def on_database_away(error: OperationalError | PoolTimeout) -> ResponseReturnValue:
    """Our own database does not answer; what was under way is rolled back, or settled later by the sweep."""
    _log.error("database away", error=type(error).__name__)
    return on_problem(
        DatabaseAway(
            "The hub’s own database does not answer.",
            next_step="Wait a minute, then look the booking up before you try again.",
        )
    )


def on_mistake(error: Exception) -> ResponseReturnValue:
    """A bug: logged without its text (that may hold data), told without detail."""
    if current_app.testing:
        raise error
    _log.error("mistake", error=type(error).__name__, where=_where(error), exc_info=False)
    if _for_systems():
        return outcome(_OWN, "a mistake of this system")
    if _for_machines():
        message, next_step = _WIRE_WORDS[500]
        return problem_json(code="mistake", status=500, title="Mistake", detail=message, next_step=next_step)
    message, next_step = _HTTP_WORDS[500]
    return _page(500, message, message, next_step, nothing_done=False)


def _for_systems() -> bool:
    return FHIR_PATH.search(request.path) is not None


def _for_machines() -> bool:
    return request.path.startswith((API_PREFIX, "/health/"))


def _page(
    status: int,
    title: str,
    message: str,
    next_step: str,
    *,
    nothing_done: bool = True,
    code: str = "",
    back: str = "/",
) -> Response:
    changing = request.method not in ("GET", "HEAD")
    if code == DatabaseAway.code:
        g.database_away = True  # the page must not ask it anything more
    body = render_template(
        "problem.html",
        heading=message if len(message) <= _LONGEST_HEADING else title,
        message=message,
        next_step=next_step,
        code=code,
        back=back,
        typed=[printable(text) for text in typed.said(current_app.view_functions.get(request.endpoint or ""))],
        nothing_booked=nothing_done and changing and status not in (401, 405),
        trace_id=current_trace_id(),
        status=status,
    )
    return Response(body, status=status, mimetype="text/html")


def _code_of(error: HTTPException) -> str:
    return re.sub(r"[^a-z]+", "-", error.name.lower()).strip("-")


def _details_of(error: HTTPException) -> dict[str, Any]:
    """What flask-smorest and webargs attach to a 422: which fields, and why."""
    data = getattr(error, "data", None) or {}
    messages = data.get("messages") or data.get("errors")
    return {"errors": messages} if messages else {}


def _where(error: BaseException) -> str:
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return f"{last.tb_frame.f_globals.get('__name__')}:{last.tb_lineno}" if last else ""
