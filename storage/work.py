"""Work: a verb's own short transaction. Verbs open it, nobody else commits, and no GP system is called inside one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

Tx = Session  # SQLAlchemy's session is never called session here: a session is a clinic

_open: ContextVar[bool] = ContextVar("work_open", default=False)


def idle() -> bool:
    """True when this thread (or task) has no transaction of ours open: only then may a GP system be called."""
    return not _open.get()


class Work:
    """Opens transactions on one engine; the engine is made on first use, so after any fork."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._make = engine
        self._engine: Engine | None = None
        self._reading: Engine | None = None

    @property
    def engine(self) -> Engine:
        """The engine, made when first asked for."""
        if self._engine is None:
            self._engine = self._make()
        return self._engine

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """One transaction: commits on leaving, rolls back on any exception. Refuses to nest: verbs do not call verbs
        from inside their transactions."""
        with self._on(self.engine) as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """One read-only transaction: the same snapshot throughout; writing in it is an error in the database."""
        if self._reading is None:  # the same pool; said in BEGIN itself, which spares a statement each time
            self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with self._on(self._reading) as tx:
            yield tx

    @contextmanager
    def _on(self, engine: Engine) -> Iterator[Tx]:
        if _open.get():
            raise RuntimeError("a transaction is already open here: a verb may not open another inside it")
        token = _open.set(True)
        try:
            with Session(engine, expire_on_commit=False) as tx, tx.begin():
                yield tx
        finally:
            _open.reset(token)


def one_at_a_time(tx: Tx, name: str, *, kind: int) -> None:
    """Whoever else asks for the same name and kind waits until this transaction ends."""
    tx.connection().execute(_LOCKING, {"name": name, "kind": kind})


_LOCKING = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, :kind))")
