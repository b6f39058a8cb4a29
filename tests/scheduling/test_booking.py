"""The main path: search, hold, book, cancel, move, against an in-process host."""

from dataclasses import replace
from datetime import date

import pytest

from connectors.mock.script import Mishap
from scheduling import booking, cancelling, clashing, holding, views
from scheduling.commands import CancelBooking, TakeHold
from scheduling.problems import (
    BookingUnknown,
    HoldLost,
    InvalidBooking,
    NotBookable,
    PatientClash,
    PatientDiffers,
    PatientNotFound,
    WrongState,
)
from scheduling.results import Recheck
from sharing_agreements.problems import NotPermitted
from tests.scheduling.world import ANN, BOB, HOME, HOST, OTHER, World, caller, patient
from vocabulary.appointments import AppointmentStatus, BookingState, CancellationReason
from vocabulary.identifiers import NHSNumber
from vocabulary.people import UserRole

pytestmark = pytest.mark.database


def test_a_slot_of_a_neighbour_is_booked_and_both_systems_agree(world: World) -> None:
    slots = world.clinic()
    world.sync()
    found = world.book(comment="Prefers to stand")
    assert found.state is BookingState.BOOKED
    assert found.facts.host == HOST
    (there,) = world.network.diary(HOST).appointments
    assert there.receipt.appointment_id == found.host_reference
    assert there.slot_ids == (slots[0].host_id,)
    assert there.comment == f"[{found.ref.spoken}] Prefers to stand"
    assert there.booked_by == HOME
    assert world.acts()[-6:] == [
        "slots.searched",
        "permit.book",
        "hold.taken",
        "permit.book",
        "booking.requested",
        "booking.booked",
    ]
    last = world.ledger()[-1]
    assert (last.nhs_number, last.agreement, last.clause, last.acting_for) == (ANN.value, "DSA-1 v1", "2.2", HOME.value)


def test_a_booked_slot_is_offered_to_nobody(world: World) -> None:
    world.clinic(slots=1)
    world.sync()
    world.book()
    assert world.offers() == ()
    assert world.offers(caller(OTHER)) == ()


def test_a_hold_is_checked_with_the_host(world: World) -> None:
    world.clinic()
    world.sync()
    held = world.hold()
    assert held.recheck is Recheck.FREE
    assert held.checked_at == world.clock.now()
    assert (held.expires_at - world.clock.now()).total_seconds() == 240


def test_a_hold_is_granted_though_the_host_cannot_be_asked(world: World) -> None:
    world.clinic()
    world.sync()
    world.network.script(HOST).inject("free_slots", Mishap.UNREACHABLE)
    held = world.hold()
    assert held.recheck is Recheck.COULD_NOT_CHECK
    assert "did not answer in time" in held.recheck_words


def test_a_second_click_is_the_same_booking(world: World) -> None:
    world.clinic()
    world.sync()
    held = world.hold()
    first = booking.book(world.desk, world.form(held.ref), caller())
    again = booking.book(world.desk, world.form(held.ref), caller())
    assert again == first
    assert len(world.network.diary(HOST).appointments) == 1


def test_a_used_hold_does_not_book_another_patient(world: World) -> None:
    world.clinic()
    world.sync()
    held = world.hold()
    booking.book(world.desk, world.form(held.ref), caller())
    with pytest.raises(WrongState):
        booking.book(world.desk, world.form(held.ref, nhs_number=BOB), caller())


def test_another_practice_cannot_read_the_booking(world: World) -> None:
    world.clinic()
    world.sync()
    found = world.book()
    with pytest.raises(BookingUnknown):
        views.booking(world.desk, found.ref, caller(OTHER))
    assert views.booking(world.desk, found.ref, caller(HOST)).ref == found.ref


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"description": "  "}, "description"),
        ({"description": "x" * 101}, "description"),
        ({"comment": "x" * 489}, "comment"),
        ({"phone": "ring her mum"}, "phone"),
        ({"patient_told": False}, "patient_told"),
    ],
)
def test_a_faulty_form_is_refused_and_the_hold_stays(world: World, change: dict[str, object], field: str) -> None:
    world.clinic()
    world.sync()
    held = world.hold()
    with pytest.raises(InvalidBooking) as refused:
        booking.book(world.desk, world.form(held.ref, **change), caller())
    assert refused.value.field == field
    assert booking.book(world.desk, world.form(held.ref), caller()).state is BookingState.BOOKED


def test_every_fault_of_a_form_is_told_at_once(world: World) -> None:
    world.clinic()
    world.sync()
    held = world.hold()
    with pytest.raises(InvalidBooking) as refused:
        booking.book(world.desk, world.form(held.ref, description="", patient_told=False), caller())
    assert [refused.value.field, *(other.field for other in refused.value.others)] == ["description", "patient_told"]


def test_the_longest_texts_arrive_whole(world: World) -> None:
    world.clinic()
    world.sync()
    found = world.book(description="d" * 100, comment="c" * 488)
    (there,) = world.network.diary(HOST).appointments
    assert there.comment == f"[{found.ref.spoken}] " + "c" * 488
    assert len(there.comment) == 500


def test_a_late_confirmation_works_if_nobody_overtook(world: World) -> None:
    world.clinic()
    world.sync()
    held = world.hold()
    world.clock.forward(minutes=20)
    assert booking.book(world.desk, world.form(held.ref), caller()).state is BookingState.BOOKED


def test_an_overtaken_hold_cannot_be_confirmed(world: World) -> None:
    world.clinic(slots=1)
    world.sync()
    held = world.hold()
    world.clock.forward(minutes=5)
    world.hold(caller(OTHER, user="olga"))
    with pytest.raises(HoldLost):
        booking.book(world.desk, world.form(held.ref), caller())
    assert world.network.diary(HOST).appointments == ()


def test_somebody_elses_hold_cannot_be_confirmed(world: World) -> None:
    world.clinic()
    world.sync()
    held = world.hold()
    with pytest.raises(HoldLost):
        booking.book(world.desk, world.form(held.ref), caller(user="eve"))


def test_a_restricted_patient_and_nobody_at_all_get_one_answer_and_nothing_is_sent(world: World) -> None:
    nobody, restricted = NHSNumber("9990000034"), NHSNumber("9990000042")
    world.network.tracing.add(patient(restricted), restricted=True)
    world.clinic()
    world.sync()
    answers = []
    for number in (nobody, restricted):
        with pytest.raises(PatientNotFound) as refused:
            world.book(nhs_number=number)
        answers.append((refused.value.code, refused.value.message, refused.value.next_step))
    assert answers[0] == answers[1]
    assert "0117 4960199" in answers[0][2] and "restrict" not in f"{answers}".lower()
    assert world.network.diary(HOST).appointments == ()
    accounted = world.ledger(act="booking.not-asked")
    assert [(event.reason, event.nhs_number) for event in accounted] == [
        ("patient-not-found", nobody.value),
        ("patient-not-found", restricted.value),
    ]


def test_nobody_is_booked_who_died_or_whom_nobody_knows(world: World) -> None:
    dead = NHSNumber("9990000034")
    world.network.tracing.add(patient(dead), deceased=True)
    world.clinic()
    world.sync()
    with pytest.raises(NotBookable, match="has died"):
        world.book(nhs_number=dead)
    with pytest.raises(PatientNotFound):
        booking.book(world.desk, world.form(world.hold().ref, nhs_number=NHSNumber("9990000042")), caller())


def test_a_superseded_number_is_not_booked(world: World) -> None:
    old, new = NHSNumber("9990000034"), NHSNumber("9990000042")
    world.network.tracing.add(patient(new), formerly=old)
    world.clinic()
    world.sync()
    with pytest.raises(NotBookable, match="replaced"):
        world.book(nhs_number=old)


def test_without_tracing_only_a_patient_the_host_knows_is_booked(world: World) -> None:
    world.clinic()
    world.sync()
    world.network.tracing.script.inject("trace", Mishap.UNREACHABLE, times=None)
    held = world.hold()
    with pytest.raises(NotBookable, match="not answering"):
        booking.book(world.desk, world.form(held.ref), caller())
    world.network.diary(HOST).add_patient(patient(ANN))
    found = booking.book(world.desk, world.form(held.ref), caller())
    assert found.state is BookingState.BOOKED
    assert found.home_practice is None


def test_another_birth_date_at_the_host_stops_the_booking(world: World) -> None:
    world.network.diary(HOST).add_patient(replace(patient(ANN), birth_date=date(1981, 2, 28)))
    world.clinic()
    world.sync()
    held = world.hold()
    with pytest.raises(PatientDiffers) as refused:
        booking.book(world.desk, world.form(held.ref, differences_seen=True), caller())
    assert refused.value.match.blocks


def test_another_name_at_the_host_is_shown_then_accepted(world: World) -> None:
    world.network.diary(HOST).add_patient(patient(ANN, family="Former"))
    world.clinic()
    world.sync()
    held = world.hold()
    with pytest.raises(PatientDiffers, match="family name"):
        booking.book(world.desk, world.form(held.ref), caller())
    assert booking.book(world.desk, world.form(held.ref, differences_seen=True), caller()).state is BookingState.BOOKED


def test_an_overlapping_booking_is_refused_whatever_the_reason(world: World) -> None:
    world.clinic()
    world.clinic(OTHER)
    world.sync()
    first = world.book()
    at_the_same_time = [offer.facts.window for offer in world.offers()].index(first.facts.window)
    with pytest.raises(PatientClash) as refused:
        world.book(index=at_the_same_time, clash_reason="Wants both")
    assert not refused.value.overridable


def test_a_clash_is_foreseen_as_confirming_would_meet_it_and_showing_it_is_accounted_for(world: World) -> None:
    world.clinic()
    world.see()
    world.network.script(HOST).inject("book", Mishap.NO_ANSWER_BEFORE_COMMIT)
    first = world.book()
    asked = (world.desk, first.facts.window, first.nhs_number, caller(HOST))
    clash = clashing.foreseen(*asked)
    assert clash is not None and "Nothing was booked" not in clash.message  # nobody has confirmed anything yet
    assert clash is not None and clash.other.ref == first.ref and not clash.overridable
    assert "not known yet" in clash.next_step and "try again once the hub knows" in clash.next_step
    assert world.ledger(act="booking.viewed")[-1].booking_ref == first.ref.value
    assert clashing.foreseen(*asked, replaces=first.ref) is None


def test_a_second_booking_the_same_day_needs_a_reason(world: World) -> None:
    world.clinic()
    world.sync()
    world.book()
    held = world.hold()
    with pytest.raises(PatientClash) as refused:
        booking.book(world.desk, world.form(held.ref), caller())
    assert refused.value.overridable
    found = booking.book(world.desk, world.form(held.ref, clash_reason="Blood test first"), caller())
    assert found.state is BookingState.BOOKED
    assert found.clash_reason == "Blood test first"


def test_without_an_agreement_nothing_is_held_and_the_refusal_is_accounted_for(world: World) -> None:
    world.clinic()
    world.sync()
    offer = world.offers()[0]
    world.suspend()
    assert world.offers() == ()
    with pytest.raises(NotPermitted, match="suspended"):
        holding.take(world.desk, TakeHold(offer.slot_ids), caller())
    last = world.ledger()[-1]
    assert (last.act, last.outcome, last.reason) == ("permit.book", "refused", "suspended")


def test_an_agreement_suspended_after_the_hold_stops_the_booking(world: World) -> None:
    world.clinic()
    world.sync()
    held = world.hold()
    world.suspend()
    with pytest.raises(NotPermitted):
        booking.book(world.desk, world.form(held.ref), caller())
    assert world.network.diary(HOST).appointments == ()


def test_cancelling_frees_the_slot_at_both(world: World) -> None:
    slots = world.clinic(slots=1)
    world.sync()
    found = world.book()
    gone = cancelling.cancel(world.desk, CancelBooking(found.ref, CancellationReason.PATIENT_ASKED), caller())
    assert gone.state is BookingState.CANCELLED
    assert world.network.diary(HOST).is_free(slots[0])
    (there,) = world.network.diary(HOST).appointments
    assert there.status is AppointmentStatus.CANCELLED
    assert len(world.offers()) == 1, "seen free by the re-read, so offered again at once"
    assert world.acts()[-4:-1] == ["permit.book", "booking.cancelling", "booking.cancelled"]


def test_cancelling_twice_is_cancelling(world: World) -> None:
    world.clinic()
    world.sync()
    found = world.book()
    command = CancelBooking(found.ref, CancellationReason.PATIENT_ASKED)
    assert cancelling.cancel(world.desk, command, caller()) == cancelling.cancel(world.desk, command, caller())


def test_the_host_may_cancel_and_a_stranger_may_not(world: World) -> None:
    world.clinic()
    world.sync()
    found = world.book()
    command = CancelBooking(found.ref, CancellationReason.PRACTICE_ASKED, note="Clinician ill")
    with pytest.raises(BookingUnknown):
        cancelling.cancel(world.desk, command, caller(OTHER))
    gone = cancelling.cancel(world.desk, command, caller(HOST, role=UserRole.PRACTICE_MANAGER))
    assert gone.state is BookingState.CANCELLED


def test_what_has_started_cannot_be_cancelled(world: World) -> None:
    world.clinic()
    world.sync()
    found = world.book()
    world.clock.forward(hours=5)
    with pytest.raises(WrongState, match="already started"):
        cancelling.cancel(world.desk, CancelBooking(found.ref, CancellationReason.PATIENT_ASKED), caller())


def test_a_move_wins_the_new_slot_before_the_old_is_let_go(world: World) -> None:
    slots = world.clinic()
    world.sync()
    old = world.book()
    new = world.book(replaces=old.ref)
    assert new.state is BookingState.BOOKED
    assert new.replaces == old.ref
    before = views.booking(world.desk, old.ref, caller())
    assert (before.state, before.cancel_reason, before.replaced_by) == (
        BookingState.CANCELLED,
        CancellationReason.MOVED,
        new.ref,
    )
    assert world.network.diary(HOST).is_free(slots[0])
    assert not world.network.diary(HOST).is_free(slots[1])


def test_a_refused_move_leaves_the_old_untouched(world: World) -> None:
    slots = world.clinic()
    world.sync()
    old = world.book()
    held = world.hold()
    world.network.script(HOST).interleave("book", lambda: world.network.diary(HOST).book_locally(slots[1]))
    new = booking.book(world.desk, world.form(held.ref, replaces=old.ref), caller())
    assert (new.state, new.refusal_code) == (BookingState.REFUSED, "slot-taken")
    assert views.booking(world.desk, old.ref, caller()).state is BookingState.BOOKED
    assert not world.network.diary(HOST).is_free(slots[0])


def test_a_move_is_for_the_same_patient(world: World) -> None:
    world.clinic()
    world.sync()
    old = world.book()
    with pytest.raises(WrongState, match="another patient"):
        world.book(replaces=old.ref, nhs_number=BOB)


def test_adjacent_slots_are_one_appointment(world: World) -> None:
    slots = world.clinic()
    world.sync()
    offer = world.offers(minutes=30)[0]
    assert len(offer.slot_ids) == 2
    held = holding.take(world.desk, TakeHold(offer.slot_ids), caller())
    found = booking.book(world.desk, world.form(held.ref), caller())
    assert found.facts.minutes == 30
    (there,) = world.network.diary(HOST).appointments
    assert there.slot_ids == (slots[0].host_id, slots[1].host_id)
