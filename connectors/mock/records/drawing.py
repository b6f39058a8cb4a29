"""The lot that decides a synthetic record: chances, days, clinicians and ids, the same for the same patient."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from itertools import count
from typing import Self, TypeVar

from vocabulary.identifiers import OdsCode
from vocabulary.patients import Patient
from vocabulary.record_parts import Author, Entry, RecordDate, RecordSection
from vocabulary.times import at_london

Choice = TypeVar("Choice")
_FAMILIES = ("Ashdown", "Bellweather", "Carrow", "Dunmore", "Ellery", "Fenwick", "Garside", "Hollins")
_GP, _NURSE = ("General Medical Practitioner", "R0260"), ("Practice Nurse", "R0680")


@dataclass(slots=True)
class Drawing:
    """One record in the making."""

    lot: random.Random
    age: int
    born: date
    today: date
    doctors: tuple[Author, ...]
    nurse: Author
    rich: bool = False
    entries: dict[RecordSection, list[Entry]] = field(default_factory=lambda: {name: [] for name in RecordSection})
    _prefix: str = ""
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    @classmethod
    def of(cls, patient: Patient, *, host: OdsCode, practice_name: str, today: date, rich: bool = False) -> Self:
        """The drawing for this patient; clinicians are the practice's, so they repeat between its patients."""
        lot = random.Random(f"{host}/{patient.nhs_number.value}")  # noqa: S311  # a repeatable record is the point
        staff = random.Random(host.value).sample(_FAMILIES, 3)  # noqa: S311
        doctors = tuple(Author(f"Dr {name}", *_GP, practice_name) for name in staff[:2])
        age = today.year - patient.birth_date.year - (_day_of(today) < _day_of(patient.birth_date))
        return cls(
            lot,
            age,
            patient.birth_date,
            today,
            doctors,
            Author(f"Nurse {staff[2]}", *_NURSE, practice_name),
            rich,
            _prefix=f"{lot.getrandbits(48):012x}",
        )

    def chance(self, percent: int) -> bool:
        """True so many times in a hundred."""
        return self.lot.random() * 100 < percent

    def likely(self, percent: int) -> bool:
        """The same, and always true in a rich record."""
        return self.chance(percent) or self.rich

    def pick(self, choices: Sequence[Choice]) -> Choice:
        """One of these."""
        return self.lot.choice(choices)

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self.lot.randint(low, high)

    def doctor(self) -> Author:
        """One of the practice's doctors."""
        return self.pick(self.doctors)

    def new_id(self, kind: str) -> str:
        """An id for an entry, as gp_connect/structured names them."""
        return f"{kind}/{self._prefix}-{next(self._numbers)}"

    def day(self, *, at_most_years_ago: int) -> date:
        """A day in the last so many years of the patient's life, before today."""
        earliest = max(self.born, self.today - timedelta(days=365 * at_most_years_ago))
        return self.today - timedelta(days=self.number(1, max(1, (self.today - earliest).days)))

    def moment(self, day: date) -> RecordDate:
        """A time in surgery hours on that day."""
        return RecordDate.of(at_london(day, time(self.number(8, 17), self.pick((0, 10, 20, 30, 40, 50)))))

    def add(self, section: RecordSection, *entries: Entry) -> None:
        """Put entries into a section."""
        self.entries[section].extend(entries)


def _day_of(day: date) -> tuple[int, int]:
    return day.month, day.day
