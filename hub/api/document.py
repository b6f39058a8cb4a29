"""The door's own description: OpenAPI 3.1 at /api/openapi.json, and a page for people at /api/docs."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, render_template, send_file
from flask.typing import ResponseReturnValue
from flask_smorest import Api
from marshmallow import INCLUDE, Schema, fields

from hub.api.door import KEY_HEADER, LARGEST_BODY
from hub.api.schemas.bookings import BookingSchema
from hub.api.schemas.slots import OfferSchema
from hub.auth.access import public
from hub.errors import KINDS
from vocabulary.problems import Problem

VERSION = "1.0"
_ALWAYS = ("401", "403", "429", "500", "503")
_WITH_BODY = ("400", "409", "413", "415", "422")
_EXTENSION = "hub_api"
_PROBLEM_REF = {"$ref": "#/components/responses/Problem"}
_INTRODUCTION = (
    "Search the pooled clinics, hold a slot, book it, move and cancel, as your practice and in your role. Send a "
    "bearer token with every request. Times carry their offset and are given on England's wall clock. Every refusal is "
    "application/problem+json with a stable `code`. A POST that may be sent twice should carry an `Idempotency-Key`."
)


class ProblemSchema(Schema):
    """A refusal (RFC 9457). Programs go by `code`; people read `detail` and `next_step`. More members may come."""

    class Meta:
        unknown = INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "Stable; listed below and in docs/problems.md."})
    trace_id = fields.String(required=True, metadata={"description": "Tell it to support."})
    next_step = fields.String()
    errors = fields.Dict(metadata={"description": "invalid-request, invalid-booking: what is wrong, by field."})
    alternatives = fields.List(
        fields.Nested(OfferSchema),
        metadata={"description": "booking-refused, slot-taken, hold-lost: other offers near it, if any."},
    )
    differences = fields.List(
        fields.String(), metadata={"description": "patient-differs: in what the two records differ."}
    )
    blocks = fields.Boolean(metadata={"description": "patient-differs: it cannot be booked here as things are."})
    other = fields.Nested(BookingSchema, metadata={"description": "patient-clash: the booking in the way."})
    overridable = fields.Boolean(metadata={"description": "patient-clash: a “clash_reason” lets it pass."})
    booking = fields.Nested(BookingSchema, metadata={"description": "booking-refused: the hub's record of it."})


class _HubApi(Api):  # type: ignore[misc]
    """flask-smorest without its error answers, which lack Allow: hub/errors.py gives those."""

    def _register_error_handlers(self) -> None:
        pass


def open_api(app: Flask) -> Api:
    """The flask-smorest extension of this app, before any view is registered."""
    app.config.update(API_TITLE="Practice hub", API_VERSION=VERSION, OPENAPI_VERSION="3.1.0")
    api = _HubApi(app, spec_kwargs={"info": {"description": _INTRODUCTION}})
    api.spec.components.schema("Problem", schema=ProblemSchema)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    return api


def publish(app: Flask, api: Api) -> None:
    """Publish the document and the page."""
    app.extensions[_EXTENSION] = complete(api.spec.to_dict())
    app.register_blueprint(_blueprint)


_blueprint = Blueprint("api_docs", __name__, url_prefix="/api", template_folder="templates")
_HERE = Path(__file__).parent


@_blueprint.get("/openapi.json")
@public
def openapi() -> Response:
    """The document."""
    return jsonify(current_app.extensions[_EXTENSION])


@_blueprint.get("/docs")
@public
def docs() -> ResponseReturnValue:
    """The page."""
    document = current_app.extensions[_EXTENSION]
    return render_template(
        "api_docs.html",
        document=document,
        groups=_groups(document),
        schema=_Schemas(document),
        problems=problem_codes(),
    )


@_blueprint.get("/docs.css")
@public
def style() -> Response:
    """How the page looks."""
    return send_file(_HERE / "static" / "api.css", max_age=3600)


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """Add what is the same everywhere: who may ask, how refusals look, the key that makes a POST happen once."""
    for path, method, operation in _operations(document):
        operation["security"] = [{"bearer": []}]
        operation["operationId"] = f"{operation['tags'][0]}.{operation.pop('x-name', '')}{method}" + path.replace(
            "/", "."
        )
        responses = operation["responses"]
        responses.pop("default", None)
        statuses = {*_ALWAYS, *(("404",) if "{" in path else ())}
        if "requestBody" in operation:
            statuses |= {*_WITH_BODY, "404"}
        elif operation.get("parameters"):
            statuses.add("422")
        responses.update(dict.fromkeys(sorted(statuses), _PROBLEM_REF))
        if method == "post" and "requestBody" in operation and operation["tags"] != ["patients"]:
            operation.setdefault("parameters", []).append(_KEY_PARAMETER)
    components = document["components"]
    components.pop("headers", None)
    components["parameters"] = {}
    components["responses"] = {
        "Problem": {
            "description": "A refusal; `code` says which",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    }
    return document


_KEY_PARAMETER = {
    "name": KEY_HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "Any text of your own, such as a UUID. The same request under the same key is done once, and its "
    "first answer is given again for 24 hours.",
}


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield path, method, operation


def _groups(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The operations by tag, for the page."""
    groups = {tag["name"]: {**tag, "operations": []} for tag in document["tags"]}
    for path, method, operation in _operations(document):
        common = document["paths"][path].get("parameters", [])
        shown = {
            **operation,
            "path": path,
            "method": method.upper(),
            "parameters": [*common, *operation.get("parameters", [])],
        }
        groups[operation["tags"][0]]["operations"].append(shown)
    return list(groups.values())


@cache
def problem_codes() -> tuple[tuple[str, int, str], ...]:
    """Every code this version may answer with: code, status, and what it means."""
    found = {kind.code: (kind.code, KINDS[kind.kind].status, _first_line(kind)) for kind in _kinds(Problem)}
    return tuple(found[code] for code in sorted(found))


def _kinds(base: type[Problem]) -> Iterator[type[Problem]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _first_line(kind: type[Problem]) -> str:
    return (kind.__doc__ or "").strip().split("\n\n")[0].replace("\n    ", " ")


class _Schemas:
    """Reads schemas of the document for the page."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._known: dict[str, Any] = document["components"]["schemas"]

    def name(self, schema: Mapping[str, Any]) -> str:
        """The name a schema goes by, empty for one without."""
        return str(schema.get("$ref", "")).rpartition("/")[2]

    def fields(self, schema: Mapping[str, Any]) -> list[tuple[str, str, bool, str]]:
        """Each field: name, type in words, whether it is required, description."""
        found = self._known.get(self.name(schema), schema)
        needed = set(found.get("required", ()))
        return [
            (name, self.words(field), name in needed, field.get("description", ""))
            for name, field in found.get("properties", {}).items()
        ]

    def words(self, schema: Mapping[str, Any]) -> str:
        """A type in words."""
        if "anyOf" in schema or "allOf" in schema:
            return " or ".join(self.words(one) for one in (*schema.get("anyOf", ()), *schema.get("allOf", ())))
        if name := self.name(schema):
            return name
        if "enum" in schema:
            return "one of: " + ", ".join(str(one) for one in schema["enum"])
        kind = schema.get("type", "any")
        if kind == "array":
            return f"list of {self.words(schema['items'])}"
        words = " or ".join(kind) if isinstance(kind, list) else str(kind)
        return f"{words} ({schema['format']})" if "format" in schema else words

    def all(self) -> list[tuple[str, str, list[tuple[str, str, bool, str]]]]:
        """Every named schema with its fields."""
        return [
            (name, schema.get("description", ""), self.fields({"$ref": f"#/{name}"}))
            for name, schema in sorted(self._known.items())
        ]


def limits() -> dict[str, int]:
    """What a request may not exceed."""
    return {"body": LARGEST_BODY}
