"""Signing in: the code flow with PKCE, what the tokens say, and what is refused."""

from datetime import timedelta
from pathlib import Path

import pytest
from joserfc.errors import InvalidKeyIdError

from demo.people import LOCUM, person
from demo.signin.grants import half_hash
from demo.signin.keys import KeyRing
from tests.demo.signin.conftest import ISSUER, Desk, answers_in


def test_a_receptionist_signs_in_with_code_and_pkce(desk: Desk) -> None:
    answers = desk.choose("receptionist.y90001")
    assert answers["state"] == "the-state"
    tokens = desk.redeem(answers["code"]).get_json()
    claims = desk.verified(tokens["id_token"]).claims
    rita = person("receptionist.y90001")
    assert rita is not None
    assert (claims["iss"], claims["aud"], claims["sub"], claims["nonce"]) == (
        ISSUER,
        "practice-hub",
        rita.uid,
        "the-nonce",
    )
    assert claims["at_hash"] == half_hash(tokens["access_token"])
    known = desk.browser.get("/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}).get_json()
    assert known["sub"] == rita.uid
    assert known["name"] == "Rita Okafor"
    [role] = known["nhsid_nrbac_roles"]
    assert (role["org_code"], role["role_code"]) == ("Y90001", "S8000:G8001:R8009")
    assert known["selected_roleid"] == role["person_roleid"]


def test_a_locum_with_two_posts_has_no_selected_role(desk: Desk) -> None:
    token = desk.tokens(LOCUM.id)["access_token"]
    known = desk.browser.get("/userinfo", headers={"Authorization": f"Bearer {token}"}).get_json()
    assert [role["org_code"] for role in known["nhsid_nrbac_roles"]] == ["Y90001", "Y90006"]
    assert "selected_roleid" not in known


def test_each_claim_is_given_for_its_scope_only(desk: Desk) -> None:
    token = desk.tokens("analyst.y90002", scope="openid")["access_token"]
    known = desk.browser.get("/userinfo", headers={"Authorization": f"Bearer {token}"}).get_json()
    assert set(known) == {"sub"}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"nonce": None}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_a_faulty_request_goes_back_to_the_hub_with_its_error(
    desk: Desk, change: dict[str, str | None], error: str
) -> None:
    response = desk.browser.get("/authorize", query_string=desk.asking(**change))
    assert response.location.startswith(desk.hub.url)
    answers = answers_in(response.location)
    assert (answers["error"], answers["state"]) == (error, "the-state")
    assert "code" not in answers


@pytest.mark.parametrize(
    "change", [{"redirect_uri": "http://127.0.0.1:1/elsewhere"}, {"redirect_uri": ""}, {"client_id": "another"}]
)
def test_a_request_that_is_not_the_hubs_is_never_redirected(desk: Desk, change: dict[str, str]) -> None:
    response = desk.browser.get("/authorize", query_string=desk.asking(**change))
    assert response.status_code == 400
    assert response.location is None
    assert "You cannot sign in this way" in response.text


def test_a_code_works_once(desk: Desk) -> None:
    code = desk.choose("receptionist.y90001")["code"]
    assert desk.redeem(code).status_code == 200
    again = desk.redeem(code)
    assert (again.status_code, again.get_json()["error"]) == (400, "invalid_grant")


def test_a_code_is_worth_nothing_after_a_minute(desk: Desk) -> None:
    code = desk.choose("receptionist.y90001")["code"]
    desk.clock.at += timedelta(seconds=61)
    assert desk.redeem(code).get_json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "change", [{"code_verifier": "another-verifier"}, {"redirect_uri": "http://127.0.0.1:1/"}, {"code": "made-up"}]
)
def test_a_code_needs_its_verifier_and_redirect(desk: Desk, change: dict[str, str]) -> None:
    code = desk.choose("receptionist.y90001")["code"]
    assert desk.redeem(**{"code": code, **change}).get_json()["error"] == "invalid_grant"


def test_the_token_address_wants_the_clients_secret(desk: Desk) -> None:
    code = desk.choose("receptionist.y90001")["code"]
    form = {"grant_type": "authorization_code", "code": code}
    for auth in (("practice-hub", "wrong"), ("another", "s3cret")):
        response = desk.browser.post("/token", data=form, auth=auth)
        assert (response.status_code, response.get_json()["error"]) == (401, "invalid_client")
    assert desk.browser.post("/token", data=form).status_code == 401


def test_userinfo_wants_a_live_access_token(desk: Desk) -> None:
    token = desk.tokens("receptionist.y90001")["access_token"]
    assert desk.browser.get("/userinfo").status_code == 401
    desk.clock.at += timedelta(hours=1, seconds=1)
    response = desk.browser.get("/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 401


def test_the_sign_in_page_goes_stale(desk: Desk) -> None:
    key = desk.begin()
    desk.clock.at += timedelta(minutes=16)
    response = desk.browser.post("/choose", data={"request": key, "person": "receptionist.y90001"})
    assert response.status_code == 400
    assert "waited too long" in response.text


def test_one_may_decide_not_to_sign_in(desk: Desk) -> None:
    response = desk.browser.post("/choose", data={"request": desk.begin(), "cancel": "yes"})
    assert answers_in(response.location) == {"error": "access_denied", "state": "the-state"}


def test_a_token_signed_before_one_rotation_still_verifies_and_after_two_no_more(desk: Desk) -> None:
    token = desk.tokens("receptionist.y90001")["id_token"]
    desk.browser.post("/rotate")
    assert desk.verified(token).claims["nonce"] == "the-nonce"
    newer = desk.tokens("receptionist.y90001")["id_token"]
    assert desk.verified(newer).header["kid"] != desk.verified(token).header["kid"]
    desk.browser.post("/rotate")
    with pytest.raises(InvalidKeyIdError):
        desk.verified(token)
    assert len(desk.browser.get("/jwks").get_json()["keys"]) == 2


def test_only_public_halves_are_published_and_the_file_is_private(desk: Desk, tmp_path: Path) -> None:
    assert all(not {"d", "p", "q"} & set(key) for key in desk.browser.get("/jwks").get_json()["keys"])
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_keys_outlive_a_restart(tmp_path: Path) -> None:
    token = KeyRing(tmp_path / "keys.json").sign({"sub": "1"})
    assert KeyRing(tmp_path / "keys.json").read(token) == {"sub": "1"}


def test_discovery_names_addresses_that_exist(desk: Desk) -> None:
    found = desk.browser.get("/.well-known/openid-configuration").get_json()
    assert found["issuer"] == ISSUER
    for name, address in found.items():
        if name.endswith(("_endpoint", "_uri")):
            assert desk.browser.get(address.removeprefix(ISSUER)).status_code != 404, name
