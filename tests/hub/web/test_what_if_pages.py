"""What a change would do, on the page and in the file: before anybody signs, and without a patient's name."""

import csv
import html
import io
import re
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from hub.auth import step_up
from hub.schemas.fields import read_date, read_time
from sharing_agreements.proposals import ProposalKind
from tests.hub.web.fakes import NOW
from tests.hub.web.reading import words
from tests.hub.web.sharing_book import FederationBook
from tests.hub.web.shop import Desk, Shop
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.times import moments_in_london

ENDS = {"kind": "end", "agreement": "1"}


@pytest.fixture
def book(shop: Shop) -> FederationBook:
    made = FederationBook(3)
    made.views = (*made.views[:3], replace(made.views[0], terms=_drafted(made)))
    object.__setattr__(shop.hub, "address_book", made)
    shop.book = made
    shop.desk.terms = tuple(view.terms for view in made.views)
    return made


def _drafted(book: FederationBook) -> object:
    terms = book.views[0].terms
    return replace(terms, id=77, version=2, status="draft", signed=frozenset(), grants=terms.grants[:1])


@pytest.fixture
def admin(shop: Shop, book: FederationBook) -> Desk:
    return shop.sign_in(UserRole.FEDERATION_ADMIN)


def asked(shop: Shop) -> ProposalKind:
    return shop.desk.foreseen[-1].kind


def test_ending_shows_bookings_times_minutes_and_people(admin: Desk, shop: Shop) -> None:
    page = words(admin.get(f"/what-if?{urlencode(ENDS)}"))
    assert "If DSA-AVON-01 v1 ended now …" in page
    assert "12 bookings still to come" in page.replace(
        "bookings still to come would stand where nothing could be booked any more 12", "12 bookings still to come"
    )
    for heading in (
        "Day by day",
        "Bookings still to come",
        "Minutes a week against the contract",
        "Who would lose what",
    ):
        assert heading in page
    assert "Receptionists see free times, book 4 practices" in page
    assert shop.desk.foreseen[-1].agreement_id == 1


@pytest.mark.parametrize(
    ("choice", "title"),
    [
        ({"kind": "suspend"}, "If DSA-AVON-01 v1 were suspended now"),
        ({"kind": "leave", "practice": "Y90002"}, "If Sparrowhawk Lane Surgery left DSA-AVON-01 v1 now"),
        ({"kind": "leave", "practice": "Y90002", "agreement": "every"}, "left every agreement now"),
        ({"kind": "drop", "clauses": "2.3"}, "If clause 2.3 of DSA-AVON-01 v1 were taken out now"),
        ({"kind": "replace"}, "If the next version of DSA-AVON-01 v1 replaced it now"),
        ({"on": "1/2/2027"}, "ended on Monday 1 February 2027"),
    ],
)
def test_every_kind_of_change_can_be_thought_of(admin: Desk, shop: Shop, choice: dict[str, str], title: str) -> None:
    page = words(admin.get(f"/what-if?{urlencode({**ENDS, **choice})}"))
    assert title in page
    assert asked(shop).value == choice.get("kind", "end")
    if choice["kind" if "kind" in choice else "on"] == "replace":
        assert shop.desk.foreseen[-1].replacement_id == 77


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ({"agreement": "999"}, "Choose an agreement from the list."),
        ({"kind": "explode"}, "Choose what would be done."),
        ({"kind": "leave", "practice": "Y90011"}, "Choose the practice that would leave"),
        ({"kind": "drop"}, "Choose the clauses that would go, of DSA-AVON-01 v1."),
        ({"kind": "drop", "clauses": "9.9"}, "Choose the clauses that would go"),
        ({"kind": "replace", "agreement": "2"}, "There is no draft or proposal that would replace DSA-AVON-02 v1."),
        ({"on": "1/1/2020"}, "Choose today or a later day"),
        ({"on": "soon"}, "Enter a real date"),
    ],
)
def test_what_cannot_be_thought_of_is_told(admin: Desk, shop: Shop, choice: dict[str, str], told: str) -> None:
    answer = admin.get(f"/what-if?{urlencode({**ENDS, **choice})}")
    assert answer.status_code == 422 and told in words(answer)
    assert shop.desk.foreseen == ()


def test_what_changes_nothing_says_so(admin: Desk) -> None:
    assert "Nobody would lose anything" in words(admin.get("/what-if?kind=suspend&agreement=3"))


def test_the_file_lists_every_booking_by_reference_and_no_patient(admin: Desk) -> None:
    answer = admin.get(f"/what-if.csv?{urlencode(ENDS)}")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    bookings = [row for row in rows if row["what"] == "booking"]
    assert len(bookings) == 12 and all(row["reference"] and row["practice"] and row["at"] for row in bookings)
    assert bookings[0]["day"] == "2026-11-25" and bookings[0]["time"] == "17:55"
    assert {row["what"] for row in rows} == {"booking", "free times", "minutes a week", "people"}
    assert "Pritchard" not in answer.text and "nhs" not in answer.text.lower()
    assert admin.get("/what-if.csv?kind=end").status_code == 422


def test_a_practice_thinks_of_itself_leaving_and_of_nobody_else(shop: Shop, book: FederationBook) -> None:
    manager = shop.sign_in(UserRole.PRACTICE_MANAGER)
    page = manager.get("/what-if").text
    assert "DSA-AVON-01 v1" in page and "DSA-AVON-03 v1" not in page
    assert '<option value="Y90002"' not in page
    manager.get("/what-if?kind=leave&agreement=every")
    assert shop.desk.foreseen[-1].practice == OdsCode("Y90001") and shop.desk.foreseen[-1].at == NOW


def test_bookings_are_links_only_for_who_may_open_them(shop: Shop, admin: Desk) -> None:
    assert "/bookings/" not in admin.get(f"/what-if?{urlencode(ENDS)}").text
    assert "/bookings/" in shop.sign_in(UserRole.PRACTICE_MANAGER).get(f"/what-if?{urlencode(ENDS)}").text


# --- When: a day, a time, in England.


@pytest.mark.parametrize(
    ("on", "at", "title"),
    [
        ("1/2/2027", "5.30pm", "ended on Monday 1 February 2027 at 5.30pm"),
        ("1/2/2027", "17:30:15", "ended on Monday 1 February 2027 at 17:30:15"),
        ("24/11/2026", "23:59", "ended on Tuesday 24 November 2026 at 11.59pm"),
        ("28/3/2027", "00:30", "ended on Sunday 28 March 2027 at 12.30am"),
        ("28/3/2027", "2am", "ended on Sunday 28 March 2027 at 2am"),
        ("31/10/2027", "2am", "ended on Sunday 31 October 2027 at 2am"),
    ],
)
def test_an_end_is_set_to_the_second(admin: Desk, shop: Shop, on: str, at: str, title: str) -> None:
    page = admin.get(f"/what-if?{urlencode({**ENDS, 'on': on, 'at': at})}")
    assert title in words(page)
    assert shop.desk.foreseen[-1].at == what_if_moment(on, at)


def what_if_moment(on: str, at: str) -> datetime:
    day, clock_time = read_date(on), read_time(at)
    assert day is not None and clock_time is not None
    (found,) = moments_in_london(day, clock_time)
    return found


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ({"on": "28/3/2027", "at": "1.30am"}, "There is no 1.30am on 28/3/2027: the clocks go forward that night."),
        ({"on": "31/10/2027", "at": "1:30"}, "1.30am on 31/10/2027 comes twice: the clocks go back that night."),
        ({"on": "1/2/2027", "at": "teatime"}, "Enter a time of day, such as 5.30pm or 17:30."),
        ({"on": "24/11/2026", "at": "9am"}, "That time has passed"),
        ({"at": "9am"}, "Say on which day, too."),
    ],
)
def test_a_time_that_is_none_or_two_is_not_guessed(admin: Desk, shop: Shop, choice: dict[str, str], told: str) -> None:
    answer = admin.get(f"/what-if?{urlencode({**ENDS, **choice})}")
    assert answer.status_code == 422 and told in words(answer)
    assert shop.desk.foreseen == ()


# --- Carrying it out.


def prove(desk: Desk, shop: Shop) -> Desk:
    """They have just proved who they are."""
    desk.session.data[step_up.KEY] = {"at": shop.clock.now().timestamp(), "acr": ""}
    return desk


def test_it_is_carried_out_with_a_choice_for_each_group(admin: Desk, shop: Shop) -> None:
    later = words(prove(admin, shop).get(f"/what-if?{urlencode({**ENDS, 'on': '1/12/2026'})}"))
    assert "can be withdrawn or put off" in later and "cannot be taken up again" not in later
    page = prove(admin, shop).get(f"/what-if?{urlencode(ENDS)}").text
    groups = sorted(set(re.findall(r'name="(group-[^"]+)"', page)))
    assert len(groups) == 6 and page.count('value="keep" checked') == 6
    chosen = {group: "move" if group == groups[0] else "keep" for group in groups}
    answer = admin.post("/what-if", {**ENDS, "on": "1/12/2026", "at": "5pm", "reason": "We part.", **chosen})
    assert "DSA-AVON-01 v1 ends on Tuesday 1 December 2026 at 5pm" in words(answer)
    assert "To be moved: 1 booking" in words(answer) and "Kept: 11 bookings" in words(answer)
    ((proposal, ref, reason),) = shop.desk.done
    assert ref is not None
    assert (ref.label, reason, proposal.kind) == ("DSA-AVON-01 v1", "We part.", ProposalKind.END)
    assert proposal.at == what_if_moment("1/12/2026", "5pm")


def test_without_a_reason_nothing_is_done_and_the_choices_stay(admin: Desk, shop: Shop) -> None:
    group = re.findall(r'name="(group-[^"]+)"', prove(admin, shop).get(f"/what-if?{urlencode(ENDS)}").text)[0]
    answer = admin.post("/what-if", {**ENDS, group: "move", "reason": " "})
    assert answer.status_code == 422 and "Say why" in words(answer)
    assert answer.text.count('value="move" checked') == 1 and shop.desk.done == ()


def test_ending_asks_first_who_one_is_and_nothing_typed_is_lost(admin: Desk, shop: Shop) -> None:
    address = f"/what-if?{urlencode(ENDS)}"
    first = admin.get(address)
    assert "Prove who you are" in words(first) and 'id="carry-out"' not in first.text
    page = prove(admin, shop).get(address).text
    group = re.findall(r'name="(group-[^"]+)"', page)[0]
    shop.clock.pass_by(minutes=6)
    sent = {**ENDS, group: "move", "reason": "We part ways."}
    stale = admin.post("/what-if", sent)
    assert stale.status_code == 303 and shop.desk.done == ()
    back = admin.get(stale.location.split("#")[0])
    assert "so nothing was done. What you typed and chose is kept." in words(back)
    assert "nhsuk-button--warning" not in back.text
    again = prove(admin, shop).get(stale.location.split("#")[0]).text
    assert 'value="We part ways."' in again and again.count('value="move" checked') == 1
    assert admin.post("/what-if", sent).status_code == 200 and len(shop.desk.done) == 1
    assert "We part ways." not in admin.get(address).text, "what was done is not typed again"


def test_suspending_asks_for_nothing_first(admin: Desk, shop: Shop) -> None:
    choice = {**ENDS, "kind": "suspend"}
    assert "Prove who you are" not in words(admin.get(f"/what-if?{urlencode(choice)}"))
    assert admin.post("/what-if", {**choice, "reason": "A breach is looked into."}).status_code == 200
    assert [proposal.kind for proposal, _, _ in shop.desk.done] == [ProposalKind.SUSPEND]


def test_the_way_to_prove_it_leads_back_to_this_very_page(admin: Desk) -> None:
    page = admin.get(f"/what-if?{urlencode({**ENDS, 'on': '1/12/2026', 'at': '5pm'})}").text
    (way,) = re.findall(r'href="(/sign-in/[^"]+again=step-up[^"]*)"', page)
    (back,) = parse_qs(urlsplit(html.unescape(way)).query)["back"]
    assert "ended on Tuesday 1 December 2026 at 5pm" in words(admin.get(back))


@pytest.mark.parametrize(
    ("role", "choice", "button"),
    [
        (UserRole.FEDERATION_ADMIN, {"kind": "end"}, "End DSA-AVON-01 v1"),
        (UserRole.FEDERATION_ADMIN, {"kind": "suspend"}, "Suspend DSA-AVON-01 v1 now"),
        (UserRole.FEDERATION_ADMIN, {"kind": "leave"}, ""),
        (UserRole.FEDERATION_ADMIN, {"kind": "leave", "agreement": "every"}, ""),
        (UserRole.FEDERATION_ADMIN, {"kind": "drop", "clauses": "2.1"}, ""),
        (UserRole.CALDICOTT_GUARDIAN, {"kind": "end"}, ""),
        (UserRole.CALDICOTT_GUARDIAN, {"kind": "suspend"}, "Suspend DSA-AVON-01 v1 now"),
        (UserRole.CALDICOTT_GUARDIAN, {"kind": "suspend", "on": "1/12/2026"}, ""),
        (UserRole.PRACTICE_MANAGER, {"kind": "leave"}, "Leave DSA-AVON-01 v1 now"),
        (UserRole.PRACTICE_MANAGER, {"kind": "leave", "on": "1/12/2026"}, ""),
        (UserRole.PRACTICE_MANAGER, {"kind": "leave", "agreement": "every"}, "Leave all of our agreements now"),
    ],
)
def test_the_button_is_there_for_who_may(
    shop: Shop, book: FederationBook, role: UserRole, choice: dict[str, str], button: str
) -> None:
    page = prove(shop.sign_in(role), shop).get(f"/what-if?{urlencode({**ENDS, **choice})}").text
    assert ('id="carry-out"' in page) == bool(button) and button in page


def test_a_practice_leaves_everything_on_one_page(shop: Shop, book: FederationBook) -> None:
    manager = prove(shop.sign_in(UserRole.PRACTICE_MANAGER), shop)
    choice = {"kind": "leave", "agreement": "every"}
    page = words(manager.get(f"/what-if?{urlencode(choice)}"))
    assert "in one go, or none of them if anything goes wrong" in page and "DSA-AVON-01 v1" in page
    answer = words(manager.post("/what-if", {**choice, "reason": "We leave the federation."}))
    assert "Your practice has left all of its agreements" in answer and "DSA-AVON-01 v1" in answer
    ((proposal, ref, _),) = shop.desk.done
    assert ref is None and proposal.practice == OdsCode("Y90001")


def test_leaving_again_by_an_old_form_says_that_nothing_was_done(shop: Shop, book: FederationBook) -> None:
    manager = prove(shop.sign_in(UserRole.PRACTICE_MANAGER), shop)
    left = frozenset({OdsCode("Y90001")})
    book.views = tuple(replace(view, terms=replace(view.terms, left=view.terms.left | left)) for view in book.views)
    answer = manager.post("/what-if", {**ENDS, "kind": "leave", "reason": "We merge."})
    assert answer.status_code == 422 and shop.desk.done == ()
    assert "Your practice has left DSA-AVON-01 v1 already: nothing was done now." in words(answer)


@pytest.mark.parametrize("role", [UserRole.RECEPTIONIST, UserRole.CLINICIAN, UserRole.ANALYST])
def test_whoever_does_not_answer_for_agreements_is_not_shown_it(shop: Shop, role: UserRole) -> None:
    for address in ("/what-if", "/what-if.csv"):
        assert shop.sign_in(role).get(address).status_code == 403
