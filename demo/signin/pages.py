"""The people one can choose, grouped by practice, for the provider's pages."""

from collections.abc import Mapping
from dataclasses import dataclass

from demo.people import PEOPLE, PRACTICES, Person
from vocabulary.people import UserRole

ROLE_WORDS = {
    UserRole.RECEPTIONIST: "Receptionist",
    UserRole.CLINICIAN: "Clinician",
    UserRole.PRACTICE_MANAGER: "Practice manager",
    UserRole.FEDERATION_ADMIN: "Federation administrator",
    UserRole.CALDICOTT_GUARDIAN: "Caldicott Guardian",
    UserRole.ANALYST: "Analyst",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One person as shown: `search` is what the search box looks in."""

    id: str
    name: str
    role: str
    search: str


@dataclass(frozen=True, slots=True)
class Group:
    """The people of one practice."""

    title: str
    anchor: str
    choices: tuple[Choice, ...]


def grouped(wanted: str, practice_names: Mapping[str, str]) -> tuple[Group, ...]:
    """Everybody who fits every word of `wanted` (name, role, practice), by practice; empty groups are left out."""
    words = wanted.casefold().split()
    several = tuple(person for person in PEOPLE if len(person.posts) > 1)
    groups = [("More than one practice", "several", several)]
    for ods in PRACTICES:
        staff = tuple(person for person in PEOPLE if [post.practice for post in person.posts] == [ods])
        groups.append((_titled(ods, practice_names), ods.lower(), staff))
    made = (
        Group(title, anchor, tuple(_choice(person, practice_names) for person in staff))
        for title, anchor, staff in [*groups[1:], groups[0]]
    )
    kept = (
        Group(g.title, g.anchor, tuple(c for c in g.choices if all(word in c.search for word in words))) for g in made
    )
    return tuple(group for group in kept if group.choices)


def _choice(person: Person, practice_names: Mapping[str, str]) -> Choice:
    roles = list(dict.fromkeys(ROLE_WORDS[post.role] for post in person.posts))
    role = ", ".join(roles)
    places = " and ".join(_titled(post.practice, practice_names) for post in person.posts)
    if len(person.posts) > 1:
        role = f"{role} at {places}"
    return Choice(person.id, person.name, role, f"{person.name} {role} {places} {person.id}".casefold())


def _titled(ods: str, practice_names: Mapping[str, str]) -> str:
    name = practice_names.get(ods)
    return f"{name} ({ods})" if name else ods
