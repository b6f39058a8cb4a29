"""JSON logs, one object a line, one trace id through page, job and host call; nobody's NHS number or name.

Three defences, outermost last: code logs references and ODS codes only; a database error is logged as its class and
what the server calls its primary message, never its parameters; every ten-digit number in a line is masked.
"""

import logging
import re
import sys
import traceback
import uuid
from collections.abc import Mapping
from types import TracebackType
from typing import Any, TextIO

import structlog
from flask import Flask, g, request
from psycopg import Error as DriverError
from sqlalchemy.exc import DBAPIError, StatementError
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from hub.trace import current_trace_id

REQUEST_HEADER = "X-Request-Id"  # what proxies and programs name their requests by
MASKED = "[ten digits]"
_SANE_TRACE = re.compile(r"[0-9A-Za-z._-]{8,64}")
_TEN_DIGITS = re.compile(r"(?<![0-9])[0-9]{3}[ \-]?[0-9]{3}[ \-]?[0-9]{4}(?![0-9])")
# Made by us or checked on the way in; a random one may well hold ten digits in a row.
_NEVER_MASKED = frozenset({"trace_id", "request_id", "timestamp"})
_QUIET = {"procrastinate": logging.WARNING, "werkzeug": logging.WARNING, "alembic": logging.WARNING}


def configure(app: Flask) -> None:
    """Log in JSON; every line of a request carries its trace id, which a sane X-Request-Id may name."""
    configure_logging()

    @app.before_request
    def begin_trace() -> None:
        clear_contextvars()
        named = sane_trace(request.headers.get(REQUEST_HEADER, ""))
        if named and "trace_id" not in g:
            g.trace_id = named
        start_trace(current_trace_id())


def configure_logging(stream: TextIO | None = None, *, level: int = logging.INFO) -> None:
    """Send our own and every library's log lines through one chain, to stderr unless told otherwise. Repeatable."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _Handler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(safe_traceback),
                mask,
                structlog.processors.JSONRenderer(default=_as_text),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if not isinstance(other, _Handler)] + [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(quiet)


def quiet() -> None:
    """For a command whose output a person reads: only warnings and worse."""
    logging.getLogger().setLevel(logging.WARNING)


class _Handler(logging.StreamHandler[TextIO]):
    """Ours: replaced when logging is configured again. Without a stream it writes to stderr as it is at that time."""

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__(stream)
        self._fixed = stream

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        self.stream = self._fixed or sys.stderr
        super().emit(record)


def start_trace(known: str = "", **facts: str) -> str:
    """Begin a trace in this thread or task, under `known` or a new id; later lines carry it and the facts."""
    trace = known or uuid.uuid4().hex
    bind_contextvars(trace_id=trace, **facts)
    return trace


def trace_id() -> str:
    """The trace id of what this thread or task is doing; begins a trace when there is none."""
    found = get_contextvars().get("trace_id")
    return found if isinstance(found, str) else start_trace()


def sane_trace(offered: str) -> str:
    """The offered id if it can be an id and cannot be an NHS number; else empty."""
    return offered if _SANE_TRACE.fullmatch(offered) and not _TEN_DIGITS.search(offered) else ""


def mask(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """structlog processor: no ten-digit number leaves in any value, key or nested place."""
    return {
        str(masked(key)): value if key in _NEVER_MASKED and isinstance(value, str) else masked(value)
        for key, value in event.items()
    }


def masked(value: Any) -> Any:
    """The same value with every ten-digit number in it replaced."""
    if isinstance(value, str):
        return _TEN_DIGITS.sub(MASKED, value)
    if isinstance(value, bool | float) or value is None:
        return value
    if isinstance(value, int):
        return MASKED if len(str(abs(value))) == 10 else value
    if isinstance(value, Mapping):
        return {str(masked(key)): masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(inner) for inner in value]
    return _TEN_DIGITS.sub(MASKED, _as_text(value))


def safe_traceback(exc_info: ExcInfo) -> str:
    """A traceback without local values, and without the data that database errors carry in their texts."""
    lines: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None:
        lines.insert(0, _one_error(error, error.__traceback__))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)


def _one_error(error: BaseException, where: TracebackType | None) -> str:
    return "".join(traceback.format_tb(where)) + f"{type(error).__qualname__}: {_safe_message(error)}"


def _safe_message(error: BaseException) -> str:
    if isinstance(error, DBAPIError) and error.orig is not None:
        return _safe_message(error.orig)
    if isinstance(error, StatementError):
        return "(statement and parameters not logged)"
    if isinstance(error, DriverError):
        return f"{error.sqlstate or '-'} {error.diag.message_primary or 'no connection'}"
    return str(error)


def _as_text(value: Any) -> str:
    return type(value).__name__ if isinstance(value, BaseException) else str(value)
