"""How practices are connected, by hand and by timetable: `flask practices lookup`, `flask practices probe`."""

from functools import partial

import click
from flask.cli import with_appcontext

from connectors.faults import Unsupported
from hub.commands.terminal import ODS, command_caller, plain_refusals
from hub.tasks import HOUSEKEEPING
from hub.trace import current_trace_id
from hub.wiring import Hub, current_hub, describe, open_directory
from hub.worker import Chore
from practices.looking_up import WORDS, LookedUp, look_up_all, look_up_practice
from practices.probing import probe, probe_all
from practices.results import SystemReport
from vocabulary.identifiers import OdsCode


@click.command("lookup")
@click.argument("ods", type=ODS, required=False)
@with_appcontext
def lookup_command(ods: OdsCode | None) -> None:
    """Look one practice (or all) up in the national directory of systems, and say what is new."""
    hub = current_hub()
    try:
        found = _look_up(hub, ods)
    except Unsupported as fault:
        raise click.ClickException(fault.words) from None
    for each in found:
        _show(each, in_full=ods is not None)
    failed = [each for each in found if each.failure]
    if ods is None:
        click.echo(f"{len(found) - len(failed)} practices looked up, {len(failed)} not.")
    hub.address_book.forget()


@click.command("probe")
@click.argument("ods", type=ODS)
@with_appcontext
def probe_command(ods: OdsCode) -> None:
    """Ask a practice's system what it is, now rather than within the hour."""
    hub = current_hub()
    hub.address_book.forget()
    practice = hub.address_book.practice(ods)
    if practice is None or not practice.system:
        raise click.ClickException(f"{ods} has no GP-system link. Set one: flask practices set-link {ods}")
    probe(hub.work, practice, partial(describe, hub), clock=hub.clock, trace_id=current_trace_id())
    connection = hub.address_book.connection(ods)
    report = connection.report if connection else None
    if report is None or report.failure:
        raise click.ClickException(report.failure if report else "Nothing was asked.")
    click.echo(f"{ods}  {_said(report)}, in {report.took_ms} ms")
    for title, failure, standard in (
        ("Record view", report.record_failure, report.record_standard),
        ("Documents", report.documents_failure, report.documents_standard),
    ):
        click.echo(f"  {title}: {failure or (f'GP Connect {standard}' if standard else 'none')}")
    for each in report.interactions:
        click.echo(f"  {each}")


def connection_chores(hub: Hub) -> tuple[Chore, ...]:
    """The same for all practices: the directory every night, the systems themselves every hour."""
    return (
        Chore("lookup", "15 3 * * *", HOUSEKEEPING, lambda: _look_up_everybody(hub)),
        Chore("probe", "5 * * * *", HOUSEKEEPING, lambda: _probe_everybody(hub)),
    )


def _look_up_everybody(hub: Hub) -> None:
    try:
        directory = open_directory(hub.config)
    except Unsupported:
        return  # every address was typed: there is nothing to ask
    look_up_all(hub.work, directory, caller=command_caller(), clock=hub.clock)


def _probe_everybody(hub: Hub) -> None:
    probe_all(hub.work, partial(describe, hub), clock=hub.clock, trace_id=current_trace_id)


def _look_up(hub: Hub, ods: OdsCode | None) -> tuple[LookedUp, ...]:
    directory = open_directory(hub.config)
    if ods is None:
        return look_up_all(hub.work, directory, caller=command_caller(), clock=hub.clock)
    with plain_refusals():
        return (look_up_practice(hub.work, ods, directory, caller=command_caller(), clock=hub.clock),)


def _show(found: LookedUp, *, in_full: bool) -> None:
    if found.failure:
        click.echo(f"{found.ods}  {found.failure}", err=True)
        return
    if in_full:
        for listing in found.listings:
            where = f"{listing.endpoint.address}  ASID {listing.endpoint.asid}" if listing.endpoint else "not enabled"
            click.echo(f"{found.ods}  {WORDS[listing.message_set]}: {where}")
    for change in found.changes:
        click.echo(f"{found.ods}  new: {change}")
    if in_full and not found.changes:
        click.echo(f"{found.ods}  Nothing is new.")


def _said(report: SystemReport) -> str:
    software = " ".join(part for part in (report.software, report.software_version) if part) or "unnamed software"
    return f"{software}, GP Connect {report.standard or 'version not stated'}"
