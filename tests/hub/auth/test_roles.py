"""Which posts a sign-in brings."""

from datetime import date

from hub.auth.roles import ABILITIES, posts_of, selected_post
from practices.results import StaffGrant
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Scope

BEECHWOOD, FALLODON = OdsCode("Y90001"), OdsCode("Y90002")


def entry(job: str, org: str = "Y90001", role_id: str = "555020010001") -> dict[str, str]:
    return {"role_code": f"S8000:G8001:{job}", "org_code": org, "person_roleid": role_id}


def roles_of(*entries: dict[str, str], grants: tuple[StaffGrant, ...] = ()) -> list[tuple[UserRole, str]]:
    posts = posts_of({"nhsid_nrbac_roles": list(entries)}, grants)
    return [(post.role, post.practice.value) for post in posts]


def test_national_job_roles_become_hub_roles() -> None:
    assert roles_of(entry("R8009")) == [(UserRole.RECEPTIONIST, "Y90001")]
    assert roles_of(entry("R0260")) == [(UserRole.CLINICIAN, "Y90001")]
    assert roles_of(entry("R8011")) == [(UserRole.PRACTICE_MANAGER, "Y90001")]
    assert roles_of(entry("R8012")) == [(UserRole.ANALYST, "Y90001")]


def test_systems_support_and_unknown_jobs_bring_nothing_by_themselves() -> None:
    assert roles_of(entry("R8015"), entry("R9999")) == []


def test_a_grant_brings_what_no_national_role_does() -> None:
    grant = StaffGrant(UserRole.FEDERATION_ADMIN, BEECHWOOD, date(2027, 1, 31), "Farah Siddiqui")
    posts = posts_of({}, (grant,))
    assert [(post.role, post.until) for post in posts] == [(UserRole.FEDERATION_ADMIN, date(2027, 1, 31))]


def test_the_same_post_twice_is_one_and_the_national_one_counts() -> None:
    grant = StaffGrant(UserRole.RECEPTIONIST, BEECHWOOD, date(2027, 1, 31), "x")
    posts = posts_of({"nhsid_nrbac_roles": [entry("R8009"), entry("R8010")]}, (grant,))
    assert len(posts) == 1 and posts[0].until is None


def test_posts_at_two_practices_are_two() -> None:
    assert roles_of(entry("R8009"), entry("R8009", "Y90002")) == [
        (UserRole.RECEPTIONIST, "Y90001"),
        (UserRole.RECEPTIONIST, "Y90002"),
    ]


def test_malformed_claims_bring_nothing_and_break_nothing() -> None:
    for claims in ({}, {"nhsid_nrbac_roles": "R8009"}, {"nhsid_nrbac_roles": [None, {}, entry("R8009", org="?")]}):
        assert posts_of(claims, ()) == ()


def test_the_role_chosen_at_the_sign_in_service_is_taken() -> None:
    claims = {"nhsid_nrbac_roles": [entry("R8009", role_id="1"), entry("R8009", "Y90002", "2")], "selected_roleid": "2"}
    chosen = selected_post(claims, posts_of(claims, ()))
    assert chosen is not None and chosen.practice == FALLODON
    assert selected_post({}, posts_of(claims, ())) is None


def test_who_may_book_and_who_may_not() -> None:
    assert set(ABILITIES) == set(UserRole)
    booking = {role for role, scopes in ABILITIES.items() if Scope.BOOK in scopes}
    assert booking == {UserRole.RECEPTIONIST, UserRole.CLINICIAN, UserRole.PRACTICE_MANAGER}
    assert [role for role, scopes in ABILITIES.items() if Scope.VIEW_RECORD in scopes] == [UserRole.CLINICIAN]
