"""`flask backup FILE` and `flask restore FILE`."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from hub.backup import restore_backup, write_backup
from hub.commands.terminal import plain_refusals
from hub.logs import quiet
from hub.wiring import current_hub

_File = click.Path(path_type=Path, dir_okay=False)


@click.command("backup")
@click.argument("file", type=_File)
@with_appcontext
def backup(file: Path) -> None:
    """Write every table to FILE, in one snapshot, while the hub goes on working. It holds patients' data."""
    quiet()
    hub = current_hub()
    with plain_refusals():
        manifest = write_backup(hub.config.database_owner_url, file, at=hub.clock.now(), say=click.echo)
    click.echo(f"{manifest.rows:,} rows of revision {manifest.revision} in {file}. Keep it encrypted.")


@click.command("restore")
@click.argument("file", type=_File)
@with_appcontext
def restore(file: Path) -> None:
    """Put FILE into an empty, migrated database: all of it, or nothing."""
    quiet()
    with plain_refusals():
        manifest = restore_backup(current_hub().config.database_owner_url, file, say=click.echo)
    click.echo(f"{manifest.rows:,} rows of {manifest.taken_at} restored.")
    click.echo("Now: flask --app wsgi audit verify; then start the worker, and: flask --app wsgi drift check")
