"""National job roles (SDS job role names) to the hub's practitioner roles, where one fits."""

from vocabulary.slots import PractitionerRole

_ROLES = {
    # general medical practitioners of every standing
    **dict.fromkeys(("R0260", "R0270", "R6200", "R6300"), PractitionerRole.GP),
    # nurses: community, practice, specialist, nurse practitioner
    **dict.fromkeys(("R0600", "R0610", "R0620", "R0680", "R0690", "R0700", "R8001"), PractitionerRole.NURSE),
    "R1290": PractitionerRole.PHARMACIST,
    "R1110": PractitionerRole.PHYSIOTHERAPIST,
    "R1975": PractitionerRole.MENTAL_HEALTH_NURSE,
    **dict.fromkeys(("R1450", "R1480"), PractitionerRole.HEALTHCARE_ASSISTANT),
}


def role_of_code(code: str) -> PractitionerRole:
    """The practitioner role for a job role code; OTHER when the code is missing or has no counterpart."""
    return _ROLES.get(code, PractitionerRole.OTHER)
