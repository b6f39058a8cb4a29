"""F1, F3 to F5: agreements are drafted, proposed and signed; one is ended, one runs out, and what was booked stands."""

import re
from dataclasses import replace
from datetime import time, timedelta

import pytest
from playwright.sync_api import expect

from scheduling import booking, bookings, holding, search
from scheduling.commands import BookSlots, FindSlots, TakeHold
from sharing_agreements import templates
from sharing_agreements.document import AgreementDocument, DocumentParty
from sharing_agreements.exchange import day_begins, day_is_over
from sharing_agreements.problems import NotPermitted
from tests.journeys.conftest import Desks
from tests.journeys.pages import Pages
from tests.journeys.town import HOME, NEIGHBOUR, Town
from vocabulary.agreements import AgreementStatus
from vocabulary.appointments import BookingState
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.times import FixedClock, Window, london_date, moments_in_london

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("federation")]

FARAH = Caller("journey-farah", "Farah Siddiqui", UserRole.FEDERATION_ADMIN, HOME, "Our practice", "journey")
# Another cluster's practice: nothing else is agreed between it and ours.
FAR = OdsCode("Y90006")


def guardian(ods: OdsCode, name: str) -> Caller:
    return Caller(f"journey-{name}", name, UserRole.CALDICOTT_GUARDIAN, ods, f"Practice {ods}", "journey")


def document(town: Town, template: str, code: str, *parties: OdsCode, days: int) -> AgreementDocument:
    today = london_date(town.eyes.clock.now())
    return replace(
        templates.begin(template, code, title=f"Journey {code}"),
        parties=tuple(
            DocumentParty(ods, "", signatory="The guardian", signatory_role=UserRole.CALDICOTT_GUARDIAN, contact="0117")
            for ods in parties
        ),
        starts_at=day_begins(today),
        review_on=today + timedelta(days=min(days, 3)),
        ends_at=day_is_over(today + timedelta(days=days)),
        dpia="DPIA-J",
    )


def test_f1_an_agreement_is_drafted_from_a_template_and_proposed(desks: Desks) -> None:
    farah = desks.browser()
    farah.sign_in("Farah Siddiqui")
    page = farah.page
    farah.open("/agreements/desk")
    farah.press(page.get_by_role("button", name="Draft a new agreement"))
    page.get_by_label("Tasks and write-back").check()
    page.get_by_label("Code", exact=True).fill("DSA-JOURNEY-F1")
    farah.press(page.get_by_role("button", name="Begin the draft"))
    page.get_by_label("Add practices").fill(f"{HOME} {NEIGHBOUR}")
    farah.press(page.get_by_role("button", name="Save and go on"))
    for ods in (HOME, NEIGHBOUR):
        page.locator(f"[name='signatory-{ods}']").fill("Dr Somebody")
        page.locator(f"[name='contact-{ods}']").fill("0117 496 0100")
    farah.press(page.get_by_role("button", name="Save and go on"))
    farah.press(page.get_by_role("link", name="Check and propose"))
    farah.press(page.get_by_role("link", name="Say from which day it holds."))
    expect(page).to_have_url(f"{farah.hub_url}/agreements/DSA-JOURNEY-F1/1/draft/dates#starts-on")
    page.get_by_label("It holds from").fill("1/1/2027")
    page.get_by_label("The parties review it by").fill("1/6/2027")
    page.get_by_label("Its last day").fill("31/12/2027")
    farah.press(page.get_by_role("button", name="Save and go on"))
    page.get_by_label("Reference of the data protection").fill("DPIA-2026-11")
    farah.press(page.get_by_role("button", name="Save and go on"))
    assert "Nothing is missing" in farah.says()
    farah.press(page.get_by_role("button", name="Propose it to the parties"))
    assert "2 missing" in farah.says() and "Waiting for signatures" in farah.says()


def test_f3_two_guardians_sign_and_it_comes_into_force(desks: Desks, town: Town) -> None:
    register = town.eyes.register
    ref = register.draft(document(town, "analytics", "DSA-JOURNEY-F3", HOME, NEIGHBOUR, days=300), caller=FARAH)
    register.propose(ref, caller=FARAH)
    for name, says in (("Ruth Abernathy", "You have signed for your practice."), ("Isaac Mbeki", "it is in force")):
        signatory = desks.browser()
        signatory.sign_in(name)
        _sign(signatory, name)
        assert says in signatory.says()
    found = register.detail(ref, caller=FARAH)
    assert found.status is AgreementStatus.IN_FORCE
    assert {party.signature and party.signature.digest for party in found.parties} == {found.digest}


def _sign(signatory: Pages, name: str) -> None:
    page = signatory.page
    signatory.open("/agreements/desk")
    signatory.press(page.get_by_role("link", name="Read and sign Journey DSA-JOURNEY-F3"))
    if not page.get_by_role("button", name="Sign", exact=True).count():
        signatory.press(page.get_by_role("button", name="Prove who you are"))
        signatory.press(page.get_by_role("button", name=name))
    expect(page.get_by_role("heading", name="Sign Journey DSA-JOURNEY-F3")).to_be_visible()
    page.get_by_label("I have read this text").check()
    signatory.press(page.get_by_role("button", name="Sign", exact=True))


def test_f5_an_end_is_set_to_the_minute_after_a_fresh_proof_without_scripts(desks: Desks, town: Town) -> None:
    register = town.eyes.register
    ref = register.draft(document(town, "analytics", "DSA-JOURNEY-F5", HOME, NEIGHBOUR, days=300), caller=FARAH)
    register.propose(ref, caller=FARAH)
    shown = register.detail(ref, caller=FARAH)
    for ods, name in ((HOME, "Ruth Abernathy"), (NEIGHBOUR, "Isaac Mbeki")):
        register.sign(ref, shown=shown.digest, proved_at=town.eyes.clock.now(), caller=guardian(ods, name))
    farah = desks.browser(scripts=False)
    farah.sign_in("Farah Siddiqui")
    page = farah.page
    farah.open(f"/agreements/{ref.code}/{ref.version}")
    farah.press(page.get_by_role("link", name="End it for everybody"))
    last = london_date(town.eyes.clock.now()) + timedelta(days=40)
    page.get_by_label("From the day").fill(f"{last.day}/{last.month}/{last.year}")
    page.get_by_label("At the time").fill("5.30pm")
    farah.press(page.get_by_role("button", name="Show what would follow"))
    if page.get_by_role("button", name="Prove who you are").count():
        farah.press(page.get_by_role("button", name="Prove who you are"))
        farah.press(page.get_by_role("button", name="Farah Siddiqui"))
    expect(page.get_by_role("heading", name=re.compile("ended on .* at 5.30pm"))).to_be_visible()
    page.get_by_label("Why? Every party reads this.").fill("The figures are not used.")
    farah.press(page.get_by_role("button", name=f"End {ref.label}"))
    expect(page.get_by_role("heading", name=re.compile(f"{ref.label} ends on .* at 5.30pm"))).to_be_visible()
    (ends_at,) = moments_in_london(last, time(17, 30))
    ended = register.detail(ref, caller=FARAH)
    assert (ended.status, ended.ends_at) == (AgreementStatus.IN_FORCE, ends_at)
    farah.open(f"/agreements/{ref.code}/{ref.version}")
    assert f"until 17:30 on {last.day} {last:%B %Y}" in farah.says()


def test_f4_what_runs_out_is_shown_ends_and_what_was_booked_stands(desks: Desks, town: Town) -> None:
    register = town.eyes.register
    ref = register.draft(document(town, "direct-care", "DSA-JOURNEY-F4", HOME, FAR, days=5), caller=FARAH)
    register.propose(ref, caller=FARAH)
    shown = register.detail(ref, caller=FARAH)
    for ods, name in ((HOME, "Ruth Abernathy"), (FAR, "Leonard Ashby")):
        register.sign(ref, shown=shown.digest, proved_at=town.eyes.clock.now(), caller=guardian(ods, name))
    register.remind(caller=FARAH)
    leonard = desks.browser()
    leonard.sign_in("Leonard Ashby")
    leonard.open("/agreements/desk")
    row = leonard.page.get_by_role("row", name="Journey DSA-JOURNEY-F4").filter(has_text="It ends")
    expect(row).to_contain_text("in 5 days")

    joan = Caller(
        "journey-joan", "Joan Pritchard", UserRole.RECEPTIONIST, FAR, "Theirs", "t", practice_phone="0117 496 0106"
    )
    clinic = town.open_clinic(HOME, slots=2)
    assert town.look_at(clinic, on_behalf_of=FAR)
    desk = town.eyes.desk
    wanted = FindSlots(Window(clinic.start, clinic.end), hosts=frozenset({HOME}))
    first, second, *_ = search.find(desk, wanted, joan).offers
    somebody = town.somebody(home=FAR)
    held = holding.take(desk, TakeHold(first.slot_ids), joan)
    booked = booking.book(
        desk, BookSlots(held.ref, somebody.nhs_number, "Review", phone=somebody.phone, patient_told=True), joan
    )
    assert booked.state is BookingState.BOOKED

    later = type(register)(town.eyes.work, FixedClock(shown.ends_at))
    assert later.expire_due(caller=FARAH) >= 1
    with pytest.raises(NotPermitted, match="has ended"):
        holding.take(desk, TakeHold(second.slot_ids), joan)
    leonard.open(f"/agreements/{ref.code}/{ref.version}")
    assert "Expired" in leonard.says()
    with town.eyes.work.read() as tx:
        stands = bookings.view(tx, booked.ref)
    assert stands is not None and stands.state is BookingState.BOOKED
