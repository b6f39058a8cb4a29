"""C1 to C3: a clinician at the neighbour's sees who comes, asks the patient, and reads the record or hears why not."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Desks
from tests.journeys.doors import Story
from tests.journeys.pages import Pages
from tests.journeys.town import HOME
from vocabulary.appointments import BookingState
from vocabulary.times import london_date

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("federation")]

WHY = "Preparing tomorrow's clinic"


@pytest.fixture
def clinician(desks: Desks) -> Pages:
    """Somebody who holds clinics at the neighbour's."""
    pages = desks.browser()
    pages.sign_in("Daniel Whitcombe")
    return pages


def booked(rita: Story) -> str:
    """A patient of Rita's practice, whose record it keeps, booked at the neighbour's."""
    person = rita.town.somebody()
    rita.town.registered(person, HOME)
    rita.clinic = rita.town.open_clinic_soon()
    rita.given_a_patient_on_the_phone(person)
    rita.when_a_time_is_held()
    rita.when_they_confirm()
    rita.then_it_is(BookingState.BOOKED)
    return rita.ref


def opens(clinician: Pages, rita: Story, ref: str, *, answer: str = "Yes, you may look") -> None:
    """From the session to the patient's answer: two actions, and a reason where the appointment is not about now."""
    day = london_date(rita.clinic.start).isoformat()
    clinician.open(f"/session?day={day}&with=")
    line = clinician.page.locator(f"#visit-{ref}")
    expect(line).to_contain_text("Needs the patient’s permission.")
    clinician.press(line.get_by_role("link", name="Open the record"))
    clinician.page.get_by_role("radio", name=answer, exact=True).check()
    clinician.page.locator("#why").fill(WHY)
    clinician.press(clinician.page.get_by_role("button", name="Continue"))


def test_a_record_is_read_at_the_neighbours_with_the_patients_leave(rita: Story, clinician: Pages) -> None:
    ref = booked(rita)
    opens(clinician, rita, ref)
    shown = clinician.says()
    for part in ("Allergies", "Problems", "Medication", "has given permission", "clause 2.3"):
        assert part in shown, f"no {part} in: {shown}"
    clinician.press(clinician.page.get_by_role("link", name="Consultations"))
    expect(clinician.page.get_by_role("heading", name="Consultations", exact=True)).to_be_visible()
    clinician.press(clinician.page.get_by_role("button", name="Close the record"))
    looks = rita.town.rows(
        "SELECT act, user_name, host_ods FROM ledger_event "
        "WHERE booking_ref = :ref AND act LIKE 'record.%' ORDER BY id",
        ref=ref,
    )
    assert [(look["act"], look["user_name"], look["host_ods"]) for look in looks] == [
        ("record.shown", "Daniel Whitcombe", HOME.value)
    ] * 2


def test_the_patient_says_no_and_nothing_is_fetched(rita: Story, clinician: Pages) -> None:
    ref = booked(rita)
    opens(clinician, rita, ref, answer="No")
    said = clinician.says()
    assert "The record is not shown" in said and "has not given their permission" in said, said
    decided = "SELECT act, outcome, reason FROM ledger_event WHERE booking_ref = :ref AND act LIKE '%record%'"
    assert [tuple(row.values()) for row in rita.town.rows(decided, ref=ref)] == [
        ("permit.view-record", "refused", "no-permission")
    ]


def test_a_practice_that_does_not_answer_is_named_with_its_number(rita: Story, clinician: Pages) -> None:
    ref = booked(rita)
    with rita.town.trouble("garbage", HOME, "get-structured-record"):
        opens(clinician, rita, ref)
    assert "The record is not shown" in clinician.says() and "Take the history from the patient" in clinician.says()
