"""A clinician's session: who comes, what is said of each, and what the page says of what it cannot do."""

from dataclasses import replace

import pytest

from hub.schemas.visits import VisitSchema
from hub.web.session_lines import KEYS
from scheduling.problems import WrongState
from tests.hub.web.fakes import OTHER_REF, REF, booking_view, facts
from tests.hub.web.reading import headings, words
from tests.hub.web.shop import Shop
from vocabulary.appointments import BookingState
from vocabulary.people import UserRole
from vocabulary.slots import DeliveryChannel
from vocabulary.visits import VisitStatus

HERE = facts(practitioner_name="Dr Grace Example")


def furnish(shop: Shop) -> None:
    shop.desk.bookings = {
        REF.value: booking_view(facts=HERE),
        OTHER_REF.value: booking_view(
            ref=OTHER_REF,
            family="Adeyemi",
            given="Bola",
            facts=facts(channel=DeliveryChannel.TELEPHONE, practitioner_name="Nurse Nair"),
        ),
    }


def test_a_clinician_lands_on_tonight(shop: Shop) -> None:
    clinician = shop.sign_in(UserRole.CLINICIAN)
    assert clinician.get("/").headers["Location"] == "/session"
    furnish(shop)
    page = clinician.get("/session")
    assert [heading for heading in headings(page) if "Tonight" in heading]
    shown = words(page)
    for part in (
        "6.50pm",
        "PRITCHARD, Joan",
        "65 years",
        "Born 3 March 1961",
        "From Beechwood Surgery",
        "Interpreter: Polish",
        "Knee pain",
        "Deaf in the left ear",
        "Expected",
        "kept in the hub",
    ):
        assert part in shown, part
    assert clinician.get("/find").status_code == 200


def test_the_telephone_patient_has_a_number_a_window_and_calls(shop: Shop) -> None:
    furnish(shop)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    shown = words(clinician.get("/session"))
    assert "Ring 07700 900123, 6.50pm to 7.50pm" in shown and "See face to face instead" in shown
    answer = clinician.post(f"/session/{OTHER_REF.value}", {"seen": "0", "call": "no-answer"})
    assert answer.headers["Location"] == f"/session#visit-{OTHER_REF.value}"
    assert "7.05pm No answer" in words(clinician.get("/session"))


def test_saying_something_comes_back_to_the_same_list_and_line(shop: Shop) -> None:
    furnish(shop)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    chosen = {"seen": "0", "status": "arrived", "day": "2026-11-24", "with": "Dr Grace Example"}
    back = clinician.post(f"/session/{REF.value}", chosen).headers["Location"]
    assert back == f"/session?day=2026-11-24&with=Dr+Grace+Example#visit-{REF.value}"
    shown = words(clinician.get(back.split("#", maxsplit=1)[0]))
    assert "1 arrived" in shown and "ADEYEMI" not in shown and "Take back “Arrived”" in shown
    clinician.post(f"/session/{REF.value}", {"seen": "1", "undo": "1"})
    assert "1 arrived" not in words(clinician.get("/session"))


def test_ones_own_patients_come_first_and_everybodys_can_be_had(shop: Shop) -> None:
    furnish(shop)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    clinician.session.user_name = "dr grace example"
    assert "ADEYEMI" not in words(clinician.get("/session"))
    assert "ADEYEMI" in words(clinician.get("/session?with="))


def test_a_refusal_says_why_and_shows_the_list_as_it_is(shop: Shop) -> None:
    furnish(shop)
    shop.desk.refuse = {
        "note_visit": WrongState("Nurse Nair said something about this visit meanwhile.", next_step="Look again.")
    }
    clinician = shop.sign_in(UserRole.CLINICIAN)
    answer = clinician.post(f"/session/{REF.value}", {"seen": "0", "status": "arrived"})
    assert answer.status_code == 409
    assert "Nurse Nair said something" in words(answer) and "PRITCHARD" in words(answer)


@pytest.mark.parametrize(
    ("form", "ref"),
    [
        ({"seen": "0"}, REF.value),
        ({"seen": "0", "status": "arrived", "undo": "1"}, REF.value),
        ({"seen": "0", "status": "abducted"}, REF.value),
        ({"seen": "x", "status": "arrived"}, REF.value),
        ({"status": "arrived"}, REF.value),
        ({"seen": "0", "status": "arrived"}, "nonsense"),
    ],
)
def test_what_no_button_sends_changes_nothing(shop: Shop, form: dict[str, str], ref: str) -> None:
    furnish(shop)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    answer = clinician.post(f"/session/{ref}", form)
    assert answer.status_code == 422 and "nothing was changed" in words(answer)
    assert shop.desk.visits == {}


def test_a_booking_that_is_not_firm_says_so(shop: Shop) -> None:
    furnish(shop)
    shop.desk.bookings[REF.value] = replace(shop.desk.bookings[REF.value], state=BookingState.IN_DOUBT)
    shown = words(shop.sign_in(UserRole.CLINICIAN).get("/session"))
    assert "The booking is “" in shown and "Arrived" not in shown


def test_an_empty_session_says_so(shop: Shop) -> None:
    shop.desk.bookings = {}
    assert "Nobody is booked through the hub" in words(shop.sign_in(UserRole.CLINICIAN).get("/session?day=2026-11-25"))


def test_every_status_has_a_key_of_its_own() -> None:
    assert set(KEYS) == set(VisitStatus) - {VisitStatus.EXPECTED}
    assert len(set(KEYS.values()) | {"z"}) == len(KEYS) + 1
    assert VisitSchema().fields.keys() == {"seen", "status", "call", "in_person", "undo"}
