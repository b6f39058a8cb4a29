"""A practice's front desk on the command line, talking to the running simulator over HTTP."""

import argparse
import sys
from datetime import date, time
from pathlib import Path

import requests

from connectors.mock.simulator.child import ADDRESS_FILE
from gp_connect.elements import Resource
from gp_connect.moments import write_moment
from vocabulary.slots import DeliveryChannel, PractitionerRole
from vocabulary.times import at_london

_SECONDS = 15


def main(arguments: list[str]) -> int:
    """Do one thing at one practice's front desk. Returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        address = (options.data / ADDRESS_FILE).read_text(encoding="utf-8").strip()
    except OSError:
        return _say_wrong("No simulator has run on that folder. Start it, or check --data.")
    root = f"{address}/control/desk/{options.ods}"
    with requests.Session() as line:
        line.trust_env = False  # loopback: no proxy
        try:
            if options.action == "list":
                answer = line.get(f"{root}/diary", params={"days": str(options.days)}, timeout=_SECONDS)
            else:
                answer = line.post(f"{root}/{options.action}", json=_asked(options), timeout=_SECONDS)
            said: Resource = answer.json()
        except (requests.RequestException, ValueError):
            return _say_wrong("The simulator does not answer. Is it running?")
    if not answer.ok:
        return _say_wrong(str(said.get("error", "The simulator refused.")))
    _show(options.action, said)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m connectors.mock.server desk", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the running simulator's folder")
    parser.add_argument("--ods", required=True, help="the practice, such as Y90003")
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="show the diary")
    listing.add_argument("--days", type=float, default=1)
    book = actions.add_parser("book", help="book a slot locally; without --slot the next free one")
    book.add_argument("--slot", default="")
    book.add_argument("--description", default="")
    add = actions.add_parser("add-session", help="add a session with its slots")
    add.add_argument("--day", type=date.fromisoformat, required=True, help="yyyy-mm-dd")
    add.add_argument("--time", type=time.fromisoformat, default=time(18, 30), help="hh:mm in England")
    add.add_argument("--count", type=int, default=6)
    add.add_argument("--minutes", type=int, default=10)
    add.add_argument("--name", default="")
    add.add_argument("--role", choices=[role.value for role in PractitionerRole], default="gp")
    add.add_argument("--channel", choices=[channel.value for channel in DeliveryChannel], default="in-person")
    session = actions.add_parser("cancel-session", help="cancel a session and its appointments")
    session.add_argument("--session", required=True)
    session.add_argument("--reason", default="")
    appointment = actions.add_parser("cancel-appointment", help="cancel one appointment")
    appointment.add_argument("--appointment", required=True)
    appointment.add_argument("--reason", default="")
    move = actions.add_parser("move-appointment", help="move one appointment; without --slot to the next free one")
    move.add_argument("--appointment", required=True)
    move.add_argument("--slot", default="")
    return parser


def _asked(options: argparse.Namespace) -> Resource:
    if options.action == "book":
        return {"slot": options.slot, "description": options.description}
    if options.action == "add-session":
        return {
            "start": write_moment(at_london(options.day, options.time)),
            "count": options.count,
            "minutes": options.minutes,
            "name": options.name,
            "role": options.role,
            "channel": options.channel,
        }
    if options.action == "cancel-session":
        return {"session": options.session, "reason": options.reason}
    if options.action == "move-appointment":
        return {"appointment": options.appointment, "slot": options.slot}
    return {"appointment": options.appointment, "reason": options.reason}


def _show(action: str, said: Resource) -> None:
    if action != "list":
        sys.stdout.write(", ".join(f"{name} {value}" for name, value in said.items()) + "\n")
        return
    for slot in said["slots"]:
        booked = f"  appointment {slot['appointment']}" if slot["appointment"] else ""
        sys.stdout.write(
            f"{slot['start'][:16].replace('T', ' ')}  {slot['status']:<4}  slot {slot['slot']}"
            f"  session {slot['session']} {slot['session_name']}{booked}\n"
        )


def _say_wrong(words: str) -> int:
    sys.stderr.write(words + "\n")
    return 1
