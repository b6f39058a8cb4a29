"""GET /slots: search the pool."""

from typing import Any

from flask import Response, jsonify

from hub.api import door, writers
from hub.api.problems import InvalidRequest
from hub.api.schemas.paging import link_pages
from hub.api.schemas.slots import MOST, FoundSchema, SlotQuery, find_slots
from hub.auth.access import current_caller, requires
from hub.wiring import current_hub
from scheduling import search
from vocabulary.purposes import Scope

blueprint = door.blueprint("slots", __name__, path="/slots", description="Free slots that your practice may book")


@blueprint.route("")
@requires(Scope.SEE_SLOTS)
@blueprint.arguments(SlotQuery, location="query")
@blueprint.response(200, FoundSchema)
def find(query: dict[str, Any]) -> Response:
    """Search for slots

    Offers in order, soonest first; what each host answered; and when there is nothing, the next one later on.
    """
    hub = current_hub()
    try:
        command = find_slots(query, hub.clock.now())
    except ValueError:
        raise InvalidRequest({"to": ["“to” must be after “from”, by eight weeks at most."]}) from None
    found = search.find(hub.desk, command, current_caller())
    offset, limit = query["offset"], query["limit"]
    answer = jsonify(writers.found(found, found.offers[offset : offset + limit], limit=limit, offset=offset))
    return link_pages(answer, limit=limit, offset=offset, total=found.total, reach=MOST)
