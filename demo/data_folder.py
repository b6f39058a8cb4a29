"""The folder that holds one demo: marked as ours, used by one supervisor at a time, and emptied on request."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.postgres_home import forget_home
from demo.words import CannotStart

_MARK = ".practice-hub-demo"
_LOCK = "lock"


@contextmanager
def held(data: Path) -> Iterator[None]:
    """Keep every other supervisor off this folder; makes it if need be."""
    _make(data)
    with (data / _LOCK).open("a+") as lock:
        try:
            # The system lets go of it when we end, however we end.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            where = lock.read().strip() or "another terminal"
            raise CannotStart(
                f"This demo already runs at {where}: use that one, stop it with Ctrl-C, or name another --data folder."
            ) from None
        yield


def empty(data: Path) -> None:
    """Delete everything that a demo left here. Nothing may run in it."""
    forget_home(database_folder(data))
    for thing in data.iterdir():
        if thing.name in (_MARK, _LOCK):
            continue
        if thing.is_dir() and not thing.is_symlink():
            shutil.rmtree(thing)
        else:
            thing.unlink()


def tell_address(data: Path, address: str) -> None:
    """Note where the demo runs, for whoever tries to start it a second time."""
    (data / _LOCK).write_text(address)


def database_folder(data: Path) -> Path:
    """Where the embedded PostgreSQL keeps its notes."""
    return data / "postgres"


def log_folder(data: Path) -> Path:
    """Where the children's logs go; closed to others."""
    folder = data / "logs"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _make(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True)
        if not (data / _MARK).exists():
            # Without the mark nothing here is ours, and --reset would delete somebody's files.
            if any(data.iterdir()):
                raise CannotStart(f"The folder {data} holds other files: name an empty or new one with --data.")
            (data / _MARK).touch()
    except (FileExistsError, NotADirectoryError):
        raise CannotStart(f"{data} is not a folder: name another one with --data.") from None
    except PermissionError:
        raise CannotStart(f"You may not write to {data}: name a folder of your own with --data.") from None
