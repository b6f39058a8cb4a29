"""A practice's own organisation, its practitioners and its places, one at a time or found by their national ids."""

import sqlite3

from connectors.mock.simulator import rows
from connectors.mock.simulator.store import Store
from gp_connect import bundles
from gp_connect.elements import Resource
from gp_connect.organisations import unknown_visit_location, write_location, write_organisation
from gp_connect.provider_rules import reading
from vocabulary.identifiers import OdsCode


class PeopleAndPlaces:
    """What stands behind one practice's diary."""

    def __init__(self, store: Store, host: OdsCode) -> None:
        self._store = store
        self._host = host

    def find_organisation(self, ods: OdsCode) -> Resource:
        """A searchset of none or one: the practice knows itself."""
        return bundles.searchset([self._organisation()] if ods == self._host else [])

    def read_organisation(self, logical_id: str) -> Resource:
        """The practice itself."""
        if logical_id != rows.ORGANISATION_ID:
            raise reading.not_found("Organization")
        return self._organisation()

    def find_practitioner(self, sds_user_id: str) -> Resource:
        """A searchset of none or one."""
        row = self._row("practitioner", "sds_user_id", sds_user_id)
        return bundles.searchset([rows.practitioner_resource(row)] if row else [])

    def read_practitioner(self, logical_id: str) -> Resource:
        """One practitioner by the practice's own id."""
        row = self._row("practitioner", "id", logical_id)
        if row is None:
            raise reading.not_found("Practitioner")
        return rows.practitioner_resource(row)

    def read_location(self, logical_id: str) -> Resource:
        """One place by the practice's own id."""
        if logical_id == rows.UNKNOWN_PLACE_ID:
            return unknown_visit_location(logical_id, organisation_id=rows.ORGANISATION_ID)
        row = self._row("location", "id", logical_id)
        if row is None:
            raise reading.not_found("Location")
        return write_location(rows.location(row), organisation_id=rows.ORGANISATION_ID)

    def _organisation(self) -> Resource:
        row = self._row("practice", "ods", self._host.value)
        if row is None:
            raise reading.not_found("Organization")
        return write_organisation(rows.organisation(row))

    def _row(self, table: str, column: str, value: str) -> sqlite3.Row | None:
        with self._store.reading() as connection:
            found = connection.execute(
                f"SELECT * FROM {table} WHERE ods = ? AND {column} = ?",  # noqa: S608  # names of our own
                (self._host.value, value),
            )
            return found.fetchone()  # type: ignore[no-any-return]
