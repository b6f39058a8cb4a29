"""Both directories keep one contract: two steps, a seen absence is not enabled, and a silence is no absence."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.directory import file, spine
from connectors.directory.port import ASKED_FOR, Directory, look_up
from connectors.faults import Fault, Garbled, NoAnswer, Refused, Unsupported
from connectors.line import LineSettings
from connectors.port import Endpoint, MessageSet
from tests.connectors.people import HOST, STRANGER
from tests.connectors.stub_server import Behaviour, StubServer, answer, drop

ROOT = "https://gp.example/L81001/STU3/1/gpconnect"
LISTED = {
    MessageSet.FOUNDATIONS: (ROOT, "L81001-123456", "918231000011"),
    MessageSet.APPOINTMENTS: (ROOT, "L81001-123456", "918231000011"),
    MessageSet.STRUCTURED_RECORD: (f"{ROOT}/structured", "L81001-654321", "918231000012"),
    MessageSet.DOCUMENTS: (f"{ROOT}/documents", "L81001-654321", "918231000013"),
}
Opened = Callable[..., Any]


def bundle(*resources: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    found = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": each} for each in resources]}
    return found if total is None else {**found, "total": total}


def endpoint(address: str, party_key: str, **changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "Endpoint",
        "status": "active",
        "identifier": [
            {"system": spine.INTERACTION, "value": "x"},
            {"system": spine.PARTY_KEY, "value": party_key},
        ],
        "address": address,
        **changes,
    }


def device(asid: str, party_key: str) -> dict[str, Any]:
    systems = [{"system": spine.PARTY_KEY, "value": party_key}, {"system": spine.ASID, "value": asid}]
    return {"resourceType": "Device", "identifier": systems}


@contextmanager
def spine_with(listed: dict[MessageSet, tuple[str, str, str]], _folder: Path) -> Iterator[Directory]:
    """A server that answers by what it is asked, as the national one does."""
    server = StubServer([])

    def behave(connection: Any) -> bool:
        asked = urlsplit(server.seen[-1].line.split()[1])
        params = parse_qs(asked.query)
        assert server.seen[-1].header("apikey") == "the-key"
        wanted = dict(each.split("|") for each in params["identifier"])
        ours = params["organization"] == [f"https://fhir.nhs.uk/Id/ods-organization-code|{HOST}"]
        sets = [each for each, interaction in ASKED_FOR.items() if interaction == wanted[spine.INTERACTION] and ours]
        found = [listed[each] for each in sets if each in listed]
        if asked.path.endswith("/Device"):
            resources = [device(asid, key) for _, key, asid in found if key == wanted[spine.PARTY_KEY]]
        else:
            resources = [endpoint(address, key) for address, key, _ in found]
        return answer(bundle(*resources, total=len(resources)))(connection)

    server.behaviours.append(behave)
    with server:
        yield spine.create(server.url, api_key="the-key")


@contextmanager
def file_with(listed: dict[MessageSet, tuple[str, str, str]], folder: Path) -> Iterator[Directory]:
    path = folder / "directory.csv"
    lines = [f"{HOST},{each},{address},{key},{asid}" for each, (address, key, asid) in listed.items()]
    path.write_text("\n".join([",".join(file.COLUMNS), *lines]) + "\n")
    yield file.create(path)


BOTH = pytest.mark.parametrize("opened", [spine_with, file_with], ids=["spine", "file"])


@BOTH
def test_a_practice_is_looked_up_in_two_steps_for_each_message_set(opened: Opened, tmp_path: Path) -> None:
    with opened(LISTED, tmp_path) as directory:
        found = {each.message_set: each for each in look_up(directory, HOST)}
    assert {each: (one.endpoint, one.party_key) for each, one in found.items()} == {
        each: (Endpoint(address, asid), key) for each, (address, key, asid) in LISTED.items()
    }


@BOTH
def test_what_is_not_listed_is_not_enabled(opened: Opened, tmp_path: Path) -> None:
    booking_only = {each: LISTED[each] for each in (MessageSet.FOUNDATIONS, MessageSet.APPOINTMENTS)}
    with opened(booking_only, tmp_path) as directory:
        assert [one.endpoint is not None for one in look_up(directory, HOST)] == [True, True, False, False]
        assert [one.endpoint for one in look_up(directory, STRANGER)] == [None] * len(MessageSet)
        assert directory.registration(HOST, "urn:unheard-of") is None


@BOTH
def test_an_address_without_a_system_id_is_not_enabled(opened: Opened, tmp_path: Path) -> None:
    with opened(LISTED, tmp_path) as directory:
        assert directory.asid(HOST, ASKED_FOR[MessageSet.APPOINTMENTS], "another-key") is None


def ask_spine(*behaviours: Behaviour) -> Any:
    with StubServer(list(behaviours)) as server:
        directory = spine.create(server.url, api_key="k", settings=LineSettings(silence=0.3, budget=0.6))
        return look_up(directory, HOST)


@pytest.mark.parametrize(
    ("behaviour", "fault"),
    [
        (drop, NoAnswer),
        (answer(b"<html>", kind="text/html"), Garbled),
        (answer(b"", status=302, headers="Location: https://elsewhere.example/\r\n"), Garbled),
        (answer(bundle(total=3)), Garbled),
        (answer({"resourceType": "OperationOutcome", "issue": []}, status=400), Refused),
        (answer({"fault": {"faultstring": "Invalid ApiKey"}}, status=401), Garbled),
    ],
)
def test_a_directory_that_does_not_answer_properly_says_nothing_of_a_practice(
    behaviour: Behaviour, fault: type[Fault]
) -> None:
    with pytest.raises(fault, match="national directory"):
        ask_spine(behaviour)


def test_entries_that_lead_nowhere_are_passed_over_and_two_system_ids_are_one_too_many() -> None:
    odd = [endpoint("", "k"), endpoint("https://x.example", ""), endpoint("https://y.example", "k", status="off")]
    good = endpoint(f"{ROOT}/", "k")
    found = ask_spine(answer(bundle(*odd, good)), answer(bundle(device("1", "k"))), answer(bundle()))
    assert found[0].endpoint == Endpoint(ROOT, "1")
    with pytest.raises(Garbled):
        ask_spine(answer(bundle(good)), answer(bundle(device("1", "k"), device("2", "k"))))


def test_the_key_is_in_no_representation() -> None:
    assert "hush" not in repr(spine.create("http://127.0.0.1:1", api_key="hush"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("ods,address\n", "first line must be"),
        (f"{','.join(file.COLUMNS)}\n?,appointments,a,b,c\n", "line 2: “?” is no ODS code"),
        (f"{','.join(file.COLUMNS)}\nL81001,bookings,a,b,c\n", "line 2: the message set must be one of"),
        (f"{','.join(file.COLUMNS)}\nL81001,appointments,a,,\n", "line 2: party_key and asid missing"),
    ],
)
def test_a_file_that_cannot_be_used_says_which_line(content: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "directory.csv"
    path.write_text(content)
    with pytest.raises(Unsupported) as caught:
        file.create(path)
    assert words in caught.value.words
    with pytest.raises(Unsupported, match="cannot be read"):
        file.create(tmp_path / "none.csv")
    assert json.dumps(caught.value.words)
