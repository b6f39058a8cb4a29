"""The control API, /control: faults, loading, the clock, the front desk, and the whole store for a test's oracle.

JSON in and out; connectors/mock/README.md documents it. It is for loopback only and answers no other site's page.
"""

import json
from collections.abc import Iterator
from datetime import timedelta

from flask import Blueprint, Response, g, jsonify, request

from connectors.mock.simulator import manners, oracle, seed_json
from connectors.mock.simulator.faults import FaultKind
from connectors.mock.simulator.front_desk import DeskError, FrontDesk, NewSession
from connectors.mock.simulator.loading import LoadError, load_into
from connectors.mock.simulator.manners import Settings
from connectors.mock.simulator.provider import Surroundings
from connectors.mock.simulator.wordings import WORDINGS
from gp_connect import elements
from gp_connect.elements import Resource, Unreadable, strings, text
from gp_connect.moments import read_moment
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.problems import InvalidValue
from vocabulary.slots import DeliveryChannel, PractitionerRole
from vocabulary.times import Window

_Answer = Response | tuple[Response, int]


def create(around: Surroundings) -> Blueprint:
    """The blueprint of the control API."""
    blueprint = Blueprint("control", __name__, url_prefix="/control")
    _add_errors(blueprint)
    _add_faults(blueprint, around)
    _add_store(blueprint, around)
    _add_settings(blueprint, around)
    _add_desk(blueprint, around)
    return blueprint


def _add_errors(blueprint: Blueprint) -> None:
    @blueprint.errorhandler(Unreadable)
    @blueprint.errorhandler(InvalidValue)
    @blueprint.errorhandler(LoadError)
    @blueprint.errorhandler(ValueError)
    def unreadable(error: Exception) -> _Answer:
        return jsonify(error=str(error)), 400

    @blueprint.errorhandler(DeskError)
    def refused(error: DeskError) -> _Answer:
        return jsonify(error=str(error)), 409 if error.taken else 404


def _add_faults(blueprint: Blueprint, around: Surroundings) -> None:
    @blueprint.post("/faults")
    def order() -> _Answer:
        body = _body()
        wording = text(body, "wording")
        if wording and wording not in WORDINGS:
            raise Unreadable(f"wording must be one of {', '.join(WORDINGS)}")
        made = around.faults.order(
            FaultKind(text(body, "kind")),
            practice=text(body, "practice") or "*",
            interaction=text(body, "interaction") or "*",
            after_commit=body.get("after_commit") is True,
            seconds=_number(body, "seconds", 0.0),
            status=int(_number(body, "status", 0)),
            code=text(body, "code"),
            wording=wording,
            times=int(_number(body, "times", 0)) if "times" in body else None,
            probability=_number(body, "probability", 1.0),
            seed=int(_number(body, "seed", 0)),
        )
        return jsonify(made.as_json()), 201

    @blueprint.get("/faults")
    def listed() -> _Answer:
        return jsonify(faults=[order.as_json() for order in around.faults.listed()])

    @blueprint.delete("/faults")
    def clear() -> _Answer:
        return jsonify(cleared=around.faults.clear(practice=request.args.get("practice")))

    @blueprint.delete("/faults/<int:order_id>")
    def clear_one(order_id: int) -> _Answer:
        return jsonify(cleared=around.faults.clear(order_id=order_id))


def _add_store(blueprint: Blueprint, around: Surroundings) -> None:
    @blueprint.get("/health")
    def health() -> _Answer:
        return jsonify(ready=True, now=around.clock.now().isoformat())

    @blueprint.post("/load")
    def load() -> _Answer:
        body = _body()
        counts = load_into(around.store, seed_json.practices(body), seed_json.people(body))
        return jsonify({name: getattr(counts, name) for name in counts.__dataclass_fields__}), 201

    @blueprint.get("/counts")
    def counts() -> _Answer:
        return jsonify(oracle.counts(around.store))

    @blueprint.get("/appointments")
    def appointments() -> Response:
        wanted = oracle.Wanted(practice=request.args.get("practice", ""), status=request.args.get("status", ""))
        return Response(_json_lines(oracle.appointments(around.store, wanted)), content_type="application/x-ndjson")

    @blueprint.get("/slots")
    def slots() -> Response:
        wanted = oracle.Wanted(practice=request.args.get("practice", ""), status=request.args.get("status", ""))
        return Response(_json_lines(oracle.slots(around.store, wanted)), content_type="application/x-ndjson")

    @blueprint.put("/clock")
    def set_clock() -> _Answer:
        around.clock.set(read_moment(elements.required(_body(), "now")))
        return jsonify(now=around.clock.now().isoformat())

    @blueprint.delete("/clock")
    def free_clock() -> _Answer:
        around.clock.set(None)
        return jsonify(now=around.clock.now().isoformat())


def _add_settings(blueprint: Blueprint, around: Surroundings) -> None:
    def held(ods: str) -> Settings:
        with around.store.reading() as connection:
            row = connection.execute("SELECT settings FROM practice WHERE ods = ?", (ods,)).fetchone()
        if row is None:
            raise DeskError("This simulator plays no such practice.")
        return manners.read(row["settings"])

    @blueprint.get("/practices/<ods>")
    def shown(ods: str) -> _Answer:
        return jsonify(seed_json.settings_json(held(ods)))

    @blueprint.put("/practices/<ods>")
    def change(ods: str) -> _Answer:
        changed = seed_json.settings(_body(), held(ods))
        with around.store.writing() as connection:
            connection.execute("UPDATE practice SET settings = ? WHERE ods = ?", (manners.write(changed), ods))
        return jsonify(seed_json.settings_json(changed))


def _add_desk(blueprint: Blueprint, around: Surroundings) -> None:
    def desk(ods: str) -> FrontDesk:
        g.logged["practice"] = ods
        return FrontDesk(around.store, OdsCode.parse(ods), around.clock)

    @blueprint.get("/desk/<ods>/diary")
    def diary(ods: str) -> _Answer:
        now = around.clock.now()
        start = read_moment(request.args["from"]) if "from" in request.args else now
        days = float(request.args.get("days", "7"))
        found = desk(ods).lines(Window(start, start + timedelta(days=days)))
        return jsonify(slots=[oracle.diary_line(line) for line in found])

    @blueprint.post("/desk/<ods>/book")
    def book(ods: str) -> _Answer:
        body = _body()
        number = text(body, "nhs_number")
        appointment_id = desk(ods).book(
            slot_id=text(body, "slot"),
            nhs_number=NHSNumber.parse(number) if number else None,
            description=text(body, "description"),
        )
        return jsonify(appointment=appointment_id), 201

    @blueprint.post("/desk/<ods>/add-session")
    def add_session(ods: str) -> _Answer:
        return jsonify(session=desk(ods).add_session(_new_session(_body()))), 201

    @blueprint.post("/desk/<ods>/cancel-session")
    def cancel_session(ods: str) -> _Answer:
        body = _body()
        reason = text(body, "reason") or "Session cancelled"
        return jsonify(cancelled=desk(ods).cancel_session(elements.required(body, "session"), reason))

    @blueprint.post("/desk/<ods>/cancel-appointment")
    def cancel_appointment(ods: str) -> _Answer:
        body = _body()
        appointment_id = elements.required(body, "appointment")
        desk(ods).cancel_appointment(appointment_id, text(body, "reason") or "Cancelled at the front desk")
        return jsonify(cancelled=[appointment_id])

    @blueprint.post("/desk/<ods>/move-appointment")
    def move_appointment(ods: str) -> _Answer:
        body = _body()
        appointment_id = elements.required(body, "appointment")
        desk(ods).move_appointment(appointment_id, text(body, "slot"))
        return jsonify(moved=[appointment_id])


def _new_session(body: Resource) -> NewSession:
    return NewSession(
        start=read_moment(elements.required(body, "start")),
        count=int(_number(body, "count", 6)),
        minutes=int(_number(body, "minutes", 10)),
        name=text(body, "name") or "Added session",
        role=PractitionerRole(text(body, "role") or "gp"),
        channel=DeliveryChannel(text(body, "channel") or "in-person"),
        slot_type=text(body, "slot_type") or "Extended access",
        ods_codes=frozenset(OdsCode.parse(code) for code in strings(body, "ods_codes")),
    )


def _body() -> Resource:
    return elements.parse(request.get_data() or b"{}")


def _number(body: Resource, name: str, otherwise: float) -> float:
    value = body.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unreadable(f"{name} must be a number")
    return float(value)


def _json_lines(found: Iterator[dict[str, object]]) -> Iterator[bytes]:
    return (json.dumps(row).encode() + b"\n" for row in found)
