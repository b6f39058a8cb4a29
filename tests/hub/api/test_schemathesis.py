"""schemathesis against the door's own document: whatever it sends, the answer is one that the document promises.

`HUB_EXAMPLES=500 ./test tests/hub/api/test_schemathesis.py` is the long run, with other examples each time.
"""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.hub.rig import Rig
from tests.scheduling.world import World

pytestmark = [pytest.mark.database]
EXAMPLES = int(os.environ.get("HUB_EXAMPLES", "12"))  # an operation
FEW = "HUB_EXAMPLES" not in os.environ
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
    ignored_auth,
    unsupported_method,
)
# The long run meets wrong requests that are sent as right ones: an unknown parameter with an empty list in it, which is
# sent as nothing, or a missing Authorization, which the test itself puts in.
WITHOUT_REJECTION = tuple(check for check in CHECKS if check is not negative_data_rejection)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_one_the_document_promises(rig: Rig, world: World, mode: GenerationMode) -> None:
    world.clinic()
    world.sync()
    document = schemathesis.openapi.from_wsgi("/api/openapi.json", rig.app)
    headers = {"Authorization": f"Bearer {rig.token()}"}
    tried = 0
    for found in document.get_all_operations():
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not (operation.query or operation.body):
            continue  # nothing about it can be wrong

        @settings(
            max_examples=EXAMPLES, deadline=None, derandomize=FEW, database=None, suppress_health_check=HealthCheck
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Case) -> None:
            case.call_and_validate(headers=headers, checks=CHECKS if FEW else WITHOUT_REJECTION)

        ask()
        tried += 1
    assert tried >= 7
