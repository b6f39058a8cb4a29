"""One practice's settings on the command line: `flask practices show`, `set-link`, `test-booking`, `switch`…"""

from dataclasses import replace

import click
from flask.cli import with_appcontext

from hub.commands.connection import lookup_command, probe_command
from hub.commands.terminal import ODS, command_caller, plain_refusals
from hub.wiring import current_hub
from practices import admin, directory
from practices.admin import LinkSettings, Switch
from practices.slot_types import Service, SlotTypeMeaning
from scheduling.rehearsing import book_there_and_back
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.slots import PractitionerRole
from vocabulary.times import london


@click.command("show")
@click.argument("ods", type=ODS)
@with_appcontext
def show_command(ods: OdsCode) -> None:
    """Show a practice's settings."""
    with current_hub().work.read() as tx:
        practice = directory.practice(tx, ods)
        mapping = directory.mapping(tx, ods)
    if practice is None:
        raise click.ClickException(f"The address book has no practice {ods}. Import it first.")
    click.echo(f"{practice.ods}  {practice.name} ({'open' if practice.is_open else 'not open'})")
    click.echo(f"  cluster       {practice.cluster or 'none'}")
    click.echo(f"  GP system     {practice.system or 'no link'}")
    click.echo(f"  bypass phone  {practice.bypass_phone or 'none'}")
    click.echo(f"  tested        {f'{london(practice.tested_at):%d %B %Y %H:%M}' if practice.tested_at else 'never'}")
    click.echo(f"  pooling       {_on(practice.pooling_live)}")
    click.echo(f"  booking       {_on(practice.booking_live)}")
    for wording, meaning in sorted(mapping.items()):
        click.echo(f"  slot type     {wording} = {meaning.service.words}{f', {meaning.role}' if meaning.role else ''}")


@click.command("set-link")
@click.argument("ods", type=ODS)
@click.option("--system", required=True, help="the connector's name, such as emis")
@click.option("--address", default="", help="the service root; leave it out where the national directory knows it")
@click.option("--provider-asid", default="", help="the practice's system as provider, 12 digits")
@click.option("--consumer-asid", default="", help="the practice's system as consumer, 12 digits")
@click.option("--secret", "secret_name", default="", help="the NAME of the secret in the configuration")
@with_appcontext
def set_link_command(
    ods: OdsCode, system: str, address: str, provider_asid: str, consumer_asid: str, secret_name: str
) -> None:
    """Set how a practice's GP system is reached. Its live switches go off until a new test booking has passed."""
    settings = LinkSettings(system, address, provider_asid, consumer_asid, secret_name)
    with plain_refusals():
        admin.set_link(current_hub().work, ods, settings, caller=command_caller(), clock=current_hub().clock)
    step = f"test-booking {ods} --as ODS" if address else f"lookup {ods}"
    click.echo(f"The link of {ods} is set. Next: flask practices {step}")


@click.command("set-bypass-phone")
@click.argument("ods", type=ODS)
@click.argument("phone")
@with_appcontext
def set_bypass_phone_command(ods: OdsCode, phone: str) -> None:
    """Set the number that reaches a practice's staff past the patients' queue; "" removes it."""
    with plain_refusals():
        admin.set_bypass_phone(current_hub().work, ods, phone, caller=command_caller(), clock=current_hub().clock)
    click.echo(f"The bypass phone of {ods} is {'set' if phone.strip() else 'removed'}.")


@click.command("map-slot-type")
@click.argument("ods", type=ODS)
@click.argument("wording")
@click.argument("service", type=click.Choice([service.value for service in Service]))
@click.option("--role", type=click.Choice([role.value for role in PractitionerRole]), help="who holds such slots")
@with_appcontext
def map_slot_type_command(ods: OdsCode, wording: str, service: str, role: str | None) -> None:
    """Say what a practice's own slot-type wording means; "none" hides its slots on purpose."""
    meaning = SlotTypeMeaning(Service(service), PractitionerRole(role) if role else None)
    with plain_refusals():
        admin.map_wording(current_hub().work, ods, wording, meaning, caller=command_caller(), clock=current_hub().clock)
    click.echo(f"At {ods}, {wording!r} now means: {meaning.service.words}.")


@click.command("unmap-slot-type")
@click.argument("ods", type=ODS)
@click.argument("wording")
@with_appcontext
def unmap_slot_type_command(ods: OdsCode, wording: str) -> None:
    """Forget what a wording means."""
    with plain_refusals():
        admin.unmap_wording(current_hub().work, ods, wording, caller=command_caller(), clock=current_hub().clock)
    click.echo(f"At {ods}, {wording!r} is unmapped again.")


@click.command("test-booking")
@click.argument("ods", type=ODS)
@click.option("--as", "booker", type=ODS, required=True, help="the practice that books")
@click.option("--test-patient", prompt="NHS number of the test patient", help="better typed at the prompt")
@with_appcontext
def test_booking_command(ods: OdsCode, booker: OdsCode, test_patient: str) -> None:
    """Book at a practice for a test patient, see it there, cancel it, see it gone. Passing allows it to go live."""
    with current_hub().work.read() as tx:
        practice = directory.practice(tx, booker)
    if practice is None:
        raise click.ClickException(f"The address book has no practice {booker}.")
    caller = command_caller(practice=booker, practice_name=practice.name)
    with plain_refusals():
        outcome = book_there_and_back(current_hub().desk, ods, NHSNumber.parse(test_patient), caller)
    if not outcome.passed:
        raise click.ClickException(f"The test booking at {ods} failed: {outcome.words}")
    click.echo(f"The test booking at {ods} went there and back. It may go live: flask practices switch {ods} …")


@click.command("switch")
@click.argument("ods", type=ODS)
@click.argument("which", type=click.Choice([which.value for which in Switch]))
@click.argument("state", type=click.Choice(["on", "off"]))
@click.option("--user-id", default="", help="who answers for pooling: calls to other practices name them")
@click.option("--user-name", default="", help="their name")
@with_appcontext
def switch_command(ods: OdsCode, which: str, state: str, user_id: str, user_name: str) -> None:
    """Turn one of a practice's go-live switches."""
    on = state == "on"
    if on and which == Switch.POOLING.value and not (user_id and user_name):
        raise click.ClickException("Say who answers for pooling: --user-id and --user-name of a named person.")
    caller = command_caller()
    if user_id and user_name:
        caller = replace(caller, user_id=user_id, name=user_name)
    with plain_refusals():
        admin.switch(current_hub().work, ods, Switch(which), on=on, caller=caller, clock=current_hub().clock)
    click.echo(f"{which.capitalize()} at {ods} is {state}.")


def _on(live: bool) -> str:
    return "live" if live else "off"


COMMANDS = (
    show_command,
    set_link_command,
    lookup_command,
    probe_command,
    set_bypass_phone_command,
    map_slot_type_command,
    unmap_slot_type_command,
    test_booking_command,
    switch_command,
)
