"""What a patient has chosen about sharing, and whether they let somebody look into their record now."""

from enum import StrEnum


class PatientChoice(StrEnum):
    """A choice that is on record for a patient until it is withdrawn."""

    DISSENT_TO_SHARING = "dissent-to-sharing"  # no other practice may view the record; booking goes on
    TYPE_1_OPT_OUT = "type-1-opt-out"  # nothing leaves the practice for uses beyond the patient's own care
    NATIONAL_DATA_OPT_OUT = "national-data-opt-out"  # kept nationally: no research and planning


class Permission(StrEnum):
    """What the patient said when asked whether this person may look into their record now."""

    GIVEN = "given"
    REFUSED = "refused"
    CANNOT_ASK = "cannot-ask"  # the patient is not there, or cannot answer
