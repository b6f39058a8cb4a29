"""The door's description: true to OpenAPI 3.1, complete, and readable as a page without any script."""

import re

import pytest

from hub.api.document import problem_codes
from tests.hub.rig import Rig

pytestmark = pytest.mark.database


def test_the_document_describes_every_view(rig: Rig) -> None:
    document = rig.app.test_client().get("/api/openapi.json").json
    assert document["openapi"] == "3.1.0"
    described = {
        (method.upper(), re.sub(r"\{(\w+)\}", r"<\1>", path))
        for path, methods in document["paths"].items()
        for method in methods
        if method != "parameters"
    }
    served = {
        (method, rule.rule)
        for rule in rig.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == served
    assert len(
        {op["operationId"] for path in document["paths"].values() for op in path.values() if "tags" in op}
    ) == len(described)


def test_no_address_has_room_for_a_patient(rig: Rig) -> None:
    document = rig.app.test_client().get("/api/openapi.json").json
    names = {
        parameter["name"]
        for path in document["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
        for parameter in operation.get("parameters", [])
        if parameter["in"] in ("query", "path")
    }
    assert not {name for name in names if re.search("nhs|patient|family|given|birth|postcode|phone", name)}


def test_every_operation_wants_a_token_and_says_how_it_refuses(rig: Rig) -> None:
    document = rig.app.test_client().get("/api/openapi.json").json
    problem = {"$ref": "#/components/responses/Problem"}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                assert operation["security"] == [{"bearer": []}], path
                assert operation["responses"]["401"] == problem, path


def test_the_page_explains_every_operation_and_code(rig: Rig) -> None:
    answer = rig.app.test_client().get("/api/docs")
    page = answer.text
    assert answer.status_code == 200
    assert "<script" not in page and " style=" not in page
    for words in (
        "Search for slots",
        "Confirm a hold for a patient",
        "Move a booking to a held slot",
        "Idempotency-Key",
    ):
        assert words in page
    for code, _, _ in problem_codes():
        assert f"<code>{code}</code>" in page
    style = rig.app.test_client().get("/api/docs.css")
    assert style.content_type.startswith("text/css")
    style.close()


def test_the_document_says_when_a_phone_number_must_be_sent(rig: Rig) -> None:
    schemas = rig.app.test_client().get("/api/openapi.json").json["components"]["schemas"]
    for name in ("Book", "Move"):
        words = schemas[name]["properties"]["phone"]["description"]
        assert "Required when the slot's “channel” is “telephone”" in words
