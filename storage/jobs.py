"""Jobs that commit with the act which wants them, and the account of what the timetable last did.

A job's arguments are ids only: procrastinate logs them. No table here names patients. Retention: jobs that failed,
seven days; `timetable_run`, one row a task, for good.
"""

from dataclasses import dataclass
from datetime import datetime

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.work import Tx

# Never opened: every job below goes over the caller's own connection, so this app needs none.
_by_name = App(connector=PsycopgConnector())


def defer(
    tx: Tx,
    task: str,
    *,
    queue: str,
    at: datetime | None = None,
    once: str | None = None,
    **ids: str | int,
) -> bool:
    """Queue a job in the caller's transaction: both commit or neither does.

    With `once`, at most one such job waits at a time; False says that one was waiting already.
    """
    try:
        # A savepoint, because the refusal of a second job aborts whatever transaction it happens in; and the
        # connection asked for inside it, because only then is the savepoint really open on that connection.
        with tx.begin_nested():
            connection = tx.connection().connection.driver_connection
            _by_name.configure_task(task, queue=queue, schedule_at=at, queueing_lock=once, connection=connection).defer(
                **ids
            )
    except AlreadyEnqueued:
        return False
    return True


class TimetableRow(Base):
    """The last run of one task of the timetable, by whichever worker host ran it."""

    __tablename__ = "timetable_run"

    task: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    failed_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(server_default="")  # the class of the last error, never its text


@dataclass(frozen=True, slots=True)
class TaskRun:
    """When a task of the timetable last ran to its end, and whether that went well."""

    task: str
    started_at: datetime
    finished_at: datetime
    failed_at: datetime | None
    failure: str


def account_for_run(tx: Tx, task: str, *, started: datetime, finished: datetime, failure: str = "") -> None:
    """Note the end of one run; a later run's note is never overwritten by an earlier one's."""
    values = {"started_at": started, "finished_at": finished}
    if failure:
        values |= {"failed_at": finished}
    statement = insert(TimetableRow).values(task=task, failure=failure, **values)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["task"],
            set_={**values, "failure": failure},
            where=TimetableRow.finished_at <= finished,
        )
    )


def last_runs(tx: Tx) -> dict[str, TaskRun]:
    """The last run of every task that ever ran."""
    columns = (
        TimetableRow.task,
        TimetableRow.started_at,
        TimetableRow.finished_at,
        TimetableRow.failed_at,
        TimetableRow.failure,
    )
    return {row[0]: TaskRun(*row) for row in tx.execute(select(*columns))}


def forget_failed(tx: Tx, before: datetime) -> int:
    """Delete jobs that failed and have not been touched since `before`; how many. Done ones delete themselves."""
    gone = tx.execute(
        text(
            "DELETE FROM procrastinate_jobs AS job WHERE status IN ('failed', 'aborted', 'cancelled') AND NOT EXISTS "
            "(SELECT FROM procrastinate_events AS event WHERE event.job_id = job.id AND event.at >= :before) "
            "RETURNING id"
        ),
        {"before": before},
    )
    return len(gone.all())
