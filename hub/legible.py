"""What no address or form of the hub's can hold is refused before anything reads it: a NUL, which no text of the
database takes, and a number larger than any row has."""

from flask import Flask, abort, current_app, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import IntegerConverter, Map

from hub.auth import typed
from hub.auth.access import API_PREFIX
from hub.errors import FHIR_PATH

LARGEST = 2**63 - 1
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class RowNumber(IntegerConverter):
    """A number in an address, up to the largest that the database knows; beyond there is no such page."""

    def __init__(self, map: Map, fixed_digits: int = 0) -> None:
        super().__init__(map, fixed_digits, max=LARGEST)


def register(app: Flask) -> None:
    """Before every view, of all three doors."""
    app.url_map.converters["int"] = RowNumber
    app.before_request(refuse_the_illegible)


def _leaves_it_out() -> bool:
    """A long text is not lost to a sign that nobody sees: its view leaves it out (hub/schemas/plain.py)."""
    return typed.is_kept(current_app.view_functions.get(request.endpoint or ""))


def refuse_the_illegible() -> None:
    """404 for an address, 400 for what was sent to a page with it. What comes to the doors for programs is their own
    schemas' to judge, who promise how they answer."""
    if "\0" in request.path:
        abort(404)
    if request.path.startswith(API_PREFIX) or FHIR_PATH.search(request.path) or _leaves_it_out():
        return
    # Asking for the form of what is none would already fix how much of its body may be read, before its door says so.
    sent_as_form = request.form if request.mimetype in _FORMS else ImmutableMultiDict[str, str]()
    if any("\0" in text for sent in (request.args, sent_as_form) for pair in sent.items(multi=True) for text in pair):
        abort(400)
