"""How refusals leave the JSON door: problem+json with a stable code, and what a program needs to go on."""

from typing import Any, NoReturn

from flask import Response
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest

from hub.api.schemas.bookings import BookingSchema
from hub.api.schemas.slots import OfferSchema
from hub.errors import KINDS, problem_json
from hub.idempotency import KeyInUse
from scheduling import outcomes
from scheduling.problems import InvalidBooking, PatientClash, PatientDiffers, SlotTaken
from scheduling.results import BookingView, Offer
from vocabulary.problems import Problem, ProblemKind

_PUT_RIGHT = "Put right what “errors” names, and send it again."
_RETRY_AFTER = {ProblemKind.LIMIT: 30, ProblemKind.HOST_UNAVAILABLE: 30, ProblemKind.UNAVAILABLE: 30}


class InvalidRequest(Problem):
    """The body or the address is not what the document says. `errors` names each field."""

    code = "invalid-request"
    kind = ProblemKind.INVALID

    def __init__(self, errors: dict[str, Any]) -> None:
        super().__init__(
            "Some fields of the request are missing or wrong.",
            next_step=_PUT_RIGHT,
        )
        self.errors = errors


class BookingRefused(Problem):
    """The host practice's system said no to a booking. `booking` is our record, `alternatives` what is near."""

    code = "booking-refused"
    kind = ProblemKind.HOST_REFUSED

    def __init__(self, booking: BookingView, alternatives: tuple[Offer, ...]) -> None:
        facts = booking.facts
        phone = facts.host_bypass_phone or facts.host_phone
        super().__init__(
            booking.refusal_words or "The host practice did not take the booking.",
            next_step=f"Nothing was booked. {outcomes.next_step(booking.refusal_code, facts.host_name, phone)}",
        )
        self.booking = booking
        self.alternatives = alternatives


class Parser(FlaskParser):
    """webargs, refusing what is unknown everywhere: a misspelt filter must not look like an unfiltered answer."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"query": RAISE, "json": RAISE}  # noqa: RUF012 - webargs' own form

    def handle_error(
        self, error: ValidationError, req: Any, schema: Schema, *, error_status_code: Any, error_headers: Any
    ) -> NoReturn:
        """Turn marshmallow's messages into a refusal."""
        messages: Any = error.messages
        for location in ("json", "query"):
            messages = messages.get(location, messages) if isinstance(messages, dict) else messages
        raise InvalidRequest(messages if isinstance(messages, dict) else {"request": messages})

    def load_json(self, req: Any, schema: Schema) -> Any:
        """As webargs'; what is nested deeper than Python reads is no request of ours either."""
        try:
            return super().load_json(req, schema)
        except RecursionError:
            raise BadRequest("The body is nested too deeply.") from None

    def _handle_invalid_json_error(self, error: Any, req: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise BadRequest("The body is not JSON.")


def tell(problem: Problem) -> ResponseReturnValue:
    """One refusal, as an answer."""
    told = KINDS[problem.kind]
    response = problem_json(
        code=problem.code,
        status=told.status,
        title=told.title,
        detail=problem.message,
        next_step=problem.next_step or (_PUT_RIGHT if isinstance(problem, InvalidBooking) else ""),
        more=_more(problem),
    )
    _add_headers(problem, response)
    return response


def answer_with_problems(blueprint: Blueprint) -> None:
    """Make a blueprint's refusals and its validation speak as above."""
    blueprint.ARGUMENTS_PARSER = Parser()
    blueprint.register_error_handler(Problem, tell)


def _more(problem: Problem) -> dict[str, Any]:
    match problem:
        case InvalidRequest():
            return {"errors": problem.errors}
        case InvalidBooking():
            return {"errors": {one.field: [one.message] for one in (problem, *problem.others)}}
        case SlotTaken():
            return {"alternatives": OfferSchema(many=True).dump(problem.alternatives)}
        case PatientDiffers():
            return {"differences": [found.value for found in problem.match.differences], "blocks": problem.match.blocks}
        case PatientClash():
            return {"other": BookingSchema().dump(problem.other), "overridable": problem.overridable}
        case BookingRefused():
            return {
                "booking": BookingSchema().dump(problem.booking),
                "alternatives": OfferSchema(many=True).dump(problem.alternatives),
            }
    return {}


def _add_headers(problem: Problem, response: Response) -> None:
    if problem.kind is ProblemKind.UNAUTHENTICATED:
        response.headers["WWW-Authenticate"] = "Bearer"
    retry_after = problem.retry_after if isinstance(problem, KeyInUse) else _RETRY_AFTER.get(problem.kind)
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
