"""`flask sessions`: who is signed in, and ending somebody's sessions from the machine."""

import click
from flask import Flask
from flask.cli import AppGroup

from hub.auth.access import doorkeepers
from hub.commands.terminal import command_caller
from hub.wiring import current_hub
from vocabulary.times import london

sessions_cli = AppGroup("sessions", help="Who is signed in to the pages.")


def register(app: Flask) -> None:
    """Put the commands under `flask`."""
    app.cli.add_command(sessions_cli)


@sessions_cli.command("list")
def list_sessions() -> None:
    """List open sessions, the latest used first."""
    now = current_hub().clock.now()
    found = doorkeepers().sessions.open_sessions()
    for session in found:
        idle = int((now - session.seen_at).total_seconds() // 60)
        acting = f"{session.acting_role} at {session.acting_ods}" if session.acting_ods else "no role chosen yet"
        click.echo(
            f"{session.user_id}  {session.user_name}, {acting}; since {london(session.created_at):%d %b %H:%M}, "
            f"idle for {idle} min"
        )
    click.echo(f"{len(found)} open session{'' if len(found) == 1 else 's'}.")


@sessions_cli.command("end")
@click.argument("user")
def end_sessions(user: str) -> None:
    """End all sessions of USER (their id at the sign-in service). They have to sign in again."""
    ended = doorkeepers().sessions.end_user(user, by="a command", caller=command_caller())
    if not ended:
        raise click.ClickException(f"{user} has no open session. `flask sessions list` shows who has.")
    click.echo(f"Ended {ended} session{'' if ended == 1 else 's'} of {user}.")
