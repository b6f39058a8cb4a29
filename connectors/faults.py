"""What can go wrong when a GP system is asked something: one class per answer, none carrying a URL or a patient.

Fault
├── Unreachable   no connection was made (or the breaker is open): surely nothing happened there
├── NoAnswer      the request may have arrived: unknown, never retry a write
├── Refused       the host said no, in a form we can read (code, text)
│   ├── SlotGone        409: the slot is taken, or the version is stale
│   └── PatientUnknown  the host has no such patient (a restricted one looks the same)
├── Unsupported   this system or link cannot do that: nothing was sent
└── Garbled       an answer arrived that cannot be read: for a write, unknown
    ├── OfAnotherPatient  it can be read, and is about somebody else
    └── Oversized         it is longer than may be sent or taken
"""

from gp_connect.spine_codes import Owner


class Fault(Exception):
    """The base. `words` is plain English for the page; `detail` is for the log and holds no URL and no patient.

    `owner` is who can mend it, where that is known, and `next_step` what the person at the desk can do meanwhile.
    """

    def __init__(self, words: str, *, detail: str = "", owner: Owner | None = None, next_step: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.detail = detail
        self.owner = owner
        self.next_step = next_step

    @property
    def mended_by(self) -> str:
        """Who can mend it, as a page says it; empty where nobody in particular can."""
        return self.owner.value if self.owner else ""

    @property
    def whose(self) -> str:
        """A sentence that says whose it is to put right; empty where that is the reader or nobody in particular."""
        return f"This is for {self.mended_by} to put right." if self.owner not in (None, Owner.CALLER) else ""

    @property
    def in_full(self) -> str:
        """The words, whose it is, and what to do meanwhile, as one paragraph."""
        return " ".join(part for part in (self.words, self.whose, self.next_step) if part)


class Unreachable(Fault):
    """No connection was made, or the circuit breaker is open: nothing was sent."""


class NoAnswer(Fault):
    """The request, or some of it, was sent and no complete answer came back: for a write, the outcome is unknown."""


class Refused(Fault):
    """The host answered no. `code` is its Spine code (or HTTP status as text), `status` the HTTP status."""

    def __init__(
        self,
        words: str,
        *,
        code: str = "",
        status: int = 0,
        detail: str = "",
        owner: Owner | None = None,
        next_step: str = "",
    ) -> None:
        super().__init__(words, detail=detail, owner=owner, next_step=next_step)
        self.code = code
        self.status = status


class SlotGone(Refused):
    """409 on a booking or stale version on a change: look before concluding anything."""


class PatientUnknown(Refused):
    """The host knows no such active patient. A restricted patient looks the same, by design."""


class Unsupported(Fault):
    """The system or this link cannot do that: nothing was sent."""


class Garbled(Fault):
    """An answer that cannot be read (HTML, broken JSON, 5xx, missing parts): a read failed, a write is unknown.

    `status` is its HTTP status where that is what is wrong with it.
    """

    def __init__(
        self, words: str, *, detail: str = "", status: int = 0, owner: Owner | None = None, next_step: str = ""
    ) -> None:
        super().__init__(words, detail=detail, owner=owner, next_step=next_step)
        self.status = status


class OfAnotherPatient(Garbled):
    """The answer is about another patient than the one asked for. None of it may be shown."""


class Oversized(Garbled):
    """The answer is longer than the standard allows or the line takes; it was not read to its end."""
