"""Which resource is an entry of which section, and how each is read; everything is read at most once."""

from gp_connect.elements import Resource, Unreadable, child, text
from gp_connect.structured import allergies, consultations, immunisations, investigations, plans, problems
from gp_connect.structured import observations as findings
from gp_connect.structured.consultations import Trees
from gp_connect.structured.medication import Prescriptions
from gp_connect.structured.observations import Families
from gp_connect.structured.questionnaires import read_answers
from gp_connect.structured.shelf import Key, Shelf, key_of
from vocabulary.record_parts import (
    Allergy,
    ConsultationItem,
    Document,
    Entry,
    Immunisation,
    Investigation,
    Medication,
    Observation,
    RecordSection,
    Referral,
)

_SECTIONS = {
    "Condition": RecordSection.PROBLEMS,
    "MedicationStatement": RecordSection.MEDICATION,
    "MedicationRequest": RecordSection.MEDICATION,
    "AllergyIntolerance": RecordSection.ALLERGIES,
    "Encounter": RecordSection.CONSULTATIONS,
    "DiagnosticReport": RecordSection.INVESTIGATIONS,
    "Immunization": RecordSection.IMMUNISATIONS,
    "ReferralRequest": RecordSection.REFERRALS,
    "Observation": RecordSection.UNCATEGORISED,
    "QuestionnaireResponse": RecordSection.UNCATEGORISED,
    "ProcedureRequest": RecordSection.DIARY,
    "DocumentReference": RecordSection.DOCUMENTS,
}


class Entries:
    """Reads the entries of one answer."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._patient = next((text(each, "id") for each in shelf.of_type("Patient")), "")
        self._prescriptions = Prescriptions(shelf)
        self.families = Families(shelf)
        self.trees = Trees(shelf, self.item)
        self._read: dict[int, Entry | Unreadable] = {}
        self._reported: set[Key] = set()
        for report in shelf.of_type("DiagnosticReport"):
            investigations.parts_of(report, self.families, self._reported)

    def section_of(self, resource: Resource) -> RecordSection | None:
        """Where a resource stands when no List says so; None for a type the hub does not know."""
        return _SECTIONS.get(resource["resourceType"])

    @property
    def missed_results(self) -> int:
        """How many results of reports could not be understood."""
        return len(self.families.missed & self._reported)

    def is_part(self, resource: Resource) -> bool:
        """Whether it is shown within another entry and not by itself."""
        match resource["resourceType"]:
            case "Observation":
                return key_of(resource) in self._reported
            case "MedicationRequest":
                return self.head(resource) is not resource
            case "ProcedureRequest":
                return resource.get("intent") == "order"  # the request an investigation was based on
            case _:
                return False

    def head(self, resource: Resource) -> Resource:
        """The resource under which an entry is known: for an issue of a prescription the statement it belongs to."""
        if resource["resourceType"] in ("MedicationRequest", "MedicationStatement"):
            return self._prescriptions.head(resource)
        return resource

    def read(self, resource: Resource) -> Entry:
        """The entry. Raises Unreadable, also for one that says it is about another patient."""
        place = id(resource)
        if place not in self._read:
            self._read[place] = Unreadable("entries that refer to each other in a circle")  # met again on the way
            try:
                self._check_patient(resource)
                self._read[place] = self._dispatch(resource)
            except Unreadable as unreadable:
                self._read[place] = unreadable
        found = self._read[place]
        if isinstance(found, Unreadable):
            raise found
        return found

    def item(self, resource: Resource) -> ConsultationItem:
        """A line of a consultation for this resource."""
        entry = self.read(self.head(resource))
        words, detail = entry.what.words, _detail(entry)
        if isinstance(entry, Observation) and entry.what.snomed == findings.COMMENT_NOTE and entry.note:
            words, detail = entry.note, ""
        return ConsultationItem(words, detail, entry.id, self.section_of(resource))

    def _check_patient(self, resource: Resource) -> None:
        about = text(child(resource, "subject") or child(resource, "patient"), "reference")
        if self._patient and "Patient/" in about and about.rpartition("Patient/")[2].split("/")[0] != self._patient:
            raise Unreadable("an entry is about another patient")

    def _dispatch(self, resource: Resource) -> Entry:
        shelf = self._shelf
        match resource["resourceType"]:
            case "Condition":
                return problems.read(resource, shelf)
            case "MedicationStatement" | "MedicationRequest":
                return self._prescriptions.read(resource)
            case "AllergyIntolerance":
                return allergies.read(resource, shelf)
            case "Encounter":
                return consultations.read(resource, shelf, self.trees)
            case "DiagnosticReport":
                return investigations.read(resource, self.families)
            case "Immunization":
                return immunisations.read(resource, shelf)
            case "ReferralRequest":
                return plans.read_referral(resource, shelf)
            case "Observation":
                return findings.read(resource, self.families)
            case "QuestionnaireResponse":
                return read_answers(resource, shelf, self.read)
            case "ProcedureRequest":
                return plans.read_diary_entry(resource, shelf)
            case "DocumentReference":
                return plans.read_document(resource, shelf)
            case _:
                raise Unreadable("a kind of entry the hub does not know")


def _detail(entry: Entry) -> str:
    """What a line of a consultation says beside the words."""
    match entry:
        case Observation():
            parts = [entry.value or _members(entry), entry.interpretation, entry.note]
        case Medication():
            parts = [entry.dosage, entry.quantity]
        case Referral():
            parts = [entry.description]
        case Document():
            parts = [entry.title]
        case Allergy() | Immunisation() | Investigation():
            parts = [entry.note]
        case _:
            parts = [entry.note]
    return ", ".join(part for part in parts if part and part != entry.what.words)


def _members(entry: Observation) -> str:
    return "; ".join(f"{member.what.words} {member.value}".strip() for member in entry.members)
