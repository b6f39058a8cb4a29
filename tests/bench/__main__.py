"""`python -m tests.bench` (`make bench`): measures, and prints the figures with their spread. About two minutes.

A PostgreSQL of its own is started with production's settings, unless DATABASE_URL (and DATABASE_OWNER_URL, whose role
may create databases) names one.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.postgres import DatabaseUrls, Postgres
from tests.bench import report
from tests.bench.running import FULL_EFFORT, run
from tests.database import TestDatabases


def main() -> int:
    """Measure; 0 whatever the figures: they depend on the machine."""
    asked = _parser().parse_args()
    began = time.monotonic()

    def say(words: str) -> None:
        sys.stderr.write(f"[{time.monotonic() - began:5.1f} s] {words}\n")

    with _scratch() as data, _database(data, say) as urls:
        contests, memory = run(urls, data, asked.effort, say=say)
    sys.stdout.write("\n".join(["", *report.lines(contests, memory), ""]))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.set_defaults(effort=FULL_EFFORT)
    return parser


@contextmanager
def _scratch() -> Iterator[Path]:
    data = Path(tempfile.mkdtemp(prefix="hub-bench-"))
    data.chmod(0o711)  # PostgreSQL may run as another user, who has to get through this folder
    try:
        yield data
    finally:
        shutil.rmtree(data)


@contextmanager
def _database(data: Path, say: object) -> Iterator[DatabaseUrls]:
    """A migrated, empty database on a server with production's settings: every commit reaches the disk."""
    server: Postgres | None = None
    if not os.environ.get("DATABASE_URL"):
        server = Postgres(data / "postgres", create_databases=True)
        server.start()
        os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"] = server.urls.app, server.urls.owner
    databases = TestDatabases()
    try:
        yield databases.clone()
    finally:
        databases.close()
        if server is not None:
            server.stop()


if __name__ == "__main__":
    raise SystemExit(main())
