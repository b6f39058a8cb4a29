"""Many messages on one page: whose turn it is first, in groups and pages; names only for whose role opens them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.web.messages.message_list import A_PAGE, SETTLED, listed
from hub.web.messages.message_words import shown
from hub.web.messages.posting import EXTENSION
from messaging.lifecycle import Level, Side
from messaging.taking import Taker
from tests.hub.web.fakes import NOW
from tests.hub.web.posts import BLANK, NAME
from tests.hub.web.reading import words
from tests.hub.web.shop import Shop
from vocabulary.messages import MessageState, Urgency, WayState
from vocabulary.people import UserRole

CALM = replace(BLANK, level=Level.NONE, urgency=Urgency.ROUTINE)
TAKEN = replace(CALM, state=MessageState.ACKNOWLEDGED, waits_for_us=True)


def headings(*lines: object) -> list[str]:
    return [group.heading for group in listed(lines, NOW, page=1).groups]  # type: ignore[arg-type]


def test_whose_turn_it_is_comes_first_and_what_others_open_last() -> None:
    back = replace(CALM, state=MessageState.DECLINED, waits_for_us=False)
    closed_to_me = replace(CALM, readable=False)
    over = replace(TAKEN, taken_over=Taker("Sam Ferreira", NOW))
    assert headings(closed_to_me, back, TAKEN, CALM, over) == [
        "To look at now",
        "In hand at your practice",
        "Returned: the sender has these again",
        "For others at your practice to open",
    ]
    first = listed((TAKEN, replace(CALM, ref="new"), over), NOW, page=1).groups[0]
    assert [one.ref for one in first.items] == ["new", over.ref], "what was taken over is told first"
    sent = [replace(line, side=Side.SENDER, waits_for_us=line is back) for line in (TAKEN, CALM, back)]
    assert headings(*sent) == ["Yours to see to", "Nobody there has these yet", "In hand there"]


def test_many_come_a_page_at_a_time_and_what_is_late_is_counted_on_all() -> None:
    lines = [replace(CALM, ref=f"m{number}", level=Level.RECIPIENT) for number in range(A_PAGE * 2 + 3)]
    shown_on = [[one.ref for one in listed(lines, NOW, page=page).groups[0].items] for page in (0, 1, 2, 3, 99)]
    assert [len(page) for page in shown_on] == [A_PAGE, A_PAGE, A_PAGE, 3, 3]
    assert {ref for page in shown_on for ref in page} == {line.ref for line in lines}
    assert listed(lines, NOW, page=2).late == len(lines)
    ended = [replace(CALM, ref=f"e{n}", ended_at=NOW - timedelta(hours=n)) for n in range(SETTLED + 4)]
    found = listed(ended, NOW, page=1)
    assert found.empty and (found.settled[0].ref, len(found.settled), found.settled_more) == ("e0", SETTLED, 4)


def test_the_page_has_names_for_whose_role_opens_it_alone(shop: Shop) -> None:
    post = shop.app.extensions[EXTENSION]
    page = shop.sign_in(UserRole.CLINICIAN).get("/messages")
    assert "Visit summary: PRITCHARD, Joan" in words(page) and "999 000 0018" in words(page)
    post.lines[NAME] = replace(post.lines[NAME], readable=False, family="", given="")
    post.lines.pop(next(ref for ref in post.lines if ref != NAME))
    page = shop.sign_in(UserRole.RECEPTIONIST).get("/messages")
    assert "PRITCHARD" not in words(page) and "To be read by clinicians." in words(page)


def test_of_a_practice_that_has_closed_nobody_is_told_to_ring_it() -> None:
    late = replace(BLANK, level=Level.SENDER, side=Side.SENDER)
    assert "ring them" in shown(late, NOW).ring
    assert shown(replace(late, other_closed=True), NOW).ring.startswith("Beechwood Surgery has closed")
    back = replace(BLANK, state=MessageState.DECLINED, level=Level.MANAGERS, other_closed=True)
    assert shown(back, NOW).ring.startswith("Fallodon Way Medical Centre has closed")


def test_what_nobody_settles_is_the_federations_to_ring_about(shop: Shop) -> None:
    page = words(shop.sign_in(UserRole.FEDERATION_ADMIN).get("/practices"))
    assert "2 from Fallodon Way Medical Centre (0117 496 0902) to Beechwood Surgery, the oldest sent" in page
    assert "Practices 2" in page
    assert "nobody has settled" not in words(shop.sign_in(UserRole.PRACTICE_MANAGER).get("/practices"))


def test_the_next_page_is_linked(shop: Shop) -> None:
    post = shop.app.extensions[EXTENSION]
    post.lines.update({f"m{number}": replace(CALM, ref=f"m{number}") for number in range(A_PAGE)})
    desk = shop.sign_in(UserRole.CLINICIAN)
    assert 'href="/messages?page=2"' in desk.get("/messages").text
    assert "Page 2 of 2." in words(desk.get("/messages?page=2"))
    assert "Page 1 of 2." in words(desk.get("/messages?page=x"))


@pytest.mark.parametrize("state", [state for state in WayState if state])
def test_who_receives_it_reads_of_their_own_system(state: WayState) -> None:
    assert "our own GP system" in shown(replace(BLANK, way_state=state), NOW).history[1]
    sent = shown(replace(BLANK, way_state=state, side=Side.SENDER), NOW).history[1]
    assert "our own" not in sent
