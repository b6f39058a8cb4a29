"""What is wrong with a form, as templates show it: a summary on top with links, and a line beside each field."""

from collections.abc import Iterable
from typing import Any

from hub.schemas.fields import FormFault
from scheduling.problems import InvalidBooking

# Fields whose control has another id than its name.
_ANCHORS = {"was_booked": "was_booked", "reason": "reason"}


def of_booking(problem: InvalidBooking) -> tuple[FormFault, ...]:
    """The desk's refusals of a form, every fault at once."""
    return tuple(FormFault(one.field, _words(one)) for one in (problem, *problem.others))


def _words(problem: InvalidBooking) -> str:
    return f"{problem.message} {problem.next_step}".strip()


def fault_of(faults: Iterable[FormFault] | None, name: str) -> dict[str, str] | None:
    """The message of one field, as the NHS.UK macros want it."""
    for fault in faults or ():
        if fault.field == name:
            return {"text": fault.message}
    return None


def fault_links(faults: Iterable[FormFault]) -> list[dict[str, Any]]:
    """The summary's lines."""
    return [{"text": fault.message, "href": f"#{_ANCHORS.get(fault.field, fault.field)}"} for fault in faults]
