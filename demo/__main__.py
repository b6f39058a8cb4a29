"""`python -m demo`: what `./run` starts once the environment is there."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from demo.people import LOCUM, PEOPLE, PRACTICES, person_in
from demo.postgres import DatabaseUrls
from demo.preparing import CHECKOUT
from demo.supervisor import DEFAULT_PORT, Federation, Options
from demo.words import CannotStart, Terminal


def main(arguments: list[str] | None = None) -> int:
    """Run the demo until Ctrl-C or SIGTERM; returns the exit status."""
    asked = _parser().parse_args(arguments)
    began = time.monotonic()
    options = Options(asked.data, port=asked.port, reset=asked.reset, size=asked.size, database=_given_database())
    teller = Terminal()
    federation = Federation(options, teller=teller)

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        federation.ask_to_stop()

    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, on_signal)
    try:
        federation.start()
    except CannotStart as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except PermissionError as refusal:
        print(f"You may not use {refusal.filename}: name a folder of your own with --data.", file=sys.stderr)
        return 1
    for line in _welcome(federation, time.monotonic() - began):
        teller.say(line)
    while not federation.wait(timeout=0.5):
        pass
    teller.say("Stopped; everything is kept.")
    return 0


def _welcome(federation: Federation, took: float) -> Iterator[str]:
    """Where the hub is, and who one can sign in as."""
    yield ""
    yield f"The hub runs at {federation.hub_url} (up in {took:.1f} s)."
    yield "Sign in there as one of these invented people:"
    rows: list[tuple[str, ...]] = [("", *PRACTICES)]
    for role in dict.fromkeys(post.role for person in PEOPLE for post in person.posts):
        rows.append((role.value.replace("-", " "), *(person_in(role, practice).name for practice in PRACTICES)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
    places = " and ".join(post.practice for post in LOCUM.posts)
    yield f"  {LOCUM.name}, a locum {LOCUM.posts[0].role.value} at {places}, chooses a role first."
    yield f"Logs: {federation.logs}. Ctrl-C stops it."


def _given_database() -> DatabaseUrls | None:
    """The database that the environment names, if it does."""
    app = os.environ.get("DATABASE_URL", "")
    owner = os.environ.get("DATABASE_OWNER_URL") or app
    # SQLAlchemy's way to name its driver means nothing to other programs.
    plain = [url.replace("postgresql+psycopg://", "postgresql://", 1) for url in (owner, app)]
    return DatabaseUrls(owner=plain[0], app=plain[1]) if app else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./run", description="Run the hub with everything round it, on this machine, with invented people only."
    )
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="the hub's port (default: %(default)s)")
    parser.add_argument(
        "--data",
        type=Path,
        default=CHECKOUT / "var",
        metavar="DIR",
        help="folder that keeps everything (default: var)",
    )
    parser.add_argument("--reset", action="store_true", help="empty that folder first and begin afresh")
    parser.add_argument(
        "--size", choices=("full", "small"), default="full", help="how large a federation to make (default: full)"
    )
    return parser


def _port(text: str) -> int:
    if text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")


if __name__ == "__main__":
    sys.exit(main())
