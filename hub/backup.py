"""A portable copy of the hub's data: every table in one snapshot, checksummed, and back into an empty database.

The file is a ZIP: `manifest.json` and one `tables/<name>.copy` a table, in PostgreSQL's COPY text format. It holds
patients' data: keep it encrypted. Left out: web sessions (everybody signs in again), jobs (the state is the queue), the
account of the timetable, and the register's epoch (every process reads the register anew). docs/operations.md says how
it goes together with PostgreSQL's own archiving.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors, sql
from sqlalchemy import make_url

from hub.config import Secret
from storage.base import Base
from vocabulary.problems import Problem, ProblemKind

FORMAT = 1
LEFT_OUT = frozenset(
    {"alembic_version", "sharing_epoch", "web_session", "timetable_run", "wire_exchange", "evidence_pack"}
)
_JOBS = "procrastinate_"
_PIECE = 256 * 1024
_PATIENCE = "3s"  # how long a restore waits for the tables: an empty database is nobody's, so nobody should hold them
_Said = Callable[[str], None]


class BackupUnusable(Problem):
    """The file is no whole backup of this version, or the database no empty one of it. Nothing was changed."""

    code = "backup-unusable"
    kind = ProblemKind.RULE


@dataclass(frozen=True, slots=True)
class TableCopy:
    """One table in a backup."""

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds."""

    format: int
    revision: str
    taken_at: str
    tables: tuple[TableCopy, ...]

    @property
    def rows(self) -> int:
        """All rows of all tables."""
        return sum(table.rows for table in self.tables)


def write_backup(owner_url: Secret, file: Path, *, at: datetime, say: _Said = lambda _: None) -> Manifest:
    """Write a backup beside its place and move it there when it is whole. Raises BackupUnusable."""
    if file.exists():
        raise BackupUnusable(f"{file} is there already.", next_step="Name another file, or move that one away.")
    part = file.with_name(f"{file.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise BackupUnusable(
            f"{part} cannot be written ({error.strerror}).", next_step="Name a file in a folder you may write to."
        ) from None
    with os.fdopen(descriptor, "wb") as raw, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        with _connect(owner_url) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            tables = tuple(_copy_out(connection, archive, name, say) for name in _tables(connection))
            manifest = Manifest(FORMAT, _revision(connection), at.isoformat(), tables)
        archive.writestr("manifest.json", json.dumps(asdict(manifest), indent=1))
    part.rename(file)
    return manifest


def read_manifest(file: Path) -> Manifest:
    """What a backup says it holds, every checksum verified. Raises BackupUnusable."""
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(json.loads(archive.read("manifest.json")))
            for table in manifest.tables:
                _verify(archive, table)
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise BackupUnusable(
            f"{file} cannot be read as a backup ({type(error).__name__}).", next_step="Use another copy of it."
        ) from None
    return manifest


def restore_backup(owner_url: Secret, file: Path, *, say: _Said = lambda _: None) -> Manifest:
    """Put a backup into an empty, migrated database, all of it or nothing. Raises BackupUnusable."""
    manifest = read_manifest(file)
    try:
        with _connect(owner_url) as connection, zipfile.ZipFile(file) as archive:
            names = _tables(connection)
            _check_place(connection, manifest, names)
            copies = {table.name: table for table in manifest.tables}
            for name in names:
                _copy_in(connection, archive, copies[name], say)
                _set_counters(connection, name)
    except (errors.LockNotAvailable, errors.DeadlockDetected):
        raise BackupUnusable(
            "Something else is working in the database.",
            next_step="Stop the hub's web and worker processes that use it, then restore again.",
        ) from None
    return manifest


def _connect(owner_url: Secret) -> psycopg.Connection[tuple[Any, ...]]:
    url = make_url(owner_url.reveal()).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), application_name="hub backup")


def _tables(connection: psycopg.Connection[tuple[Any, ...]]) -> list[str]:
    """Every table to copy, those that others refer to first. A table nobody declared would be lost: refuse then."""
    found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    there = {name for (name,) in found if not name.startswith(_JOBS)} - LEFT_OUT
    declared = [table.name for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]
    if there != set(declared):
        differing = ", ".join(sorted(there ^ set(declared)))
        raise BackupUnusable(
            f"The database and this version of the hub differ in tables: {differing}.",
            next_step="Run flask --app wsgi db upgrade first.",
        )
    return declared


def _columns(connection: psycopg.Connection[tuple[Any, ...]], name: str) -> tuple[str, ...]:
    found = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s "
        "ORDER BY ordinal_position",
        [name],
    )
    return tuple(column for (column,) in found)


def _revision(connection: psycopg.Connection[tuple[Any, ...]]) -> str:
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else ""


def _copy_out(
    connection: psycopg.Connection[tuple[Any, ...]], archive: zipfile.ZipFile, name: str, say: _Said
) -> TableCopy:
    columns = _columns(connection, name)
    digest, rows = hashlib.sha256(), 0
    statement = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(name), _list(columns))
    with archive.open(_path(name), "w", force_zip64=True) as target, connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for piece in copy:
                target.write(piece)
                digest.update(piece)
                rows += bytes(piece).count(b"\n")
    say(f"{name}: {rows:,} rows")
    return TableCopy(name, columns, rows, digest.hexdigest())


def _copy_in(
    connection: psycopg.Connection[tuple[Any, ...]], archive: zipfile.ZipFile, table: TableCopy, say: _Said
) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), _list(table.columns))
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for piece in _pieces(archive, table.name):
                copy.write(piece)
        if cursor.rowcount != table.rows:
            raise BackupUnusable(f"{table.name} came back with {cursor.rowcount} rows instead of {table.rows}.")
    say(f"{table.name}: {table.rows:,} rows")


def _set_counters(connection: psycopg.Connection[tuple[Any, ...]], name: str) -> None:
    """New rows go on after the restored ones."""
    found = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s "
        "AND is_identity = 'YES'",
        [name],
    )
    for (column,) in found.fetchall():
        connection.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence({}, {}), coalesce(max({}), 0) + 1, false) FROM {}").format(
                sql.Literal(name), sql.Literal(column), sql.Identifier(column), sql.Identifier(name)
            )
        )


def _check_place(connection: psycopg.Connection[tuple[Any, ...]], manifest: Manifest, names: Sequence[str]) -> None:
    revision = _revision(connection)
    if manifest.revision != revision:
        raise BackupUnusable(
            f"The backup is of revision {manifest.revision}, the database at {revision}.",
            next_step="Restore it with the version of the hub that wrote it, then migrate.",
        )
    for table in manifest.tables:
        if table.name not in names or set(table.columns) != set(_columns(connection, table.name)):
            raise BackupUnusable(f"The backup's table {table.name} is not this version's.")
    _check_empty(connection, names)  # before any lock: a hub that is at work must not notice
    connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(_PATIENCE)))
    connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(_list(names)))
    _check_empty(connection, names)  # and again: nothing can come in from here on


def _check_empty(connection: psycopg.Connection[tuple[Any, ...]], names: Sequence[str]) -> None:
    for name in names:
        row = connection.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(name))).fetchone()
        if row and row[0]:
            raise BackupUnusable(
                f"The database is not empty: {name} has rows.",
                next_step="Make a new database, migrate it, restore there.",
            )


def _manifest(read: dict[str, Any]) -> Manifest:
    if read["format"] != FORMAT:
        raise ValueError("another format")
    tables = tuple(
        TableCopy(table["name"], tuple(table["columns"]), int(table["rows"]), table["sha256"])
        for table in read["tables"]
    )
    return Manifest(FORMAT, read["revision"], read["taken_at"], tables)


def _verify(archive: zipfile.ZipFile, table: TableCopy) -> None:
    digest = hashlib.sha256()
    for piece in _pieces(archive, table.name):
        digest.update(piece)
    if digest.hexdigest() != table.sha256:
        raise ValueError("a checksum does not fit")


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(_path(name)) as source:
        while piece := source.read(_PIECE):
            yield piece


def _path(name: str) -> str:
    return f"tables/{name}.copy"


def _list(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
