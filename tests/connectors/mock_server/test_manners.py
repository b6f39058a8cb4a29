"""Suppliers' ways, a practice's own switches, and the wordings of refusals that can be asked for."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.mock.simulator import load, manners
from connectors.mock.simulator.manners import EMIS, Settings
from connectors.mock.simulator.store import FILE, Store
from connectors.mock.simulator.wordings import WORDINGS
from connectors.port import MessageSet
from gp_connect import appointments, interactions
from tests.connectors.mock_server.consumer import Answer, Consumer, Control
from tests.connectors.mock_server.test_loading import practice

Host = Callable[..., Consumer]


def book(consumer: Consumer) -> Any:
    (slot, *_) = consumer.free()
    return consumer.ask(interactions.BOOK, body=appointments.booking(consumer.request(slot, comment="Ring the bell")))


@pytest.mark.parametrize(("manner", "kept"), [("plain", 400), ("emis", 150), ("tpp", 400)])
def test_a_long_reason_is_cut_off_by_some_and_refused_by_none(host: Host, manner: str, kept: int) -> None:
    consumer = host(manner=manner)
    done = consumer.cancel(book(consumer).body, reason="é" * 400)
    assert done.status == 200
    (held,) = [entry["resource"] for entry in consumer.retrieve().body["entry"]]
    assert held == done.body
    assert appointments.read(held, consumer.request().host).cancellation_reason == "é" * kept


def test_a_system_with_one_text_field_shows_both_texts_in_it(host: Host) -> None:
    consumer = host(manner="emis")
    booked = book(consumer).body
    assert "comment" not in booked
    assert booked["description"].startswith("Extended access [") and booked["description"].endswith("] Ring the bell")
    form = appointments.amended_form(booked, description="Phone first", comment="Come by the side door")
    amended = consumer.ask(interactions.AMEND, logical_id=booked["id"], body=form, version="1").body
    assert amended["description"] == "Phone first Come by the side door"
    assert consumer.cancel(amended, version="2").status == 200


@pytest.mark.parametrize(("manner", "software"), [(each.name, each.software) for each in manners.MANNERS.values()])
def test_the_capability_statement_names_the_software(host: Host, manner: str, software: str) -> None:
    consumer = host(manner=manner)
    statement = consumer.ask(interactions.METADATA).body
    assert statement["software"]["name"] == software
    assert ("application/fhir+xml" in statement["format"]) is (manner == "plain")
    answer = consumer.ask(interactions.METADATA, extra={"Accept": "application/fhir+xml"})
    assert answer.status == (200 if manner == "plain" else 415)


APPOINTMENTS: list[Callable[[Consumer], Answer]] = [
    lambda consumer: consumer.retrieve(),
    lambda consumer: consumer.ask(interactions.READ_APPOINTMENT, logical_id="1"),
]


@pytest.mark.parametrize(
    ("manner", "said"),
    [
        ("plain", "This capability is disabled at this practice."),
        ("emis", "Service type disabled"),
        ("tpp", "GP Connect not enabled"),
    ],
)
def test_each_capability_is_switched_by_itself_and_the_statement_is_always_there(
    host: Host, control: Control, manner: str, said: str
) -> None:
    consumer = host(manner=manner)
    control.call("PUT", f"practices/{consumer.ods}", {"enabled": {"appointments": False}})
    for ask in APPOINTMENTS:
        answer = ask(consumer)
        assert (answer.status, answer.code, answer.diagnostics) == (403, "ACCESS DENIED", said)
    assert consumer.find().status == 200
    control.call("PUT", f"practices/{consumer.ods}", {"enabled": {"foundations": False, "appointments": True}})
    assert (consumer.find().status, consumer.find().code) == (403, "ACCESS DENIED")
    assert len(consumer.free()) == 12
    assert consumer.ask(interactions.METADATA).status == 200


def test_a_practice_s_settings_can_be_read_and_changed_one_by_one(host: Host, control: Control) -> None:
    consumer = host()
    control.call("PUT", f"practices/{consumer.ods}", {"manner": "tpp", "listed": {"structured-record": False}})
    changed = control.call("PUT", f"practices/{consumer.ods}", {"traces": False})
    assert changed == control.call("GET", f"practices/{consumer.ods}")
    assert (changed["manner"], changed["traces"], changed["listed"]["structured-record"]) == ("tpp", False, False)
    assert changed["enabled"] == {each.value: True for each in MessageSet}


@pytest.mark.parametrize(
    "change", [{"manner": "vision"}, {"enabled": {"everything": True}}, {"listed": {"appointments": "no"}}]
)
def test_a_setting_that_makes_no_sense_is_refused(host: Host, control: Control, change: dict[str, Any]) -> None:
    consumer = host()
    said = control.call("PUT", f"practices/{consumer.ods}", change)
    assert said["status_code"] == 400 and said["error"]
    assert control.call("PUT", "practices/Y99999", {})["status_code"] == 404


@pytest.mark.parametrize("name", WORDINGS)
def test_every_wording_can_be_asked_for(consumer: Consumer, control: Control, name: str) -> None:
    control.fault("refuse", practice=consumer.ods, wording=name, times=1)
    answer = consumer.find()
    assert (answer.status, answer.body) == (WORDINGS[name].status, WORDINGS[name].outcome)
    assert consumer.find().status == 200
    assert control.fault("refuse", wording="gone-fishing")["status_code"] == 400


def test_a_file_of_before_these_settings_is_read_as_the_standard_has_it(data: Path) -> None:
    load(data, [practice()])
    with sqlite3.connect(data / FILE) as old:
        old.execute("ALTER TABLE practice DROP COLUMN settings")
        old.execute("ALTER TABLE session DROP COLUMN most")
    old.close()
    store = Store(data)
    with store.reading() as connection:
        row = connection.execute("SELECT * FROM practice").fetchone()
        assert manners.read(row["settings"]) == Settings()
        assert connection.execute("SELECT most FROM session").fetchone()["most"] is None
    store.close()


def test_settings_are_stored_and_read_back() -> None:
    held = Settings(EMIS, frozenset({MessageSet.APPOINTMENTS}), frozenset({MessageSet.FOUNDATIONS}), traces=False)
    assert manners.read(manners.write(held)) == held
    assert json.loads(manners.write(held))["manner"] == "emis"
