"""Refusals as suppliers and the Spine proxy word them, to be asked for by name."""

from collections.abc import Mapping
from dataclasses import dataclass

from gp_connect import names, outcomes
from gp_connect.elements import Resource, meta
from gp_connect.spine_codes import ACCESS_DENIED, INTERNAL_SERVER_ERROR, SpineCode

_PROXY_CODES = "http://fhir.nhs.net/ValueSet/gpconnect-schedule-response-code-1-0"


@dataclass(frozen=True, slots=True)
class Wording:
    """One refusal: its status, and its outcome."""

    status: int
    outcome: Resource


def _of_a_system(code: SpineCode, diagnostics: str) -> Wording:
    return Wording(code.status, outcomes.write(code, diagnostics))


def of_the_proxy(status: int, issue: str, text: str) -> Wording:
    """The proxy in between has codes of its own: the HTTP status, and what it means as the display."""
    coding = {"system": _PROXY_CODES, "code": str(status), "display": text}
    told = {"severity": "error", "code": issue, "details": {"coding": [coding]}, "diagnostics": text}
    return Wording(status, {"resourceType": "OperationOutcome", "meta": meta(names.OPERATION_OUTCOME), "issue": [told]})


WORDINGS: Mapping[str, Wording] = {
    "capability-disabled": _of_a_system(ACCESS_DENIED, "This capability is disabled at this practice."),
    "gp-connect-not-enabled": _of_a_system(ACCESS_DENIED, "GP Connect not enabled"),
    "service-type-disabled": _of_a_system(ACCESS_DENIED, "Service type disabled"),
    "not-currently-open": _of_a_system(INTERNAL_SERVER_ERROR, "SystmOne Not Currently Open"),
    "broken-inside": _of_a_system(INTERNAL_SERVER_ERROR, "Unexpected error"),
    "sender-not-authorised": of_the_proxy(403, "forbidden", "ASID_CHECK_FAILED_MESSAGESENDER_200000000001"),
    "receiver-not-enabled": of_the_proxy(
        403, "forbidden", "PARTYKEY_INTERACTION_CHECK_FAILED_MESSAGERECEIVER_200000000002"
    ),
    "pair-not-authorised": of_the_proxy(
        403, "forbidden", "FOT_CHECK_FAILED_MESSAGESENDER_200000000001_MESSAGERECEIVER_200000000002"
    ),
    "address-varies": of_the_proxy(400, "invalid", "ENDPOINT_VARIES_FROM_TARGETURL"),
    "method-not-allowed": of_the_proxy(405, "not-supported", "Method_Not_Allowed"),
    "media-type": of_the_proxy(415, "not-supported", "Unsupported_Media_Type"),
    "proxy-cannot-reach": of_the_proxy(502, "transient", "ERROR_COMMUNICATING_TO_ENDPOINT_URL"),
}
