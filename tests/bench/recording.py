"""What the hub says to its database during one request, so that a bare route can say exactly the same."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, event

Parameters = Mapping[str, Any] | Sequence[Any]
_Manner = tuple[psycopg.IsolationLevel | None, bool | None]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as the driver got it."""

    sql: str
    parameters: Parameters
    many: bool = False


@dataclass(slots=True)
class Transaction:
    """Statements that were committed (or not) together, and how the transaction was begun."""

    manner: _Manner = (None, None)
    statements: list[Statement] = field(default_factory=list)
    committed: bool = False


@dataclass(slots=True)
class Recording:
    """The transactions of one request, in order."""

    transactions: list[Transaction] = field(default_factory=list)

    @property
    def statements(self) -> int:
        """How many there were."""
        return sum(len(transaction.statements) for transaction in self.transactions)


@contextmanager
def recording(engine: Engine) -> Iterator[Recording]:
    """Note all that goes over this engine meanwhile. Only one thread may use it."""
    made = Recording()

    def begun(_connection: Connection) -> None:
        made.transactions.append(Transaction())

    def ended(_connection: Connection) -> None:
        made.transactions[-1].committed = True

    def said(connection: Connection, _cursor: Any, sql: str, parameters: Parameters, _context: Any, many: bool) -> None:
        transaction = made.transactions[-1]
        if not transaction.statements:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            transaction.manner = (driver.isolation_level, driver.read_only)
        transaction.statements.append(Statement(sql, parameters, many))

    listeners = (("begin", begun), ("commit", ended), ("before_cursor_execute", said))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield made
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)
    made.transactions = [transaction for transaction in made.transactions if transaction.statements]
