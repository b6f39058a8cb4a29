"""The communication extension of patients and practitioners: which language, and whether an interpreter is needed."""

from dataclasses import dataclass

from gp_connect import names
from gp_connect.elements import Resource, child, children, extension, text, without_empty


@dataclass(frozen=True, slots=True)
class Communication:
    """A language by its national code (HumanLanguage: ISO 639-1 and a few sign languages)."""

    language: str
    interpreter: bool = False
    display: str = ""


def write(communication: Communication | None) -> list[Resource]:
    """The extension, or nothing where no language is known: it may not stand without one."""
    if communication is None or not communication.language:
        return []
    coding = without_empty(
        {"system": names.HUMAN_LANGUAGES, "code": communication.language, "display": communication.display}
    )
    return [
        {
            "url": names.NHS_COMMUNICATION,
            "extension": [
                {"url": "language", "valueCodeableConcept": {"coding": [coding]}},
                {"url": "interpreterRequired", "valueBoolean": communication.interpreter},
            ],
        }
    ]


def read(resource: Resource) -> Communication | None:
    """The first language that is said, preferring one for which an interpreter is needed."""
    found = []
    for item in children(resource, "extension"):
        if item.get("url") != names.NHS_COMMUNICATION:
            continue
        concept = child(extension(item, "language"), "valueCodeableConcept")
        coding = child(concept, "coding")
        needed = extension(item, "interpreterRequired").get("valueBoolean") is True
        if text(coding, "code"):
            found.append(Communication(text(coding, "code"), needed, text(coding, "display") or text(concept, "text")))
    return max(found, key=lambda each: each.interpreter, default=None)
