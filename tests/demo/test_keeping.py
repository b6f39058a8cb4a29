"""Keeping services up, with small stand-ins for the real ones."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.children import Child, ChildPlan, Roster
from demo.keeping import Keeper
from demo.processes import ProcessIdentity, identify, still_runs
from demo.words import CannotStart, Stopped
from tests.demo.listening import Listener, until

# Writes its name to a shared file when it starts and when it is asked to end.
_CHILD = """
import pathlib, signal, sys, time
def write(word):
    with open(sys.argv[2], "a") as file:
        file.write(f"{sys.argv[1]} {word}\\n")
def end(*_):
    write("ended")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
write("began")
while True:
    time.sleep(0.05)
"""


class House:
    """A folder with a journal of what its children did."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = folder / "journal"
        self.listener = Listener()
        self.roster = Roster(folder / "children.json")
        self.keeper = Keeper(self.roster, self.listener)

    def child(self, name: str, code: str = _CHILD) -> Child:
        plan = ChildPlan(
            name=name,
            command=(sys.executable, "-c", code, name, str(self.journal)),
            env=dict(os.environ),
            cwd=self.folder,
            log=self.folder / f"{name}.log",
            ready=lambda: f"{name} began" in self.entries(),
        )
        return Child(plan)

    def entries(self) -> list[str]:
        return self.journal.read_text().splitlines() if self.journal.exists() else []

    def run(self, *children: Child) -> None:
        def bring_up() -> None:
            self.keeper.launch(children)
            self.keeper.await_ready()

        self.keeper.run(bring_up)

    def identity(self, name: str) -> ProcessIdentity:
        [found] = [s.identity for s in self.keeper.services if s.name == name]
        assert found is not None
        return found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.keeper.stop()


def test_children_stop_in_reverse_order(house: House) -> None:
    house.run(house.child("first"), house.child("second"), house.child("third"))
    house.keeper.stop()
    assert [line for line in house.entries() if "ended" in line] == ["third ended", "second ended", "first ended"]
    assert not (house.folder / "children.json").exists()


def test_a_child_that_dies_is_reported_and_started_again(house: House) -> None:
    house.run(house.child("web"))
    before = house.identity("web")
    os.kill(before.pid, signal.SIGKILL)
    until(lambda: house.entries().count("web began") == 2)
    assert house.identity("web") != before
    assert any("The web was ended by SIGKILL; starting it again in 0.2 s" in line for line in house.listener.lines)


def test_the_pauses_grow_while_a_child_keeps_dying(house: House) -> None:
    house.run(house.child("web"))
    for _ in range(2):
        house.journal.unlink()
        os.kill(house.identity("web").pid, signal.SIGKILL)
        until(lambda: "web began" in house.entries())
    told = [line for line in house.listener.lines if "starting it again" in line]
    assert ["0.2 s" in told[0], "1 s" in told[1]] == [True, True]


def test_a_child_that_cannot_start_ends_the_others_and_names_its_log(house: House) -> None:
    with pytest.raises(CannotStart, match=r"The broken does not start: ended with status 3; see .*broken\.log"):
        house.run(house.child("sound"), house.child("broken", "import sys; sys.exit(3)"))
    assert "sound ended" in house.entries()


def test_one_can_stop_it_while_it_is_still_starting(house: House) -> None:
    def bring_up() -> None:
        house.keeper.launch([house.child("first")])
        until(lambda: "first began" in house.entries())
        house.keeper.ask_to_stop()
        house.keeper.check_stopping()

    with pytest.raises(Stopped):
        house.keeper.run(bring_up)
    assert "first ended" in house.entries()


def test_a_second_request_does_not_wait_for_a_stubborn_child(house: House) -> None:
    stubborn = _CHILD.replace("sys.exit(0)", "pass")
    house.run(house.child("stubborn", stubborn))
    house.keeper.ask_to_stop()
    house.keeper.ask_to_stop()
    began = time.monotonic()
    assert house.keeper.wait(timeout=10)
    assert time.monotonic() - began < 5


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child's life to its parent's")
def test_children_do_not_outlive_a_supervisor_that_was_killed(house: House) -> None:
    code = f"""
import sys
from pathlib import Path
from tests.demo.test_keeping import House
house = House(Path({str(house.folder)!r}))
house.run(house.child("orphan"))
print(house.identity("orphan").pid, flush=True)
house.keeper.wait()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout
        pid = int(supervisor.stdout.readline())
        orphan = identify(pid)
        assert orphan is not None
        supervisor.kill()
    until(lambda: not still_runs(orphan))


def test_the_next_start_ends_exactly_those_that_were_left(house: House) -> None:
    left = _bystander()
    stranger = _bystander()
    try:
        mine, other = identify(left.pid), identify(stranger.pid)
        assert mine is not None
        assert other is not None
        # The roster names the stranger's id, but with another start: the id was used again since.
        since_reused = ProcessIdentity(other.pid, "another start", other.command)
        house.roster.write([_Noted("web", mine), _Noted("worker", since_reused)])
        house.roster.end_left_overs(house.listener, patience=5)
        assert left.wait(timeout=5) == -signal.SIGTERM
        assert stranger.poll() is None
        assert house.listener.lines == ["  Ending what an earlier run left behind: web."]
    finally:
        for process in (left, stranger):
            process.kill()
            process.wait()


def _bystander() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)


class _Noted(Child):
    """A child known only by what the roster noted."""

    def __init__(self, name: str, identity: ProcessIdentity) -> None:
        self._noted_name, self._noted = name, identity

    @property
    def name(self) -> str:
        return self._noted_name

    @property
    def identity(self) -> ProcessIdentity:
        return self._noted
