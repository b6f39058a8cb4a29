"""`flask assurance load`: the provider test suite's data set in a hub over the simulator, and its first questions."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Engine, text

from connectors.mock.simulator import child
from gp_connect import interactions, names
from gp_connect.slots import read as read_slots
from hub.app import create_app
from hub.commands.assurance import assurance_cli
from hub.config import FhirDoor, Mode
from hub.wiring import EXTENSION, open_hub
from storage.work import Work
from tests.hub.fhir.consumer import Consumer, refusal, resources
from tests.hub.rig import CONFIG
from tests.scheduling.world import World, caller
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.slots import Gender
from vocabulary.times import SystemClock, Window

pytestmark = pytest.mark.database
FILES = {
    "ODSCodeMap.csv": "NATIVE_ODS_CODE,PROVIDER_ODS_CODE\nORG1,A20047\nORG2,R1A14 \n"
    "ORG3,X12345\nSIT1,Z26556\nSIT2,Z33432",
    "OrganizationSiteCodeMap.csv": 'Key,Value\nORG1,SIT1\nORG2,"SIT2,SIT4"\nSIT1,ORG1',
    "LocationLogicalIdentifierMap.csv": "Location,LogicalIdentifier\nSIT1,1\nSIT2,8",
    "PractitionerCodeMap.csv": "NATIVE_PRACTITIONER_CODE,PROVIDER_PRACTITIONER_CODE\npractitioner1,G13579135\n"
    "practitioner2,G11111116\npractitioner4,G99999999",
    "NHSNoMap.csv": "NATIVE_NHS_NUMBER,PROVIDER_NHS_NUMBER\npatient1,9990000018\npatient2,9990000026\n"
    "patient9,9990000034\npatient11,9990000042\npatientNotInSystem,9990000050\npatient3,1234567890",
    "RegisterPatients.csv": "SPINE_NHS_NUMBER,NAME_FAMILY,NAME_GIVEN,GENDER,DOB\n9990000069,REA,Clive,MALE,1951-03-10\n"
    "9990000077,SOFFE,Oscar,MALE,1937-13-11",
}

CLIVE = Patient(NHSNumber("9990000069"), "Rea", "Clive", date(1951, 3, 10), Gender.MALE)


class Terminal:
    """A terminal beside a hub."""

    def __init__(self, engine: Engine, **settings: Any) -> None:
        config = replace(CONFIG, **settings)
        app = Flask("terminal")
        app.extensions[EXTENSION] = open_hub(config, engine=lambda: engine)
        app.cli.add_command(assurance_cli)
        self._runner = app.test_cli_runner()

    def load(self, folder: Path, simulator: str, *more: str) -> Result:
        return self._runner.invoke(args=["assurance", "load", str(folder), "--simulator", simulator, *more])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).write_text(f"\ufeff{content}\n")
    return tmp_path


@pytest.fixture
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with child.Simulator(tmp_path_factory.mktemp("simulator")) as running:
        yield running.url


def counted(work: Work, table: str) -> int:
    with work.read() as tx:
        return int(tx.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608


def test_a_dry_run_says_what_it_would_do_and_what_it_cannot_read(engine: Engine, work: Work, folder: Path) -> None:
    said = Terminal(engine).load(folder, "http://127.0.0.1:1")
    assert said.exit_code == 0, said.output
    assert "nothing was written" in said.output
    assert "3  practices" in said.output
    assert "patient3: skipped: That is not a valid NHS number" in said.output
    assert "registration line 3: skipped: the date of birth" in said.output
    assert "1234567890" not in said.output
    assert counted(work, "practice") == 0


def test_the_suites_practice_answers_the_suites_questions(
    engine: Engine, work: Work, folder: Path, simulator: str
) -> None:
    said = Terminal(engine).load(folder, simulator, "--apply")
    assert said.exit_code == 0, said.output
    assert "HUB_FHIR_SPEAKS_FOR=GPCA0001=A20047" in said.output
    with work.read() as tx:
        acts = list(tx.scalars(text("SELECT act FROM ledger_event")))
    assert "assurance.loaded" in acts

    config = replace(
        CONFIG,
        fhir=FhirDoor.DEMO,
        fhir_speaks_for={"GPCA0001": "A20047"},
        pds_url=f"{simulator}/pds/personal-demographics/FHIR/R4",
    )
    hub = open_hub(config, engine=lambda: engine)
    world = World.__new__(World)
    world.clock = SystemClock()  # type: ignore[assignment]
    who = replace(caller(OdsCode("GPCA0001"), user="1"), name="Mr AssuranceTest AssurancePractitioner")
    suite = Consumer(create_app(config, hub=hub).test_client(), world, OdsCode("A20047"), who)

    def slots(kind: str) -> list[dict[str, Any]]:
        now = world.clock.now()
        answer = suite.slots(Window(now, now + timedelta(days=13)), ods=OdsCode("A20047"), kind=kind)
        return [each for each in resources(answer) if each["resourceType"] == "Slot"]

    urgent, practice, nothing = (slots(kind) for kind in (names.URGENT_CARE, names.GP_PRACTICE, ""))
    assert len(urgent) > len(nothing) >= 150
    assert {each["id"] for each in nothing} < {each["id"] for each in urgent}
    assert any("-both-" in each["id"] for each in urgent)
    assert any("-gp-practice-" in each["id"] for each in practice)
    assert not any("urgent" in each["id"] or "both" in each["id"] for each in practice)
    assert resources(suite.slots(ods=OdsCode("X12345"))) == []

    now = world.clock.now()
    answer = suite.slots(Window(now, now + timedelta(days=5)), ods=OdsCode("A20047"), kind=names.URGENT_CARE)
    offered = read_slots(answer.get_json(force=True), OdsCode("A20047"))
    kept = next(slot for slot in offered if "-both-" in slot.host_id)
    (clive,) = resources(suite.register(CLIVE))
    body = suite.booking(kept, patient_id=clive["id"])
    (booked_by,) = body["contained"]
    booked_by["identifier"][0]["value"] = "A20047"
    as_practice = suite.ask(interactions.BOOK, body=body)
    assert refusal(as_practice)[0] in (409, 422), "kept for urgent care"
    booked_by["type"] = [{"coding": [{"system": names.ORGANISATION_TYPE, "code": names.URGENT_CARE}]}]
    made = suite.ask(interactions.BOOK, body=body)
    assert made.status_code == 201, made.text
    assert suite.cancel(made.get_json(force=True)).status_code == 200

    (first,) = resources(suite.find(NHSNumber("9990000018")))
    assert (first["id"], first["name"][0]["family"]) == ("patient1", "Assurance")
    for hidden in ("9990000034", "9990000042", "9990000050"):
        assert resources(suite.find(NHSNumber(hidden))) == []
    assert refusal(suite.read("2222222H"))[0] == 404


def test_loading_again_or_elsewhere_is_refused_in_words(engine: Engine, folder: Path, simulator: str) -> None:
    terminal = Terminal(engine)
    assert terminal.load(folder, simulator, "--apply").exit_code == 0
    again = terminal.load(folder, simulator, "--apply")
    assert again.exit_code == 1 and "Start it with an empty folder" in again.output
    elsewhere = terminal.load(folder, "http://127.0.0.1:1", "--apply")
    assert elsewhere.exit_code == 1 and "connected to another system already" in elsewhere.output


def test_a_simulator_that_is_not_there_and_a_folder_that_is_not_it(engine: Engine, folder: Path) -> None:
    gone = Terminal(engine).load(folder, "http://127.0.0.1:1", "--apply")
    assert gone.exit_code == 1 and "does not answer" in gone.output
    (folder / "NHSNoMap.csv").unlink()
    missing = Terminal(engine).load(folder, "http://127.0.0.1:1")
    assert missing.exit_code == 1 and "There is no patient file" in missing.output


def test_a_production_hub_takes_none_of_it(engine: Engine, work: Work, folder: Path) -> None:
    said = Terminal(engine, mode=Mode.PRODUCTION).load(folder, "http://127.0.0.1:1", "--apply")
    assert said.exit_code == 1 and "production" in said.output
    assert counted(work, "practice") == 0
