"""The invented people one can sign in to the demo as: every hub role at four practices, and a locum with two posts.

A person's id is their role and practice, such as "receptionist.y90001", so that tests and readers can guess it.
Practices Y90001, Y90002 and Y90005 share one cluster; Y90006 is in the next.
"""

from dataclasses import dataclass

from vocabulary.people import UserRole

PRACTICES = ("Y90001", "Y90002", "Y90005", "Y90006")


@dataclass(frozen=True, slots=True)
class NationalRole:
    """A national RBAC role as a smartcard carries it: its three-part code and its name."""

    code: str
    name: str


_RECEPTIONIST = NationalRole("S8000:G8001:R8009", "Receptionist Access Role")
_CLINICIAN = NationalRole("S8000:G8000:R8000", "Clinical Practitioner Access Role")
_MANAGER = NationalRole("S8000:G8001:R8011", "Clerical Manager Access Role")
_SYSTEMS_SUPPORT = NationalRole("S8001:G8005:R8015", "Systems Support Access Role")
_RECORDS_MANAGER = NationalRole("S8000:G8001:R8013", "Health Records Manager Access Role")
_INFORMATION_OFFICER = NationalRole("S8000:G8001:R8012", "Information Officer Access Role")

NATIONAL_ROLES = {
    UserRole.RECEPTIONIST: _RECEPTIONIST,
    UserRole.CLINICIAN: _CLINICIAN,
    UserRole.PRACTICE_MANAGER: _MANAGER,
    UserRole.FEDERATION_ADMIN: _SYSTEMS_SUPPORT,
    UserRole.CALDICOTT_GUARDIAN: _RECORDS_MANAGER,
    UserRole.ANALYST: _INFORMATION_OFFICER,
}
# No national role makes these: somebody at the federation grants them, until a date (the seed writes the grants).
GRANTED_LOCALLY = frozenset({UserRole.FEDERATION_ADMIN, UserRole.CALDICOTT_GUARDIAN})


@dataclass(frozen=True, slots=True)
class Post:
    """One role at one practice, as the hub should come to see it, and the national role that the sign-in carries."""

    role: UserRole
    practice: str
    role_id: str  # SDS role profile id
    national: NationalRole

    @property
    def granted_locally(self) -> bool:
        return self.role in GRANTED_LOCALLY


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in. `uid` is the twelve-digit SDS user id, and the `sub` of the sign-in."""

    id: str
    uid: str
    given_name: str
    family_name: str
    posts: tuple[Post, ...]

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"


# In the order of PRACTICES.
_NAMES: dict[UserRole, tuple[str, str, str, str]] = {
    UserRole.RECEPTIONIST: ("Rita Okafor", "Gareth Lloyd", "Mei Tanaka", "Joan Pritchard"),
    UserRole.CLINICIAN: ("Amara Nwosu", "Daniel Whitcombe", "Sunita Rao", "Owen Hartley"),
    UserRole.PRACTICE_MANAGER: ("Helen Marsden", "Tariq Aziz-Khan", "Bridget Foley", "Colin Treloar"),
    UserRole.FEDERATION_ADMIN: ("Farah Siddiqui", "Neil Carraway", "Agnes Dunmore", "Petra Novak"),
    UserRole.CALDICOTT_GUARDIAN: ("Ruth Abernathy", "Isaac Mbeki", "Moira Keeling", "Leonard Ashby"),
    UserRole.ANALYST: ("Anil Deshmukh", "Chloe Verrall", "Tomasz Zielinski", "Wendy Oakes"),
}


def _national_id(kind: int, practice: int, role: int) -> str:
    return f"5550{kind:02d}{practice:03d}{role:03d}"


def _post(role: UserRole, at: int, *, number: int) -> Post:
    return Post(role, PRACTICES[at], _national_id(2, at + 1, number), NATIONAL_ROLES[role])


def _staff() -> tuple[Person, ...]:
    people = []
    for at, practice in enumerate(PRACTICES):
        for number, (role, names) in enumerate(_NAMES.items(), start=1):
            given, _, family = names[at].partition(" ")
            posts = (_post(role, at, number=number),)
            people.append(Person(f"{role}.{practice.lower()}", _national_id(1, at + 1, number), given, family, posts))
    return tuple(people)


LOCUM = Person(
    "locum",
    _national_id(1, 9, 1),
    "Sam",
    "Ferreira",
    (_post(UserRole.CLINICIAN, 0, number=91), _post(UserRole.CLINICIAN, 3, number=91)),
)
PEOPLE: tuple[Person, ...] = (*_staff(), LOCUM)
_BY_ID = {person.id: person for person in PEOPLE}


def person(person_id: str) -> Person | None:
    """The person with this id, such as "receptionist.y90001", in either case."""
    return _BY_ID.get(person_id.lower())


def person_in(role: UserRole, practice: str) -> Person:
    """The person who has this role at this practice. Raises KeyError when nobody has."""
    return _BY_ID[f"{role}.{practice.lower()}"]
