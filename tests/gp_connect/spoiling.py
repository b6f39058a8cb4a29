"""For every row of the table of refusals: the ways to spoil a good request so that just that rule is broken."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from gp_connect import names
from gp_connect.elements import extension
from tests.gp_connect.asking import HELD_RESOURCE, NOW, Request
from tests.gp_connect.test_slots import diary
from vocabulary.slots import DeliveryChannel

Spoil = Callable[[Request], Request]


def body(change: Callable[[dict[str, Any]], object]) -> Spoil:
    return lambda request: request.with_body(change)


def patient(change: Callable[[dict[str, Any]], object]) -> Spoil:
    return body(lambda parameters: change(parameters["parameter"][0]["resource"]))


def raw(text: bytes) -> Spoil:
    return lambda request: replace(request, body=text)


def claims(**changes: Any) -> Spoil:
    return lambda request: request.with_claims(**changes)


def headers(**changes: str | None) -> Spoil:
    return lambda request: request.with_headers(**changes)


def parameters(**changes: str | None) -> Spoil:
    return lambda request: request.with_parameters(**changes)


def added(*pairs: tuple[str, str]) -> Spoil:
    return lambda request: replace(request, parameters=[*request.parameters, *pairs])


def starts(*values: str) -> Spoil:
    return lambda request: replace(request, parameters=[("start", value) for value in values])


def signed(request: Request) -> Request:
    return request.with_headers(Authorization=request.headers["Authorization"] + "c2lnbmVk")


def unencoded(request: Request) -> Request:
    head, middle, _ = request.headers["Authorization"].removeprefix("Bearer ").split(".")
    plain = base64.urlsafe_b64decode(middle + "==").decode().replace(" ", "")
    return request.with_headers(Authorization=f"Bearer {head}.{plain}.")


def claim_resource(claim: str, /, **changes: Any) -> Spoil:
    def spoil(request: Request) -> Request:
        middle = request.headers["Authorization"].split(".")[1]
        held = json.loads(base64.urlsafe_b64decode(middle + "=="))[claim]
        kept = {key: value for key, value in {**held, **changes}.items() if value is not None}
        return request.with_claims(**{claim: kept})

    return spoil


def organisation(**changes: Any) -> Spoil:
    def change(resource: dict[str, Any]) -> None:
        held = {**resource["contained"][0], **changes}
        resource["contained"] = [{name: value for name, value in held.items() if value is not None}]

    return body(change)


def held(**changes: Any) -> Spoil:
    return lambda request: replace(request, held={**HELD_RESOURCE, **changes})


def doubled(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda resource: resource[name].append(dict(resource[name][0]))


OFFICIAL = {"use": "official", "family": "Testcase", "given": ["Alex"]}
INTERPRETER = {"url": "interpreterRequired", "valueBoolean": True}
POLISH = {"url": "language", "valueCodeableConcept": {"coding": [{"system": names.HUMAN_LANGUAGES, "code": "pl"}]}}
COMMUNICATION = {"url": names.NHS_COMMUNICATION, "extension": [POLISH, INTERPRETER]}
SPEECHLESS = {"url": names.NHS_COMMUNICATION, "extension": [INTERPRETER]}
REASON = {"url": names.CANCELLATION_REASON, "valueString": "x"}
AFTER = NOW + timedelta(days=200)
VISITS = tuple(replace(slot, channel=DeliveryChannel.OTHER) for slot in diary(2))
VISIT = [HELD_RESOURCE["extension"][0], {"url": names.DELIVERY_CHANNEL, "valueCode": "Visit"}]

SPOILT: dict[str, list[Spoil]] = {
    "trace-id-missing": [headers(Ssp_TraceID=None), headers(Ssp_TraceID=" ")],
    "from-missing": [headers(Ssp_From=None)],
    "to-missing": [headers(Ssp_To=None)],
    "to-another-system": [headers(Ssp_To="123456789123")],
    "interaction-missing": [headers(Ssp_InteractionID=None)],
    "interaction-unknown": [headers(Ssp_InteractionID="urn:nhs:names:services:gpconnect:fhir:rest:read:nothing-1")],
    "interaction-does-not-fit": [
        lambda request: replace(request, path="/metadatas"),
        lambda request: replace(request, path=f"{request.path}/more/still"),
        lambda request: replace(request, path=request.path.upper()),
    ],
    "authorisation-missing": [headers(Authorization=None), headers(Authorization="Basic c2Ft")],
    "token-malformed": [headers(Authorization="Bearer abc"), headers(Authorization="Bearer e30.e30."), unencoded],
    "token-signed": [signed],
    "claim-missing": [
        *[claims(**{name: None}) for name in ("iss", "sub", "aud", "exp", "iat", "reason_for_request")],
        *[claims(**{name: None}) for name in ("requested_scope", "requesting_device", "requesting_organization")],
        claims(requesting_practitioner=None),
        claims(aud=""),
        claims(requesting_device={}),
        claims(requesting_device="desk"),
    ],
    "claim-of-another-kind": [claims(iat="now"), claims(exp=True), claims(exp=1e9), claims(exp=10**30)],
    "token-expired": [
        lambda request: replace(request, now=NOW + timedelta(minutes=10)),
        lambda request: replace(request, now=NOW + timedelta(minutes=5)),
    ],
    "token-lifetime": [
        claims(exp=int(NOW.timestamp()) + 301),
        claims(exp=int(NOW.timestamp()) + 299),
        claims(exp=int(NOW.timestamp()) - 1),
    ],
    "audience-foreign": [claims(aud="https://host.example/Y90004/STU3/1/gpconnect")],
    "reason-not-direct-care": [claims(reason_for_request="secondaryuses")],
    "scope-wrong": [claims(requested_scope="organization/*.write"), claims(requested_scope="encounter/*.read")],
    "organisation-unnamed": [
        claim_resource("requesting_organization", name=None),
        claim_resource("requesting_organization", identifier=None),
        claim_resource("requesting_organization", identifier=[{"system": "https://example.org", "value": "Y90001"}]),
    ],
    "user-mismatch": [claims(sub="u-18"), claim_resource("requesting_practitioner", id=None)],
    "user-unnamed": [
        claim_resource("requesting_practitioner", name=None),
        claim_resource("requesting_practitioner", identifier=None),
    ],
    "claim-wrong-type": [
        claim_resource("requesting_device", resourceType="Patient"),
        claim_resource("requesting_organization", resourceType="InvalidResourceType"),
        claim_resource("requesting_practitioner", resourceType=None),
    ],
    "claim-unknown-element": [
        claim_resource("requesting_device", invalidField="x"),
        claim_resource("requesting_practitioner", name={"family": "Carter"}),
    ],
    "format-unsupported": [added(("_format", "text/xml")), added(("_format", "application/fhir+xml"))],
    "accept-unsupported": [headers(Accept="text/html"), headers(Accept="application/fhir+json;q=0")],
    "content-type-unsupported": [
        headers(Content_Type="text/plain"),
        headers(Content_Type="application/json;charset=x"),
    ],
    "body-unreadable": [raw(text) for text in (b"", b"{", b"<html/>", b"[]")],
    "identifier-missing": [
        parameters(identifier=None),
        lambda request: replace(request, parameters=[("Identifier", request.parameters[0][1])]),
    ],
    "identifier-twice": [lambda request: replace(request, parameters=request.parameters * 2)],
    "identifier-without-system": [
        lambda request: request.with_parameters(identifier=request.parameters[0][1].partition("|")[2]),
        lambda request: request.with_parameters(identifier=f"|{request.parameters[0][1].partition('|')[2]}"),
    ],
    "identifier-without-value": [
        lambda request: request.with_parameters(identifier=f"{request.parameters[0][1].partition('|')[0]}|")
    ],
    "identifier-foreign-system": [parameters(identifier="https://example.org/Id/other|9990000018")],
    "find-nhs-number-invalid": [
        parameters(identifier=f"{names.NHS_NUMBER}|{value}")
        for value in ("9990000019", "999000001", "99900000180", "999 000 0018", "hello")
    ],
    "find-identifier-invalid": [
        lambda request: request.with_parameters(identifier=f"{request.parameters[0][1].partition('|')[0]}|?")
    ],
    "read-patient-id-invalid": [
        lambda request: replace(request, path=request.path.replace("/2", "/a b")),
        lambda request: replace(request, path=request.path.replace("/2", f"/{'x' * 65}")),
    ],
    "read-appointment-past": [held(start="2026-06-01T10:00:00+01:00")],
    "slots-status-missing": [parameters(status=None)],
    "slots-start-missing": [parameters(start=None)],
    "slots-end-missing": [parameters(end=None)],
    "slots-include-missing": [parameters(_include=None), parameters(_include="Slot:Schedule")],
    "slots-status-not-free": [parameters(status="busy"), parameters(status="")],
    "slots-twice": [
        added(("status", "free")),
        added(("start", "ge2026-06-02")),
        added(("end", "le2026-06-03")),
    ],
    "slots-prefix": [
        *[parameters(start=f"{prefix}2026-06-02") for prefix in ("", "gt", "le", "eq", "ne", "GE")],
        *[parameters(end=f"{prefix}2026-06-03") for prefix in ("", "lt", "ge", "eq", "ne")],
    ],
    "slots-date": [
        parameters(start=f"ge{value}")
        for value in ("", "2026", "2026-06", "2026-06-31", "2026-06-02T10:00:00", "2026-06-02T10:00", "soon")
    ],
    "slots-range-reversed": [parameters(start="ge2026-06-04", end="le2026-06-02")],
    "slots-range-too-long": [parameters(start="ge2026-06-01", end="le2026-06-16")],
    "slots-filter-unreadable": [parameters(searchFilter=f"{names.ODS_CODE}|?")],
    "retrieve-start-missing": [starts("ge2026-06-02"), starts("le2026-06-02"), starts()],
    "retrieve-prefix": [
        starts(first, second)
        for first, second in [
            ("ge2026-06-02", "lt2026-06-03"),
            ("ge2026-06-02", "ge2026-06-03"),
            ("le2026-06-02", "le2026-06-03"),
            ("2026-06-02", "2026-06-03"),
            ("eqs2026-06-02", "le2026-06-03"),
        ]
    ],
    "retrieve-time": [
        starts("ge2026-06-02", f"le{value}")
        for value in ("2026", "2026-07", "2026-06-03T00:00:00", "2026-06-03T00:00:00+01:00")
    ],
    "retrieve-past": [starts("ge2026-05-31", "le2026-06-02"), starts("ge2010-02-03", "le2010-03-03")],
    "retrieve-range-reversed": [starts("ge2030-03-03", "le2030-01-01")],
    "appointment-another-type": [body(lambda resource: resource.update(resourceType="Slot"))],
    "appointment-unknown-element": [
        body(lambda resource: resource.update(invalidField="x")),
        body(lambda resource: resource.update(description=["x"])),
        body(lambda resource: resource["participant"][0].update(actor="Patient/1")),
        body(lambda resource: resource.update(slot={"reference": "Slot/1"})),
    ],
    "appointment-no-profile": [body(lambda resource: resource.pop("meta"))],
    "appointment-forbidden": [
        body(lambda resource: resource.update(reason=[{"text": "x"}])),
        body(lambda resource: resource.update(specialty=[{"text": "x"}])),
        body(lambda resource: resource.update(appointmentType={"text": "x"})),
        body(lambda resource: resource.update(indication=[{"reference": "Condition/1"}])),
        body(lambda resource: resource.update(supportingInformation=[{"reference": "Patient/1"}])),
        body(lambda resource: resource.update(incomingReferral=[{"reference": "ReferralRequest/1"}])),
        body(lambda resource: resource.update(requestedPeriod=[{"start": "2026-08-01"}])),
    ],
    "appointment-identifier": [
        body(lambda resource: resource.update(identifier=[{"system": "https://example.org"}])),
        body(lambda resource: resource.update(identifier=[{"system": "s", "value": "v", "use": "usual"}])),
    ],
    "appointment-absolute-reference": [
        body(lambda resource: resource["slot"][0].update(reference="https://host.example/STU3/Slot/0")),
        body(lambda resource: resource["participant"][1]["actor"].update(reference="https://host.example/Location/17")),
        body(lambda resource: resource["extension"][0].update(valueReference={"reference": "https://host.example/#1"})),
    ],
    "appointment-past": [
        lambda request: replace(
            request.with_claims(iat=int(AFTER.timestamp()), exp=int(AFTER.timestamp()) + 300), now=AFTER
        )
    ],
    "texts-too-long": [
        body(lambda resource: resource.update(description="x" * 101)),
        body(lambda resource: resource.update(comment="x" * 501)),
    ],
    "description-missing": [
        body(lambda resource: resource.pop("description")),
        body(lambda resource: resource.update(description=" ")),
    ],
    "book-status": [body(lambda resource: resource.update(status="pending")), body(lambda r: r.pop("status"))],
    "book-slot-missing": [
        body(lambda resource: resource.pop("slot")),
        body(doubled("slot")),
        body(lambda resource: resource.update(slot=[{"reference": "Slot/45555555##"}])),
    ],
    "book-times-missing": [
        body(lambda resource, name=name: resource.pop(name)) for name in ("start", "end", "created")
    ],
    "book-participants": [
        body(lambda resource: resource["participant"].pop(0)),
        body(lambda resource: resource["participant"].pop(1)),
        body(lambda resource: resource.pop("participant")),
        body(doubled("participant")),
    ],
    "book-participant-status": [
        body(lambda resource: resource["participant"][0].pop("status")),
        body(lambda resource: resource["participant"][0].pop("actor")),
    ],
    "book-cancellation-reason": [body(lambda resource: resource["extension"].append(REASON))],
    "book-organisation-missing": [
        body(lambda resource: resource.pop("contained")),
        body(lambda resource: resource.pop("extension")),
        organisation(identifier=None),
        organisation(id="2"),
        organisation(meta=None),
        body(lambda resource: resource["contained"].append({"resourceType": "Patient", "id": "2"})),
    ],
    "book-organisation-bare": [organisation(name=None), organisation(telecom=None)],
    "book-slots-not-adjacent": [lambda request: replace(request, slots=(diary(3)[0], diary(3)[2]))],
    "book-times-differ": [body(lambda resource: resource.update(end="2026-08-14T23:00:00+01:00"))],
    "book-visit": [lambda request: replace(request, slots=VISITS)],
    "book-id-sent": [body(lambda resource: resource.update(id="9"))],
    "change-something-else": [
        body(lambda resource: resource.update(priority=1)),
        body(lambda resource: resource.update(minutesDuration=25)),
        body(lambda resource: resource["participant"].pop()),
        body(lambda resource: resource["extension"].append({"url": "https://example.org/other", "valueString": "x"})),
        body(lambda resource: resource["extension"].pop(0)),
        body(lambda resource: resource.update(identifier=[{"system": "s", "value": "v"}])),
        body(lambda resource: resource.update(start="2026-06-09T18:31:00+01:00")),
        organisation(name="Another Surgery"),
    ],
    "change-visit": [held(extension=VISIT)],
    "change-cancelled": [held(status="cancelled")],
    "change-stale": [headers(If_Match='W/"2"'), headers(If_Match="invalidEtag")],
    "amend-cancellation-reason": [body(lambda resource: resource["extension"].append(REASON))],
    "cancel-status": [body(lambda resource: resource.update(status="booked"))],
    "cancel-reason-missing": [
        body(lambda resource: resource["extension"].pop()),
        body(lambda resource: extension(resource, names.CANCELLATION_REASON).update(url="https://example.org/reason")),
        body(lambda resource: extension(resource, names.CANCELLATION_REASON).update(url="")),
    ],
    "cancel-reason-empty": [
        body(lambda resource: extension(resource, names.CANCELLATION_REASON).update(valueString=" ")),
        body(lambda resource: extension(resource, names.CANCELLATION_REASON).pop("valueString")),
    ],
    "register-not-parameters": [body(lambda resource: resource.update(resourceType="Bundle"))],
    "register-not-patient": [
        patient(lambda resource: resource.update(resourceType="Person")),
        body(lambda resource: resource["parameter"][0].pop("resource")),
    ],
    "register-unknown-element": [patient(lambda resource: resource.update(invalidField="x"))],
    "register-no-profile": [patient(lambda resource: resource.pop("meta"))],
    "register-two-official-names": [patient(lambda resource: resource["name"].append(OFFICIAL))],
    "register-birth-date-invalid": [
        patient(lambda resource, value=value: resource.update(birthDate=value)) for value in ("1980", "1980-02-30", "x")
    ],
    "register-forbidden": [
        *[
            patient(lambda resource, name=name, value=value: resource.update({name: value}))
            for name, value in {
                "active": True,
                "multipleBirthBoolean": True,
                "generalPractitioner": [{"reference": "Practitioner/1"}],
                "contact": [{"name": {"family": "X"}}],
                "managingOrganization": {"reference": "Organization/1"},
                "maritalStatus": {"text": "x"},
                "animal": {"species": {"text": "x"}},
                "communication": [{"language": {"text": "x"}}],
                "photo": [{"title": "x"}],
                "deceasedBoolean": False,
                "text": {"status": "empty", "div": "<div/>"},
                "id": "1",
            }.items()
        ],
        patient(lambda resource: resource.update(extension=[{"url": names.REGISTRATION_DETAILS}])),
    ],
    "register-communication": [
        patient(lambda resource: resource.update(extension=[COMMUNICATION] * 2)),
        patient(lambda resource: resource.update(extension=[SPEECHLESS])),
    ],
    "register-gender": [patient(lambda resource: resource.update(gender="F"))],
    "register-addresses": [
        patient(doubled("address")),
        *[patient(lambda resource, use=use: resource["address"][0].update(use=use)) for use in ("work", "old", "")],
    ],
    "register-telecom-kind": [
        patient(lambda resource: resource["telecom"].append({"system": "fax", "value": "1"})),
        patient(lambda resource: resource["telecom"].append({"system": "phone", "value": "1", "use": "old"})),
        patient(lambda resource: resource["telecom"].append({"system": "phone", "use": "work"})),
    ],
    "register-parameters": [
        body(doubled("parameter")),
        body(lambda resource: resource.update(parameter=[])),
    ],
    "register-identifier-bare": [patient(lambda resource: resource["identifier"].append({"value": "x"}))],
    "register-no-official-name": [
        patient(lambda resource: resource["name"][0].update(use="anonymous")),
        patient(lambda resource: resource.pop("name")),
    ],
    "register-name-bare": [
        patient(lambda resource: resource["name"][0].pop("family")),
        patient(lambda resource: resource["name"][0].pop("given")),
    ],
    "register-no-birth-date": [patient(lambda resource: resource.pop("birthDate"))],
    "register-telecom-twice": [
        patient(doubled("telecom")),
        patient(
            lambda r: r["telecom"].extend([{"system": "email", "value": "x", "use": use} for use in ("home", "work")])
        ),
    ],
    "register-parameter-name": [body(lambda resource: resource["parameter"][0].update(name="invalidName"))],
    "register-nhs-number": [
        patient(lambda resource: resource.pop("identifier")),
        patient(doubled("identifier")),
        *[
            patient(lambda resource, value=value: resource["identifier"][0].update(value=value))
            for value in ("34555##4", "hello", "999999999", "9000000008", "90000000090", "")
        ],
    ],
    "not-offered": [],  # proved in test_requests: it takes a provider that offers less
}
