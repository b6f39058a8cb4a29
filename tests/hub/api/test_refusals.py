"""What the JSON door refuses, and how: who may not enter, what cannot be read, what the address cannot do."""

import json
from typing import Any

import pytest

from hub.api.door import LARGEST_BODY
from tests.hub.rig import Program, Rig
from tests.scheduling.world import ANN, HOST, World
from vocabulary.identifiers import OdsCode
from vocabulary.slots import DeliveryChannel

pytestmark = pytest.mark.database


def code(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == status
    assert len(answer.json["trace_id"]) >= 8
    assert answer.json["next_step"], "a refusal says what to do next"
    return str(answer.json["code"])


@pytest.mark.parametrize("header", [None, "Basic abc", "Bearer", "Bearer x.y.z"])
def test_nobody_enters_without_a_token(rig: Rig, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    answer = rig.app.test_client().get("/api/v1/slots", headers=headers)
    assert code(answer, 401) == "token-refused"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"iss": "https://elsewhere.example"},
        {"aud": "another-api"},
        {"role": "emperor"},
        {"role": "system"},
        {"sub": None},
        {"iat": 4102444800},
    ],
)
def test_a_token_that_is_not_for_us_is_refused(rig: Rig, claims: dict[str, Any]) -> None:
    assert code(rig.program(**claims).get("/slots"), 401) == "token-refused"


def test_an_unsigned_token_is_refused(rig: Rig) -> None:
    assert code(Program(rig.app.test_client(), rig.forged()).get("/slots"), 401) == "token-refused"


@pytest.mark.parametrize("ods", ["Z99999", "nonsense!", ""])
def test_a_token_for_an_unknown_practice_is_refused(rig: Rig, ods: str) -> None:
    assert code(rig.program(OdsCode(ods)).get("/slots"), 401) == "token-refused"


def test_a_role_that_may_not_book_may_not_hold(rig: Rig, world: World) -> None:
    analyst = rig.program(role="analyst")
    assert code(analyst.get("/slots"), 403) == "role-forbids"
    assert code(analyst.post("/holds", {"slot_ids": [1]}), 403) == "role-forbids"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"role": "barber"}, "role"),
        ({"from": "2026-11-24T18:00:00"}, "from"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-11-24T18:00:00Z", "to": "2026-11-24T18:00:00Z"}, "to"),
        ({"to": "2026-11-24T13:00:00Z"}, "to"),
        ({"near": "BS3 1AA"}, "near"),
        ({"within_miles": "3"}, "within_miles"),
        ({"minutes": "-5"}, "minutes"),
        ({"limit": "0"}, "limit"),
        ({"limit": "150", "offset": "100"}, "offset"),
        ({"host": "???"}, "host"),
        ({"site": "main"}, "site"),
        ({"rolle": "gp"}, "rolle"),
        ({"from": "0001-01-01T00:00:00+23:59"}, "from"),
    ],
)
def test_a_search_that_cannot_be_read_names_the_field(program: Program, query: dict[str, str], field: str) -> None:
    answer = program.get("/slots", **query)
    assert code(answer, 422) == "invalid-request"
    assert list(answer.json["errors"]) == [field]


def test_a_plus_that_arrives_as_a_blank_is_still_an_offset(program: Program, world: World) -> None:
    world.clinic()
    world.sync()
    raw = program.client.get(
        "/api/v1/slots?from=2026-11-24T18:30:00+00:00&to=2026-11-24T20:00:00+00:00", headers=program._headers()
    )
    assert raw.json["total"] == 4


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"nhs_number": "9990000019"}, "nhs_number"),
        ({"description": ""}, "description"),
        ({"description": "x" * 101}, "description"),
        ({"description": "a\ud800b"}, "description"),
        ({"patient_told": False}, "patient_told"),
        ({"hold": "AAAA-AAAA"}, "hold"),
        ({"extra": 1}, "extra"),
        ({"comment": 5}, "comment"),
    ],
)
def test_a_booking_that_cannot_be_read_names_the_field(program: Program, change: dict[str, Any], field: str) -> None:
    form = {"hold": "2222-2222", "nhs_number": ANN.value, "description": "Review", "patient_told": True}
    answer = program.post("/bookings", {**form, **change})
    assert code(answer, 422) == "invalid-request"
    assert list(answer.json["errors"]) == [field]


def test_holding_what_is_not_there(program: Program) -> None:
    assert code(program.post("/holds", {"slot_ids": [4711]}), 404) == "slot-unknown"
    assert code(program.post("/holds", {"slot_ids": [2**63]}), 422) == "invalid-request"
    assert code(program.post("/holds", {"slot_ids": []}), 422) == "invalid-request"
    assert code(program.get("/bookings/not-a-ref"), 404) == "booking-unknown"
    assert code(program.get("/practices/!!/offering"), 404) == "booking-unknown"


def test_slots_that_do_not_join(program: Program, world: World) -> None:
    world.clinic(slots=4)
    world.sync()
    offers = program.get("/slots").json["offers"]
    apart = [offers[0]["slot_ids"][0], offers[2]["slot_ids"][0]]
    assert code(program.post("/holds", {"slot_ids": apart}), 422) == "slots-do-not-join"


def test_hoarding_is_refused_with_a_time_to_wait(program: Program, world: World) -> None:
    world.clinic(slots=6)
    world.sync()
    offers = program.get("/slots").json["offers"]
    answers = [program.post("/holds", {"slot_ids": one["slot_ids"]}) for one in offers[:4]]
    assert code(answers[-1], 429) == "too-many-holds"
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_no_agreement_no_hold(program: Program, world: World) -> None:
    world.clinic()
    world.sync()
    offer = program.get("/slots").json["offers"][0]
    world.suspend()
    assert code(program.post("/holds", {"slot_ids": offer["slot_ids"]}), 403) == "not-permitted"
    hosts = {host["ods"]: host for host in program.get("/slots").json["hosts"]}
    assert (hosts[HOST.value]["why"], hosts[HOST.value]["offered"]) == ("suspended", 0)


def test_what_is_not_json_is_refused(program: Program) -> None:
    def post(body: bytes | str, kind: str) -> Any:
        return program.client.post("/api/v1/holds", data=body, content_type=kind, headers=program._headers())

    assert code(post("{", "application/json"), 400) == "bad-request"
    assert code(post("slot_ids=1", "application/x-www-form-urlencoded"), 415) == "unsupported-media-type"
    assert code(post(b"\xff\xfe", "application/json"), 400) == "bad-request"
    for opening in ("[", '{"slot_ids":'):
        assert code(post(opening * 1_100, "application/json"), 400) == "bad-request"
    assert code(post("[" * 9_000, "application/json"), 400) == "bad-request"
    assert code(post("[" * 9_000 + "]" * 6_000, "application/json"), 400) == "bad-request"
    assert code(post("[" * 400 + "]" * 400, "application/json"), 422) == "invalid-request"
    assert code(post("[1, 2]", "application/json"), 422) == "invalid-request"
    large = json.dumps({"slot_ids": [1] * LARGEST_BODY})
    assert code(post(large, "application/json"), 413) == "request-entity-too-large"


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/api/v1/holds", "get", {"POST"}),
        ("/api/v1/slots", "post", {"GET", "HEAD"}),
        ("/api/v1/bookings/2222-2222", "delete", {"GET", "HEAD"}),
    ],
)
def test_the_wrong_method_says_which_are_right(rig: Rig, path: str, method: str, allowed: set[str]) -> None:
    answer = getattr(rig.app.test_client(), method)(path)
    assert code(answer, 405) == "method-not-allowed"
    assert set(answer.headers["Allow"].split(", ")) == allowed | {"OPTIONS"}


def test_an_address_that_is_not_there(rig: Rig) -> None:
    assert code(rig.app.test_client().get("/api/v1/nowhere"), 404) == "not-found"


def test_a_telephone_slot_without_a_number_to_ring_names_the_field_and_keeps_the_hold(
    program: Program, world: World
) -> None:
    world.clinic(slots=1, channel=DeliveryChannel.TELEPHONE)
    world.see()
    (offer,) = program.get("/slots").json["offers"]
    assert offer["slot"]["channel"] == "telephone"
    held = program.post("/holds", {"slot_ids": offer["slot_ids"]}).json["ref"]
    form = {"hold": held, "nhs_number": ANN.value, "description": "Review", "patient_told": True}
    answer = program.post("/bookings", form)
    assert code(answer, 422) == "invalid-booking"
    assert list(answer.json["errors"]) == ["phone"]
    assert program.post("/bookings", {**form, "phone": "07700 900101"}).status_code == 201


def test_a_refusal_on_the_wire_speaks_of_requests_and_not_of_pages(program: Program) -> None:
    for answer in (program.get("/nowhere"), program.client.post("/api/v1/slots")):
        words = f"{answer.json['detail']} {answer.json['next_step']}"
        assert ("page" not in words and "/api/docs" in words) or "Allow" in words
    wrong = program.get("/bookings/7KQ4-MPX2").json
    assert "ref" in wrong["next_step"] and "NHS number" not in wrong["next_step"]


def test_the_size_that_a_refusal_names_is_the_one_that_is_read() -> None:
    assert LARGEST_BODY == 16 * 1024, "hub/errors.py and docs/problems.md say 16 KiB"
