"""From which device and by which function somebody acts: for the ledger, which has to say so."""

import re

from flask import has_request_context, request

_LONGEST = 60
_PROGRAMS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_PLATFORMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def current_device() -> str:
    """This request's address and kind of program: “192.0.2.7, Firefox on Windows”. Empty outside a request: the ledger
    then names the machine itself."""
    if not has_request_context():
        return ""
    kind = program(request.headers.get("User-Agent", ""))
    return ", ".join(part for part in (request.remote_addr or "", kind) if part)


def current_interaction() -> str:
    """The function of the hub that answers this request; for another system's, the GP Connect interaction it names."""
    if not has_request_context():
        return ""
    named = request.headers.get("Ssp-InteractionID", "") if request.endpoint == "fhir.serve" else ""
    return _plain(named)[:120] or (request.endpoint or "")


def program(user_agent: str) -> str:
    """What kind of program that is, without what would tell one person's machine from another's."""
    name = next((name for sign, name in _PROGRAMS if sign in user_agent), "")
    platform = next((platform for sign, platform in _PLATFORMS if sign in user_agent), "")
    if not name:
        return _plain(user_agent.split(" ")[0])[:_LONGEST]
    return f"{name} on {platform}" if platform else name


def _plain(words: str) -> str:
    return re.sub(r"[^A-Za-z0-9 ._:/\-]", "", words)
