"""What an exchange amounts to: an answer, or the fault that says exactly as much as is known."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from connectors.faults import Fault, Garbled, NoAnswer, Unreachable
from connectors.refusals import Told
from connectors.sockets import Attempt
from gp_connect.spine_codes import Owner

HOST = "The practice's system"  # what a fault's words call the other end
_TRANSIENT = frozenset({429, 502, 503, 504})
_SILENT = "Phone the practice if it cannot wait; the hub tries again by itself."

Recognise = Callable[[str], Told | None]
"""What a text that is no OperationOutcome means, if it is one that a proxy or a supplier is known to refuse with."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete, readable answer: a success, a 4xx with an OperationOutcome, or a refusal known by its text."""

    status: int
    body: dict[str, Any] | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    told: Told | None = None

    @property
    def ok(self) -> bool:
        """True for a success, False for a refusal."""
        return self.status < 300


class TooLarge(requests.RequestException):
    """An answer longer than the line takes."""


def what_is_known(failure: Exception, this: Attempt, subject: str) -> Fault:
    """The fault that a failed exchange amounts to. Its text holds the address, so only its class is passed on."""
    kind = type(failure).__name__
    supplier = Owner.HOST_SUPPLIER
    if not this.sent:
        return Unreachable(f"{subject} could not be reached.", detail=kind, owner=supplier, next_step=_SILENT)
    if isinstance(failure, TooLarge):
        return Garbled(f"{subject} sent far too long an answer.", detail=kind, owner=supplier)
    if isinstance(failure, requests.exceptions.ContentDecodingError):
        return Garbled(f"{subject} sent an answer that cannot be read.", detail=kind, owner=supplier)
    return NoAnswer(f"{subject} did not answer.", detail=kind, owner=supplier, next_step=_SILENT)


def judge(
    status: int, headers: Mapping[str, str], raw: bytes, subject: str, *, recognise: Recognise, reads: bool
) -> Answer | Fault:
    """A complete answer: a success, a proper refusal, one known by its text, or something that cannot be read.

    A text refuses a write only with a 4xx: behind a 5xx nobody can tell how far it got.
    """
    body = _parsed(raw)
    if 200 <= status < 300 and (body is not None or not raw):
        return Answer(status, body, headers)
    refusal = 400 <= status < 500 and status != 408  # a proxy that timed out does not know either
    if refusal and body is not None and body.get("resourceType") == "OperationOutcome":
        return Answer(status, body, headers)
    told = recognise(raw.decode(errors="replace")) if status >= 400 and raw else None
    if told is not None and not told.passing and (refusal or reads):
        return Answer(status, None, headers, told)
    return Garbled(
        told.words if told else f"{subject} sent an answer that cannot be read.",
        detail=f"HTTP {status}, {len(raw)} bytes, {'JSON' if body is not None else 'not JSON'}",
        status=status,
        owner=told.owner if told else Owner.HOST_SUPPLIER,
        next_step=told.advice if told else _SILENT,
    )


def _parsed(raw: bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def transient(fault: Fault) -> bool:
    """Whether a read is worth another try."""
    if isinstance(fault, Garbled):
        return fault.status in _TRANSIENT
    return isinstance(fault, Unreachable | NoAnswer)
