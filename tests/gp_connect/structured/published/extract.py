"""Writes profiles.json: what the clinical profiles of GP Connect demand and forbid, taken from their definitions.

`python -m tests.gp_connect.structured.published.extract GPCONNECT_FHIR` takes a clone of nhsconnect/gpconnect-fhir
(Apache-2.0). Only facts are kept: path → how often at least and at most, and a fixed value.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from gp_connect.xml_tree import Node, parse

FILE = Path(__file__).parent / "profiles.json"
BRANCH = "release/1.5.0"
PROFILES = (
    "GPConnect-StructuredRecord-Bundle-1",
    "CareConnect-GPC-AllergyIntolerance-1",
    "CareConnect-GPC-DiagnosticReport-1",
    "CareConnect-GPC-DocumentReference-1",
    "CareConnect-GPC-Encounter-1",
    "CareConnect-GPC-Immunization-1",
    "CareConnect-GPC-List-1",
    "CareConnect-GPC-Medication-1",
    "CareConnect-GPC-MedicationRequest-1",
    "CareConnect-GPC-MedicationStatement-1",
    "CareConnect-GPC-Observation-1",
    "CareConnect-GPC-ProblemHeader-Condition-1",
    "CareConnect-GPC-ProcedureRequest-1",
    "CareConnect-GPC-ReferralRequest-1",
    "CareConnect-GPC-Specimen-1",
)
Facts = dict[str, Any]


def extracted(clone: Path) -> Facts:
    """URL of each profile → its source and its telling elements."""
    commit = _git(clone, "rev-parse", BRANCH).strip()
    found: Facts = {}
    for name in PROFILES:
        path = f"StructureDefinitions/{name}.xml"
        node = parse(_git(clone, "show", f"{BRANCH}:{path}").removeprefix("\ufeff").encode(), deepest=60)
        source = f"nhsconnect/gpconnect-fhir {BRANCH} {commit} {path}"
        found[_value(node, "url")] = {"source": source, "elements": _elements(node)}
    return found


def _elements(node: Node) -> Facts:
    snapshot = next(child for child in node.children if child.name == "snapshot")
    found: Facts = {}
    for each in snapshot.children:
        facts: Facts = {"min": int(_value(each, "min") or 0), "max": _value(each, "max")}
        fixed = [child for child in each.children if child.name.startswith("fixed")]
        if fixed and "value" in fixed[0].attributes:
            facts["fixed"] = fixed[0].attributes["value"]
        url = [_value(child, "profile") for child in each.children if child.name == "type" and _value(child, "profile")]
        if ":" in each.attributes["id"].rpartition(".")[2] and url:
            facts["extension"] = url[0]
        base = next((child for child in each.children if child.name == "base"), None)
        usual = base is not None and _value(base, "max") == facts["max"]
        if facts["min"] or "fixed" in facts or not usual:
            found[each.attributes["id"]] = facts
    return found


def _git(clone: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(clone), *arguments], capture_output=True, check=True).stdout.decode()


def _value(node: Node, name: str) -> str:
    return next((child.attributes.get("value", "") for child in node.children if child.name == name), "")


def main(clone: Path) -> None:
    """Write the file, one element a line."""
    lines = ["{"]
    for url, profile in extracted(clone).items():
        elements = ",\n".join(f"  {json.dumps(key)}: {json.dumps(held)}" for key, held in profile["elements"].items())
        lines.append(
            f'{json.dumps(url)}: {{"source": {json.dumps(profile["source"])}, "elements": {{\n{elements}\n}}}},'
        )
    lines[-1] = lines[-1].removesuffix(",")
    FILE.write_text("\n".join([*lines, "}"]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
