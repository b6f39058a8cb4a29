"""Who is asking: the user, the role and the practice they act for."""

from dataclasses import dataclass
from enum import StrEnum

from vocabulary.identifiers import OdsCode


class UserRole(StrEnum):
    """What a user may do in the hub (national role codes map onto these)."""

    RECEPTIONIST = "receptionist"
    CLINICIAN = "clinician"
    PRACTICE_MANAGER = "practice-manager"
    FEDERATION_ADMIN = "federation-admin"
    CALDICOTT_GUARDIAN = "caldicott-guardian"
    ANALYST = "analyst"
    SYSTEM = "system"  # a background job; always names the practice and the person it works on behalf of


@dataclass(frozen=True, slots=True)
class Caller:
    """One act's author: who, in which role, acting for which practice, how they signed in, under which trace id.

    For a background job `role` is SYSTEM and user and practice are those on whose behalf it runs.
    """

    user_id: str
    name: str
    role: UserRole
    practice: OdsCode
    practice_name: str
    trace_id: str
    via: str = "web"  # web | api | fhir | job | command
    practice_phone: str = ""
    sds_user_id: str = "UNK"  # as GP Connect's audit token wants it
    sds_role_profile_id: str = "UNK"
    organisation_type: str = "gp-practice"  # as GP Connect's slot restrictions count it; empty: not said
    authority: str = ""  # on whose authority, where it is another's
    device: str = ""  # from where: an address and a kind of program, or a machine's name
    interaction: str = ""  # by which function of the hub, or which GP Connect interaction
