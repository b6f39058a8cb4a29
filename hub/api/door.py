"""What every blueprint of this door shares: its problems, its limits, and its once-only POSTs."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Response, abort, g, request
from flask_smorest import Blueprint
from marshmallow import Schema

from hub.api.fields import REF_AS_IT_CAME
from hub.api.problems import answer_with_problems
from hub.auth.access import current_caller
from hub.idempotency import Answer, Keys, Ticket, fingerprint
from hub.wiring import current_hub
from scheduling.problems import BookingUnknown
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.problems import InvalidValue

LARGEST_BODY = 16 * 1024
KEY_HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_View = TypeVar("_View", bound=Callable[..., Any])
_LONGEST_KEY = 255
_KEPT_HEADERS = ("Content-Type", "Location")


class Door(Blueprint):  # type: ignore[misc]
    """flask-smorest's blueprint, typed: its decorators keep the view's type (they only add its arguments)."""

    def route(self, rule: str, **options: Any) -> Callable[[_View], _View]:
        """As flask-smorest's."""
        return cast(Callable[[_View], _View], super().route(rule, **options))

    def arguments(self, schema: type[Schema], **options: Any) -> Callable[[_View], _View]:
        """As flask-smorest's, with one schema for good: given a class, it would make one anew each request."""
        return cast(Callable[[_View], _View], super().arguments(schema(), **options))

    def response(
        self, status_code: int, schema: type[Schema] | None = None, **options: Any
    ) -> Callable[[_View], _View]:
        """As flask-smorest's."""
        return cast(Callable[[_View], _View], super().response(status_code, schema, **options))

    def alt_response(self, status_code: int, **options: Any) -> Callable[[_View], _View]:
        """As flask-smorest's."""
        return cast(Callable[[_View], _View], super().alt_response(status_code, **options))


def blueprint(name: str, import_name: str, *, path: str, once: bool = False, description: str) -> Door:
    """A blueprint of the JSON door. With `once`, its POSTs honour Idempotency-Key."""
    made = Door(name, import_name, url_prefix=f"/api/v1{path}", description=description)
    answer_with_problems(made)
    made.before_request(_limit)
    if once:
        made.before_request(_begin)
        made.after_request(_finish)
        made.teardown_request(_give_up)
    return made


def ref_in_path(text: str) -> BookingRef:
    """The reference in an address; one that cannot be right is simply not there. Raises BookingUnknown."""
    try:
        return BookingRef.parse(text)
    except InvalidValue as invalid:
        raise BookingUnknown(invalid.message, next_step=REF_AS_IT_CAME) from None


def ods_in_path(text: str) -> OdsCode:
    """The ODS code in an address. Raises BookingUnknown."""
    try:
        return OdsCode.parse(text)
    except InvalidValue as invalid:
        raise BookingUnknown(invalid.message, next_step=invalid.next_step) from None


def _limit() -> None:
    request.max_content_length = LARGEST_BODY
    if request.content_length and not request.is_json:
        abort(415)


def _begin() -> Response | None:
    """Answer a repeated request with its first answer; let a first one through with a ticket."""
    key = request.headers.get(KEY_HEADER)
    if key is None or request.method != "POST":
        return None
    if not key.strip() or len(key) > _LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise InvalidValue(
            f"{KEY_HEADER} must be 1 to {_LONGEST_KEY} printable ASCII characters.",
            next_step="A random UUID is a good key.",
        )
    caller = current_caller()
    mark = fingerprint(caller, request.method, request.path, request.get_data())
    found = _keys().begin(caller, key, mark)
    if isinstance(found, Ticket):
        g.ticket = found
        return None
    return Response(found.body, status=found.status, headers={**found.headers, REPLAYED: "true"})


def _finish(response: Response) -> Response:
    ticket = g.pop("ticket", None)
    if ticket is not None:
        kept = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        _keys().finish(ticket, Answer(response.status_code, kept, response.get_data()))
    return response


def _give_up(_error: BaseException | None) -> None:
    ticket = g.pop("ticket", None)
    if ticket is not None:
        _keys().give_up(ticket)


def _keys() -> Keys:
    hub = current_hub()
    return Keys(hub.work, hub.clock)
