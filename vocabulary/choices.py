"""What a patient has chosen about sharing, whether somebody may look into their record now, and who said so."""

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


class AnsweredBy(StrEnum):
    """Who gave the answer: the patient, or somebody who may speak for them."""

    PATIENT = "patient"
    PARENT = "parent"  # or whoever else has parental responsibility
    ATTORNEY = "attorney"  # for health and welfare, or a deputy whom the court appointed
    CARER = "carer"  # whom the patient lets speak for them

    @property
    def words(self) -> str:
        """Who it was, as the middle of a sentence has it."""
        return _ANSWERED_BY[self]


_ANSWERED_BY = {
    AnsweredBy.PATIENT: "the patient",
    AnsweredBy.PARENT: "the patient’s parent or guardian",
    AnsweredBy.ATTORNEY: "the patient’s attorney or deputy",
    AnsweredBy.CARER: "the patient’s carer",
}
