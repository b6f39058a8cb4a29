"""Who answers for each practice: the people one can sign in as where there are any, invented names elsewhere."""

from dataclasses import dataclass
from random import Random

from demo.federation.network import by_ods
from demo.federation.words import FAMILY_NAMES, FEMALE_NAMES, MALE_NAMES
from demo.people import PEOPLE, PRACTICES, person_in
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole


@dataclass(frozen=True, slots=True)
class Named:
    """A member of staff by user id and name."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True)
class LocalGrant:
    """A role that no national role code gives."""

    user_id: str
    name: str
    role: UserRole
    practice: OdsCode


def manager_of(ods: OdsCode) -> Named:
    """The practice manager, who switched pooling on."""
    return _named(ods, UserRole.PRACTICE_MANAGER)


def guardian_of(ods: OdsCode) -> str:
    """The name of the Caldicott Guardian, who signed."""
    return _named(ods, UserRole.CALDICOTT_GUARDIAN).name


def local_grants() -> tuple[LocalGrant, ...]:
    """The local grants of the people one can sign in as."""
    return tuple(
        LocalGrant(person.uid, person.name, post.role, OdsCode(post.practice))
        for person in PEOPLE
        for post in person.posts
        if post.granted_locally
    )


def _named(ods: OdsCode, role: UserRole) -> Named:
    if ods.value in PRACTICES:
        person = person_in(role, ods.value)
        return Named(person.uid, person.name)
    numbers = Random(f"staff:{ods}:{role}")
    name = f"{numbers.choice(FEMALE_NAMES + MALE_NAMES)} {numbers.choice(FAMILY_NAMES)}"
    kind = 3 if role is UserRole.PRACTICE_MANAGER else 4
    return Named(f"5550{kind:02d}{by_ods()[ods].number:06d}", name)
