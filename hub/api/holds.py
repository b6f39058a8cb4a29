"""/holds: keep a slot for four minutes while talking."""

from flask import Response, jsonify, url_for

from hub.api import door
from hub.api.schemas.slots import HoldSchema, TakeHoldSchema
from hub.auth.access import current_caller, requires
from hub.wiring import current_hub
from scheduling import holding, search
from scheduling.commands import TakeHold
from scheduling.problems import SlotTaken
from scheduling.results import HoldView
from vocabulary.purposes import Scope

_HOLD = HoldSchema()  # made once: a schema copies all its fields when it is made
blueprint = door.blueprint("holds", __name__, path="/holds", once=True, description="Slots kept while talking")


@blueprint.route("", methods=["POST"])
@requires(Scope.BOOK)
@blueprint.arguments(TakeHoldSchema)
@blueprint.response(201, HoldSchema)
def take(command: TakeHold) -> Response:
    """Hold a slot

    All of the offer's slots or none. The host is asked within two seconds whether they are still free; “recheck” says
    what it answered. Taking what you hold already answers with that hold. When somebody was quicker, “alternatives”
    are the nearest other offers.
    """
    desk, caller = current_hub().desk, current_caller()
    try:
        held = holding.take(desk, command, caller)
    except SlotTaken as taken:
        if taken.lost is not None:
            taken.alternatives = search.alternatives(desk, taken.lost, caller)
        raise
    answer = jsonify(_HOLD.dump(held))
    answer.status_code = 201
    answer.headers["Location"] = url_for(".show", ref=held.ref.spoken)
    return answer


@blueprint.route("/<ref>")
@requires(Scope.BOOK)
@blueprint.response(200, HoldSchema)
def show(ref: str) -> HoldView:
    """Show a hold of yours"""
    return holding.show(current_hub().desk, door.ref_in_path(ref), current_caller())


@blueprint.route("/<ref>", methods=["DELETE"])
@requires(Scope.BOOK)
@blueprint.response(204)
def release(ref: str) -> None:
    """Let a hold go

    No error when it is gone already.
    """
    holding.release(current_hub().desk, door.ref_in_path(ref), current_caller())
