"""The base of every refusal: a stable code, a kind that doors turn into a status, and words that are safe to show."""

from enum import StrEnum


class ProblemKind(StrEnum):
    """What sort of refusal this is; hub/errors.py maps each to one HTTP status, page and OperationOutcome."""

    INVALID = "invalid"  # the input is malformed or breaks a rule of form
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"  # no agreement, no role
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"  # somebody was quicker, or the thing changed
    RULE = "rule"  # well formed, but a booking rule refuses it
    LIMIT = "limit"  # too many
    HOST_REFUSED = "host_refused"  # the host practice's system answered no
    HOST_UNAVAILABLE = "host_unavailable"  # the host did not answer and nothing was done
    UNKNOWN = "unknown"  # we asked and do not know
    UNAVAILABLE = "unavailable"  # our own database or service is down


class Problem(Exception):
    """A refusal in plain words.

    `message` says what happened and `next_step` what to do next; both are shown to users, so neither ever holds a
    patient's details. Subclasses fix `code` (unique, documented, never re-used) and `kind`.
    """

    code: str = "problem"
    kind: ProblemKind = ProblemKind.INVALID

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


class InvalidValue(Problem, ValueError):
    """A value that cannot be read as what it should be."""

    code = "invalid-value"
    kind = ProblemKind.INVALID
