"""The hub on the command line: `flask …`, one file a family of commands; each parses, calls a verb and prints."""

from flask import Flask

from hub.commands.agreements import agreements_cli
from hub.commands.assurance import assurance_cli
from hub.commands.auditing import audit_cli
from hub.commands.demonstration import demo_cli
from hub.commands.keeping import backup, restore
from hub.commands.practices import clusters_cli, practices_cli
from hub.commands.refusing import choices_cli, switches_cli
from hub.commands.running import drift_cli, sweep, sync, worker
from hub.logs import quiet


def register(app: Flask) -> None:
    """Put every command under `flask`. What people read on a terminal is not mixed with log lines."""
    quietly = (
        practices_cli,
        clusters_cli,
        agreements_cli,
        switches_cli,
        choices_cli,
        drift_cli,
        demo_cli,
        assurance_cli,
    )
    for group in quietly:
        group.callback = quiet
    for command in (
        worker,
        sweep,
        sync,
        drift_cli,
        backup,
        restore,
        practices_cli,
        clusters_cli,
        agreements_cli,
        switches_cli,
        choices_cli,
        demo_cli,
        assurance_cli,
    ):
        app.cli.add_command(command)
    audit_cli.callback = quiet
    app.cli.add_command(audit_cli)
