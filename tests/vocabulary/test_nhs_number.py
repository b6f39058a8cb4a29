"""NHS numbers parse or raise, by the national rule, and never show themselves by accident."""

import nhs_number
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vocabulary.identifiers import NHSNumber
from vocabulary.problems import InvalidValue, Problem, ProblemKind

# Of a number from the Scottish range the reference package also asks that it begin with a date: left out here.
nine_digits = st.from_regex(r"[4-9][0-9]{8}", fullmatch=True)
valid_numbers = nine_digits.map(lambda nine: f"{nine}{nhs_number.calculate_checksum(nine)}").filter(nhs_number.is_valid)


def _parses(text: str) -> bool:
    try:
        NHSNumber.parse(text)
    except InvalidValue:
        return False
    return True


@given(nine_digits)
@example("943476591")
@example("400000000")
def test_nine_digits_take_the_check_digit_that_the_reference_package_says_or_none(nine: str) -> None:
    fitting = [check for check in "0123456789" if _parses(nine + check)]
    assert fitting == [check for check in "0123456789" if nhs_number.is_valid(nine + check)]
    assert len(fitting) <= 1


@pytest.mark.parametrize(
    "written", ["9990000018", "999 000 0018", " 999-000-0018 ", "999\u2013000\u20130018", "999\u00a0000\u00a00018"]
)
def test_it_is_read_as_people_write_it(written: str) -> None:
    assert NHSNumber.parse(written).value == "9990000018"


@pytest.mark.parametrize("written", ["", "999000001", "99900000181", "999000001X", "९९९०००००१८", "999/000/0018"])
def test_anything_but_ten_plain_digits_is_refused(written: str) -> None:
    with pytest.raises(InvalidValue, match="ten digits"):
        NHSNumber.parse(written)


@given(valid_numbers, st.integers(0, 9))
def test_every_single_wrong_digit_and_every_swap_of_neighbours_is_caught(digits: str, place: int) -> None:
    for wrong in "0123456789":
        changed = digits[:place] + wrong + digits[place + 1 :]
        assert _parses(changed) == (changed == digits)
    swapped = digits[:place] + digits[place : place + 2][::-1] + digits[place + 2 :]
    assert _parses(swapped) == (swapped == digits)


def test_a_refusal_says_what_to_do_and_does_not_repeat_the_number() -> None:
    with pytest.raises(InvalidValue) as refused:
        NHSNumber.parse("9990000019")
    assert isinstance(refused.value, Problem)
    assert refused.value.kind is ProblemKind.INVALID
    assert "check digit" in refused.value.message
    assert refused.value.next_step
    assert "9990000019" not in f"{refused.value!r} {refused.value.message} {refused.value.next_step}"


def test_printing_one_hides_it() -> None:
    number = NHSNumber.parse("9990000018")
    assert "9990000018" not in f"{number} {number!r} {[number]} { ({'n': number}) }"


def test_it_is_shown_on_purpose_in_groups() -> None:
    assert NHSNumber.parse("9990000018").spaced == "999 000 0018"
