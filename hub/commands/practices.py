"""`flask practices import` and `flask clusters import`: filling the address book from files."""

import json
from functools import partial
from pathlib import Path

import click
from flask.cli import AppGroup

from hub.commands import practice_settings
from hub.commands.terminal import command_caller, plain_refusals
from hub.wiring import current_hub
from practices.importing import (
    ClusterSummary,
    Note,
    Outcome,
    PracticeFiles,
    PracticeSummary,
    import_clusters,
    import_practices,
)
from scheduling.views import future_bookings
from vocabulary.times import london

practices_cli = AppGroup("practices", help="The practice directory: import it, and set up single practices.")
clusters_cli = AppGroup("clusters", help="Which practices pool their slots.")
for setting in practice_settings.COMMANDS:
    practices_cli.add_command(setting)

_LONG_FILE = 4_000  # lines from which progress is worth showing
_File = click.Path(path_type=Path)


@practices_cli.command("import")
@click.option("--epraccur", type=_File, required=True, metavar="F", help="practices (epraccur.csv)")
@click.option("--list-sizes", type=_File, metavar="F", help="registered patients (gp-reg-pat-prac-all.csv)")
@click.option("--suppliers", type=_File, metavar="F", help="clinical systems, columns ODSCode and Supplier")
@click.option("--places", type=_File, metavar="F", help="latitude and longitude of outward codes or postcodes")
@click.option("--only", default="", metavar="CODE", help="only this commissioner's practices, such as 15C")
@click.option("--apply", is_flag=True, help="write; without it, only show what would be done")
@click.option("--json", "as_json", is_flag=True, help="the summary as JSON")
def import_practices_command(
    epraccur: Path,
    list_sizes: Path | None,
    suppliers: Path | None,
    places: Path | None,
    only: str,
    apply: bool,
    as_json: bool,
) -> None:
    """Import practices from the Organisation Data Service's files as published."""
    with plain_refusals():
        clock = current_hub().clock
        summary = import_practices(
            current_hub().work,
            PracticeFiles(epraccur, list_sizes, suppliers, places),
            only=only.strip().upper(),
            apply=apply,
            caller=command_caller(),
            clock=clock,
            future_bookings=partial(future_bookings, after=clock.now()),
            progress=_show_progress,
        )
    if as_json:
        click.echo(json.dumps(summary.as_json(), indent=1, ensure_ascii=False))
    else:
        _show_notes(summary.notes)
        _show_practices(summary)


@clusters_cli.command("import")
@click.argument("file", type=_File)
@click.option("--apply", is_flag=True, help="write; without it, only show what would be done")
@click.option("--json", "as_json", is_flag=True, help="the summary as JSON")
def import_clusters_command(file: Path, apply: bool, as_json: bool) -> None:
    """Put practices into clusters: one line each, cluster, ODS code and (if you like) the cluster's name."""
    with plain_refusals():
        summary = import_clusters(
            current_hub().work,
            file,
            apply=apply,
            caller=command_caller(),
            clock=current_hub().clock,
            progress=_show_progress,
        )
    if as_json:
        click.echo(json.dumps(summary.as_json(), indent=1, ensure_ascii=False))
    else:
        _show_notes(summary.notes)
        _show_clusters(summary)


def _show_progress(file: str, done: int, total: int) -> None:
    if total >= _LONG_FILE:
        click.echo(f"  {file} file: {done:,} of {total:,} lines read", err=True)


def _show_notes(notes: tuple[Note, ...]) -> None:
    for note in notes:
        if note.outcome is not Outcome.UNCHANGED:
            click.echo(str(note))


def _show_practices(summary: PracticeSummary) -> None:
    click.echo("")
    for words, number in (
        ("practices created", summary.created),
        ("practices changed", summary.changed),
        ("practices closed", summary.closed),
        ("practices unchanged", summary.unchanged),
        ("lines skipped", summary.skipped),
        ("warnings", summary.warnings),
        ("lines of other commissioners", summary.elsewhere),
        ("places created", summary.places_created),
        ("places changed", summary.places_changed),
        ("open practices", summary.open_practices),
        ("patients on their lists", summary.patients),
    ):
        click.echo(f"{number:>12,}  {words}")
    for ods, bookings in summary.future_bookings:
        click.echo(f"\n{ods} has closed; bookings still to come there: {len(bookings) or 'none'}")
        for booking in bookings:
            starts = london(booking.starts)
            click.echo(f"  {booking.ref}  {starts:%A %d %B %Y %H:%M}  booked by {booking.booking_practice}")
    _show_ending(summary.applied, summary.changes_nothing)


def _show_clusters(summary: ClusterSummary) -> None:
    click.echo("")
    for words, number in (
        ("clusters created", summary.created),
        ("clusters renamed", summary.renamed),
        ("practices joined", summary.joined),
        ("practices moved", summary.moved),
        ("practices unchanged", summary.unchanged),
        ("lines skipped", summary.skipped),
        ("warnings", summary.warnings),
    ):
        click.echo(f"{number:>12,}  {words}")
    _show_ending(summary.applied, summary.changes_nothing)


def _show_ending(applied: bool, changes_nothing: bool) -> None:
    if changes_nothing:
        click.echo("\nNothing to change: the address book already says all this.")
    elif applied:
        click.echo("\nWritten, in one transaction.")
    else:
        click.echo("\nThis was a dry run: nothing was written. Add --apply to write it.")
