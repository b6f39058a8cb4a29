"""Every row of the table of refusals, proved by a whole request that breaks just that rule; good requests pass."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gp_connect import interactions, names, structures
from gp_connect.interactions import FOUNDATIONS_AND_APPOINTMENTS, Interaction
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import catalogue
from gp_connect.spine_codes import ALL as CODES
from tests.gp_connect.asking import NOW, answered, good
from tests.gp_connect.spoiling import (
    COMMUNICATION,
    SPOILT,
    Spoil,
    added,
    claim_resource,
    claims,
    headers,
    patient,
)


def test_every_pure_rule_is_proved_and_nothing_else() -> None:
    assert SPOILT.keys() == {rule.key for rule in catalogue.RULES if not rule.needs_diary}
    assert len(catalogue.BY_KEY) == len(catalogue.RULES)
    assert {rule.code for rule in catalogue.RULES} <= set(CODES)


@pytest.mark.parametrize("interaction", FOUNDATIONS_AND_APPOINTMENTS, ids=lambda each: each.name)
def test_a_good_request_passes(interaction: Interaction) -> None:
    assert answered(good(interaction)).interaction == interaction


CASES = [
    pytest.param(rule, interaction, id=f"{rule.key}-{interaction.name}")
    for rule in catalogue.RULES
    for interaction in rule.interactions
    if SPOILT.get(rule.key)
]


@pytest.mark.parametrize(("rule", "interaction"), CASES)
def test_a_request_that_breaks_a_rule_gets_its_code(rule: catalogue.Rule, interaction: Interaction) -> None:
    for number, spoil in enumerate(SPOILT[rule.key]):
        with pytest.raises(Rejected) as refused:
            answered(spoil(good(interaction)))
        assert refused.value.code == rule.code, (number, refused.value)
        assert refused.value.diagnostics and "9990000018" not in refused.value.diagnostics


@pytest.mark.parametrize(
    "spoil",
    [
        lambda request: replace(request, now=NOW - timedelta(minutes=10)),  # a consumer's clock ten minutes fast
        claims(aud="https://authorize.fhir.nhs.net/token"),
        claim_resource("requesting_practitioner", identifier=[{"system": names.SDS_USER_ID, "value": "UNK"}]),
        claim_resource(
            "requesting_organization",
            identifier=[{"system": "http://fhir.nhs.net/Id/ods-organization-code", "value": "Y90001"}],
        ),
        added(("_sort", "status"), ("_count", "1")),
        headers(Accept=None, Content_Type="application/fhir+json"),
        headers(If_Match="*"),
    ],
)
@pytest.mark.parametrize("interaction", FOUNDATIONS_AND_APPOINTMENTS, ids=lambda each: each.name)
def test_what_the_standard_tolerates_passes(spoil: Spoil, interaction: Interaction) -> None:
    answered(spoil(good(interaction)))


@pytest.mark.parametrize(
    "spoil",
    [
        patient(lambda resource: resource.pop("gender")),
        patient(lambda resource: resource["name"].append({"use": "nickname", "family": "Al"})),
        patient(lambda resource: resource["name"][0]["given"].extend(["B", "C", "D"])),
        patient(lambda resource: resource["identifier"].append({"system": "https://example.org", "value": "1"})),
        patient(lambda resource: resource["address"].append({"use": "temp", "line": ["3 Example Street"]})),
        patient(lambda r: r["telecom"].extend([{"system": "phone", "value": "1", "use": u} for u in ("home", "temp")])),
        patient(lambda resource: resource["telecom"].append({"system": "email", "value": "x@example.org"})),
        patient(lambda resource: resource.update(extension=[COMMUNICATION])),
    ],
)
def test_a_registration_may_hold_contact_details(spoil: Spoil) -> None:
    answered(spoil(good(interactions.REGISTER_PATIENT)))


def test_what_the_provider_added_may_be_left_out_of_a_change() -> None:
    """The published requests to amend and cancel do so."""

    def bare(resource: dict[str, Any]) -> None:
        for name in ("serviceType", "serviceCategory"):
            resource.pop(name, None)
        own = (names.DELIVERY_CHANNEL, names.ROLE_OF_PRACTITIONER)
        resource["extension"] = [each for each in resource["extension"] if each["url"] not in own]
        resource["meta"].pop("versionId")

    for interaction in (interactions.AMEND, interactions.CANCEL):
        answered(good(interaction).with_body(bare))


@pytest.mark.parametrize("kind", [["Patient"], {}, None, 7, "999 000 0018 Testcase"])
def test_a_resource_of_no_type_is_a_mistake_that_repeats_nothing(kind: object) -> None:
    told = structures.mistake({"resourceType": kind})
    assert told.endswith("is not a resource of this service")
    assert "Testcase" not in told
