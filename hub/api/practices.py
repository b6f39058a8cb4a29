"""/practices: the address book, and why one of them offers nothing."""

from typing import Any

from flask import Response, jsonify

from hub.api import door
from hub.api.schemas.paging import link_pages
from hub.api.schemas.practices import PracticeQuery, PracticesSchema
from hub.api.schemas.slots import HostAnswerSchema
from hub.auth.access import current_caller, requires
from hub.wiring import current_hub
from scheduling import search
from scheduling.results import HostAnswer
from vocabulary.purposes import Scope

blueprint = door.blueprint("practices", __name__, path="/practices", description="The address book")


@blueprint.route("")
@requires()
@blueprint.arguments(PracticeQuery, location="query")
@blueprint.response(200, PracticesSchema)
def listed(query: dict[str, Any]) -> Response:
    """List open practices, by name"""
    found = [one for one in current_hub().address_book.practices() if query["cluster"] in ("", one.cluster)]
    offset, limit = query["offset"], query["limit"]
    page = {"practices": found[offset : offset + limit], "total": len(found), "limit": limit, "offset": offset}
    return link_pages(jsonify(PracticesSchema().dump(page)), limit=limit, offset=offset, total=len(found))


@blueprint.route("/<ods>/offering")
@requires(Scope.SEE_SLOTS)
@blueprint.response(200, HostAnswerSchema)
def offering(ods: str) -> HostAnswer:
    """Say what a practice offers yours, and if nothing, why

    By the agreements, the practice's switches and what its system last answered; more only the practice can tell.
    """
    return search.explain(current_hub().desk, door.ods_in_path(ods), current_caller())
