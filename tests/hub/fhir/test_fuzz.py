"""Whatever is sent, the answer is a resource or an OperationOutcome, and never a 500.

`HUB_MUTATIONS=10000 ./test tests/hub/fhir/test_fuzz.py` is the long run.
"""

import json
import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from gp_connect import interactions, outcomes, xml
from hub.errors import FHIR_PATH
from tests.hub.fhir.consumer import Consumer
from tests.hub.fhir.mutations import Mutator, Sent
from tests.scheduling.world import ANN, HOST, World, patient

pytestmark = pytest.mark.database
MUTATIONS = int(os.environ.get("HUB_MUTATIONS", "150"))


@pytest.fixture
def mutator(consumer: Consumer, world: World) -> Mutator:
    slots = world.clinic(slots=8)
    ann = world.network.diary(HOST).add_patient(patient(ANN)).host_id
    world.see()
    held = consumer.book(slots[0], patient_id=ann).get_json(force=True)
    return Mutator(consumer, world, slots, ann, held)


def send(consumer: Consumer, sent: Sent) -> TestResponse:
    headers = {**sent.headers, "Accept-Encoding": "identity"}
    return consumer.client.open(
        sent.path, method=sent.method, query_string=sent.params, data=sent.body, headers=headers
    )


def understood(answer: TestResponse) -> str:
    """What kind of resource came; fails on anything else than what the standard knows."""
    assert answer.status_code < 500, answer.text
    if answer.status_code in (200, 201) and not answer.get_data():
        return "nothing, as was wished"
    raw = answer.get_data()
    body: dict[str, Any] = xml.decode(raw) if "xml" in answer.content_type else json.loads(raw)
    if answer.status_code >= 400:
        assert outcomes.read(body).code
        assert "9990000" not in answer.text, "a refusal repeats an NHS number"
    return str(body["resourceType"])


def test_mutated_requests_are_answered_in_the_standards_own_words(consumer: Consumer, mutator: Mutator) -> None:
    seen: Counter[str] = Counter()
    for seed in range(MUTATIONS):
        sent = mutator.request(seed)
        answer = send(consumer, sent)
        if 300 <= answer.status_code < 400 or FHIR_PATH.search(answer.request.path) is None:
            seen["another address"] += 1
            continue
        try:
            seen[understood(answer)] += 1
        except AssertionError as failed:
            raise AssertionError(f"seed {seed}: {sent.method} {sent.interaction.name}: {failed}") from failed
    assert {"OperationOutcome", "Bundle"} <= seen.keys(), seen
    assert seen["OperationOutcome"] > MUTATIONS // 3, seen


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
named = st.sampled_from(["Appointment", "Parameters", "Bundle", "Patient", "Slot"])
elements = st.sampled_from(
    ["id", "meta", "status", "start", "end", "slot", "participant", "contained", "extension", "parameter", "created"]
)


@settings(derandomize=True, database=None, suppress_health_check=HealthCheck)
@given(kind=named, body=st.dictionaries(elements, anything, max_size=8), which=st.integers(0, 3))
def test_made_up_resources_are_refused(mutator: Mutator, kind: str, body: dict[str, Any], which: int) -> None:
    consumer = mutator.consumer
    target = (interactions.BOOK, interactions.REGISTER_PATIENT, interactions.AMEND, interactions.CANCEL)[which]
    raw = json.dumps({"resourceType": kind, **body}).encode("utf-8", "surrogatepass")
    answer = consumer.ask(target, mutator.held["id"], body=raw, more={"Accept-Encoding": None})
    assert understood(answer) == "OperationOutcome"
    assert answer.status_code in (400, 404, 409, 422)
