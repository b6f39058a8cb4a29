"""The Spine Secure Proxy's place on the wire: /ssp/ and then a practice's whole service root, forwarded to itself.

It checks what the proxy checks (where to, to whom, whether that system is listed for it) and refuses in the proxy's
own words; the practice behind it never sees that there was one.
"""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication

from connectors.mock.simulator import manners
from connectors.mock.simulator.store import Store
from connectors.mock.simulator.wordings import Wording, of_the_proxy
from gp_connect import interactions
from gp_connect.names import FHIR_JSON_UTF8

PREFIX = "/ssp/"
_HEADERS = ("HTTP_SSP_TRACEID", "HTTP_SSP_FROM", "HTTP_SSP_TO", "HTTP_SSP_INTERACTIONID")
_REASONS = {400: "Bad Request", 403: "Forbidden", 405: "Method Not Allowed"}


class Proxy:
    """In front of the application: requests below PREFIX are judged and passed on, all others only passed on."""

    def __init__(self, application: WSGIApplication, store: Store) -> None:
        self._application = application
        self._store = store

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(PREFIX):
            return self._application(environ, start_response)
        target = urlsplit(environ["PATH_INFO"].removeprefix(PREFIX))
        refusal = self._refusal(environ, target.scheme, target.netloc, target.path)
        if refusal is not None:
            return _refuse(refusal, start_response)
        return self._application({**environ, "PATH_INFO": target.path}, start_response)

    def _refusal(self, environ: dict[str, Any], scheme: str, host: str, path: str) -> Wording | None:
        if environ["REQUEST_METHOD"] not in ("GET", "POST", "PUT"):
            return of_the_proxy(405, "not-supported", "Method_Not_Allowed")
        if any(not environ.get(name, "").strip() for name in _HEADERS):
            return of_the_proxy(400, "invalid", "MISSING_SSP_HEADER")
        if (scheme, host) != (environ["wsgi.url_scheme"], environ.get("HTTP_HOST", "")):
            return of_the_proxy(400, "invalid", "ENDPOINT_VARIES_FROM_TARGETURL")
        recipient = environ["HTTP_SSP_TO"].strip()
        if not self._is_listed(path.split("/")[1], recipient, environ["HTTP_SSP_INTERACTIONID"].strip()):
            return of_the_proxy(403, "forbidden", f"PARTYKEY_INTERACTION_CHECK_FAILED_MESSAGERECEIVER_{recipient}")
        return None

    def _is_listed(self, ods: str, recipient: str, interaction_id: str) -> bool:
        interaction = interactions.BY_ID.get(interaction_id)
        with self._store.reading() as connection:
            row = connection.execute("SELECT asid, settings FROM practice WHERE ods = ?", (ods,)).fetchone()
        if row is None or interaction is None or row["asid"] not in ("", recipient):
            return False
        return manners.message_set_of(interaction) not in manners.read(row["settings"]).unlisted


def _refuse(refusal: Wording, start_response: StartResponse) -> Iterable[bytes]:
    body = json.dumps(refusal.outcome).encode()
    headers = [("Content-Type", FHIR_JSON_UTF8), ("Cache-Control", "no-store"), ("Content-Length", str(len(body)))]
    start_response(f"{refusal.status} {_REASONS[refusal.status]}", headers)
    return [body]
