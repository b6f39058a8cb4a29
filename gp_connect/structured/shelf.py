"""The resources of one bundle, found by type and id or by full URL, never by position; contained ones by holder."""

from gp_connect.elements import Resource, child, children, extension, strings, text
from gp_connect.structured.concepts import read_concept
from vocabulary.record_parts import Author

Key = tuple[str, str]


def key_of(resource: Resource) -> Key:
    """Type and id of a resource."""
    return text(resource, "resourceType"), text(resource, "id")


def entry_id(resource: Resource) -> str:
    """What the hub calls an entry: opaque to everybody else."""
    kind, logical_id = key_of(resource)
    return f"{kind}/{logical_id}" if logical_id else ""


class Shelf:
    """Every resource of a bundle. `unusable` counts bundle entries that hold no resource."""

    def __init__(self, bundle: Resource) -> None:
        self.unusable = 0
        self._by_key: dict[Key, Resource] = {}
        self._by_url: dict[str, Resource] = {}
        self._nameless: list[Resource] = []
        for entry in children(bundle, "entry"):
            resource = entry.get("resource")
            if not isinstance(resource, dict) or not text(resource, "resourceType"):
                self.unusable += 1
                continue
            self._put(resource, text(entry, "fullUrl"))
        self._roles = {self._practitioner_of(role): role for role in reversed(self.of_type("PractitionerRole"))}

    def _put(self, resource: Resource, url: str) -> None:
        if url:
            self._by_url.setdefault(url, resource)
        if text(resource, "id"):
            self._by_key.setdefault(key_of(resource), resource)
        else:
            self._nameless.append(resource)
        for inner in children(resource, "contained"):
            if text(inner, "id"):
                self._by_key.setdefault((f"#{text(inner, 'resourceType')}", text(inner, "id")), inner)

    def everything(self) -> list[Resource]:
        """Each resource once, without contained ones."""
        named = [resource for (kind, _), resource in self._by_key.items() if not kind.startswith("#")]
        return named + self._nameless

    def of_type(self, kind: str) -> list[Resource]:
        """The resources of one type."""
        return [resource for resource in self.everything() if resource["resourceType"] == kind]

    def find(self, reference: Resource, *, holder: Resource | None = None) -> Resource | None:
        """What `reference.reference` points at: in the bundle, or contained in the holder (or in any List)."""
        target = text(reference, "reference")
        if target.startswith("#"):
            inner = [each for each in children(holder or {}, "contained") if text(each, "id") == target[1:]]
            return inner[0] if inner else self._contained(target[1:])
        found = self._by_url.get(target) or self._by_key.get(_key_in(target))
        if found is None and "#" in target:
            return self._contained(target.rpartition("#")[2])
        # Ended allergies live inside their List; some systems point at them as if they stood in the bundle.
        return found or self._by_key.get((f"#{_key_in(target)[0]}", _key_in(target)[1]))

    def _contained(self, logical_id: str) -> Resource | None:
        for (kind, each), resource in self._by_key.items():
            if kind.startswith("#") and each == logical_id:
                return resource
        return None

    def author(self, reference: Resource) -> Author | None:
        """Whom a reference to a practitioner, role, organisation or anybody else means; None where it tells nothing."""
        found = self.find(reference)
        shown = text(reference, "display")
        if found is None:
            return Author(shown) if shown else None
        match found["resourceType"]:
            case "Practitioner":
                return self._practitioner(found, self._roles.get(text(found, "id")), shown)
            case "PractitionerRole":
                held_by = self.find(child(found, "practitioner"))
                return self._practitioner(held_by or {}, found, shown)
            case "Organization" | "HealthcareService" | "Location":
                name = text(found, "name") or shown
                return Author("", organisation=name) if name else None
            case "Patient":
                return Author("The patient")
            case _:
                name = shown or _name(found)
                return Author(name) if name else None

    def organisation_name(self, reference: Resource) -> str:
        """The name of an organisation, location or service, or what the reference itself shows."""
        return text(self.find(reference) or {}, "name") or text(reference, "display")

    def _practitioner(self, person: Resource, role: Resource | None, shown: str) -> Author | None:
        held = read_concept(role or {}, "code")
        coding = child(child(role or {}, "code"), "coding")
        organisation = self.organisation_name(child(role or {}, "organization"))
        name = _name(person) or shown
        if not name and not organisation:
            return None
        return Author(name, held.words if held else "", text(coding, "code"), organisation)

    def _practitioner_of(self, role: Resource) -> str:
        return text(child(role, "practitioner"), "reference").rpartition("/")[2]


def _key_in(target: str) -> Key:
    parts = target.split("/")
    if "_history" in parts:
        parts = parts[: parts.index("_history")]
    return (parts[-2], parts[-1]) if len(parts) >= 2 else ("", "")


def _name(person: Resource) -> str:
    names = children(person, "name")
    official = next((name for name in names if name.get("use") == "official"), names[0] if names else {})
    parts = [*strings(official, "prefix"), *strings(official, "given"), text(official, "family")]
    return text(official, "text") or " ".join(part for part in parts if part) or text(person, "name")


def referenced(resource: Resource, url: str) -> Resource:
    """The reference in the extension of this URL, or an empty one."""
    return child(extension(resource, url), "valueReference")
