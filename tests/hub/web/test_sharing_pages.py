"""The agreements as one looks at them: the list, the timeline, one agreement, and who shares what with whom."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from hub.web.sharing import agreement_lines, matrix
from sharing_agreements.access_map import access_map, asked
from sharing_agreements.terms import Terms, decide
from tests.hub.web.fakes import HOME, NOW
from tests.hub.web.reading import words
from tests.hub.web.sharing_book import FederationBook
from tests.hub.web.shop import AGREEMENT, Desk, Shop
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Purpose, Scope


@pytest.fixture
def book(shop: Shop) -> FederationBook:
    """All 82 practices."""
    made = FederationBook()
    object.__setattr__(shop.hub, "address_book", made)
    shop.book = made
    return made


@pytest.fixture
def admin(shop: Shop, book: FederationBook) -> Desk:
    return shop.sign_in(UserRole.FEDERATION_ADMIN)


def titles(page: str) -> list[str]:
    return re.findall(r'<td><a href="/agreements/(DSA-[\w-]+)/\d+"', page)


# --- The list.


def test_a_federation_admin_sees_all_agreements_the_urgent_ones_first(admin: Desk) -> None:
    page = admin.get("/agreements")
    assert titles(page.text)[:3] == ["DSA-AVON-03", "DSA-AVON-11", "DSA-AVON-05"]
    assert "19 of 20" in words(page) and "DSA-AVON-14" not in page.text
    assert "Running out within 90 days Ends in 25 days Gasworks Cluster" in words(page)


def test_a_practice_sees_the_agreements_that_name_it(shop: Shop, book: FederationBook) -> None:
    page = shop.sign_in().get("/agreements")
    assert titles(page.text) == ["DSA-SAT-101", "DSA-AVON-01"]
    assert "name Beechwood Surgery" in words(page) or "name Ferryman" in words(page)


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("state=suspended", ["DSA-AVON-03"]),
        ("state=waiting", ["DSA-AVON-11"]),
        ("state=over", ["DSA-AVON-14"]),
        ("state=soon", ["DSA-AVON-05", "DSA-AVON-09", "DSA-SAT-101", "DSA-SAT-102"]),
        ("state=current&practice=Y90001", ["DSA-SAT-101", "DSA-AVON-01"]),
        ("state=suspended&practice=Y90001", []),
    ],
)
def test_the_list_can_be_narrowed(admin: Desk, query: str, there: list[str]) -> None:
    page = admin.get(f"/agreements?{query}")
    assert titles(page.text) == there
    assert ("None is in this state" in words(page)) == (not there)


def test_a_choice_nobody_offers_shows_the_usual_list(admin: Desk) -> None:
    assert "19 of 20" in words(admin.get("/agreements?state=whatever"))


def test_one_that_has_run_out_is_expired_before_anybody_wrote_so() -> None:
    view = replace(AGREEMENT, terms=replace(AGREEMENT.terms, ends_at=NOW))
    assert agreement_lines.state_of(view, NOW) == "expired"
    state = agreement_lines.state_of(view, NOW)
    assert agreement_lines.deadline_of(state, view.terms.ends_at, view.review_on, NOW) is None


@pytest.mark.parametrize(
    ("ends", "review", "told"),
    [
        (91, 91, ""),
        (90, 200, "Ends in 90 days"),
        (30, 1, "Review due tomorrow"),
        (200, -3, "Review overdue since 21 Nov"),
    ],
)
def test_what_runs_out_is_told_in_time(ends: int, review: int, told: str) -> None:
    terms = replace(AGREEMENT.terms, ends_at=NOW + timedelta(days=ends))
    view = replace(AGREEMENT, terms=terms, review_on=(NOW + timedelta(days=review)).date())
    found = agreement_lines.deadline_of("in-force", terms.ends_at, view.review_on, NOW)
    assert (found.words if found else "").startswith(told) and bool(found) == bool(told)


def test_bars_stand_in_the_span_that_all_share() -> None:
    span = agreement_lines.span_of([AGREEMENT], NOW)
    line = agreement_lines.line(AGREEMENT, {}, HOME, NOW, span)
    scale = agreement_lines.timeline(span, NOW)
    assert [year for _, year in scale.years] == ["2026", "2027", "2028"]
    assert 0 < line.bar.x < scale.today < line.bar.x + line.bar.width < 1000
    assert line.bar.x + line.bar.done == pytest.approx(scale.today, abs=0.2)


# --- One agreement.


def test_one_agreement_is_told_in_words_and_each_clause_can_be_led_to(admin: Desk) -> None:
    page = admin.get("/agreements/DSA-AVON-02/1")
    assert "Kingfisher Cluster: sharing of clinics In force" in words(page)
    assert 'id="clause-2-2"' in page.text
    assert words(page).count("Missing") == 1
    assert "Clinicians, practice managers and receptionists at every party may see free appointments of" in words(page)


def test_whoever_is_signed_in_reads_it_and_is_offered_nothing(shop: Shop, book: FederationBook) -> None:
    page = shop.sign_in().get("/agreements/DSA-AVON-01/1")
    assert "What it says" in words(page) and 'id="clause-2-1"' in page.text
    assert "What can be done" not in words(page) and "<form" not in page.text.split("<h1>")[1]
    assert "SHA-256" not in words(page)


@pytest.mark.parametrize("role", [UserRole.FEDERATION_ADMIN, UserRole.RECEPTIONIST])
def test_what_runs_out_can_be_renewed_where_it_is_shown(shop: Shop, book: FederationBook, role: UserRole) -> None:
    views = list(book.views)
    views[0] = replace(views[0], terms=replace(views[0].terms, ends_at=NOW + timedelta(days=20)))
    book.views = tuple(views)
    desk = shop.sign_in(role)
    for address in ("/agreements", "/agreements/DSA-AVON-01/1"):
        page = desk.get(address)
        assert "Ends in 20 days" in words(page)
        assert ('href="/agreements/DSA-AVON-01/1/renew"' in page.text) == (role is UserRole.FEDERATION_ADMIN), address
    drafted = replace(views[0], terms=replace(views[0].terms, id=77, version=2, status="draft"))
    book.views = (*views, drafted)
    assert "/DSA-AVON-01/1/renew" not in desk.get("/agreements").text
    if role is UserRole.FEDERATION_ADMIN:
        assert "its next version is under way" in words(desk.get("/agreements"))
        assert "v2 follows it" in words(desk.get("/agreements/DSA-AVON-01/1"))


def test_an_agreement_of_others_is_not_there(shop: Shop, book: FederationBook) -> None:
    assert shop.sign_in().get("/agreements/DSA-AVON-04/1").status_code == 404
    assert shop.sign_in().get("/agreements/DSA-AVON-01/9").status_code == 404


# --- The matrix.


def test_every_cell_of_the_matrix_is_what_the_gate_decides(book: FederationBook) -> None:
    terms = [view.terms for view in book.views]
    known = access_map(terms, NOW)
    groups = matrix.grouped(book.practices(), book.clusters(), HOME)
    table = matrix.table(groups[:3], known)
    across = [entry for group in table.groups for entry in group.entries]
    letters = {letter: scope for scope, letter in matrix.LETTERS.items()}
    assert table.size == 14
    for _, rows in table.rows:
        for row in rows:
            for entry, cell in zip(across, row.cells, strict=True):
                pair = (OdsCode(row.entry.ods), OdsCode(entry.ods))
                told = {letters[sign] for sign in cell.text if sign in letters} if cell.state == "allowed" else set()
                assert told == {scope for scope in Scope if _anybody(terms, pair, scope)}


def _anybody(terms: list[Terms], pair: tuple[OdsCode, OdsCode], scope: Scope) -> bool:
    questions = [asked(pair, role, scope, Purpose.DIRECT_CARE) for role in UserRole if role is not UserRole.SYSTEM]
    return pair[0] != pair[1] and any(decide(terms, question, NOW).allowed for question in questions)


def test_82_practices_are_one_picture_and_one_open_cluster(admin: Desk) -> None:
    page = admin.get("/sharing").text
    assert page.count("hub-band__name--top") == 18
    assert "hub-square--paused" in page and "hub-square--waiting" in page
    assert page.count('scope="row"') == 7  # its five, and two neighbours they share with
    opened = admin.get("/sharing?cluster=AVON-11").text
    assert opened.count('scope="row"') == 4


def test_every_cell_leads_to_a_clause_that_is_there(admin: Desk) -> None:
    page = admin.get("/sharing?cluster=AVON-02").text
    leads = set(re.findall(r'<td class="hub-cell[^>]*><a href="([^"]+)"', page))
    assert leads
    for lead in leads:
        address, _, anchor = lead.replace("&amp;", "&").partition("#")
        there = admin.get(address)
        assert there.status_code == 200 and (not anchor or f'id="{anchor}"' in there.text), lead


def test_the_same_is_told_as_a_plain_table(admin: Desk) -> None:
    page = words(admin.get("/sharing?cluster=AVON-03&as=table"))
    assert "Limekiln Wharf" in page or "Limekiln" in page
    assert "Suspended" in page and "DSA-AVON-03 v1" in page
    only = admin.get("/sharing?cluster=AVON-01&as=table&scope=view-record").text
    assert only.count('<td data-label="May">View the record</td>') == 20 and "See free times</td>" not in only


def test_a_practice_sees_itself_and_those_it_shares_with(shop: Shop, book: FederationBook) -> None:
    page = shop.sign_in().get("/sharing").text
    assert page.count('scope="row"') == 7 and "hub-matrix-picture" not in page


def test_what_a_practice_switched_off_is_marked(shop: Shop, book: FederationBook, admin: Desk) -> None:
    book.switches = frozenset({(OdsCode("Y90002"), scope) for scope in Scope})
    page = admin.get("/sharing").text
    assert "Sparrowhawk Lane Surgery: switched off by one of the two" in page


def test_a_cell_of_which_a_part_is_suspended_says_so(admin: Desk) -> None:
    page = admin.get("/sharing?cluster=AVON-03").text
    assert ">S‖</span>" in page and "book, view the record: suspended" in page


def test_one_agreement_of_all_82_can_still_be_read(shop: Shop, book: FederationBook, admin: Desk) -> None:
    parties = frozenset(practice.ods for practice in book.practices())
    terms = replace(book.views[0].terms, parties=parties, signed=parties)
    book.views = (replace(book.views[0], terms=terms),)
    page = admin.get("/sharing")
    assert page.text.count("hub-square--level-3") == 82 * 81
    assert page.text.count('scope="row"') == 5 and "77 practices of other clusters" in words(page)
    assert len(page.text) < 1_200_000
    listed = admin.get("/sharing?as=table&scope=book").text
    assert listed.count('<td data-label="May">') == 5 * 4 + 2 * 5 * 77


def test_nobody_without_an_agreement_breaks_the_page(shop: Shop, book: FederationBook) -> None:
    book.views = ()
    for role in (UserRole.FEDERATION_ADMIN, UserRole.RECEPTIONIST):
        for address in ("/agreements", "/sharing", "/sharing?as=table"):
            assert shop.sign_in(role).get(address).status_code == 200
