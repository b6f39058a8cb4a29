"""Booking references survive the telephone: every single slip is caught."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.problems import InvalidValue

SIGNS = "23456789BCDFGHJKLMNPQRSTVWXYZ"
references = st.integers(0, BookingRef.capacity() - 1).map(BookingRef.from_number)


def _parses(text: str) -> bool:
    try:
        BookingRef.parse(text)
    except InvalidValue:
        return False
    return True


@given(references)
def test_a_reference_is_read_as_it_is_spoken(ref: BookingRef) -> None:
    assert BookingRef.parse(ref.spoken) == ref
    assert BookingRef.parse(ref.value.lower()) == ref
    assert BookingRef.parse(f"  {ref.value[:2]} {ref.value[2:5]}-{ref.value[5:]} ") == ref
    assert str(ref) == ref.spoken == f"{ref.value[:4]}-{ref.value[4:]}"


@given(references, st.integers(0, 7), st.sampled_from(SIGNS))
def test_every_single_wrong_sign_is_caught(ref: BookingRef, place: int, wrong: str) -> None:
    changed = ref.value[:place] + wrong + ref.value[place + 1 :]
    assert _parses(changed) == (changed == ref.value)


@given(references, st.integers(0, 6))
def test_every_swap_of_neighbours_is_caught(ref: BookingRef, place: int) -> None:
    signs = list(ref.value)
    signs[place], signs[place + 1] = signs[place + 1], signs[place]
    changed = "".join(signs)
    assert _parses(changed) == (changed == ref.value)


@given(st.integers(0, BookingRef.capacity() - 1), st.integers(0, BookingRef.capacity() - 1))
def test_two_numbers_never_share_a_reference(one: int, other: int) -> None:
    assert (BookingRef.from_number(one) == BookingRef.from_number(other)) == (one == other)


@pytest.mark.parametrize("number", [-1, BookingRef.capacity()])
def test_there_is_no_reference_beyond_the_capacity(number: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        BookingRef.from_number(number)


@pytest.mark.parametrize("text", ["", "7KQ4-MPX", "7KQ4-MPX22", "0KQ4-MPX2", "AKQ4-MPX2", "7KQ4/MPX2"])
def test_what_is_no_reference_at_all_is_refused_with_a_way_on(text: str) -> None:
    with pytest.raises(InvalidValue, match=r"eight letters and digits|never hold") as refused:
        BookingRef.parse(text)
    assert "NHS number" in refused.value.next_step


@pytest.mark.parametrize(("text", "code"), [("y90001", "Y90001"), (" L81005 ", "L81005"), ("15C", "15C")])
def test_an_ods_code_is_read_in_either_case(text: str, code: str) -> None:
    assert OdsCode.parse(text) == OdsCode(code)
    assert str(OdsCode.parse(text)) == code


@pytest.mark.parametrize("text", ["", "Y9", "Y9000100000001", "Y90 001", "Y90-01", "Y9ÄÖÜ"])
def test_anything_else_is_no_ods_code(text: str) -> None:
    with pytest.raises(InvalidValue, match="3 to 12"):
        OdsCode.parse(text)
