"""Which interactions a simulated practice plays, and how: from what was asked to the resource that answers it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors.mock.simulator.diary import Diary
from connectors.mock.simulator.manners import Settings
from connectors.mock.simulator.people_and_places import PeopleAndPlaces
from connectors.mock.simulator.registers import Register
from gp_connect import capability, interactions, media
from gp_connect.elements import Resource
from gp_connect.interactions import Interaction
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import searching
from gp_connect.spine_codes import NOT_IMPLEMENTED
from vocabulary.times import Clock

_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that passed the checks. `body` is read only by what needs one; `over` books whatever is booked."""

    logical_id: str
    parameters: tuple[tuple[str, str], ...]
    body: Callable[[], Resource]
    version: Callable[[], str]
    over: bool = False


@dataclass(frozen=True, slots=True)
class System:
    """One practice's system."""

    settings: Settings
    diary: Diary
    register: Register
    places: PeopleAndPlaces
    clock: Clock


Play = Callable[[System, Asked], Resource]


def _metadata(system: System, _asked: Asked) -> Resource:
    formats = media.BOTH if system.settings.manner.speaks_xml else media.JSON_ONLY
    return capability.write(system.settings.manner.software, _VERSION, formats=formats)


def _appointments(system: System, asked: Asked) -> Resource:
    return system.diary.of_patient(asked.logical_id, searching.appointments(asked.parameters, system.clock.now()))


PLAYS: Mapping[Interaction, Play] = {
    interactions.METADATA: _metadata,
    interactions.FIND_PATIENT: lambda its, asked: its.register.find(searching.nhs_number(asked.parameters)),
    interactions.READ_PATIENT: lambda its, asked: its.register.read(asked.logical_id),
    interactions.REGISTER_PATIENT: lambda its, asked: its.register.register(asked.body()),
    interactions.FIND_PRACTITIONER: lambda its, asked: its.places.find_practitioner(
        searching.sds_user_id(asked.parameters)
    ),
    interactions.READ_PRACTITIONER: lambda its, asked: its.places.read_practitioner(asked.logical_id),
    interactions.FIND_ORGANISATION: lambda its, asked: its.places.find_organisation(
        searching.ods_code(asked.parameters)
    ),
    interactions.READ_ORGANISATION: lambda its, asked: its.places.read_organisation(asked.logical_id),
    interactions.READ_LOCATION: lambda its, asked: its.places.read_location(asked.logical_id),
    interactions.FREE_SLOTS: lambda its, asked: its.diary.free_slots(searching.free_slots(asked.parameters)),
    interactions.BOOK: lambda its, asked: its.diary.book(asked.body(), over=asked.over),
    interactions.PATIENT_APPOINTMENTS: _appointments,
    interactions.READ_APPOINTMENT: lambda its, asked: its.diary.read(asked.logical_id),
    interactions.AMEND: lambda its, asked: its.diary.amend(asked.logical_id, asked.body(), asked.version()),
    interactions.CANCEL: lambda its, asked: its.diary.cancel(asked.logical_id, asked.body(), asked.version()),
}


def play(interaction: Interaction, system: System, asked: Asked) -> Resource:
    """The answer to one request, or Rejected."""
    played = PLAYS.get(interaction)
    if played is None:
        raise Rejected(NOT_IMPLEMENTED, f"{interaction.name} is not played here")
    return played(system, asked)
