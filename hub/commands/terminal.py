"""What the commands share: who acts, how refusals read, and how an ODS code is typed."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

import click
import psycopg
from psycopg import errors
from sqlalchemy.exc import DBAPIError

from hub.trace import current_trace_id
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.problems import InvalidValue, Problem

_NOT_MIGRATED = "The database has not this version's tables. Run flask --app wsgi db upgrade first."
_DATABASE_AWAY = "The database does not answer, or does not let the hub in. Check DATABASE_URL and DATABASE_OWNER_URL."
_CONNECTING = "08"  # the class of SQLSTATE for connections; a server that was not reached sends none
_AWAY = (_CONNECTING, "28", "3D", "57P")  # connection, right to come in, no such database, shutting down
FEDERATION = OdsCode("FEDERATION")  # acting for no practice in particular


@contextmanager
def plain_refusals() -> Iterator[None]:
    """A refusal, and a database that is away or not migrated, become one plain message and exit status 1."""
    try:
        yield
    except Problem as problem:
        raise click.ClickException(f"{problem.message} {problem.next_step}".strip()) from None
    except (DBAPIError, psycopg.Error) as error:
        words = _of_the_database(error.orig if isinstance(error, DBAPIError) else error)
        if not words:
            raise
        raise click.ClickException(words) from None


def _of_the_database(error: BaseException | None) -> str:
    """What is wrong with the database as a whole; nothing for a mistake of ours."""
    if isinstance(error, errors.UndefinedTable | errors.UndefinedColumn):
        return _NOT_MIGRATED
    if isinstance(error, psycopg.OperationalError) and (error.sqlstate or _CONNECTING).startswith(_AWAY):
        return _DATABASE_AWAY
    return ""


def command_caller(*, practice: OdsCode = FEDERATION, practice_name: str = "The federation") -> Caller:
    """Whoever sits at this machine, as the ledger names them."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = "unknown"
    return Caller(
        user_id=f"command:{user}",
        name=user,
        role=UserRole.SYSTEM,
        practice=practice,
        practice_name=practice_name,
        trace_id=current_trace_id(),
        via="command",
    )


class OdsParameter(click.ParamType[OdsCode]):
    """An ODS code on the command line."""

    name = "ODS"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> OdsCode:
        """Read it, or say what is wrong with it."""
        try:
            return value if isinstance(value, OdsCode) else OdsCode.parse(str(value))
        except InvalidValue as problem:
            self.fail(f"{problem.message} {problem.next_step}", param, ctx)


ODS = OdsParameter()
