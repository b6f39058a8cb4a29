"""`flask assurance load DIR`: make this hub ready for the national provider test suite."""

from pathlib import Path

import click
import requests
from flask.cli import AppGroup

from hub import assurance
from hub.commands.terminal import command_caller, plain_refusals
from hub.config import Mode
from hub.wiring import current_hub
from practices.importing.assurance import CONSUMER_ASID, PROVIDER_ASID, AssuranceData, Installation, install, read
from scheduling import pairs

assurance_cli = AppGroup("assurance", help="The national GP Connect provider test suite's data set.")
_TIMEOUT = 30.0


@assurance_cli.command("load")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--simulator", "simulator_url", required=True, metavar="URL", help="the simulator to hold the diaries")
@click.option("--provider-asid", default=PROVIDER_ASID, show_default=True, help="as the suite has it")
@click.option("--consumer-asid", default=CONSUMER_ASID, show_default=True, help="as the suite has it")
@click.option("--apply", is_flag=True, help="write; without it, only show what would be done")
def load(folder: Path, simulator_url: str, provider_asid: str, consumer_asid: str, apply: bool) -> None:
    """Set up the suite's practices, patients and slots for the next 14 days, out of its CSV files in FOLDER."""
    hub = current_hub()
    if hub.config.mode is Mode.PRODUCTION:
        raise click.ClickException("This is a production hub: load the test suite's data into a hub of its own.")
    with plain_refusals():
        data = read(folder)
        document = assurance.document(data, now=hub.clock.now())
        _show(data, document)
        if not apply:
            click.echo("\nThis was a dry run: nothing was written. Add --apply to write it.")
            return
        how = Installation(simulator_url, provider_asid, consumer_asid)
        install(hub.work, data, how, caller=command_caller(), clock=hub.clock)
    _fill(simulator_url, document)
    pairs.plan(hub.desk)
    click.echo("\nWritten. The hub answers the suite once it runs with:")
    click.echo(f"  HUB_FHIR=demo  HUB_FHIR_SPEAKS_FOR=GPCA0001={data.host}  HUB_FHIR_ASIDS={data.host}={provider_asid}")
    click.echo(f"The service root is {hub.config.hub_url}/{data.host}/STU3/1/gpconnect")


def _show(data: AssuranceData, document: dict[str, list[dict[str, list[dict[str, list[object]]]]]]) -> None:
    for note in data.notes:
        click.echo(str(note))
    slots = [len(session["slots"]) for practice in document["practices"] for session in practice["sessions"]]
    for words, number in (
        ("practices", len(data.organisations)),
        ("practitioners", len(data.practitioners)),
        ("numbered patients", len(data.patients)),
        ("patients to be registered", len(data.traceable)),
        ("clinic sessions", len(slots)),
        ("slots", sum(slots)),
    ):
        click.echo(f"{number:>12,}  {words}")


def _fill(simulator_url: str, document: dict[str, object]) -> None:
    try:
        answer = requests.post(f"{simulator_url.rstrip('/')}/control/load", json=document, timeout=_TIMEOUT)
        said = answer.json()
    except (requests.RequestException, ValueError):
        raise click.ClickException("The simulator does not answer: start it, then run this again.") from None
    if answer.status_code != 201:
        raise click.ClickException(
            f"The simulator did not take the data ({said.get('error', 'it gave no reason')}). "
            "Start it with an empty folder, then run this again."
        )
