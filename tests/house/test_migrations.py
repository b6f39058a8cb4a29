"""Migrations: one head, no drift from the models, up and down, and the ledger's rights at the end."""

import hashlib
import importlib
import os
import pkgutil
import runpy
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager

import accountability
import hub
import messaging
import practices
import scheduling
import sharing_agreements
import storage
from demo.postgres import DatabaseUrls
from storage.base import Base
from storage.rights import INSERT_ONLY

_CHECKOUT = Path(__file__).parents[2]
_VERSIONS = _CHECKOUT / "migrations" / "versions"
_TEXT_COLUMN = {"ledger_event": "act", "ledger_seal": "practice", "ledger_root": "body"}


def scripts() -> ScriptDirectory:
    config = AlembicConfig()
    config.set_main_option("script_location", str(_CHECKOUT / "migrations"))
    return ScriptDirectory.from_config(config)


def db(command: str, urls: DatabaseUrls) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db", *command.split()],
        cwd=_CHECKOUT,
        env={
            **os.environ,
            "HUB_MODE": "test",
            "DATABASE_URL": urls.app,
            "DATABASE_OWNER_URL": urls.owner,
            "SECRET_KEY": "only-for-tests",
            "HUB_URL": "http://127.0.0.1:8080",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_there_is_one_head_and_the_files_are_numbered() -> None:
    (head,) = scripts().get_heads()
    numbers = sorted(path.name[:5] for path in _VERSIONS.glob("*.py"))
    assert numbers == [f"{number:04d}_" for number in range(1, len(numbers) + 1)]
    assert head == numbers[-1].rstrip("_")


def test_every_room_that_declares_tables_is_known_to_the_migrations() -> None:
    for room in (accountability, hub, messaging, practices, scheduling, sharing_agreements, storage):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            importlib.import_module(module.name)
    declaring = {mapper.class_.__module__ for mapper in Base.registry.mappers}
    source = (_CHECKOUT / "migrations" / "env.py").read_text()
    unknown = {module for module in declaring if f"import {module}\n" not in source}
    assert not unknown, f"import these in migrations/env.py: {sorted(unknown)}"


@pytest.mark.database
def test_the_models_and_the_migrations_agree(own_database_urls: DatabaseUrls) -> None:
    said = db("check", own_database_urls)
    assert "No new upgrade operations detected" in said, "run: flask --app wsgi db migrate -m 'what changed'"


@pytest.mark.database
def test_every_revision_goes_down_and_up_again(own_database_urls: DatabaseUrls) -> None:
    db("downgrade base", own_database_urls)
    with psycopg.connect(own_database_urls.owner) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert tables == [("alembic_version",)]
    db("upgrade", own_database_urls)
    assert "No new upgrade operations detected" in db("check", own_database_urls)


def test_the_jobs_revision_stands_for_the_installed_package() -> None:
    revision = runpy.run_path(str(_VERSIONS / "0002_jobs.py"))
    installed = hashlib.sha256(SchemaManager.get_schema().encode()).hexdigest()
    assert installed == revision["SCHEMA"], (
        "procrastinate's schema has changed: add a revision with its migration scripts (docs/adr/0006)"
    )


@pytest.mark.database
@pytest.mark.parametrize("table", INSERT_ONLY)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET {} = ''", "DROP TABLE {}"])
def test_the_application_can_only_add_to_the_ledger(database_urls: DatabaseUrls, table: str, statement: str) -> None:
    with psycopg.connect(database_urls.app) as connection:
        connection.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own table names
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.format(table, _TEXT_COLUMN[table]))


@pytest.mark.database
def test_the_application_does_not_say_when_or_with_which_salt_an_event_is_sealed(database_urls: DatabaseUrls) -> None:
    with psycopg.connect(database_urls.app) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(
            "INSERT INTO ledger_event (at, act, outcome, user_id, user_name, user_role, acting_for, via, trace_id, "
            "xid) VALUES (now(), '', '', '', '', '', '', '', '', '1')"
        )


@pytest.mark.database
def test_the_application_cannot_change_the_schema(database_urls: DatabaseUrls) -> None:
    with psycopg.connect(database_urls.app) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE smuggled (id int)")
