"""`flask switches …` and `flask choices …`: what beats every grant, for whoever looks after the hub at a terminal.

NHS numbers are typed at the prompt: what stands on a command line is kept in histories and shown in lists of processes.
"""

from collections.abc import Callable
from typing import Any

import click
from flask.cli import AppGroup

from hub.commands.terminal import ODS, command_caller, plain_refusals
from hub.wiring import Hub, current_hub
from practices import directory
from sharing_agreements import choices, switches
from vocabulary.choices import PatientChoice
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import Caller
from vocabulary.purposes import Scope
from vocabulary.times import london

switches_cli = AppGroup("switches", help="A practice's kill switches: stop one kind of access from and to it, at once.")
choices_cli = AppGroup("choices", help="What patients chose about sharing.")
_ods = click.argument("ods", type=ODS)
_scope = click.argument("scope", type=click.Choice([scope.value for scope in Scope]))
_reason = click.option("--reason", required=True, help="why, for colleagues and the ledger to read")
_choice = click.argument("choice", type=click.Choice([choice.value for choice in PatientChoice]))
_number = click.option("--nhs-number", prompt="NHS number", help="better typed at the prompt")
_at = click.option("--at", "ods", type=ODS, required=True, help="the practice that was told")


@switches_cli.command("list")
@click.argument("ods", type=ODS, required=False)
def list_command(ods: OdsCode | None) -> None:
    """The switches that are pulled, of one practice or of all."""
    with plain_refusals(), current_hub().work.read() as tx:
        listed = (ods,) if ods else tuple(practice.ods for practice in directory.practices(tx))
        found = [(practice, pulled) for practice in listed for pulled in switches.pulled(tx, practice)]
    for practice, pulled in found:
        since = f"{london(pulled.since):%d %B %Y %H:%M}"
        click.echo(f"{practice}  {pulled.scope.value:12} pulled on {since} by {pulled.by}: {pulled.reason}")
    if not found:
        click.echo("No switch is pulled.")


@switches_cli.command("pull")
@_ods
@_scope
@_reason
def pull_command(ods: OdsCode, scope: str, reason: str) -> None:
    """Stop this kind of access from and to a practice, at once."""
    hub = current_hub()
    with plain_refusals():
        switches.pull(hub.work, ods, Scope(scope), reason, caller=command_caller(), clock=hub.clock)
    click.echo(
        f"{scope} is switched off at {ods}. Booked appointments stand. To undo: flask switches release {ods} {scope}"
    )


@switches_cli.command("release")
@_ods
@_scope
@_reason
def release_command(ods: OdsCode, scope: str, reason: str) -> None:
    """Let what the agreements grant go on again."""
    hub = current_hub()
    with plain_refusals():
        switches.release(hub.work, ods, Scope(scope), reason, caller=command_caller(), clock=hub.clock)
    click.echo(f"{scope} at {ods} is as its agreements say again.")


@choices_cli.command("show")
@_at
@_number
def show_command(ods: OdsCode, nhs_number: str) -> None:
    """The choices that stand for a patient. That you looked is in the ledger."""
    hub = current_hub()
    with plain_refusals():
        number, caller = NHSNumber.parse(nhs_number), _for(hub, ods)
        found = choices.show(hub.work, number, caller=caller, clock=hub.clock)
    for each in found:
        since = f"{london(each.since):%d %B %Y}"
        click.echo(f"{each.choice.value:22} since {since}, written down by {each.by} for {each.practice_name}")
    if not found:
        click.echo("None is on record.")


@choices_cli.command("record")
@_choice
@_at
@_number
def record_command(choice: str, ods: OdsCode, nhs_number: str) -> None:
    """Write a patient's choice down: it holds at every practice, at once."""
    _change(
        ods,
        nhs_number,
        lambda hub, number, caller: choices.write_down(
            hub.work, number, PatientChoice(choice), caller=caller, clock=hub.clock
        ),
    )
    click.echo(f"{choice} is on record.")


@choices_cli.command("withdraw")
@_choice
@_at
@_number
def withdraw_command(choice: str, ods: OdsCode, nhs_number: str) -> None:
    """End a choice, at the patient's word, where they are registered."""
    _change(
        ods,
        nhs_number,
        lambda hub, number, caller: choices.withdraw(
            hub.work, hub.tracing, number, PatientChoice(choice), caller=caller, clock=hub.clock
        ),
    )
    click.echo(f"{choice} is on record no more.")


def _change(ods: OdsCode, nhs_number: str, change: Callable[[Hub, NHSNumber, Caller], Any]) -> None:
    hub = current_hub()
    with plain_refusals():
        change(hub, NHSNumber.parse(nhs_number), _for(hub, ods))


def _for(hub: Hub, ods: OdsCode) -> Caller:
    """Acting for the practice that was told."""
    with hub.work.read() as tx:
        practice = directory.practice(tx, ods)
    if practice is None:
        raise click.ClickException(f"The address book has no practice {ods}.")
    return command_caller(practice=ods, practice_name=practice.name)
