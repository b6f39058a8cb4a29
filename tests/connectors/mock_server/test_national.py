"""The national demographics wire: shapes, refusals and searches, over real HTTP."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import requests

from connectors.mock.simulator.child import Simulator
from tests.connectors.mock_server.conftest import person_json
from tests.connectors.mock_server.consumer import Control, fresh_number
from vocabulary.patients import Patient
from vocabulary.slots import Gender

BORN = date(1971, 2, 3)
FAMILY = f"Trace{uuid4().hex[:8]}"


def person(family: str = FAMILY, given: str = "Robin", **more: Any) -> dict[str, Any]:
    patient = Patient(
        fresh_number(), family, given, BORN, Gender.MALE, "BS5 6AA", ("3 Example Street", "Bristol"), "07700 900321"
    )
    return person_json(patient, home_practice="Y90001", **more)


@pytest.fixture(scope="module")
def people(simulator: Simulator) -> Iterator[dict[str, dict[str, Any]]]:
    current = person()
    found = {
        "current": current,
        "twin": person(),
        "old": person(superseded_by=current["nhs_number"]),
        "restricted": person(FAMILY, "Sky", restricted=True),
        "deceased": person(FAMILY, "Ash", deceased=True),
        "interpreter": person(FAMILY, "Kim", interpreter="Polish", access_needs=["Braille"]),
        "bare": person(FAMILY, "Lee") | {"address": [], "postcode": "", "phone": "", "home_practice": ""},
    }
    Control(simulator.url).call("POST", "load", {"people": list(found.values())})
    yield found


def ask(simulator: Simulator, path: str = "", **params: str) -> requests.Response:
    return requests.get(
        f"{simulator.url}/pds/personal-demographics/FHIR/R4/Patient{path}",
        params={name.replace("_", "-").lstrip("-"): value for name, value in params.items()},
        headers={"X-Request-ID": str(uuid4())},
        timeout=5,
    )


def trace(simulator: Simulator, who: dict[str, Any]) -> Any:
    response = ask(simulator, f"/{who['nhs_number']}")
    assert response.status_code == 200 and response.headers["Content-Type"] == "application/fhir+json"
    return response.json()


def code(response: requests.Response) -> str:
    return str(response.json()["issue"][0]["details"]["coding"][0]["code"])


def test_a_person_as_the_service_shapes_them(simulator: Simulator, people: Any) -> None:
    who = people["current"]
    found = trace(simulator, who)
    assert found["id"] == who["nhs_number"] == found["identifier"][0]["value"]
    assert found["name"][0]["family"] == FAMILY and found["name"][0]["use"] == "usual"
    assert found["birthDate"] == "1971-02-03" and found["gender"] == "male"
    assert found["meta"]["security"][0]["code"] == "U"
    assert found["address"][0]["postalCode"] == "BS5 6AA"
    assert found["telecom"][0] | {"id": "", "period": ""} == {
        "id": "",
        "period": "",
        "system": "phone",
        "value": "07700 900321",
        "use": "mobile",
    }
    assert found["generalPractitioner"][0]["identifier"]["value"] == "Y90001"
    assert "deceasedDateTime" not in found and "extension" not in found


def test_a_restricted_person_shows_no_whereabouts(simulator: Simulator, people: Any) -> None:
    found = trace(simulator, people["restricted"])
    assert found["meta"]["security"][0]["code"] == "R"
    assert not {"address", "telecom", "generalPractitioner"} & found.keys()


def test_death_interpreter_and_needs_are_told(simulator: Simulator, people: Any) -> None:
    assert trace(simulator, people["deceased"])["deceasedDateTime"]
    extensions = trace(simulator, people["interpreter"])["extension"]
    urls = [item["url"].rsplit("/", 1)[-1] for item in extensions]
    assert urls == ["Extension-UKCore-NHSCommunication", "Extension-UKCore-ContactPreference"]
    assert extensions[0]["extension"][1] == {"url": "interpreterRequired", "valueBoolean": True}


def test_a_superseded_number_answers_with_the_current_record(simulator: Simulator, people: Any) -> None:
    found = trace(simulator, people["old"])
    assert found["id"] == people["current"]["nhs_number"] != people["old"]["nhs_number"]


def test_what_is_not_known_is_not_there(simulator: Simulator, people: Any) -> None:
    assert not {"address", "telecom", "generalPractitioner"} & trace(simulator, people["bare"]).keys()


def test_refusals(simulator: Simulator, people: Any) -> None:
    unknown = ask(simulator, f"/{fresh_number().value}")
    assert (unknown.status_code, code(unknown)) == (404, "RESOURCE_NOT_FOUND")
    invalid = ask(simulator, "/9990000019")
    assert (invalid.status_code, code(invalid)) == (400, "INVALID_RESOURCE_ID")
    for params in ({}, {"family": "X"}, {"birthdate": "eq1971-02-03"}):
        assert ask(simulator, **params).status_code == 400
    assert ask(simulator, family="Trace", birthdate="sometime").status_code == 400
    assert ask(simulator, family="T*", birthdate="eq1971-02-03").status_code == 400
    nameless = requests.get(f"{simulator.url}/pds/personal-demographics/FHIR/R4/Patient/9990000018", timeout=5)
    assert (nameless.status_code, code(nameless)) == (412, "PRECONDITION_FAILED")


@pytest.mark.parametrize(
    ("params", "number"),
    [
        ({}, 6),
        ({"given": "Robin"}, 2),
        ({"given": "r*"}, 2),
        ({"given": "Kim", "gender": "male"}, 1),
        ({"gender": "female"}, 0),
        ({"given": "Kim", "address_postalcode": "bs56aa"}, 1),
        ({"given": "Kim", "address_postalcode": "BS1 1AA"}, 0),
    ],
)
def test_a_search_finds_who_fits(simulator: Simulator, people: Any, params: dict[str, str], number: int) -> None:
    found = ask(simulator, family=FAMILY.lower(), birthdate="eq1971-02-03", **params).json()
    assert found["resourceType"] == "Bundle" and found["total"] == len(found["entry"]) == number


def test_two_of_one_name_and_birthday_are_both_found_and_the_old_number_is_not(
    simulator: Simulator, people: Any
) -> None:
    found = ask(simulator, family=FAMILY, given="Robin", birthdate="eq1971-02-03").json()
    ids = {entry["resource"]["id"] for entry in found["entry"]}
    assert ids == {people["current"]["nhs_number"], people["twin"]["nhs_number"]}


def test_too_many_matches_are_an_outcome_with_status_200(simulator: Simulator, people: Any) -> None:
    answer = requests.get(
        f"{simulator.url}/pds/personal-demographics/FHIR/R4/Patient",
        params={"family": FAMILY, "birthdate": "eq1971-02-03", "_max-results": "1"},
        headers={"X-Request-ID": str(uuid4())},
        timeout=5,
    )
    assert (answer.status_code, code(answer)) == (200, "TOO_MANY_MATCHES")


def test_the_national_service_plays_faults_too(simulator: Simulator, control: Control, people: Any) -> None:
    control.fault("empty", practice="PDS", interaction="trace", status=503, times=1)
    assert ask(simulator, f"/{people['current']['nhs_number']}").status_code == 503
    control.fault("drop", practice="PDS", interaction="search-people", times=1)
    with pytest.raises(requests.ConnectionError):
        ask(simulator, family=FAMILY, birthdate="eq1971-02-03")
    assert trace(simulator, people["current"])
