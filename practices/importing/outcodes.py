"""The places file (latitude and longitude of outward codes, or of full postcodes), with a header, as published."""

from practices.importing.lines import Lines
from practices.importing.notes import Outcome
from practices.places import place_codes
from practices.results import Place

KIND = "places"
_COLUMNS = ("postcode", "latitude", "longitude")
# Great Britain, Northern Ireland, Man and the Channel Islands, with room to spare.
_SOUTH, _NORTH, _WEST, _EAST = 49.0, 61.0, -9.0, 2.5


def read_places(lines: Lines) -> dict[str, Place]:
    """Places by postcode or outward code. Some are published as (0, 0), in the Gulf of Guinea: they have no place."""
    found: dict[str, Place] = {}
    for line, cells in lines.by_header(_COLUMNS):
        codes = place_codes(cells["postcode"])
        shown = cells["postcode"][:12]
        place = _place(cells["latitude"], cells["longitude"])
        if not codes:
            lines.note(line, shown, Outcome.SKIPPED, "bad postcode: neither a postcode nor an outward code")
        elif place is None:
            lines.note(line, shown, Outcome.SKIPPED, "its latitude and longitude are not numbers")
        elif (place.latitude, place.longitude) == (0.0, 0.0):
            lines.note(line, shown, Outcome.SKIPPED, "published without coordinates (0, 0)")
        elif not (_SOUTH <= place.latitude <= _NORTH and _WEST <= place.longitude <= _EAST):
            lines.note(line, shown, Outcome.SKIPPED, "its coordinates are not in the British Isles")
        elif codes[0] in found:
            lines.note(line, shown, Outcome.SKIPPED, "duplicate: the code was already given")
        else:
            found[codes[0]] = place
    return found


def _place(latitude: str, longitude: str) -> Place | None:
    try:
        return Place(float(latitude), float(longitude))
    except ValueError:
        return None
