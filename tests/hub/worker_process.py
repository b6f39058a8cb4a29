"""A worker process with chores and errands of the tests' own: python -m tests.hub.worker_process URL."""

import sys
import time

from sqlalchemy import create_engine, text

from hub.logs import configure_logging
from hub.worker import Chore, Errand, jobs_app, run
from storage.work import Work
from vocabulary.times import SystemClock


def main(url: str) -> int:
    configure_logging()
    engine = create_engine(url)
    work = Work(lambda: engine)

    def note(ref: str) -> None:
        with work.begin() as tx:
            tx.execute(text("INSERT INTO cluster (code, name) VALUES (:ref, 'noted')"), {"ref": ref})

    def hang(ref: str) -> None:
        note(ref)
        time.sleep(60)

    def fail() -> None:
        raise LookupError("999 000 0018 is not here")

    every_second = "* * * * * *"
    chores = (
        Chore("tick", every_second, "housekeeping", lambda: None, lanes=2),
        Chore("broken", every_second, "housekeeping", fail),
    )
    app = jobs_app(url, work, SystemClock(), chores=chores, errands=(Errand("note", note), Errand("hang", hang)))
    return run(app, concurrency=4)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
