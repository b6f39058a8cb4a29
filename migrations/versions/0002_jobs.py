"""Jobs: procrastinate's own tables, types and functions, as the pinned version of the package makes them.

Alembic's drift check leaves them out. When the package is upgraded, its new schema differs from the one named here:
add a revision with the package's own migration scripts, and keep this one as it is (docs/adr/0006).

Revises: 0001
"""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# SHA-256 of the schema this revision stands for; tests/house/test_migrations.py compares it with the package's.
SCHEMA = "c70ec4b400a60ad9592787653aae5ae77ae41bf801d56b5bd2712751a07f2009"


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(SchemaManager.get_schema())


def downgrade() -> None:
    connection = op.get_bind().connection.driver_connection
    for kind, names in connection.execute(_OURS).fetchall():  # functions first: some return a table's rows
        connection.execute(f"DROP {kind} {names} CASCADE")


_OURS = """
    SELECT 'FUNCTION', string_agg(p.oid::regprocedure::text, ', ')
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'public' AND p.proname LIKE 'procrastinate%'
    UNION ALL
    SELECT 'TABLE', string_agg(format('%I', tablename), ', ')
        FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'procrastinate%'
    UNION ALL
    SELECT 'TYPE', string_agg(format('%I', t.typname), ', ')
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
        WHERE n.nspname = 'public' AND t.typname LIKE 'procrastinate%' AND (t.typtype = 'e' OR c.relkind = 'c')
"""
