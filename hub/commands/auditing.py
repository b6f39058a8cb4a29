"""`flask audit …`: verify the ledger, sign and publish its roots, export a practice's part of it, make keys."""

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, time, timedelta
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from hub.audit import LEAVE_OUT, current_audit, read_roots
from hub.commands.terminal import ODS, command_caller, plain_refusals
from hub.wiring import current_hub
from storage.chain import VEILED
from storage.exporting import PATIENTS
from storage.roots import Root, SigningKey, key_id, public_pem, read_public
from verifier.verify_audit import words_of
from vocabulary.identifiers import OdsCode
from vocabulary.times import at_london

_FILE = click.Path(path_type=Path, dir_okay=False)
_THERE = click.Path(path_type=Path, dir_okay=False, exists=True)

audit_cli = AppGroup("audit", help="The ledger's proof (docs/audit.md).")


@audit_cli.command("verify")
@click.option("--practice", "practices", type=ODS, multiple=True, help="only this practice's chain (repeat for more)")
@click.option("--published", type=_THERE, multiple=True, help="roots that were published: /audit/roots.json, or one")
@click.option("--key", "keys", type=_THERE, multiple=True, help="a public key to believe, beside our own")
@click.option("--json", "as_json", is_flag=True, help="the report as JSON")
@with_appcontext
def verify(practices: tuple[OdsCode, ...], published: tuple[Path, ...], keys: tuple[Path, ...], as_json: bool) -> None:
    """Read the whole ledger and check it against its seals and roots.

    Ends with status 1 when anything does not fit, with 3 when a root itself declares that history was lost.
    """
    with plain_refusals():
        report = current_audit().verify(
            keys=[read_public(file) for file in keys],
            published=_all(published),
            practices=[practice.value for practice in practices],
        )
    if as_json:
        click.echo(json.dumps({**asdict(report), "status": report.status}, indent=1, ensure_ascii=False))
    else:
        click.echo("\n".join(words_of(report)))
    sys.exit(report.status)


@audit_cli.command("seal")
@with_appcontext
def seal() -> None:
    """Seal what waits, without a worker."""
    with plain_refusals():
        click.echo(f"{current_audit().seal():,} events sealed.")


@audit_cli.command("root")
@click.option("--announce", type=_THERE, help="the public key that will sign from the next root on")
@click.option("--declare-loss", is_flag=True, help="after a restore: say for good which acts were lost")
@with_appcontext
def root(announce: Path | None, declare_loss: bool) -> None:
    """Seal what waits, sign all chains' heads, and publish."""
    audit = current_audit()
    with plain_refusals():
        audit.seal()
        made = audit.sign(next_key=read_public(announce) if announce else "", declare_loss=declare_loss)
        audit.publish()
    click.echo(f"Root {made.number} of {made.made_at:%Y-%m-%d %H:%M:%S} UTC, {len(made.body['heads'])} chains.")
    click.echo(f"SHA-256 {made.digest}, signed with key {key_id(made.body['key'])}.")
    for lost in made.body["lost"]:
        click.echo(f"It declares acts {lost['kept'] + 1} to {lost['had']} of {lost['practice']} lost.")


@audit_cli.command("adopt")
@click.argument("file", type=_THERE)
@with_appcontext
def adopt(file: Path) -> None:
    """After a restore: take in the roots in FILE that were published since the backup."""
    with plain_refusals():
        count = current_audit().adopt(read_roots(file))
    click.echo(f"{count} roots taken in. Now: flask --app wsgi audit root --declare-loss")


@audit_cli.command("export")
@click.argument("file", type=_FILE)
@click.option("--practice", type=ODS, required=True, help="whose acts")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), required=True, help="the first day")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), required=True, help="the last day")
@click.option(
    "--without",
    type=click.Choice([*LEAVE_OUT, *VEILED]),
    multiple=True,
    help="leave out what names patients, or people, or a single field",
)
@with_appcontext
def export(file: Path, practice: OdsCode, first: datetime, last: datetime, without: tuple[str, ...]) -> None:
    """Write a practice's acts of some days to FILE, for verifier/verify_audit.py."""
    start, end = at_london(first.date(), time()), at_london(last.date() + timedelta(days=1), time())
    if start >= end:
        raise click.BadParameter("the last day is before the first.", param_hint="--to")
    with plain_refusals():
        caller = command_caller(practice=practice, practice_name=_name(practice))
        pieces = current_audit().export(practice, caller, start=start, end=end, leave_out=_fields(without))
        lines = _write(file, pieces)
    named = "" if set(PATIENTS) <= set(_fields(without)) else " It names patients: keep it encrypted."
    click.echo(f"{lines:,} lines in {file}.{named}")


@audit_cli.command("new-key")
@click.argument("file", type=_FILE)
@with_appcontext
def new_key(file: Path) -> None:
    """Make a key for the signed roots: the private part into FILE, the public part on the terminal."""
    key = SigningKey.new()
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written ({error.strerror}).") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(key.private_pem())
    click.echo(public_pem(key.public), nl=False)
    click.echo(f"Key {key_id(key.public)}. HUB_AUDIT_KEY={file} makes the worker sign with it.", err=True)


@audit_cli.command("public-key")
@with_appcontext
def public_key() -> None:
    """The public part of the key in use, as the verifier's --key reads it; its short name on the side."""
    with plain_refusals():
        key = current_audit().public_key()
    click.echo(public_pem(key), nl=False)
    click.echo(f"Key {key_id(key)}. Give both to every practice by another way than the hub.", err=True)


def _all(files: Iterable[Path]) -> list[Root]:
    return [root for file in files for root in read_roots(file)]


def _fields(without: Iterable[str]) -> frozenset[str]:
    return frozenset(name for word in without for name in LEAVE_OUT.get(word, (word,)))


def _name(practice: OdsCode) -> str:
    found = current_hub().address_book.practice(practice)
    return found.name if found else practice.value


def _write(file: Path, pieces: Iterable[bytes]) -> int:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written ({error.strerror}): name a new file.") from None
    lines = 0
    with os.fdopen(descriptor, "wb") as stream:
        for piece in pieces:
            stream.write(piece)
            lines += 1
    return lines
