"""F2 and F5: what an agreement allows is tried before it is signed; what its end would do is seen before it ends."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

import pytest
from playwright.sync_api import expect

from scheduling import booking, cancelling, holding, search
from scheduling.commands import BookSlots, CancelBooking, FindSlots, TakeHold
from scheduling.results import BookingView, HoldView
from sharing_agreements.drafting import Ref
from sharing_agreements.lifecycle import NotNow
from sharing_agreements.problems import NotPermitted
from tests.journeys.conftest import Desks
from tests.journeys.pages import Pages
from tests.journeys.people import Person
from tests.journeys.town import HOME, NEIGHBOUR, Town
from tests.journeys.words import Clinic
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.times import Window

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("federation")]

# The second cluster, in which no other journey takes place: its agreement may rest for a moment.
THEIRS, THEIR_NEIGHBOUR = OdsCode("Y90006"), OdsCode("Y90007")
STRANGERS = OdsCode("Y90008")  # no journey makes an agreement with them
CODE = "DSA-AVON-02"
JOAN = Caller(
    "journey-joan",
    "Joan Pritchard",
    UserRole.RECEPTIONIST,
    THEIRS,
    "Their practice",
    "journey",
    practice_phone="0117 496 0106",
)
FARAH = Caller("journey-farah", "Farah Siddiqui", UserRole.FEDERATION_ADMIN, HOME, "Our practice", "journey")


@pytest.fixture
def farah(desks: Desks) -> Pages:
    """A federation admin's browser."""
    pages = desks.browser()
    pages.sign_in("Farah Siddiqui")
    return pages


def test_f2_what_an_agreement_allows_is_tried_before_anybody_signs(farah: Pages, desks: Desks) -> None:
    page = farah.page
    farah.open("/agreements")
    farah.press(page.get_by_role("link", name="May they? Try it out"))
    page.get_by_label("Role").select_option("receptionist")
    page.get_by_label("At", exact=True).select_option(HOME.value)
    page.get_by_label("Do what").select_option("book")
    page.get_by_label("Of which practice").select_option(NEIGHBOUR.value)
    farah.press(page.get_by_role("button", name="May they?"))
    assert "Allowed" in farah.says() and "DSA-AVON-01 v1 grants it in clause 2.2." in farah.says()
    farah.press(page.get_by_role("link", name="DSA-AVON-01 v1, clause 2.2"))
    expect(page.locator("#clause-2-2")).to_be_in_viewport()

    farah.open("/simulator")
    page.get_by_label("Of which practice").select_option(STRANGERS.value)
    farah.press(page.get_by_role("button", name="May they?"))
    said = farah.says()
    assert "Refused" in said and "has no data-sharing agreement with" in said
    assert "What would have to change" in said and "joins DSA-AVON-01 v1 and signs it." in said

    page.get_by_text("Ask many questions at once").click()
    page.get_by_label("File of questions").set_input_files(
        {
            "name": "questions.csv",
            "mimeType": "text/csv",
            "buffer": f"role,practice,act,host\nreceptionist,{HOME},book,{NEIGHBOUR}\nking,,,\n".encode(),
        }
    )
    farah.press(page.get_by_role("button", name="Show the answers"))
    assert "1 allowed, 0 refused, 1 could not be asked." in farah.says()

    farah.open("/sharing")
    farah.press(page.get_by_role("link", name="Show as a plain table"))
    assert "DSA-AVON-01 v1, 2.2" in farah.says()

    patient = desks.browser()
    patient.open(f"/public/sharing/{HOME}")
    assert "Looking at your GP record" in patient.says() and "Farah" not in patient.says()


@dataclass
class AtTheirDesk:
    """One booking that stands, and one slot that is held, at another process than the hub's own."""

    town: Town
    clinic: Clinic
    person: Person
    booked: BookingView
    held: HoldView

    def confirms(self, held: HoldView) -> BookingView:
        return _confirm(self.town, held, self.person)


def _confirm(town: Town, held: HoldView, person: Person) -> BookingView:
    command = BookSlots(held.ref, person.nhs_number, "Review", phone=person.phone, patient_told=True)
    return booking.book(town.eyes.desk, command, JOAN)


@pytest.fixture
def their_desk(town: Town) -> Iterator[AtTheirDesk]:
    clinic = town.open_clinic(THEIR_NEIGHBOUR, slots=3)
    assert town.look_at(clinic, on_behalf_of=THEIRS)
    desk = town.eyes.desk
    command = FindSlots(Window(clinic.start, clinic.end), hosts=frozenset({THEIR_NEIGHBOUR}))
    first, second, *_ = search.find(desk, command, JOAN).offers
    one, other = town.somebody(home=THEIRS), town.somebody(home=THEIRS)
    booked = _confirm(town, holding.take(desk, TakeHold(first.slot_ids), JOAN), one)
    assert booked.state is BookingState.BOOKED, booked.refusal_words
    held = holding.take(desk, TakeHold(second.slot_ids), JOAN)
    yield AtTheirDesk(town, clinic, other, booked, held)
    with suppress(NotNow):  # it was never suspended: then the journey has failed and says so itself
        town.eyes.register.resume(Ref(CODE, 1), "The journey is over.", caller=FARAH)
    holding.release(desk, held.ref, JOAN)


def test_f5_a_suspension_is_foreseen_and_stops_bookings_elsewhere_within_a_second(
    farah: Pages, desks: Desks, their_desk: AtTheirDesk
) -> None:
    page = farah.page
    farah.open("/what-if")
    number = page.locator("#agreement option", has_text=CODE).first.get_attribute("value")
    page.get_by_label("Agreement", exact=True).select_option(number)
    page.get_by_label("What would be done").select_option("suspend")
    farah.press(page.get_by_role("button", name="Show what would follow"))
    said = farah.says()
    assert f"If {CODE} v1 were suspended now" in said and "Minutes a week against the contract" in said
    ref = their_desk.booked.ref
    to_move = page.locator(f'input[name="group-{THEIRS}-{THEIR_NEIGHBOUR}"][value="move"]')
    group = page.locator("details").filter(has=to_move)
    group.evaluate("(details) => { details.open = true }")
    expect(group).to_contain_text(ref.spoken)
    to_move.check()
    page.get_by_label("Why? Every party reads this.").fill("Something is being looked into.")

    page.get_by_role("button", name=f"Suspend {CODE} v1 now").click()
    expect(page.get_by_role("heading", name=f"{CODE} v1 is suspended")).to_be_visible()
    suspended = monotonic()
    with pytest.raises(NotPermitted):
        their_desk.confirms(their_desk.held)
    assert monotonic() - suspended < 1, "another process went on booking"
    farah.arrived()
    assert "To be moved: 1 booking" in farah.says() and ref.spoken in farah.says()

    joan = desks.browser()
    joan.sign_in("Joan Pritchard")
    joan.open("/to-settle")
    expect(joan.page.get_by_role("heading", name="Move this appointment: its agreement stops")).to_be_visible()
    assert ref.spoken in joan.says()
    cancelled = cancelling.cancel(their_desk.town.eyes.desk, CancelBooking(ref, CancellationReason.PATIENT_ASKED), JOAN)
    assert re.match("cancel", cancelled.state.value), "what was booked can always be given back"
