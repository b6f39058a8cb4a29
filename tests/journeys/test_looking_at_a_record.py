"""C1 to C3: a clinician at the neighbour's sees who comes, asks the patient, and reads the record or hears why not.

After every one of these journeys everything the product keeps is searched for the words planted in the records, and
the patients' own guardian is asked who looked.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Response, expect

from demo.people import person_in
from sharing_agreements.document import DocumentParty
from sharing_agreements.exchange import day_begins, day_is_over
from sharing_agreements.register import Register
from sharing_agreements.stopping import Ending
from sharing_agreements.templates import begin
from tests.journeys.conftest import Desks
from tests.journeys.records import PARTS, PLANTED, WHY, Surgery, Visit
from tests.journeys.town import HOME, NEIGHBOUR, NEXT_DOOR, Town
from vocabulary.agreements import AtEnd, ControllerRole
from vocabulary.appointments import BookingState
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.times import FixedClock, london_date

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("federation")]

LOOK = "Daniel Whitcombe"
PHONE = re.compile(r"ring Ferryman's Quay Surgery on 0117 496 \d{4}")
SHOWN = ("record.shown", "done", "given")
OPENED = ("record.document-shown", "done", "given")
_NOTE_WHAT_WAITING_SAYS = """() => addEventListener('pagehide', () => {
    sessionStorage.waiting = document.querySelector('[data-waiting]').textContent })"""
GRANTED = ("permit.view-record", "allowed", "granted")


@pytest.fixture(autouse=True)
def _nothing_is_kept(surgery: Surgery) -> Iterator[None]:
    """After each journey: nothing of any record is kept, and nothing was wrong with any page."""
    yield
    assert surgery.kept() == []
    surgery.clinician.watch.nothing_is_wrong()
    surgery.guardian.watch.nothing_is_wrong()


def test_a_record_is_read_at_the_neighbours_with_the_patients_leave(surgery: Surgery) -> None:
    visit = surgery.visit()
    answers: list[Response] = []

    def note(answer: Response) -> None:
        answers.append(answer)

    surgery.clinician.page.on("response", note)
    shown = surgery.opens(visit)
    for part in (
        "Allergies",
        "Problems",
        "Medication",
        "Over the years",
        "has given permission",
        "clause 2.3",
        PLANTED,
    ):
        assert part in shown, f"no {part} in: {shown}"
    for title in PARTS:
        assert PLANTED in surgery.goes_to_part(title), f"nothing was planted in {title}, so no search could find it"
    opened = surgery.opens_each_kind_of_document(visit)
    surgery.clinician.press(surgery.clinician.page.get_by_role("button", name="Close the record"))
    surgery.clinician.page.remove_listener("response", note)
    pages = [answer for answer in answers if f"/{visit.ref}/record" in answer.url]
    assert len(pages) >= 2 + len(PARTS)
    told = [answer for answer in pages if answer.headers]  # what goes to the viewer of PDF comes without any
    assert {answer.headers["cache-control"] for answer in told if answer.status == 200} == {"no-store, max-age=0"}
    acts = surgery.acts(visit)
    assert acts[: 2 * len(PARTS)] == [GRANTED, SHOWN] * len(PARTS) and set(acts) == {GRANTED, SHOWN, OPENED}
    assert acts.count(OPENED) == opened >= 2 and acts.count(GRANTED) == acts.count(SHOWN) + opened
    who = surgery.who_looked(visit)
    assert "Viewed the shared record" in who and LOOK in who
    assert "Opened a document in the shared record (a" in who
    for part in ("allergies, medication, problems", "consultations", "documents"):
        assert part in who.casefold(), f"{part} was shown, and the patient is not told so: {who}"


def test_back_after_closing_shows_nothing_of_it(surgery: Surgery) -> None:
    visit = surgery.visit()
    page = surgery.clinician.page
    assert PLANTED in surgery.opens(visit)
    surgery.goes_to_part("Consultations")
    surgery.clinician.press(page.get_by_role("button", name="Close the record"))
    for _ in range(3):
        page.go_back()
        page.wait_for_load_state()
        assert PLANTED not in page.content(), f"Back shows the record again at {page.url}"
    page.go_forward()
    page.wait_for_load_state()
    assert PLANTED not in page.content()
    kept = "() => JSON.stringify([localStorage, sessionStorage, history.state])"
    assert PLANTED not in page.evaluate(kept)
    assert page.evaluate("async () => (await caches.keys()).length") == 0
    assert surgery.who_looked(visit).count("Viewed the shared record") == 2, "what Back shows is no look"


def test_the_patient_says_no_and_nothing_is_fetched(surgery: Surgery) -> None:
    visit = surgery.visit()
    said = surgery.opens(visit, answer="No")
    assert "The record is not shown" in said and "has not given their permission" in said and PHONE.search(said), said
    assert surgery.acts(visit) == [("permit.view-record", "refused", "no-permission")]
    assert "The patient was asked, and said no" in surgery.who_looked(visit)


def test_dissent_at_the_practice_is_told_with_the_telephone_and_no_way_round(surgery: Surgery) -> None:
    visit = surgery.visit("dissent")
    said = surgery.opens(visit)
    assert "their record is not to be shared. This cannot be overridden here." in said and PHONE.search(said), said
    assert "emergency" not in said
    assert surgery.acts(visit) == [GRANTED, ("record.not-shown", "refused", "record-withheld")]
    assert "Asked for the shared record, and nothing was shown" in surgery.who_looked(visit)


def test_dissent_the_hub_knows_of_is_said_before_anybody_is_asked(surgery: Surgery) -> None:
    visit = surgery.visit()
    surgery.town.dissents_in_the_hub(visit.person)
    line = surgery.line(visit)
    expect(line).to_contain_text("their record is not to be shared. Nobody can override this.")
    expect(line).to_contain_text(PHONE)
    surgery.clinician.press(line.get_by_role("link", name="What you can do"))
    said = surgery.clinician.says()
    assert "does not want their record shared" in said and PHONE.search(said) and "May I look" not in said, said
    assert surgery.acts(visit) == [("permit.view-record", "refused", "dissent")]
    assert "The patient does not want their record shared" in surgery.who_looked(visit)


def test_a_patient_restricted_since_the_booking_is_not_told_of(surgery: Surgery) -> None:
    visit = surgery.visit()
    surgery.town.becomes_restricted(visit.person)
    said = surgery.opens(visit)
    assert "has nothing that can be shown or done here for this patient" in said and PHONE.search(said), said
    assert "restricted" not in said.casefold() and "emergency" not in said
    assert surgery.acts(visit) == [("permit.view-record", "refused", "restricted")]
    who = surgery.who_looked(visit)
    assert LOOK in who and "Asked to view the record" in who and "nothing that can be shown or done here" in who


def test_an_agreement_without_records_names_whom_to_ask(surgery: Surgery, desks: Desks) -> None:
    with an_agreement_about_tasks(surgery.town) as home:
        visit = surgery.visit(home=home)
        line = surgery.line(visit)
        expect(line).to_contain_text("does not cover viewing records")
        surgery.clinician.press(line.get_by_role("link", name="What you can do"))
        said = surgery.clinician.says()
    assert "DSA-ONLY-TASKS v1" in said and re.search(r"ring [\w ]+ on 0117 496 \d{4}", said), said
    assert "About the agreement: Imogen Wray, practice manager, 0117 496 0199." in said
    assert "a clinician can look once in an emergency" in said
    assert surgery.acts(visit) == [("permit.view-record", "refused", "not-this-scope")]
    guardian = desks.browser()
    guardian.sign_in("Leonard Ashby")
    who = surgery.who_looked(visit, at=guardian)
    assert LOOK in who and re.search(r"DSA-ONLY-TASKS v1 with [\w ]+ does not cover viewing records", who), who


def test_a_slow_practice_is_waited_for_and_said_to_be(surgery: Surgery) -> None:
    visit = surgery.visit()
    page = surgery.clinician.page
    surgery.clinician.press(surgery.line(visit).get_by_role("link", name="Open the record"))
    page.get_by_role("radio", name="Yes, you may look", exact=True).check()
    page.locator("#why").fill(WHY)
    page.evaluate(_NOTE_WHAT_WAITING_SAYS)
    with surgery.town.trouble("slow", HOME, "get-structured-record", seconds=2.5):
        surgery.clinician.press(page.get_by_role("button", name="Continue"))
    assert page.evaluate("sessionStorage.waiting") == "Asking Ferryman's Quay Surgery for the record…"
    page.evaluate("sessionStorage.clear()")
    assert PLANTED in surgery.clinician.says()
    assert surgery.acts(visit) == [GRANTED, SHOWN]
    assert "Viewed the shared record" in surgery.who_looked(visit)


def test_without_scripts_and_on_a_telephone_the_record_is_the_same(surgery: Surgery, desks: Desks) -> None:
    visit = surgery.visit()
    plain = desks.browser(scripts=False, width=390, height=844)
    plain.sign_in("Daniel Whitcombe")
    with surgery.town.trouble("slow", HOME, "get-structured-record", seconds=1):
        assert PLANTED in surgery.opens(visit, at=plain)
    assert "Over the years" in plain.says() and "Medication" in plain.says()
    plain.press(plain.page.get_by_role("button", name="Close the record"))
    phone = desks.browser(width=390, height=844)
    phone.sign_in("Daniel Whitcombe")
    assert PLANTED in surgery.opens(visit, at=phone)  # axe looks at it there, and that nothing is wider than the window
    phone.press(phone.page.get_by_role("link", name="Documents", exact=True))
    phone.press(phone.page.get_by_role("row").filter(has_text="File: Text,").first.get_by_role("link", name="Open"))
    expect(phone.page.frame_locator("iframe").locator(".rec-text")).to_contain_text(PLANTED)
    assert surgery.acts(visit) == [GRANTED, SHOWN] * 4 + [GRANTED, OPENED]
    who = surgery.who_looked(visit)
    assert "Viewed the shared record: allergies, medication, problems" in who and "record: documents" in who, who


def test_a_record_of_somebody_by_another_name_comes_under_a_banner(surgery: Surgery) -> None:
    visit = surgery.visit()
    surgery.town.is_called_otherwise(visit.person, HOME, family="Brackenzwill")
    said = surgery.opens(visit)
    banner = surgery.clinician.page.get_by_role("region", name="Check who this is")
    expect(banner).to_contain_text("Ferryman's Quay Surgery has another family name for this patient")
    assert said.index("Check who this is") < said.index("Allergies") and PLANTED in said
    assert surgery.acts(visit) == [GRANTED, SHOWN]
    assert "Viewed the shared record" in surgery.who_looked(visit)


def test_what_is_withheld_is_said_at_the_top_and_never_reads_as_nothing(surgery: Surgery) -> None:
    visit = surgery.visit("confidential", "in-transit", "awaiting-filing")
    with surgery.town.gives_nothing_out_of("allergies", "diary"):
        said = surgery.opens(visit)
        missing = said[said.index("Not everything is shown") : said.index("Consultations")]
        for words in (
            "left out because they are confidential",
            "has not come in full from the previous practice",
            "wait at the practice to be filed",
            "Not supplied by Ferryman's Quay Surgery",
        ):
            assert words in missing, f"not at the top: {words}"
        assert "says that no" not in said and "does not mean that nothing is recorded" in said
        assert "Not all problems are drawn" in said
        diary = surgery.goes_to_part("Diary")
    assert "says that no" not in diary and "does not mean that nothing is recorded" in diary
    assert surgery.acts(visit) == [GRANTED, SHOWN] * 2
    assert "Viewed the shared record" in surgery.who_looked(visit)


def test_a_practice_that_is_down_or_answers_nonsense_is_named_with_its_number(surgery: Surgery) -> None:
    visit = surgery.visit()
    for kind in ("garbage", "drop"):
        with surgery.town.trouble(kind, HOME, "get-structured-record"):
            said = surgery.opens(visit)
        assert "The record is not shown" in said and "Nothing is shown" in said and PHONE.search(said), said
        assert "Take the history from the patient" in said
    assert surgery.acts(visit) == [GRANTED, ("record.not-shown", "refused", "record-unavailable")] * 2
    who = surgery.who_looked(visit)
    assert re.search(
        r"Asked for the shared record, and nothing was shown – Ferryman's Quay Surgery \(2 times\)", who
    ), who


def test_what_is_not_needed_any_more_is_cancelled_while_the_patient_is_here(surgery: Surgery) -> None:
    """C6: the blood pressure was taken tonight, so next week's appointment for it at a third practice can go."""
    town, page, now = surgery.town, surgery.clinician.page, surgery.town.eyes.clock.now()
    soon = (now + timedelta(minutes=4)).replace(second=0, microsecond=0)
    if london_date(soon) != london_date(now):
        pytest.skip("the day is all but over: no clinic fits into tonight any more")
    surgery.program.given_a_patient_on_the_phone()
    refs = []
    for clinic in (town.open_clinic(NEIGHBOUR, slots=1, at=soon), town.open_clinic(NEXT_DOOR, slots=1)):
        surgery.program.when_a_time_is_held(clinic)
        surgery.program.when_they_confirm()
        surgery.program.then_it_is(BookingState.BOOKED)
        refs.append(surgery.program.ref)
    surgery.clinician.open("/session?with=")
    surgery.clinician.press(page.locator(f"#visit-{refs[0]}").get_by_role("link", name="Other appointments"))
    row = page.locator("main tbody tr")
    expect(row).to_have_count(1)
    row.locator("summary").click()
    row.get_by_label("Who asked, or why?").select_option(label="It is no longer needed")
    surgery.clinician.press(row.get_by_role("button", name="Cancel this appointment"))
    expect(page.get_by_text("It is cancelled. Tell the patient.")).to_be_visible()
    assert [one["status"] for one in town.appointments(refs[1], NEXT_DOOR)] == ["cancelled"]
    by_whom = "SELECT DISTINCT user_name FROM ledger_event WHERE act = 'booking.cancelled' AND booking_ref = :ref"
    told = town.rows(by_whom, ref=refs[1])
    assert [one["user_name"] for one in told] == [LOOK]
    assert "Cancelled a booking" in surgery.who_looked(Visit(surgery.program.person, refs[1]))
    (news,) = town.rows("SELECT kind, owner_ods, words FROM attention WHERE booking_ref = :ref", ref=refs[1])
    assert (news["kind"], news["owner_ods"]) == ("cancelled-by-others", HOME.value), "whoever booked it hears of it"
    assert news["words"].startswith(LOOK) and news["words"].endswith(
        "The patient was with them and hears it from them."
    )


# --- What the town has besides.


@contextmanager
def an_agreement_about_tasks(town: Town) -> Iterator[OdsCode]:
    """The neighbour and a practice of the next cluster have agreed on tasks alone, and say whom to ask about it."""
    home, now = OdsCode("Y90006"), town.eyes.clock.now()
    parties = tuple(
        DocumentParty(
            ods,
            name=f"Practice {ods}",
            role=ControllerRole.JOINT_CONTROLLER,
            signatory=person_in(_GUARDIAN, ods.value).name,
            signatory_role=_GUARDIAN,
            contact="Imogen Wray, practice manager, 0117 496 0199",
        )
        for ods in (NEIGHBOUR, home)
    )
    text = replace(
        begin("tasks", "DSA-ONLY-TASKS", title="Tasks only"),
        parties=parties,
        starts_at=day_begins(london_date(now) - timedelta(days=5)),
        review_on=london_date(now) + timedelta(days=100),
        ends_at=day_is_over(london_date(now) + timedelta(days=200)),
        dpia="DPIA-ONLY-TASKS",
    )
    before = Register(town.eyes.work, FixedClock(now - timedelta(days=10)))
    ref = before.draft(text, caller=_caller(UserRole.FEDERATION_ADMIN, NEIGHBOUR))
    before.propose(ref, caller=_caller(UserRole.FEDERATION_ADMIN, NEIGHBOUR))
    for ods in (NEIGHBOUR, home):
        signer = _caller(_GUARDIAN, ods)
        shown, proved = before.detail(ref, caller=signer).digest, now - timedelta(days=10, minutes=1)
        before.sign(ref, shown=shown, proved_at=proved, caller=signer)
    try:
        yield home
    finally:
        after = Ending("The journey is over.", AtEnd.KEEP)
        Register(town.eyes.work, FixedClock(now)).end(ref, after, caller=_caller(UserRole.FEDERATION_ADMIN, NEIGHBOUR))


_GUARDIAN = UserRole.CALDICOTT_GUARDIAN


def _caller(role: UserRole, ods: OdsCode) -> Caller:
    person = person_in(role, ods.value)
    return Caller(person.uid, person.name, role, ods, f"Practice {ods}", "journey", via="command")
