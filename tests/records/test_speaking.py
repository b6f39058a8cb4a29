"""Who is asked about a record: by age a hint, in which whoever it was can always be said."""

import pytest

from records.speaking import who_answers
from vocabulary.choices import AnsweredBy

PATIENT, PARENT, ATTORNEY, CARER = AnsweredBy


@pytest.mark.parametrize(
    ("age", "first", "usual", "asked_first"),
    [
        (0, PARENT, None, True),
        (12, PARENT, None, True),
        (13, PATIENT, None, False),
        (15, PATIENT, None, False),
        (16, PATIENT, PATIENT, False),
        (17, PATIENT, PATIENT, False),
        (18, PATIENT, PATIENT, False),
        (96, PATIENT, PATIENT, False),
    ],
)
def test_the_likeliest_stands_first_and_of_a_child_nobody_is_taken_for_granted(
    age: int, first: AnsweredBy, usual: AnsweredBy | None, asked_first: bool
) -> None:
    asked = who_answers(age)
    assert (asked.choices[0], asked.usual, asked.is_asked_first) == (first, usual, asked_first)
    assert PATIENT in asked.choices, "a hint, never a stop"
    assert bool(asked.hint) is (age < 16)


def test_no_parent_answers_for_a_grown_up_and_no_attorney_for_a_child() -> None:
    assert {age for age in range(100) if PARENT in who_answers(age).choices} == set(range(18))
    assert {age for age in range(100) if ATTORNEY in who_answers(age).choices} == set(range(16, 100))


def test_everybody_has_words() -> None:
    assert {who.words for who in AnsweredBy} >= {"the patient", "the patient’s parent or guardian"}
    assert len({who.words for who in AnsweredBy}) == len(AnsweredBy)
