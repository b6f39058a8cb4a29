"""How each practice words its slot types, and what it told the hub they mean. Differing wordings are the point."""

from collections.abc import Mapping
from dataclasses import dataclass

from demo.federation.network import Practice
from practices.slot_types import Service, SlotTypeMeaning
from vocabulary.slots import DeliveryChannel, PractitionerRole

GP, NURSE, PHYSIO = PractitionerRole.GP, PractitionerRole.NURSE, PractitionerRole.PHYSIOTHERAPIST
PHARMACIST, MENTAL_HEALTH = PractitionerRole.PHARMACIST, PractitionerRole.MENTAL_HEALTH_NURSE
ASSISTANT = PractitionerRole.HEALTHCARE_ASSISTANT
STAFF_TYPES = (GP, NURSE, PHYSIO, PHARMACIST, MENTAL_HEALTH, ASSISTANT)

_SERVICES = {
    GP: Service.GENERAL_CONSULTATION,
    NURSE: Service.NURSE_CLINIC,
    PHYSIO: Service.FIRST_CONTACT_PHYSIOTHERAPY,
    PHARMACIST: Service.MEDICATION_REVIEW,
    MENTAL_HEALTH: Service.MENTAL_HEALTH_SUPPORT,
    ASSISTANT: Service.HEALTH_CHECK,
}
SMEARS, BLOODS = "smears", "bloods"  # special clinics of nurses and of healthcare assistants


@dataclass(frozen=True, slots=True)
class _Style:
    """One way of wording: the staff types in this practice's words, the channels, and how the two are joined."""

    staff: Mapping[PractitionerRole, str]
    channels: Mapping[DeliveryChannel, str]
    joined: str
    smears: str
    bloods: str


def _staff(*words: str) -> Mapping[PractitionerRole, str]:
    return dict(zip(STAFF_TYPES, words, strict=True))


def _channels(*words: str) -> Mapping[DeliveryChannel, str]:
    order = (DeliveryChannel.IN_PERSON, DeliveryChannel.TELEPHONE, DeliveryChannel.VIDEO)
    return dict(zip(order, words, strict=True))


_STYLES = (
    _Style(
        _staff("GP", "Nurse", "Physio", "Pharmacist", "Mental Health Nurse", "HCA"),
        _channels("Face to Face", "Telephone", "Video"),
        "Extended Access {staff} {channel}",
        "Extended Access Smear",
        "Extended Access Bloods",
    ),
    _Style(
        _staff("GP", "PN", "FCP", "Pharm", "MHP", "HCA"),
        _channels("F2F", "TEL", "VID"),
        "EA-{staff}-{channel}",
        "EA-PN-CX SCREEN",
        "EA-HCA-PHLEB",
    ),
    _Style(
        _staff("Doctor", "Practice nurse", "First contact physio", "Clinical pharmacist", "MH practitioner", "Carer"),
        _channels("in surgery", "by phone", "by video"),
        "Evening & weekend: {staff} ({channel})",
        "Evening & weekend: cervical screening",
        "Evening & weekend: blood test",
    ),
    _Style(
        _staff("Dr", "Nrs", "MSK", "ClinPharm", "MHN", "HCA"),
        _channels("Surgery", "Phone", "AccuVideo"),
        "Hub {channel} appt - {staff}",
        "Hub Surgery appt - Smear",
        "Hub Surgery appt - Phleb",
    ),
    _Style(
        _staff("GP consultation", "Treatment room", "Physiotherapy", "Med review", "Wellbeing", "Health check"),
        _channels("", "(telephone)", "(video)"),
        "IA {staff} {channel}",
        "IA Treatment room smear",
        "IA Phlebotomy",
    ),
)

# Nobody has said yet what these mean: their slots are counted as unmapped.
_UNMAPPED = {4: (MENTAL_HEALTH,), 8: (ASSISTANT,), 23: (PHARMACIST,), 51: (NURSE, PHYSIO)}
_HIDDEN = ("Staff flu clinic", "Admin - do not book")


def wording(practice: Practice, role: PractitionerRole, channel: DeliveryChannel, *, special: str = "") -> str:
    """What this practice calls such a slot."""
    style = _STYLES[practice.number % len(_STYLES)]
    if special:
        return style.smears if special == SMEARS else style.bloods
    return " ".join(style.joined.format(staff=style.staff[role], channel=style.channels[channel]).split())


def mapping(practice: Practice) -> dict[str, SlotTypeMeaning]:
    """What this practice told the hub its wordings mean, those it hides included, those it forgot left out."""
    told: dict[str, SlotTypeMeaning] = {}
    for role in STAFF_TYPES:
        if role in _UNMAPPED.get(practice.number, ()):
            continue
        for channel in (DeliveryChannel.IN_PERSON, DeliveryChannel.TELEPHONE, DeliveryChannel.VIDEO):
            told[wording(practice, role, channel)] = SlotTypeMeaning(_SERVICES[role], role)
    told[wording(practice, NURSE, DeliveryChannel.IN_PERSON, special=SMEARS)] = SlotTypeMeaning(
        Service.CERVICAL_SCREENING, NURSE
    )
    told[wording(practice, ASSISTANT, DeliveryChannel.IN_PERSON, special=BLOODS)] = SlotTypeMeaning(
        Service.BLOOD_TEST, ASSISTANT
    )
    told |= dict.fromkeys(_HIDDEN, SlotTypeMeaning(Service.NONE))
    return told


def is_unmapped(practice: Practice, role: PractitionerRole) -> bool:
    """Whether the practice has not said what its ordinary wordings for this staff type mean."""
    return role in _UNMAPPED.get(practice.number, ())
