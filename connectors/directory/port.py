"""The directory port: two steps, as the national one has them, and what both together say of a practice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from connectors.port import Endpoint, MessageSet
from gp_connect import interactions
from vocabulary.identifiers import OdsCode

STRUCTURED_RECORD = "urn:nhs:names:services:gpconnect:fhir:operation:gpc.getstructuredrecord-1"

ASKED_FOR: Mapping[MessageSet, str] = {
    MessageSet.FOUNDATIONS: interactions.FIND_PATIENT.id,
    MessageSet.APPOINTMENTS: interactions.FREE_SLOTS.id,
    MessageSet.STRUCTURED_RECORD: STRUCTURED_RECORD,
    MessageSet.DOCUMENTS: interactions.FIND_DOCUMENTS.id,
}
"""The interaction that stands for its message set: a practice is enabled for a whole set or for none of it."""


@dataclass(frozen=True, slots=True)
class Registration:
    """The first step's answer: where an interaction of a practice is answered, and under which party key."""

    address: str
    party_key: str


class Directory(Protocol):
    """Both steps. Faults as connectors.faults; None is a *seen* absence: the practice is not enabled for that."""

    def registration(self, ods: OdsCode, interaction_id: str) -> Registration | None:
        """Where this practice answers this interaction."""
        ...

    def asid(self, ods: OdsCode, interaction_id: str, party_key: str) -> str | None:
        """The system id of what answers there."""
        ...


@dataclass(frozen=True, slots=True)
class Listing:
    """What the directory says of one message set of a practice. Without an endpoint it is not enabled."""

    message_set: MessageSet
    endpoint: Endpoint | None = None
    party_key: str = ""


def look_up(directory: Directory, ods: OdsCode) -> tuple[Listing, ...]:
    """What a practice is enabled for and where, one listing a message set. Raises any fault: then nothing is known."""
    return tuple(_listing(directory, ods, message_set) for message_set in ASKED_FOR)


def _listing(directory: Directory, ods: OdsCode, message_set: MessageSet) -> Listing:
    interaction_id = ASKED_FOR[message_set]
    found = directory.registration(ods, interaction_id)
    asid = directory.asid(ods, interaction_id, found.party_key) if found else None
    if found is None or asid is None:
        return Listing(message_set)
    return Listing(message_set, Endpoint(found.address, asid), found.party_key)
