"""What an exchange amounts to: an answer, or the fault that says exactly as much as is known."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from connectors.faults import Fault, Garbled, NoAnswer, Unreachable
from connectors.sockets import Attempt

HOST = "The practice's system"  # what a fault's words call the other end
_TRANSIENT = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete, readable answer: a success, or a 4xx with an OperationOutcome."""

    status: int
    body: dict[str, Any] | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @property
    def ok(self) -> bool:
        """True for a success, False for a refusal."""
        return self.status < 300


class TooLarge(requests.RequestException):
    """An answer longer than the line takes."""


def what_is_known(failure: Exception, this: Attempt, subject: str) -> Fault:
    """The fault that a failed exchange amounts to. Its text holds the address, so only its class is passed on."""
    kind = type(failure).__name__
    if not this.sent:
        return Unreachable(f"{subject} could not be reached.", detail=kind)
    if isinstance(failure, TooLarge):
        return Garbled(f"{subject} sent far too long an answer.", detail=kind)
    if isinstance(failure, requests.exceptions.ContentDecodingError):
        return Garbled(f"{subject} sent an answer that cannot be read.", detail=kind)
    return NoAnswer(f"{subject} did not answer.", detail=kind)


def judge(status: int, headers: Mapping[str, str], raw: bytes, subject: str) -> Answer | Fault:
    """A complete answer: a success, a proper refusal, or something that cannot be read."""
    body = _parsed(raw)
    if 200 <= status < 300 and (body is not None or not raw):
        return Answer(status, body, headers)
    refusal = 400 <= status < 500 and status != 408  # a proxy that timed out does not know either
    if refusal and body is not None and body.get("resourceType") == "OperationOutcome":
        return Answer(status, body, headers)
    return Garbled(
        f"{subject} sent an answer that cannot be read.",
        detail=f"HTTP {status}, {len(raw)} bytes, {'JSON' if body is not None else 'not JSON'}",
        status=status,
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
