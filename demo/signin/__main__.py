"""`python -m demo.signin`: serve the demo sign-in provider on 127.0.0.1 until told to stop."""

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

from werkzeug.serving import WSGIRequestHandler, make_server

from demo.federation.network import practices
from demo.signin.app import create_app
from demo.signin.keys import KeyRing
from demo.signin.logout import LogoutCaller
from demo.signin.provider import Client, Provider
from vocabulary.times import SystemClock

LOGOUT_PATH = "/sign-in/back-channel-logout"


class _QuietHandler(WSGIRequestHandler):
    """Writes no access log: addresses here carry codes and states."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    asked = _parser().parse_args(arguments)
    secret = os.environ.get("OIDC_CLIENT_SECRET", "")
    if not secret:
        print("Set OIDC_CLIENT_SECRET to the secret that the hub has too.", file=sys.stderr)
        return 2
    if urlsplit(asked.hub_url).scheme not in ("http", "https"):
        print("--hub-url has to be the hub's http address, such as http://127.0.0.1:8080.", file=sys.stderr)
        return 2
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    asked.data.mkdir(parents=True, exist_ok=True)
    provider = Provider(
        issuer=f"http://127.0.0.1:{asked.port}",
        client=Client(os.environ.get("OIDC_CLIENT_ID", "practice-hub"), secret, asked.hub_url),
        keys=KeyRing(asked.data / "signing-keys.json"),
        clock=SystemClock(),
    )
    caller = LogoutCaller(provider, asked.hub_url.rstrip("/") + asked.logout_path)
    app = create_app(provider, caller, practice_names={p.ods.value: p.name for p in practices()})
    server = make_server("127.0.0.1", asked.port, app, threaded=True, request_handler=_QuietHandler)
    for sign in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the loop that this very thread runs, so it is asked from another one.
        signal.signal(sign, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo.signin", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    parser.add_argument("--data", type=Path, required=True, help="folder for the signing keys")
    parser.add_argument("--hub-url", required=True, help="the hub's address; sign-ins lead only there")
    parser.add_argument("--logout-path", default=LOGOUT_PATH, help="where the hub takes back-channel logouts")
    return parser


if __name__ == "__main__":
    sys.exit(main())
