"""Ending a child: it is gone when its exit status is there, and not a moment before."""

import signal
import subprocess
import sys

from demo import processes
from demo.processes import ProcessIdentity, end, identify


def test_a_child_that_is_just_ending_is_waited_for_until_its_exit_status_is_there() -> None:
    """In between it has no command line any more, so that it looks like another process, and no status yet."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        known = identify(child.pid)
        assert known is not None
        asked: list[int | None] = []

        def reap() -> int | None:
            asked.append(child.poll())
            return None if len(asked) == 1 else asked[-1]

        ending = ProcessIdentity(known.pid, known.started, ("looks like another",))
        child.terminate()
        child.wait(10)
        end(ending, signals=((signal.SIGTERM, 5.0),), reap=reap)
        assert len(asked) > 1, "the first answer was that it has no exit status yet"
        assert asked[-1] == -signal.SIGTERM


def test_who_is_no_child_of_ours_is_gone_when_nobody_like_it_runs() -> None:
    end(ProcessIdentity(2**22, "long ago", ("gone",)), signals=((signal.SIGTERM, 0.1),))
    assert processes.identify(2**22) is None
