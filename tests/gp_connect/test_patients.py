"""Patients on the wire, and what a provider accepts of a registration."""

import json
from datetime import date
from typing import Any

import pytest
from fhir.resources.STU3.patient import Patient as SecondOpinion
from hypothesis import given

from gp_connect import bundles, names, patients
from gp_connect.elements import Unreadable, parse
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import registering
from tests.gp_connect.strategies import patients as any_patient
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import Patient
from vocabulary.slots import Gender

ALEX = Patient(
    NHSNumber.parse("9990000018"),
    "Testcase",
    "Alex Robin",
    date(1980, 2, 29),
    Gender.FEMALE,
    "BS1 4DJ",
    ("2 Example Street", "Bristol"),
    "07700 900123",
    "77",
)


def wire(resource: dict[str, Any]) -> dict[str, Any]:
    return parse(json.dumps(resource))


def registration() -> tuple[dict[str, Any], dict[str, Any]]:
    parameters = wire(patients.registration(ALEX))
    return parameters, parameters["parameter"][0]["resource"]


@given(any_patient)
def test_what_is_written_is_read_back(patient: Patient) -> None:
    assert patients.read(wire(patients.write(patient, organisation_id="1"))) == patient


@given(any_patient)
def test_a_provider_reads_the_registration_we_send(patient: Patient) -> None:
    assert registering.check(wire(patients.registration(patient))).nhs_number == patient.nhs_number


def test_a_registration_carries_no_host_s_id_and_only_what_is_allowed() -> None:
    _, resource = registration()
    assert "id" not in resource and "managingOrganization" not in resource
    assert resource["telecom"] == [{"system": "phone", "value": "07700 900123", "use": "mobile"}]
    assert resource["identifier"][0]["value"] == "9990000018"


def test_a_second_reader_of_fhir_accepts_a_temporary_patient_with_an_interpreter() -> None:
    written = wire(patients.write(ALEX, organisation_id="1", temporary=True, interpreter="pl"))
    SecondOpinion.model_validate(written)
    assert patients.read(written) == ALEX


def test_none_or_one_is_found() -> None:
    assert patients.read_found(bundles.searchset([])) is None
    resource = patients.write(ALEX, organisation_id="1")
    assert patients.read_found(bundles.searchset([resource])) == ALEX
    with pytest.raises(Unreadable, match="more than one"):
        patients.read_found(bundles.searchset([resource, resource]))


def test_the_official_name_and_the_home_address_count() -> None:
    resource = patients.write(ALEX, organisation_id="1")
    resource["name"].insert(0, {"use": "nickname", "family": "Other"})
    resource["address"].insert(0, {"use": "temp", "line": ["A hotel"]})
    resource["telecom"].insert(0, {"system": "email", "value": "a@example.org"})
    assert patients.read(resource) == ALEX


def test_missing_details_are_empty() -> None:
    resource = patients.write(ALEX, organisation_id="1")
    for name in ("telecom", "gender", "address"):
        del resource[name]
    read = patients.read(resource)
    assert (read.phone, read.gender, read.address, read.postcode) == ("", Gender.UNKNOWN, (), "")


@pytest.mark.parametrize("name", ["identifier", "name", "birthDate"])
def test_a_patient_who_cannot_be_cross_checked_is_unreadable(name: str) -> None:
    resource = patients.write(ALEX, organisation_id="1")
    del resource[name]
    with pytest.raises(Unreadable):
        patients.read(resource)


@pytest.mark.parametrize("value", ["9990000019", "not a number", ""])
def test_no_message_repeats_what_stood_in_the_body(value: str) -> None:
    resource = patients.write(ALEX, organisation_id="1")
    resource["identifier"][0]["value"] = value
    with pytest.raises(Unreadable) as caught:
        patients.read(resource)
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda r: r.pop("identifier"), "INVALID_NHS_NUMBER"),
        (lambda r: r["identifier"][0].update(value="9990000019"), "INVALID_NHS_NUMBER"),
        (lambda r: r.update(maritalStatus={"text": "x"}), "INVALID_RESOURCE"),
        (lambda r: r.update(extension=[{"url": names.REGISTRATION_DETAILS}]), "INVALID_RESOURCE"),
        (lambda r: r.update(meta={}), "INVALID_RESOURCE"),
        (lambda r: r["name"].append(dict(r["name"][0])), "INVALID_RESOURCE"),
        (lambda r: r["name"][0].pop("given"), "BAD_REQUEST"),
        (lambda r: r.update(birthDate="1980"), "INVALID_RESOURCE"),
        (lambda r: r["address"].append(dict(r["address"][0])), "INVALID_RESOURCE"),
        (lambda r: r["address"][0].update(use="work"), "INVALID_RESOURCE"),
        (lambda r: r["telecom"].append(dict(r["telecom"][0])), "BAD_REQUEST"),
        (lambda r: r["telecom"].append({"system": "fax", "value": "1"}), "INVALID_RESOURCE"),
        (lambda r: r.update(resourceType="Person"), "INVALID_RESOURCE"),
    ],
)
def test_a_registration_holds_the_minimum_and_nothing_else(spoil: Any, code: str) -> None:
    parameters, resource = registration()
    assert registering.check(parameters).nhs_number == ALEX.nhs_number
    spoil(resource)
    with pytest.raises(Rejected) as refused:
        registering.check(parameters)
    assert refused.value.code.code == code


def test_a_registration_holds_one_parameter() -> None:
    parameters, _ = registration()
    parameters["parameter"].append({"name": "another"})
    with pytest.raises(Rejected):
        registering.check(parameters)
