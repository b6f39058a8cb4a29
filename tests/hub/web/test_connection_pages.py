"""How a practice is connected and its wire trace: for its manager and for admins, in words support can use."""

from dataclasses import replace
from typing import cast

import pytest

from tests.hub.rig import Rig
from tests.hub.web.counter import Counter
from tests.hub.web.reading import headings, words
from tests.hub.web.shop import EXCHANGE, Shop, SmallTrace
from tests.scheduling.world import HOME, HOST
from vocabulary.people import UserRole

PAGE = "/practices/Y90001/connection"


def test_a_manager_sees_what_a_practice_is_enabled_for_and_what_was_said(shop: Shop) -> None:
    manager = shop.sign_in(UserRole.PRACTICE_MANAGER)
    page = manager.get(PAGE)
    said = words(page)
    assert len(headings(page)) == 1
    for part in (
        "Connection of Beechwood Surgery",
        "Patients and registration Enabled 200000000001",
        "Record view Not enabled",
        "Simulated 1, GP Connect 1.2.7",
        "It did not answer.",
        "book",
        "Refused HTTP 422",
        "81 ms",
    ):
        assert part in said, part
    one = words(manager.get("/practices/Y90001/exchanges/7"))
    for part in ("POST /Appointment", "trace-7", "guid-7", "(hidden)", "start ge2026-03-02"):
        assert part in one, part


@pytest.mark.parametrize("role", [UserRole.RECEPTIONIST, UserRole.CLINICIAN, UserRole.ANALYST])
def test_nobody_else_does(shop: Shop, role: UserRole) -> None:
    somebody = shop.sign_in(role)
    for address in (PAGE, "/practices/Y90001/exchanges/7"):
        assert somebody.get(address).status_code == 403
    assert "/connection" not in somebody.get("/practices", follow_redirects=True).text


def test_filters_are_read_as_far_as_they_make_sense(shop: Shop) -> None:
    manager = shop.sign_in(UserRole.FEDERATION_ADMIN)
    trace = cast(SmallTrace, shop.hub.wire)
    assert manager.get(f"{PAGE}?interaction=book&failed=1&trace=%20t-1%20&before=12").status_code == 200
    assert (trace.chosen.interaction, trace.chosen.failed_only, trace.chosen.trace_id, trace.chosen.before) == (
        "book",
        True,
        "t-1",
        12,
    )
    for odd in ("before=-1", "before=9999999999999999999999", "before=²", "interaction=<b>", "failed=yes"):
        assert manager.get(f"{PAGE}?{odd}").status_code == 200
        assert (trace.chosen.before, trace.chosen.interaction, trace.chosen.failed_only) == (0, "", False)


def test_a_federation_admin_reaches_the_connection_of_every_practice(shop: Shop) -> None:
    admin = shop.sign_in(UserRole.FEDERATION_ADMIN)
    page = admin.get("/practices")
    assert "How any practice of the federation is connected" in words(page)
    assert '<option value="Y90005">' in page.text
    assert admin.get("/practices/connection?ods=y90005").location == "/practices/Y90005/connection"
    assert admin.get("/practices/connection?ods=%2F%2Fevil.example").status_code == 422
    manager = shop.sign_in(UserRole.PRACTICE_MANAGER)
    assert "How any practice" not in words(manager.get("/practices"))
    assert manager.get("/practices/connection?ods=Y90005").status_code == 403


def test_the_trace_says_what_is_in_it(shop: Shop) -> None:
    said = words(shop.sign_in(UserRole.PRACTICE_MANAGER).get(PAGE))
    assert "Asked by us: what the hub asked this practice’s system, and other practices’ systems on its behalf." in said
    assert "Asked of us: what other systems asked the hub about this practice’s clinics, or in its name" in said


def test_what_others_ask_of_the_hub_is_told_apart_with_their_system(shop: Shop) -> None:
    trace = cast(SmallTrace, shop.hub.wire)
    asked_of_us = replace(EXCHANGE, asked_of_us=True, booking_practice=None, who="", system="918232000077 Other hub")
    trace.exchange_kept = replace(asked_of_us, outcome="failed", status=504)
    admin = shop.sign_in(UserRole.FEDERATION_ADMIN)
    said = words(admin.get(f"{PAGE}?way=of-us"))
    assert trace.chosen.asked_of_us is True
    for part in ("book Asked of us", "not said", "Failed HTTP 504"):
        assert part in said, part
    assert '<option value="of-us" selected>' in admin.get(f"{PAGE}?way=of-us").text
    one = words(admin.get("/practices/Y90001/exchanges/7"))
    assert "Direction Asked of us, by 918232000077 Other hub Asked for not said By not said" in one
    for way, chosen in (("by-us", False), ("", None), ("sideways", None)):
        admin.get(f"{PAGE}?way={way}")
        assert trace.chosen.asked_of_us is chosen


@pytest.mark.parametrize(
    ("report", "part"),
    [
        ({"record_standard": "1.6.2"}, "Record view: GP Connect 1.6.2, at an address of its own."),
        ({"record_failure": "It is switched off there."}, "Record view: it did not say. It is switched off there."),
        ({}, "Record view: no address is known for it."),
    ],
)
def test_what_a_record_service_says_of_itself(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, report: dict[str, str], part: str
) -> None:
    connected = shop.book.connection(HOME)
    assert connected and connected.report
    said = replace(connected, report=replace(connected.report, **report))
    monkeypatch.setattr(shop.book, "connection", lambda ods: said)
    assert part in words(shop.sign_in(UserRole.PRACTICE_MANAGER).get(PAGE))


@pytest.mark.parametrize(("pooled", "part"), [(True, "It is asked at five past every hour"), (False, "switched on.")])
def test_a_system_not_asked_yet_says_when_it_will_be(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, pooled: bool, part: str
) -> None:
    known, connected = shop.book.practice(HOME), shop.book.connection(HOME)
    assert known and connected
    monkeypatch.setattr(shop.book, "practice", lambda ods: replace(known, pooling_live=pooled))
    monkeypatch.setattr(shop.book, "connection", lambda ods: replace(connected, report=None))
    said = words(shop.sign_in(UserRole.PRACTICE_MANAGER).get(PAGE))
    assert "It has not been asked yet." in said and part in said
    assert ("switched on" in said) is not pooled


def test_what_is_not_there_is_not_found(shop: Shop) -> None:
    admin = shop.sign_in(UserRole.FEDERATION_ADMIN)
    assert admin.get("/practices/Y99999/connection").status_code == 404
    assert admin.get("/practices/Y90001/exchanges/8").status_code == 404
    assert admin.get(f"/practices/Y90001/exchanges/{'9' * 40}").status_code == 404


@pytest.mark.database
def test_a_manager_of_another_practice_is_refused_by_the_trace_itself(rig: Rig) -> None:
    manager = Counter.open(rig, role=UserRole.PRACTICE_MANAGER)
    assert manager.goes_to(f"/practices/{HOME}/connection").seen.status_code == 200
    assert manager.goes_to(f"/practices/{HOST}/connection").seen.status_code == 403
    assert manager.goes_to(f"/practices/{HOST}/exchanges/1").seen.status_code == 403
    admin = Counter.open(rig, role=UserRole.FEDERATION_ADMIN)
    assert admin.goes_to(f"/practices/{HOST}/connection").seen.status_code == 200
