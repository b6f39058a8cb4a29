"""A visit summary as an ITK3 message, and what its answers mean."""

import base64
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from fhir.resources.STU3 import get_fhir_model_class

from gp_connect.send_document import address, html_of, message, read_reply, reply, subject
from vocabulary.documents import RecordDocument
from vocabulary.identifiers import NHSNumber, OdsCode

OURS = UUID("6f1d7c0e-3c3c-5c0a-9d0b-0123456789ab")
DOCUMENT = RecordDocument(
    id=OURS,
    nhs_number=NHSNumber("9990000018"),
    family="O'Example",
    given="Ann",
    birth_date=date(1980, 2, 29),
    title="Visit summary",
    author="Dr Grace Example",
    sender=OdsCode("Y90003"),
    sender_name="Practice Y90003",
    sender_phone="0117 496 0199",
    written_at=datetime(2026, 11, 24, 19, 5, tzinfo=UTC),
    parts=(("Findings", "Red <tonsils>\nno pus"),),
)


def resources(bundle: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["resource"]["resourceType"]: entry["resource"] for entry in bundle["entry"]}


def test_the_message_is_headed_and_handled_as_send_document_wants_it() -> None:
    bundle = message(DOCUMENT, mailbox="X26OT001")
    header = resources(bundle)["MessageHeader"]
    assert (bundle["type"], header["event"]["code"], header["id"]) == ("message", "ITK007C", str(OURS))
    (handling,) = header["extension"]
    said = {one["url"]: next(value for name, value in one.items() if name != "url") for one in handling["extension"]}
    assert said["BusAckRequested"] is True and said["InfAckRequested"] is True
    assert (said["LocalExtension"], said["RecipientType"]["code"]) == ("SendDocument-ConsultationReport", "FA")
    assert said["SenderReference"] == f"urn:uuid:{OURS}"
    assert said["MessageDefinition"]["reference"].endswith("/ITK-GPConnectSendDocument-MessageDefinition-Instance-1")
    assert header["source"]["endpoint"] == "urn:mesh:X26OT001"
    assert resources(bundle)["Organization"]["telecom"] == [{"system": "phone", "value": "0117 496 0199"}]


def test_the_envelope_is_addressed_by_the_patient_with_the_birth_date_from_the_year_down() -> None:
    assert address(DOCUMENT) == "GPPROVIDER_9990000018_19800229_O'Example"
    assert subject(DOCUMENT) == (
        "Visit summary for Ann O'Example, NHS Number: 9990000018, seen at Practice Y90003, Y90003, Version: 1"
    )


def test_every_reference_points_to_something_in_the_message() -> None:
    bundle = message(DOCUMENT, mailbox="X26OT001")
    inner = resources(bundle)["Bundle"]
    known = {entry["fullUrl"] for one in (bundle, inner) for entry in one["entry"]}
    wanted: list[str] = []

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if str(value.get("reference", "")).startswith("urn:uuid:"):
                wanted.append(value["reference"])
            for each in value.values():
                look(each)
        elif isinstance(value, list):
            for each in value:
                look(each)

    look(bundle)
    assert len(wanted) == 6 and set(wanted) <= known
    assert len(known) == 8, "no two things have one id"


def test_the_author_is_named_with_their_national_id_where_they_have_one() -> None:
    def author(document: RecordDocument) -> dict[str, Any]:
        return resources(resources(message(document, mailbox="X26OT001"))["Bundle"])["Practitioner"]

    assert "identifier" not in author(DOCUMENT)
    known = author(replace(DOCUMENT, author_id="G13579135"))
    assert known["identifier"] == [{"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "G13579135"}]


def test_another_library_takes_every_resource_for_what_it_says_it_is() -> None:
    def look(resource: dict[str, Any]) -> int:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        return 1 + sum(look(entry["resource"]) for entry in resource.get("entry", ()))

    assert look(message(replace(DOCUMENT, author_id="G13579135"), mailbox="X26OT001")) == 9
    answer = reply(OURS, code="20013", ok=True, header_id=str(uuid4()))
    assert sum(look(entry["resource"]) for entry in answer["entry"]) == 2


def test_the_rendering_and_the_sections_say_what_was_written_and_no_markup_gets_in() -> None:
    inner = resources(resources(message(DOCUMENT, mailbox="X26OT001"))["Bundle"])
    page = base64.b64decode(inner["Binary"]["content"]).decode()
    assert page == html_of(DOCUMENT)
    for text in (page, inner["Composition"]["section"][0]["text"]["div"]):
        assert "Red &lt;tonsils&gt;<br/>no pus" in text
    assert inner["Patient"]["identifier"][0]["value"] == "9990000018" and "999 000 0018" in page


def test_sent_again_it_is_the_same_message_and_another_document_is_another() -> None:
    again, another = (message(each, mailbox="X26OT001") for each in (DOCUMENT, replace(DOCUMENT, id=uuid4())))
    assert message(DOCUMENT, mailbox="X26OT001") == again
    ids = [{entry["fullUrl"] for entry in bundle["entry"]} for bundle in (again, another)]
    assert not ids[0] & ids[1]


@pytest.mark.parametrize(
    ("code", "ok", "settles", "refused"),
    [
        ("20013", True, False, False),
        ("30001", True, True, False),
        ("30002", False, False, True),
        ("20009", False, False, True),
        ("20007", False, False, False),  # they have it already: the first answer stands
    ],
)
def test_only_a_business_acknowledgement_settles(code: str, ok: bool, settles: bool, refused: bool) -> None:
    said = read_reply(reply(OURS, code=code, ok=ok, header_id="a"))
    assert said is not None
    assert (said.answers, said.code, said.settles, said.refused) == (str(OURS), code, settles, refused)


@pytest.mark.parametrize("body", [{}, {"entry": 3}, {"entry": [None]}, {"entry": [{"resource": {}}]}])
def test_what_is_no_answer_is_none(body: dict[str, Any]) -> None:
    assert read_reply(body) is None
    assert read_reply(message(DOCUMENT, mailbox="X26OT001")) is None


@pytest.mark.parametrize("code", ["30001\x00", "<b>", "x" * 9000, ""])
def test_an_odd_code_is_none_and_settles_nothing(code: str) -> None:
    """It is written into the ledger, which must not choke on it again and again."""
    said = read_reply(reply(OURS, code=code, ok=True, header_id="a"))
    assert said is not None and (said.code, said.settles) == ("", False)


def test_nothing_of_it_is_printed() -> None:
    assert "tonsils" not in repr(DOCUMENT)
