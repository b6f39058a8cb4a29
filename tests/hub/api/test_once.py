"""Idempotency-Key: done once, answered alike; another body, another user, a first try that crashed."""

from datetime import timedelta
from typing import Any

import pytest

from hub.idempotency import KEPT_FOR, LEASE, Answer, KeyInUse, KeyReused, Keys, Ticket, fingerprint
from scheduling import holding
from tests.hub.rig import Program, Rig
from tests.scheduling.world import ANN, HOST, OTHER, World, caller

pytestmark = pytest.mark.database


def offered(program: Program, index: int = 0) -> dict[str, Any]:
    return {"slot_ids": program.get("/slots").json["offers"][index]["slot_ids"]}


def test_a_repeated_request_gets_the_first_answer(program: Program, world: World) -> None:
    world.clinic()
    world.sync()
    body = offered(program)
    first = program.post("/holds", body, key="k-1")
    program.delete(f"/holds/{first.json['ref']}")
    again = program.post("/holds", body, key="k-1")
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert len(world.ledger(act="hold.taken")) == 1
    assert program.post("/holds", body, key="k-2").json["ref"] != first.json["ref"]


def test_a_booking_sent_twice_is_one_booking(program: Program, world: World) -> None:
    world.clinic()
    world.sync()
    ref = program.post("/holds", offered(program)).json["ref"]
    form = {"hold": ref, "nhs_number": ANN.value, "description": "Review", "patient_told": True}
    first, again = (program.post("/bookings", form, key="b-1") for _ in range(2))
    assert first.json == again.json
    assert len(world.network.diary(HOST).appointments) == 1


def test_another_body_under_the_same_key_is_a_mistake(program: Program, world: World) -> None:
    world.clinic()
    world.sync()
    one, other = offered(program), offered(program, 1)
    program.post("/holds", one, key="k-1")
    answer = program.post("/holds", other, key="k-1")
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency-key-reused")


def test_keys_belong_to_their_user(rig: Rig, program: Program, world: World) -> None:
    world.clinic()
    world.sync()
    mine = program.post("/holds", offered(program), key="k-1")
    olga = rig.program(OTHER, user="olga")
    hers = olga.post("/holds", offered(olga), key="k-1")
    assert (mine.status_code, hers.status_code) == (201, 201)
    assert mine.json["ref"] != hers.json["ref"]


def test_the_same_key_from_another_post_of_the_same_user_is_another_request(rig: Rig, world: World) -> None:
    world.clinic()
    world.sync()
    here, there = rig.program(), rig.program(OTHER)
    body = offered(here)
    here.post("/holds", body, key="k-1")
    assert there.post("/holds", body, key="k-1").json["code"] == "idempotency-key-reused"


def test_a_refusal_is_repeated_too_but_not_one_that_says_try_again(program: Program, world: World) -> None:
    world.clinic(slots=6)
    world.sync()
    gone = program.post("/holds", {"slot_ids": [4711]}, key="gone")
    assert program.post("/holds", {"slot_ids": [4711]}, key="gone").headers["Idempotency-Replayed"] == "true"
    assert gone.status_code == 404
    bodies = [offered(program, index) for index in range(4)]
    held = [program.post("/holds", body).json["ref"] for body in bodies[:3]]
    assert program.post("/holds", bodies[3], key="many").status_code == 429
    program.delete(f"/holds/{held[0]}")
    assert program.post("/holds", bodies[3], key="many").status_code == 201


@pytest.mark.parametrize("key", [" ", "x" * 256, "sch\u00f6n"])
def test_a_key_must_be_plain_and_short(program: Program, key: str) -> None:
    answer = program.client.post(
        "/api/v1/holds", json={"slot_ids": [1]}, headers={**program._headers(), "Idempotency-Key": key}
    )
    assert answer.status_code in (400, 422)


def test_while_the_first_runs_the_second_waits(program: Program, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.clinic()
    world.sync()
    body = offered(program)
    second: list[Any] = []
    really = holding.take

    def take_while_another_arrives(*args: Any) -> Any:
        if not second:
            second.append(
                Program(program.client.application.test_client(), program.token).post("/holds", body, key="k")
            )
        return really(*args)

    monkeypatch.setattr(holding, "take", take_while_another_arrives)
    first = program.post("/holds", body, key="k")
    assert first.status_code == 201
    assert (second[0].status_code, second[0].json["code"]) == (409, "idempotency-key-in-use")
    assert int(second[0].headers["Retry-After"]) >= 1


def test_a_mistake_of_ours_frees_the_key(program: Program, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.clinic()
    world.sync()
    body = offered(program)
    program.client.application.testing = False
    with monkeypatch.context() as broken:
        broken.setattr(holding, "take", lambda *_: 1 / 0)
        assert program.post("/holds", body, key="k").status_code == 500
    assert program.post("/holds", body, key="k").status_code == 201


def test_a_first_try_that_died_blocks_for_its_lease_only(world: World) -> None:
    keys, who = Keys(world.work, world.clock), caller()
    mark = fingerprint(who, "POST", "/x", b"{}")
    dead = keys.begin(who, "k", mark)
    assert isinstance(dead, Ticket)
    with pytest.raises(KeyInUse):
        keys.begin(who, "k", mark)
    world.clock.at += LEASE
    with pytest.raises(KeyReused):
        keys.begin(who, "k", fingerprint(who, "POST", "/x", b"[]"))
    taken = keys.begin(who, "k", mark)
    assert isinstance(taken, Ticket)
    keys.finish(dead, Answer(500, {}, b"late"))
    keys.finish(dead, Answer(200, {}, b"late"))
    keys.finish(taken, Answer(201, {"Location": "/x/1"}, b"done"))
    assert keys.begin(who, "k", mark) == Answer(201, {"Location": "/x/1"}, b"done")


def test_an_answer_is_forgotten_after_a_day(world: World) -> None:
    keys, who = Keys(world.work, world.clock), caller()
    mark = fingerprint(who, "POST", "/x", b"{}")
    for key in ("old", "older"):
        ticket = keys.begin(who, key, mark)
        assert isinstance(ticket, Ticket)
        keys.finish(ticket, Answer(200, {}, b""))
    assert keys.tidy() == 0
    world.clock.at += KEPT_FOR + timedelta(seconds=1)
    assert isinstance(keys.begin(who, "old", fingerprint(who, "POST", "/y", b"")), Ticket)
    assert keys.tidy() == 1
