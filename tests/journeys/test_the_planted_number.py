"""After all the journeys: no planted number, name or reason in any log, job or address. Runs last, by its name.

What may hold them, and is left out: PostgreSQL's own tables and write-ahead log, the GP systems' store, and the last
copies of tonight's list, which are encrypted (and are searched all the same, because of that).
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from demo.data_folder import database_folder
from demo.postgres_home import left_home
from tests.journeys.conftest import Journal
from tests.journeys.doors import Stories
from tests.journeys.people import FAMILY, FORMER_FAMILY, REASON_MARK, Person
from tests.journeys.town import NEIGHBOUR, Town
from vocabulary.appointments import BookingState

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("federation")]

_BETWEEN = rb"(?:[ +\-_.]|%20|%2D|%2B|\\u00a0|&nbsp;|\xc2\xa0|\xe2\x80\x93)?"
_STORES = ("simulator.sqlite3", "simulator.sqlite3-wal", "simulator.sqlite3-shm")
_TABLES = ("base", "pg_wal")


class Search:
    """Looks for everything that was planted."""

    def __init__(self, people: Iterable[Person]) -> None:
        numbers = [_BETWEEN.join(part.encode() for part in person.nhs_number.spaced.split()) for person in people]
        words = [re.escape(part).encode() for name in (FAMILY, FORMER_FAMILY) for part in name.split("-")]
        self._pattern = re.compile(rb"|".join([*numbers, *words, REASON_MARK.encode()]), re.IGNORECASE)

    def in_text(self, text: str) -> list[str]:
        return [found.decode(errors="replace") for found in self._pattern.findall(text.encode())]

    def in_file(self, file: Path) -> list[str]:
        return [found.decode(errors="replace") for found in self._pattern.findall(file.read_bytes())]

    def in_files(self, files: Iterable[Path]) -> dict[str, list[str]]:
        return {str(file): found for file in files if (found := self.in_file(file))}


@pytest.fixture(scope="session")
def search(town: Town, at_both_doors: Stories) -> Search:
    """Ready to search, after one more journey through both doors: the only one when this file runs alone."""
    for rita in at_both_doors:
        rita.given_a_clinic()
        rita.given_a_patient_on_the_phone()
        rita.when_a_time_is_held()
        with town.trouble("drop", NEIGHBOUR, "book", after_commit=True, times=1):
            rita.when_they_confirm()
        rita.then_it_is(BookingState.IN_DOUBT)
    return Search(town.people)


def test_no_log_and_no_other_file_names_anybody(search: Search, town: Town) -> None:
    files = list(files_of(town))
    names = {file.name for file in files}
    assert {"web.log", "worker.log", "database.log", "simulator.log", "sign-in.log"} <= names
    assert search.in_files(files) == {}


@pytest.mark.parametrize("between", ["", " ", "-", "%20"])
def test_the_search_finds_a_number_planted_in_a_log(search: Search, town: Town, between: str) -> None:
    number = between.join(town.people[0].nhs_number.spaced.split())
    with planted(town, f"GET /patients/{number} 404") as log:
        assert search.in_files(files_of(town)) == {str(log): [number]}


def test_the_search_finds_a_name_and_a_reason_planted_in_a_log(search: Search, town: Town) -> None:
    with planted(town, f"no such patient: {FAMILY.upper()} ({REASON_MARK})") as log:
        assert search.in_files(files_of(town))[str(log)] == [*FAMILY.upper().split("-"), REASON_MARK]


def test_no_job_was_told_who_it_is_about(search: Search, town: Town) -> None:
    town.note_jobs()
    assert any(job.startswith("resolve ") and '"ref"' in job for job in town.jobs)
    assert [job for job in town.jobs if search.in_text(job)] == []


def test_the_wire_trace_knows_what_was_asked_and_names_nobody(search: Search, town: Town) -> None:
    traced = [str(row) for row in town.rows("SELECT * FROM wire_exchange")]
    for interaction in ("free-slots", "find-patient", "book"):
        assert any(f"'{interaction}'" in line for line in traced), interaction
    assert any("(hidden)" in line for line in traced)
    assert [line for line in traced if search.in_text(line)] == []


def test_no_address_and_no_referrer_named_anybody(search: Search, journal: Journal) -> None:
    assert len(journal.made.addresses) > 50
    assert any("/outcome" in address for address in journal.made.addresses)
    assert any("/api/v1/holds" in address for address in journal.made.addresses)
    assert any("/holds/" in referrer for referrer in journal.made.referrers)
    for asked in (journal.made.addresses, journal.made.referrers):
        assert [one for one in asked if search.in_text(one)] == []


def files_of(town: Town) -> Iterator[Path]:
    """Every file of the running product, wherever PostgreSQL's home is, but for the stores named above."""
    home = left_home(database_folder(town.data))
    assert home is not None
    for root in {town.data, home}:
        for file in sorted(root.rglob("*")):
            inside = file.relative_to(root).parts
            if file.is_file() and file.name not in _STORES and not set(_TABLES) & set(inside):
                yield file


class planted:
    """A line in a log file that ought not to be there, for as long as the block lasts."""

    def __init__(self, town: Town, line: str) -> None:
        self._log = town.federation.logs / "planted-on-purpose.log"
        self._line = line

    def __enter__(self) -> Path:
        self._log.write_text(f'{{"event": "{self._line}"}}\n')
        return self._log

    def __exit__(self, *_: object) -> None:
        self._log.unlink()
