"""The table of refusals at the hub's own door: each spoilt request is refused with its code, good ones are served.

Rules about an appointment that is held already are tried in test_trouble.py: here nobody has one.
"""

import json
from dataclasses import replace

import pytest
from sqlalchemy import text as sql

from gp_connect import interactions
from gp_connect.elements import child, text
from gp_connect.interactions import Interaction
from gp_connect.provider_rules import catalogue
from gp_connect.provider_rules.catalogue import Rule
from scheduling import seeing
from scheduling.seeing import Observation
from tests.gp_connect.asking import ASID, NOW, Request, good
from tests.gp_connect.spoiling import SPOILT
from tests.gp_connect.test_patients import ALEX
from tests.hub.fhir.consumer import open_rig
from tests.scheduling.world import HOME, HOST, World
from vocabulary.times import Window

pytestmark = pytest.mark.database
ABOUT_ONE_HELD = {interactions.AMEND, interactions.CANCEL, interactions.READ_APPOINTMENT}
XML = ("_format", "application/fhir+xml")  # spoken here, though not by the practice that the table has in mind


class Served:
    """The hub as the good requests know it."""

    def __init__(self, world: World) -> None:
        self.world = world
        with world.work.begin() as tx:
            tx.execute(sql("UPDATE agreement SET starts_at = '2026-01-01'"))
        world.network.tracing.add(replace(ALEX, host_id=""), home_practice=HOME)
        self.client = open_rig(world, fhir_asids={HOST.value: ASID}).app.test_client()

    def ask(self, request: Request) -> tuple[int, str]:
        """Status and Spine code (or type of resource) of the answer to it."""
        self.world.clock.at = request.now
        answer = self.client.open(
            f"/{HOST}/STU3/1/gpconnect{request.path}",
            method=request.interaction.verb,
            query_string=request.parameters,
            headers={**request.headers, "Accept-Encoding": "identity"},
            data=request.body,
            base_url="https://host.example",
        )
        assert ALEX.nhs_number.value not in answer.text or answer.status_code < 400
        said = json.loads(answer.get_data())
        if said["resourceType"] != "OperationOutcome":
            return answer.status_code, str(said["resourceType"])
        (issue,) = said["issue"]
        return answer.status_code, text(child(child(issue, "details"), "coding"), "code")

    def show(self, request: Request) -> None:
        """Let the pool hold the slots that the request says the diary holds."""
        seen = Window(min(slot.window.start for slot in request.slots), max(s.window.end for s in request.slots))
        with self.world.work.begin() as tx:
            seeing.write(tx, Observation(HOST, HOME, seen, NOW, request.slots, look=True))


@pytest.fixture
def served(world: World) -> Served:
    return Served(world)


def tried(rule: Rule) -> list[Interaction]:
    """What this rule is tried with here: every request's own rules with all, a body's rules with those without one."""
    every = len(rule.interactions) > len(ABOUT_ONE_HELD) + 3
    return [each for each in rule.interactions if every or each not in ABOUT_ONE_HELD]


@pytest.mark.parametrize("rule", [rule for rule in catalogue.RULES if SPOILT.get(rule.key)], ids=lambda rule: rule.key)
def test_a_spoilt_request_is_refused_with_its_code(served: Served, rule: Rule) -> None:
    for interaction in tried(rule):
        for number, spoil in enumerate(SPOILT[rule.key]):
            request = spoil(good(interaction))
            if XML in request.parameters:
                continue
            if interaction == interactions.BOOK:
                served.show(request)
            told = served.ask(request)
            assert told == (rule.code.status, rule.code.code), f"{interaction.name}, way {number}"


def test_good_requests_are_served(served: Served) -> None:
    for interaction, told in (
        (interactions.METADATA, (200, "CapabilityStatement")),
        (interactions.FIND_PATIENT, (200, "Bundle")),
        (interactions.FREE_SLOTS, (200, "Bundle")),
        (interactions.FIND_ORGANISATION, (200, "Bundle")),
        (interactions.FIND_PRACTITIONER, (200, "Bundle")),
        (interactions.REGISTER_PATIENT, (200, "Bundle")),
    ):
        assert served.ask(good(interaction)) == told
