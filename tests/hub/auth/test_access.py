"""The guard: every view says who may reach it, what says nothing is not reached, every form carries its token."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.routing import Rule

from hub.auth.access import Access, Level, access_of
from tests.hub.web.fakes import REF
from tests.hub.web.shop import Desk, Shop, open_shop
from vocabulary.people import UserRole
from vocabulary.purposes import Scope

PUBLIC = {
    "static",
    "auth.sign_in",
    "auth.start",
    "auth.come_back",
    "auth.signed_out",
    "auth.back_channel_logout",
    "fhir.serve",
    "proof.roots",  # signed heads of the ledger's chains: they name nobody
    "proof.one_root",
    "proof.verifier",
    "web.public_register",  # who can see what of a practice's patients, for the patients
    "web.public_practice",
}
"""What anybody may reach. Add to it only what shows nothing of anybody's and changes nothing."""
MACHINES = ("health.", "metrics.", "api_docs.")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return open_shop(tmp_path_factory.mktemp("data"))


def rules(shop: Shop) -> Iterator[tuple[Rule, str]]:
    for rule in shop.app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def mark_of(shop: Shop, rule: Rule, method: str) -> Access | None:
    return access_of(shop.app.view_functions[rule.endpoint], method)


def address_of(rule: Rule) -> str:
    values = {"ref": REF.value, "ods": "Y90002", "session_id": "abc", "item": "1", "filename": "hub.css"}
    one_of = re.sub(r"<any\(([^,)]*)[^)]*\):\w+>", lambda found: found[1].strip("' "), rule.rule)
    return re.sub(r"<(?:[a-z]+:)?(\w+)>", lambda found: values.get(found[1], "1"), one_of)


def test_every_view_says_who_may_reach_it(opened: Shop) -> None:
    silent = [f"{method} {rule.rule}" for rule, method in rules(opened) if mark_of(opened, rule, method) is None]
    assert silent == []


def test_nothing_is_public_but_what_is_meant_to_be(opened: Shop) -> None:
    public = {
        rule.endpoint
        for rule, method in rules(opened)
        if (mark := mark_of(opened, rule, method)) is not None and mark.level is Level.PUBLIC
    }
    assert {endpoint for endpoint in public if not endpoint.startswith(MACHINES)} == PUBLIC


def test_nobody_gets_a_page_without_signing_in(opened: Shop) -> None:
    stranger = opened.client()
    tried = 0
    for rule, method in rules(opened):
        mark = mark_of(opened, rule, method)
        if mark is None or mark.level is Level.PUBLIC:
            continue
        tried += 1
        answer = stranger.open(address_of(rule), method=method)
        if rule.rule.startswith("/api/"):
            assert answer.status_code == 401, rule.rule
        else:
            assert answer.status_code == 303, rule.rule
            assert answer.headers["Location"].startswith("/sign-in?back="), rule.rule
    assert tried > 30


def test_no_form_does_anything_without_its_sessions_token(opened: Shop) -> None:
    reception = opened.sign_in()
    other = opened.sign_in(name="Gareth Lloyd")
    tried = 0
    for rule, method in rules(opened):
        mark = mark_of(opened, rule, method)
        if method != "POST" or mark is None or mark.level is Level.PUBLIC or rule.rule.startswith("/api/"):
            continue
        if mark.roles and UserRole.RECEPTIONIST not in mark.roles:
            continue
        tried += 1
        for token in ({}, {"csrf": ""}, {"csrf": "guess"}, {"csrf": other.session.csrf}):
            answer = reception.browser.post(address_of(rule), data=token)
            assert answer.status_code == 403, f"{rule.rule} took {token}"
            assert "Nothing was booked or changed." in answer.text
    assert tried >= 12
    assert reception.session.id in opened.sessions.open  # not even sign-out


def test_a_role_reaches_what_its_scopes_allow_and_nothing_else(opened: Shop) -> None:
    for role in (UserRole.ANALYST, UserRole.CALDICOTT_GUARDIAN):
        somebody = opened.sign_in(role)
        for address in ("/search", "/tonight", "/bookings", "/to-settle", "/practices", "/sessions"):
            answer = somebody.get(address)
            assert answer.status_code == 403, (role, address)
            assert "Your role does not let you do this." in answer.text
        assert somebody.get("/agreements").status_code == 200
        first = "/access" if role is UserRole.CALDICOTT_GUARDIAN else "/agreements"
        assert somebody.get("/").headers["Location"] == first
    admin = opened.sign_in(UserRole.FEDERATION_ADMIN)
    assert admin.get("/practices").status_code == 200 and admin.get("/tonight").status_code == 403
    assert admin.post("/holds", {"slots": "1"}).status_code == 403
    assert admin.get("/").headers["Location"] == "/practices"


def test_only_managers_and_admins_end_sessions(opened: Shop) -> None:
    assert opened.sign_in().get("/sessions").status_code == 403
    assert opened.sign_in(UserRole.CLINICIAN).post("/sessions/abc/end").status_code == 403
    assert opened.sign_in(UserRole.PRACTICE_MANAGER).get("/sessions").status_code == 200


def test_the_menu_offers_only_what_the_role_may_open(opened: Shop) -> None:
    for role in (role for role in UserRole if role is not UserRole.SYSTEM):
        somebody = opened.sign_in(role)
        page = somebody.get("/agreements").text
        for address in re.findall(r'class="hub-menu__link" href="([^"]+)"', page):
            assert somebody.browser.get(address, follow_redirects=True).status_code == 200, (role, address)


def test_a_view_without_a_mark_is_not_reached(tmp_path: Path) -> None:
    shop = open_shop(tmp_path)
    shop.app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    shop.app.testing = False
    answer = shop.sign_in().get("/forgotten")
    assert answer.status_code == 500 and "secret" not in answer.text


def test_a_session_cookie_opens_no_door_for_machines(opened: Shop) -> None:
    reception = opened.sign_in()
    answer = reception.get("/api/v1/slots")
    assert answer.status_code == 401
    assert answer.json["code"] == "token-refused"


def test_an_answer_to_a_person_is_kept_nowhere_and_runs_nothing_foreign(opened: Shop) -> None:
    reception = opened.sign_in()
    answer = reception.get("/tonight")
    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    (nonce,) = re.findall(r"'nonce-([^']+)'", policy)
    assert f'<script nonce="{nonce}">' in answer.text
    assert nonce not in reception.get("/tonight").headers["Content-Security-Policy"]
    assert re.findall(r"<script(?![^>]*(?:src=|nonce=))", answer.text) == []
    assert re.findall(r'\son[a-z]+="|style="', answer.text) == []
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_our_own_files_may_be_kept_because_their_address_changes_with_them(opened: Shop) -> None:
    page = opened.client().get("/sign-in").text
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        with opened.client().get(address.replace("&amp;", "&")) as answer:
            assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"], address
    assert re.findall(r'(?:href|src|action)="https?://[^"]*"', page) == []


def test_a_session_ended_from_elsewhere_is_over_at_the_next_click(opened: Shop) -> None:
    reception = opened.sign_in(name="Somebody Leaving")
    manager = opened.sign_in(UserRole.PRACTICE_MANAGER, name="Helen Marsden")
    assert "Somebody Leaving" in manager.get("/sessions").text
    done = manager.post(f"/sessions/{reception.session.id}/end")
    assert done.headers["Location"] == "/sessions?ended=1"
    assert reception.get("/tonight").headers["Location"].startswith("/sign-in?")


def test_a_manager_ends_no_session_of_another_practice(opened: Shop) -> None:
    away: Desk = opened.sign_in(practice=opened.book.practices()[1].ods)
    manager = opened.sign_in(UserRole.PRACTICE_MANAGER)
    assert manager.post(f"/sessions/{away.session.id}/end").headers["Location"] == "/sessions?ended=0"
    assert away.get("/tonight").status_code == 200
    admin = opened.sign_in(UserRole.FEDERATION_ADMIN)
    assert admin.post(f"/sessions/{away.session.id}/end").headers["Location"] == "/sessions?ended=1"
    assert away.get("/tonight").status_code == 303


def test_every_scope_a_view_asks_for_is_one_that_somebody_has(opened: Shop) -> None:
    asked = {
        scope for rule, method in rules(opened) if (mark := mark_of(opened, rule, method)) for scope in mark.scopes
    }
    assert {Scope.SEE_SLOTS, Scope.BOOK} <= asked
