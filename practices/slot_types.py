"""What a practice's own slot-type wordings mean in the hub: a service, and sometimes a role. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from vocabulary.slots import PractitionerRole


class Service(StrEnum):
    """The services of the network's clinics. `NONE` hides a wording on purpose; an unmapped one is never hidden."""

    GENERAL_CONSULTATION = "general-consultation"
    NURSE_CLINIC = "nurse-clinic"
    BLOOD_TEST = "blood-test"
    CERVICAL_SCREENING = "cervical-screening"
    FIRST_CONTACT_PHYSIOTHERAPY = "first-contact-physiotherapy"
    MEDICATION_REVIEW = "medication-review"
    MENTAL_HEALTH_SUPPORT = "mental-health-support"
    HEALTH_CHECK = "health-check"
    NONE = "none"

    @property
    def words(self) -> str:
        """As shown to users."""
        return _WORDS[self]


_WORDS = {
    Service.GENERAL_CONSULTATION: "General consultation",
    Service.NURSE_CLINIC: "Nurse clinic",
    Service.BLOOD_TEST: "Blood test",
    Service.CERVICAL_SCREENING: "Cervical screening",
    Service.FIRST_CONTACT_PHYSIOTHERAPY: "First-contact physiotherapy",
    Service.MEDICATION_REVIEW: "Medication review",
    Service.MENTAL_HEALTH_SUPPORT: "Mental health support",
    Service.HEALTH_CHECK: "Health check",
    Service.NONE: "Not offered through the hub",
}


@dataclass(frozen=True, slots=True)
class SlotTypeMeaning:
    """What a wording was mapped to. No role: the role comes from the clinic session's national role code."""

    service: Service
    role: PractitionerRole | None = None

    @property
    def hidden(self) -> bool:
        """True when the practice said that slots of this wording are not for the hub."""
        return self.service is Service.NONE


SlotTypes = Mapping[str, SlotTypeMeaning]


def tidy_wording(wording: str) -> str:
    """The form in which wordings are compared: hosts are careless with case and spaces."""
    return " ".join(wording.split()).casefold()


def map_slot_type(mapping: SlotTypes, wording: str) -> SlotTypeMeaning | None:
    """What the wording means at the practice the mapping (by tidied wording) belongs to; None when nobody said."""
    return mapping.get(tidy_wording(wording))
