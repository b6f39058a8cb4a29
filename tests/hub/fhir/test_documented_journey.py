"""What docs/booking-into-the-hub.md tells people to paste into a shell works, line by line, over a real socket."""

import json
import re
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gp_connect import names
from tests.hub.rig import Rig
from tests.hub.served import served
from tests.scheduling.world import ANN, HOME, HOST, World, patient
from vocabulary.times import london_date

pytestmark = pytest.mark.database
_PAGE = (Path(__file__).parents[3] / "docs" / "booking-into-the-hub.md").read_text(encoding="utf-8")


def _blocks(kind: str) -> list[str]:
    found = re.findall(rf"```{kind}\n(.*?)```", _PAGE, re.DOTALL)
    return [each.replace("Y90003", HOST.value).replace("Y90001", HOME.value) for each in found]


def _lines() -> list[str]:
    """The requests in their order."""
    return re.sub(r"\\\n\s*", "", _blocks("sh")[1]).strip().splitlines()


@dataclass
class Shell:
    """Somebody who reads the page and has a shell."""

    url: str
    folder: Path
    now: datetime

    def run(self, line: str) -> Any:
        """One of the page's requests, on the day of the test's clock; what came, as JSON where it is that."""
        today = london_date(self.now)
        dates = f"+%s) echo {int(self.now.timestamp())};; +%F) echo {today};; *) echo {today + timedelta(days=7)};;"
        script = f'date() {{ case "$*" in {dates} esac; }}\n{_blocks("sh")[0]}\n{line}\n'
        done = subprocess.run(
            ["/bin/sh"],
            input=script,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", "HUB_URL": self.url},
            timeout=30,
            check=True,
        )
        assert not done.stderr
        return json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout

    def has(self, name: str, body: Any) -> None:
        (self.folder / name).write_text(body if isinstance(body, str) else json.dumps(body), encoding="utf-8")


def _of_type(bundle: Any, kind: str) -> dict[str, Any]:
    return next(each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == kind)


def test_the_page_s_journey_works_as_it_is_written(rig: Rig, world: World, tmp_path: Path) -> None:
    ann = patient(ANN)
    world.clinic()
    world.see()
    with served(rig.app) as url:
        shell = Shell(url, tmp_path, world.clock.now())
        register, book, reason = _blocks("json")
        metadata, find, registering, search, booking, read, amend, cancel, retrieve = _lines()
        assert shell.run(metadata)["resourceType"] == "CapabilityStatement"
        assert shell.run(find)["resourceType"] == "Bundle"
        for told, ours in (("9990000018", ANN.value), ("Hartnell", ann.family), ("Dorothy", ann.given)):
            register = register.replace(told, ours)
        shell.has("register.json", register.replace("1948-03-14", ann.birth_date.isoformat()))
        known = _of_type(shell.run(registering), "Patient")

        found = shell.run(search)
        slot, schedule = _of_type(found, "Slot"), _of_type(found, "Schedule")
        location = schedule["actor"][0]["reference"]
        for told, ours in (
            ("START", slot["start"]),
            ("END", slot["end"]),
            ("Slot/SLOT", f"Slot/{slot['id']}"),
            ("CREATED", world.clock.now().isoformat(timespec="seconds")),
            ("Patient/PATIENT", f"Patient/{known['id']}"),
            ("Location/LOCATION", location),
        ):
            book = book.replace(told, ours)
        shell.has("book.json", book)
        made = shell.run(booking)
        assert made["status"] == "booked", made

        def about(line: str, held: dict[str, Any]) -> str:
            return line.replace("/ID", f"/{held['id']}").replace("VERSION", held["meta"]["versionId"])

        assert made["id"] in shell.run(about(read, made))
        shell.has("amended.json", {**made, "description": "Another review"})
        amended = shell.run(about(amend, made))
        assert amended["description"] == "Another review", amended
        extensions = [*amended["extension"], json.loads(reason)]
        shell.has("cancelled.json", {**amended, "status": "cancelled", "extension": extensions})
        cancelled = shell.run(about(cancel, amended))
        assert cancelled["status"] == "cancelled", cancelled
        assert {each["url"] for each in cancelled["extension"]} >= {names.CANCELLATION_REASON}
        held = shell.run(retrieve.replace("/ID", f"/{known['id']}"))
        assert _of_type(held, "Appointment")["id"] == made["id"]
