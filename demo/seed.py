"""`python -m demo.seed`: fills the hub's database and the simulator's diaries with the synthetic federation.

    python -m demo.seed --simulator-url URL                       the database only
    python -m demo.seed --simulator --data DIR                    the diaries only
    python -m demo.seed --simulator-data DIR --simulator-url URL  both
    python -m demo.seed --top-up --data DIR                       carry the calendar on to today

The database is DATABASE_URL's, the simulator's address SIMULATOR_URL's unless given. What is filled already is left.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from connectors.mock.simulator import LoadCounts
from demo.federation.agreement_states import write_states
from demo.federation.database import follow_simulator, is_filled, write_database
from demo.federation.diaries import write_diaries
from demo.federation.size import SIZES, Size
from demo.federation.top_up import note, top_up, write_note
from demo.words import CannotStart, Teller, Terminal, step
from storage.work import Work
from vocabulary.times import Clock, SystemClock, london_date


def main(arguments: list[str] | None = None, *, clock: Clock | None = None) -> int:
    """Fill what is empty; returns the exit status."""
    asked = _parser().parse_args(arguments)
    now, teller = (clock or SystemClock()).now(), Terminal()
    try:
        if asked.top_up:
            _top_up(asked.data, _url(asked), now, teller)
        else:
            if asked.data is not None:
                fill_diaries(asked.data, SIZES[asked.size], now=now, teller=teller)
            if not asked.simulator:
                _fill_database(_url(asked), SIZES[asked.size], now, teller)
    except CannotStart as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def fill_diaries(folder: Path, size: Size, *, now: datetime, teller: Teller) -> LoadCounts | None:
    """Fill the simulator's folder; None when the seed filled it already."""
    if note(folder) is not None:
        teller.say(f"  The diaries in {folder} are filled already: nothing to do.")
        return None
    with step(teller, f"Writing {len(size.practices)} practices' diaries and patients"):
        try:
            written = write_diaries(folder, size, now=now)
        except ValueError as error:
            raise CannotStart(
                f"The diaries in {folder} cannot be filled ({error}): empty that folder first."
            ) from error
        today = london_date(now)
        write_note(folder, size, last=size.span(today).last, filled_on=today)
    teller.say(
        f"  {written.practices} practices, {written.slots:,} slots in {written.sessions:,} clinic sessions, "
        f"{written.appointments:,} appointments, {written.people:,} people"
    )
    return written


def fill_database(work: Work, size: Size, *, simulator_url: str, now: datetime, teller: Teller) -> bool:
    """Fill the database; False when it holds practices already (their links then follow the simulator)."""
    with work.read() as tx:
        filled = is_filled(tx)
    if filled:
        teller.say("  The database holds practices already: nothing is added.")
        _follow(work, simulator_url, teller)
        return False
    with step(teller, f"Writing {len(size.practices)} practices, their links and agreements to the database"):
        rows = write_database(work, size, simulator_url=simulator_url, now=now) + write_states(work, now=now)
    teller.say(f"  {rows:,} rows")
    return True


def _fill_database(simulator_url: str, size: Size, now: datetime, teller: Teller) -> None:
    with _database() as work:
        if work is None:
            raise CannotStart("DATABASE_URL is not set: it names the database to fill.")
        fill_database(work, size, simulator_url=simulator_url, now=now, teller=teller)


def _top_up(folder: Path | None, simulator_url: str, now: datetime, teller: Teller) -> None:
    if folder is None:
        raise CannotStart("--top-up needs --data DIR: the simulator's folder.")
    added = top_up(folder, now=now)
    if added is not None:
        teller.say(
            f"  The calendar was carried on: {added.sessions:,} clinic sessions with {added.slots:,} slots came, "
            f"{added.appointments:,} slots were given away."
        )
    with _database() as work:
        if work is not None and simulator_url:
            _follow(work, simulator_url, teller)


def _follow(work: Work, simulator_url: str, teller: Teller) -> None:
    moved = follow_simulator(work, simulator_url=simulator_url)
    if moved:
        teller.say(f"  {moved} links now lead to the simulator at its new address.")


@contextmanager
def _database() -> Iterator[Work | None]:
    """Transactions on the database that DATABASE_URL names; None when it names none."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        yield None
        return
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    try:
        yield Work(lambda: engine)
    except OperationalError as error:
        raise CannotStart("The database of DATABASE_URL cannot be reached: is it running?") from error
    except DBAPIError as error:
        words = str(error.orig).splitlines()[0]
        raise CannotStart(f"The database refused ({words}): run `flask db upgrade` first.") from error
    finally:
        engine.dispose()


def _url(asked: argparse.Namespace) -> str:
    url: str = asked.simulator_url or os.environ.get("SIMULATOR_URL", "")
    if not url and not asked.simulator and not asked.top_up:
        raise CannotStart("The simulator's address is missing: give --simulator-url, or set SIMULATOR_URL.")
    return url


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo.seed", description="Fill the demo with invented data.")
    parser.add_argument("--simulator-data", "--data", dest="data", type=Path, metavar="DIR", help="simulator's folder")
    parser.add_argument("--simulator-url", default="", metavar="URL", help="simulator's address (or SIMULATOR_URL)")
    parser.add_argument("--simulator", action="store_true", help="only the simulator's diaries, not the database")
    parser.add_argument("--size", choices=sorted(SIZES), default="full", help="how much (default: full)")
    parser.add_argument("--small", dest="size", action="store_const", const="small", help="the same as --size small")
    parser.add_argument("--top-up", action="store_true", help="carry the calendar on to today")
    return parser


if __name__ == "__main__":
    sys.exit(main())
