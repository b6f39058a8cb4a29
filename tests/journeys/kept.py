"""Looks for words that nobody may keep, wherever something could be kept: every table, every file, every open file.

Left out is the simulator's own store alone: it is the GP system that the words belong to. PostgreSQL's files and its
write-ahead log are read as they lie on the disk, so that what was written and deleted again is found, too. What is
encrypted or compressed can be found only before it is: of a row, by asking the table.
"""

import base64
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg import sql

from demo.data_folder import database_folder
from demo.postgres_home import left_home
from demo.processes import children_of
from tests.journeys.town import Town

_THE_GP_SYSTEM = "simulator.sqlite3"  # and what SQLite keeps beside it
_STRETCH = 16 * 1024 * 1024
_TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND n.nspname NOT LIKE 'pg_toast%%'
"""


class Keepers:
    """Everything in which the running product could have kept something."""

    def __init__(self, town: Town, *instead: Path) -> None:
        """All of the product's, or only these folders."""
        self._town = town
        home = left_home(database_folder(town.data))
        assert home is not None
        self.roots = instead or (town.data, home, town.data.parent / "tmp")
        self._clean: dict[tuple[Path, bytes], tuple[int, int]] = {}  # files without the words, as they stood

    def of(self, words: str) -> list[str]:
        """Where these words are kept; nowhere, if all is well."""
        with psycopg.connect(self._town.federation.database.owner) as connection:
            tables = self.tables(connection, words)
        return [*tables, *self.files(words), *self.open_files(words)]

    def tables(self, connection: "psycopg.Connection[tuple[object, ...]]", words: str) -> list[str]:
        """Tables with a row that says it, in whatever column: as text, inside JSON, or as bytes."""
        wanted = {"text": f"%{words}%", "octets": f"%{words.encode().hex()}%"}
        found = []
        for schema, name in connection.execute(_TABLES).fetchall():
            table = sql.Identifier(str(schema), str(name))
            asked = sql.SQL(
                "SELECT count(*) FROM {} AS one WHERE one::text ILIKE %(text)s OR one::text ILIKE %(octets)s"
            )
            (rows,) = connection.execute(asked.format(table), wanted).fetchone() or (0,)
            found += [f"{rows} rows of {name}"] if rows else []
        return found

    def files(self, words: str) -> list[str]:
        """Files with the words in them; one that has not changed since it was found without them is not read again."""
        return [str(file) for file in self._all_files() if self._says(file, words)]

    def open_files(self, words: str) -> list[str]:
        """Files that a process of the product holds open, though they may have lost their names."""
        found = []
        for pid in self._processes():
            with suppress(OSError):
                for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                    with suppress(OSError):
                        if "(deleted)" in os.readlink(descriptor) and descriptor.is_file():
                            found += [str(descriptor)] if _in(descriptor, words) else []
        return found

    def _all_files(self) -> Iterator[Path]:
        for root in self.roots:
            for folder, _, names in os.walk(root):
                yield from (Path(folder, name) for name in names if not name.startswith(_THE_GP_SYSTEM))

    def _says(self, file: Path, words: str) -> bool:
        try:
            stands = file.stat()
            as_it_stands = (stands.st_mtime_ns, stands.st_size)
            key = (file, words.encode())
            if not file.is_file() or self._clean.get(key) == as_it_stands:
                return False
            if _in(file, words):
                return True
            self._clean[key] = as_it_stands
        except FileNotFoundError:  # gone since the folder was read
            pass
        return False

    def _processes(self) -> set[int]:
        found = set(self._town.federation.pids().values())
        return found | {child for pid in found for child in children_of(pid)}


def shapes(words: str) -> tuple[bytes, ...]:
    """The words as they may lie in a file: as written, in capitals, in UTF-16, in hexadecimal, and in base64."""
    octets = words.encode()
    return (
        octets,
        words.upper().encode(),
        words.encode("utf-16-le"),
        octets.hex().encode(),
        # Of base64, what is the same whatever stands before and after, by where among three octets it begins.
        *(base64.b64encode(bytes(before) + octets)[4 if before else 0 : -4] for before in range(3)),
    )


def _in(file: Path, words: str) -> bool:
    wanted = shapes(words)
    overlap = max(map(len, wanted))
    last = b""
    with file.open("rb") as opened:
        while stretch := opened.read(_STRETCH):
            if any(shape in last + stretch for shape in wanted):
                return True
            last = stretch[-overlap:]
    return False
