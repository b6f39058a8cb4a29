"""What the verbs of this room work with, and what each of them tells the ledger."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from connectors.admission import PermittedConnect
from connectors.port import Able
from connectors.tracing import Tracing
from messaging.chasing_rules import ChaseSettings, Standing, level, next_look
from messaging.lifecycle import Level
from messaging.models import MessageRow
from messaging.safe import Safe
from sharing_agreements.gate import Gate
from storage.ledger import LedgerEvent, record
from storage.work import Tx, Work
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.messages import MessageKind, MessageState, Urgency
from vocabulary.people import Caller, UserRole
from vocabulary.times import Clock

_SIGNS = "bcdfghjkmnpqrstvwxz"


def _in_its_turn(_tx: Tx) -> None:
    """What is due is found by the timetable anyhow."""


@dataclass(frozen=True, slots=True)
class Office:
    """The room's dependencies: verbs are functions (office, …, caller)."""

    work: Work
    gate: Gate
    connect: PermittedConnect
    able: Able
    tracing: Tracing
    clock: Clock
    safe: Safe
    chase: ChaseSettings = field(default_factory=ChaseSettings)
    wake: Callable[[Tx], None] = _in_its_turn  # let the worker deliver soon, deferred in the verb's own transaction


def new_message_ref() -> str:
    """A name for a message that nobody guesses; letters only, so that it never looks like somebody's number."""
    return "".join(secrets.choice(_SIGNS) for _ in range(14))


def account(office: Office, tx: Tx, row: MessageRow, act: str, caller: Caller, **detail: object) -> None:
    """One ledger event about a message: never what it says."""
    sender, recipient = OdsCode(row.sender_ods), OdsCode(row.recipient_ods)
    event = LedgerEvent(
        act=act,
        host=recipient if caller.practice == sender else sender,
        nhs_number=NHSNumber(row.nhs_number),
        booking_ref=row.booking_ref,
        purpose="direct-care",
        agreement=row.agreement,
        clause=row.clause,
        detail={**_which(row), **detail},
    )
    record(tx, event, caller=caller, at=office.clock.now())


def _which(row: MessageRow) -> dict[str, str]:
    """Which message of which kind, to whom, and where it stands now."""
    told = {"message": row.ref, "kind": row.kind, "team": row.team, "state": row.state}
    return {**told, "recipient": row.recipient_ods}


def set_alarm(office: Office, row: MessageRow, *, there: bool = True, sender_there: bool = True) -> Level:
    """From how it stands now: how far it has been brought up, and when to look again. `there` False: the practice it
    was sent to has closed; `sender_there` False: the one that sent it."""
    standing = Standing(
        MessageKind(row.kind),
        MessageState(row.state),
        Urgency(row.urgency),
        row.sent_at,
        due_on=row.due_on,
        declined_at=row.declined_at,
        there=there,
        sender_there=sender_there,
    )
    now = office.clock.now()
    reached = level(standing, now, office.chase)
    row.level, row.chase_at = reached.value, next_look(standing, now, office.chase)
    return reached


def on_behalf(row: MessageRow) -> Caller:
    """The hub itself, on behalf of who sent it."""
    return Caller(
        row.sent_by, row.sent_by_name, UserRole.SYSTEM, OdsCode(row.sender_ods), row.sender_ods, "", via="job"
    )
