"""How suppliers' systems differ on the same wire, and what a practice has switched off."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.port import MessageSet
from gp_connect import interactions
from gp_connect.interactions import Interaction
from vocabulary.problems import InvalidValue

_FOUNDATIONS = frozenset(
    {
        interactions.FIND_PATIENT,
        interactions.READ_PATIENT,
        interactions.REGISTER_PATIENT,
        interactions.FIND_PRACTITIONER,
        interactions.READ_PRACTITIONER,
        interactions.FIND_ORGANISATION,
        interactions.READ_ORGANISATION,
        interactions.READ_LOCATION,
    }
)


@dataclass(frozen=True, slots=True)
class Manner:
    """One supplier's ways, as far as another system meets them."""

    name: str
    software: str  # what the capability statement calls it
    longest_reason: int | None = None  # a cancellation reason beyond this is cut off, not refused
    shows_past_slots: bool = True
    joins_texts: bool = False  # one field for description and comment
    speaks_xml: bool = True
    switched_off: str = "This capability is disabled at this practice."  # what it says when it is


PLAIN = Manner("plain", "Practice hub GP-system simulator")
EMIS = Manner(
    "emis",
    "EMIS Web (simulated)",
    longest_reason=150,
    joins_texts=True,
    speaks_xml=False,
    switched_off="Service type disabled",
)
TPP = Manner(
    "tpp", "SystmOne (simulated)", shows_past_slots=False, speaks_xml=False, switched_off="GP Connect not enabled"
)
MANNERS: Mapping[str, Manner] = {manner.name: manner for manner in (PLAIN, EMIS, TPP)}


@dataclass(frozen=True, slots=True)
class Settings:
    """What is particular to one practice's system.

    `off` is the practice's own switch for each capability, `unlisted` what the national directory does not know it
    to do. A system that does not `trace` is of before 1.2.7: whoever is active there but untraced is neither found
    nor registered.
    """

    manner: Manner = PLAIN
    off: frozenset[MessageSet] = field(default_factory=frozenset)
    unlisted: frozenset[MessageSet] = field(default_factory=frozenset)
    traces: bool = True

    def serves(self, message_set: MessageSet) -> bool:
        """Whether the practice has this capability switched on."""
        return message_set not in self.off


def message_set_of(interaction: Interaction) -> MessageSet | None:
    """The capability that an interaction belongs to; None for metadata, which is always answered."""
    if interaction == interactions.METADATA:
        return None
    if interaction in interactions.STRUCTURED:
        return MessageSet.STRUCTURED_RECORD
    if interaction in interactions.DOCUMENTS:
        return MessageSet.DOCUMENTS
    return MessageSet.FOUNDATIONS if interaction in _FOUNDATIONS else MessageSet.APPOINTMENTS


def manner_named(name: str) -> Manner:
    """Raises InvalidValue, naming those there are."""
    if name not in MANNERS:
        raise InvalidValue(f"There is no manner “{name}”; there are {', '.join(MANNERS)}.")
    return MANNERS[name]


def write(settings: Settings) -> str:
    """As stored, in a practice's row."""
    return json.dumps(
        {
            "manner": settings.manner.name,
            "off": sorted(settings.off),
            "unlisted": sorted(settings.unlisted),
            "traces": settings.traces,
        }
    )


def read(stored: str) -> Settings:
    """Settings as stored; what an older file lacks is as the standard has it."""
    held = json.loads(stored or "{}")
    return Settings(
        manner=manner_named(held.get("manner", PLAIN.name)),
        off=frozenset(MessageSet(each) for each in held.get("off", ())),
        unlisted=frozenset(MessageSet(each) for each in held.get("unlisted", ())),
        traces=held.get("traces", True) is True,
    )
