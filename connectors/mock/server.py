"""The simulator's command: `python -m connectors.mock.server --port P --data DIR` serves every practice's GP system.

`python -m connectors.mock.server desk --data DIR --ods Y90003 …` is a practice's front desk, at the running process.
"""

import argparse
import json
import signal
import sys
from pathlib import Path
from threading import Event, Thread

from connectors.mock.simulator import desk_command, seed_json
from connectors.mock.simulator.app import create_app, log_to, surroundings
from connectors.mock.simulator.child import ADDRESS_FILE
from connectors.mock.simulator.lines import LineServer, mutual_tls
from connectors.mock.simulator.loading import LoadError, load_into
from connectors.mock.simulator.oracle import counts
from connectors.mock.simulator.store import Store
from gp_connect import elements
from gp_connect.elements import Unreadable


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM or Ctrl-C, or do what the front desk is asked to do. Returns the exit status."""
    if arguments[:1] == ["desk"]:
        return desk_command.main(arguments[1:])
    options = _options(arguments)
    try:
        app = create_app(options.data, pds_key=options.pds_key)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"The simulator cannot start: the key of --pds-key cannot be read ({type(error).__name__})\n")
        return 1
    store = surroundings(app).store
    try:
        _seed(store, options.seed)
        server = LineServer(app, port=options.port, tls=mutual_tls(options.tls) if options.tls else None)
    except (OSError, LoadError, Unreadable) as error:
        sys.stderr.write(f"The simulator cannot start: {error}\n")
        return 1
    if options.log:
        log_to(sys.stderr)
    _serve(server, options.data)
    store.close()
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m connectors.mock.server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on loopback; 0 takes a free one")
    parser.add_argument("--data", type=Path, required=True, help="folder of the simulator's store")
    parser.add_argument("--seed", type=Path, help="JSON file to load when the store is empty")
    parser.add_argument("--tls", type=Path, help="folder with server.pem and clients.pem: mutual TLS, and nothing else")
    parser.add_argument(
        "--pds-key", type=Path, help="public key (PEM): demographics only for who signs with its other half"
    )
    parser.add_argument("--log", action=argparse.BooleanOptionalAction, default=True, help="access log on stderr")
    return parser.parse_args(arguments)


def _seed(store: Store, file: Path | None) -> None:
    if file is None or counts(store)["practice"]:
        return
    document = elements.parse(file.read_bytes())
    load_into(store, seed_json.practices(document), seed_json.people(document))


def _serve(server: LineServer, data: Path) -> None:
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    Thread(target=server.serve_forever, name="accept", daemon=True).start()
    address = f"{server.scheme}://127.0.0.1:{server.port}"
    (data / ADDRESS_FILE).write_text(address, encoding="utf-8")
    sys.stdout.write(json.dumps({"listening": address}) + "\n")
    sys.stdout.flush()
    stop.wait()
    server.shutdown()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
