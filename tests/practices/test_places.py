"""Distances really computed, and postcodes read as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practices.places import miles_between, place_codes, tidy_postcode
from practices.results import Place

_places = st.builds(Place, st.floats(-89, 89), st.floats(-180, 180))


@pytest.mark.parametrize(
    ("a", "b", "miles"),
    [
        # Bristol Temple Meads to London Paddington, and to Weston-super-Mare: known as the crow flies.
        (Place(51.4491, -2.5813), Place(51.5167, -0.1769), 103.6),
        (Place(51.4491, -2.5813), Place(51.3443, -2.9716), 18.3),
        (Place(51.0, -2.0), Place(52.0, -2.0), 69.09),
    ],
)
def test_known_distances(a: Place, b: Place, miles: float) -> None:
    assert miles_between(a, b) == pytest.approx(miles, rel=0.005)


@given(_places, _places)
def test_a_distance_is_the_same_both_ways_and_never_beyond_half_the_earth(a: Place, b: Place) -> None:
    assert miles_between(a, b) == pytest.approx(miles_between(b, a))
    assert 0 <= miles_between(a, b) <= 12_440


def test_a_point_is_no_way_from_itself() -> None:
    assert miles_between(Place(51.45, -2.6), Place(51.45, -2.6)) == 0


@pytest.mark.parametrize("typed", ["bs31as", "BS3 1AS", " bs3  1as ", "B S 3 1 A S"])
def test_a_postcode_is_tidied(typed: str) -> None:
    assert tidy_postcode(typed) == "BS3 1AS"


@pytest.mark.parametrize("typed", ["", "BS3", "BS3 1A", "BS3 1ASX", "1BS 3AS", "BS3 1CS", "BS3-1AS", "ＢＳ３ 1AS"])
def test_what_is_no_postcode_is_none(typed: str) -> None:
    assert tidy_postcode(typed) is None


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("bs3 1as", ("BS3 1AS", "BS3")),
        ("BS16 2EW", ("BS16 2EW", "BS16")),
        ("EC1A 1BB", ("EC1A 1BB", "EC1A")),
        ("bs3", ("BS3",)),
        ("Bristol", ()),
        ("", ()),
    ],
)
def test_a_postcode_is_looked_up_by_itself_then_by_its_outward_code(typed: str, codes: tuple[str, ...]) -> None:
    assert place_codes(typed) == codes
