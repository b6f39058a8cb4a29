"""The synthetic network: 82 practices in 18 clusters, their sites, lists and phones, the same every time."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from random import Random

from demo.federation.geography import AREAS, POSTCODES
from demo.federation.words import PRACTICE_NAMES, STREETS
from practices.results import Place
from vocabulary.identifiers import OdsCode

_ON_TPP = frozenset({7, 24, 41, 58, 75})  # the practices whose GP system is TPP's; all others run EMIS
PATIENTS_ON_LISTS = 1_031_600  # what the list sizes add up to, about
_SMALLEST_LIST, _LARGEST_LIST = 5_200, 27_500

# Cluster names, and the outward codes of their practices' main sites in the order of the practices' codes.
_CLUSTERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Ferryman", ("BS1", "BS3", "BS8", "BS3", "BS41")),
    ("Kingfisher", ("BS10", "BS9", "BS11", "BS10", "BS11")),
    ("Limekiln", ("BS6", "BS7", "BS7", "BS6")),
    ("Viaduct", ("BS2", "BS5", "BS5", "BS2", "BS5")),
    ("Gasworks", ("BS5", "BS16", "BS16", "BS5")),
    ("Orchard Ring", ("BS16", "BS15", "BS16", "BS36", "BS15")),
    ("Beacon", ("BS15", "BS30", "BS30", "BS15")),
    ("Wheelwright", ("BS4", "BS14", "BS4", "BS14", "BS31")),
    ("Quarryman", ("BS13", "BS13", "BS14", "BS4")),
    ("Millrace", ("BS34", "BS32", "BS34", "BS7", "BS32")),
    ("Drover", ("BS37", "BS37", "BS36", "BS37")),
    ("Estuary", ("BS35", "BS35", "BS34", "BS32", "BS35")),
    ("Lighthouse", ("BS20", "BS20", "BS21", "BS21")),
    ("Reedbed", ("BS48", "BS49", "BS48", "BS41", "BS21")),
    ("Pebble Beach", ("BS23", "BS23", "BS24", "BS23")),
    ("Samphire", ("BS22", "BS22", "BS24", "BS29", "BS23")),
    ("Coombe", ("BS25", "BS26", "BS27", "BS28")),
    ("Pithead", ("BS39", "BS31", "BS40", "BS39", "BS40")),
)

STEP_FREE, PARKING, HEARING_LOOP, HOIST, QUIET_ROOM = "step-free", "parking", "hearing-loop", "hoist", "quiet-room"
_ACCESS = ((STEP_FREE, 0.85), (PARKING, 0.6), (HEARING_LOOP, 0.5), (HOIST, 0.2), (QUIET_ROOM, 0.3))
# How to find the way in, with what the site must have, and must not have, for that to be true.
_DIRECTIONS: tuple[tuple[str, frozenset[str], frozenset[str]], ...] = (
    ("The evening entrance is at the side, by the pharmacy. Ring the bell.", frozenset(), frozenset()),
    ("Free parking behind the building after 6pm.", frozenset({PARKING}), frozenset()),
    ("The car park is shared with the library; the ramp is on the left.", frozenset({PARKING, STEP_FREE}), frozenset()),
    ("Buses stop outside. There is no car park.", frozenset(), frozenset({PARKING})),
    ("Come in through the main door; reception is on the first floor, by lift.", frozenset({STEP_FREE}), frozenset()),
    (
        "On-street parking only. The step-free way in is from the back lane.",
        frozenset({STEP_FREE}),
        frozenset({PARKING}),
    ),
)


@dataclass(frozen=True, slots=True)
class Site:
    """A building where a practice holds clinics; `location_id` is what its GP system calls it."""

    location_id: str
    name: str
    address: tuple[str, ...]
    postcode: str
    place: Place
    phone: str
    access: tuple[str, ...]
    directions: str


@dataclass(frozen=True, slots=True)
class Practice:
    """A synthetic practice. `number` is 1 to 82, `seat` its place in its cluster from 0."""

    ods: OdsCode
    number: int
    seat: int
    cluster: str
    outcode: str
    name: str
    list_size: int
    phone: str
    bypass_phone: str
    sites: tuple[Site, ...]  # the main one first
    provider_asid: str
    consumer_asid: str
    system: str  # the connector's name


@dataclass(frozen=True, slots=True)
class Cluster:
    """Practices pooling their slots."""

    code: str  # AVON-01 to AVON-18
    name: str
    practices: tuple[Practice, ...]


def ods_of(number: int) -> OdsCode:
    """The code of the practice with this number: Y90001 to Y90082."""
    return OdsCode(f"Y9{number:04d}")


@cache
def clusters() -> tuple[Cluster, ...]:
    """All 18 clusters with their practices, in the order of their codes."""
    sizes = _list_sizes(sum(len(outcodes) for _, outcodes in _CLUSTERS))
    made, first = [], 1
    for position, (name, outcodes) in enumerate(_CLUSTERS, start=1):
        code = f"AVON-{position:02d}"
        members = tuple(
            _practice(first + seat, seat, code, outcode, sizes[first + seat - 1])
            for seat, outcode in enumerate(outcodes)
        )
        made.append(Cluster(code, f"{name} Cluster", members))
        first += len(members)
    return tuple(made)


@cache
def practices() -> tuple[Practice, ...]:
    """All 82 practices in the order of their codes."""
    return tuple(practice for cluster in clusters() for practice in cluster.practices)


@cache
def by_ods() -> Mapping[OdsCode, Practice]:
    """The practices by code."""
    return {practice.ods: practice for practice in practices()}


def _list_sizes(count: int) -> list[int]:
    numbers = Random("list sizes")
    drawn = [min(max(numbers.lognormvariate(0, 0.42), 0.42), 2.1) for _ in range(count)]
    scale = PATIENTS_ON_LISTS / sum(drawn)
    return [min(max(round(each * scale), _SMALLEST_LIST), _LARGEST_LIST) for each in drawn]


def _practice(number: int, seat: int, cluster: str, outcode: str, list_size: int) -> Practice:
    name = PRACTICE_NAMES[number - 1]
    main = _site(number, 0, outcode, name)
    branches = tuple(
        _site(number, at, _branch_outcodes(outcode, number)[at - 1], name) for at in range(1, 1 + _branches(number))
    )
    return Practice(
        ods=ods_of(number),
        number=number,
        seat=seat,
        cluster=cluster,
        outcode=outcode,
        name=name,
        list_size=list_size,
        phone=main.phone,
        bypass_phone=_phone(500 + number),
        sites=(main, *branches),
        provider_asid=f"91823100{number:04d}",
        consumer_asid=f"91823200{number:04d}",
        system="tpp" if number in _ON_TPP else "emis",
    )


def _branches(number: int) -> int:
    """How many branch sites: most practices have none or one, some have two."""
    return (1, 0, 1, 0, 0, 2, 0, 1)[number % 8]


def _branch_outcodes(outcode: str, number: int) -> list[str]:
    """The first branch's, and the second's: neighbouring outward codes for some, the same one first for the others."""
    here = AREAS[outcode].place
    others = sorted(
        (abs(area.place.latitude - here.latitude) + abs(area.place.longitude - here.longitude), code)
        for code, area in AREAS.items()
        if code != outcode
    )
    nearest = [code for _, code in others]
    return [outcode, *nearest] if number % 2 else nearest


def _site(number: int, at: int, outcode: str, practice_name: str) -> Site:
    numbers = Random(f"site:{number}:{at}")
    area = AREAS[outcode]
    postcode = POSTCODES[outcode][(number * 3 + at * 11) % len(POSTCODES[outcode])]
    access = [need for need, share in _ACCESS if numbers.random() < share]
    if at == 0 and STEP_FREE not in access:
        access.insert(0, STEP_FREE)  # a main site without a step-free way in would be a case of its own
    return Site(
        location_id=str(100 + at),
        name=practice_name if at == 0 else f"{area.name} Branch ({practice_name})",
        address=(f"{numbers.randint(1, 160)} {STREETS[(number * 7 + at * 13) % len(STREETS)]}", area.name, area.town),
        postcode=postcode.code,
        place=postcode.place,
        phone=_phone(number + at * 100),
        access=tuple(access),
        directions=numbers.choice(_directions(frozenset(access))),
    )


def _directions(access: frozenset[str]) -> list[str]:
    """The directions that are true of such a site."""
    return [words for words, has, lacks in _DIRECTIONS if has <= access and not lacks & access]


def _phone(number: int) -> str:
    """A number of the range that Ofcom keeps free for drama: 0117 496 0000 to 0999."""
    return f"0117 496 0{number:03d}"
