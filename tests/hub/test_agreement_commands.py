"""`flask agreements …` as somebody at a terminal meets it: files in and out, a cluster at once, nothing by accident."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Engine, insert

from hub.commands.agreements import agreements_cli
from hub.config import Config, Mode, Secret
from hub.wiring import EXTENSION, open_hub
from practices.models import PracticeRow
from sharing_agreements import exchange
from storage.work import Work
from tests.practices.people import CLOCK
from tests.sharing_agreements.making import HOME, HOST, whole

pytestmark = pytest.mark.database

TABLE = """code,title,template,cluster,ods,role,signatory,signatory_role,contact,starts_on,review_on,last_day,dpia
DSA-AVON-07,Avon 7,direct-care,,Y90001,,Dr A,caldicott-guardian,0117 4960301,2027-01-01,2027-10-01,2028-12-31,D7
DSA-AVON-07,,,,Y90003,,Dr B,practice-manager,0117 496 0302,,,,
DSA-AVON-08,Avon 8,record-sharing,,Y90001,,Dr A,,0117 496 0301,2027-01-01,,2028-12-31,
"""


class Terminal:
    """A terminal beside a running hub."""

    def __init__(self, engine: Engine) -> None:
        secrets = (Secret("unused"), Secret("unused"), Secret("only for tests"))
        app = Flask("terminal")
        config = Config(Mode.TEST, *secrets, "http://127.0.0.1:1")
        app.extensions[EXTENSION] = open_hub(config, engine=lambda: engine, clock=CLOCK)
        app.cli.add_command(agreements_cli)
        self._runner = app.test_cli_runner()

    def type(self, *words: str | Path) -> Result:
        return self._runner.invoke(args=["agreements", *map(str, words)])


@pytest.fixture
def terminal(engine: Engine, work: Work) -> Terminal:
    with work.begin() as tx:
        tx.execute(insert(PracticeRow), [{"ods": ods.value, "name": f"Practice {ods}"} for ods in (HOME, HOST)])
    return Terminal(engine)


def test_a_file_goes_in_and_comes_out_the_same(terminal: Terminal, tmp_path: Path) -> None:
    file, out = tmp_path / "in.json", tmp_path / "out.json"
    file.write_text(exchange.write(whole()), encoding="utf-8")
    dry = terminal.type("import", file)
    assert "dry run" in dry.stdout
    assert "There is none yet" in terminal.type("list").stdout
    assert "DSA-NEW-01 v1 is a draft now." in terminal.type("import", file, "--apply").stdout
    assert terminal.type("export", "DSA-NEW-01", "1", "--to", out).exit_code == 0
    assert out.read_text(encoding="utf-8") == file.read_text(encoding="utf-8")
    assert terminal.type("export", "DSA-NEW-01", "1").stdout == out.read_text(encoding="utf-8")


def test_a_life_on_the_command_line_as_far_as_it_goes(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "in.json"
    file.write_text(exchange.write(whole(dpia="")), encoding="utf-8")
    assert "still missing (attachments): Give the reference" in terminal.type("import", file, "--apply").stdout
    refused = terminal.type("propose", "DSA-NEW-01", "1")
    assert refused.exit_code == 1
    assert "attachments: Give the reference" in refused.stderr
    file.write_text(exchange.write(whole(code="DSA-NEW-02")), encoding="utf-8")
    terminal.type("import", file, "--apply")
    assert "DSA-NEW-02 v1: waiting for signatures." in terminal.type("propose", "DSA-NEW-02", "1").stdout
    shown = terminal.type("show", "DSA-NEW-02", "1").stdout
    assert "not signed" in shown
    assert "SHA-256" in shown
    assert "2 of 2 have to sign" in terminal.type("list").stdout
    assert "is waiting for signatures" in terminal.type("suspend", "DSA-NEW-02", "1", "--reason", "Because.").stderr
    ended = terminal.type("end", "DSA-NEW-02", "1", "--reason", "Not needed.", "--booked", "keep")
    assert "DSA-NEW-02 v1: ended." in ended.stdout
    assert "0 reminders raised, 0 agreements" in terminal.type("remind").stdout


def test_a_cluster_is_drafted_from_a_table(terminal: Terminal, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("\ufeff" + TABLE, encoding="utf-8")
    dry = terminal.type("onboard", table)
    assert "DSA-AVON-07  Avon 7: 2 parties" in dry.stdout
    assert "DSA-AVON-08  Record" not in dry.stdout
    assert "still missing (dates): Say by which day the parties review it." in dry.stdout
    assert "There is none yet" in terminal.type("list").stdout
    applied = terminal.type("onboard", table, "--apply")
    assert "DSA-AVON-07 v1 is a draft now." in applied.stdout
    assert "DSA-AVON-08 v1 is a draft now." in applied.stdout
    more = tmp_path / "more.csv"
    more.write_text(TABLE.replace("DSA-AVON-08", "DSA-AVON-09"), encoding="utf-8")
    again = terminal.type("onboard", more, "--apply")
    dry = terminal.type("onboard", more)
    assert (again.exit_code, again.stderr) == (dry.exit_code, dry.stderr), "a dry run says what the real one would"
    assert again.exit_code == 1 and "DSA-AVON-07: DSA-AVON-07 v1 is being drafted already." in again.stderr
    assert "DSA-AVON-09" not in terminal.type("list").stdout, "all or none"
    assert terminal.type("propose", "DSA-AVON-07", "1").exit_code == 0, "the whole one lacks nothing"
    shown = json.loads(terminal.type("export", "DSA-AVON-07", "1").stdout)
    assert [party["name"] for party in shown["parties"]] == [f"Practice {HOME}", f"Practice {HOST}"]
    assert shown["dates"]["ends_at"] == "2029-01-01T00:00:00Z"


def test_what_is_wrong_with_a_table_is_told_line_by_line_and_nothing_is_written(
    terminal: Terminal, tmp_path: Path
) -> None:
    table = tmp_path / "table.csv"
    wrong = TABLE.replace("Y90003", "Y90001").replace("record-sharing", "everything").replace("2027-10-01", "soon")
    table.write_text(wrong, encoding="utf-8")
    refused = terminal.type("onboard", table, "--apply")
    assert refused.exit_code == 1
    assert "3 things are wrong" in refused.stderr
    assert "line 2, review_on: A day is written as 31/3/2027 or 2027-03-31." in refused.stderr
    assert "line 3, ods: Y90001 is there twice." in refused.stderr
    assert "line 4, template: 'everything' is not one of direct-care" in refused.stderr
    assert "There is none yet" in terminal.type("list").stdout
    table.write_text("code,practice\nA,B\n", encoding="utf-8")
    assert "There is no column 'ods'" in terminal.type("onboard", table).stderr
    table.write_bytes(b"\xff\xfe")
    assert "a file in UTF-8 is wanted" in terminal.type("onboard", table).stderr
    table.write_text('{"schema": "booking-hub/agreement/1",}', encoding="utf-8")
    assert "line 1, column " in terminal.type("import", table).stderr
