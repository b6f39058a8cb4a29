"""Tracing over people in memory; answers as the national service does, a restricted person's whereabouts left out."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from threading import Lock

from connectors.faults import PatientUnknown
from connectors.mock.script import Call, Script
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient, TracedPatient
from vocabulary.people import Caller
from vocabulary.slots import Gender


class MockTracing:
    """People known nationally. `script` plays faults in "trace" and "search"."""

    def __init__(self) -> None:
        self.script = Script()
        self._people: dict[NHSNumber, TracedPatient] = {}
        self._superseded: dict[NHSNumber, NHSNumber] = {}
        self._lock = Lock()

    def add(
        self,
        patient: Patient,
        *,
        home_practice: OdsCode | None = None,
        restricted: bool = False,
        deceased: bool = False,
        interpreter: str = "",
        access_needs: Iterable[str] = (),
        formerly: NHSNumber | None = None,
    ) -> TracedPatient:
        """Make somebody known; `formerly` is a number of theirs that is no longer in use."""
        person = TracedPatient(
            replace(patient, host_id=""),
            home_practice,
            restricted=restricted,
            deceased=deceased,
            interpreter=interpreter,
            access_needs=tuple(access_needs),
        )
        if restricted:
            hidden = replace(person.patient, address=(), postcode="", phone="")
            person = replace(person, patient=hidden, home_practice=None)
        with self._lock:
            self._people[patient.nhs_number] = person
            if formerly is not None:
                self._superseded[formerly] = patient.nhs_number
        return person

    def trace(self, nhs_number: NHSNumber, *, caller: Caller) -> TracedPatient:
        """The person with this number, or with the one that replaced it."""
        return self.script.play(Call("trace", caller, nhs_number), lambda: self._trace(nhs_number))

    def search(
        self,
        *,
        family: str,
        given: str = "",
        birth_date: date,
        gender: Gender | None = None,
        postcode: str = "",
        caller: Caller,
    ) -> tuple[TracedPatient, ...]:
        """People who fit what was given; spelling counts, case and spaces do not."""

        def look() -> tuple[TracedPatient, ...]:
            with self._lock:
                people = tuple(self._people.values())
            wanted = {"family": family, "given": given, "postcode": postcode}
            return tuple(
                person
                for person in people
                if person.patient.birth_date == birth_date
                and gender in (None, person.patient.gender)
                and all(_plain(getattr(person.patient, name)) == _plain(text) for name, text in wanted.items() if text)
            )

        return self.script.play(Call("search", caller), look)

    def _trace(self, nhs_number: NHSNumber) -> TracedPatient:
        with self._lock:
            current = self._superseded.get(nhs_number)
            person = self._people.get(current or nhs_number)
        if person is None:
            raise PatientUnknown("No such person is known nationally.", code="RESOURCE_NOT_FOUND", status=404)
        return replace(person, superseded_by=current) if current else person


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
