"""What a server's own lock file tells: whether ours is ready, and what a killed run left behind."""

import signal
from pathlib import Path

from demo.processes import ProcessIdentity, end, identify, still_runs
from demo.words import CannotStart, Teller

# Fast shutdown first (clients are cut off, everything is flushed), then immediate (recovers at the next start).
STOP_SIGNALS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
_NOBODY_HAS = 2**31 - 1  # far above any system's largest process id
_LOCK_FILE = "postmaster.pid"


def is_ready(cluster: Path, pid: int) -> bool:
    """Whether the server that runs as this process has its port and takes connections.

    Asking the port would not do: another program's PostgreSQL may have taken it since it was found free.
    """
    try:
        lines = (cluster / _LOCK_FILE).read_text().split()
    except (FileNotFoundError, UnicodeDecodeError):
        return False
    return lines[:1] == [str(pid)] and lines[-1:] == ["ready"]


def end_left_over(cluster: Path, teller: Teller) -> None:
    """End a server that an earlier, killed run left behind, after checking that it really serves our data folder."""
    lock_file = cluster / _LOCK_FILE
    try:
        pid = int(lock_file.read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return
    process = identify(pid)
    if process is not None and _serves(process, cluster):
        teller.say(f"  Ending the PostgreSQL that an earlier run left behind (process {pid}).")
        end(process, signals=STOP_SIGNALS, group=False)
        if still_runs(process):
            raise CannotStart(f"An earlier run's PostgreSQL (process {pid}) does not end: end it with 'kill -9 {pid}'.")
    if lock_file.exists():
        _void(lock_file)


def _void(lock_file: Path) -> None:
    """Put an id that nobody can have into a dead server's lock file.

    The id in it may be a zombie's, or may have gone to somebody else: PostgreSQL would take either for its left-over
    and refuse to start. The rest of the file stays, because with it PostgreSQL makes sure that no part of the old
    server still runs.
    """
    lines = lock_file.read_text().splitlines(keepends=True)
    lock_file.write_text("".join([f"{_NOBODY_HAS}\n", *lines[1:]]))


def _serves(process: ProcessIdentity, cluster: Path) -> bool:
    words = process.command
    return Path(words[0]).name == "postgres" and _follows(words, "-D", str(cluster))


def _follows(words: tuple[str, ...], flag: str, value: str) -> bool:
    return any(word == flag and words[at + 1 : at + 2] == (value,) for at, word in enumerate(words))
