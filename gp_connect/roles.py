"""National job roles and delivery channels: GP Connect's codes and the hub's words for them."""

from vocabulary.slots import DeliveryChannel, PractitionerRole

# The codes we write, with their national display (SDSJobRoleName)
CODE_OF_ROLE = {
    PractitionerRole.GP: ("R0260", "General Medical Practitioner"),
    PractitionerRole.NURSE: ("R0600", "Specialist Nurse Practitioner"),
    PractitionerRole.PHYSIOTHERAPIST: ("R1110", "Physiotherapist"),
    PractitionerRole.PHARMACIST: ("R1290", "Pharmacist"),
    PractitionerRole.MENTAL_HEALTH_NURSE: ("R1975", "Community Mental Health Nurse"),
    PractitionerRole.HEALTHCARE_ASSISTANT: ("R1480", "Healthcare Assistant"),
}

# Further codes that practices use for the same six staff types; everything else is OTHER
_ROLE_OF_CODE = {
    **{code: role for role, (code, _) in CODE_OF_ROLE.items()},
    "R0270": PractitionerRole.GP,  # Salaried General Practitioner
    "R6200": PractitionerRole.GP,  # GP Registrar
    "R6300": PractitionerRole.GP,  # Sessional GP
    "R1547": PractitionerRole.GP,  # Associate Practitioner - General Practitioner
    "R0570": PractitionerRole.NURSE,  # Nurse Consultant
    "R0580": PractitionerRole.NURSE,  # Nurse Manager
    "R0590": PractitionerRole.NURSE,  # Modern Matron
    "R0610": PractitionerRole.NURSE,  # Sister/Charge Nurse
    "R0620": PractitionerRole.NURSE,  # Staff Nurse
    "R0630": PractitionerRole.NURSE,  # Enrolled Nurse
    "R0700": PractitionerRole.NURSE,  # Community Nurse
    "R1543": PractitionerRole.NURSE,  # Associate Practitioner - Nurse
    "R1120": PractitionerRole.PHYSIOTHERAPIST,  # Consultant
    "R1130": PractitionerRole.PHYSIOTHERAPIST,  # Manager
    "R1140": PractitionerRole.PHYSIOTHERAPIST,  # Specialist Practitioner
    "R1450": PractitionerRole.HEALTHCARE_ASSISTANT,  # Health Care Support Worker
}

_DISPLAY = dict(CODE_OF_ROLE.values())

_CHANNEL_CODES = {
    DeliveryChannel.IN_PERSON: "In-person",
    DeliveryChannel.TELEPHONE: "Telephone",
    DeliveryChannel.VIDEO: "Video",
    DeliveryChannel.OTHER: "Visit",  # never bookable through GP Connect; seen when appointments are retrieved
}
_CHANNELS = {code.lower(): channel for channel, code in _CHANNEL_CODES.items()}


def role_of(code: str) -> PractitionerRole:
    """The staff type of a national job role code."""
    return _ROLE_OF_CODE.get(code, PractitionerRole.OTHER)


def display_of(code: str) -> str:
    """The national name of a job role code, empty where we do not know it."""
    return _DISPLAY.get(code, "")


def channel_of(code: str) -> DeliveryChannel:
    """The channel of a wire code; the list is open in practice, so what is unknown is OTHER."""
    return _CHANNELS.get(code.strip().lower(), DeliveryChannel.OTHER)


def channel_code(channel: DeliveryChannel) -> str:
    """The wire code of a channel."""
    return _CHANNEL_CODES[channel]
