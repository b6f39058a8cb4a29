"""Alembic's environment: migrates as the owner, one host at a time, and then grants the application its rights."""

from typing import Any

from alembic import context
from alembic.operations import MigrationScript
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool, text

import accountability.models
import hub.auth.models
import hub.idempotency
import messaging.models
import practices.models
import practices.wire.models
import scheduling.models
import sharing_agreements.models
import sharing_agreements.refusing_models
import storage.holds
import storage.jobs
import storage.ledger
import storage.roots
import storage.sealing
from hub.database import grant_rights
from hub.wiring import current_hub
from storage.base import Base

WITH_TABLES = (
    accountability.models,
    hub.auth.models,
    hub.idempotency,
    messaging.models,
    practices.models,
    practices.wire.models,
    scheduling.models,
    sharing_agreements.models,
    sharing_agreements.refusing_models,
    storage.holds,
    storage.jobs,
    storage.ledger,
    storage.roots,
    storage.sealing,
)
_ONE_AT_A_TIME = 7_261_904_118  # any number, the same on every host


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """The drift check leaves procrastinate's own tables out: their schema is its makers' (revision 0002)."""
    return kind != "table" or not (name or "").startswith("procrastinate_")


def number_revision(migrating: MigrationContext, _revision: Any, directives: list[MigrationScript]) -> None:
    """Name revisions 0001, 0002…; and make none when nothing has changed."""
    (script,) = directives
    compared = getattr(context.config.cmd_opts, "autogenerate", False)
    if compared and script.upgrade_ops is not None and script.upgrade_ops.is_empty():
        directives.clear()
        return
    scripts = ScriptDirectory.from_config(context.config)
    script.rev_id = f"{len(list(scripts.walk_revisions())) + 1:04d}"


def migrate() -> None:
    """Run what is asked for, in one transaction."""
    config = current_hub().config
    engine = create_engine(config.database_owner_url.reveal(), poolclass=pool.NullPool, hide_parameters=True)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_name=include_name,
            compare_type=True,
            compare_server_default=True,
            process_revision_directives=number_revision,
        )
        with context.begin_transaction():
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
            context.run_migrations()
            if connection.dialect.has_table(connection, "ledger_event"):
                grant_rights(connection, config)


if context.is_offline_mode():
    raise SystemExit("Migrations need the database: take --sql away.")
migrate()
