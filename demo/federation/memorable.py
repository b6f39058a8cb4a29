"""The demo patients worth knowing by number: one for each difficulty, for people who try things out and for tests.

Each can be asked for by key: `memorable("deceased")`. All but the last few are patients of Cluster AVON-01.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from connectors.mock.simulator import RecordTrait, SeedPatient, Standing
from demo.federation.geography import POSTCODES
from demo.federation.patients import superseded
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient, TracedPatient
from vocabulary.record_parts import RecordSection
from vocabulary.slots import Gender

_A, _B, _NEXT = OdsCode("Y90001"), OdsCode("Y90002"), OdsCode("Y90006")
_UNSIGNED, _ONE_WAY, _SUSPENDED = OdsCode("Y90009"), OdsCode("Y90010"), OdsCode("Y90011")


@dataclass(frozen=True, slots=True)
class Memorable:
    """A demo patient: the key, why they are remembered, what tracing tells, and who holds a record of them."""

    key: str
    why: str
    person: TracedPatient
    held: tuple[tuple[OdsCode, SeedPatient], ...]

    @property
    def nhs_number(self) -> NHSNumber:
        """Their number (a synthetic one, so it may be printed)."""
        return self.person.patient.nhs_number


def memorable(key: str) -> Memorable:
    """The demo patient with this key. Raises KeyError."""
    return _BY_KEY[key]


def _patient(number: str, given: str, family: str, born: str, gender: Gender, at: tuple[str, int]) -> Patient:
    outcode, which = at
    return Patient(
        nhs_number=NHSNumber.parse(number),
        family=family,
        given=given,
        birth_date=date.fromisoformat(born),
        gender=gender,
        postcode=POSTCODES[outcode][which].code,
        address=(f"{which * 3 + 2} Saffron Road", "Bristol"),
        phone=f"07700 900{number[-4:-1]}",
    )


def _at_home(
    key: str, why: str, person: TracedPatient, *also: tuple[OdsCode, SeedPatient], record: RecordTrait | None = None
) -> Memorable:
    special = frozenset({record} if record else ())
    standing = Standing.DECEASED if person.deceased else Standing.SENSITIVE if person.restricted else Standing.ACTIVE
    home = (
        ((person.home_practice, SeedPatient(person.patient, standing, record=special)),) if person.home_practice else ()
    )
    return Memorable(key, why, person, (*home, *also))


# What practices have switched off of their patients' records.
RECORDS_OFF: Mapping[OdsCode, tuple[RecordSection, ...]] = {_B: (RecordSection.REFERRALS,)}
_F, _M = Gender.FEMALE, Gender.MALE
_DOROTHY = _patient("999 000 0018", "Dorothy", "Hartnell", "1948-03-14", _F, ("BS1", 3))
_STANLEY = _patient("999 000 0026", "Stanley", "Whitlock", "1939-11-02", _M, ("BS1", 5))
_NAOMI = _patient("999 000 0034", "Naomi", "Vance", "1987-06-21", _F, ("BS3", 2))
_KAREN = _patient("999 000 0050", "Karen", "Lockyer", "1975-01-30", _F, ("BS3", 8))
_DAVID = _patient("999 000 0069", "David", "Morgan", "1962-09-09", _M, ("BS8", 4))
_OTHER_DAVID = _patient("999 000 0077", "David", "Morgan", "1962-09-09", _M, ("BS3", 17))
_EDITH = replace(_patient("999 000 0085", "Edith", "Pascoe", "1934-04-18", _F, ("BS1", 11)), phone="")
_ZOFIA = _patient("999 000 0093", "Zofia", "Kaczmarek", "1981-12-05", _F, ("BS3", 21))
_TOBIAS = _patient("999 000 0107", "Tobias", "Wren", "1969-08-16", _M, ("BS3", 9))
_POPPY = _patient("999 000 0115", "Poppy", "Adeyemi", "2018-05-27", _F, ("BS8", 12))
_SIAN = _patient("999 000 0123", "Siân", "O'Connor-Łukasz", "1990-02-28", _F, ("BS41", 6))
_PRIYA = _patient("999 000 0131", "Priya", "Sharma-Cole", "1988-10-11", _F, ("BS1", 14))
_WALTER = _patient("999 000 0158", "Walter", "Finch", "1957-07-03", _M, ("BS3", 13))
_HUGH = _patient("999 000 0166", "Hugh", "Barlow", "1944-09-25", _M, ("BS8", 20))
_AMINA = _patient("999 000 0174", "Amina", "Saleh", "1996-03-08", _F, ("BS3", 25))
_LEON = _patient("999 000 0182", "Leon", "Prosser", "1979-05-19", _M, ("BS10", 4))
_GWEN = _patient("999 000 0190", "Gwen", "Tandy", "1953-12-12", _F, ("BS10", 16))
_FELIX = _patient("999 000 0204", "Felix", "Ormerod", "1985-08-01", _M, ("BS11", 7))
_IRENE = _patient("999 000 0212", "Irene", "Calloway", "1961-06-06", _F, ("BS6", 10))
_OSCAR = _patient("999 000 0220", "Oscar", "Dunbar", "1972-02-29", _M, ("BS23", 5))
_NADIA = _patient("999 000 0239", "Nadia", "Rahimi", "1999-09-17", _F, ("BS2", 3))

MEMORABLE: tuple[Memorable, ...] = (
    _at_home("ordinary", "Nothing unusual: the patient to try a booking with.", TracedPatient(_DOROTHY, _A)),
    _at_home("deceased", "Has died: no booking.", TracedPatient(_STANLEY, _A, deceased=True)),
    _at_home("restricted", "A restricted record: by telephone only.", TracedPatient(_NAOMI, _A, restricted=True)),
    _at_home("current-number", "The number that 999 000 0042 was replaced by.", TracedPatient(_KAREN, _A)),
    Memorable(
        "superseded",
        "An old number: 999 000 0050 is used now.",
        superseded(_KAREN, NHSNumber.parse("999 000 0042"), _A),
        (),
    ),
    _at_home(
        "twin",
        "Shares name and birthday with 999 000 0077; a rich record.",
        TracedPatient(_DAVID, _A),
        record=RecordTrait.RICH,
    ),
    _at_home("other-twin", "Shares name and birthday with 999 000 0069.", TracedPatient(_OTHER_DAVID, _B)),
    _at_home("no-phone", "Has no telephone; a rich record.", TracedPatient(_EDITH, _A), record=RecordTrait.RICH),
    _at_home("interpreter", "Needs a Polish interpreter.", TracedPatient(_ZOFIA, _A, interpreter="Polish")),
    _at_home(
        "wheelchair",
        "Needs a step-free site with a hoist; a rich record, at a practice that gives out no referrals.",
        TracedPatient(_TOBIAS, _B, access_needs=("step-free", "hoist")),
        record=RecordTrait.RICH,
    ),
    _at_home("child", "A child.", TracedPatient(_POPPY, _A)),
    _at_home("accents", "A name with accents, an apostrophe and a hyphen.", TracedPatient(_SIAN, _B)),
    _at_home(
        "renamed",
        "Y90002 still holds a former family name: shown, and does not stop a booking there.",
        TracedPatient(_PRIYA, _A),
        (_B, SeedPatient(replace(_PRIYA, family="Sharma"), temporary=True)),
    ),
    _at_home(
        "other-birthday",
        "Y90002 holds another date of birth: stops a booking there. Parts of the record are confidential.",
        TracedPatient(_WALTER, _A),
        (_B, SeedPatient(replace(_WALTER, birth_date=date(1975, 7, 3)), temporary=True)),
        record=RecordTrait.CONFIDENTIAL,
    ),
    _at_home(
        "seen-before",
        "Registered temporarily at Y90002 already; does not want the record shared.",
        TracedPatient(_HUGH, _A),
        (_B, SeedPatient(_HUGH, temporary=True)),
        record=RecordTrait.DISSENT,
    ),
    _at_home(
        "lapsed",
        "Was registered temporarily at Y90002; that has lapsed, and registering makes it active again.",
        TracedPatient(_AMINA, _A),
        (_B, SeedPatient(_AMINA, Standing.INACTIVE, temporary=True)),
    ),
    _at_home(
        "far-from-home",
        "A patient of Y90001 who lives in Weston-super-Mare; the record is still on its way from the last practice.",
        TracedPatient(_OSCAR, _A),
        record=RecordTrait.IN_TRANSIT,
    ),
    _at_home("unregistered", "Registered with no practice.", TracedPatient(_NADIA, None)),
    _at_home("next-cluster", "A patient of Y90006, in the next cluster.", TracedPatient(_LEON, _NEXT)),
    _at_home("unsigned-home", "A patient of Y90009, which has not signed.", TracedPatient(_GWEN, _UNSIGNED)),
    _at_home("one-way-home", "A patient of Y90010, which gives slots and gets none.", TracedPatient(_FELIX, _ONE_WAY)),
    _at_home("suspended-home", "A patient of Y90011, whose agreement is suspended.", TracedPatient(_IRENE, _SUSPENDED)),
)
_BY_KEY = {each.key: each for each in MEMORABLE}
