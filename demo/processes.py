"""Starting, recognising and ending child processes, so that only a process we started is ever signalled.

A process id alone says little: after a crash it may belong to somebody else. A process here is its id, the moment it
started and its command line, all three read back from the system before any signal is sent.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
Owner = tuple[int, int]  # user id and group id


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """One running process, told apart from any later one with the same id."""

    pid: int
    started: str
    command: tuple[str, ...]


def identify(pid: int) -> ProcessIdentity | None:
    """Who `pid` is now, or None when nothing (or only a zombie) has that id."""
    if pid <= 0:
        return None
    return _identify_by_proc(pid) if sys.platform == "linux" else _identify_by_ps(pid)


def still_runs(process: ProcessIdentity) -> bool:
    """Whether exactly this process is alive: same id, same start, same command."""
    return identify(process.pid) == process


def children_of(pid: int) -> tuple[int, ...]:
    """The ids of the live direct children of `pid` (gunicorn's workers, say)."""
    pairs = _parents_by_proc() if sys.platform == "linux" else _parents_by_ps()
    return tuple(sorted(child for child, parent in pairs if parent == pid and identify(child) is not None))


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    output: IO[bytes] | int,
    owner: Owner | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in a process group of its own, so that a terminal's Ctrl-C reaches only the supervisor.

    On Linux the child also gets `death_signal` when the *thread* that started it ends: call this from a thread that
    lives as long as the child should.
    """
    user, group = owner if owner else (None, None)
    with warnings.catch_warnings():
        # From 3.12 on Python warns of any code between fork and exec while there are threads, since a lock held by
        # another thread would never be let go; ours is one system call, which takes none.
        warnings.simplefilter("ignore", DeprecationWarning)
        return subprocess.Popen(
            list(command),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=[] if owner else None,
            umask=0o077,
            preexec_fn=_tie_to_parent(death_signal),
        )


def end(
    process: ProcessIdentity,
    *,
    signals: Sequence[tuple[signal.Signals, float]],
    group: bool = True,
    reap: Callable[[], object] | None = None,
) -> None:
    """Send each signal in turn, waiting its number of seconds for the process to go.

    Polite signals go to the process alone, which tells its own children; SIGKILL goes to the whole group it leads,
    unless `group` is false. `reap` collects the exit status where the process is a child of ours; it is gone when that
    is there.
    """

    def gone() -> bool:
        # One that is just ending has no command line any more, and no exit status yet: both have to be.
        return not still_runs(process) and (reap is None or reap() is not None)

    for sign, patience in signals:
        if gone():
            return
        _send(process.pid, sign, group=group and sign == signal.SIGKILL)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if gone():
                return
            time.sleep(0.02)


def _send(pid: int, sign: signal.Signals, *, group: bool) -> None:
    try:
        if group and os.getpgid(pid) == pid:
            os.killpg(pid, sign)
        else:
            os.kill(pid, sign)
    except ProcessLookupError:
        return


def _tie_to_parent(sign: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def tie() -> None:
        # Runs between fork and exec, after the change of user (which would clear the setting).
        if _LIBC is None:
            return
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(sign), 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the tie was made
            os._exit(1)

    return tie


def _identify_by_proc(pid: int) -> ProcessIdentity | None:
    folder = Path("/proc") / str(pid)
    try:
        status = (folder / "stat").read_text()
        command = (folder / "cmdline").read_bytes()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = status.rpartition(")")[2].split()  # the name before it may hold spaces and brackets
    if fields[0] in "ZX":
        return None
    words = tuple(os.fsdecode(word) for word in command.rstrip(b"\0").split(b"\0"))
    return ProcessIdentity(pid, f"{boot}+{fields[19]}", words)


def _parents_by_proc() -> list[tuple[int, int]]:
    pairs = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            pairs.append((int(folder.name), int(fields[1])))
    return pairs


def _parents_by_ps() -> list[tuple[int, int]]:
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [(int(child), int(parent)) for child, parent in (line.split() for line in listing.splitlines())]


def _identify_by_ps(pid: int) -> ProcessIdentity | None:
    shown = subprocess.run(
        ["ps", "-o", "stat=,lstart=,command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout.split()
    if len(shown) < 7 or shown[0].startswith("Z"):
        return None
    return ProcessIdentity(pid, " ".join(shown[1:6]), tuple(shown[6:]))
