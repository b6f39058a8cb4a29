"""Signing out, at the provider and behind the browser's back, and the tokens of the JSON door."""

from tests.demo.signin.conftest import Desk


def test_signing_out_tells_the_hub_which_sign_in_is_over(desk: Desk) -> None:
    id_token = desk.tokens("receptionist.y90001")["id_token"]
    target = f"{desk.hub.url}/signed-out"
    response = desk.browser.get(
        "/end-session", query_string={"id_token_hint": id_token, "post_logout_redirect_uri": target, "state": "s"}
    )
    assert response.location == f"{target}?state=s"
    desk.caller.close()
    [logout] = desk.hub.logouts
    told, signed_in = desk.verified(logout), desk.verified(id_token).claims
    assert told.header["typ"] == "logout+jwt"
    assert (told.claims["sid"], told.claims["sub"]) == (signed_in["sid"], signed_in["sub"])
    assert "http://schemas.openid.net/event/backchannel-logout" in told.claims["events"]
    assert "nonce" not in told.claims


def test_signing_out_never_leads_elsewhere(desk: Desk) -> None:
    response = desk.browser.get("/end-session", query_string={"post_logout_redirect_uri": "http://127.0.0.1:1/"})
    assert response.status_code == 200
    assert "You are signed out" in response.text


def test_somebodys_sign_ins_can_all_be_ended_from_the_page(desk: Desk) -> None:
    ours = {desk.verified(desk.tokens("analyst.y90001")["id_token"]).claims["sid"] for _ in range(2)}
    desk.tokens("analyst.y90002")
    response = desk.browser.post("/sign-out-everywhere", data={"person": "analyst.y90001"}, follow_redirects=True)
    assert "Sign-ins ended: 2" in response.text
    desk.caller.close()
    assert {desk.verified(logout).claims["sid"] for logout in desk.hub.logouts} == ours


def test_a_hub_that_is_just_restarting_is_told_again(desk: Desk) -> None:
    desk.hub.answers += [503, 503]
    desk.tokens("analyst.y90001")
    desk.browser.post("/sign-out-everywhere", data={"person": "analyst.y90001"})
    desk.caller.close()
    assert len(desk.hub.logouts) == 1


def test_a_demo_token_says_who_in_which_role_for_which_practice(desk: Desk) -> None:
    made = desk.browser.post("/demo/token", json={"person": "receptionist.y90001"}).get_json()["access_token"]
    claims = desk.verified(made).claims
    assert (claims["aud"], claims["role"], claims["practice"]) == ("hub-api", "receptionist", "Y90001")
    assert 0 < claims["exp"] - desk.clock.now().timestamp() <= 3600
    other = desk.browser.post("/demo/token", json={"person": "receptionist.y90001"}).get_json()["access_token"]
    assert desk.verified(other).claims["jti"] != claims["jti"]


def test_a_locum_may_ask_for_a_token_at_either_practice(desk: Desk) -> None:
    made = desk.browser.post("/demo/token", data={"person": "locum", "practice": "Y90006"}).get_json()["access_token"]
    assert desk.verified(made).claims["practice"] == "Y90006"
    wrong = desk.browser.post("/demo/token", data={"person": "locum", "practice": "Y90002"})
    assert (wrong.status_code, wrong.get_json()["error"]) == (400, "invalid_request")


def test_a_token_for_nobody_says_where_to_look(desk: Desk) -> None:
    response = desk.browser.post("/demo/token", json={"person": "nobody"})
    assert response.status_code == 404
    assert "list of people" in response.get_json()["error_description"]
