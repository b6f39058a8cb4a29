"""The planted patients: invented people whose number, name and words no log and no address may ever show."""

from dataclasses import dataclass
from datetime import date
from itertools import count

from vocabulary.identifiers import NHSNumber
from vocabulary.slots import Gender

# Nobody in the demo federation is called so, and no word or number of the product looks so.
FAMILY = "Quillfeather-Zwart"
FORMER_FAMILY = "Brackenzwill"
REASON_MARK = "wexelblatt"
_FIRST_NUMBER = 999_800_017


@dataclass(frozen=True, slots=True)
class Person:
    """A planted patient, as the national record has them."""

    nhs_number: NHSNumber
    given: str
    born: date
    family: str = FAMILY
    gender: Gender = Gender.FEMALE
    postcode: str = "BS3 1AA"
    phone: str = "07700 900321"


def numbers() -> "count[int]":
    """The first nine digits of one planted number after the other."""
    return count(_FIRST_NUMBER)


def number_from(first_nine: int) -> NHSNumber | None:
    """The NHS number with these first digits; None when no check digit makes one."""
    digits = str(first_nine)
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True))
    check = (11 - total % 11) % 11
    return None if check == 10 else NHSNumber.parse(f"{digits}{check}")
