"""Database rights: an owner role migrates, the application role works, and the ledger takes inserts only.

Not even those at will: an event's number, its salt and its transaction are the database's to say.
"""

from sqlalchemy import Connection, text

from storage.work import Tx

INSERT_ONLY = ("ledger_event", "ledger_seal", "ledger_root")
_SET_BY_THE_DATABASE = ("id", "salt", "xid")


def grant_application_role(connection: Connection, role: str) -> None:
    """Give `role` what the application needs and no more; run by the owner after every migration. Safe to repeat."""
    quoted = connection.dialect.identifier_preparer.quote(role)
    statements = [
        f"GRANT USAGE ON SCHEMA public TO {quoted}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {quoted}",
    ]
    for table in INSERT_ONLY:
        if not connection.dialect.has_table(connection, table):
            continue  # an older revision
        own = ", ".join(name for name in _columns(connection, table) if name not in _SET_BY_THE_DATABASE)
        statements.append(f"REVOKE ALL ON {table} FROM {quoted}")
        statements.append(f"GRANT SELECT, INSERT ({own}) ON {table} TO {quoted}")
    for statement in statements:
        connection.execute(text(statement))


def what_may_be_changed(tx: Tx) -> tuple[str, ...]:
    """The insert-only tables that the role in use may change, empty, drop or own all the same: there should be none."""
    return tuple(tx.scalars(_CHANGEABLE, {"tables": list(INSERT_ONLY)}))


def _columns(connection: Connection, table: str) -> list[str]:
    found = connection.execute(
        text(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(:table) AND attnum > 0 AND NOT attisdropped "
            "ORDER BY attnum"
        ),
        {"table": table},
    )
    return list(found.scalars())


# A superuser is a member of every role.
_CHANGEABLE = text(
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' "
    "AND relname = ANY(CAST(:tables AS text[])) AND (pg_has_role(relowner, 'MEMBER') "
    "OR has_any_column_privilege(oid, 'UPDATE') OR has_table_privilege(oid, 'DELETE') "
    "OR has_table_privilege(oid, 'TRUNCATE') OR has_table_privilege(oid, 'TRIGGER')) ORDER BY relname"
)
