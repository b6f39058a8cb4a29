"""Writes gp_connect/structures.json: the elements of every STU3 type this door speaks, in their order.

Run `python -m tests.gp_connect.published.structures` after a change of ROOTS. The facts (names, order, types, lists)
come from fhir.resources, whose models are generated from HL7's own definitions; test_structures compares them with
the snapshots that NHS England publishes, and with fhir.resources again, so that the committed file cannot drift.
"""

import json
import typing
from pathlib import Path

from fhir.resources.STU3 import get_fhir_model_class

FILE = Path(__file__).parents[3] / "gp_connect" / "structures.json"
ROOTS = (
    "Appointment",
    "Bundle",
    "CapabilityStatement",
    "Device",
    "Location",
    "OperationOutcome",
    "Organization",
    "Parameters",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Schedule",
    "Slot",
)
_PLAIN = {bool: "boolean"}


def extracted() -> dict[str, dict[str, str]]:
    """Type → element → its type, with a star where it is a list; `Resource` stands for any resource."""
    found: dict[str, dict[str, str]] = {}
    wanted = list(ROOTS)
    while wanted:
        name = wanted.pop()
        if name in found or name[0].islower() or name == "Resource":
            continue
        found[name] = _elements(name)
        wanted += [kind.removesuffix("*") for kind in found[name].values()]
    return dict(sorted(found.items()))


def _elements(name: str) -> dict[str, str]:
    model = get_fhir_model_class(name)
    by_alias = {field.alias or key: field.annotation for key, field in model.model_fields.items()}
    return {element: _kind(by_alias[element]) for element in model.elements_sequence()}


def _kind(annotation: object) -> str:
    """`Identifier*` for Optional[List[IdentifierType]], `dateTime` for Optional[Annotated[datetime, DateTime()]]."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is list:
        return f"{_kind(arguments[0])}*"
    if origin is typing.Annotated:
        return _primitive(
            type(arguments[1]).__name__ if type(arguments[1]).__name__ != "EncodedBytes" else "base64Binary"
        )
    if arguments:
        return _kind(next(each for each in arguments if each is not type(None)))
    if annotation in _PLAIN:
        return _PLAIN[annotation]  # type: ignore[index]
    klass = getattr(annotation, "_model_klass", None)
    return (
        klass.rpartition(".")[2]
        if isinstance(klass, str)
        else str(getattr(annotation, "__name__", annotation)).removesuffix("Type")
    )


def _primitive(name: str) -> str:
    return name[0].lower() + name[1:]


def main() -> None:
    """Write the file, one type a line: a change shows as a change of that line."""
    lines = [f"{json.dumps(name)}: {json.dumps(elements)}" for name, elements in extracted().items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
