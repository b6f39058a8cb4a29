"""Which hub roles a sign-in brings, at which practices: national role codes and local grants. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from practices.results import StaffGrant
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.problems import InvalidValue
from vocabulary.purposes import Scope

# National job roles (the R-part of an RBAC role code) that make a hub role by themselves. R8015 (systems support) and
# everything for a Caldicott Guardian need a local grant as well, so they are not here.
NATIONAL_ROLES: Mapping[str, UserRole] = {
    **dict.fromkeys(("R8009", "R8010", "R1730", "R6010", "R6080"), UserRole.RECEPTIONIST),
    **dict.fromkeys(
        ("R8000", "R8001", "R8003", "R0260", "R0270", "R0600", "R0620", "R0680", "R1290", "R6200", "R6300"),
        UserRole.CLINICIAN,
    ),
    **dict.fromkeys(("R8011", "R1780"), UserRole.PRACTICE_MANAGER),
    "R8012": UserRole.ANALYST,
}

ABILITIES: Mapping[UserRole, frozenset[Scope]] = {
    UserRole.RECEPTIONIST: frozenset({Scope.SEE_SLOTS, Scope.BOOK}),
    UserRole.CLINICIAN: frozenset({Scope.SEE_SLOTS, Scope.BOOK, Scope.VIEW_RECORD, Scope.SEND_TASK}),
    UserRole.PRACTICE_MANAGER: frozenset({Scope.SEE_SLOTS, Scope.BOOK}),
    UserRole.FEDERATION_ADMIN: frozenset({Scope.SEE_SLOTS}),
    UserRole.CALDICOTT_GUARDIAN: frozenset(),
    UserRole.ANALYST: frozenset({Scope.ANALYSE}),
    UserRole.SYSTEM: frozenset(),
}
"""What a role may do in the hub at all; whether it may at a certain neighbour is the gate's to say."""

_ORDER = tuple(UserRole)


@dataclass(frozen=True, slots=True)
class Post:
    """A role somebody may take up at a practice, and where it comes from."""

    role: UserRole
    practice: OdsCode
    role_profile_id: str = "UNK"
    until: date | None = None  # the last day of a local grant; None when the sign-in itself brings the role

    @property
    def key(self) -> str:
        """Names it in a form."""
        return f"{self.role.value}@{self.practice.value}"


def posts_of(claims: Mapping[str, Any], grants: Iterable[StaffGrant]) -> tuple[Post, ...]:
    """Every post these claims (in NHS CIS2's shape) and local grants bring, one for each role and practice."""
    found: dict[tuple[OdsCode, UserRole], Post] = {}
    for entry in _entries(claims):
        post = _national_post(entry)
        if post is not None:
            found.setdefault((post.practice, post.role), post)
    for grant in grants:
        found.setdefault((grant.practice, grant.role), Post(grant.role, grant.practice, until=grant.ends_on))
    return tuple(sorted(found.values(), key=lambda post: (post.practice, _ORDER.index(post.role))))


def selected_post(claims: Mapping[str, Any], posts: Iterable[Post]) -> Post | None:
    """The post already chosen at the sign-in service, when the claims name one that we know."""
    chosen = str(claims.get("selected_roleid", ""))
    return next((post for post in posts if chosen and post.role_profile_id == chosen), None)


def _entries(claims: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    entries = claims.get("nhsid_nrbac_roles")
    return [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []


def _national_post(entry: Mapping[str, Any]) -> Post | None:
    job = str(entry.get("role_code", "")).rpartition(":")[2].strip()
    role = NATIONAL_ROLES.get(job)
    if role is None:
        return None
    try:
        practice = OdsCode.parse(str(entry.get("org_code", "")))
    except InvalidValue:
        return None
    return Post(role, practice, str(entry.get("person_roleid") or "UNK"))
