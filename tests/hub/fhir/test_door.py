"""Who may come in, in which form things are asked and told, and that every refusal is an OperationOutcome."""

import base64
import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from gp_connect import audit_token, interactions, outcomes, patients, xml
from hub.config import FhirDoor, Mode
from tests.hub.fhir.consumer import OPEN, Consumer, open_rig, refusal, resources
from tests.hub.rig import Rig
from tests.scheduling.world import ANN, HOST, World, caller, patient
from vocabulary.identifiers import OdsCode
from vocabulary.times import Window

pytestmark = pytest.mark.database
JSON, XML = "application/fhir+json", "application/fhir+xml"


def asking(world: World, **config: Any) -> Consumer:
    return Consumer(open_rig(world, **config).app.test_client(), world)


class TestWayIn:
    def test_it_is_closed_unless_opened(self, world: World) -> None:
        assert refusal(asking(world, fhir=FhirDoor.OFF).ask(interactions.METADATA)) == (403, "ACCESS DENIED")

    def test_behind_mutual_tls_the_proxy_must_have_verified_a_certificate(self, world: World) -> None:
        consumer = asking(world, fhir=FhirDoor.BEHIND_MUTUAL_TLS, proxies=1)
        for header in ({}, {"X-Client-Verify": "NONE"}, {"X-Client-Verify": "FAILED:expired"}):
            assert refusal(consumer.ask(interactions.METADATA, more=header)) == (403, "ACCESS DENIED")
        assert consumer.ask(interactions.METADATA, more={"X-Client-Verify": "SUCCESS"}).status_code == 200

    def test_the_default_is_off_in_production_only(self) -> None:
        assert OPEN.fhir is FhirDoor.DEMO
        assert replace(OPEN, mode=Mode.PRODUCTION, fhir=FhirDoor.OFF).fhir is FhirDoor.OFF

    def test_nobody_signed_in_here_is_taken_for_a_consumer_nor_the_other_way_round(
        self, consumer: Consumer, rig: Rig, world: World
    ) -> None:
        world.clinic()
        world.see()
        who = replace(caller(user="rita.reception"))
        consumer.who = who
        consumer.free()
        assert {row.user_id for row in world.ledger(act="slots.searched")} == {"fhir:Y90001:rita.reception"}
        program = rig.program()
        assert consumer.ask(interactions.METADATA, more={"Authorization": f"Bearer {program.token}"}).status_code == 400
        token = consumer.headers(interactions.FREE_SLOTS)["Authorization"]
        assert rig.app.test_client().get("/api/v1/bookings", headers={"Authorization": token}).status_code == 401

    def test_the_ledger_and_the_answer_carry_the_consumers_trace(self, consumer: Consumer, world: World) -> None:
        world.clinic()
        trace = "0f1e2d3c-aaaa-bbbb-cccc-1234567890ab"  # ten digits in a row, and yet no NHS number
        answer = consumer.ask(interactions.FIND_PATIENT, params=patients.find_query(ANN), trace_id=trace)
        assert answer.headers["X-Trace-Id"] == trace
        row = world.ledger(act="permit.book")[-1]
        assert (row.trace_id, row.via, row.acting_for, row.user_role) == (trace, "fhir", "Y90001", "receptionist")


def test_no_log_line_names_a_patient(consumer: Consumer, world: World, caplog: pytest.LogCaptureFixture) -> None:
    (slot, *_) = world.clinic()
    caplog.set_level("DEBUG")
    registered = resources(consumer.register(patient(ANN)))
    consumer.find(ANN)
    consumer.ask(interactions.FIND_PATIENT, params=[("identifier", ANN.value)])
    consumer.ask(interactions.READ_PATIENT, ANN.value)
    consumer.book(slot, patient_id=registered[0]["id"], comment=f"about {ANN.value}")

    def stumble() -> None:
        raise ValueError(f"{ANN.value} Example")

    world.network.script(HOST).interleave("find_patient", stumble)
    assert refusal(consumer.find(ANN)) == (503, "INTERNAL_SERVER_ERROR")
    assert "connector_mistake" in caplog.text
    assert ANN.value not in caplog.text
    assert "Example" not in caplog.text


class TestChecks:
    @pytest.mark.parametrize("missing", ["Ssp-TraceID", "Ssp-From", "Ssp-To", "Ssp-InteractionID", "Authorization"])
    def test_every_header_must_be_there(self, consumer: Consumer, missing: str) -> None:
        assert refusal(consumer.ask(interactions.METADATA, more={missing: None})) == (400, "BAD_REQUEST")

    def test_the_recipient_is_checked_where_it_is_known(self, world: World) -> None:
        consumer = asking(world, fhir_asids={HOST.value: "918999198993"})
        assert refusal(consumer.ask(interactions.METADATA)) == (400, "BAD_REQUEST")
        assert consumer.ask(interactions.METADATA, more={"Ssp-To": "918999198993"}).status_code == 200

    def test_the_token_must_be_for_this_practice_and_of_now(self, consumer: Consumer, world: World) -> None:
        stale = consumer.headers(interactions.METADATA)
        world.clock.forward(minutes=6)
        assert refusal(consumer.ask(interactions.METADATA, more=stale)) == (400, "BAD_REQUEST")
        elsewhere = audit_token.build(
            caller(),
            "http://127.0.0.1:8080/Y90004/STU3/1/gpconnect",
            issuer="https://c.example",
            now=world.clock.now(),
            scope=interactions.METADATA.scope,
        )
        answer = consumer.ask(interactions.METADATA, more={"Authorization": f"Bearer {elsewhere}"})
        assert refusal(answer) == (400, "BAD_REQUEST")

    @pytest.mark.parametrize("unfit", ["\x00", "\x1b", "\ud800"])
    @pytest.mark.parametrize(
        "place",
        ["iss", "sub", "requesting_practitioner.name", "requesting_organization.name", "requesting_device.model"],
    )
    def test_a_token_with_characters_that_no_name_has_is_refused(
        self, consumer: Consumer, world: World, place: str, unfit: str
    ) -> None:
        (slot, *_) = world.clinic()
        world.see()
        ann = world.network.diary(HOST).add_patient(patient(ANN))
        claims = audit_token.claims_of(consumer.headers(interactions.BOOK)["Authorization"].removeprefix("Bearer "))
        told = f"x{unfit}y"
        if place == "sub":
            claims["sub"] = claims["requesting_practitioner"]["id"] = told
        elif place == "requesting_practitioner.name":
            claims["requesting_practitioner"]["name"] = [{"family": told}]
        elif "." in place:
            claims[place.split(".")[0]][place.split(".")[1]] = told
        else:
            claims[place] = told
        parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in ({"alg": "none"}, claims)]
        answer = consumer.ask(
            interactions.BOOK,
            body=consumer.booking(slot, patient_id=ann.host_id),
            more={"Authorization": f"Bearer {'.'.join(parts)}."},
        )
        assert refusal(answer) == (400, "BAD_REQUEST")
        assert "control characters" in answer.text

    def test_a_name_that_turns_the_writing_round_is_kept_without_that(self, consumer: Consumer, world: World) -> None:
        world.clinic()
        consumer.who = replace(consumer.who, name="Grace\u202e Example")
        consumer.find(ANN)
        assert {row.user_name for row in world.ledger(act="permit.book")} == {"Grace Example"}

    @pytest.mark.parametrize("ods", ["X99999", "y90003", "Y9000%33", "..", "9990000018"])
    def test_a_practice_that_is_not_served_is_not_there(self, consumer: Consumer, ods: str) -> None:
        sent = consumer.headers(interactions.METADATA)
        answer = consumer.client.get(f"/{ods}/STU3/1/gpconnect/metadata", headers=sent)
        if ods == "Y9000%33":  # that is Y90003, encoded
            assert answer.status_code == 200
        elif ods != "..":
            assert refusal(answer) == (404, "ORGANISATION_NOT_FOUND")

    def test_a_practice_that_is_switched_off_answers_only_what_it_is(self, consumer: Consumer, world: World) -> None:
        world.switch_off(HOST)
        assert consumer.ask(interactions.METADATA).status_code == 200
        for answer in (consumer.find(ANN), consumer.slots(), consumer.of_patient("p")):
            assert refusal(answer) == (403, "ACCESS DENIED")

    def test_without_an_agreement_slots_are_empty_and_all_else_is_denied(
        self, consumer: Consumer, world: World
    ) -> None:
        (slot, *_) = world.clinic()
        ann = world.network.diary(HOST).add_patient(patient(ANN))
        world.see()
        world.suspend()
        assert resources(consumer.slots()) == []
        denied: list[Callable[[], TestResponse]] = [
            lambda: consumer.find(ANN),
            lambda: consumer.register(patient(ANN)),
            lambda: consumer.book(slot, patient_id=ann.host_id),
            lambda: consumer.of_patient(ann.host_id),
            lambda: consumer.ask(interactions.READ_PATIENT, ann.host_id),
            lambda: consumer.ask(interactions.READ_LOCATION, f"{HOST}-main"),
            lambda: consumer.ask(interactions.READ_PRACTITIONER, f"{HOST}-gp"),
            lambda: consumer.ask(interactions.READ_ORGANISATION, HOST.value),
        ]
        for ask in denied:
            assert refusal(ask()) == (403, "ACCESS DENIED")
        stranger = replace(consumer, who=replace(caller(OdsCode("X99999")), user_id="ext-9"))
        assert resources(stranger.slots()) == []
        assert refusal(stranger.find(ANN)) == (403, "ACCESS DENIED")
        assert refusal(stranger.read("2222222H")) in {(403, "ACCESS DENIED"), (404, "NO_RECORD_FOUND")}
        assert world.network.script(HOST).calls == () or all(
            call.method == "free_slots" for call in world.network.script(HOST).calls
        )


class TestForms:
    @pytest.mark.parametrize("path", ["", "/", "/nothing", "/Patient/1/2/3", "/%00", "/Slot/../metadata", "//Patient"])
    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
    def test_whatever_the_address_the_answer_is_an_outcome(self, consumer: Consumer, path: str, method: str) -> None:
        for sent in ({}, consumer.headers(interactions.METADATA)):
            answer = consumer.client.open(
                f"{consumer.root}{path}", method=method, headers={**sent, "Accept-Encoding": ""}
            )
            assert outcomes.read(answer.get_json(force=True)).code
            assert 400 <= answer.status_code < 500

    @pytest.mark.parametrize(
        "address",
        [
            "/Y90003//STU3/1/gpconnect/metadata",
            "//Y90003/STU3/1/gpconnect/metadata",
            "/Y90003/STU3/1",
            "/Y90003/STU3/2/gpconnect/metadata",
            "/Y90003/stu3/1/GPConnect/metadata",
            "/Y90003/STU3/1/gpconnect-1/metadata",
            "/Y9%2F3/STU3/1/gpconnect/metadata",
            "/gpconnect/Y90003/metadata",
        ],
    )
    def test_an_address_that_misses_the_door_narrowly_says_where_it_is(self, consumer: Consumer, address: str) -> None:
        for method in ("GET", "POST"):
            answer = consumer.client.open(f"http://localhost{address}", method=method)
            assert answer.status_code == 404
            assert outcomes.read(answer.get_json(force=True)).code == "NO_RECORD_FOUND"
            assert "/{ODS}/STU3/1/gpconnect" in answer.text

    def test_an_address_of_no_interaction_is_not_called_a_wrong_interaction_id(self, consumer: Consumer) -> None:
        for path, method, said in (
            ("/Encounter", "GET", "no interaction offered here has this verb and address"),
            ("/metadata", "DELETE", "no interaction offered here has this verb and address"),
            ("/Slot", "GET", "Ssp-InteractionID does not fit the verb and address"),
        ):
            sent = {**consumer.headers(interactions.METADATA), "Accept-Encoding": ""}
            answer = consumer.client.open(f"{consumer.root}{path}", method=method, headers=sent)
            assert refusal(answer) == (400, "BAD_REQUEST")
            assert said in answer.text

    def test_a_body_in_another_encoding_is_refused(self, consumer: Consumer) -> None:
        for encoding in ("utf-16", "utf-32", "latin-1"):
            body = '{"resourceType": "Appointment", "description": "Blöd\\u0000"}'.encode(encoding)
            answer = consumer.ask(interactions.BOOK, body=body)
            assert refusal(answer) == (400, "BAD_REQUEST")
            assert "the body is not UTF-8" in answer.text

    def test_too_much_and_packed_and_foreign_bodies_are_refused(self, consumer: Consumer) -> None:
        large = consumer.ask(interactions.BOOK, body=b"{" + b" " * 300_000 + b"}")
        assert refusal(large)[0] == 413
        packed = consumer.ask(interactions.BOOK, body=gzip.compress(b"{}"), more={"Content-Encoding": "gzip"})
        assert refusal(packed) == (415, "UNSUPPORTED_MEDIA_TYPE")
        plain = consumer.ask(interactions.BOOK, body=b"{}", more={"Content-Type": "text/plain"})
        assert refusal(plain) == (415, "UNSUPPORTED_MEDIA_TYPE")
        assert refusal(consumer.ask(interactions.BOOK, body=b"<html>"))[0] == 400
        assert refusal(consumer.ask(interactions.METADATA, more={"Accept": "text/html"}))[0] == 415

    def test_the_format_is_what_was_asked_for(self, consumer: Consumer, world: World) -> None:
        world.clinic()
        world.see()
        as_xml = consumer.ask(interactions.METADATA, more={"Accept": XML})
        assert as_xml.content_type == f"{XML};charset=utf-8"
        assert xml.decode(as_xml.get_data())["resourceType"] == "CapabilityStatement"
        both = consumer.ask(interactions.METADATA, params=[("_format", JSON)], more={"Accept": XML})
        assert both.content_type == f"{JSON};charset=utf-8"
        refused = consumer.ask(interactions.READ_LOCATION, "nowhere", more={"Accept": XML})
        assert outcomes.read(xml.decode(refused.get_data())).code == "NO_RECORD_FOUND"

    def test_an_xml_booking_is_answered_in_xml(self, consumer: Consumer, world: World) -> None:
        (slot, *_) = world.clinic()
        ann = world.network.diary(HOST).add_patient(patient(ANN))
        world.see()
        body = xml.encode(consumer.booking(slot, patient_id=ann.host_id))
        answer = consumer.ask(interactions.BOOK, body=body, more={"Content-Type": XML, "Accept": None})
        assert answer.status_code == 201, answer.text
        made = xml.decode(answer.get_data())
        assert (made["status"], made["description"]) == ("booked", "Extended access appointment")

    def test_answers_are_packed_for_those_who_can_unpack_them_and_never_kept(self, consumer: Consumer) -> None:
        sent = consumer.headers(interactions.METADATA)
        url = f"{consumer.root}/metadata"
        packed = consumer.client.get(url, headers=sent)
        assert packed.headers["Content-Encoding"] == "gzip"
        assert json.loads(gzip.decompress(packed.get_data()))["resourceType"] == "CapabilityStatement"
        plain = consumer.client.get(url, headers={**sent, "Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers
        for answer in (packed, plain):
            assert answer.headers["Cache-Control"] == "no-store"
            assert "Accept-Encoding" in answer.headers["Vary"]

    def test_a_change_may_be_answered_without_its_resource(self, consumer: Consumer, world: World) -> None:
        (slot, *_) = world.clinic()
        ann = world.network.diary(HOST).add_patient(patient(ANN))
        world.see()
        body = consumer.booking(slot, patient_id=ann.host_id)
        answer = consumer.ask(interactions.BOOK, body=body, more={"Prefer": "return=minimal"})
        assert (answer.status_code, answer.get_data()) == (201, b"")
        assert "/Appointment/" in answer.headers["Location"]
        assert answer.headers["ETag"].startswith('W/"')
        assert answer.headers["Last-Modified"].endswith("GMT")


def test_a_far_search_is_refused(consumer: Consumer, world: World) -> None:
    now = world.clock.now()
    assert refusal(consumer.slots(Window(now, now + timedelta(days=20)))) == (422, "INVALID_PARAMETER")
