"""`flask practices …` and `flask clusters …` as somebody at a terminal meets them."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Engine, insert, select

from hub.commands.practices import clusters_cli, practices_cli
from hub.config import Config, Mode, Secret
from hub.wiring import EXTENSION, open_hub
from practices import directory
from practices.models import GPSystemLinkRow, PracticeRow
from storage.ledger import LedgerRow
from storage.work import Work
from tests.practices.ods_files import OdsFolder, practice_line
from tests.practices.people import AT, CLOCK
from vocabulary.identifiers import OdsCode

pytestmark = pytest.mark.database


class Terminal:
    """A terminal beside a running hub."""

    def __init__(self, engine: Engine, **settings: Any) -> None:
        secrets = (Secret("unused"), Secret("unused"), Secret("only for tests"))
        config = Config(Mode.TEST, *secrets, "http://127.0.0.1:1", **settings)
        app = Flask("terminal")
        app.extensions[EXTENSION] = open_hub(config, engine=lambda: engine, clock=CLOCK)
        app.cli.add_command(practices_cli)
        app.cli.add_command(clusters_cli)
        self._runner = app.test_cli_runner()

    def type(self, *words: str | Path, answer: str | None = None) -> Result:
        return self._runner.invoke(args=[str(word) for word in words], input=answer)


@pytest.fixture
def terminal(engine: Engine) -> Terminal:
    return Terminal(engine)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    files = OdsFolder(tmp_path)
    files.practices.append(practice_line("L81009", status="C", closed="20191231"))
    paths = files.files
    return [
        *("--epraccur", str(paths.epraccur), "--list-sizes", str(paths.list_sizes)),
        *("--suppliers", str(paths.suppliers), "--places", str(paths.places), "--only", "15c"),
    ]


def test_an_import_says_line_by_line_and_in_all_what_it_would_do(
    terminal: Terminal, work: Work, files: list[str]
) -> None:
    result = terminal.type("practices", "import", *files)
    assert result.exit_code == 0
    assert "practice line 1: L81001: created: The High Street Surgery, 8,000 patients" in result.stdout
    assert "practice line 3: L81009: skipped: closed since 31 December 2019" in result.stdout
    assert "2  practices created" in result.stdout
    assert "20,500  patients on their lists" in result.stdout
    assert "This was a dry run: nothing was written. Add --apply to write it." in result.stdout
    with work.read() as tx:
        assert directory.practices(tx) == ()


def test_apply_writes_once_and_then_finds_nothing_to_change(terminal: Terminal, work: Work, files: list[str]) -> None:
    assert "Written, in one transaction." in terminal.type("practices", "import", *files, "--apply").stdout
    with work.read() as tx:
        assert len(directory.practices(tx)) == 2
        event = tx.scalars(select(LedgerRow)).one()
    assert (event.act, event.via, event.user_role) == ("practices.imported", "command", "system")
    assert event.user_id.startswith("command:")
    again = terminal.type("practices", "import", *files, "--apply")
    assert "Nothing to change: the address book already says all this." in again.stdout


def test_json_is_nothing_but_json(terminal: Terminal, files: list[str]) -> None:
    result = terminal.type("practices", "import", *files, "--json")
    summary = json.loads(result.stdout)
    assert {name: summary[name] for name in ("applied", "created", "changed", "skipped", "patients")} == {
        "applied": False,
        "created": 2,
        "changed": 0,
        "skipped": 1,
        "patients": 20_500,
    }
    assert summary["notes"][0]["outcome"] == "created"


def test_a_file_that_is_something_else_is_one_plain_line(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "workbook.csv").write_bytes(b"PK\x03\x04")
    result = terminal.type("practices", "import", "--epraccur", tmp_path / "workbook.csv")
    assert result.exit_code == 1
    assert "is a zip file or an Excel workbook, not CSV. Unpack it" in result.stderr
    assert "Traceback" not in result.output
    missing = terminal.type("clusters", "import", tmp_path / "nothing.csv")
    assert missing.exit_code == 1
    assert "There is no cluster file" in missing.stderr


def test_clusters_are_imported(terminal: Terminal, work: Work, files: list[str], tmp_path: Path) -> None:
    terminal.type("practices", "import", *files, "--apply")
    (tmp_path / "clusters.csv").write_text("cluster,ods\nAVON-01,L81001\nAVON-01,L81002\nAVON-01,L81777\n")
    planned = json.loads(terminal.type("clusters", "import", tmp_path / "clusters.csv", "--json").stdout)
    assert (planned["joined"], planned["skipped"], planned["applied"]) == (2, 1, False)
    result = terminal.type("clusters", "import", tmp_path / "clusters.csv", "--apply")
    assert "L81777: skipped: unknown code: import the practice first" in result.stdout
    with work.read() as tx:
        assert [each.ods.value for each in directory.cluster_mates(tx, OdsCode("L81001"))] == ["L81002"]


@pytest.fixture
def practice(work: Work) -> OdsCode:
    with work.begin() as tx:
        tx.execute(insert(PracticeRow).values(ods="Y90001", name="Ash"))
    return OdsCode("Y90001")


def test_a_practice_is_set_up_step_by_step(terminal: Terminal, work: Work, practice: OdsCode) -> None:
    elsewhere = terminal.type(
        "practices", "set-link", "Y90001", "--system", "emis", "--address", "https://gp.example/x"
    )
    assert "comes from the national directory" in elsewhere.stderr
    link = ["--system", "emis", "--address", "http://127.0.0.1:9/Y90001", "--secret", "ash-key"]
    assert terminal.type("practices", "set-link", "y90001", *link).exit_code == 0
    assert terminal.type("practices", "set-bypass-phone", "Y90001", "0117 496 0501").exit_code == 0
    mapped = terminal.type("practices", "map-slot-type", "Y90001", "EA Physio", "first-contact-physiotherapy")
    assert "now means: First-contact physiotherapy" in mapped.stdout
    refused = terminal.type("practices", "switch", "Y90001", "booking", "on")
    assert refused.exit_code == 1
    assert "no test booking there and back has passed" in refused.stderr
    with work.begin() as tx:  # as a passed test booking leaves it
        row = tx.get_one(GPSystemLinkRow, "Y90001")
        row.tested_at, row.test_outcome = AT, "passed"
    assert "Say who answers" in terminal.type("practices", "switch", "Y90001", "pooling", "on").stderr
    named = ["--user-id", "555012345678", "--user-name", "Helen Marsden"]
    assert terminal.type("practices", "switch", "Y90001", "pooling", "on", *named).exit_code == 0
    with work.read() as tx:
        found = directory.practice(tx, practice)
    assert found is not None
    assert (found.pooling_live, found.booking_live, found.pooling_by_name) == (True, False, "Helen Marsden")
    shown = terminal.type("practices", "show", "Y90001").stdout
    for words in ("Ash (open)", "0117 496 0501", "04 June 2025 10:30", "pooling       live", "booking       off"):
        assert words in shown
    assert "ea physio = First-contact physiotherapy" in shown
    assert terminal.type("practices", "unmap-slot-type", "Y90001", "EA Physio").exit_code == 0


def test_the_test_patient_is_asked_for_not_typed_into_the_history(terminal: Terminal, practice: OdsCode) -> None:
    asked = terminal.type("practices", "test-booking", "Y90001", "--as", "Y90001", answer="999 000 0001\n")
    assert asked.exit_code == 1
    assert "NHS number of the test patient" in asked.stdout
    assert "check digit does not fit" in asked.stderr


def test_a_code_that_is_none_is_refused_before_anything_happens(terminal: Terminal) -> None:
    result = terminal.type("practices", "show", "Y9!")
    assert result.exit_code == 2
    assert "An ODS code is 3 to 12 letters and digits." in result.stderr
    assert "no practice Y99999" in terminal.type("practices", "show", "Y99999").stderr


def test_a_practice_is_looked_up_and_what_is_new_is_printed(engine: Engine, practice: OdsCode, tmp_path: Path) -> None:
    listed = tmp_path / "directory.csv"
    root = "https://gp.example/Y90001/STU3/1/gpconnect"
    listed.write_text(f"ods,message_set,address,party_key,asid\nY90001,appointments,{root},K-1,918231000011\n")
    terminal = Terminal(engine, sds_file=str(listed))
    assert "Next: flask practices lookup" in terminal.type("practices", "set-link", "Y90001", "--system", "tpp").stdout
    first = terminal.type("practices", "lookup", "Y90001").stdout
    assert f"Appointments: {root}  ASID 918231000011" in first
    assert "new: Appointments: enabled" in first
    assert "Record view: not enabled" in first
    assert "Nothing is new" in terminal.type("practices", "lookup", "Y90001").stdout
    assert "1 practices looked up, 0 not." in terminal.type("practices", "lookup").stdout
    listed.write_text("nonsense\n")
    assert "its first line must be" in terminal.type("practices", "lookup").stderr


def test_without_a_directory_a_look_up_says_what_to_set(terminal: Terminal, practice: OdsCode) -> None:
    assert "set SDS_URL and SDS_API_KEY, or SDS_FILE" in terminal.type("practices", "lookup").stderr


def test_a_probe_of_a_practice_that_cannot_be_asked_says_why(terminal: Terminal, practice: OdsCode) -> None:
    assert "has no GP-system link" in terminal.type("practices", "probe", "Y90001").stderr
    link = ["--system", "emis", "--address", "http://127.0.0.1:1/x", "--consumer-asid", "918231000012"]
    assert terminal.type("practices", "set-link", "Y90001", *link).exit_code == 0
    assert "could not be reached" in terminal.type("practices", "probe", "Y90001").stderr
