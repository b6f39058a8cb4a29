"""C4 and C5: what was found and promised at the neighbour's reaches the patient's own practice, or somebody is told.

The clinician sees who has it; the practice's people find it in their inbox; MESH may be away, or refuse.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from connectors.mesh.twin import Twin
from hub.post_office import mailbox_of, office_of
from hub.wiring import with_clock
from messaging.chasing import chase
from messaging.delivering import collect, deliver
from tests.journeys.conftest import Desks
from tests.journeys.doors import Story
from tests.journeys.kept import Keepers
from tests.journeys.pages import Pages
from tests.journeys.people import Person
from tests.journeys.town import HOME, NEXT_DOOR, Town, until
from tests.journeys.words import Clinic
from vocabulary.appointments import BookingState
from vocabulary.identifiers import OdsCode
from vocabulary.times import FixedClock, london_date

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("federation")]

FOUND = "Tonsils red and large, Marrowfield sign absent."
HALF = "Tonsils red, Wetherlam glands"  # as far as it is typed when somebody is called away
SUMMARY = {
    "reason": "Sore throat",
    "findings": FOUND,
    "action": "Explained, no swab.",
    "safety_net": "Ring 111 if breathing gets harder.",
}


@dataclass
class Evening:
    """Somebody is seen at the neighbour's in half an hour: Daniel Whitcombe there, Amara Nwosu and Rita at home."""

    town: Town
    desks: Desks
    clinic: Clinic
    daniel: Pages
    twin: Twin

    def visit(self, home: OdsCode) -> tuple[Person, str]:
        """One more of tonight's patients, by reference."""
        person = self.town.somebody(home=home)
        self.town.registered(person, home)
        program = Story(self.desks.program(), self.town)
        program.given_a_patient_on_the_phone(person)
        program.when_a_time_is_held(self.clinic)
        program.when_they_confirm()
        program.then_it_is(BookingState.BOOKED)
        return person, program.ref

    def line(self, ref: str) -> Locator:
        """The patient's line on Daniel's session, as it is now."""
        self.daniel.open(f"/session?day={london_date(self.clinic.start).isoformat()}&with=")
        return self.daniel.page.locator(f"#visit-{ref}")

    def writes(self, ref: str, **changes: str) -> None:
        """The patient has come early; the summary, from the session, looked over and sent."""
        self.daniel.press(self.line(ref).get_by_role("button", name="Arrived"))
        self.daniel.press(self.line(ref).get_by_role("link", name="Write"))
        self.fills_in_and_sends(**changes)

    def is_called_away_from(self, ref: str) -> None:
        """In the middle of the findings: the session is locked, and nothing of them is to be found anywhere."""
        page = self.daniel.page
        self.daniel.press(self.line(ref).get_by_role("button", name="Arrived"))
        self.daniel.press(self.line(ref).get_by_role("link", name="Write"))
        page.locator("[name=findings]").fill(HALF)
        self.daniel.press(page.get_by_role("button", name="Lock"))
        expect(page.get_by_text("What you had typed is kept.")).to_be_visible()
        assert Keepers(self.town).of(HALF) == []
        self.daniel.press(page.get_by_role("link", name="Sign in again"))
        self.daniel.press(page.get_by_role("button", name="Daniel Whitcombe"))
        expect(page.locator("[name=findings]")).to_have_value(HALF)

    def fills_in_and_sends(self, **changes: str) -> None:
        page = self.daniel.page
        for name, words in {**SUMMARY, **changes}.items():
            page.locator(f"[name={name}]").fill(words)
        page.locator("[name=medication_changed][value=no]").check()
        page.locator("[name=follow_up_owner][value=nobody]").check()
        self.daniel.press(page.get_by_role("button", name="Look it over"))
        expect(page.get_by_role("heading", level=1)).to_have_text("Look it over")
        self.daniel.press(page.get_by_role("button", name="Send it to"))

    def asks(self, ref: str, words: str) -> None:
        """An urgent task for reception there."""
        page = self.daniel.page
        self.daniel.press(self.line(ref).get_by_role("link", name="send a task"))
        page.get_by_role("radio", name="Reception").check()
        page.get_by_role("radio", name="Urgent").check()
        page.locator("[name=due_on]").fill(f"{london_date(self.clinic.start) + timedelta(days=1):%d/%m/%Y}")
        page.locator("[name=text]").fill(words)
        self.daniel.press(page.get_by_role("button", name="Look it over"))
        expect(page.get_by_text("to be done by")).to_be_visible()
        self.daniel.press(page.get_by_role("button", name="Send it to"))

    def at(self, name: str) -> Pages:
        """Somebody of another practice at a desk of their own, with what came there."""
        pages = self.desks.browser()
        pages.sign_in(name)
        pages.open("/messages")
        return pages

    def hours_later(self, hours: float) -> None:
        """What the worker does then about what nobody has in hand."""
        later = FixedClock(self.town.eyes.clock.now() + timedelta(hours=hours, minutes=1))
        chase(office_of(with_clock(self.town.eyes, later)))

    def files_later(self, minutes: float) -> None:
        """The worker's next try at what goes into practices' systems."""
        later = FixedClock(self.town.eyes.clock.now() + timedelta(minutes=minutes))
        deliver(office_of(with_clock(self.town.eyes, later)))

    def hears(self) -> None:
        """The worker's next look into the mailbox."""
        mailbox = mailbox_of(self.town.eyes)
        assert mailbox is not None
        collect(office_of(self.town.eyes), mailbox)


@pytest.fixture
def evening(town: Town, desks: Desks) -> Iterator[Evening]:
    soon = town.eyes.clock.now().replace(second=0, microsecond=0) + timedelta(minutes=30)
    clinic = town.open_clinic(at=soon, slots=3)
    daniel = desks.browser()
    daniel.sign_in("Daniel Whitcombe")
    twin = Twin(Path(town.eyes.config.mesh_folder))
    twin.take()  # whatever another journey sent by MESH
    yield Evening(town, desks, clinic, daniel, twin)


def of(pages: Pages, person: Person) -> Locator:
    """What waits in this inbox about somebody."""
    return pages.page.locator("li.hub-item").filter(has_text=person.nhs_number.spaced)


def opens(pages: Pages, person: Person, title: str) -> None:
    pages.press(of(pages, person).get_by_role("link", name=title))


def answers(pages: Pages, button: str) -> str:
    pages.press(pages.page.get_by_role("button", name=button))
    return pages.says()


def test_a_summary_and_an_urgent_task_go_home_and_nobody_can_lose_them(evening: Evening) -> None:
    person, ref = evening.visit(HOME)
    evening.is_called_away_from(ref)
    evening.fills_in_and_sends()
    expect(evening.line(ref)).to_contain_text("not read yet")
    evening.asks(ref, "Ring her tomorrow and ask how she is.")
    amara, rita = evening.at("Amara Nwosu"), evening.at("Rita Okafor")
    expect(of(rita, person).filter(has_text="Visit summary")).to_contain_text("To be read by clinicians")
    expect(rita.page.get_by_text(FOUND)).to_have_count(0)

    opens(amara, person, "Visit summary")
    assert FOUND in amara.says()
    expect(evening.line(ref)).to_contain_text("read by Amara Nwosu")
    stale = amara.page.context.new_page()
    stale.goto(amara.page.url)
    assert "its text" in answers(amara, "It is in our own record") or "has been removed" in amara.says()
    assert FOUND not in amara.says()
    expect(evening.line(ref)).to_contain_text("acknowledged by Amara Nwosu")
    with stale.expect_event("load"):  # too late, and the wrong way: it was acknowledged on the other page
        stale.locator("details summary").click()
        stale.locator("[name=words]").fill("Not one of ours")
        stale.get_by_role("button", name="Return it to the sender").click()
    expect(stale.get_by_text("Nothing was changed: Amara Nwosu acknowledged it at")).to_be_visible()

    evening.hours_later(2)
    rita.open("/messages")
    late = of(rita, person).filter(has_text="Task")
    expect(late).to_contain_text("Nobody here has had this in hand in time")
    expect(late).to_contain_text("0117 496")
    evening.hours_later(4)
    expect(evening.line(ref)).to_contain_text("Nobody there has it in hand: ring them.")
    opens(rita, person, "Task")
    assert "Ring her tomorrow" in rita.says()
    assert "I do it" in rita.says() and "Rita Okafor does it" in answers(rita, "I do it")
    expect(evening.line(ref)).to_contain_text("Rita Okafor does it")
    assert "Done: Rita Okafor" in answers(rita, "It is done")


def test_a_correction_begins_with_what_was_sent_while_the_hub_has_it(evening: Evening) -> None:
    person, ref = evening.visit(HOME)
    evening.writes(ref)
    daniel, page = evening.daniel, evening.daniel.page
    daniel.press(evening.line(ref).get_by_role("link", name="Visit summary"))
    daniel.press(page.get_by_role("link", name="Correct it with a newer summary"))
    expect(page.locator("[name=findings]")).to_have_value(FOUND)
    evening.fills_in_and_sends(findings="Tonsils red, with pus.")
    amara = evening.at("Amara Nwosu")
    newer = of(amara, person).filter(has_text="Corrects an earlier summary of this visit.")
    expect(of(amara, person).filter(has_text="A newer summary of this visit corrects this one.")).to_have_count(1)
    amara.press(newer.get_by_role("link", name="Visit summary"))
    assert "with pus" in amara.says()
    answers(amara, "It is in our own record")
    daniel.open("/messages/sent")
    page.get_by_text("Settled in the last two weeks").click()
    mine = page.locator("li").filter(has_text=person.nhs_number.spaced)
    daniel.press(mine.filter(has_text="Acknowledged by Amara Nwosu").get_by_role("link"))
    daniel.press(page.get_by_role("link", name="Correct it with a newer summary"))
    assert "it was removed when Amara Nwosu acknowledged it" in daniel.says()
    expect(page.locator("[name=findings]")).to_have_value("")


def test_mesh_is_away_then_cannot_deliver_and_both_practices_see_it(evening: Evening) -> None:
    person, ref = evening.visit(NEXT_DOOR)
    out = evening.twin.folder / "out"
    aside = out.rename(out.with_name("away")) if out.is_dir() else None
    evening.twin.folder.mkdir(exist_ok=True)
    out.write_text("a folder that is none")
    try:
        evening.writes(ref)
        until(
            lambda: "could not be sent to their GP system yet" in evening.line(ref).inner_text(),
            within=30,
            what="the worker was woken, and wrote down that the mailbox is away",
        )
    finally:
        out.unlink()
        if aside is not None:
            aside.rename(out)
    evening.files_later(5)
    (sent,) = evening.twin.take()
    assert sent.to.startswith(f"GPPROVIDER_{person.nhs_number.value}_")
    expect(evening.line(ref)).to_contain_text("which has not confirmed it yet")
    evening.twin.could_not_deliver(sent.id)
    evening.hears()
    expect(evening.line(ref)).to_contain_text("Their GP system did not take it: it is in their inbox here only")
    sunita = evening.at("Sunita Rao")
    opens(sunita, person, "Visit summary")
    assert FOUND in sunita.says()
    answers(sunita, "It is in our own record")
    expect(evening.line(ref)).to_contain_text("acknowledged by Sunita Rao")


def test_a_practices_system_takes_it_and_its_acknowledgement_is_seen(evening: Evening) -> None:
    out = evening.twin.folder / "out"
    _, ref = evening.visit(NEXT_DOOR)
    evening.writes(ref)
    until(lambda: list(out.glob("*.ctl")), within=30, what="the worker was woken and put it out")
    (sent,) = evening.twin.take()
    evening.twin.answers(sent.id, "20013")
    evening.hears()
    expect(evening.line(ref)).to_contain_text("not read yet. Their GP system has it.")
    evening.twin.answers(sent.id, "30001")
    evening.hears()
    expect(evening.line(ref)).to_contain_text("acknowledged by their GP system")
