"""No page shows a link or a button that the same role would be refused; what it may not do is left out or said."""

import html
import re
from urllib.parse import urlsplit

import pytest

from hub.auth.access import access_of
from hub.auth.roles import ABILITIES
from tests.hub.web.reading import words
from tests.hub.web.shop import Desk, Shop
from vocabulary.people import UserRole
from vocabulary.purposes import Scope

_GOES = re.compile(r'<a [^>]*?href="([^"]+)"|hx-get="([^"]+)"')
_SENDS = re.compile(r'<form[^>]*?method="(post|get)"[^>]*?action="([^"]+)"')
_ROLES = [role for role in UserRole if role is not UserRole.SYSTEM]


def offered(page: str) -> set[tuple[str, str]]:
    """Every address a page offers, with the method it would be asked by."""
    links = {("GET", href or fragment) for href, fragment in _GOES.findall(page)}
    forms = {(method.upper(), action) for method, action in _SENDS.findall(page)}
    found = {(method, urlsplit(html.unescape(address))) for method, address in links | forms}
    return {(method, part.path + (f"?{part.query}" if part.query else "")) for method, part in found if part.path}


def refuses(shop: Shop, role: UserRole, method: str, address: str) -> bool:
    """Whether the guard would refuse this role there."""
    adapter = shop.app.url_map.bind("localhost")
    endpoint, _ = adapter.match(urlsplit(address).path, method=method)
    access = access_of(shop.app.view_functions[endpoint], method)
    assert access is not None, endpoint
    return bool(access.scopes - ABILITIES[role]) or bool(access.roles and role not in access.roles)


def walk(shop: Shop, somebody: Desk, role: UserRole) -> set[str]:
    """Follow every link from the front page on; the addresses of the pages seen."""
    seen: set[str] = set()
    ahead = ["/"]
    while ahead:
        address = ahead.pop()
        answer = somebody.get(address, follow_redirects=True)
        assert answer.status_code == 200, (role, address)
        seen.add(address)
        for method, target in sorted(offered(answer.text)):
            if not target.startswith("/static"):
                assert not refuses(shop, role, method, target), f"{role} is shown {method} {target} on {address}"
            known = {urlsplit(each).path for each in seen | set(ahead)}
            if method == "GET" and urlsplit(target).path not in known and not target.startswith("/static"):
                ahead.append(target)
    return seen


@pytest.mark.parametrize("role", _ROLES)
def test_nothing_on_any_page_would_be_refused_to_the_role_it_is_shown_to(shop: Shop, role: UserRole) -> None:
    seen = {urlsplit(address).path for address in walk(shop, shop.sign_in(role), role)}
    assert "/agreements" in seen
    assert ("/search" in seen) == (Scope.SEE_SLOTS in ABILITIES[role])


def test_a_federation_admin_who_searches_sees_times_and_is_told_who_books(shop: Shop) -> None:
    admin = shop.sign_in(UserRole.FEDERATION_ADMIN)
    for address in ("/search", "/search?when=week", "/practices/why?host=Y90002"):
        page = admin.get(address).text
        assert not [
            target for method, target in offered(page) if refuses(shop, UserRole.FEDERATION_ADMIN, method, target)
        ]
    page = admin.get("/search?when=week")
    assert re.search(r"\d+ times? for", words(page))
    assert "Your role shows you what is free." in words(page)
    assert 'name="slots"' not in page.text
    reception = shop.sign_in().get("/search?when=week")
    assert 'name="slots"' in reception.text and "Your role shows you" not in words(reception)


def test_what_a_comparison_found_is_no_link_for_who_may_not_open_it(shop: Shop) -> None:
    for role, linked in ((UserRole.FEDERATION_ADMIN, False), (UserRole.PRACTICE_MANAGER, True)):
        page = shop.sign_in(role).post("/practices/Y90002/check").text
        assert ("/bookings/" in page) == linked
        assert "1 difference found" in re.sub(r"\s+", " ", page)
