"""The clinical areas of a structured record: what each is called in a request, and the Lists it comes back in."""

from dataclasses import dataclass

from gp_connect.elements import Resource, children, text
from vocabulary.record_parts import RecordSection

SNOMED = "http://snomed.info/sct"
SECONDARY_LISTS = "https://fhir.hl7.org.uk/STU3/CodeSystem/GPConnect-SecondaryListValues-1"
ENDED_ALLERGIES = "1103671000000101"
ENDED_ALLERGIES_TITLE = "Ended allergies"
CONSULTATION = "325851000000107"
TOPIC = "25851000000105"
HEADING = "24781000000107"
LINKED_PROBLEMS = "problems-linked-problems-not-relating-to-the-primary-query"
DOCUMENT_REFERENCES = "DocumentReferences"  # how a provider names documents that are switched off


@dataclass(frozen=True, slots=True)
class Area:
    """One clinical area: its section, request parameter, primary List's code and title, and its secondary Lists."""

    section: RecordSection
    parameter: str
    code: str
    title: str
    in_consultations: str
    of_problems: str


def _area(section: RecordSection, parameter: str, code: str, title: str, plural: str, *, of_problems: str = "") -> Area:
    return Area(
        section,
        parameter,
        code,
        title,
        f"consultations-{plural}-contained-in-consultations" if plural else "",
        of_problems or (f"problems-{plural}-related-to-problems" if plural else ""),
    )


_REFERRALS = Area(
    RecordSection.REFERRALS,
    "includeReferrals",
    "792931000000107",
    "Outbound referral",
    "consultations-outbound-referrals-in-consultations",  # the one that breaks the pattern
    "problems-outbound-referrals-related-to-problems",
)
_S = RecordSection
AREAS = (
    _area(_S.ALLERGIES, "includeAllergies", "886921000000105", "Allergies and adverse reactions", "allergies"),
    _area(_S.MEDICATION, "includeMedication", "933361000000108", "Medications and medical devices", "medications"),
    Area(
        _S.CONSULTATIONS,
        "includeConsultations",
        "1149501000000101",
        "List of consultations",
        "",
        "problems-consultations-related-to-problems",
    ),
    _area(_S.PROBLEMS, "includeProblems", "717711000000103", "Problems", "problems", of_problems=LINKED_PROBLEMS),
    _area(_S.IMMUNISATIONS, "includeImmunisations", "1102181000000102", "Immunisations", "immunisations"),
    _area(_S.UNCATEGORISED, "includeUncategorisedData", "826501000000100", "Uncategorised data", "uncategorised-data"),
    _area(
        _S.INVESTIGATIONS, "includeInvestigations", "887191000000108", "Investigations and results", "investigations"
    ),
    _REFERRALS,
    _area(_S.DIARY, "includeDiaryEntries", "714311000000108", "Patient recall administration", "diary-entries"),
    _area(_S.DOCUMENTS, "", "", "", "documents"),
)
BY_SECTION = {area.section: area for area in AREAS}
BY_PARAMETER = {area.parameter: area for area in AREAS if area.parameter}
PRIMARY = {**{area.code: area.section for area in AREAS if area.code}, ENDED_ALLERGIES: _S.ALLERGIES}
_ENDED_SECONDARY = {
    "consultations-allergies-that-have-been-ended-contained-in-consultations": _S.ALLERGIES,
    "problems-allergies-that-have-been-ended-related-to-problems": _S.ALLERGIES,
}
SECONDARY = {
    **{code: area.section for area in AREAS for code in (area.in_consultations, area.of_problems) if code},
    **_ENDED_SECONDARY,
}
# Of SNOMED's own preferred terms one differs from the List's title
DISPLAYS = {area.code: area.title for area in AREAS if area.code} | {
    "826501000000100": "Miscellaneous record",
    ENDED_ALLERGIES: ENDED_ALLERGIES_TITLE,
    CONSULTATION: "Consultation",
    TOPIC: "Topic (EHR)",
    HEADING: "Category (EHR)",
}


def list_code(resource: Resource) -> str:
    """The first code of a List that the standard knows, or an empty string."""
    for concept in children(resource, "code"):
        for coding in children(concept, "coding"):
            code = text(coding, "code")
            if code in DISPLAYS or code in SECONDARY:
                return code
    return ""
