"""The simulator's pages: an answer with its clause and what would have to change, and files of questions."""

import csv
import io
from typing import Any
from urllib.parse import urlencode

import pytest

from hub.schemas.asking import names_a_patient
from hub.schemas.question_files import COLUMNS, EXAMPLE, MOST_BYTES, MOST_LINES
from tests.hub.web.reading import words
from tests.hub.web.sharing_book import FederationBook
from tests.hub.web.shop import Desk, Shop
from vocabulary.people import UserRole

RITA_BOOKS = {"role": "receptionist", "practice": "Y90001", "act": "book", "host": "Y90002", "home": "Y90001"}
DOCTOR_LOOKS = {"role": "clinician", "practice": "Y90001", "act": "view-record", "home": "Y90002"}
WELL = {"permission": "given", "care_link": "yes"}


@pytest.fixture
def book(shop: Shop) -> FederationBook:
    made = FederationBook(3)
    object.__setattr__(shop.hub, "address_book", made)
    shop.book = made
    shop.desk.terms = tuple(view.terms for view in made.views)
    return made


@pytest.fixture
def admin(shop: Shop, book: FederationBook) -> Desk:
    return shop.sign_in(UserRole.FEDERATION_ADMIN)


def ask(desk: Desk, question: dict[str, Any]) -> str:
    return words(desk.get(f"/simulator?{urlencode(question, doseq=True)}"))


def send(desk: Desk, text: str | bytes, *, as_file: bool = False) -> Any:
    content = text if isinstance(text, bytes) else text.encode()
    form = {"questions": (io.BytesIO(content), "q.csv"), "as": "csv" if as_file else "page"}
    return desk.post("/simulator/file", form, content_type="multipart/form-data")


def answers(desk: Desk, text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(send(desk, text, as_file=True).text)))


def test_a_grant_names_agreement_version_and_clause_and_leads_there(admin: Desk) -> None:
    page = admin.get(f"/simulator?{urlencode(RITA_BOOKS)}")
    assert "Allowed A receptionist at Ferryman’s Quay Surgery may book" in words(page).replace("'", "’")
    assert "DSA-AVON-01 v1 grants it in clause 2.2." in words(page)
    assert '/agreements/DSA-AVON-01/1#clause-2-2"' in page.text
    assert "it would still be allowed, by DSA-SAT-101 v1, clause 2.2" in words(page)


def test_a_refusal_says_what_would_have_to_change(admin: Desk) -> None:
    page = ask(admin, {**RITA_BOOKS, "practice": "Y90011", "host": "Y90012"})
    assert "Refused" in page and "The agreement DSA-AVON-03 v1 with" in page and "is suspended." in page
    assert "The parties let DSA-AVON-03 v1 go on (it is suspended)." in page
    assert "Each was tried with the same decision that the hub makes" in page


def test_dissent_blocks_viewing_and_never_booking(admin: Desk) -> None:
    dissent = {"choices": ["dissent-to-sharing"], **WELL}
    assert "Allowed" in ask(admin, {**DOCTOR_LOOKS, **WELL})
    refused = ask(admin, {**DOCTOR_LOOKS, **dissent})
    assert "Refused" in refused and "The patient withdraws their dissent to sharing" in refused
    assert "Allowed" in ask(admin, {**RITA_BOOKS, **dissent})


def test_one_field_says_whose_it_is_whatever_is_asked(admin: Desk) -> None:
    """There were two, and the one that did not count for a record was silently passed over."""
    page = admin.get(f"/simulator?{urlencode({**DOCTOR_LOOKS, 'home': '', 'host': 'Y90002', 'permission': 'refused'})}")
    assert "Refused" in words(page) and 'name="home"' not in page.text.split("</form>")[0]
    assert '<option value="Y90002" selected>' in page.text
    wrong = admin.get(f"/simulator?{urlencode({**DOCTOR_LOOKS, 'home': '', 'host': 'Y99999'})}")
    assert wrong.status_code == 422 and 'id="host-error"' in wrong.text


def test_of_a_restricted_patient_nobody_is_told_why(admin: Desk) -> None:
    page = ask(admin, {**DOCTOR_LOOKS, **WELL, "restricted": "yes"})
    assert "has nothing that can be shown or done here for this patient" in page
    assert "Nothing the practices can change" in page and "DSA-AVON-01" not in page


def test_the_roles_own_limits_count_too(admin: Desk) -> None:
    page = ask(admin, {**RITA_BOOKS, "role": "caldicott-guardian"})
    assert "Refused" in page and "the role of Caldicott Guardian does not do this at any practice" in page


def test_another_day_is_another_answer(admin: Desk) -> None:
    assert "Allowed" in ask(admin, {**RITA_BOOKS, "on": "1/4/2027"})
    assert "DSA-AVON-01 v1 is renewed" in ask(admin, {**RITA_BOOKS, "on": "1/4/2029"})


def test_a_wrong_question_is_told_beside_its_field(admin: Desk) -> None:
    answer = admin.get(f"/simulator?{urlencode({**RITA_BOOKS, 'on': '31/2/2027', 'host': 'Y99999', 'role': 'king'})}")
    assert answer.status_code == 422
    page = words(answer)
    assert "There is no such day in that month" in page and "Choose a role from the list." in page
    assert "There is no open practice with the code Y99999" in page


def test_a_practice_asks_about_itself_only(shop: Shop, book: FederationBook) -> None:
    manager = shop.sign_in(UserRole.PRACTICE_MANAGER)
    assert "Allowed" in ask(manager, RITA_BOOKS)
    answer = manager.get(f"/simulator?{urlencode({**RITA_BOOKS, 'practice': 'Y90003'})}")
    assert answer.status_code == 403 and "about two other practices" in words(answer)


@pytest.mark.parametrize("role", [UserRole.RECEPTIONIST, UserRole.CLINICIAN, UserRole.ANALYST])
def test_whoever_does_not_answer_for_agreements_has_no_simulator(shop: Shop, role: UserRole) -> None:
    assert shop.sign_in(role).get("/simulator").status_code == 403


def test_a_real_patients_choices_are_asked_for_by_post_and_their_number_is_not_shown(
    shop: Shop, book: FederationBook
) -> None:
    guardian = shop.sign_in(UserRole.CALDICOTT_GUARDIAN)
    answer = guardian.post("/simulator/patient", {**DOCTOR_LOOKS, **WELL, "nhs_number": "999 000 0018"})
    assert "The patient withdraws their dissent to sharing" in words(answer)
    assert "That you asked is in the ledger." in words(answer) and not names_a_patient(answer.text)
    wrong = guardian.post("/simulator/patient", {**DOCTOR_LOOKS, **WELL, "nhs_number": "999"})
    assert wrong.status_code == 422 and "Refused" not in words(wrong)


def test_a_federation_admin_asks_about_no_real_patient(admin: Desk) -> None:
    assert "real patient" not in words(admin.get("/simulator"))
    assert admin.post("/simulator/patient", {**DOCTOR_LOOKS, "nhs_number": "9990000018"}).status_code == 403


# --- Files.


def test_every_line_of_a_file_is_answered_by_itself(admin: Desk) -> None:
    found = answers(
        admin,
        "role,practice,act,host,home,date\n"
        "receptionist,Y90001,book,Y90002,,\n"
        "king,Y90001,book,Y90002,,\n"
        "\n"
        "receptionist,y90011,Book,Y90012,,\n"
        "receptionist,Y90001,book\n"
        "clinician,Y90001,view-record,,Y90002,30/2/2027\n",
    )
    assert [(line["line"], line["answer"]) for line in found] == [
        ("2", "allowed"),
        ("3", ""),
        ("5", "refused"),
        ("6", ""),
        ("7", ""),
    ]
    assert (found[0]["agreement"], found[0]["clause"], found[0]["error"]) == ("DSA-AVON-01 v1", "2.2", "")
    assert found[1]["error"] == "Choose a role from the list."
    assert "let DSA-AVON-03 v1 go on" in found[2]["what_would_have_to_change"]
    assert found[3]["error"] == "3 cells where the first line has 6."


def test_the_example_can_be_sent_as_it_is(admin: Desk) -> None:
    assert admin.get("/simulator/example.csv").text == EXAMPLE
    page = words(send(admin, EXAMPLE))
    assert "Answers to 2 questions" in page and "1 allowed, 1 refused, 0 could not be asked." in page


def test_an_nhs_number_is_refused_and_not_said_again(admin: Desk) -> None:
    answer = send(admin, "role,practice,act,host,choices\nreceptionist,Y90001,book,Y90002,999 000 0018\n")
    assert "Take it out" in words(answer)
    assert not names_a_patient(words(answer)) and names_a_patient("x 9990000018") and not names_a_patient("9990000019")


def test_no_cell_is_taken_for_a_formula(admin: Desk) -> None:
    (found,) = answers(admin, "role,practice,act,host\n=2+3,Y90001,book,@now\n")
    assert (found["role"], found["host"]) == ("'=2+3", "'@now")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "Choose a file first."),
        ("\n\n", "The file is empty."),
        ("role,practice\n", "The first line lacks the columns act."),
        ("role,practice,act,why\n", "The hub knows no column “why”."),
        (b"role,practice,act\n\xff\xfe", "not text in UTF-8"),
        ('role,practice,act\n"x', "The file is no CSV"),
        ("role,practice,act\n" + "a,b,c\n" * (MOST_LINES + 1), "at most 500 can be asked at once"),
        ("x" * (MOST_BYTES + 1), "larger than 200 kB"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(admin: Desk, content: str | bytes, told: str) -> None:
    answer = send(admin, content)
    assert answer.status_code == 422 and told in words(answer)


def test_the_columns_are_those_of_the_example() -> None:
    assert EXAMPLE.splitlines()[0] == ",".join(COLUMNS)
