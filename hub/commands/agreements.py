"""`flask agreements …`: the register on the command line. Signing is not there: a person signs, at a browser."""

from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from hub.commands.terminal import command_caller, plain_refusals
from hub.tasks import HOUSEKEEPING
from hub.wiring import Hub, current_hub
from hub.worker import Chore
from sharing_agreements import exchange, naming, onboarding
from sharing_agreements.document import AgreementDocument, spaced
from sharing_agreements.document_reading import UnreadableAgreement, read_text
from sharing_agreements.drafting import Ref
from sharing_agreements.stopping import Ending
from sharing_agreements.templates import TEMPLATES
from sharing_agreements.validation import HasGaps
from vocabulary.agreements import AtEnd
from vocabulary.times import aware_utc, london

agreements_cli = AppGroup("agreements", help="The register of data-sharing agreements.")
_File = click.Path(path_type=Path, dir_okay=False)
_version = click.argument("version", type=click.IntRange(1))
_code = click.argument("code")
_reason = click.option("--reason", required=True, help="why, for the other parties to read")


@agreements_cli.command("list")
def list_command() -> None:
    """Every agreement and version, with its state and who has still to sign."""
    with plain_refusals():
        found = current_hub().register.summaries(caller=command_caller())
    for each in found:
        missing = f"; {len(each.unsigned)} of {len(each.parties)} have to sign" if each.unsigned else ""
        state = naming.STATUSES[each.status].lower()
        click.echo(f"{each.label:24} {state:24} until {naming.last_day(each.ends_at)}{missing}  {each.title}")
    if not found:
        click.echo("There is none yet. Draft one at a browser, or: flask agreements import FILE")


@agreements_cli.command("show")
@_code
@_version
def show_command(code: str, version: int) -> None:
    """One version: its state, what it allows, its parties, and what is signed."""
    with plain_refusals():
        found = current_hub().register.detail(Ref(code, version), caller=command_caller())
    document = found.document
    click.echo(f"{found.label}  {document.title}  ({naming.STATUSES[found.status].lower()})")
    click.echo(f"  holds       {naming.first_day(found.starts_at)} to {naming.last_day(found.ends_at)}")
    click.echo(f"  review by   {naming.day(document.review_on)}")
    click.echo(f"  at the end  {naming.AT_END[found.at_end]}")
    if found.reason:
        click.echo(f"  because     {found.reason}")
    for clause in document.clauses:
        click.echo(f"  clause {clause.number:4} {naming.clause_words(clause, document)}")
    for party in found.parties:
        name = naming.party_name(party.ods, document)
        click.echo(f"  party {party.ods}  {name}: {_signed(party.signature is not None, party.left_at)}")
    if found.digest:
        click.echo(f"  SHA-256     {spaced(found.digest)}")


def _signed(signed: bool, left_at: datetime | None) -> str:
    if left_at is not None:
        return f"left on {london(left_at):%d %B %Y at %H:%M}"
    return "signed" if signed else "not signed"


@agreements_cli.command("export")
@_code
@_version
@click.option("--to", "file", type=_File, help="a file; without it, the terminal")
def export_command(code: str, version: int, file: Path | None) -> None:
    """Write one version as an agreement file (docs/agreement-file.md)."""
    with plain_refusals():
        found = current_hub().register.detail(Ref(code, version), caller=command_caller())
    text = exchange.write(found.document)
    if file is None:
        click.echo(text, nl=False)
        return
    file.write_text(text, encoding="utf-8")
    click.echo(f"{found.label} is in {file}.")


@agreements_cli.command("import")
@click.argument("file", type=_File)
@click.option("--apply", is_flag=True, help="write; without it, only show what would be done")
@click.option("--next-version", is_flag=True, help="where its code is in use: draft the next version of that agreement")
def import_command(file: Path, apply: bool, next_version: bool) -> None:
    """Bring an agreement file in as a draft. A code that is in use is refused, without --next-version."""
    document = _parsed(_read(file))
    hub = current_hub()
    with plain_refusals():
        _show_gaps(hub, document)
        hindrance = hub.register.what_hinders(document, caller=command_caller(), next_version=next_version)
        if hindrance is not None and not apply:
            raise hindrance
        if not apply:
            click.echo("\nThis was a dry run: nothing was written. Add --apply to write it.")
            return
        ref = hub.register.bring_in(document, caller=command_caller(), next_version=next_version)
    click.echo(f"\n{ref.label} is a draft now.")
    for each in document.attachments:
        click.echo(f"  attach again: {each.name} (SHA-256 {each.sha256})")


@agreements_cli.command("onboard")
@click.argument("file", type=_File)
@click.option("--apply", is_flag=True, help="write; without it, only show what would be done")
def onboard_command(file: Path, apply: bool) -> None:
    """Draft the agreements of a table with one line a party (docs/agreement-file.md)."""
    text, hub = _read(file), current_hub()
    with plain_refusals():
        found = onboarding.plan(hub.register, text, caller=command_caller())
        for each in found.drafts:
            click.echo(f"{each.document.code}  {each.document.title}: {len(each.document.parties)} parties")
            _show_gaps(hub, each.document)
        if not found.can_be_done:
            raise click.ClickException(_faults(UnreadableAgreement(found.hindrances)))
        if not apply:
            click.echo("\nThis was a dry run: nothing was written. Add --apply to write it.")
            return
        for ref in onboarding.carry_out(hub.register, text, caller=command_caller()):
            click.echo(f"{ref.label} is a draft now.")


@agreements_cli.command("propose")
@_code
@_version
def propose_command(code: str, version: int) -> None:
    """Fix a draft's text and ask its parties to sign."""
    with plain_refusals():
        try:
            status = current_hub().register.propose(Ref(code, version), caller=command_caller())
        except HasGaps as problem:
            listed = "\n".join(f"  {gap.step}: {gap.words}" for gap in problem.gaps)
            raise click.ClickException(f"{problem.message}\n{listed}") from None
    click.echo(f"{code} v{version}: {naming.STATUSES[status].lower()}.")


@agreements_cli.command("suspend")
@_code
@_version
@_reason
def suspend_command(code: str, version: int, reason: str) -> None:
    """Pause an agreement at once."""
    with plain_refusals():
        current_hub().register.suspend(Ref(code, version), reason, caller=command_caller())
    click.echo(f"{code} v{version} is suspended.")


@agreements_cli.command("resume")
@_code
@_version
@_reason
def resume_command(code: str, version: int, reason: str) -> None:
    """Let a suspended agreement grant again."""
    with plain_refusals():
        current_hub().register.resume(Ref(code, version), reason, caller=command_caller())
    click.echo(f"{code} v{version} is in force again.")


@agreements_cli.command("end")
@_code
@_version
@_reason
@click.option(
    "--booked",
    type=click.Choice([each.value for each in AtEnd]),
    required=True,
    help="what becomes of booked appointments",
)
@click.option("--at", "moment", metavar="TIME", help="when, such as 2027-03-31T23:00:00Z; without it, now")
def end_command(code: str, version: int, reason: str, booked: str, moment: str | None) -> None:
    """End an agreement for every party, or give up a draft."""
    how = Ending(reason, AtEnd(booked), _moment(moment) if moment else None)
    with plain_refusals():
        status = current_hub().register.end(Ref(code, version), how, caller=command_caller())
    click.echo(f"{code} v{version}: {naming.STATUSES[status].lower()}{f', ending {moment}' if moment else ''}.")


@agreements_cli.command("templates")
def templates_command() -> None:
    """The templates that drafting begins with."""
    for each in TEMPLATES:
        click.echo(f"{each.name:16} v{each.version}  {each.title}. {each.words}")


@agreements_cli.command("remind")
def remind_command() -> None:
    """Raise the reminders that are due, and write down what has expired (the worker does so by itself)."""
    hub = current_hub()
    with plain_refusals():
        expired = hub.register.expire_due(caller=command_caller())
        reminded = hub.register.remind(caller=command_caller())
    click.echo(f"{reminded} reminders raised, {expired} agreements at their end.")


def agreement_chores(hub: Hub) -> tuple[Chore, ...]:
    """The same by timetable: what has expired is written down every minute, reminders are raised every morning."""
    return (
        Chore("expire", "* * * * *", HOUSEKEEPING, lambda: hub.register.expire_due(caller=command_caller())),
        Chore("remind", "10 6 * * *", HOUSEKEEPING, lambda: hub.register.remind(caller=command_caller())),
    )


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise click.ClickException(f"{file} cannot be read: a file in UTF-8 is wanted.") from None


def _parsed(text: str) -> AgreementDocument:
    try:
        return read_text(text)
    except UnreadableAgreement as problem:
        raise click.ClickException(_faults(problem)) from None


def _faults(problem: UnreadableAgreement) -> str:
    return "\n".join([problem.message, *(f"  {fault}" for fault in problem.faults), problem.next_step])


def _show_gaps(hub: Hub, document: AgreementDocument) -> None:
    for gap in hub.register.gaps(document):
        click.echo(f"  still missing ({gap.step}): {gap.words}")


def _moment(text: str) -> datetime:
    try:
        return aware_utc(datetime.fromisoformat(text))
    except ValueError:
        raise click.ClickException(f"{text!r} is not a moment with its offset, such as 2027-03-31T23:00:00Z.") from None
