"""The page of people: found with and without JavaScript, safe to show, and closed to other names."""

from demo.people import PEOPLE, PRACTICES, person_in
from demo.signin.pages import grouped
from tests.demo.signin.conftest import Desk
from vocabulary.people import UserRole


def test_everybody_can_be_chosen_and_stands_under_their_practice(desk: Desk) -> None:
    page = desk.browser.get("/choose", query_string={"request": desk.begin()}).text
    for person in PEOPLE:
        assert f'value="{person.id}"' in page
    assert page.index("Y90001)") < page.index("Rita Okafor") < page.index(">Y90002") < page.index("Gareth Lloyd")


def test_the_search_works_without_javascript(desk: Desk) -> None:
    page = desk.browser.get("/choose", query_string={"request": desk.begin(), "q": "reception y90002"}).text
    assert "Gareth Lloyd" in page
    assert "Rita Okafor" not in page


def test_a_search_that_finds_nobody_says_so(desk: Desk) -> None:
    page = desk.browser.get("/choose", query_string={"request": desk.begin(), "q": "<b>nobody"}).text
    assert "Nobody fits" in page
    assert "<b>" not in page


def test_names_are_escaped(desk: Desk) -> None:
    assert "Cote &amp; Sons" in desk.browser.get("/").text


def test_every_role_is_there_at_every_practice() -> None:
    for role in set(UserRole) - {UserRole.SYSTEM}:
        for practice in PRACTICES:
            [post] = person_in(role, practice).posts
            assert (post.role, post.practice) == (role, practice)


def test_ids_are_told_apart() -> None:
    assert len({person.uid for person in PEOPLE}) == len({person.id for person in PEOPLE}) == len(PEOPLE)
    roles = [post.role_id for person in PEOPLE for post in person.posts]
    assert len(set(roles)) == len(roles)


def test_the_locum_is_listed_once_with_both_practices() -> None:
    [group] = grouped("ferreira", {})
    assert [choice.role for choice in group.choices] == ["Clinician at Y90001 and Y90006"]


def test_another_host_name_is_refused(desk: Desk) -> None:
    assert desk.browser.get("/jwks", headers={"Host": "evil.example"}).status_code == 421


def test_the_policy_lets_forms_end_at_the_hub_only(desk: Desk) -> None:
    policy = desk.browser.get("/").headers["Content-Security-Policy"]
    assert f"form-action 'self' {desk.hub.url};" in policy
    assert "unsafe-inline" not in policy
