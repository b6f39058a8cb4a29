"""The receptionist's journeys through the JSON door: the same verbs, so the same end state and the same ledger."""

from typing import Any

import pytest

from connectors.mock.script import Mishap
from scheduling import resolving
from tests.hub.rig import Program, Rig
from tests.scheduling.world import ANN, BOB, HOME, HOST, OTHER, World
from vocabulary.appointments import AppointmentStatus

pytestmark = pytest.mark.database

FORM: dict[str, Any] = {"nhs_number": ANN.value, "description": "Review", "patient_told": True}


def hold(program: Program, *, index: int = 0) -> str:
    offers = program.get("/slots").json["offers"]
    answer = program.post("/holds", {"slot_ids": offers[index]["slot_ids"]})
    assert answer.status_code == 201
    return str(answer.json["ref"])


def book(program: Program, **more: Any) -> dict[str, Any]:
    answer = program.post("/bookings", {**FORM, "hold": hold(program), **more})
    assert answer.status_code == 201, answer.json
    return dict(answer.json)


def test_search_hold_book_cancel(program: Program, world: World) -> None:
    world.clinic()
    world.sync()
    found = program.get("/slots", host=HOST.value).json
    assert found["total"] == 4
    slot = found["offers"][0]["slot"]
    assert slot["start"] == "2026-11-24T18:30:00+00:00"
    assert slot["host"]["ods"] == HOST.value
    assert slot["site"]["postcode"] == "BS3 1AA"
    assert slot["practitioner"] == {"name": "Dr Grace Example", "gender": "female"}
    held = program.post("/holds", {"slot_ids": found["offers"][0]["slot_ids"]})
    assert held.headers["Location"] == f"/api/v1/holds/{held.json['ref']}"
    assert program.get(f"/holds/{held.json['ref']}").json == held.json
    assert held.json["recheck"] == "free"

    booked = program.post("/bookings", {**FORM, "hold": held.json["ref"], "comment": "Prefers to stand"})
    assert (booked.status_code, booked.json["state"]) == (201, "booked")
    assert booked.json["ref"] == held.json["ref"]
    assert booked.json["patient"]["family"] == "Example"
    (there,) = world.network.diary(HOST).appointments
    assert there.receipt.appointment_id == booked.json["host_reference"]

    ref = booked.json["ref"]
    assert program.get(booked.headers["Location"].removeprefix("/api/v1")).json == booked.json
    cancelled = program.post(f"/bookings/{ref}/cancel", {"reason": "patient-asked"})
    assert (cancelled.status_code, cancelled.json["state"]) == (200, "cancelled")
    assert world.network.diary(HOST).appointments[0].status is AppointmentStatus.CANCELLED
    events = program.get(f"/bookings/{ref}/history").json["events"]
    assert [event["to_state"] for event in events] == ["requested", "booked", "cancelling", "cancelled"]
    assert {row.via for row in world.ledger() if row.act != "pool.opened"} == {"api"}
    assert [row.act for row in world.ledger() if row.act.startswith("booking.")][:2] == [
        "booking.requested",
        "booking.booked",
    ]


def test_a_move_wins_the_new_slot_first_and_then_gives_up_the_old(program: Program, world: World) -> None:
    world.clinic()
    world.sync()
    old = book(program)
    moved = program.post(f"/bookings/{old['ref']}/move", {"hold": hold(program), "patient_told": True})
    assert (moved.status_code, moved.json["state"]) == (201, "booked")
    assert moved.json["replaces"] == old["ref"]
    assert moved.json["description"] == "Review"
    before = program.get(f"/bookings/{old['ref']}").json
    assert (before["state"], before["replaced_by"]) == ("cancelled", moved.json["ref"])
    states = sorted(found.status.value for found in world.network.diary(HOST).appointments)
    assert states == ["booked", "cancelled"]


def test_a_lost_answer_is_told_as_not_known_and_settles_later(program: Program, world: World) -> None:
    world.clinic()
    world.sync()
    ref = hold(program)
    world.network.script(HOST).inject("book", Mishap.NO_ANSWER_AFTER_COMMIT)
    answer = program.post("/bookings", {**FORM, "hold": ref})
    assert (answer.status_code, answer.json["state"]) == (202, "in-doubt")
    assert answer.headers["Location"] == f"/api/v1/bookings/{ref}"
    again = program.post("/bookings", {**FORM, "hold": ref})
    assert (again.status_code, again.json["ref"]) == (202, ref)
    world.clock.forward(seconds=20)
    resolving.sweep(world.desk)
    assert program.get(f"/bookings/{ref}").json["state"] == "booked"
    assert len(world.network.diary(HOST).appointments) == 1


def test_a_hosts_refusal_is_a_problem_and_never_looks_like_a_booking(program: Program, world: World) -> None:
    world.clinic(slots=2)
    world.sync()
    ref = hold(program)
    world.network.script(HOST).inject("book", Mishap.REFUSED)
    answer = program.post("/bookings", {**FORM, "hold": ref})
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert (answer.json["code"], answer.json["booking"]["state"]) == ("booking-refused", "refused")
    (other,) = answer.json["alternatives"]  # the refused one is not among them
    assert other["slot"]["start"] > answer.json["booking"]["slot"]["start"]


def test_a_slot_that_somebody_else_holds_is_taken(rig: Rig, program: Program, world: World) -> None:
    world.clinic(slots=3)
    world.sync()
    offers = program.get("/slots").json["offers"]
    rig.program(OTHER, user="olga").post("/holds", {"slot_ids": offers[0]["slot_ids"]})
    answer = program.post("/holds", {"slot_ids": offers[0]["slot_ids"]})
    assert (answer.status_code, answer.json["code"]) == (409, "slot-taken")
    assert answer.json["next_step"]
    near = [offer["slot_ids"] for offer in answer.json["alternatives"]]
    assert near == [offer["slot_ids"] for offer in offers[1:]]


def test_a_lost_slot_is_made_good_by_an_equal_one_when_asked(rig: Rig, program: Program, world: World) -> None:
    world.clinic(slots=1)
    world.clinic(slots=1)
    world.sync()
    (offer,) = program.get("/slots").json["offers"]
    assert offer["count"] == 2
    rig.program(OTHER, user="olga").post("/holds", {"slot_ids": offer["slot_ids"]})
    lost = program.post("/holds", {"slot_ids": offer["slot_ids"]})
    assert lost.json["code"] == "slot-taken"
    held = program.post("/holds", {"slot_ids": offer["slot_ids"], "any_equal": True})
    assert held.status_code == 201
    assert held.json["slot_ids"] != offer["slot_ids"]
    assert held.json["slot"]["start"] == offer["slot"]["start"]


def test_a_hold_is_shown_and_let_go_by_its_owner_only(rig: Rig, program: Program, world: World) -> None:
    world.clinic(slots=1)
    world.sync()
    ref = hold(program)
    assert program.get("/slots").json["total"] == 0
    other = rig.program(OTHER, user="olga")
    assert other.get(f"/holds/{ref}").json["code"] == "hold-lost"
    assert other.delete(f"/holds/{ref}").status_code == 204
    assert program.get(f"/holds/{ref}").status_code == 200
    assert program.delete(f"/holds/{ref}").status_code == 204
    assert program.delete(f"/holds/{ref}").status_code == 204
    assert program.get("/slots").json["total"] == 1


def test_a_second_booking_that_day_is_shown_and_needs_a_reason(program: Program, world: World) -> None:
    world.clinic()
    world.sync()
    first = book(program)
    ref = hold(program, index=2)
    clash = program.post("/bookings", {**FORM, "hold": ref})
    assert (clash.status_code, clash.json["code"], clash.json["overridable"]) == (422, "patient-clash", True)
    assert clash.json["other"]["ref"] == first["ref"]
    assert program.post("/bookings", {**FORM, "hold": ref, "clash_reason": "Dressing"}).status_code == 201


def test_bookings_are_listed_for_those_with_a_part_in_them(rig: Rig, program: Program, world: World) -> None:
    world.clinic()
    world.sync()
    mine = book(program)
    book(program, nhs_number=BOB.value)
    span = {"from": "2026-11-24T00:00:00Z", "to": "2026-11-25T00:00:00Z"}
    listed = program.get("/bookings", **span, limit=1)
    assert (listed.json["total"], len(listed.json["bookings"])) == (2, 1)
    assert "offset=1" in listed.headers["Link"] and 'rel="next"' in listed.headers["Link"]
    assert program.get("/bookings", **span, state="cancelled").json["total"] == 0
    assert program.get("/bookings", **span, host=OTHER.value).json["total"] == 0
    assert rig.program(HOST, user="harry").get("/bookings", **span).json["total"] == 2
    stranger = rig.program(OTHER, user="olga")
    assert stranger.get("/bookings", **span).json["total"] == 0
    unknown = stranger.get(f"/bookings/{mine['ref']}")
    assert (unknown.status_code, unknown.json["code"]) == (404, "booking-unknown")
    assert ANN.value not in unknown.text


def test_a_patient_is_looked_up_by_post(program: Program, world: World) -> None:
    world.clinic()
    world.sync()
    mine = book(program)
    card = program.post("/patients/look-up", {"nhs_number": ANN.spaced}).json
    assert card["traced"]["home_practice"] == HOME.value
    assert [one["ref"] for one in card["bookings"]] == [mine["ref"]]
    found = program.post("/patients/search", {"family": "Example", "birth_date": "1980-02-29", "given": "Ann"}).json
    assert [one["nhs_number"] for one in found["patients"]] == [ANN.value]
    assert program.post("/patients/look-up", {"nhs_number": "9990000034"}).json["code"] == "patient-not-found"


def test_practices_are_listed_and_why_one_offers_nothing(program: Program, world: World) -> None:
    world.sync()
    page = program.get("/practices", limit=2)
    assert [one["ods"] for one in page.json["practices"]] == [HOME.value, HOST.value]
    assert page.json["total"] == 3
    assert program.get("/practices", cluster="C9").json["total"] == 0
    world.suspend()
    offering = program.get(f"/practices/{HOST}/offering").json
    assert offering["why"] == "suspended"
    assert "suspended" in offering["explanation"]


def test_pages_of_a_search_follow_each_other(program: Program, world: World) -> None:
    world.clinic(slots=4)
    world.clinic(OTHER, slots=3)
    world.sync()
    seen, path = [], "/slots?limit=3"
    while path:
        page = program.client.get(f"/api/v1{path}", headers=program._headers())
        seen += [tuple(one["slot_ids"]) for one in page.json["offers"]]
        links = [part for part in page.headers["Link"].split(", ") if 'rel="next"' in part]
        path = links[0].partition("<")[2].partition(">")[0].removeprefix("/api/v1") if links else ""
    assert len(seen) == len(set(seen)) == program.get("/slots").json["total"]
