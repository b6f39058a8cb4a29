"""/bookings: confirm, list, show, cancel, move."""

from dataclasses import replace
from typing import Any

from flask import Response, jsonify, url_for

from hub.api import door
from hub.api.problems import BookingRefused
from hub.api.schemas.bookings import (
    BookingQuery,
    BookingSchema,
    BookingsSchema,
    BookSchema,
    CancelSchema,
    HistorySchema,
    MoveSchema,
)
from hub.api.schemas.paging import link_pages
from hub.auth.access import current_caller, requires
from hub.wiring import current_hub
from scheduling import booking, cancelling, search, views
from scheduling.commands import BookSlots, CancelBooking, ListBookings
from scheduling.results import BookingView
from vocabulary.appointments import BookingState
from vocabulary.purposes import Scope
from vocabulary.times import Window

blueprint = door.blueprint(
    "bookings", __name__, path="/bookings", once=True, description="Bookings your practice has a part in"
)
_BOOKING, _BOOKINGS = BookingSchema(), BookingsSchema()  # made once: a schema copies all its fields when it is made
_UNSETTLED = (BookingState.REQUESTED, BookingState.IN_DOUBT, BookingState.CANCELLING)


@blueprint.route("", methods=["POST"])
@requires(Scope.BOOK)
@blueprint.arguments(BookSchema)
@blueprint.response(201, BookingSchema)
@blueprint.alt_response(202, schema=BookingSchema, success=True, description="In doubt: ask again, do not book again")
def book(command: BookSlots) -> Response:
    """Confirm a hold for a patient

    201 when the host has confirmed it. 202 when the hub asked and does not know yet: it goes on asking; look at the
    booking again instead of booking another. A host's refusal is a problem with the code “booking-refused”.
    """
    return _made(booking.book(current_hub().desk, command, current_caller()))


@blueprint.route("")
@requires(Scope.BOOK)
@blueprint.arguments(BookingQuery, location="query")
@blueprint.response(200, BookingsSchema)
def listed(query: dict[str, Any]) -> Response:
    """List bookings

    Of those your practice has a part in: booked by it, hosted by it, or for its own patients.
    """
    command = ListBookings(
        at_host=query["host"], by_practice=query["booked_by"], window=Window(query["start"], query["end"])
    )
    found = views.listed(current_hub().desk, command, current_caller())
    if query["state"]:
        found = tuple(one for one in found if one.state in query["state"])
    offset, limit = query["offset"], query["limit"]
    page = {"bookings": found[offset : offset + limit], "total": len(found), "limit": limit, "offset": offset}
    return link_pages(jsonify(_BOOKINGS.dump(page)), limit=limit, offset=offset, total=len(found))


@blueprint.route("/<ref>")
@requires(Scope.BOOK)
@blueprint.response(200, BookingSchema)
def show(ref: str) -> BookingView:
    """Show a booking"""
    return views.booking(current_hub().desk, door.ref_in_path(ref), current_caller())


@blueprint.route("/<ref>/history")
@requires(Scope.BOOK)
@blueprint.response(200, HistorySchema)
def history(ref: str) -> dict[str, Any]:
    """Show what happened to a booking"""
    return {"events": views.history(current_hub().desk, door.ref_in_path(ref), current_caller())}


@blueprint.route("/<ref>/cancel", methods=["POST"])
@requires(Scope.BOOK)
@blueprint.arguments(CancelSchema)
@blueprint.response(200, BookingSchema)
@blueprint.alt_response(202, schema=BookingSchema, success=True, description="Not yet released at the host")
def cancel(sent: dict[str, Any], ref: str) -> Response:
    """Cancel a booking

    200 when the host has released it, 202 while it has not: the hub goes on trying. Cancelling twice is no error.
    """
    command = CancelBooking(door.ref_in_path(ref), **sent)
    return _shown(cancelling.cancel(current_hub().desk, command, current_caller()), 200)


@blueprint.route("/<ref>/move", methods=["POST"])
@requires(Scope.BOOK)
@blueprint.arguments(MoveSchema)
@blueprint.response(201, BookingSchema)
@blueprint.alt_response(202, schema=BookingSchema, success=True, description="In doubt: the old booking stands")
def move(sent: dict[str, Any], ref: str) -> Response:
    """Move a booking to a held slot

    The new booking is won first, and the old one is cancelled only then; a refusal or doubt leaves the old one as it
    is. The answer is the new booking.
    """
    desk, caller = current_hub().desk, current_caller()
    old = views.booking(desk, door.ref_in_path(ref), caller)
    as_before = BookSlots(
        ref=sent.pop("hold"),
        nhs_number=old.nhs_number,
        description=old.description,
        comment=old.comment,
        phone=old.phone,
        replaces=old.ref,
    )
    return _made(booking.book(desk, replace(as_before, **sent), caller))


def _made(made: BookingView) -> Response:
    if made.state is BookingState.REFUSED:
        raise BookingRefused(made, search.alternatives(current_hub().desk, made.facts, current_caller()))
    return _shown(made, 201)


def _shown(view: BookingView, status: int) -> Response:
    answer = jsonify(_BOOKING.dump(view))
    answer.status_code = 202 if view.state in _UNSETTLED else status
    answer.headers["Location"] = url_for(".show", ref=view.ref.spoken)
    return answer
