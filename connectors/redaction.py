"""What may be kept of a Foundations or Appointments body: what is on a list, and nothing else. PURE.

The list holds codes, times of slots and appointments, ids of slots, versions and statuses. Everything else that was
there is shown as there and hidden; of patients nothing is kept but that one came. Record bodies never come here.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from gp_connect.spine_codes import BY_CODE
from vocabulary.identifiers import NHSNumber
from vocabulary.problems import InvalidValue

HIDDEN = "(hidden)"
_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")
_CODE = re.compile(r"[A-Za-z][A-Za-z_ \-]{0,60}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T[0-9:.]{5,18}(Z|[+\-]\d\d:\d\d)?)?")
_VERSION = re.compile(r"[A-Za-z0-9.\-/]{1,20}")
_NATIONAL = re.compile(r"https://fhir\.(hl7\.org\.uk|nhs\.uk)/[A-Za-z0-9/\-]{1,100}")
_SLOT_REFERENCE = re.compile(r"(Slot|Schedule|Location)/[A-Za-z0-9.\-]{1,64}")
_RUN_OF_DIGITS = re.compile(r"\d{10,}")
_STATUS = re.compile(
    "free|busy|booked|cancelled|pending|arrived|fulfilled|noshow|proposed|active|draft|searchset|batch"
)
_ISSUE = re.compile(
    "fatal|error|warning|information|invalid|structure|required|value|invariant|security|login|unknown|expired|forbidden"
    "|suppressed|processing|not-supported|duplicate|not-found|too-long|code-invalid|extension|too-costly|business-rule"
    "|conflict|incomplete|transient|lock-error|no-store|exception|timeout|throttled|informational"
)
_SHOWN_ENTRIES = 3
_LONGEST_NAME = 120

_Kept = Mapping[str, re.Pattern[str]]
_ANYWHERE: _Kept = {"resourceType": _CODE}
_BY_TYPE: Mapping[str, _Kept] = {
    "Slot": {"id": _ID, "status": _STATUS, "start": _MOMENT, "end": _MOMENT},
    "Schedule": {"id": _ID},
    "Appointment": {"status": _STATUS, "start": _MOMENT, "end": _MOMENT, "created": _MOMENT},
    "Bundle": {"type": _STATUS},
    "CapabilityStatement": {"version": _VERSION, "fhirVersion": _VERSION, "status": _STATUS, "kind": _CODE},
    "OperationOutcome": {},
    "Location": {"id": _ID},
    "Organization": {},
    "Practitioner": {},
    "Patient": {},
    "Parameters": {},
}
_INSIDE: Mapping[str, Mapping[str, _Kept]] = {
    # What is kept of parts, by type and the part's name.
    "Slot": {"meta": {"versionId": _VERSION}, "schedule": {"reference": _SLOT_REFERENCE}},
    "Appointment": {"meta": {"versionId": _VERSION}, "slot": {"reference": _SLOT_REFERENCE}},
    "CapabilityStatement": {"software": {"name": _CODE, "version": _VERSION}},
    "OperationOutcome": {"issue": {"severity": _ISSUE, "code": _ISSUE}},
}
_ELEMENTS = frozenset(  # names the standard uses
    """
    actor address birthDate code coding comment communication contact contained created description details
    diagnostics display end entry extension family fhirVersion format fullUrl gender generalPractitioner given
    id identifier issue kind language line link managingOrganization meta name nhsCommunication operation
    parameter participant period phone planningHorizon postalCode prefix priority profile publisher reason
    reference relation resource resourceType response rest schedule search security serviceCategory serviceType
    severity slot software specialty start status system telecom text total type url use value valueBoolean
    valueCode valueCodeableConcept valueReference valueString version versionId
    """.split()  # noqa: SIM905 - a list of words reads better than a hundred quoted ones
)
_PARAMETERS: Mapping[str, re.Pattern[str]] = {
    "start": re.compile(r"(ge|le)\d{4}-\d\d-\d\d(T[0-9:]{5,8}[+\-]\d\d:\d\d)?"),
    "end": re.compile(r"(ge|le)\d{4}-\d\d-\d\d(T[0-9:]{5,8}[+\-]\d\d:\d\d)?"),
    "status": _STATUS,
    "_include": re.compile(r"[A-Za-z:]{1,60}"),
    "_include:recurse": re.compile(r"[A-Za-z:]{1,60}"),
    "searchFilter": re.compile(r"https://fhir\.nhs\.uk/[A-Za-z0-9/\-]{1,80}\|[A-Za-z0-9\-]{1,20}"),
}


def redacted_params(params: Sequence[tuple[str, str]]) -> list[list[str]]:
    """The parameters of a query: how the diary was asked, never who was asked for."""
    return [
        [name if name in _PARAMETERS or name == "identifier" else "(other)", _parameter(name, value)]
        for name, value in params
    ]


def said_of_itself(value: str) -> str:
    """A name or number that another system gives itself or its user; hidden where a patient's could stand in it."""
    return HIDDEN if _is_personal(value) or not value.isprintable() else value[:_LONGEST_NAME]


def redacted(body: Any) -> Any:
    """A body with nothing in it that is not on the list; a search's answer counts its resources and shows a few."""
    if not isinstance(body, Mapping):
        return None if body is None else HIDDEN
    kind = body.get("resourceType")
    kept: dict[str, Any] = {}
    for name, value in body.items():
        if name == "entry" and kind == "Bundle" and isinstance(value, list):
            kept |= _entries(value)
        else:
            kept[_element(name)] = _value(str(kind), name, value)
    return kept


def _entries(entries: list[Any]) -> dict[str, Any]:
    resources = [entry.get("resource") for entry in entries if isinstance(entry, Mapping)]
    kinds = Counter(_type_of(resource) for resource in resources)
    return {"entries": dict(sorted(kinds.items())), "first": [redacted(each) for each in resources[:_SHOWN_ENTRIES]]}


def _type_of(resource: Any) -> str:
    kind = resource.get("resourceType") if isinstance(resource, Mapping) else None
    return kind if isinstance(kind, str) and kind in _BY_TYPE else "(other)"


def _value(kind: str, name: str, value: Any) -> Any:
    allowed = {**_ANYWHERE, **_BY_TYPE.get(kind, {})}
    if name == "resourceType":
        return value if isinstance(value, str) and value in _BY_TYPE else HIDDEN
    if name in allowed:
        return _kept(value, allowed[name])
    parts = _INSIDE.get(kind, {}).get(name)
    if parts is None:
        return _part(value, {})
    return [_part(each, parts) for each in value] if isinstance(value, list) else _part(value, parts)


def _part(value: Any, parts: _Kept) -> Any:
    if not isinstance(value, Mapping) or not parts:
        return HIDDEN
    return {_element(name): _kept(each, parts[name]) if name in parts else _codes(each) for name, each in value.items()}


def _codes(value: Any) -> Any:
    """Of details only the national codes."""
    coding = value.get("coding") if isinstance(value, Mapping) else None
    if not isinstance(coding, list):
        return HIDDEN
    return {
        "coding": [
            {"system": _kept(each.get("system"), _NATIONAL), "code": _national_code(each.get("code"))}
            for each in coding
            if isinstance(each, Mapping)
        ]
    }


def _national_code(value: Any) -> str:
    """A Spine code, or an HTTP status where the proxy gives one in a code's place."""
    known = isinstance(value, str) and (value in BY_CODE or re.fullmatch(r"[1-5]\d\d", value))
    return str(value) if known else HIDDEN


def _kept(value: Any, shape: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not shape.fullmatch(value) or _is_personal(value):
        return HIDDEN
    return value


def _is_personal(value: str) -> bool:
    """Whether an NHS number or a telephone number stands in it: a host may have put one into any field."""
    return any(run.startswith("0") or _is_nhs_number(run) for run in _RUN_OF_DIGITS.findall(value))


def _is_nhs_number(digits: str) -> bool:
    try:
        NHSNumber.parse(digits)
    except InvalidValue:
        return False
    return True


def _element(name: Any) -> str:
    """The name of an element the standard knows; any other could hold anything."""
    return name if isinstance(name, str) and name in _ELEMENTS else "(other)"


def _parameter(name: str, value: str) -> str:
    shape = _PARAMETERS.get(name)
    return _kept(value, shape) if shape else HIDDEN
