"""`flask worker`, and by hand what it does by timetable: `flask sweep`, `flask sync`, `flask drift check`."""

import json
import os
import sys
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click
from flask.cli import AppGroup, with_appcontext

from hub import tasks
from hub.audit import current_audit
from hub.auth.access import doorkeepers
from hub.commands.agreements import agreement_chores
from hub.commands.connection import connection_chores
from hub.commands.overseeing import overseeing_chores, overseeing_errands
from hub.commands.posting import posting_chores, posting_errands
from hub.commands.terminal import ODS, plain_refusals
from hub.config import Mode
from hub.health import examine
from hub.idempotency import Keys
from hub.logs import quiet
from hub.sealing import Sealing
from hub.wiring import Hub, current_hub
from hub.worker import Chore, jobs_app, run
from practices import directory
from practices.admin import UnknownPractice
from scheduling import drift, pairs, resolving, syncing
from scheduling.desk import Desk
from scheduling.drift import DriftReport
from storage.jobs import forget_failed
from storage.sealing import Sealer
from vocabulary.identifiers import OdsCode

_FAILED_KEPT_FOR = timedelta(days=7)
_AT_ONCE = 50

drift_cli = AppGroup("drift", help="Where the hub and a host tell different stories about future bookings.")


@click.command("worker")
@click.option(
    "--concurrency",
    type=click.IntRange(4, 64),
    default=lambda: int(os.environ.get("HUB_WORKER_CONCURRENCY", "10")),
    show_default="HUB_WORKER_CONCURRENCY, or 10",
    help="how many jobs at once",
)
@with_appcontext
def worker(concurrency: int) -> None:
    """Work jobs off until stopped: sync, sweep, nightly checks. Run at least one, on any host.

    Ends with status 1 when something broke, such as the database going away: whatever supervises it starts it again.
    """
    hub = current_hub()
    for check in examine(hub):
        if check.needed and not check.ok:
            raise click.ClickException(f"The {check.name} is not ready: {check.words}.")
    audit = current_audit()
    if hub.config.audit_key or hub.config.mode is Mode.PRODUCTION:
        with plain_refusals():
            audit.key()  # a mistake in it shows now, not at midnight
    sessions, keys = doorkeepers().sessions, Keys(hub.work, hub.clock)
    tidy = (sessions.tidy, keys.tidy, hub.wire.tidy, lambda: _forget_failed(hub))
    chores = (*tasks.chores(hub.desk, tidy=tidy), *connection_chores(hub), *agreement_chores(hub), *posting_chores(hub))
    app = jobs_app(
        hub.config.database_url.reveal(),
        hub.work,
        hub.clock,
        chores=(*chores, *overseeing_chores(hub), Chore("roots", "* * * * *", tasks.HOUSEKEEPING, audit.close_the_day)),
        errands=(*tasks.errands(hub.desk), *overseeing_errands(hub), *posting_errands(hub)),
    )
    with Sealing(lambda: Sealer(hub.work, hub.clock)):
        status = run(app, concurrency=concurrency)
    sys.exit(status)


@click.command("sweep")
@with_appcontext
def sweep() -> None:
    """Look once at every booking that waits for an answer."""
    quiet()
    desk, looked_at = current_hub().desk, 0
    with plain_refusals():
        while some := resolving.sweep(desk, limit=_AT_ONCE):
            looked_at += some
    click.echo(f"Looked at {looked_at} bookings.")


@click.command("sync")
@with_appcontext
def sync() -> None:
    """Ask every host that is due what it offers."""
    quiet()
    desk, asked = current_hub().desk, 0
    with plain_refusals():
        change = pairs.plan(desk)
        click.echo(f"{change.opened} pairs of practices opened, {change.closed} closed.")
        while some := syncing.sync_due(desk, limit=_AT_ONCE):
            asked += some
            click.echo(f"Asked {asked} times…")
    click.echo(f"Done: {asked} asks.")


@drift_cli.command("check")
@click.option("--host", type=ODS, help="only this practice")
@click.option("--json", "as_json", is_flag=True, help="the reports as JSON")
def check(host: OdsCode | None, as_json: bool) -> None:
    """Compare every future booking with its host's diary. Ends with status 1 when they differ."""
    desk = current_hub().desk
    with plain_refusals():
        reports = (_check_one(desk, host),) if host else drift.check_all(desk)
    if as_json:
        click.echo(json.dumps([_as_json(report) for report in reports], indent=1, ensure_ascii=False))
    else:
        _show(reports)
    if any(report.found for report in reports):
        sys.exit(1)


def _check_one(desk: Desk, host: OdsCode) -> DriftReport:
    with desk.work.read() as tx:
        if directory.practice(tx, host) is None:  # a typing mistake must not read as “nothing differs”
            raise UnknownPractice(
                f"The address book has no practice {host}.", next_step="Check the code, or import the practice first."
            )
    return drift.check(desk, host)


def _show(reports: tuple[DriftReport, ...]) -> None:
    for report in reports:
        silent = f", {report.unanswered} unanswered" if report.unanswered else ""
        click.echo(f"{report.host} {report.host_name}: {report.compared} compared{silent}, {len(report.found)} differ")
        for found in report.found:
            click.echo(f"  {found.ref}  {found.kind}: {found.words}")
    if not reports:
        click.echo("There are no future bookings to compare.")


def _as_json(report: DriftReport) -> dict[str, Any]:
    found = [{**asdict(one), "ref": str(one.ref)} for one in report.found]
    return {**asdict(report), "host": str(report.host), "found": found}


def _forget_failed(hub: Hub) -> int:
    with hub.work.begin() as tx:
        return forget_failed(tx, hub.clock.now() - _FAILED_KEPT_FOR)
