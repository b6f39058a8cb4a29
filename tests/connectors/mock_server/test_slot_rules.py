"""Who sees and books which slot: type and code restrictions, windows, limits, and what comes of a visit or the past."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from gp_connect import appointments, interactions, names, slot_search
from tests.connectors.mock_server.conftest import START, session_json
from tests.connectors.mock_server.consumer import NOW, Consumer
from vocabulary.identifiers import OdsCode
from vocabulary.times import Window

Host = Callable[..., Consumer]
KINDS: tuple[list[str], ...] = ([], ["gp-practice"], ["urgent-care"], ["gp-practice", "urgent-care"])
CODES: tuple[list[str], ...] = ([], ["Y90001"], ["Y90009"], ["Y90001", "Y90009"])
ASKED = (("", ""), ("gp-practice", ""), ("", "Y90001"), ("gp-practice", "Y90001"))


def ids(consumer: Consumer, *filters: tuple[str, str], window: Window | None = None) -> set[str]:
    window = window or Window(NOW, NOW + timedelta(days=7))
    base = [pair for pair in slot_search.query(window, consumer.practice) if pair[0] != "searchFilter"]
    answer = consumer.ask(interactions.FREE_SLOTS, params=[*base, *filters])
    assert answer.status == 200, answer.body
    return {e["resource"]["id"] for e in answer.body.get("entry", []) if e["resource"]["resourceType"] == "Slot"}


def filters(kind: str, code: str) -> list[tuple[str, str]]:
    found = [("searchFilter", f"{names.ORGANISATION_TYPE}|{kind}")] if kind else []
    return found + ([("searchFilter", f"{names.ODS_CODE}|{code}")] if code else [])


def one_slot(number: int, **more: Any) -> dict[str, Any]:
    start = START + number * timedelta(minutes=10)
    slot = {"id": f"s{number}", "start": start.isoformat(), "end": (start + timedelta(minutes=10)).isoformat()}
    return session_json(0, f"x{number}", **more) | {"slots": [slot]}


def test_every_restriction_that_is_set_must_be_met_by_what_was_sent(host: Host) -> None:
    """The standard's table in full: four ways to ask, sixteen ways to restrict, and the same at booking."""
    cases = list(product(KINDS, CODES))
    sessions = [
        one_slot(at, restriction={"kinds": kinds, "ods_codes": codes}) for at, (kinds, codes) in enumerate(cases)
    ]
    consumer = host(sessions=sessions)
    for kind, code in ASKED:
        expected = {
            f"s{at}"
            for at, (kinds, codes) in enumerate(cases)
            if (not kinds or kind in kinds) and (not codes or code in codes)
        }
        assert ids(consumer, *filters(kind, code)) == expected, (kind, code)
    assert len(ids(consumer)) == 1


def test_filters_of_other_systems_and_unknown_parameters_are_ignored(host: Host) -> None:
    consumer = host(sessions=[one_slot(0)])
    unknown = [("searchFilter", "https://example.org/Id/else|1"), ("service.identifier", "x|1"), ("_summary", "count")]
    assert ids(consumer, *unknown) == {"s0"}


def test_the_type_that_was_searched_with_must_come_again_at_booking(host: Host) -> None:
    consumer = host(sessions=[one_slot(0, restriction={"kinds": ["urgent-care"]}), one_slot(1)])
    (seen,) = consumer.free()
    body = appointments.booking(consumer.request(seen), kind="urgent-care")
    body["slot"] = [{"reference": "Slot/s0"}]
    body |= {"start": START.isoformat(), "end": (START + timedelta(minutes=10)).isoformat()}
    as_practice = appointments.booking(consumer.request(seen)) | {k: body[k] for k in ("slot", "start", "end")}
    refused = consumer.ask(interactions.BOOK, body=as_practice)
    assert (refused.status, refused.code) == (422, "INVALID_RESOURCE")
    assert consumer.ask(interactions.BOOK, body=body).status == 201


def test_one_organisation_gets_no_more_of_a_session_than_its_limit(host: Host) -> None:
    consumer = host(sessions=[session_json(4, restriction={"most": 2})])
    first, second, third, fourth = consumer.free()
    over = consumer.book(first, second, third)
    assert (over.status, over.code) == (422, "INVALID_RESOURCE")
    booked = consumer.book(first, second)
    assert booked.status == 201
    assert consumer.free() == ()
    again = consumer.book(third)
    assert (again.status, again.code) == (422, "INVALID_RESOURCE")
    other = Consumer(consumer.url, consumer.ods, practice=OdsCode("Y90009"))
    assert other.free() == (third, fourth)
    assert other.book(fourth).status == 201
    assert consumer.cancel(booked.body).status == 200
    assert consumer.free() == (first, second, third)


@pytest.mark.parametrize(("manner", "seen"), [("plain", 1), ("emis", 1), ("tpp", 0)])
def test_a_slot_that_has_begun_is_shown_by_some_systems_and_booked_at_none(host: Host, manner: str, seen: int) -> None:
    begun = {
        "id": "past",
        "start": (NOW - timedelta(minutes=60)).isoformat(),
        "end": (NOW - timedelta(minutes=50)).isoformat(),
    }
    consumer = host(sessions=[session_json(1), session_json(0, "morning") | {"slots": [begun]}], manner=manner)
    assert len(ids(consumer, window=Window(NOW - timedelta(hours=3), NOW))) == seen
    (future,) = consumer.free()
    body = appointments.booking(consumer.request(future))
    body |= {"slot": [{"reference": "Slot/past"}], "start": begun["start"], "end": begun["end"]}
    answer = consumer.ask(interactions.BOOK, body=body)
    assert (answer.status, answer.code) == (422, "INVALID_RESOURCE")
