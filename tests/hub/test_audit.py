"""The proof as commands, at its public addresses, in readiness and metrics, and over a backup that is too old."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Engine, create_engine, text

from demo.postgres import DatabaseUrls
from hub.app import create_app
from hub.audit import Audit
from hub.config import Config, Mode, Secret
from hub.wiring import with_clock
from storage.jobs import account_for_run
from storage.roots import KeyUnusable, SigningKey, key_id, public_pem
from storage.work import Work
from tests.database import TestDatabases
from tests.hub.rig import CONFIG, Rig
from tests.scheduling.world import ANN, HOME, HOST, World
from tests.storage.ledgers import settle
from verifier.verify_audit import check_export, check_roots, read_lines, read_roots

pytestmark = pytest.mark.database
KEY = SigningKey.new()


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    (tmp_path / "key.pem").write_text(KEY.private_pem())
    return replace(CONFIG, audit_key=str(tmp_path / "key.pem"), audit_drop=str(tmp_path / "drop"))


@pytest.fixture
def busy(world: World, settings: Config) -> Rig:
    """A hub whose ledger says a few things."""
    world.clinic()
    world.sync()
    world.book()
    return Rig(world, settings)


def flask(rig: Rig, *words: str) -> Result:
    settle(rig.world.work)
    return rig.app.test_cli_runner().invoke(args=["audit", *words])


def test_seal_sign_publish_export_and_verify(busy: Rig, tmp_path: Path) -> None:
    assert "events sealed" in flask(busy, "seal").output
    signed = flask(busy, "root")
    assert (signed.exit_code, "Root 1 of 2026-11-24" in signed.output) == (0, True)
    assert [file.name for file in (tmp_path / "drop").iterdir()] == ["root-00000001.json"]
    verified = flask(busy, "verify")
    assert (verified.exit_code, "VERIFIED: everything fits." in verified.output) == (0, True)

    file = tmp_path / "acts.jsonl"
    days = ["--practice", HOME.value, "--from", "2026-11-20", "--to", "2026-11-24"]
    made = flask(busy, "export", str(file), *days)
    assert (made.exit_code, "It names patients" in made.output) == (0, True)
    assert (file.stat().st_mode & 0o777, ANN.value in file.read_text()) == (0o600, True)
    dropped = read_roots(tmp_path / "drop" / "root-00000001.json")
    assert check_export(read_lines(file), keys=[KEY.public], kept=dropped).findings == []

    shared = tmp_path / "shared.jsonl"
    assert flask(busy, "export", str(shared), *days, "--without", "patients", "--without", "people").exit_code == 0
    assert ANN.value not in shared.read_text() and "Rita Reception" not in shared.read_text()
    assert check_export(read_lines(shared), keys=[KEY.public], kept=dropped).findings == []
    assert "name a new file" in flask(busy, "export", str(file), *days).output
    assert busy.world.acts()[-2:] == ["audit.exported", "audit.exported"]


def test_what_was_changed_is_named_and_the_command_fails(busy: Rig, database_urls: DatabaseUrls) -> None:
    flask(busy, "root")
    owner = create_engine(_sqlalchemy(database_urls.owner))
    with owner.begin() as connection:
        connection.execute(text("UPDATE ledger_event SET user_name = 'Nobody' WHERE act = 'booking.requested'"))
    owner.dispose()
    verified = flask(busy, "verify", "--practice", HOME.value)
    assert (verified.exit_code, "FAILED" in verified.output) == (1, True)
    assert f"NOT RIGHT: {HOME}, act " in verified.output
    as_json = json.loads(flask(busy, "verify", "--json").output)
    assert (as_json["status"], as_json["findings"][0]["practice"]) == (1, HOME.value)


def test_a_new_key_is_for_its_owner_only_and_overwrites_nothing(rig: Rig, tmp_path: Path) -> None:
    made = flask(rig, "new-key", str(tmp_path / "new.pem"))
    assert "BEGIN PUBLIC KEY" in made.output
    assert (tmp_path / "new.pem").stat().st_mode & 0o777 == 0o600
    assert SigningKey.read(tmp_path / "new.pem").public
    assert flask(rig, "new-key", str(tmp_path / "new.pem")).exit_code == 1


def test_the_public_key_in_use_is_printed_again_where_the_private_one_is_and_where_it_is_not(busy: Rig) -> None:
    assert flask(busy, "root").exit_code == 0
    elsewhere = Rig(busy.world, replace(busy.config, audit_key=""))
    for rig in (busy, elsewhere):
        printed = rig.app.test_cli_runner().invoke(args=["audit", "public-key"])
        assert printed.stdout == public_pem(KEY.public)
        assert key_id(KEY.public) in printed.stderr


def test_the_old_key_announces_the_new_one(busy: Rig, tmp_path: Path) -> None:
    new, announced = tmp_path / "new.pem", tmp_path / "new-public.pem"
    announced.write_text(busy.app.test_cli_runner().invoke(args=["audit", "new-key", str(new)]).stdout)
    assert flask(busy, "root", "--announce", str(announced)).exit_code == 0
    after = Rig(busy.world, replace(busy.config, audit_key=str(new)))
    assert flask(after, "root").exit_code == 0
    roots = after.app.test_client().get("/audit/roots.json").json["roots"]
    assert roots[1]["body"]["next_key"] == roots[0]["body"]["key"] != roots[1]["body"]["key"]
    assert check_roots(roots, keys=[KEY.public]).status == 0  # whoever has the old key believes the new one
    assert flask(after, "verify").exit_code == 0


def test_without_a_key_nothing_is_signed(rig: Rig, tmp_path: Path) -> None:
    assert "HUB_AUDIT_KEY is not set" in flask(rig, "root").output
    assert "HUB_AUDIT_KEY is not set" in flask(rig, "public-key").output
    (tmp_path / "rubbish.pem").write_text("no key")
    with pytest.raises(KeyUnusable, match="cannot be read"):
        SigningKey.read(tmp_path / "rubbish.pem")


def test_a_root_closes_each_day_once(busy: Rig) -> None:
    audit, clock = Audit(busy.hub), busy.world.clock
    assert audit.close_the_day() is None  # nothing is sealed yet
    settle(busy.world.work)
    audit.seal()
    first = audit.close_the_day()
    assert first is not None and first.day.isoformat() == "2026-11-24"
    assert audit.close_the_day() is None
    clock.forward(hours=10)  # past midnight in England
    second = audit.close_the_day()
    assert second is not None and (second.number, second.day.isoformat()) == (2, "2026-11-24")
    assert audit.close_the_day() is None
    assert second.body["previous"] == first.digest


def test_the_clocks_change_and_still_each_day_is_closed_once(busy: Rig) -> None:
    """On the last Sunday of March the day has 23 hours, on that of October 25."""
    audit = Audit(busy.hub)
    settle(busy.world.work)
    audit.seal()
    audit.sign()
    for moment in ("2027-03-27T12:00", "2027-10-30T12:00"):
        busy.world.clock.at = busy.world.clock.at.fromisoformat(f"{moment}:00+00:00")
        days = []
        for _ in range(4 * 24):
            made = audit.close_the_day()
            days += [made.day] if made else []
            busy.world.clock.at += timedelta(hours=1)
        assert len(days) == len(set(days)) >= 4


def test_everybody_gets_the_roots_and_the_verifier(busy: Rig) -> None:
    flask(busy, "root")
    flask(busy, "root")
    anybody = busy.app.test_client()
    answer = anybody.get("/audit/roots.json")
    roots = answer.json["roots"]
    assert [root["body"]["number"] for root in roots] == [2, 1]
    assert check_roots(roots, keys=[answer.json["keys"][0]["key"]]).status == 0
    assert anybody.get("/audit/roots/1.json").json == roots[1]
    assert anybody.get("/audit/roots/3.json").status_code == 404
    assert anybody.get("/audit/roots.json?before=2").json["roots"] == roots[1:]
    assert "python verify_audit.py" in anybody.get("/audit/verify_audit.py").text
    assert ANN.value not in answer.text and "Rita" not in answer.text


def test_readiness_and_metrics_say_how_the_proof_stands(busy: Rig) -> None:
    anybody = busy.app.test_client()
    busy.world.clock.forward(seconds=30)
    settle(busy.world.work)  # another test's open transaction on this server would be told as what holds it up
    waiting = anybody.get("/health/ready").json["checks"]
    assert (waiting["sealing"]["ok"], "does a worker run?" in waiting["sealing"]["words"]) == (False, True)
    assert "hub_ledger_unsealed_seconds 30" in anybody.get("/metrics").text
    flask(busy, "root")
    ready = anybody.get("/health/ready").json["checks"]
    assert ready["ledger"] == {"ok": True, "words": "can only be added to"}
    assert ready["sealing"] == {"ok": True, "words": "0 events wait"}
    assert ready["roots"]["words"].startswith("root 1 is of 2026-11-24")
    busy.world.clock.forward(hours=27)
    assert not anybody.get("/health/ready").json["checks"]["roots"]["ok"]
    now = busy.world.clock.now()
    with busy.world.work.begin() as tx:
        account_for_run(tx, "roots", started=now, finished=now, failure="HistoryLost")
    assert "HistoryLost" in anybody.get("/health/ready").json["checks"]["roots"]["words"]


def test_production_serves_nobody_with_a_role_that_could_change_the_ledger(
    busy: Rig, database_urls: DatabaseUrls
) -> None:
    owner = create_engine(_sqlalchemy(database_urls.owner))
    as_owner = replace(busy.hub, work=Work(lambda: owner), config=replace(busy.hub.config, mode=Mode.PRODUCTION))
    for hub, status in ((replace(busy.hub, work=as_owner.work), 200), (as_owner, 503)):
        answer = create_app(CONFIG, hub=hub).test_client().get("/health/ready")
        assert answer.status_code == status
        assert "may change ledger_event" in answer.json["checks"]["ledger"]["words"]
    owner.dispose()


class Elsewhere:
    """Another database, and the hub over it."""

    def __init__(self, urls: DatabaseUrls, settings: Config, here: Rig) -> None:
        self.engine: Engine = create_engine(_sqlalchemy(urls.app))
        owner = Secret(_sqlalchemy(urls.owner))
        self.config = replace(settings, database_owner_url=owner)
        hub = with_clock(here.hub, here.world.clock)
        hub = replace(hub, work=Work(lambda: self.engine), config=self.config)
        self.app = create_app(self.config, hub=hub)

    def flask(self, *words: str) -> Result:
        return self.app.test_cli_runner().invoke(args=list(words))


@pytest.fixture
def elsewhere(busy: Rig, settings: Config, test_databases: TestDatabases) -> Iterator[Elsewhere]:
    urls = test_databases.clone()
    made = Elsewhere(urls, settings, busy)
    yield made
    made.engine.dispose()
    test_databases.drop(urls)


def test_a_backup_that_is_too_old_is_found_out_and_settled(
    busy: Rig, elsewhere: Elsewhere, database_urls: DatabaseUrls, tmp_path: Path
) -> None:
    flask(busy, "root")
    here = replace(busy.hub.config, database_owner_url=Secret(_sqlalchemy(database_urls.owner)))
    app = create_app(here, hub=replace(busy.hub, config=here))
    backed_up = app.test_cli_runner().invoke(args=["backup", str(tmp_path / "old")])
    assert backed_up.exit_code == 0, backed_up.output
    with busy.world.work.read() as tx:
        kept = tx.scalar(
            text("SELECT max(sequence) FROM ledger_seal WHERE practice = :practice"), {"practice": HOME.value}
        )
    busy.world.clock.forward(hours=1)
    busy.world.book(clash_reason="Dressing", patient_told=True)
    flask(busy, "root")
    published = tmp_path / "roots.json"
    published.write_text(busy.app.test_client().get("/audit/roots.json").text)

    restored = elsewhere.flask("restore", str(tmp_path / "old"))
    assert (restored.exit_code, "audit verify" in restored.output) == (0, True)
    verified = elsewhere.flask("audit", "verify")  # against the folder alone
    assert (verified.exit_code, f"{HOME}, act {kept + 1}: acts {kept + 1} to " in verified.output) == (1, True)
    refused = elsewhere.flask("audit", "root")
    assert (refused.exit_code, "was published and is not in this database" in refused.output) == (1, True)
    assert "1 roots taken in" in elsewhere.flask("audit", "adopt", str(published)).output
    assert "knows of acts that are not here" in elsewhere.flask("audit", "root").output
    declared = elsewhere.flask("audit", "root", "--declare-loss")
    assert f"It declares acts {kept + 1} to " in declared.output
    verified = elsewhere.flask("audit", "verify", "--published", str(published))
    assert (verified.exit_code, "DECLARED LOSS" in verified.output) == (3, True)
    assert HOST.value in verified.output or HOME.value in verified.output


def _sqlalchemy(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")
