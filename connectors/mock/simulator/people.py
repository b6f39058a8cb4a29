"""The national demographics service in the simulator's file: one person by number, or a search."""

from dataclasses import dataclass
from datetime import date

from connectors.mock.simulator import rows
from connectors.mock.simulator.store import Store
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import TracedPatient


@dataclass(frozen=True, slots=True)
class PersonQuery:
    """What a search may ask. Names may end in `*`; an empty value asks nothing."""

    family: str
    birth_date: date
    given: str = ""
    gender: str = ""
    postcode: str = ""


class People:
    """Everybody the national service knows here."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def trace(self, nhs_number: NHSNumber) -> TracedPatient | None:
        """The current record: a superseded number answers with the record of the number that replaced it."""
        with self._store.reading() as connection:
            for _ in range(5):  # a chain of merges ends somewhere
                row = connection.execute("SELECT * FROM person WHERE nhs_number = ?", (nhs_number.value,)).fetchone()
                if row is None or not row["superseded_by"]:
                    return rows.person(row) if row else None
                nhs_number = NHSNumber(row["superseded_by"])
        return None

    def search(self, query: PersonQuery) -> list[TracedPatient]:
        """Current records that fit every value asked, ignoring case and spaces in the postcode."""
        with self._store.reading() as connection:
            found = connection.execute(
                "SELECT * FROM person WHERE birth_date = ? AND superseded_by = '' ORDER BY nhs_number",
                (query.birth_date.isoformat(),),
            ).fetchall()
        people = (rows.person(row) for row in found)
        return [person for person in people if _fits(person, query)]


def _fits(person: TracedPatient, query: PersonQuery) -> bool:
    held = person.patient
    return (
        _alike(held.family, query.family)
        and (not query.given or _alike(held.given, query.given))
        and (not query.gender or held.gender.value == query.gender)
        and (not query.postcode or _bare(held.postcode) == _bare(query.postcode))
    )


def _alike(held: str, asked: str) -> bool:
    name, pattern = held.casefold(), asked.casefold().strip()
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1])
    return name == pattern


def _bare(postcode: str) -> str:
    return postcode.replace(" ", "").upper()
