"""The directory's two steps: which system for an interaction, then where it answers; and what it does not list."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import requests

from connectors.directory import spine
from connectors.directory.port import look_up
from connectors.mock.simulator.directory import ROOT
from connectors.port import Endpoint, MessageSet
from gp_connect import interactions, names
from gp_connect.interactions import Interaction
from tests.connectors.mock_server.consumer import Consumer, Control
from vocabulary.identifiers import OdsCode

Host = Callable[..., Consumer]
INTERACTION = "https://fhir.nhs.uk/Id/nhsServiceInteractionId"
PARTY_KEY = "https://fhir.nhs.uk/Id/nhsMhsPartyKey"
ASID = "https://fhir.nhs.uk/Id/nhsSpineASID"


def look(
    consumer: Consumer, kind: str, ods: str = "", interaction: Interaction | None = None, key: str = "", **sent: str
) -> requests.Response:
    params = [("organization", f"{names.ODS_CODE}|{ods}")] if ods else []
    params += [("identifier", f"{INTERACTION}|{interaction.id}")] if interaction else []
    params += [("identifier", f"{PARTY_KEY}|{key}")] if key else []
    headers = {"apikey": "test", "X-Correlation-ID": str(uuid4())} | sent
    return consumer.line.get(f"{consumer.url}{ROOT}/{kind}", params=params, headers=headers, timeout=5)


def found(response: requests.Response) -> list[Any]:
    assert response.status_code == 200, response.text
    bundle = response.json()
    assert bundle["total"] == len(bundle["entry"])
    return [entry["resource"] for entry in bundle["entry"]]


def value(resource: Any, system: str) -> str:
    (held,) = [each["value"] for each in resource["identifier"] if each["system"] == system]
    return str(held)


@pytest.mark.parametrize(
    ("interaction", "below"),
    [
        (interactions.FREE_SLOTS, ""),
        (interactions.FIND_PATIENT, ""),
        (interactions.GET_STRUCTURED_RECORD, "/structured"),
        (interactions.FIND_DOCUMENTS, "/documents"),
    ],
    ids=lambda each: getattr(each, "name", "root"),
)
def test_device_and_then_endpoint_lead_to_the_service_root(host: Host, interaction: Interaction, below: str) -> None:
    consumer = host(asid="918200000001")
    (device,) = found(look(consumer, "Device", consumer.ods, interaction))
    assert value(device, ASID) == "918200000001"
    key = value(device, PARTY_KEY)
    (endpoint,) = found(look(consumer, "Endpoint", consumer.ods, interaction, key))
    assert endpoint["address"] == f"{consumer.root}{below}"
    assert found(look(consumer, "Endpoint", "", interaction, key)) == [endpoint]
    assert endpoint in found(look(consumer, "Endpoint", consumer.ods, None, key))


def test_what_a_practice_is_not_listed_for_is_not_found(host: Host, control: Control) -> None:
    consumer = host(asid="918200000001", listed={"appointments": False})
    for kind in ("Device", "Endpoint"):
        assert found(look(consumer, kind, consumer.ods, interactions.FREE_SLOTS)) == []
        assert len(found(look(consumer, kind, consumer.ods, interactions.FIND_PATIENT))) == 1
        assert found(look(consumer, kind, "Y99999", interactions.FIND_PATIENT)) == []
    control.call("PUT", f"practices/{consumer.ods}", {"listed": {"appointments": True}})
    assert len(found(look(consumer, "Device", consumer.ods, interactions.FREE_SLOTS))) == 1


def test_a_party_key_of_somebody_else_finds_nothing(consumer: Consumer) -> None:
    assert found(look(consumer, "Endpoint", consumer.ods, interactions.FREE_SLOTS, "Y99999-800001")) == []


def test_questions_out_of_order_are_refused(consumer: Consumer) -> None:
    assert look(consumer, "Device", consumer.ods).status_code == 400
    assert look(consumer, "Device", "", interactions.FREE_SLOTS).status_code == 400
    assert look(consumer, "Endpoint", consumer.ods).status_code == 400
    assert look(consumer, "Device", consumer.ods, interactions.FREE_SLOTS, apikey="").status_code == 401
    odd = look(consumer, "Device", consumer.ods, interactions.FREE_SLOTS, **{"X-Correlation-ID": "one"})
    assert (odd.status_code, odd.json()["resourceType"]) == (400, "OperationOutcome")


def test_the_hub_s_own_client_reads_it(host: Host) -> None:
    consumer = host(asid="918200000001", listed={"structured-record": False})
    found = look_up(spine.create(consumer.url, api_key="test"), OdsCode(consumer.ods))
    assert [(each.message_set, each.endpoint) for each in found] == [
        (MessageSet.FOUNDATIONS, Endpoint(consumer.root, "918200000001")),
        (MessageSet.APPOINTMENTS, Endpoint(consumer.root, "918200000001")),
        (MessageSet.STRUCTURED_RECORD, None),
        (MessageSet.DOCUMENTS, Endpoint(f"{consumer.root}/documents", "918200000001")),
    ]
    nobody = look_up(spine.create(consumer.url, api_key="test"), OdsCode("Y99999"))
    assert [each.endpoint for each in nobody] == [None] * len(MessageSet)


def test_the_directory_can_be_down(consumer: Consumer, control: Control) -> None:
    control.fault("html", practice="SDS", times=1)
    assert look(consumer, "Device", consumer.ods, interactions.FREE_SLOTS).status_code == 502
    assert look(consumer, "Device", consumer.ods, interactions.FREE_SLOTS).status_code == 200
