"""The table of refusals over the wire: the simulator answers each spoilt request with its code, and good ones well."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connectors.mock.simulator import SeedPatient, SeedPractice, SeedSession, load, playing
from connectors.mock.simulator.app import create_app, surroundings
from connectors.mock.simulator.loading import slot_row
from connectors.mock.simulator.manners import TPP, Settings
from connectors.mock.simulator.store import Store
from gp_connect import interactions, names
from gp_connect.elements import child, extension, text
from gp_connect.interactions import FOUNDATIONS_AND_APPOINTMENTS, Interaction
from gp_connect.moments import read_moment
from gp_connect.provider_rules import catalogue
from tests.gp_connect.asking import ASID, NOW, Request, good
from tests.gp_connect.spoiling import SPOILT
from tests.gp_connect.test_appointments import HELD
from tests.gp_connect.test_patients import ALEX
from tests.gp_connect.test_slots import SESSION, diary
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import TracedPatient
from vocabulary.slots import DeliveryChannel

ODS = "Y90003"
_ROOT = f"/{ODS}/STU3/1/gpconnect"
# What the good requests name and this practice calls otherwise; ALEX, who is registered there, is on the list here.
_IDS = {
    "/Organization/23": "/Organization/1",
    "/Practitioner/15": "/Practitioner/2",
    "/Patient/2": "/Patient/77",
}
_NEWCOMER = NHSNumber.parse("9990000026")


class Played:
    """One practice as the good requests know it."""

    def __init__(self, store: Store, client: FlaskClient) -> None:
        self.store = store
        self.client = client

    def ask(self, request: Request) -> TestResponse:
        """Sent as it stands, to a diary as the request says it is."""
        self._arrange(request)
        return self.client.open(
            f"{_ROOT}{request.path}",
            method=request.interaction.verb,
            query_string=request.parameters,
            headers=request.headers,
            data=request.body,
            base_url="https://host.example",
        )

    def _arrange(self, request: Request) -> None:
        ids = [text(each, "reference").removeprefix("Slot/") for each in self._slots_named(request)] or ["0", "1"]
        channel = text(extension(request.held, names.DELIVERY_CHANNEL), "valueCode")
        visits = channel == "Visit"
        starts = int(read_moment(text(request.held, "start")).timestamp())
        with self.store.writing() as connection:
            connection.execute("DELETE FROM slot")
            for slot_id, slot in zip(ids, request.slots, strict=False):
                row = slot_row(replace(slot, host_id=slot_id), "free")
                connection.execute("INSERT OR IGNORE INTO slot VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            connection.execute("DELETE FROM appointment")
            connection.execute(
                "INSERT INTO appointment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(ODS, HELD.receipt.appointment_id, 3, text(request.held, "status"), "77", starts),
                    int(HELD.window.end.timestamp()),
                    *(HELD.description, HELD.comment, "", int(read_moment("2026-06-01T01:00:00+01:00").timestamp())),
                    *(SESSION.host_id, "17", "2"),
                    (DeliveryChannel.OTHER if visits else DeliveryChannel.IN_PERSON).value,
                    *("GP", json.dumps(list(HELD.slot_ids)), "Y90001", "Riverside Surgery", "0117 496 0002"),
                    names.GP_PRACTICE,
                ),
            )

    @staticmethod
    def _slots_named(request: Request) -> list[dict[str, str]]:
        if request.interaction != interactions.BOOK:
            return []
        try:
            named = json.loads(request.body).get("slot", [])
        except (ValueError, AttributeError):
            return []
        return [each for each in named if isinstance(each, dict)] if isinstance(named, list) else []


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("simulator")
    practice = SeedPractice(
        OdsCode(ODS),
        "Host Surgery",
        "0117 496 0003",
        asid=ASID,
        sessions=(SeedSession(SESSION, diary(2)),),
        patients=(SeedPatient(ALEX),),
        settings=Settings(TPP),  # JSON only, as the table has it
    )
    load(folder, [practice], [TracedPatient(replace(ALEX, nhs_number=_NEWCOMER, host_id=""), OdsCode("Y90001"))])
    app = create_app(folder)
    yield Played(surroundings(app).store, app.test_client())
    surroundings(app).store.close()


@pytest.fixture(autouse=True)
def now(played: Played) -> None:
    surroundings(played.client.application).clock.set(NOW)


def asked_here(request: Request) -> Request:
    """The same request with this practice's own ids, for somebody who may be registered here."""
    path = next((request.path.replace(old, new) for old, new in _IDS.items() if request.path.startswith(old)), None)
    if request.interaction == interactions.REGISTER_PATIENT:
        request = replace(request, body=request.body.replace(b"9990000018", _NEWCOMER.value.encode()))
    return replace(request, path=path or request.path)


def body_of(answer: TestResponse) -> bytes:
    """Unpacked: the good requests ask for gzip."""
    return gzip.decompress(answer.data) if answer.headers.get("Content-Encoding") == "gzip" else answer.data


def code_of(answer: TestResponse) -> str:
    outcome = json.loads(body_of(answer))
    assert outcome["resourceType"] == "OperationOutcome", outcome
    (issue,) = outcome["issue"]
    return text(child(child(issue, "details"), "coding"), "code")


@pytest.mark.parametrize("interaction", FOUNDATIONS_AND_APPOINTMENTS, ids=lambda each: each.name)
def test_a_good_request_is_answered(played: Played, interaction: Interaction) -> None:
    assert interaction in playing.PLAYS
    answer = played.ask(asked_here(good(interaction)))
    assert answer.status_code == (201 if interaction == interactions.BOOK else 200), body_of(answer)
    assert answer.headers["Cache-Control"] == "no-store"


CASES = [
    pytest.param(rule, interaction, id=f"{rule.key}-{interaction.name}")
    for rule in catalogue.RULES
    for interaction in rule.interactions
    if SPOILT.get(rule.key)
]


@pytest.mark.parametrize(("rule", "interaction"), CASES)
def test_a_spoilt_request_is_refused_with_its_code(
    played: Played, rule: catalogue.Rule, interaction: Interaction
) -> None:
    for number, spoil in enumerate(SPOILT[rule.key]):
        request = asked_here(spoil(good(interaction)))
        surroundings(played.client.application).clock.set(request.now)
        answer = played.ask(request)
        told = (answer.status_code, code_of(answer))
        assert told == (rule.code.status, rule.code.code), (number, body_of(answer))
        assert b"9990000018" not in body_of(answer) and b"9990000026" not in body_of(answer)
