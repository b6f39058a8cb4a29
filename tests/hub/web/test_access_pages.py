"""Who looked, reviews and legal holds as pages: what each role is shown, and that no address names anybody."""

import csv
import io
import re

import pytest

from accountability.watching import watch
from hub.oversight import oversight_of
from storage.ledger import LedgerEvent, record
from tests.accountability.people import GARETH, RITA, looked, shown
from tests.hub.rig import Rig
from tests.hub.web.counter import Counter
from tests.scheduling.world import ANN, BOB, HOME, HOST, World
from vocabulary.people import UserRole

pytestmark = pytest.mark.database


@pytest.fixture
def guardian(rig: Rig) -> Counter:
    return Counter.open(rig, user="ruth", role=UserRole.CALDICOTT_GUARDIAN)


def judged(rig: Rig, world: World) -> None:
    world.clock.forward(minutes=10)
    world.clock.forward(minutes=25)
    watch(oversight_of(rig.hub))


def asks(counter: Counter, number: str = "999 000 0018") -> Counter:
    return counter.sends("/access/patient", nhs_number=number)


def test_a_guardian_asks_who_looked_and_is_told_in_words(guardian: Counter, world: World) -> None:
    looked(world, GARETH, ANN)
    looked(world, RITA, ANN, act="permit.book", outcome="refused", host=HOST, reason="suspended")
    said = asks(guardian).says
    assert guardian.heading == "Who has looked at 999 000 0018"
    assert "Gareth Host, Receptionist, Practice Y90003" in said
    assert "Looked the patient up by NHS number" in said
    assert "Refused Asked to book, change or cancel – Practice Y90003" in said
    assert "The agreement DSA-1 v1 with Practice Y90003 is suspended" in said
    assert "Under DSA-1 v1" in said
    assert "this is everything that anybody did about them" in said


def test_no_address_and_no_title_names_the_patient_and_asking_is_recorded(guardian: Counter, world: World) -> None:
    asks(guardian)
    assert "9990000018" not in guardian.seen.request.url
    links = re.findall(r'(?:href|action)="([^"]*)"', guardian.seen.text)
    titles = re.findall(r"<title>(.*?)</title>", guardian.seen.text, flags=re.S)
    assert not [text for text in (*links, *titles) if re.search(r"999.?000.?0018", text)]
    assert [row.nhs_number for row in world.ledger(act="access.patient-asked")] == [ANN.value]


def test_two_look_ups_stay_apart_and_a_key_of_nobodys_leads_back(guardian: Counter) -> None:
    first = asks(guardian).seen.request.path
    second = asks(guardian, "999 000 0026").seen.request.path
    assert guardian.goes_to(first).heading.endswith("999 000 0018")
    assert guardian.goes_to(second).heading.endswith("999 000 0026")
    assert guardian.goes_to("/access/look-ups/nonsense").heading == "Who looked at whom"


def test_a_wrong_number_is_told_beside_the_field(guardian: Counter) -> None:
    assert "check digit does not fit" in asks(guardian, "999 000 0019").says
    assert guardian.seen.status_code == 422


def test_filters_narrow_and_a_mistyped_day_is_told(guardian: Counter, world: World) -> None:
    looked(world, GARETH, ANN)
    where = asks(guardian).seen.request.path
    assert "Gareth Host" not in guardian.goes_to(f"{where}?kind=refused").says
    assert "Gareth Host" in guardian.goes_to(f"{where}?since=24/11/2026&until=24/11/2026").says
    assert "Gareth Host" not in guardian.goes_to(f"{where}?since=25/11/2026").says
    assert "There is no month 13" in guardian.goes_to(f"{where}?since=1/13/2026").says
    assert guardian.goes_to(f"{where}?before=nonsense&kind=all").seen.status_code == 200
    assert guardian.goes_to(f"{where}?before={'9' * 18}.1").seen.status_code == 200


def test_older_ones_follow_without_a_gap(guardian: Counter, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.web.oversight.access_pages.PAGE", 20)
    for _ in range(70):
        looked(world, GARETH, ANN)
    asks(guardian)
    counts, older = [], re.search(r'href="([^"]+)">Older ones', guardian.seen.text)
    while older is not None:
        counts += re.findall(r"\((\d+) times\)", guardian.seen.text)
        guardian.goes_to(older[1].replace("&amp;", "&"))
        older = re.search(r'href="([^"]+)">Older ones', guardian.seen.text)
    counts += re.findall(r"\((\d+) times\)", guardian.seen.text)
    assert len(counts) == 4 and sum(map(int, counts)) == 70


def test_the_evening_that_drowned_is_one_page_that_begins_with_what_matters(guardian: Counter, world: World) -> None:
    """A hundred and fifty reads in half an hour: the refusal and “cannot ask” are in the first rows."""
    looked(world, GARETH, ANN, act="permit.view-record", outcome="refused", host=HOME, reason="no-permission")
    shown(world, GARETH, why="Drowsy")
    reading = LedgerEvent(
        "message.opened",
        host=HOME,
        nhs_number=ANN,
        detail={"kind": "task", "team": "reception", "message": "abc", "text": True, "recipient": HOME.value},
    )
    with world.work.begin() as tx:
        for _ in range(150):
            record(tx, reading, caller=GARETH, at=world.clock.now())
    asks(guardian)
    assert "Older ones" not in guardian.says
    rows = [" ".join(re.sub("<[^>]*>", " ", row).split()) for row in guardian.seen.text.split("<tr")[1:]]
    (his,) = [number for number, row in enumerate(rows) if "Gareth Host" in row]
    refused, seen, read = rows[his + 1 : his + 4]
    assert "Refused Asked to view the record" in refused
    assert "could not be asked. Reason given: “Drowsy”" in seen
    assert "Read a task for reception at Practice Y90001 (150 times)" in read
    file = guardian.goes_to(f"{guardian.seen.request.path}?as=csv").seen.get_data().decode("utf-8-sig")
    lines = [line for line in csv.DictReader(io.StringIO(file)) if line["who"] == "Gareth Host"]
    assert (
        len(lines) == 152 and lines[-2]["why"].endswith("Reason given: “Drowsy”") and lines[-1]["outcome"] == "Refused"
    )


def test_the_file_holds_the_same_lines_and_no_formula(guardian: Counter, world: World) -> None:
    looked(world, GARETH, ANN, reason="=HYPERLINK(1)")
    where = asks(guardian).seen.request.path
    answer = guardian.goes_to(f"{where}?as=csv").seen
    assert answer.mimetype == "text/csv" and "999" not in answer.headers["Content-Disposition"]
    lines = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert {line["who"] for line in lines} == {"Gareth Host", "Rita Reception"}
    assert not [cell for line in lines for cell in line.values() if cell.startswith("=") or cell == "'"]
    assert "colour" not in lines[0] and any(cell == "" for line in lines for cell in line.values())
    assert {row.detail.get("export") for row in world.ledger(act="access.patient-asked")} == {None, True}


def test_a_federation_admin_sees_people_and_no_patients(rig: Rig, world: World) -> None:
    admin = Counter.open(rig, user="farah", role=UserRole.FEDERATION_ADMIN)
    looked(world, GARETH, ANN, ref="7KQ4MPXB")
    assert "Gareth Host" in admin.goes_to(f"/access?practice={HOST}").says
    said = admin.goes_to("/access/people/gareth.host").says
    assert "Patients are not named here" in said and "999" not in said and "7KQ4" not in said
    assert asks(admin).seen.status_code == 403


@pytest.mark.parametrize("role", [UserRole.RECEPTIONIST, UserRole.CLINICIAN, UserRole.ANALYST])
def test_others_get_only_their_own_history(rig: Rig, role: UserRole) -> None:
    somebody = Counter.open(rig, role=role)
    for address in ("/access", "/access/people/x", "/reviews", "/legal-holds"):
        assert somebody.goes_to(address).seen.status_code == 403, address
    assert "My access history" in somebody.goes_to("/my-access").says
    assert "Who looked" not in somebody.goes_to("/my-access").says


def test_a_receptionist_says_that_it_was_the_wrong_patient_and_the_guardian_learns_it(
    rig: Rig, world: World, guardian: Counter
) -> None:
    looked(world, RITA, ANN)
    rita = Counter.open(rig)
    assert "999 000 0018" in rita.goes_to("/my-access").says
    action = re.search(r'action="(/my-access/\d+/wrong-patient)"', rita.seen.text)
    assert action is not None
    assert "is told" in rita.sends(action[1], words="Two callers").says
    assert "said that already" in rita.sends(action[1], words="Two callers").says
    assert "not one of your own" in rita.sends("/my-access/987654321/wrong-patient").says
    assert rita.sends(f"/my-access/{'9' * 30}/wrong-patient").seen.status_code == 404
    assert rita.sends(action[1], words="x" * 501).seen.status_code in (422, 303)
    said = guardian.goes_to("/reviews").says
    assert "Says they opened the wrong patient" in said and "They say: “Two callers”" in said


def test_the_guardian_settles_a_review_and_the_badge_goes(rig: Rig, world: World) -> None:
    looked(world, GARETH, ANN)
    judged(rig, world)
    guardian = Counter.open(rig, user="ruth", role=UserRole.CALDICOTT_GUARDIAN)
    assert "Reviews 1 waiting" in guardian.goes_to("/reviews").says
    assert "Opened a patient with whom their practice had nothing to do" in guardian.says
    (action,) = re.findall(r'action="(/reviews/\d+)"', guardian.seen.text)
    assert "Choose what you found" in guardian.sends(action, words="Asked him").says
    assert "Say how you know" in guardian.sends(action, verdict="appropriate").says
    guardian.sends(action, verdict="appropriate", words="Asked him: a transferred call.")
    assert "Nothing waits" in guardian.says and "1 waiting" not in guardian.says
    assert "a transferred call" in guardian.goes_to("/reviews?settled=1").says
    assert "settled that review already" in guardian.sends(action, verdict="mistake", words="No").says


def test_the_guardian_looks_into_a_review_and_finds_what_was_done_around_it(rig: Rig, world: World) -> None:
    looked(world, GARETH, ANN)
    looked(world, GARETH, ANN, act="permit.view-record", outcome="refused", host=HOME, reason="dissent")
    judged(rig, world)
    guardian = Counter.open(rig, user="ruth", role=UserRole.CALDICOTT_GUARDIAN).goes_to("/reviews")
    (address,) = set(re.findall(r'href="(/reviews/\d+)"', guardian.seen.text))
    said = guardian.goes_to(address).says
    assert "Look into a review" in said and "Asked to view the record" in said and "Refused" in said
    assert "has nothing to do with any appointment of this patient" in said
    assert ANN.value not in address
    assert "Who has looked at" in guardian.sends("/access/patient", nhs_number=ANN.value).heading
    manager = Counter.open(rig, user="mary", role=UserRole.PRACTICE_MANAGER)
    assert manager.goes_to(address).seen.status_code == 403
    assert guardian.goes_to("/reviews/999999").seen.status_code == 404


def test_an_overdue_review_says_so(rig: Rig, world: World) -> None:
    looked(world, GARETH, ANN)
    judged(rig, world)
    world.clock.forward(days=8)
    assert "Overdue" in Counter.open(rig, user="ruth", role=UserRole.CALDICOTT_GUARDIAN).goes_to("/reviews").says


def test_a_hold_is_set_and_lifted_on_the_page(guardian: Counter, world: World) -> None:
    assert "Say why" in guardian.sends("/legal-holds", look_again_on="1/5/2027").says
    assert "Enter the day" in guardian.sends("/legal-holds", reason="A claim").says
    assert "in the future" in guardian.sends("/legal-holds", reason="A claim", look_again_on="1/5/2020").says
    guardian.sends("/legal-holds", reason="A claim", look_again_on="1/5/2027", nhs_number="999 000 0018")
    assert "The hold stands" in guardian.says and "999 000 0018" in guardian.says
    (action,) = re.findall(r'action="(/legal-holds/\d+/lift)"', guardian.seen.text)
    assert "Say why" in guardian.sends(action).says
    assert "The hold is lifted" in guardian.sends(action, reason="Over").says
    assert [row.act for row in world.ledger()][-2:] == ["hold.legal-set", "hold.legal-lifted"]


def test_a_manager_records_which_record_is_a_colleagues_own(rig: Rig, world: World) -> None:
    looked(world, RITA, BOB)
    manager = Counter.open(rig, user="helen", role=UserRole.PRACTICE_MANAGER)
    where = f"/access/people/{RITA.user_id}"
    assert "Record which record" in manager.goes_to(where).says
    assert "Enter their own NHS number" in manager.sends(f"{where}/own-record", name="Rita").says
    assert "Recorded." in manager.sends(f"{where}/own-record", name="Rita", nhs_number=ANN.value).says
    looked(world, RITA, ANN)
    judged(rig, world)
    guardian = Counter.open(rig, user="ruth", role=UserRole.CALDICOTT_GUARDIAN)
    assert "Opened their own record" in guardian.goes_to("/reviews").says
    assert HOME.value == RITA.practice.value
