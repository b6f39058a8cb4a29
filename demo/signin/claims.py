"""What the provider says about a person, in the claims that NHS CIS2 uses."""

from datetime import datetime, timedelta
from typing import Any

from demo.people import Person, Post

TOKEN_LIFE = timedelta(hours=1)
AUDIENCE = "hub-api"
# CIS2 hands each claim out by scope; the hub has to ask for those it wants.
SCOPES = ("openid", "profile", "nhsperson", "nationalrbacaccess", "associatedorgs", "selectedrole")


def user_info(person: Person, scopes: frozenset[str]) -> dict[str, Any]:
    """The userinfo document for the scopes that were granted."""
    claims: dict[str, Any] = {"sub": person.uid}
    if "profile" in scopes:
        claims |= {"name": person.name, "given_name": person.given_name, "family_name": person.family_name}
    if "nhsperson" in scopes:
        claims |= {"nhsid_useruid": person.uid}
    if "nationalrbacaccess" in scopes:
        claims |= {"nhsid_useruid": person.uid, "nhsid_nrbac_roles": [_role(person, post) for post in person.posts]}
    if "associatedorgs" in scopes:
        claims |= {"nhsid_user_orgs": [{"org_code": post.practice} for post in person.posts]}
    if "selectedrole" in scopes and len(person.posts) == 1:
        claims |= {"selected_roleid": person.posts[0].role_id}
    return claims


def api_claims(person: Person, post: Post, *, issuer: str, token_id: str, now: datetime) -> dict[str, Any]:
    """The claims of a bearer token for the hub's JSON door."""
    return {
        "iss": issuer,
        "sub": person.uid,
        "aud": AUDIENCE,
        "name": person.name,
        "nhsid_useruid": person.uid,
        "role": post.role.value,
        "role_profile": post.role_id,
        "practice": post.practice,
        "iat": int(now.timestamp()),
        "exp": int((now + TOKEN_LIFE).timestamp()),
        "jti": token_id,
    }


def _role(person: Person, post: Post) -> dict[str, Any]:
    return {
        "person_orgid": f"{person.uid[:9]}{post.role_id[-3:]}",
        "person_roleid": post.role_id,
        "org_code": post.practice,
        "role_code": post.national.code,
        "role_name": post.national.name,
        "activities": [],
        "activity_codes": [],
    }
