"""How jobs run: a timetable and errands become procrastinate tasks, and one process works them off until told to stop.

Each run has a trace id, is measured, and is accounted for in `timetable_run`. Any number of such processes may run on
any number of hosts: procrastinate hands each job to one of them, and the timetable is deferred once for all.
"""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import structlog
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.worker import Worker
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError
from structlog.contextvars import clear_contextvars

from hub.logs import start_trace
from hub.meters import JOBS
from storage.jobs import account_for_run
from storage.work import Work
from vocabulary.times import Clock

HEARTBEAT = "heartbeat"
RESCUE = "rescue"
STALLED_AFTER = 20.0  # seconds without a sign of life after which a worker is taken for dead
_SIGN_OF_LIFE_EVERY = 5.0
_STOP_WITHIN = 8.0  # for jobs under way; what has not finished by then is taken over by another worker
_log = structlog.get_logger("hub.worker")
_stopping = threading.Event()


def stopping() -> bool:
    """True once this process was told to stop: a chore that goes round and round should not begin another round."""
    return _stopping.is_set()


@dataclass(frozen=True, slots=True)
class Chore:
    """One line of the timetable. `cron` may have a sixth field, for seconds.

    Each lane is at most one run at a time, on all hosts together: lanes share one chore's work among several runs and
    still leave the worker room for other things.
    """

    task: str
    cron: str
    queue: str
    run: Callable[[], object]
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class Errand:
    """A task that verbs defer with ids (storage.jobs.defer)."""

    task: str
    run: Callable[..., object]


def jobs_app(url: str, work: Work, clock: Clock, *, chores: Sequence[Chore], errands: Sequence[Errand]) -> App:
    """The procrastinate app of one worker process."""
    conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connector = PsycopgConnector(
        conninfo=conninfo,
        min_size=1,
        max_size=6,
        timeout=10.0,  # a worker that gets no connection ends, and its supervisor starts it afresh
        kwargs={"connect_timeout": 5, "application_name": "hub worker", "tcp_user_timeout": 10000},
    )
    app = App(connector=connector)
    for errand in errands:
        app.task(name=errand.task, task_middleware=[_watched])(errand.run)
    beat = Chore(HEARTBEAT, "* * * * * */15", "housekeeping", lambda: None)
    for chore in (beat, *chores):
        _put_on_timetable(app, chore, _Account(chore.task, work, clock))
    _put_rescue_on_timetable(app)
    return app


def run(app: App, *, concurrency: int) -> int:
    """Work until told to stop. 0 when SIGTERM or SIGINT asked for it, 1 when something broke: start it again then."""
    try:
        return asyncio.run(_run(app, concurrency))
    except (ConnectorException, SQLAlchemyError, OSError):
        _log.exception("worker_broke")
        return 1


async def _run(app: App, concurrency: int) -> int:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(max_workers=concurrency + 2, thread_name_prefix="job"))
    async with app.open_async():
        working = asyncio.create_task(
            app.run_worker_async(
                concurrency=concurrency,
                delete_jobs="successful",
                install_signal_handlers=False,  # procrastinate returns alike when stopped and when broken
                shutdown_graceful_timeout=_STOP_WITHIN,
                update_heartbeat_interval=_SIGN_OF_LIFE_EVERY,
                stalled_worker_timeout=STALLED_AFTER,
            )
        )
        for asked in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(asked, _stop, loop, working)
        _log.info("worker_started", concurrency=concurrency)
        try:
            await working
        except asyncio.CancelledError:
            _log.info("worker_stopped")
            return 0
    _log.error("worker_broke", reason="a side task of the worker ended; see the line before")
    return 1


def _stop(loop: asyncio.AbstractEventLoop, working: "asyncio.Task[None]") -> None:
    _stopping.set()
    working.cancel()
    # procrastinate would wait for a job in a thread however long it takes.
    loop.call_later(_STOP_WITHIN + 1, _leave)


def _leave() -> None:
    _log.warning("worker_stopped", reason="a job did not finish in time; another worker takes it over")
    logging.shutdown()
    os._exit(0)


class _Account:
    """Notes the end of each run of a chore."""

    def __init__(self, task: str, work: Work, clock: Clock) -> None:
        self._task = task
        self._work = work
        self._clock = clock

    def __call__(self, call_next: Callable[[], Any], _context: JobContext, _worker: Worker) -> Any:
        started = self._clock.now()
        try:
            result = call_next()
        except Exception as error:
            self._note(started, type(error).__name__)
            raise
        self._note(started, "")
        return result

    def _note(self, started: Any, failure: str) -> None:
        with self._work.begin() as tx:
            account_for_run(tx, self._task, started=started, finished=self._clock.now(), failure=failure)


def _watched(call_next: Callable[[], Any], context: JobContext, _worker: Worker) -> Any:
    """Around every run: a trace id of its own, and how long it took."""
    clear_contextvars()
    start_trace(task=context.job.task_name, job=str(context.job.id))
    began = time.perf_counter()
    outcome = "failed"
    try:
        result = call_next()
        outcome = "done"
        return result
    finally:
        JOBS.labels(context.job.task_name, outcome).observe(time.perf_counter() - began)


def _put_on_timetable(app: App, chore: Chore, account: _Account) -> None:
    def work_off(timestamp: int, lane: int) -> None:
        chore.run()

    task = app.task(name=chore.task, queue=chore.queue, task_middleware=[_watched, account])(work_off)
    for lane in range(chore.lanes):
        once = f"{chore.task}/{lane}"
        app.periodic(cron=chore.cron, periodic_id=str(lane), lock=once, queueing_lock=once, task_kwargs={"lane": lane})(
            task
        )


def _put_rescue_on_timetable(app: App) -> None:
    """Jobs whose worker was killed stay "doing" for ever; somebody has to notice. In a queue of its own."""

    async def rescue(context: JobContext, timestamp: int) -> None:
        for job in await context.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
            await _rescue(context.app, job)
        await context.app.job_manager.prune_stalled_workers(STALLED_AFTER)

    task = app.task(name=RESCUE, queue=RESCUE, pass_context=True)(rescue)
    app.periodic(cron="* * * * * */10", queueing_lock=RESCUE)(task)


async def _rescue(app: App, job: Job) -> None:
    _log.warning("job_rescued", task=job.task_name, job=str(job.id))
    try:
        await app.job_manager.retry_job(job)
    except UniqueViolation:
        # The next run of the same thing waits already: the dead one only has to stop blocking it.
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
