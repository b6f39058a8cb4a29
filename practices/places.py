"""Postcodes and distances: pure functions over points on the earth, no map service."""

import math
import re

from practices.results import Place

_EARTH_RADIUS_MILES = 3958.8  # the mean radius; the error against the ellipsoid is under half a per cent
_OUTWARD = r"(?P<outward>[A-Z]{1,2}[0-9][A-Z0-9]?)"
_POSTCODE = re.compile(rf"{_OUTWARD}(?P<inward>[0-9][ABD-HJLNP-UW-Z]{{2}})")
_OUTWARD_ONLY = re.compile(_OUTWARD)


def miles_between(a: Place, b: Place) -> float:
    """The great-circle distance in miles (haversine, which keeps its precision for short ways)."""
    half_north = math.radians(b.latitude - a.latitude) / 2
    half_east = math.radians(b.longitude - a.longitude) / 2
    chord = (
        math.sin(half_north) ** 2
        + math.cos(math.radians(a.latitude)) * math.cos(math.radians(b.latitude)) * math.sin(half_east) ** 2
    )
    return 2 * _EARTH_RADIUS_MILES * math.asin(min(1.0, math.sqrt(chord)))


def tidy_postcode(text: str) -> str | None:
    """A full postcode as people write it ("BS3 1AS"), or None when the text is not one."""
    found = _POSTCODE.fullmatch(_squeezed(text))
    return f"{found['outward']} {found['inward']}" if found else None


def place_codes(text: str) -> tuple[str, ...]:
    """What to look a postcode up by, best first: the full postcode, then its outward code. Empty when it is neither."""
    squeezed = _squeezed(text)
    if found := _POSTCODE.fullmatch(squeezed):
        return f"{found['outward']} {found['inward']}", found["outward"]
    if _OUTWARD_ONLY.fullmatch(squeezed):
        return (squeezed,)
    return ()


def _squeezed(text: str) -> str:
    return "".join(text.split()).upper()
