"""The simulator's SQLite file: connections for reading, one writer at a time, durable on commit."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, LifoQueue
from threading import Lock

FILE = "simulator.sqlite3"
_SCHEMA = Path(__file__).with_name("schema.sql")
# Columns that came after the first files were written; each stands last in its table.
_LATER = (
    ("practice", "settings", "TEXT NOT NULL DEFAULT '{}'"),
    ("practitioner", "sds_user_id", "TEXT NOT NULL DEFAULT ''"),
    ("session", "most", "INTEGER"),
)


class Store:
    """All practices in one file.

    WAL with `synchronous = NORMAL`: a commit is in the operating system's hands when it returns, so it survives a
    killed process (not a power cut, which nobody rehearses here). Writers queue on a lock of ours: SQLite's own
    waiting is by sleeping, which under 64 clients costs tenths of a second.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / FILE
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._write_lock = Lock()
        self._writer = self._open()
        self._writer.executescript(_SCHEMA.read_text(encoding="utf-8"))
        self._add_later_columns()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading, in one snapshot; others may read and write meanwhile."""
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = self._open()
        try:
            connection.execute("BEGIN")
            yield connection
        finally:
            connection.rollback()
            self._idle.put(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection for writing: commits at the end, rolls back when anything is raised."""
        with self._write_lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.rollback()
                raise
            self._writer.commit()

    def close(self) -> None:
        """Close every connection that is not in use."""
        with self._write_lock:
            self._writer.close()
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def _add_later_columns(self) -> None:
        for table, column, kind in _LATER:
            there = {row["name"] for row in self._writer.execute(f"PRAGMA table_info({table})")}
            if column not in there:
                self._writer.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=30)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection
