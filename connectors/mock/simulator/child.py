"""A simulator of one's own as a child process: for tests, rehearsals and the conformance kit."""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from gp_connect.elements import Resource

ADDRESS_FILE = "address"  # in the data folder: where the running process listens
_START_SECONDS = 30


class Simulator:
    """A running simulator; leaving the `with` block stops it. `url` has no slash at its end.

    `tls` is a folder of certificates, as the command's --tls takes it.
    """

    def __init__(self, data: Path, *, port: int = 0, tls: Path | None = None) -> None:
        self._data = data
        self._tls = tls
        self._process = _start(data, port, tls)
        self.url = _address(self._process)

    def root(self, ods: str) -> str:
        """The GP Connect service root of one practice."""
        return f"{self.url}/{ods}/STU3/1/gpconnect"

    def kill(self) -> None:
        """End it without any chance to tidy up, as `kill -9` does."""
        self._process.kill()
        self._process.communicate()

    def stop(self) -> None:
        """End it in good order."""
        self._process.terminate()
        try:
            self._process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self.kill()

    def restart(self) -> None:
        """Start it again over the same folder; it may listen elsewhere, so `url` changes."""
        self._process = _start(self._data, 0, self._tls)
        self.url = _address(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self.stop()


def _start(data: Path, port: int, tls: Path | None) -> "subprocess.Popen[bytes]":
    data.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "connectors.mock.server", "--port", str(port), "--data", str(data)]
    command += ["--tls", str(tls)] if tls else []
    with (data / "access.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603  # our own module
            command, stdout=subprocess.PIPE, stderr=log, cwd=Path(__file__).parents[3]
        )


def _address(process: "subprocess.Popen[bytes]") -> str:
    if process.stdout is None:
        raise RuntimeError("the simulator was started without a pipe")
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the simulator did not start (exit status {process.wait(_START_SECONDS)}); see access.log")
    said: Resource = json.loads(line)
    return str(said["listening"])
