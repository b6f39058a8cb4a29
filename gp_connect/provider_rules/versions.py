"""If-Match: a change must be of the version that the provider holds now."""

from collections.abc import Mapping

from gp_connect import headers
from gp_connect.elements import Resource, Unreadable, version
from gp_connect.outcomes import Rejected
from gp_connect.spine_codes import VERSION_CONFLICT

ANY = ""  # no If-Match, or `*`: the standard demands one of consumers, live systems do not


def expected(request_headers: Mapping[str, str]) -> str:
    """The version a change was made of, or ANY. What is no entity tag matches no version: a conflict."""
    tag = next((value for name, value in request_headers.items() if name.lower() == "if-match"), "").strip()
    if tag == "*":
        return ANY
    try:
        return headers.version_in(tag)
    except Unreadable as error:
        raise Rejected(VERSION_CONFLICT, 'If-Match is not of the form W/"version"') from error


def check(expected_version: str, held: Resource) -> None:
    """Raise VERSION_CONFLICT where the resource has been changed since."""
    if expected_version != ANY and expected_version != version(held):
        raise Rejected(VERSION_CONFLICT, "If-Match is not the current version")
