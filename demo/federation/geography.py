"""Bristol-area geography: outward codes with their rough middles (facts), and invented full postcodes round them.

The invented ones have sector 9, which the area's streets do not use.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from practices.results import Place


@dataclass(frozen=True, slots=True)
class Area:
    """An outward code: its rough middle, how far it spreads (miles) and what people call it."""

    outcode: str
    place: Place
    spread: float
    name: str
    town: str = "Bristol"


@dataclass(frozen=True, slots=True)
class Postcode:
    """A full postcode and where it is."""

    code: str
    place: Place


def _area(outcode: str, latitude: float, longitude: float, spread: float, name: str, town: str = "Bristol") -> Area:
    return Area(outcode, Place(latitude, longitude), spread, name, town)


_AREAS = (
    _area("BS1", 51.4531, -2.5930, 0.3, "Queen Square"),
    _area("BS2", 51.4595, -2.5801, 0.4, "St Pauls"),
    _area("BS3", 51.4378, -2.6014, 0.6, "Bedminster"),
    _area("BS4", 51.4344, -2.5611, 0.8, "Brislington"),
    _area("BS5", 51.4614, -2.5499, 0.7, "Easton"),
    _area("BS6", 51.4702, -2.5990, 0.4, "Redland"),
    _area("BS7", 51.4864, -2.5805, 0.7, "Horfield"),
    _area("BS8", 51.4575, -2.6204, 0.5, "Clifton"),
    _area("BS9", 51.4871, -2.6251, 0.7, "Westbury-on-Trym"),
    _area("BS10", 51.5061, -2.6095, 0.9, "Southmead"),
    _area("BS11", 51.4967, -2.6743, 0.9, "Avonmouth"),
    _area("BS13", 51.4116, -2.6112, 0.7, "Hartcliffe"),
    _area("BS14", 51.4128, -2.5608, 0.7, "Whitchurch"),
    _area("BS15", 51.4589, -2.5053, 0.8, "Kingswood"),
    _area("BS16", 51.4850, -2.5099, 1.2, "Fishponds"),
    _area("BS20", 51.4792, -2.7518, 1.4, "Portishead", "Portishead"),
    _area("BS21", 51.4344, -2.8489, 1.2, "Clevedon", "Clevedon"),
    _area("BS22", 51.3601, -2.9294, 1.0, "Worle", "Weston-super-Mare"),
    _area("BS23", 51.3427, -2.9707, 0.8, "Weston-super-Mare", "Weston-super-Mare"),
    _area("BS24", 51.3277, -2.9316, 1.2, "Locking", "Weston-super-Mare"),
    _area("BS25", 51.3204, -2.8252, 1.3, "Winscombe", "Winscombe"),
    _area("BS26", 51.2797, -2.8546, 1.6, "Axbridge", "Axbridge"),
    _area("BS27", 51.2713, -2.7699, 1.3, "Cheddar", "Cheddar"),
    _area("BS28", 51.2252, -2.8135, 1.6, "Wedmore", "Wedmore"),
    _area("BS29", 51.3308, -2.8771, 0.8, "Banwell", "Banwell"),
    _area("BS30", 51.4447, -2.4720, 1.2, "Warmley"),
    _area("BS31", 51.4077, -2.4918, 1.0, "Keynsham", "Keynsham"),
    _area("BS32", 51.5423, -2.5596, 1.0, "Bradley Stoke"),
    _area("BS34", 51.5234, -2.5636, 0.9, "Filton"),
    _area("BS35", 51.5963, -2.5487, 2.2, "Thornbury", "Thornbury"),
    _area("BS36", 51.5255, -2.4858, 1.3, "Frampton Cotterell"),
    _area("BS37", 51.5393, -2.4168, 1.3, "Yate", "Yate"),
    _area("BS39", 51.3275, -2.5311, 2.0, "Paulton"),
    _area("BS40", 51.3464, -2.6907, 2.4, "Chew Stoke"),
    _area("BS41", 51.4222, -2.6516, 1.1, "Long Ashton"),
    _area("BS48", 51.4252, -2.7480, 1.4, "Nailsea", "Nailsea"),
    _area("BS49", 51.3798, -2.8177, 1.5, "Yatton", "Yatton"),
)
AREAS: Mapping[str, Area] = {area.outcode: area for area in _AREAS}

# Where patients of neighbouring counties live: outward codes only, for distances.
NEIGHBOURS: Mapping[str, Place] = {
    "BA1": Place(51.3911, -2.3593),
    "BA2": Place(51.3596, -2.3763),
    "BA3": Place(51.2747, -2.4731),
    "BA5": Place(51.2127, -2.6529),
    "GL9": Place(51.5576, -2.2972),
    "GL12": Place(51.6248, -2.3843),
    "GL13": Place(51.6929, -2.4587),
    "NP16": Place(51.6495, -2.6881),
    "SN14": Place(51.4751, -2.1944),
    "TA8": Place(51.2445, -2.9929),
    "TA9": Place(51.2259, -2.9553),
}

_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # an inward code has none of CIKMOV
_POSTCODES_AN_AREA = 30
_MILES_A_DEGREE_NORTH = 69.0
_MILES_A_DEGREE_EAST = 43.1  # at 51.4 degrees north


def _postcodes(area: Area) -> Iterator[Postcode]:
    numbers = Random(f"postcodes:{area.outcode}")
    for number in range(_POSTCODES_AN_AREA):
        unit = _LETTERS[number % len(_LETTERS)] + _LETTERS[(number * 7 + number // 20) % len(_LETTERS)]
        north = numbers.uniform(-area.spread, area.spread) / _MILES_A_DEGREE_NORTH
        east = numbers.uniform(-area.spread, area.spread) / _MILES_A_DEGREE_EAST
        place = Place(round(area.place.latitude + north, 5), round(area.place.longitude + east, 5))
        yield Postcode(f"{area.outcode} 9{unit}", place)


POSTCODES: Mapping[str, tuple[Postcode, ...]] = {area.outcode: tuple(_postcodes(area)) for area in _AREAS}
"""Invented full postcodes by outward code."""
