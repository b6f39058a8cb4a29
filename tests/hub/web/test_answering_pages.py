"""Who answers for a patient, what no emergency opens, and the ways from a record to what is written of the visit."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.hub.rig import Rig
from tests.hub.web.counter import Counter
from tests.hub.web.test_record_pages import Room, proves, room_of
from tests.records.test_viewing import share_records
from tests.scheduling.world import ANN, HOME, TONIGHT, World, patient
from vocabulary.people import UserRole
from vocabulary.records import empty_record

pytestmark = pytest.mark.database


@pytest.fixture
def room(world: World, rig: Rig) -> Room:
    share_records(world)
    return room_of(world, rig)


def is_a_child_of(room: Room, years: int) -> None:
    born = room.world.clock.now().date().replace(year=room.world.clock.now().year - years)
    child = replace(patient(ANN), birth_date=born)
    room.world.network.tracing.add(child, home_practice=HOME)
    room.world.network.diary(HOME).add_patient(child)
    room.world.network.diary(HOME).cabinet.keep(empty_record(child, practice_name="Home Surgery"))
    with room.world.work.begin() as tx:
        tx.execute(text("UPDATE booking SET birth_date = :born"), {"born": born})


def test_of_a_small_child_the_parent_answers_and_everybody_reads_so(room: Room, rig: Rig) -> None:
    is_a_child_of(room, 2)
    page = room.counter.goes_to(room.address)
    assert "May I look at this child’s record?" in page.says and "At this age a parent or guardian" in page.says
    assert page.says.index("Who answers?") < page.says.index("What did they say?")
    assert room.opens().count("Say who answered: the patient is a child.") == 2, "above, and at the field"
    assert room.acts() == [], "nobody is taken for granted"
    said = room.counter.sends(room.address, permission="refused", answered_by="parent").says
    assert "The record is not shown" in said
    shown = room.counter.sends(room.address, permission="given", answered_by="parent").says
    assert "the patient’s parent or guardian has given permission" in shown
    assert {row.detail["answered_by"] for row in room.world.ledger() if row.act == "permit.view-record"} == {"parent"}
    guardian = Counter.open(rig, practice=HOME, user="ruth", role=UserRole.CALDICOTT_GUARDIAN)
    guardian.sends("/access/patient", nhs_number=ANN.value)
    assert "The patient’s parent or guardian gave permission" in guardian.says
    assert "The patient gave" not in guardian.says


def test_a_grown_up_answers_unless_it_is_said_who_does(room: Room) -> None:
    page = room.counter.goes_to(room.address)
    assert page.says.index("What did they say?") < page.says.index("Who answers?") and "parent" not in page.says
    room.opens()
    assert room.world.ledger(act="record.shown")[-1].detail["answered_by"] == "patient"
    shown = room.counter.sends(room.address, permission="given", answered_by="attorney").says
    assert "the patient’s attorney or deputy has given permission" in shown
    assert room.opens("cannot-ask", "Unconscious") and "answered_by" not in room.world.ledger()[-1].detail


def test_after_a_no_the_way_to_yes_is_not_one_key(room: Room) -> None:
    assert room.counter.goes_to(room.address).seen.text.count(" autofocus") == 1
    room.opens("refused")
    page = room.counter.goes_to(room.address).seen.text
    assert page.count(" autofocus") == 1 and 'id="said-no" tabindex="-1" autofocus' in page


def test_who_did_not_attend_is_looked_at_for_a_reason_only(room: Room) -> None:
    room.opens()
    with room.world.work.begin() as tx:
        tx.execute(text("UPDATE booking SET state = 'missed'"))
    looks = room.acts()
    assert "open to you until" not in room.counter.goes_to("/session").says
    again = room.counter.goes_to(f"{room.address}/summary").says
    assert "down as not having come" in again and "Asthma" not in again and room.acts() == looks
    assert "Say why you need the record" in room.opens()
    assert "Asthma" in room.opens("cannot-ask", "A result has come in")


def test_a_record_that_another_closed_says_so(room: Room) -> None:
    room.opens()
    room.counter.sends(f"{room.address}/close")
    assert (
        "The record was closed, perhaps in another tab. Ask again."
        in room.counter.goes_to(f"{room.address}/summary").says
    )
    assert "perhaps in another tab" not in room.counter.goes_to(room.address).says
    room.opens()
    room.world.clock.forward(minutes=14)
    room.counter.goes_to("/session")
    room.world.clock.forward(minutes=14)
    room.counter.goes_to("/session")
    room.world.clock.forward(minutes=4)
    assert "Half an hour has passed" in room.counter.goes_to(f"{room.address}/summary").says


def test_from_the_record_to_the_summary_and_back_while_the_word_holds(room: Room) -> None:
    room.world.clock.at = TONIGHT + timedelta(minutes=5)
    shown = room.opens()
    assert "Write the summary" in shown and "Back to my session" in shown
    form = room.counter.goes_to(f"/session/{room.ref}/summary")
    assert "The record, in a new tab" in form.says
    room.counter.sends(f"{room.address}/close")
    assert "The record, in a new tab" not in room.counter.goes_to(f"/session/{room.ref}/summary").says


def test_what_no_emergency_opens_is_said_before_any_proof(world: World, rig: Rig) -> None:
    room = room_of(world, rig)
    with world.work.begin() as tx:
        tx.execute(
            text(
                "INSERT INTO patient_choice (nhs_number, choice, recorded_by, recorded_by_name, recorded_for, "
                "recorded_at) VALUES (:number, 'dissent-to-sharing', 'u', 'U', :home, now())"
            ),
            {"number": ANN.value, "home": HOME.value},
        )
    assert "in an emergency</a>" not in room.counter.goes_to(room.address).seen.text
    said = room.counter.goes_to(f"/session/{room.ref}/emergency").says
    assert "does not want their record shared" in said and "Prove" not in said and "Back to my session" in said
    (told,) = world.ledger(act="glass.refused")
    assert (told.reason, told.nhs_number, told.booking_ref) == ("dissent", ANN.value, room.ref)
    assert "written down" in said


def test_what_the_practice_withheld_is_not_asked_for_again(world: World, rig: Rig) -> None:
    room = room_of(world, rig)
    world.network.diary(HOME).cabinet.dissent(ANN)
    proves(room, rig)
    said = room.counter.sends(f"/session/{room.ref}/emergency", reason="Unconscious, allergies not known").says
    assert "not to be shared" in said
    said = room.counter.goes_to(f"/session/{room.ref}/emergency").says
    assert "withheld this record at" in said and "What is the emergency?" not in said


def test_a_no_is_shown_beside_the_glass_and_read_by_the_guardian(world: World, rig: Rig) -> None:
    room = room_of(world, rig)
    room.opens("refused")
    assert "The answer was no, at" in room.counter.goes_to(f"/session/{room.ref}/emergency").says
    proves(room, rig)
    address, why = f"/session/{room.ref}/emergency", "Unconscious, allergies not known"
    shown = room.counter.sends(address, reason=why)
    assert "Penicillin" in shown.says and "Back to my session" in shown.says
    assert world.ledger(act="glass.broken")[0].reason.startswith("After the patient had said no at")
    proves(room, rig)
    room.counter.sends(address, reason=why, agreed="carer")
    assert world.ledger(act="glass.broken")[1].detail["answered_by"] == "carer"
