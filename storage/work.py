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
        if _open.get():
            raise RuntimeError("a transaction is already open here: a verb may not open another inside it")
        token = _open.set(True)
        try:
            with Session(self.engine, expire_on_commit=False) as tx, tx.begin():
                yield tx
        finally:
            _open.reset(token)

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """One read-only transaction: the same snapshot throughout; writing in it is an error in the database."""
        with self.begin() as tx:
            tx.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            yield tx
