"""Database rights: an owner role migrates, the application role works, and the ledger takes inserts only."""

from sqlalchemy import Connection, text

INSERT_ONLY = ("ledger_event",)


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
        statements.append(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {quoted}")
    for statement in statements:
        connection.execute(text(statement))
