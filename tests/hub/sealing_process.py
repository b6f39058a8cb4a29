"""What a worker does about the ledger, by itself: python -m tests.hub.sealing_process URL."""

import signal
import sys

from sqlalchemy import create_engine

from hub.logs import configure_logging
from hub.sealing import Sealing
from storage.sealing import Sealer
from storage.work import Work
from vocabulary.times import SystemClock


def main(url: str) -> int:
    configure_logging()
    engine = create_engine(url)
    with Sealing(lambda: Sealer(Work(lambda: engine), SystemClock())):
        signal.sigwait({signal.SIGTERM})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
