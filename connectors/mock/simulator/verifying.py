"""What a provider asks the national service about a patient before it finds or registers them."""

import sqlite3

from connectors.mock.simulator import rows
from gp_connect.outcomes import Rejected
from gp_connect.spine_codes import INVALID_NHS_NUMBER, INVALID_PATIENT_DEMOGRAPHICS
from vocabulary.patients import Patient


def check(connection: sqlite3.Connection, patient: Patient) -> None:
    """Raises Rejected with what the national service has against this patient."""
    row = connection.execute("SELECT * FROM person WHERE nhs_number = ?", (patient.nhs_number.value,)).fetchone()
    if row is None:
        raise Rejected(INVALID_PATIENT_DEMOGRAPHICS, "the NHS number was not found nationally")
    person = rows.person(row)
    if person.superseded_by:
        raise Rejected(INVALID_NHS_NUMBER, "the NHS number has been superseded")
    if person.deceased or person.restricted:
        raise Rejected(INVALID_PATIENT_DEMOGRAPHICS, "this patient cannot be registered")
    if not alike(patient, person.patient):
        raise Rejected(INVALID_PATIENT_DEMOGRAPHICS, "the details do not match the national record")


def passes(connection: sqlite3.Connection, patient: Patient) -> bool:
    """Whether the practice's own record of somebody can be verified."""
    try:
        check(connection, patient)
    except Rejected:
        return False
    return True


def alike(ours: Patient, held: Patient) -> bool:
    """Date of birth alike; or two of its three parts, three letters of the family name and the first initial."""
    born, theirs = ours.birth_date, held.birth_date
    parts = (born.year == theirs.year, born.month == theirs.month, born.day == theirs.day)
    if all(parts):
        return True
    names = ours.family[:3].casefold() == held.family[:3].casefold()
    return sum(parts) == 2 and names and ours.given[:1].casefold() == held.given[:1].casefold()
