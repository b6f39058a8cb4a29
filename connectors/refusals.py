"""What a refusal means in plain English, who can mend it, and what to do meanwhile. PURE.

Hosts, their suppliers and the national proxy say no in texts of their own. They are recognised here and never shown:
some hold addresses, system ids or whatever was asked.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gp_connect import interactions
from gp_connect.interactions import Interaction
from gp_connect.outcomes import Outcome
from gp_connect.spine_codes import Owner

_LONGEST_LOOKED_AT = 20_000  # characters of an answer: what says no says it at once

NEXT_STEPS = {
    Owner.CALLER: "Check the details and try again, or phone the practice.",
    Owner.HOST: "Phone the practice. Its manager can switch this on.",
    Owner.HOST_SUPPLIER: "Phone the practice to book. It can tell its system's supplier.",
    Owner.HUB: "Phone the practice for now, and tell whoever runs the hub.",
    Owner.NATIONAL: "Phone the practice for now. Whoever runs the hub raises it with the national service desk.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A refusal in our words. `passing`: it may be over in a moment, so a read is worth another try."""

    code: str
    words: str
    owner: Owner
    next_step: str = ""
    passing: bool = False

    @property
    def advice(self) -> str:
        """What to do meanwhile."""
        return self.next_step or NEXT_STEPS[self.owner]


@dataclass(frozen=True, slots=True)
class Wording:
    """A text that turns up in refusals, and what it means."""

    pattern: re.Pattern[str]
    told: Told


def wording(pattern: str, told: Told) -> Wording:
    """A wording, whatever its case; a space stands for any run of spaces and underscores, and " ?" for none as well."""
    spaced = pattern.replace(" ?", r"[\s_]*").replace(" ", r"[\s_]+")
    return Wording(re.compile(spaced, re.IGNORECASE), told)


_LOOK_UP_AGAIN = (
    "Phone the practice for now. Whoever runs the hub looks the practice up in the national directory again."
)

NATIONAL = (
    wording(
        r"ASID CHECK FAILED MESSAGESENDER",
        Told(
            "SENDER_NOT_ENABLED",
            "The national register does not list your practice's system for this service.",
            Owner.HUB,
            "Phone the practice for now. Whoever runs the hub checks your practice's system id (ASID).",
        ),
    ),
    wording(
        r"PARTY ?KEY INTERACTION CHECK FAILED|(recipient|receiver)[^.]{0,40} not (enabled|authorised) for"
        r"|not enabled for interaction",
        Told(
            "HOST_NOT_ENABLED",
            "The host practice is not listed nationally for this service.",
            Owner.HOST_SUPPLIER,
            "Phone the practice to book. Its system's supplier lists it in the national directory.",
        ),
    ),
    wording(
        r"FOT CHECK FAILED|not authorised to send the interaction",
        Told("PAIR_NOT_ALLOWED", "The national service does not let your practice ask this one.", Owner.NATIONAL),
    ),
    wording(
        r"ASID CHECK FAILED",
        Told(
            "ASID_CHECK_FAILED",
            "The national register does not list your practice or the host for this service.",
            Owner.NATIONAL,
        ),
    ),
    wording(
        r"VARIES FROM TARGET ?URL",
        Told(
            "ADDRESS_MOVED",
            "The address the hub has for the host practice is not the one registered nationally.",
            Owner.HUB,
            _LOOK_UP_AGAIN,
        ),
    ),
    wording(
        r"ERROR COMMUNICATING TO ENDPOINT",
        Told(
            "PROXY_COULD_NOT_REACH",
            "The national proxy could not reach the host practice's system.",
            Owner.HOST_SUPPLIER,
            "Try again in a few minutes, or phone the practice.",
            passing=True,
        ),
    ),
    wording(
        r"GP ?Connect (is |has been )?(not enabled|disabled|switched off)",
        Told("GP_CONNECT_OFF", "That practice has GP Connect switched off.", Owner.HOST),
    ),
    wording(
        r"(capability|service) (is |has been )?(not enabled|disabled|switched off)",
        Told("CAPABILITY_OFF", "That practice has this part of GP Connect switched off.", Owner.HOST),
    ),
)
"""What the national proxy says, and what any supplier may."""

_FOUND_NOBODY = Told(
    "PATIENT_NOT_FOUND",
    "The host practice's system does not show a patient with this NHS number.",
    Owner.CALLER,
    "Check the NHS number, or phone the practice.",
)
_DEADLOCK = Told(
    "ALREADY_THERE_UNSEEN",
    "The host practice already holds this patient in a way its system does not show, so the patient can be neither "
    "found nor registered from here.",
    Owner.HOST,
    "Phone the practice: it can complete the patient's registration or book directly.",
)
_TAKEN = Told(
    "DUPLICATE_REJECTED", "That slot has just been taken at the host practice.", Owner.CALLER, "Choose another slot."
)
_CHANGED_THERE = Told(
    "FHIR_CONSTRAINT_VIOLATION",
    "The appointment was changed at the host practice in the meantime.",
    Owner.CALLER,
    "Look at the appointment again before changing it.",
)
_BY_CODE = {"PATIENT_NOT_FOUND": _FOUND_NOBODY}


def nobody_found() -> Told:
    """An empty find: not known there, or not to be shown; the two look alike and must."""
    return _FOUND_NOBODY


def recognise(text: str, wordings: Iterable[Wording]) -> Told | None:
    """What a text that turns up in refusals means; the supplier's own wordings come before the national ones."""
    looked_at = text[:_LONGEST_LOOKED_AT]
    return next((each.told for each in (*wordings, *NATIONAL) if each.pattern.search(looked_at)), None)


def explain(interaction: Interaction, status: int, outcome: Outcome, wordings: Iterable[Wording]) -> Told:
    """A refusal that came as an OperationOutcome, by what was asked."""
    if status == 409:
        return _conflict(interaction, outcome)
    told = recognise(f"{outcome.diagnostics}\n{outcome.display}", wordings) or _BY_CODE.get(outcome.code)
    return told or Told(outcome.code, outcome.words, outcome.owner)


def _conflict(interaction: Interaction, outcome: Outcome) -> Told:
    if interaction == interactions.REGISTER_PATIENT:
        return _DEADLOCK
    if interaction == interactions.BOOK:
        return _TAKEN
    if interaction in (interactions.AMEND, interactions.CANCEL):
        return _CHANGED_THERE
    return Told(outcome.code, outcome.words, outcome.owner)
