"""A practice's list of patients: find, read and (temporary) registration, checked against the national service."""

import sqlite3

from connectors.mock.simulator import rows
from connectors.mock.simulator.loading import new_id, patient_row
from connectors.mock.simulator.seeds import SeedPatient
from connectors.mock.simulator.store import Store
from gp_connect import bundles, patients
from gp_connect.elements import Resource
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import registering
from gp_connect.spine_codes import (
    DUPLICATE_REJECTED,
    INVALID_NHS_NUMBER,
    INVALID_PATIENT_DEMOGRAPHICS,
    PATIENT_NOT_FOUND,
)
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient


class Register:
    """The patients of one practice."""

    def __init__(self, store: Store, host: OdsCode) -> None:
        self._store = store
        self._host = host

    def find(self, nhs_number: NHSNumber) -> Resource:
        """A searchset of none or one: active only, and a sensitive patient looks like an unknown one."""
        with self._store.reading() as connection:
            row = connection.execute(
                "SELECT * FROM patient WHERE ods = ? AND nhs_number = ? AND standing = 'active'",
                (self._host.value, nhs_number.value),
            ).fetchone()
        return bundles.searchset([self._resource(row)] if row else [])

    def read(self, patient_id: str) -> Resource:
        """One active patient by the practice's own id."""
        with self._store.reading() as connection:
            row = connection.execute(
                "SELECT * FROM patient WHERE ods = ? AND id = ? AND standing = 'active'",
                (self._host.value, patient_id),
            ).fetchone()
        if row is None:
            raise Rejected(PATIENT_NOT_FOUND, "no such active patient")
        return self._resource(row)

    def register(self, parameters: Resource) -> Resource:
        """A new temporary registration, or a lapsed one made active again."""
        patient = registering.check(parameters)
        with self._store.writing() as connection:
            _check_national(connection, patient)
            known = connection.execute(
                "SELECT * FROM patient WHERE ods = ? AND nhs_number = ?",
                (self._host.value, patient.nhs_number.value),
            ).fetchone()
            if known is None:
                row = patient_row(self._host.value, new_id(), SeedPatient(patient, temporary=True))
                connection.execute(f"INSERT INTO patient VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
            elif known["standing"] == "active":
                raise Rejected(DUPLICATE_REJECTED, "a patient with this NHS number is registered already")
            elif known["standing"] == "inactive":
                self._reactivate(connection, known["id"], patient)
            else:
                raise Rejected(INVALID_PATIENT_DEMOGRAPHICS, "this patient cannot be registered")
            row = connection.execute(
                "SELECT * FROM patient WHERE ods = ? AND nhs_number = ?",
                (self._host.value, patient.nhs_number.value),
            ).fetchone()
        return bundles.searchset([self._resource(row)])

    def _reactivate(self, connection: sqlite3.Connection, patient_id: str, patient: Patient) -> None:
        connection.execute(
            "UPDATE patient SET standing = 'active', temporary = 1, family = ?, given = ?, phone = ?,"
            " version = version + 1 WHERE ods = ? AND id = ?",
            (patient.family, patient.given, patient.phone, self._host.value, patient_id),
        )

    def _resource(self, row: sqlite3.Row) -> Resource:
        return patients.write(
            rows.patient(row, row["id"]),
            organisation_id=rows.ORGANISATION_ID,
            version_id=str(row["version"]),
            temporary=bool(row["temporary"]),
        )


def _check_national(connection: sqlite3.Connection, patient: Patient) -> None:
    """What a provider verifies before it registers anybody."""
    row = connection.execute("SELECT * FROM person WHERE nhs_number = ?", (patient.nhs_number.value,)).fetchone()
    if row is None:
        raise Rejected(INVALID_PATIENT_DEMOGRAPHICS, "the NHS number was not found nationally")
    person = rows.person(row)
    if person.superseded_by:
        raise Rejected(INVALID_NHS_NUMBER, "the NHS number has been superseded")
    if person.deceased or person.restricted:
        raise Rejected(INVALID_PATIENT_DEMOGRAPHICS, "this patient cannot be registered")
    if not _verified(patient, person.patient):
        raise Rejected(INVALID_PATIENT_DEMOGRAPHICS, "the details do not match the national record")


def _verified(sent: Patient, held: Patient) -> bool:
    """Date of birth alike; or two of its three parts, three letters of the family name and the first initial."""
    ours, theirs = sent.birth_date, held.birth_date
    parts = (ours.year == theirs.year, ours.month == theirs.month, ours.day == theirs.day)
    if all(parts):
        return True
    names = sent.family[:3].casefold() == held.family[:3].casefold()
    return sum(parts) == 2 and names and sent.given[:1].casefold() == held.given[:1].casefold()
