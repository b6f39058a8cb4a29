"""The pages over the real desk: what reception does, what becomes of it at the host, and what the ledger tells."""

from datetime import timedelta
from pathlib import Path

import pytest

from connectors.mock.script import Mishap
from hub.web.clinic.last_copies import LastCopies
from scheduling import following
from tests.hub.rig import Rig
from tests.hub.web.counter import Counter
from tests.scheduling.world import BOB, HOME, HOST, OTHER, TONIGHT, World
from vocabulary.appointments import AppointmentStatus, BookingRequest, BookingState
from vocabulary.people import UserRole
from vocabulary.slots import DeliveryChannel

pytestmark = pytest.mark.database

TIMES = ["6.30pm", "6.45pm", "7pm", "7.15pm"]


def test_a_patient_is_looked_up_searched_for_held_booked_and_told(counter: Counter, world: World) -> None:
    counter.answers()
    assert "EXAMPLE, Ann" in counter.says and counter.heading == "Find a slot"
    assert [said for _, said in counter.times()] == TIMES
    first = counter.times()[0][1]
    ref = counter.books(first, comment="Prefers to stand")
    assert f"Reference {ref.spoken}" in counter.says and "No message is sent" in counter.says
    (there,) = world.network.diary(HOST).appointments
    assert there.comment == f"[{ref.spoken}] Prefers to stand"
    assert f"own reference: {there.receipt.appointment_id}" in counter.says
    acts = world.acts()
    for act in (
        "patient.looked-up",
        "slots.searched",
        "permit.book",
        "hold.taken",
        "booking.requested",
        "booking.booked",
    ):
        assert act in acts
    event = world.ledger(act="booking.booked")[0]
    assert (event.user_id, event.acting_for, event.via, event.host_ods) == (
        "rita.reception",
        HOME.value,
        "web",
        HOST.value,
    )


def test_a_double_click_books_once(counter: Counter, world: World) -> None:
    counter.answers().chooses(counter.times()[0][1])
    hold = counter.seen
    counter.confirms()
    first = counter.ref
    counter.seen = hold
    counter.confirms()
    assert counter.heading == "Booked" and counter.ref == first
    assert len(world.network.diary(HOST).appointments) == 1


def test_the_front_desk_there_was_quicker(counter: Counter, world: World) -> None:
    counter.answers()
    (first, *_) = world.network.diary(HOST).free_slots(world.offers()[0].facts.window, practice=HOME)
    world.network.diary(HOST).book_locally(first)
    counter.chooses(counter.times()[0][1])
    assert counter.seen.status_code == 409
    assert "just filled that slot" in counter.says and "Closest to what you chose" in counter.says
    counter.books(counter.times()[0][1])


def test_a_colleague_holds_the_last_one(counter: Counter, world: World, rig: Rig) -> None:
    counter.answers()
    wanted = counter.times()[0][1]
    Counter.open(rig, user="gareth.lloyd").answers(BOB.value).chooses(wanted)
    counter.chooses(wanted)
    assert counter.seen.status_code == 409 and "Somebody else took that slot" in counter.says


def test_three_holds_are_the_most_and_one_can_be_let_go(counter: Counter) -> None:
    counter.answers()
    page = counter.seen
    for number in range(3):
        counter.seen = page
        counter.chooses(counter.times()[number][1])
    held = counter.ref
    counter.seen = page
    counter.chooses(counter.times()[3][1])
    assert "You are holding 3 slots already" in counter.says and counter.says.count("Stop holding") == 3
    counter.sends(f"/holds/{held.value}/release")
    counter.seen = page
    counter.chooses(counter.times()[3][1])
    assert "Confirm booking" in counter.says


def test_confirming_late_works_when_nobody_was_quicker(counter: Counter, world: World) -> None:
    counter.answers().chooses(counter.times()[0][1])
    world.clock.forward(minutes=6)
    counter.confirms()
    assert counter.heading == "Booked"


def test_confirming_late_loses_to_whoever_took_it_meanwhile(counter: Counter, world: World, rig: Rig) -> None:
    counter.answers()
    wanted = counter.times()[0][1]
    counter.chooses(wanted)
    hold = counter.seen
    world.clock.forward(minutes=6)
    Counter.open(rig, user="gareth.lloyd").answers(BOB.value).books(wanted)
    counter.seen = hold
    counter.confirms()
    assert counter.seen.status_code == 409 and "Nothing was booked" in counter.says


def test_every_fault_of_the_form_is_said_at_once(counter: Counter, world: World) -> None:
    counter.answers().chooses(counter.times()[0][1]).confirms(description="", patient_told="", phone="12")
    assert counter.seen.status_code == 422
    for said in ("Enter a reason for the appointment.", "Enter a telephone number", "then tick the box"):
        assert counter.says.count(said) == 2, said
    assert world.network.diary(HOST).appointments == ()


def test_a_telephone_appointment_wants_the_number_to_ring(counter: Counter, world: World) -> None:
    world.clinic(starts=TONIGHT + timedelta(days=1), channel=DeliveryChannel.TELEPHONE)
    world.see()
    counter.answers().goes_to("/search?when=tomorrow&channel=telephone").chooses(counter.times()[0][1])
    assert "Number the clinician will ring" in counter.says
    counter.confirms(phone="")
    assert "Enter the number to ring" in counter.says
    counter.confirms()
    assert "will ring you on Wednesday the 25th of November" in counter.says


def test_a_second_booking_that_day_wants_a_reason(counter: Counter) -> None:
    first = counter.answers().books(counter.times()[0][1])
    counter.goes_to("/search?when=tonight").chooses(counter.times()[-1][1]).confirms()
    assert "already has a booking that day" in counter.says and first.spoken in counter.says
    counter.confirms(clash_reason="Blood test and review")
    assert counter.heading == "Booked"
    counter.goes_to(f"/bookings/{counter.ref.value}")
    assert "Blood test and review" in counter.says


def test_no_answer_is_in_doubt_until_the_host_is_asked_again(counter: Counter, world: World) -> None:
    world.network.script(HOST).inject("book", Mishap.NO_ANSWER_AFTER_COMMIT)
    counter.answers().chooses(counter.times()[0][1]).confirms()
    assert counter.heading == "We do not know yet" and "Do not book this again" in counter.says
    ref = counter.ref
    assert world.sweep(seconds=20) == 1
    assert counter.goes_to(f"/bookings/{ref.value}/state").seen.headers["HX-Refresh"] == "true"
    assert counter.goes_to(f"/bookings/{ref.value}/outcome").heading == "Booked"
    assert len(world.network.diary(HOST).appointments) == 1


def test_a_host_that_cannot_be_reached_books_nothing_and_says_whom_to_ring(counter: Counter, world: World) -> None:
    counter.answers().chooses(counter.times()[0][1])
    world.network.script(HOST).inject("find_patient", Mishap.UNREACHABLE)
    counter.confirms()
    assert counter.seen.status_code == 422
    assert "Nothing was booked." in counter.says and "Your hold stays" in counter.says
    counter.confirms()
    assert counter.heading == "Booked"


def test_a_host_that_refuses_shows_other_times(counter: Counter, world: World) -> None:
    counter.answers().chooses(counter.times()[0][1])
    world.network.script(HOST).inject("book", Mishap.REFUSED)
    counter.confirms()
    assert counter.heading == "Not booked" and "Nearest other times" in counter.says


def test_cancelling_takes_three_steps_and_reaches_the_host(counter: Counter, world: World) -> None:
    ref = counter.answers().books(counter.times()[0][1])
    counter.sends("/bookings/find", reference=ref.spoken.lower())
    counter.sends(f"/bookings/{ref.value}/cancel", reason="patient-asked")
    assert "Cancelled" in counter.heading
    (there,) = world.network.diary(HOST).appointments
    assert there.status is AppointmentStatus.CANCELLED
    assert "Still to come" not in counter.says and "The patient asked" in counter.says


def test_a_cancellation_the_host_does_not_answer_is_kept_and_said(counter: Counter, world: World) -> None:
    ref = counter.answers().books(counter.times()[0][1])
    world.network.script(HOST).inject("cancel", Mishap.UNREACHABLE)
    counter.sends(f"/bookings/{ref.value}/cancel", reason="patient-asked")
    assert "has not confirmed the cancellation yet" in counter.says
    world.sweep(minutes=2)
    assert "Cancelled" in counter.goes_to(f"/bookings/{ref.value}").heading


def test_moving_keeps_the_old_until_the_new_is_firm(counter: Counter, world: World) -> None:
    old = counter.answers().books(counter.times()[0][1])
    counter.sends(f"/bookings/{old.value}/move")
    assert f"You are moving booking {old.spoken}" in counter.says
    counter.chooses(counter.times()[-1][1])
    assert "Move to this time" in counter.says
    counter.confirms()
    assert counter.heading == "Booked" and f"This replaces booking {old.spoken}" in counter.says
    new = counter.ref
    assert world.state(old) is BookingState.CANCELLED and world.state(new) is BookingState.BOOKED
    assert "Moved to another time" in counter.goes_to(f"/bookings/{old.value}").says


def test_none_names_the_next_one_that_fits(counter: Counter, world: World) -> None:
    counter.answers().goes_to("/search?when=weekend")
    assert counter.says.count("Nothing free") == 1
    world.clinic(starts=TONIGHT + timedelta(days=6))
    world.see(stretch="far")
    counter.goes_to("/search?when=weekend")
    assert "The next one that fits is Monday 30 November, 6.30pm:" in counter.says


def test_why_a_practice_cannot_be_seen(counter: Counter, world: World) -> None:
    world.suspend()
    counter.answers()
    assert "is suspended" in counter.says or "Nothing free" in counter.says
    assert "The agreement DSA-1 v1 with" in counter.goes_to(f"/practices/why?host={HOST}").says


def test_the_host_sees_who_comes_tonight(counter: Counter, world: World, rig: Rig) -> None:
    counter.answers().books(counter.times()[0][1])
    there = Counter.open(rig, practice=HOST, user="joan.pritchard").goes_to("/tonight")
    assert "EXAMPLE, Ann" in there.says and "999 000 0018" in there.says and "1 patient booked" in there.says
    elsewhere = Counter.open(rig, practice=OTHER, user="bob").goes_to("/tonight")
    assert "EXAMPLE" not in elsewhere.says


def test_the_host_has_a_copy_of_tonights_list_without_anybody_opening_it(
    counter: Counter, world: World, rig: Rig, tmp_path: Path
) -> None:
    counter.answers().books(counter.times()[0][1])
    Counter.open(rig, practice=HOST, user="joan.pritchard").goes_to("/bookings")
    copy = LastCopies(tmp_path, rig.hub.config.secret_key).read(HOST)
    assert copy is not None and [line.patient for line in copy.lines] == ["EXAMPLE, Ann"]
    told = world.ledger(act="list.copied")[-1]
    assert (told.via, told.user_id, told.user_role) == ("job", "joan.pritchard", "system")
    assert (told.acting_for, told.host_ods, told.detail["lines"]) == (HOST.value, HOST.value, 1)
    assert "job" not in [look.via for look in world.ledger(act="booking.viewed")], "nobody looked"


def test_what_no_machine_can_settle_waits_for_a_person_who_settles_it(counter: Counter, world: World, rig: Rig) -> None:
    world.network.script(HOST).inject("book", Mishap.NO_ANSWER_BEFORE_COMMIT)
    world.network.script(HOST).inject("find_booking", Mishap.UNREACHABLE, times=50)
    counter.answers().chooses(counter.times()[0][1]).confirms()
    ref = counter.ref
    world.sweep(hours=5)
    assert world.attention()
    counter = Counter.open(rig).goes_to("/to-settle")  # the evening is long: the first session is locked by now
    assert "1 waiting" in counter.says and ref.spoken in counter.says
    counter.sends(f"/bookings/{ref.value}/settle", was_booked="no", why="Rang Jo there, nothing in the diary")
    assert "Not booked" in counter.heading and "Rang Jo there" in counter.says
    assert "Nothing needs attention" in counter.goes_to("/to-settle").says


def test_a_doubt_is_in_the_menu_at_once_and_one_that_failed_asks_for_the_patient_to_be_rung(
    counter: Counter, world: World, rig: Rig
) -> None:
    world.network.script(HOST).inject("book", Mishap.NO_ANSWER_BEFORE_COMMIT)
    counter.goes_to("/to-settle").answers().chooses(counter.times()[0][1]).confirms()
    ref = counter.ref
    counter.goes_to("/to-settle")
    assert "Needs attention 1 waiting" in counter.says and "still finding out" in counter.says
    assert ref.spoken in counter.says
    for _ in range(4):
        world.sweep(minutes=4)
    counter = Counter.open(rig).goes_to("/to-settle")
    assert "Ring the patient: it was not booked" in counter.says and ref.spoken in counter.says
    assert "Needs attention 1 waiting" in counter.says
    counter.goes_to(f"/bookings/{ref.value}")
    assert "Somebody must ring" not in counter.says and "The hub" in counter.says


def test_a_booking_of_other_practices_is_nobodys_business(counter: Counter, rig: Rig) -> None:
    ref = counter.answers().books(counter.times()[0][1])
    stranger = Counter.open(rig, practice=OTHER, user="bob")
    for address in (f"/bookings/{ref.value}", f"/bookings/{ref.value}/outcome", f"/bookings/{ref.value}/cancel"):
        stranger.goes_to(address)
        assert stranger.seen.status_code == 404 and "EXAMPLE" not in stranger.seen.text
    stranger.sends(f"/bookings/{ref.value}/cancel", reason="patient-asked")
    assert stranger.seen.status_code in (404, 422)


def test_a_cancellation_nobody_confirms_is_settled_by_a_call(counter: Counter, world: World, rig: Rig) -> None:
    ref = counter.answers().books(counter.times()[0][1])
    world.network.script(HOST).inject("cancel", Mishap.UNREACHABLE, times=50)
    counter.sends(f"/bookings/{ref.value}/cancel", reason="patient-asked")
    for _ in range(12):
        world.sweep(minutes=1)
    counter = Counter.open(rig).goes_to("/to-settle")
    assert "The practice has not confirmed the cancellation" in counter.says
    assert "Do they have the appointment?" in counter.says
    counter.sends(f"/bookings/{ref.value}/settle", was_booked="no", why="Rang Jo: it is out of their diary")
    assert "Cancelled" in counter.heading and "Rang Jo" in counter.says
    assert "Nothing needs attention" in counter.goes_to("/to-settle").says


def test_a_ghost_is_settled_by_a_call(counter: Counter, world: World, rig: Rig) -> None:
    script = world.network.script(HOST)
    script.inject("book", Mishap.NO_ANSWER_BEFORE_COMMIT)
    counter.answers().chooses(counter.times()[0][1]).confirms()
    ref = counter.ref
    for _ in range(4):
        world.sweep(minutes=4)
    assert world.state(ref) is BookingState.REFUSED
    (sent,) = [call.argument for call in script.calls if call.method == "book"]
    assert isinstance(sent, BookingRequest)
    world.network.diary(HOST).book(sent)  # what was asked for arrives after all
    world.sweep(hours=1)
    counter = Counter.open(rig).goes_to("/to-settle")
    assert "The practice holds an appointment the hub gave up" in counter.says and ref.spoken in counter.says
    counter.sends(f"/bookings/{ref.value}/settle", was_booked="yes", why="")
    assert counter.seen.status_code == 422 and "Say how you know" in counter.says
    counter.sends(f"/bookings/{ref.value}/settle", was_booked="yes", why="Rang Ann: she keeps it")
    assert "Booked" in counter.heading and "Rang Ann" in counter.says
    assert "Nothing needs attention" in counter.goes_to("/to-settle").says


def test_a_manager_compares_a_hosts_diary(counter: Counter, world: World, rig: Rig) -> None:
    counter.answers().books(counter.times()[0][1])
    (there,) = world.network.diary(HOST).appointments
    world.network.diary(HOST).cancel_locally(there.receipt.appointment_id)
    manager = Counter.open(rig, role=UserRole.PRACTICE_MANAGER, user="helen")
    manager.sends(f"/practices/{HOST}/check")
    assert "1 difference found" in manager.says and "has cancelled this appointment" in manager.says
    assert "The practice cancelled this appointment" in counter.goes_to("/to-settle").says


def test_agreements_name_the_clauses_in_force(counter: Counter) -> None:
    counter.goes_to("/agreements")
    assert "Extended access DSA-1 v1 In force" in counter.says
    counter.goes_to("/agreements/DSA-1/1")
    assert "Extended access In force" in counter.says
    assert "may book, change and cancel appointments at every other (for direct care)." in counter.says


def test_a_confirmed_hold_is_shown_as_the_booking_it_became(counter: Counter) -> None:
    counter.answers()
    ref = counter.books(counter.times()[0][1])
    counter.goes_to(f"/holds/{ref.value}")
    assert counter.heading == "Booked" and "EXAMPLE, Ann" in counter.says
    counter.goes_to(f"/holds/{ref.value}/book")
    assert counter.heading == "Booked"


def test_a_move_begins_with_what_the_old_booking_says(counter: Counter) -> None:
    counter.answers()
    old = counter.books(counter.times()[0][1], description="Knee pain", comment="Deaf in the left ear")
    counter.sends(f"/bookings/{old.value}/move").chooses(counter.times()[0][1])
    assert "Knee pain" in counter.seen.text and "Deaf in the left ear" in counter.seen.text
    assert "Move to" in counter.heading
    counter.confirms(description="Knee pain", clash_reason="")
    assert f"This replaces booking {old.spoken}, which is cancelled." in counter.says


def test_what_the_host_no_longer_shows_is_rung_about_and_then_said(counter: Counter, world: World) -> None:
    ref = counter.answers().books("6.30pm")
    world.network.diary(HOST).lose_locally(world.network.diary(HOST).appointments[0].receipt.appointment_id)
    following.follow_due(world.desk, at_once=1)
    page = counter.goes_to(f"/bookings/{ref.value}")
    assert "Not at the practice" in page.says and f"Practice {HOST} no longer shows this appointment" in page.says
    page = counter.goes_to("/to-settle")
    assert "The practice no longer shows this appointment" in page.says and "Do they have the appointment?" in page.says
    counter.sends(f"/bookings/{ref.value}/settle", was_booked="no", why="Rang Jo there")
    assert counter.heading.startswith(f"Booking {ref.spoken}") and "Cancelled" in counter.says
    assert "Rita Reception: Rang Jo there" in counter.says
    assert world.state(ref) is BookingState.CANCELLED
    assert "Nothing needs attention" in counter.goes_to("/to-settle").says


def test_what_the_host_cancels_is_on_the_booking_and_the_list_until_the_patient_was_told(
    counter: Counter, world: World
) -> None:
    ref = counter.answers().books("6.30pm")
    world.network.diary(HOST).cancel_locally(world.network.diary(HOST).appointments[0].receipt.appointment_id)
    following.follow_due(world.desk, at_once=1)
    page = counter.goes_to(f"/bookings/{ref.value}")
    assert "cancelled this in its own system. The hub found it at" in page.says
    assert "Tell the patient, and offer another time." in page.says
    (item,) = world.attention()
    assert "The practice cancelled this appointment" in counter.goes_to("/to-settle").says
    counter.sends(f"/to-settle/{item.id}", settlement="Rang her, booked Thursday")
    assert "What was done: Rang her, booked Thursday" in counter.goes_to(f"/bookings/{ref.value}").says
