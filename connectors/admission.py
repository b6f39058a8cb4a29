"""What an act at a GP system must show: which permits fit it. The gate mints and judges them, the guard asks it.

This room knows no agreements: a permit is a `Pass` to it, and whether one is genuine and fits is the wiring's to say.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from connectors.port import GPSystem
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.people import Caller
from vocabulary.purposes import Scope


class Pass(Protocol):
    """What a permit says of itself to the guard: on whose behalf which host may be asked."""

    @property
    def host(self) -> OdsCode:
        """Whose system."""
        ...

    @property
    def caller(self) -> Caller:
        """On whose behalf."""
        ...


@dataclass(frozen=True, slots=True)
class Act:
    """One call of the port, as far as a permit has to fit it. None where the call itself does not say."""

    method: str
    host: OdsCode
    nhs_number: NHSNumber | None = None
    ref: BookingRef | None = None


Admit = Callable[[Pass, Act], None]
"""Raises NotAdmitted when the pass is no permit or does not fit the act, Unreachable when it has run out."""

PermittedConnect = Callable[[Pass], GPSystem]
"""What verbs are given: the guarded GP system that a permit opens. Raises Unsupported with no link."""


class NotAdmitted(RuntimeError):
    """A programming error: a GP system was to be asked without a permit that fits. Nothing was sent."""


_BOOKING = frozenset({Scope.BOOK})
FITTING: Mapping[str, frozenset[Scope]] = {
    "free_slots": frozenset({Scope.SEE_SLOTS, Scope.BOOK}),  # whoever may book a slot may see whether it is free
    "find_patient": frozenset({Scope.BOOK, Scope.VIEW_RECORD}),
    "read_patient": _BOOKING,
    "register_patient": _BOOKING,
    "book": _BOOKING,
    "find_booking": _BOOKING,
    "read": _BOOKING,
    "amend": _BOOKING,
    "cancel": _BOOKING,
    "report_status": _BOOKING,
    "read_record": frozenset({Scope.VIEW_RECORD}),
    "find_documents": frozenset({Scope.VIEW_RECORD}),
    "read_document": frozenset({Scope.VIEW_RECORD}),
    "file_record": frozenset({Scope.SEND_TASK}),
    "find_practitioner": frozenset({Scope.SEE_SLOTS, Scope.BOOK}),
    "ping": frozenset(Scope),  # shows nobody's data
}
"""Which scopes let each method be called."""

OF_ONE_PATIENT = frozenset(
    {
        "find_patient",
        "register_patient",
        "book",
        "find_booking",
        "read_record",
        "find_documents",
        "read_document",
        "file_record",
    }
)
"""Methods that name a patient: the permit must name the same one."""

OF_ONES_OWN = frozenset({"report_status"})
"""Methods for a practice's own staff in their own diary: no agreement opens them to a neighbour."""

TO_FIND_OUT = frozenset({"find_patient", "find_booking", "read", "ping"})
"""All that may be done where no agreement grants it any more, to learn what became of a booking."""

TO_GIVE_BACK = TO_FIND_OUT | {"cancel"}
"""And to give it up."""
