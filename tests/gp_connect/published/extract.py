"""Writes profiles.json: the constraints of the GP Connect profiles, taken from their published definitions.

`python -m tests.gp_connect.published.extract GPCONNECT_FHIR STU3_ASSETS` takes clones of nhsconnect/gpconnect-fhir
(Apache-2.0) and nhsconnect/STU3-FHIR-Assets. Of each profile the newest version with a snapshot counts. Only facts
are kept: paths, how often, types, fixed values, slices, and the codes of required value sets; no prose.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fhir.resources.STU3 import get_fhir_model_class

from gp_connect.xml_tree import Node, parse

FILE = Path(__file__).parent / "profiles.json"
_BRANCHES = ("release/1.5.0", "develop")  # of the first and of the second repository
_NAMES = ("nhsconnect/gpconnect-fhir", "nhsconnect/STU3-FHIR-Assets")
PROFILES = (
    "CareConnect-GPC-Location-1",
    "CareConnect-GPC-Organization-1",
    "CareConnect-GPC-Patient-1",
    "CareConnect-GPC-Practitioner-1",
    "CareConnect-GPC-PractitionerRole-1",
    "Extension-CareConnect-GPC-DeathNotificationStatus-1",
    "Extension-CareConnect-GPC-EthnicCategory-1",
    "Extension-CareConnect-GPC-MainLocation-1",
    "Extension-CareConnect-GPC-NHSCommunication-1",
    "Extension-CareConnect-GPC-NHSNumberVerificationStatus-1",
    "Extension-CareConnect-GPC-RegistrationDetails-1",
    "Extension-GPConnect-AppointmentCancellationReason-1",
    "Extension-GPConnect-BookingOrganisation-1",
    "Extension-GPConnect-DeliveryChannel-2",
    "Extension-GPConnect-PractitionerRole-1",
    "GPConnect-Appointment-1",
    "GPConnect-OperationOutcome-1",
    "GPConnect-Schedule-1",
    "GPConnect-Searchset-Bundle-1",
    "GPConnect-Slot-1",
)
CODE_SYSTEMS = (
    "CareConnect-HumanLanguage-1",
    "CareConnect-NHSNumberVerificationStatus-1",
    "CareConnect-RegistrationStatus-1",
    "CareConnect-RegistrationType-1",
    "CareConnect-SDSJobRoleName-1",
    "GPConnect-DeliveryChannel-1",
    "GPConnect-OrganisationType-1",
    "Spine-ErrorOrWarningCode-1",
)
_HL7 = "http://hl7.org/fhir/ValueSet"
_BASE_SETS = {
    "address-type": ("Address", "type"),
    "address-use": ("Address", "use"),
    "appointmentstatus": ("Appointment", "status"),
    "bundle-type": ("Bundle", "type"),
    "contact-point-system": ("ContactPoint", "system"),
    "contact-point-use": ("ContactPoint", "use"),
    "identifier-use": ("Identifier", "use"),
    "issue-severity": ("OperationOutcomeIssue", "severity"),
    "link-type": ("PatientLink", "type"),
    "location-mode": ("Location", "mode"),
    "location-status": ("Location", "status"),
    "name-use": ("HumanName", "use"),
    "participantrequired": ("AppointmentParticipant", "required"),
    "participationstatus": ("AppointmentParticipant", "status"),
    "slotstatus": ("Slot", "status"),
}
# The one required value set that fhir.resources names no codes of (hl7.org/fhir/STU3/valueset-issue-type.html)
_ISSUE_TYPES = (
    *("business-rule", "code-invalid", "conflict", "duplicate", "exception", "expired", "extension", "forbidden"),
    *("incomplete", "informational", "invalid", "invariant", "lock-error", "login", "no-store", "not-found"),
    *("not-supported", "processing", "required", "security", "structure", "suppressed", "throttled", "timeout"),
    *("too-costly", "too-long", "transient", "unknown", "value"),
)
Facts = dict[str, Any]


def extracted(folders: list[Path]) -> Facts:
    """Everything that profiles.json holds."""
    definitions = {name: _newest(folders, f"StructureDefinitions/{name}.xml", "snapshot") for name in PROFILES}
    profiles = {name: {**source, **_profile(node)} for name, (node, source) in definitions.items()}
    systems = {}
    for name in CODE_SYSTEMS:
        node, source = _newest(folders, f"CodeSystems/CodeSystem-{name}.xml", "concept")
        systems[_value(node, "url")] = {**source, "codes": dict(_concepts(node))}
    return {"profiles": profiles, "code_systems": systems, "value_sets": _value_sets(folders, profiles) | _base_sets()}


def _newest(folders: list[Path], path: str, must_have: str) -> tuple[Node, Facts]:
    found = []
    for folder, branch, name in zip(folders, _BRANCHES, _NAMES, strict=True):
        text = _git(folder, "show", f"{branch}:{path}")
        if not text:
            continue
        node = parse(text.removeprefix("\ufeff").encode(), deepest=60)
        if _child(node, must_have) is not None:
            commit = _git(folder, "rev-parse", branch).strip()
            source = {"version": _value(node, "version"), "source": f"{name} {branch} {commit} {path}"}
            # Of two of the same version the licensed repository's own comes first.
            found.append((tuple(int(part) for part in source["version"].split(".")), -len(found), node, source))
    if not found:
        raise SystemExit(f"{path} was found in neither repository")
    _, _, node, source = max(found, key=lambda each: each[:2])
    return node, source


def _git(folder: Path, *arguments: str) -> str:
    ran = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    return ran.stdout


def _profile(node: Node) -> Facts:
    snapshot = _child(node, "snapshot")
    assert snapshot is not None
    elements = {each.attributes["id"]: _element(each) for each in snapshot.children}
    usual = {each.attributes["id"] for each in snapshot.children if _is_usual(each, elements[each.attributes["id"]])}
    return {"url": _value(node, "url"), "type": _value(node, "type"), "elements": _kept(elements, usual)}


def _is_usual(node: Node, facts: Facts) -> bool:
    """Whether an element says no more than STU3 does: optional, and as often as there."""
    base = _child(node, "base")
    same = base is not None and _value(base, "max") == facts["max"]
    return same and facts["min"] == 0 and not facts.keys() - {"min", "max", "types"}


def _kept(elements: Facts, usual: set[str]) -> Facts:
    """Without what is usual, and without what lies below a forbidden element. Parents of what is kept stay."""
    forbidden = tuple(f"{key}." for key, facts in elements.items() if facts["max"] == "0")
    telling = [key for key in elements if key not in usual and not key.startswith(forbidden)]
    parents = {key[:place] for key in telling for place, sign in enumerate(key) if sign == "."}
    return {key: facts for key, facts in elements.items() if key in parents or key in telling}


def _element(node: Node) -> Facts:
    """One line of the snapshot. Empty facts are left out, so that the file stays small and its changes readable."""
    facts: Facts = {"min": int(_value(node, "min") or 0), "max": _value(node, "max") or "*"}
    types = sorted({_value(each, "code") for each in _all(node, "type")})
    targets = sorted({_value(each, "targetProfile").rpartition("/")[2] for each in _all(node, "type")} - {""})
    profiles = sorted({_value(each, "profile") for each in _all(node, "type")} - {""})
    binding, slicing = _child(node, "binding"), _child(node, "slicing")
    for name, held in (("types", types), ("targets", targets), ("profiles", profiles)):
        if held:
            facts[name] = held
    for child in node.children:
        if child.name.startswith(("fixed", "pattern")):
            facts["fixed" if child.name.startswith("fixed") else "pattern"] = child.attributes.get("value") or _nested(
                child
            )
        if child.name in ("maxLength", "sliceName"):
            facts[child.name] = child.attributes["value"]
    if binding is not None and _value(binding, "strength") == "required":
        facts["required"] = _value(binding, "valueSetUri") or _value_of_reference(binding)
    if slicing is not None:
        discriminators = [f"{_value(each, 'type')}:{_value(each, 'path')}" for each in _all(slicing, "discriminator")]
        facts["slicing"] = {"by": discriminators, "rules": _value(slicing, "rules")}
    return facts


def _nested(node: Node) -> Facts:
    return {child.name: child.attributes.get("value") or _nested(child) for child in node.children}


def _value_of_reference(binding: Node) -> str:
    reference = _child(binding, "valueSetReference")
    return _value(reference, "reference") if reference is not None else ""


def _value_sets(folders: list[Path], profiles: Facts) -> Facts:
    """The systems and codes of each required value set that the two repositories hold; HL7's own are not there."""
    wanted = {facts.get("required", "") for each in profiles.values() for facts in each["elements"].values()}
    found: Facts = {}
    for url in sorted(wanted):
        if "fhir.nhs.uk" not in url:
            continue
        node, source = _newest(folders, f"ValueSets/ValueSet-{url.rpartition('/')[2]}.xml", "compose")
        compose = _child(node, "compose")
        assert compose is not None
        includes = {
            _value(each, "system"): sorted(code for code, _ in _concepts(each)) for each in _all(compose, "include")
        }
        found[url] = {**source, "systems": includes}
    return found


def _base_sets() -> Facts:
    """HL7's own required value sets, from the models of fhir.resources."""
    found: Facts = {f"{_HL7}/issue-type": {"source": "hl7.org STU3", "systems": {"": _ISSUE_TYPES}}}
    for url, (kind, element) in _BASE_SETS.items():
        field = get_fhir_model_class(kind).model_fields[element]
        codes = sorted(dict(field.json_schema_extra or {})["enum_values"])  # type: ignore[call-overload]
        found[f"{_HL7}/{url}"] = {"source": f"fhir.resources {kind}.{element}", "systems": {"": codes}}
    return found


def _concepts(node: Node) -> Iterator[tuple[str, str]]:
    for concept in _all(node, "concept"):
        yield _value(concept, "code"), _value(concept, "display")


def _child(node: Node, name: str) -> Node | None:
    return next((child for child in node.children if child.name == name), None)


def _all(node: Node, name: str) -> list[Node]:
    return [child for child in node.children if child.name == name]


def _value(node: Node, name: str) -> str:
    child = _child(node, name)
    return child.attributes.get("value", "") if child is not None else ""


def main(arguments: list[str]) -> None:
    """Write the file, one element or code system a line."""
    facts = extracted([Path(each) for each in arguments])
    lines = ["{", '"profiles": {']
    for name, profile in facts["profiles"].items():
        head = {key: held for key, held in profile.items() if key != "elements"}
        elements = ",\n".join(f"  {json.dumps(key)}: {json.dumps(held)}" for key, held in profile["elements"].items())
        lines.append(f'{json.dumps(name)}: {json.dumps(head)[:-1]}, "elements": {{\n{elements}\n}}}},')
    lines[-1] = lines[-1].removesuffix(",")
    lines.append("},")
    for part in ("code_systems", "value_sets"):
        held = ",\n".join(f"{json.dumps(key)}: {json.dumps(each)}" for key, each in facts[part].items())
        lines.append(f'"{part}": {{\n{held}\n}}{"," if part == "code_systems" else ""}')
    FILE.write_text("\n".join([*lines, "}"]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
