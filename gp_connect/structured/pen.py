"""What every written resource needs: its profile and identifier, the patient, and the people it refers to."""

from gp_connect import names
from gp_connect.elements import Resource, meta, without_empty
from vocabulary.record_parts import Author, Entry

PROFILES = "https://fhir.nhs.uk/STU3/StructureDefinition"
HL7_UK = "https://fhir.hl7.org.uk/STU3/StructureDefinition"
CODE_SYSTEMS = "https://fhir.nhs.uk/STU3/CodeSystem"
ENTRY_ID = "https://practice-hub.example/Id/record-entry"  # globally unique with the practice's code before it
_UNNAMED = Author("Not recorded")


class Pen:
    """Writes one bundle's resources and keeps the practitioners and organisations they turn out to need."""

    def __init__(self, *, patient_id: str, organisation_id: str, organisation_name: str, ods: str) -> None:
        self._patient_id = patient_id
        self._ods = ods
        self._people: dict[Author, str] = {}
        self._own = {"": organisation_id, organisation_name: organisation_id}
        self._organisations: dict[str, str] = {}

    def resource(self, kind: str, logical_id: str, profile: str) -> Resource:
        """A new resource with what is the same in all clinical ones."""
        return {
            "resourceType": kind,
            "id": logical_id,
            "meta": meta(profile if ":" in profile else f"{PROFILES}/{profile}"),
            "identifier": [{"system": ENTRY_ID, "value": f"{self._ods}-{logical_id}"}],
        }

    def entry(self, entry: Entry, kind: str, profile: str) -> Resource:
        """A new resource for an entry."""
        return self.resource(kind, logical_id(entry.id), profile)

    @property
    def patient(self) -> Resource:
        """A reference to the patient."""
        return {"reference": f"Patient/{self._patient_id}"}

    def author(self, author: Author | None) -> Resource:
        """A reference to whoever it was; to a practitioner called "Not recorded" where nobody is known."""
        who = author or _UNNAMED
        if not who.name:
            return {"reference": f"Organization/{self.organisation(who.organisation)}"}
        if who not in self._people:
            self._people[who] = f"practitioner-{len(self._people) + 1}"
        return {"reference": f"Practitioner/{self._people[who]}"}

    def organisation(self, name: str) -> str:
        """The id of the organisation of this name; the practice's own where it has none."""
        if name in self._own:
            return self._own[name]
        return self._organisations.setdefault(name, f"organisation-{len(self._organisations) + 1}")

    def administrative(self) -> list[Resource]:
        """The practitioners, their roles and the other organisations referred to so far."""
        found: list[Resource] = []
        for who, practitioner_id in self._people.items():
            found.append(
                {
                    "resourceType": "Practitioner",
                    "id": practitioner_id,
                    "meta": meta(names.PRACTITIONER),
                    "name": [{"use": "official", "text": who.name, "family": who.name.split()[-1]}],
                }
            )
            if who.role or who.organisation:
                found.append(self._role(who, practitioner_id))
        for name, organisation_id in self._organisations.items():
            found.append(
                {
                    "resourceType": "Organization",
                    "id": organisation_id,
                    "meta": meta(names.ORGANISATION),
                    "name": name,
                }
            )
        return found

    def _role(self, who: Author, practitioner_id: str) -> Resource:
        coding = {"system": names.JOB_ROLES, "code": who.role_code, "display": who.role}
        code = {"coding": [coding]} if who.role_code else without_empty({"text": who.role})
        return without_empty(
            {
                "resourceType": "PractitionerRole",
                "id": f"{practitioner_id}-role",
                "meta": meta(names.PRACTITIONER_ROLE),
                "practitioner": {"reference": f"Practitioner/{practitioner_id}"},
                "organization": {"reference": f"Organization/{self.organisation(who.organisation)}"},
                "code": [code] if code else [],
            }
        )


def logical_id(entry_id: str) -> str:
    """The logical id in an entry's id."""
    return entry_id.rpartition("/")[2]


def coding(system: str, code: str, display: str = "") -> Resource:
    """A CodeableConcept of one coding."""
    return {"coding": [without_empty({"system": system, "code": code, "display": display})]}
