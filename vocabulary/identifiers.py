"""Identifiers that parse or raise: nothing inside the hub passes them around as bare strings."""

import re
from dataclasses import dataclass
from typing import Self

from vocabulary.problems import InvalidValue

_SPACES_AND_DASHES = re.compile(r"[\s\-–]")


@dataclass(frozen=True, slots=True)
class NHSNumber:
    """A patient's NHS number: ten digits, the last a modulus-11 check (NHS Data Dictionary, NHS NUMBER).

    `str()` and `repr()` are masked so that a stray log line or traceback cannot leak one; use `.value` on purpose.
    """

    value: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a typed or pasted NHS number, spaces and dashes allowed. Raises InvalidValue."""
        digits = _SPACES_AND_DASHES.sub("", text)
        if not re.fullmatch(r"[0-9]{10}", digits):
            raise InvalidValue("An NHS number has ten digits.", next_step="Check the number and type it again.")
        total = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False))
        check = (11 - total % 11) % 11
        if check == 10 or check != int(digits[9]):
            raise InvalidValue(
                "That is not a valid NHS number: its check digit does not fit.",
                next_step="Ask for it again: usually one digit is wrong or two are swapped.",
            )
        return cls(digits)

    @property
    def spaced(self) -> str:
        """The number as people read it, in groups of 3, 3 and 4."""
        return f"{self.value[:3]} {self.value[3:6]} {self.value[6:]}"

    def __str__(self) -> str:
        return "NHS number (hidden)"

    def __repr__(self) -> str:
        return "NHSNumber(hidden)"


@dataclass(frozen=True, slots=True, order=True)
class OdsCode:
    """An Organisation Data Service code, 3 to 12 letters and digits, upper case."""

    value: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an ODS code in either case. Raises InvalidValue."""
        code = text.strip().upper()
        if not re.fullmatch(r"[A-Z0-9]{3,12}", code):
            raise InvalidValue(
                "An ODS code is 3 to 12 letters and digits.",
                next_step="Look the practice up by name, or check its code in the ODS portal.",
            )
        return cls(code)

    def __str__(self) -> str:
        return self.value


_REF_ALPHABET = "23456789BCDFGHJKLMNPQRSTVWXYZ"  # 29 signs, a prime; no 0/O, 1/I, no vowels and so no words
_REF_BODY = 7


@dataclass(frozen=True, slots=True, order=True)
class BookingRef:
    """A booking's reference, fit to be read out: eight signs shown as XXXX-XXXX, the last a check character.

    The check (weights 2..8 modulo 29) catches every single wrong sign and every swap of neighbours. It holds no
    patient data, so it may stand in URLs and logs.
    """

    value: str

    @classmethod
    def from_number(cls, number: int) -> Self:
        """The reference for a number from 0 to CAPACITY - 1."""
        if not 0 <= number < cls.capacity():
            raise ValueError("number out of range for a booking reference")
        signs = []
        for _ in range(_REF_BODY):
            number, digit = divmod(number, len(_REF_ALPHABET))
            signs.append(_REF_ALPHABET[digit])
        body = "".join(signs)
        return cls(body + _check_sign(body))

    @classmethod
    def capacity(cls) -> int:
        """How many references there are."""
        return int(len(_REF_ALPHABET) ** _REF_BODY)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a reference as said over the phone: any case, spaces and dashes. Raises InvalidValue."""
        signs = _SPACES_AND_DASHES.sub("", text).upper()
        if len(signs) != _REF_BODY + 1:
            raise InvalidValue(
                "A booking reference has eight letters and digits, such as 7KQ4-MPXB.",
                next_step="Check the reference, or find the booking by NHS number.",
            )
        wrong = next((sign for sign in signs if sign not in _REF_ALPHABET), "")
        if wrong:
            raise InvalidValue(
                f"That booking reference has a mistake in it: references never hold “{wrong}”.",
                next_step="Ask for it again, or find the booking by NHS number.",
            )
        if _check_sign(signs[:-1]) != signs[-1]:
            raise InvalidValue(
                "That booking reference has a mistake in it: its last character does not fit the others.",
                next_step="Ask for it again, or find the booking by NHS number.",
            )
        return cls(signs)

    @property
    def spoken(self) -> str:
        """The reference as shown and read out, XXXX-XXXX."""
        return f"{self.value[:4]}-{self.value[4:]}"

    def __str__(self) -> str:
        return self.spoken


def _check_sign(body: str) -> str:
    total = sum(_REF_ALPHABET.index(sign) * weight for weight, sign in enumerate(body, start=2))
    return _REF_ALPHABET[total % len(_REF_ALPHABET)]
