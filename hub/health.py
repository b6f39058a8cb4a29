"""Is it alive, is it ready? For supervisors and load balancers; says nothing about anybody.

Live: this process answers. Ready: its database answers and has this version's tables; then the status is 200. A silent
worker makes it "degraded", still with 200: bookings can be made without it, and taking every web server out of service
for it would leave reception with nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from hub.auth.access import public
from hub.config import Mode
from hub.wiring import Hub, current_hub
from hub.worker import HEARTBEAT
from storage.jobs import TaskRun, last_runs
from storage.rights import what_may_be_changed
from storage.roots import Root, newest
from storage.sealing import Backlog, backlog
from storage.work import Tx

SILENT_AFTER = timedelta(seconds=60)
ROOT_LATE_AFTER = timedelta(hours=26)
LEDGER, ROOTS = "ledger", "roots"
START_UP = "hub_start_up"  # the extension that gunicorn.conf.py asks
_MIGRATIONS = Path(__file__).parents[1] / "migrations"
_PATIENCE_MS = 2000

blueprint = Blueprint("health", __name__, url_prefix="/health")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `needed`: without it nothing can be served."""

    name: str
    ok: bool
    words: str
    needed: bool = True


@blueprint.get("/live")
@public
def live() -> Response:
    """This process answers; it looks at nothing else."""
    return jsonify(status="live")


@blueprint.get("/ready")
@public
def ready() -> tuple[Response, int]:
    """Whether to send people here."""
    checks = examine(current_hub())
    needed = all(check.ok for check in checks if check.needed)
    status = "not ready" if not needed else "ready" if all(check.ok for check in checks) else "degraded"
    found = {check.name: {"ok": check.ok, "words": check.words} for check in checks}
    return jsonify(status=status, checks=found), 200 if needed else 503


def examine(hub: Hub) -> tuple[Check, ...]:
    """Look at the database, its tables' version and the worker's heartbeat."""
    try:
        with hub.work.read() as tx:
            tx.execute(text(f"SET LOCAL statement_timeout = {_PATIENCE_MS}"))
            version = _version(tx)
            runs = last_runs(tx) if version else {}
            proof = _look_at_proof(hub, tx) if version == newest_revision() else None
    except SQLAlchemyError as error:
        return (Check("database", ok=False, words=f"does not answer ({type(error).__name__})"),)
    return (
        Check("database", ok=True, words="answers"),
        _migration(version),
        _worker(hub, runs.get(HEARTBEAT)),
        *(_of_proof(hub, proof, runs.get(ROOTS)) if proof else ()),
    )


def refusal_to_start(hub: Hub) -> str:
    """Why a web server must not start in production; empty when nothing is known to be wrong. A database that is away
    is no reason: it comes back, and readiness looks again."""
    if hub.config.mode is not Mode.PRODUCTION:
        return ""
    return next((check.words for check in examine(hub) if check.name == LEDGER and not check.ok), "")


@cache
def newest_revision() -> str:
    """The revision that this version of the hub works with: the highest number of a file (a house test sees to it)."""
    return max(path.name.partition("_")[0] for path in _MIGRATIONS.glob("versions/[0-9]*_*.py"))


def _version(tx: Tx) -> str:
    if tx.scalar(text("SELECT to_regclass('public.alembic_version')")) is None:
        return ""
    return tx.scalar(text("SELECT version_num FROM alembic_version")) or ""


def _migration(version: str) -> Check:
    newest = newest_revision()
    if version == newest:
        return Check("migrations", ok=True, words=f"at {version}")
    at = version or "nothing"
    return Check("migrations", ok=False, words=f"at {at}, needs {newest}: run flask --app wsgi db upgrade")


def _worker(hub: Hub, beat: TaskRun | None) -> Check:
    if beat is None:
        return Check("worker", ok=False, words="no worker has ever run", needed=False)
    age = hub.clock.now() - beat.finished_at
    seconds = max(0, int(age.total_seconds()))
    return Check("worker", ok=age < SILENT_AFTER, words=f"last heartbeat {seconds} s ago", needed=False)


@dataclass(frozen=True, slots=True)
class _Proof:
    """What says whether the ledger can be trusted."""

    changeable: tuple[str, ...]
    waiting: Backlog
    last: Root | None


def _look_at_proof(hub: Hub, tx: Tx) -> _Proof:
    return _Proof(what_may_be_changed(tx), backlog(tx, hub.clock.now()), newest(tx))


def _of_proof(hub: Hub, proof: _Proof, signing: TaskRun | None) -> tuple[Check, ...]:
    return (_rights(hub, proof.changeable), _sealing(proof.waiting), _roots(hub, proof.last, signing))


def _rights(hub: Hub, changeable: tuple[str, ...]) -> Check:
    """In production nobody is served while the application could change what it has said."""
    if not changeable:
        return Check(LEDGER, ok=True, words="can only be added to")
    words = f"the application's database role may change {', '.join(changeable)}: use a role that does not own them"
    return Check(LEDGER, ok=False, words=words, needed=hub.config.mode is Mode.PRODUCTION)


def _sealing(waiting: Backlog) -> Check:
    if not waiting.late:
        return Check("sealing", ok=True, words=f"{waiting.count} events wait", needed=False)
    why = "a transaction has been open too long somewhere in the server" if waiting.held_up else "does a worker run?"
    words = f"the oldest of {waiting.count} waiting events is {int(waiting.seconds)} s old: {why}"
    return Check("sealing", ok=False, words=words, needed=False)


def _roots(hub: Hub, last: Root | None, signing: TaskRun | None) -> Check:
    if signing is not None and signing.failure:
        words = f"signing failed ({signing.failure}): run flask --app wsgi audit verify"
        return Check(ROOTS, ok=False, words=words, needed=False)
    if last is None:
        return Check(ROOTS, ok=True, words="none yet", needed=False)
    age = hub.clock.now() - last.made_at
    words = f"root {last.number} is of {last.made_at:%Y-%m-%d %H:%M} UTC"
    return Check(ROOTS, ok=age < ROOT_LATE_AFTER, words=words, needed=False)
