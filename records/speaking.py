"""Who answers when a clinician asks to look into a record: by the patient's age, a hint and never a stop.

In England everybody from 16 is taken to be able to decide (Family Law Reform Act 1969, section 8; Mental Capacity Act
2005, section 1). A younger child who understands what is asked decides too (Gillick v West Norfolk and Wisbech AHA
[1986] AC 112); else whoever has parental responsibility does (Children Act 1989, section 3), which ends at 18. For an
adult who cannot decide, that is an attorney for health and welfare or a court's deputy (Mental Capacity Act 2005,
sections 9 and 16). See "Consent to treatment" on nhs.uk and the GMC's "0-18 years". Below 13 few will be judged to
understand, which is why the NHS App begins there. Who it is in the room only the clinician can tell.
"""

from dataclasses import dataclass

from vocabulary.choices import AnsweredBy

_PARENT_FIRST, _OF_AGE_TO_DECIDE, _GROWN_UP = 13, 16, 18


@dataclass(frozen=True, slots=True)
class WhoAnswers:
    """Who can be named, likeliest first; whether one of them is taken for granted; and what to bear in mind."""

    choices: tuple[AnsweredBy, ...]
    usual: AnsweredBy | None
    hint: str = ""

    @property
    def is_asked_first(self) -> bool:
        """Whether who answers has to be thought of before what they say."""
        return self.choices[0] is not AnsweredBy.PATIENT


def who_answers(age: int) -> WhoAnswers:
    """Of a patient who is so many years old."""
    if age < _PARENT_FIRST:
        return WhoAnswers(
            (AnsweredBy.PARENT, AnsweredBy.CARER, AnsweredBy.PATIENT),
            None,
            "At this age a parent or guardian usually answers. A child who understands what is asked can.",
        )
    if age < _OF_AGE_TO_DECIDE:
        return WhoAnswers(
            (AnsweredBy.PATIENT, AnsweredBy.PARENT, AnsweredBy.CARER),
            None,
            "A child who understands what is asked answers for themselves; else a parent or guardian does.",
        )
    if age < _GROWN_UP:
        return WhoAnswers(
            (AnsweredBy.PATIENT, AnsweredBy.PARENT, AnsweredBy.ATTORNEY, AnsweredBy.CARER), AnsweredBy.PATIENT
        )
    return WhoAnswers((AnsweredBy.PATIENT, AnsweredBy.ATTORNEY, AnsweredBy.CARER), AnsweredBy.PATIENT)
