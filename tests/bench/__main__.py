"""`python -m tests.bench` (`make bench`): measures, and prints the figures with their spread. About two minutes.

A PostgreSQL of its own is started with production's settings, unless DATABASE_URL (and DATABASE_OWNER_URL, whose role
may create databases) names one.
"""

import argparse
import sys
import time

from tests.bench import report
from tests.bench.running import FULL_EFFORT, run
from tests.database import TestDatabases


def main() -> int:
    """Measure; 0 whatever the figures: they depend on the machine."""
    argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__).parse_args()
    began = time.monotonic()

    def say(words: str) -> None:
        sys.stderr.write(f"[{time.monotonic() - began:5.1f} s] {words}\n")

    say("Starting PostgreSQL and making the tables…")
    databases = TestDatabases(durable=True)
    try:
        contests, memory = run(databases.clone(), databases.scratch, FULL_EFFORT, say=say)
    finally:
        databases.close()
    sys.stdout.write("\n".join(["", *report.lines(contests, memory), ""]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
