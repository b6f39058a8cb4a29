"""The tracing port: home practice, restriction and death come only from here, never from a host."""

from datetime import date
from typing import Protocol

from vocabulary.identifiers import NHSNumber
from vocabulary.patients import TracedPatient
from vocabulary.people import Caller
from vocabulary.slots import Gender


class Tracing(Protocol):
    """The national demographics service on behalf of a caller. Faults as connectors.faults; PatientUnknown for none."""

    def trace(self, nhs_number: NHSNumber, *, caller: Caller) -> TracedPatient:
        """The person with this number; a superseded number answers with the current one in `superseded_by`."""
        ...

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
        """People who fit; several when the details do not single one out (never guess which)."""
        ...
