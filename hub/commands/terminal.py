"""What the commands share: who acts, how refusals read, and how an ODS code is typed."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

import click

from hub.trace import current_trace_id
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.problems import InvalidValue, Problem

FEDERATION = OdsCode("FEDERATION")  # acting for no practice in particular


@contextmanager
def plain_refusals() -> Iterator[None]:
    """A refusal becomes one plain message and exit status 1."""
    try:
        yield
    except Problem as problem:
        raise click.ClickException(f"{problem.message} {problem.next_step}".strip()) from None


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
