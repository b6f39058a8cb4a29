"""What every service of a simulated practice does with a request: whose system it is, who asks, and no fault untold."""

import json
import logging
import traceback
from collections.abc import Callable, Collection
from typing import Protocol

from flask import Blueprint, Response, g, request

from connectors.mock.simulator import manners, mishaps
from connectors.mock.simulator.faults import FaultDesk
from connectors.mock.simulator.manners import Settings
from connectors.mock.simulator.mishaps import Work
from connectors.mock.simulator.store import Store
from gp_connect import headers, interactions, media, outcomes
from gp_connect.elements import Resource
from gp_connect.interactions import FOUNDATIONS_AND_APPOINTMENTS, Interaction
from gp_connect.media import Format
from gp_connect.names import FHIR_JSON_UTF8
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import access
from gp_connect.provider_rules.access import Access
from gp_connect.spine_codes import ACCESS_DENIED, INTERNAL_SERVER_ERROR, ORGANISATION_NOT_FOUND
from vocabulary.times import Clock

_bugs = logging.getLogger("simulator.bugs")


class Visit(Protocol):
    """One request at one practice."""

    def answer(self, *, over: bool = False) -> Response:
        """The answer; `over` books whatever is booked already."""
        ...


def serve(blueprint: Blueprint, root: str, faults: FaultDesk, visit: Callable[[str, str], Visit]) -> None:
    """Answer everything below this root of every practice, as faults ordered for it allow. `visit` takes the practice
    and the path below the root."""

    @blueprint.route(f"/<ods>/{root}/<path:path>", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    def answer(ods: str, path: str) -> Response:
        interaction = interactions.BY_ID.get(request.headers.get(headers.INTERACTION_ID, ""))
        name = interaction.name if interaction else "unknown"
        g.logged = {"practice": ods, "interaction": name}
        asked = visit(ods, f"/{path}")
        return mishaps.perform(faults, ods, name, Work(once=asked.answer, over=lambda: asked.answer(over=True)))


def settings_of(store: Store, ods: str) -> tuple[Settings, str]:
    """How this practice's system is set up, and its ASID. Raises ORGANISATION_NOT_FOUND."""
    with store.reading() as connection:
        practice = connection.execute("SELECT asid, settings FROM practice WHERE ods = ?", (ods,)).fetchone()
    if practice is None:
        raise Rejected(ORGANISATION_NOT_FOUND, "this simulator plays no such practice")
    return manners.read(practice["settings"]), practice["asid"]


def checked(
    path: str,
    settings: Settings,
    *,
    asid: str,
    root: str,
    clock: Clock,
    offered: Collection[Format] = media.JSON_ONLY,
    served: Collection[Interaction] = FOUNDATIONS_AND_APPOINTMENTS,
) -> Access:
    """Who asks what, noted for the log. Raises what the rules of access say, and ACCESS_DENIED for what is off."""
    passed = access.check(
        dict(request.headers),
        request.method,
        path,
        asid=asid,
        audiences=(root,),
        now=clock.now(),
        parameters=tuple(request.args.items(multi=True)),
        offered=offered,
        served=served,
    )
    g.logged["trace_id"] = passed.trace_id[:64]
    g.logged["asked_by"] = passed.token.organisation
    message_set = manners.message_set_of(passed.interaction)
    if message_set is not None and not settings.serves(message_set):
        raise Rejected(ACCESS_DENIED, settings.manner.switched_off)
    return passed


def told(error: Exception) -> tuple[Resource, int]:
    """The OperationOutcome of a refusal, or of a bug. What a bug says may name a patient: where it was is logged."""
    if isinstance(error, Rejected):
        return outcomes.write(error.code, error.diagnostics), error.code.status
    _bugs.error("%s in\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    return outcomes.write(INTERNAL_SERVER_ERROR, "the simulator has a fault of its own; its log says where"), 500


def as_json(resource: Resource, status: int) -> Response:
    """A resource as the answer."""
    return Response(json.dumps(resource, separators=(",", ":")), status, content_type=FHIR_JSON_UTF8)
