"""Refusals: every code written and read, unknown ones survived, a body that is none said to be none."""

import pytest
from fhir.resources.STU3.operationoutcome import OperationOutcome as SecondOpinion

from gp_connect import capability, elements, names, outcomes, spine_codes
from gp_connect.elements import Unreadable
from gp_connect.spine_codes import Owner, SpineCode


@pytest.mark.parametrize("code", spine_codes.ALL, ids=lambda code: code.code)
def test_every_code_is_read_as_it_was_written(code: SpineCode) -> None:
    written = outcomes.write(code, "Slot/9 is not free")
    read = outcomes.read(written)
    assert (read.code, read.words, read.owner) == (code.code, code.words, code.owner)
    assert read.diagnostics == "Slot/9 is not free"
    SecondOpinion.model_validate(written)
    assert code.words.endswith(".") and 400 <= code.status < 600


@pytest.mark.parametrize(
    ("sent", "meant"),
    [("ACCESS_DENIED", "ACCESS DENIED"), ("NO_ORGANISATION_CONSENT", "NO_ORGANISATIONAL_CONSENT")],
)
def test_both_spellings_mean_one_code(sent: str, meant: str) -> None:
    written = outcomes.write(spine_codes.BY_CODE[meant])
    written["issue"][0]["details"]["coding"][0]["code"] = sent
    assert outcomes.read(written).code == meant


def test_the_older_code_system_is_accepted() -> None:
    written = outcomes.write(spine_codes.DUPLICATE_REJECTED)
    assert written["issue"][0]["details"]["coding"][0]["system"] == names.SPINE_CODES
    written["issue"][0]["details"]["coding"][0]["system"] = names.SPINE_CODES.replace("CodeSystem", "ValueSet")
    assert outcomes.read(written).code == "DUPLICATE_REJECTED"


def test_an_unknown_code_is_a_refusal_all_the_same() -> None:
    written = outcomes.write(spine_codes.BAD_REQUEST)
    written["issue"][0]["details"]["coding"][0] = {"code": "ROTA_RULE_17", "display": "Rota rule"}
    read = outcomes.read(written)
    assert (read.code, read.display, read.owner) == ("ROTA_RULE_17", "Rota rule", Owner.HOST_SUPPLIER)


def test_the_error_counts_and_not_the_warning_before_it() -> None:
    written = outcomes.write(spine_codes.BAD_REQUEST)
    written["issue"].insert(0, {"severity": "warning", "code": "informational", "details": {"text": "Slow today"}})
    assert outcomes.read(written).code == "BAD_REQUEST"


def test_an_outcome_without_details_is_read() -> None:
    assert outcomes.read({"resourceType": "OperationOutcome"}).code == ""


@pytest.mark.parametrize("body", [b"<html>", b"", b"{", b"[]", b'"x"', b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_resource_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        elements.parse(body)


def test_another_resource_is_no_outcome() -> None:
    with pytest.raises(Unreadable):
        outcomes.read({"resourceType": "Bundle"})


def test_a_capability_statement_names_standard_and_software() -> None:
    statement = capability.read(capability.write("Some GP system", "7.1"))
    assert (statement.standard, statement.software, statement.software_version) == ("1.2.7", "Some GP system", "7.1")
    assert {"Slot", "Appointment", "Patient"} <= statement.resources
