"""The shared record at a real desk: two actions to the summary, and every way in which nothing is shown."""

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import text

from connectors.mock.script import Mishap
from hub.auth.access import doorkeepers
from scheduling import following
from tests.hub.rig import Rig
from tests.hub.web.counter import Counter
from tests.records.test_viewing import open_surgery, share_records
from tests.scheduling.world import ANN, HOME, HOST, OTHER, TONIGHT, World, patient
from vocabulary.agreements import DataCategory
from vocabulary.identifiers import BookingRef
from vocabulary.people import UserRole
from vocabulary.purposes import Scope

pytestmark = pytest.mark.database
PHONE = "0117 4960199"  # the one that is answered at night


@dataclass
class Room:
    """A clinician at HOST, and Ann's appointment there."""

    counter: Counter
    world: World
    ref: str

    @property
    def address(self) -> str:
        return f"/session/{self.ref}/record"

    def opens(self, permission: str = "given", why: str = "") -> str:
        return self.counter.sends(self.address, permission=permission, why=why).says

    def acts(self) -> list[str]:
        return [f"{row.act} {row.reason}" for row in self.world.ledger() if "record" in row.act]


def room_of(world: World, rig: Rig) -> Room:
    surgery = open_surgery(world)
    clinician = Counter.open(rig, practice=HOST, user="grace", role=UserRole.CLINICIAN)
    return Room(clinician, world, surgery.booking.ref.value)


@pytest.fixture
def room(world: World, rig: Rig) -> Room:
    share_records(world)
    return room_of(world, rig)


def test_two_actions_lead_from_the_session_to_the_summary(room: Room) -> None:
    session = room.counter.goes_to("/session")
    assert "Record: Needs the patient’s permission. Open the record of EXAMPLE, Ann" in session.says
    asked = room.counter.goes_to(room.address)  # 1
    assert "May I look at your record?" in asked.says and f"Practice {HOME} keeps your record" in asked.says
    shown = room.opens()  # 2
    for part in (
        f"From Practice {HOME}, fetched",
        "Asthma",
        "Salbutamol",
        "Penicillin",
        "Some items are left out because they are confidential",
        "1 item on the list of sensitive codes (edition 2026-10) is left out",
        "the patient has given permission. DSA-REC v1, clause 2.1.",
    ):
        assert part in shown, part
    assert "Zanzibar" not in shown and "Other appointments" in shown
    assert room.acts() == ["permit.view-record granted", "record.shown given"]


def test_whoever_opened_the_wrong_patient_says_so_from_the_record_itself(room: Room) -> None:
    """At once: the link leads to the line of that look, with its button; what was shown stands in it."""
    assert "Wrong patient? Say so" in room.opens()
    mine = room.counter.goes_to("/my-access")
    assert "Viewed the shared record: allergies, medication, problems" in mine.says
    event = room.world.ledger(act="record.shown")[0].id
    assert f"/my-access/{event}/wrong-patient" in mine.seen.text
    room.counter.sends(f"/my-access/{event}/wrong-patient", words="Two of one name")
    (said,) = room.world.ledger(act="access.mistake-said")
    assert (said.host_ods, said.nhs_number, said.detail["event"]) == (HOME.value, ANN.value, event)


def test_the_patients_word_holds_from_part_to_part_and_ends_when_the_record_is_closed(room: Room) -> None:
    room.opens()
    part = room.counter.goes_to(f"{room.address}/consultations")
    assert f"Practice {HOME} says that no consultations are recorded." in part.says
    assert room.acts().count("record.shown given") == 2
    assert "Asthma" in room.counter.goes_to(room.address).says  # straight to the summary
    closed = room.counter.sends(f"{room.address}/close")
    assert "My session, tonight" in closed.heading
    assert "May I look" in room.counter.goes_to(f"{room.address}/summary").heading


def test_the_word_does_not_outlive_half_an_hour(room: Room) -> None:
    room.opens()
    for _ in range(3):  # working all the while, so that the session is not locked
        room.world.clock.forward(minutes=10.5)
        room.counter.goes_to("/session")
    assert "May I look" in room.counter.goes_to(f"{room.address}/summary").heading


def test_no_page_of_it_is_kept_by_a_browser_or_named_in_an_address(room: Room) -> None:
    room.opens()
    for address in (room.address, f"{room.address}/summary", f"{room.address}/problems", f"{room.address}/documents"):
        answer = room.counter.browser.get(address, follow_redirects=True)
        assert "no-store" in answer.headers["Cache-Control"], address
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert ANN.value not in answer.request.url


def test_the_patient_says_no(room: Room) -> None:
    said = room.opens("refused")
    assert "The record is not shown" in said and "has not given their permission" in said
    assert room.acts() == ["permit.view-record no-permission"]
    assert "read_record" not in [call.method for call in room.world.network.script(HOME).calls]
    assert "May I look" in room.counter.goes_to(f"{room.address}/summary").heading


def test_a_patient_who_cannot_be_asked_wants_a_reason_and_nothing_typed_is_lost(room: Room) -> None:
    said = room.opens("cannot-ask")
    assert "Say why the patient cannot be asked." in said and room.acts() == []
    assert 'value="cannot-ask" checked' in room.counter.seen.text
    assert "the patient cannot be asked (Unconscious)" in room.opens("cannot-ask", "Unconscious")


def test_who_has_said_no_is_not_somebody_who_cannot_be_asked(room: Room) -> None:
    room.opens("refused")
    assert "The answer was no, at" in room.counter.goes_to(room.address).says
    said = room.opens("cannot-ask", "Unconscious")
    assert "Tick this only if they can no longer answer" in said and 'value="Unconscious"' in room.counter.seen.text
    assert "Penicillin" not in said and len(room.acts()) == 1
    said = room.counter.sends(room.address, permission="cannot-ask", why=" ", after_no="yes").says
    assert "Say why you look all the same." in said and len(room.acts()) == 1
    assert re.search(r'name="after_no"[^>]* checked', room.counter.seen.text), "and the tick is not lost"
    shown = room.counter.sends(room.address, permission="cannot-ask", why="Unconscious", after_no="yes").says
    assert "Penicillin" in shown
    assert "After the patient had said no at" in room.world.ledger(act="record.shown")[-1].detail["why"]


def test_a_no_is_known_to_the_next_colleague_as_well(room: Room, rig: Rig) -> None:
    room.opens("refused")
    colleague = Counter.open(rig, user="another.doctor", role=UserRole.CLINICIAN, practice=HOST)
    assert "The answer was no, at" in colleague.goes_to(room.address).says
    said = colleague.sends(room.address, permission="cannot-ask", why="Unconscious").says
    assert "Tick this only if they can no longer answer" in said and len(room.acts()) == 1


def test_a_no_closes_the_record_wherever_it_is_open(room: Room, rig: Rig) -> None:
    """Else each page of the older yes would count as the patient's last word, and the no be forgotten."""
    room.opens("given")
    room.world.clock.forward(minutes=1)
    colleague = Counter.open(rig, user="another.doctor", role=UserRole.CLINICIAN, practice=HOST)
    colleague.sends(room.address, permission="refused")
    closed = room.counter.goes_to(f"{room.address}/problems")
    assert "The answer was no at 6.31pm, so the record is closed." in closed.says and "Asthma" not in closed.says
    assert "open to you until" not in room.counter.goes_to("/session").says
    assert "The answer was no, at" in colleague.goes_to(room.address).says


def test_after_a_no_somebody_elses_yes_needs_a_reason_that_the_guardian_reads(room: Room) -> None:
    room.counter.sends(room.address, permission="refused", answered_by="attorney")
    assert "The patient’s attorney or deputy has not given permission." in room.counter.says
    assert "Ask the patient’s attorney or deputy for what you need to know." in room.counter.says
    said = room.counter.sends(room.address, permission="given", answered_by="carer").says
    assert "The patient’s attorney or deputy said no. Say why you look all the same." in said
    assert "Penicillin" not in said and len(room.acts()) == 1
    form = {"permission": "given", "answered_by": "carer", "why": "The deputy was discharged", "after_no": "yes"}
    assert "Penicillin" in room.counter.sends(room.address, **form).says
    why = room.world.ledger(act="record.shown")[-1].detail["why"]
    assert why.startswith("After the patient’s attorney or deputy had said no at") and why.endswith("was discharged")


def test_who_has_changed_their_mind_says_yes(room: Room) -> None:
    room.opens("refused")
    assert "Penicillin" in room.opens("given")
    assert "The answer was no" not in room.counter.sends(f"{room.address}/close").says
    assert "The answer was no" not in room.counter.goes_to(room.address).says


def test_nothing_chosen_is_said(room: Room) -> None:
    answer = room.counter.sends(room.address)
    assert answer.seen.status_code == 422 and "Ask the patient, and choose what they said." in answer.says
    assert room.acts() == []


def test_a_week_later_a_reason_is_needed(room: Room, rig: Rig) -> None:
    room.world.clock.forward(days=3)
    room.counter = Counter.open(rig, practice=HOST, user="grace", role=UserRole.CLINICIAN)
    assert "The appointment is not about now" in room.counter.goes_to(room.address).says
    assert "Say why you need the record" in room.opens()
    shown = room.opens(why="A result has come in")
    assert "Asthma" in shown and "Other appointments" not in shown


@pytest.mark.parametrize("mishap", [Mishap.UNREACHABLE, Mishap.NO_ANSWER_BEFORE_COMMIT, Mishap.GARBLED_BEFORE_COMMIT])
def test_a_practice_that_does_not_answer_is_said_with_whom_to_ring(room: Room, mishap: Mishap) -> None:
    room.world.network.script(HOME).inject("read_record", mishap, times=None)
    said = room.opens()
    assert "The record is not shown" in said and f"ring Practice {HOME}" in said and "Nothing is shown" in said


def test_dissent_at_the_practice_is_worded(room: Room) -> None:
    room.world.network.diary(HOME).cabinet.dissent(ANN)
    said = room.opens()
    assert "not to be shared. This cannot be overridden here." in said and "Take the history" in said
    session = room.counter.goes_to("/session").says
    assert f"Practice {HOME} withheld it when it was asked at 6.30pm. Take the history" in session
    assert "Needs the patient’s permission" not in session
    said = room.counter.goes_to(f"/session/{room.ref}/emergency").says
    assert "withheld this record at 6.30pm" in said and "There is no glass to break" not in said


def test_what_the_agreement_does_not_cover_is_said(world: World, rig: Rig) -> None:
    share_records(world, frozenset({DataCategory.ALLERGIES}))
    room = room_of(world, rig)
    said = room.opens()
    assert "Penicillin" in said and "Asthma" not in said
    assert "the agreement does not cover this part of the record for your role" in said


def test_without_an_agreement_the_session_and_the_question_say_so(world: World, rig: Rig) -> None:
    room = room_of(world, rig)
    session = room.counter.goes_to("/session").says
    assert "does not cover viewing records" in session and "Open the record" not in session
    assert f"Take the history, or ring Practice {HOME} on {PHONE}. What you can do" in session
    page = room.counter.goes_to(room.address).says
    assert "The record is not shown" in page and "May I look" not in page and "in an emergency" in page
    assert f"ring Practice {HOME} on {PHONE}" in page and "written down" in page
    assert room.acts() == ["permit.view-record not-this-scope"]
    assert "The record is not shown" in room.opens()


def test_whom_the_agreement_names_for_questions_is_named(world: World, rig: Rig) -> None:
    share_records(world, contact="Imogen Wray, practice manager, 0117 496 0199", scope=Scope.SEND_TASK)
    room = room_of(world, rig)
    with world.work.begin() as tx:
        tx.execute(text("UPDATE agreement SET status = 'ended' WHERE code <> 'DSA-REC'"))
    said = room.counter.goes_to(room.address).says
    assert "DSA-REC v1" in said and "About the agreement: Imogen Wray, practice manager, 0117 496 0199." in said


@pytest.mark.parametrize("role", [UserRole.RECEPTIONIST, UserRole.PRACTICE_MANAGER])
def test_other_roles_have_no_way_in(room: Room, rig: Rig, role: UserRole) -> None:
    other = Counter.open(rig, practice=HOST, user="other", role=role)
    assert other.goes_to(room.address).seen.status_code == 403
    assert other.goes_to("/session").says.count("Open the record") == 0


def test_a_clinician_elsewhere_has_no_way_in(room: Room, rig: Rig) -> None:
    elsewhere = Counter.open(rig, practice=HOME, user="otto", role=UserRole.CLINICIAN)
    assert elsewhere.goes_to(room.address).seen.status_code == 404
    assert room.counter.goes_to("/session/nonsense/record").seen.status_code == 404


def test_an_unknown_part_asks_again(room: Room) -> None:
    room.opens()
    assert "Asthma" in room.counter.goes_to(f"{room.address}/everything").says


def test_who_has_said_no_for_good_is_not_asked_again(room: Room) -> None:
    with room.world.work.begin() as tx:
        tx.execute(
            text(
                "INSERT INTO patient_choice (nhs_number, choice, recorded_by, recorded_by_name, recorded_for, "
                "recorded_at) VALUES (:number, 'dissent-to-sharing', 'u', 'U', :home, now())"
            ),
            {"number": ANN.value, "home": HOME.value},
        )
    session = room.counter.goes_to("/session").says
    assert "has said that their record is not to be shared" in session and "Open the record" not in session
    assert f"ring Practice {HOME} on {PHONE}" in session
    page = room.counter.goes_to(room.address).says
    assert "does not want their record shared" in page and "May I look" not in page and "emergency" not in page
    assert f"ring Practice {HOME} on {PHONE}" in page
    assert room.acts() == ["permit.view-record dissent"]
    assert "The record is not shown" in room.opens()


def test_ones_own_patient_needs_no_permission_and_no_form(room: Room, world: World) -> None:
    with world.work.begin() as tx:
        tx.execute(text("UPDATE booking SET home_ods = :host"), {"host": HOST.value})
    page = room.counter.goes_to(room.address)
    assert "The record is in your own system" in page.says and "<textarea" not in page.seen.text
    assert "What did they say?" not in page.says and 'name="permission"' not in page.seen.text
    assert room.acts() == []


# --- Other appointments of who is seen.


def test_other_appointments_are_seen_from_the_session_and_one_is_cancelled(room: Room) -> None:
    world = room.world
    world.clinic(OTHER, starts=TONIGHT + timedelta(days=1))
    world.see(host=OTHER)
    index = [offer.facts.host for offer in world.offers()].index(OTHER)
    other = world.book(index=index, description="Blood pressure check").ref.value
    assert "Other appointments of EXAMPLE, Ann" in room.counter.goes_to("/session").says
    page = room.counter.goes_to(f"/session/{room.ref}/appointments")
    assert "Blood pressure check" not in page.says and f"{OTHER} Health Centre" in page.says
    assert "Ask the patient" in page.says, "what it is for is theirs to tell"
    room.opens("given")
    page = room.counter.goes_to(f"/session/{room.ref}/appointments")
    assert "Blood pressure check" in page.says
    assert "no-store" in page.seen.headers["Cache-Control"]
    address = f"/session/{room.ref}/appointments/{other}"
    wrong = room.counter.sends(address, reason="")
    assert wrong.seen.status_code == 422 and "Choose who asked, or why." in wrong.says
    assert "It is cancelled. Tell the patient." in room.counter.sends(address, reason="no-longer-needed").says
    assert "no other appointment" in room.counter.goes_to(f"/session/{room.ref}/appointments").says
    assert (
        room.counter.sends(f"/session/{room.ref}/appointments/{room.ref}", reason="no-longer-needed").seen.status_code
        == 404
    )


def test_other_appointments_are_for_clinicians_while_they_see_the_patient(room: Room, rig: Rig) -> None:
    desk = Counter.open(rig, practice=HOST, user="desk", role=UserRole.RECEPTIONIST)
    assert desk.goes_to(f"/session/{room.ref}/appointments").seen.status_code == 403
    assert "Other appointments" not in desk.goes_to("/session").says
    assert room.counter.goes_to("/session/nonsense/appointments").seen.status_code == 404
    room.world.clock.forward(days=3)
    late = Counter.open(rig, practice=HOST, user="grace", role=UserRole.CLINICIAN)
    assert "not about now" in late.goes_to(f"/session/{room.ref}/appointments").says


# --- An emergency: the agreement does not cover the record.


def proves(room: Room, rig: Rig) -> None:
    """The clinician has just proved again who they are."""
    with rig.app.app_context():
        sessions = doorkeepers().sessions
        session = sessions.find(room.counter.browser.get_cookie(rig.hub.config.cookie_name).value)  # type: ignore[union-attr]
        assert session is not None
        session.put("proof", {"at": room.world.clock.now().timestamp(), "acr": ""})
        sessions.save(session, seen=True)


def test_in_an_emergency_one_look_opens_what_the_agreement_does_not_cover(world: World, rig: Rig) -> None:
    room = room_of(world, rig)
    assert "a clinician can look once in an emergency" in room.opens()
    page = room.counter.goes_to(f"/session/{room.ref}/emergency").says
    assert "Prove again who you are first" in page and "reviews it within 48 hours" in page
    proves(room, rig)
    short = room.counter.sends(f"/session/{room.ref}/emergency", reason="Help")
    assert short.seen.status_code == 422 and "at least 2 words and 10 characters" in short.says
    shown = room.counter.sends(f"/session/{room.ref}/emergency", reason="Unconscious, allergies not known").says
    assert "Penicillin" in shown and "You broke the glass" in shown and "Zanzibar" not in shown
    assert [row.act for row in world.ledger() if row.act.startswith(("glass.", "record."))] == [
        "glass.broken",
        "record.shown",
    ]
    assert "The record is not shown" in room.counter.goes_to(f"{room.address}/summary").heading, "one look, no more"
    guardian = Counter.open(rig, practice=HOME, user="ruth", role=UserRole.CALDICOTT_GUARDIAN)
    assert "Unconscious, allergies not known" in guardian.goes_to("/reviews").says


def test_in_an_emergency_one_look_opens_what_nothing_links_to_the_practice(room: Room, rig: Rig) -> None:
    """The patient cancelled, is here all the same, and collapses: there is no time to book them anew."""
    with room.world.work.begin() as tx:
        gone = "UPDATE booking SET state = 'cancelled', cancel_reason = 'patient-asked', settled_at = :at"
        tx.execute(text(gone), {"at": room.world.clock.now()})
    line = room.counter.goes_to("/session?with=")
    assert "If their life depends on it: look at the record once" in line.says
    assert f'href="/session/{room.ref}/emergency"' in line.seen.text
    assert "a clinician can look once in an emergency" in room.opens()
    assert "Nothing shows that your practice is caring" in room.counter.goes_to(f"/session/{room.ref}/emergency").says
    proves(room, rig)
    shown = room.counter.sends(f"/session/{room.ref}/emergency", reason="Collapsed in the waiting room").says
    assert "Penicillin" in shown and "You broke the glass" in shown
    (broken,) = room.world.ledger(act="glass.broken")
    assert (broken.detail["despite"], broken.reason) == ("no-care-link", "Collapsed in the waiting room")
    guardian = Counter.open(rig, practice=HOME, user="ruth", role=UserRole.CALDICOTT_GUARDIAN)
    assert "Collapsed in the waiting room" in guardian.goes_to("/reviews").says


def test_who_came_although_the_practice_had_cancelled_is_in_its_care(room: Room) -> None:
    world = room.world
    found = world.view(BookingRef.parse(room.ref))
    assert found is not None
    world.network.diary(HOST).cancel_locally(found.host_reference)
    following.follow_due(world.desk, at_once=1)
    assert "Penicillin" not in room.opens(), "nobody has said that they are here"
    room.counter.sends(f"/session/{room.ref}", seen="0", status="arrived")
    assert "Penicillin" in room.opens()
    assert (
        "the practice had cancelled it, and the patient came all the same"
        in room.counter.goes_to(f"{room.address}/summary").says
    )


def test_without_a_fresh_proof_no_glass_breaks(world: World, rig: Rig) -> None:
    room = room_of(world, rig)
    said = room.counter.sends(f"/session/{room.ref}/emergency", reason="Unconscious, allergies not known").says
    assert "Prove who you are first" in said and "Penicillin" not in said


def test_an_emergency_opens_nothing_that_an_agreement_grants_or_a_patient_refused(room: Room, rig: Rig) -> None:
    proves(room, rig)
    said = room.counter.sends(f"/session/{room.ref}/emergency", reason="Unconscious, allergies not known").says
    assert "There is no glass to break" in said and "Penicillin" not in said
    assert "There is no glass to break" in room.counter.goes_to(f"/session/{room.ref}/emergency").says
    assert room.acts() == [], "nobody reads of a glass that was never there to be broken"
    assert "emergency" not in room.opens("refused")


def test_only_what_is_written_down_is_said_to_be(room: Room) -> None:
    """Found by looking: a patient of one's own was told of with “that you asked is written down”, and it was not."""
    room.world.network.tracing.add(patient(ANN), home_practice=HOST)
    assert "registered with you" in room.opens() and "written down" not in room.opens()
    assert room.acts() == []
    room.world.network.tracing.add(patient(ANN), home_practice=HOME)
    assert "written down" in room.opens("refused") and room.acts() == ["permit.view-record no-permission"]
