"""A practice's list of patients: find, read and (temporary) registration, checked against the national service."""

import sqlite3
from collections.abc import Callable

from connectors.mock.simulator import manners, rows, verifying
from connectors.mock.simulator.loading import new_id, patient_row
from connectors.mock.simulator.seeds import SeedPatient, Standing
from connectors.mock.simulator.store import Store
from gp_connect import bundles, patients
from gp_connect.elements import Resource
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import reading, registering
from gp_connect.spine_codes import DUPLICATE_REJECTED, INTERNAL_SERVER_ERROR, INVALID_PATIENT_DEMOGRAPHICS
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient

OWN_TRACING = "own-tracing"  # the interaction name under which a practice's own national trace can be made to fail


class Register:
    """The patients of one practice. `tracing_fails` says whether the practice's own national trace is down."""

    def __init__(self, store: Store, host: OdsCode, tracing_fails: Callable[[], bool] = lambda: False) -> None:
        self._store = store
        self._host = host
        self._tracing_fails = tracing_fails

    def find(self, nhs_number: NHSNumber) -> Resource:
        """A searchset of none or one: active only, and a sensitive patient looks like an unknown one.

        One who is active but was never traced is traced first; what cannot be verified is not shown.
        """
        with self._store.reading() as connection:
            row = self._row(connection, "nhs_number", nhs_number.value)
        if row is not None and row["standing"] == Standing.UNTRACED:
            row = self._verified(nhs_number)
        if row is None or row["standing"] != Standing.ACTIVE:
            return bundles.searchset([])
        return bundles.searchset([self._resource(row)])

    def read(self, patient_id: str) -> Resource:
        """One active patient by the practice's own id."""
        with self._store.reading() as connection:
            row = self._row(connection, "id", patient_id)
        if row is None or row["standing"] != Standing.ACTIVE:
            raise reading.not_found("Patient")
        return self._resource(row)

    def register(self, parameters: Resource) -> Resource:
        """A new temporary registration, or a lapsed one made active again."""
        patient = registering.check(parameters)
        if self._tracing_fails():
            raise Rejected(INTERNAL_SERVER_ERROR, "the national demographics service did not answer")
        with self._store.writing() as connection:
            verifying.check(connection, patient)
            known = self._row(connection, "nhs_number", patient.nhs_number.value)
            if known is None:
                row = patient_row(self._host.value, new_id(), SeedPatient(patient, temporary=True))
                connection.execute(f"INSERT INTO patient VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
            else:
                self._again(connection, known, patient)
            registered = self._row(connection, "nhs_number", patient.nhs_number.value)
        return bundles.searchset([self._resource(registered)])

    def _again(self, connection: sqlite3.Connection, known: sqlite3.Row, patient: Patient) -> None:
        """Somebody is on the list already: only one whose registration lapsed can be registered anew."""
        standing = Standing(known["standing"])
        if standing is Standing.INACTIVE:
            connection.execute(
                "UPDATE patient SET standing = ?, temporary = 1, family = ?, given = ?, phone = ?,"
                " version = version + 1 WHERE ods = ? AND id = ?",
                (Standing.ACTIVE.value, patient.family, patient.given, patient.phone, self._host.value, known["id"]),
            )
            return
        if standing is Standing.UNTRACED and self._traces(connection):
            # Raises where the practice's own record of them, not the one sent, does not stand up.
            verifying.check(connection, rows.patient(known))
        if standing in (Standing.ACTIVE, Standing.UNTRACED):
            raise Rejected(DUPLICATE_REJECTED, "a patient with this NHS number is registered already")
        raise Rejected(INVALID_PATIENT_DEMOGRAPHICS, "this patient cannot be registered")

    def _verified(self, nhs_number: NHSNumber) -> sqlite3.Row | None:
        """The row of somebody untraced, verified now where the system does that and the national record agrees."""
        with self._store.writing() as connection:
            row = self._row(connection, "nhs_number", nhs_number.value)
            if not self._traces(connection) or self._tracing_fails():
                return None
            if row is None or not verifying.passes(connection, rows.patient(row)):
                return None
            connection.execute(
                "UPDATE patient SET standing = ?, version = version + 1 WHERE ods = ? AND id = ? AND standing = ?",
                (Standing.ACTIVE.value, self._host.value, row["id"], Standing.UNTRACED.value),
            )
            return self._row(connection, "nhs_number", nhs_number.value)

    def _traces(self, connection: sqlite3.Connection) -> bool:
        row = connection.execute("SELECT settings FROM practice WHERE ods = ?", (self._host.value,)).fetchone()
        return manners.read(row["settings"]).traces

    def _row(self, connection: sqlite3.Connection, column: str, value: str) -> sqlite3.Row | None:
        found = connection.execute(
            f"SELECT * FROM patient WHERE ods = ? AND {column} = ?",  # noqa: S608  # one of two names of our own
            (self._host.value, value),
        )
        return found.fetchone()  # type: ignore[no-any-return]

    def _resource(self, row: sqlite3.Row | None) -> Resource:
        if row is None:
            raise reading.not_found("Patient")
        return patients.write(
            rows.patient(row, row["id"]),
            organisation_id=rows.ORGANISATION_ID,
            version_id=str(row["version"]),
            temporary=bool(row["temporary"]),
        )
