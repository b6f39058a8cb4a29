"""The minimum of a patient's demographics that booking needs, and what a trace of the national record tells."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.slots import Gender


@dataclass(frozen=True, slots=True)
class Patient:
    """Demographics as one system holds them. Never printed in full: repr shows no details."""

    nhs_number: NHSNumber
    family: str
    given: str
    birth_date: date
    gender: Gender = Gender.UNKNOWN
    postcode: str = ""
    address: tuple[str, ...] = ()
    phone: str = ""  # mobile or home telephone, as given
    host_id: str = ""  # the host system's own id for this patient, empty when not from a host

    def __repr__(self) -> str:
        return "Patient(hidden)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class TracedPatient:
    """What the national demographics service says: the only source for home practice, restriction and death."""

    patient: Patient
    home_practice: OdsCode | None
    restricted: bool = False
    deceased: bool = False
    superseded_by: NHSNumber | None = None  # the number traced is no longer in use; this one is
    interpreter: str = ""  # language, when one is needed
    access_needs: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "TracedPatient(hidden)"

    __str__ = __repr__


class Difference(StrEnum):
    """A field in which two records of one patient disagree."""

    NHS_NUMBER = "NHS number"
    BIRTH_DATE = "date of birth"
    FAMILY = "family name"
    GIVEN = "given name"
    GENDER = "gender"
    ADDRESS = "address"  # told where a record is read; people move, so it stops no booking and asks for nothing there


@dataclass(frozen=True, slots=True)
class PatientMatch:
    """The demographic cross-check GP Connect asks of consumers: what differs, and whether that stops the booking."""

    differences: tuple[Difference, ...]

    @property
    def blocks(self) -> bool:
        """NHS number or date of birth in conflict: cannot continue. Other differences are shown."""
        return Difference.NHS_NUMBER in self.differences or Difference.BIRTH_DATE in self.differences


def compare(ours: Patient, theirs: Patient) -> PatientMatch:
    """Cross-check two records of what should be one patient, ignoring case and surrounding space in names."""
    pairs = (
        (Difference.NHS_NUMBER, ours.nhs_number.value, theirs.nhs_number.value),
        (Difference.BIRTH_DATE, ours.birth_date, theirs.birth_date),
        (Difference.FAMILY, _plain(ours.family), _plain(theirs.family)),
        (Difference.GIVEN, _plain(ours.given), _plain(theirs.given)),
    )
    found = [difference for difference, a, b in pairs if a != b]
    known = Gender.UNKNOWN not in (ours.gender, theirs.gender)
    if known and ours.gender is not theirs.gender:
        found.append(Difference.GENDER)
    return PatientMatch(tuple(found))


def lives_elsewhere(ours: Patient, theirs: Patient) -> bool:
    """Whether two records put the patient at different places: another postcode, or else another first line; what one
    of them does not know is no difference."""
    if ours.postcode and theirs.postcode and _signs(ours.postcode) != _signs(theirs.postcode):
        return True
    return bool(ours.address and theirs.address and _signs(ours.address[0]) != _signs(theirs.address[0]))


def _signs(line: str) -> str:
    """Letters and digits alone: 14, Saffron Road is 14 Saffron road."""
    return "".join(sign for sign in line.casefold() if sign.isalnum())


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
