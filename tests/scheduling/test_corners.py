"""What happens between two steps of a booking or a cancellation: somebody else was quicker, or time went by."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import text

from connectors.faults import PatientUnknown
from connectors.mock.script import Mishap
from scheduling import booking, bookings, cancelling, claims, drift, holding, resolving, seeing, visiting
from scheduling.commands import CancelBooking, TakeHold
from scheduling.problems import BookingUnknown, HoldLost, NotBookable, PatientClash, WrongState
from scheduling.results import BookingView
from scheduling.visiting import NoteVisit
from sharing_agreements.problems import NotPermitted
from storage.work import Tx
from tests.scheduling.agreeing import check_accounts, check_claims, check_hosts, live
from tests.scheduling.world import ANN, BOB, HOME, HOST, OTHER, TONIGHT, World, caller, patient
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import BookingRef, NHSNumber
from vocabulary.people import Caller
from vocabulary.times import Window
from vocabulary.visits import VisitStatus

pytestmark = pytest.mark.database


def _open(world: World, **more: object) -> None:
    world.clinic(**more)  # type: ignore[arg-type]
    world.see()


def _booked(world: World) -> BookingView:
    _open(world)
    return world.book()


def _cancel(world: World, ref: BookingRef, who: Caller | None = None) -> BookingView:
    return cancelling.cancel(world.desk, CancelBooking(ref, CancellationReason.PATIENT_ASKED), who or caller())


def _at_once(*acts: Callable[[], object]) -> list[object]:
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        start.wait(timeout=10)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def _does_not_know_the_patient() -> None:
    raise PatientUnknown("No such patient.", code="PATIENT_NOT_FOUND", status=404)


# Booking


def test_an_appointment_that_began_during_the_call_is_not_booked(world: World) -> None:
    _open(world)
    held = world.hold()
    world.clock.at = TONIGHT
    with pytest.raises(NotBookable, match="already started"):
        booking.book(world.desk, world.form(held.ref), caller())
    assert world.network.diary(HOST).appointments == ()


def test_a_hold_overtaken_while_the_patient_was_looked_up_books_nothing(world: World) -> None:
    _open(world, slots=1)
    held = world.hold()

    def meanwhile() -> None:
        world.clock.forward(minutes=5)
        world.hold(caller(user="olga"))

    world.network.script(HOST).interleave("find_patient", meanwhile)
    with pytest.raises(HoldLost):
        booking.book(world.desk, world.form(held.ref), caller())
    assert world.network.diary(HOST).appointments == ()
    assert world.state(held.ref) is None


def test_the_same_form_sent_twice_at_once_is_one_booking(world: World) -> None:
    _open(world)
    form = world.form(world.hold().ref)
    found = _at_once(*[lambda: booking.book(world.desk, form, caller()) for _ in range(3)])
    assert {view.ref for view in found if isinstance(view, BookingView)} == {form.ref}
    assert len(found) == 3
    assert len(live(world)) == 1
    check_accounts(world)
    check_hosts(world)


def test_two_tabs_cannot_book_one_patient_twice_at_one_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _open(world)
    world.clinic(OTHER)
    world.see(host=OTHER)
    times = world.offers()
    same = [offer for offer in times if offer.facts.window == times[0].facts.window]
    assert len(same) == 2
    confirm = claims.confirm

    def slowly(tx: Tx, ref: BookingRef) -> None:
        time.sleep(0.2)  # the other tab has all the time it needs to pass the clash check, if it can
        confirm(tx, ref)

    monkeypatch.setattr(claims, "confirm", slowly)
    forms = [world.form(holding.take(world.desk, TakeHold(offer.slot_ids), caller()).ref) for offer in same]

    def send(number: int) -> bool:
        try:
            return booking.book(world.desk, forms[number], caller()).state is BookingState.BOOKED
        except PatientClash:
            return False

    assert sorted(map(str, _at_once(lambda: send(0), lambda: send(1)))) == ["False", "True"]
    assert len(live(world, HOST)) + len(live(world, OTHER)) == 1
    check_hosts(world)


def test_a_reference_used_at_another_practice_is_not_told(world: World) -> None:
    found = _booked(world)
    with pytest.raises(BookingUnknown):
        booking.book(world.desk, world.form(found.ref), caller(OTHER))


def test_a_reference_nobody_holds_books_nothing(world: World) -> None:
    with pytest.raises(HoldLost):
        booking.book(world.desk, world.form(BookingRef.from_number(7)), caller())


def test_what_the_national_record_says_is_kept_with_the_booking(world: World) -> None:
    carol = NHSNumber("9990000034")
    world.network.tracing.add(
        patient(carol, given="Carol"), home_practice=OTHER, interpreter="Polish", access_needs=["step-free"]
    )
    _open(world)
    found = world.book(nhs_number=carol, phone="")
    assert (found.interpreter, found.access_needs, found.home_practice) == ("Polish", ("step-free",), OTHER)
    assert (found.given, found.birth_date, found.phone) == ("Carol", patient(carol).birth_date, "07700 900101")


def test_a_slot_the_host_had_given_away_is_no_longer_shown(world: World) -> None:
    slots = world.clinic(slots=2)
    world.see()
    held = world.hold()
    world.network.diary(HOST).book_locally(slots[0])
    assert booking.book(world.desk, world.form(held.ref), caller()).refusal_code == "slot-taken"
    assert [offer.facts.window for offer in world.offers()] == [slots[1].window]


def test_a_slot_whose_host_refused_it_is_offered_again_only_once_it_is_seen_free_anew(world: World) -> None:
    slots = world.clinic(slots=2)
    world.see()
    world.network.script(HOST).inject("book", Mishap.REFUSED)
    assert world.book().state is BookingState.REFUSED
    assert [offer.facts.window for offer in world.offers()] == [slots[1].window]
    world.clock.forward(minutes=1)
    world.see()
    assert [offer.facts.window for offer in world.offers()] == [slot.window for slot in slots]


def test_an_answer_to_a_question_sent_before_the_refusal_does_not_bring_the_slot_back(world: World) -> None:
    slots = world.clinic(slots=2)
    world.see()
    asked_at = world.clock.now()
    world.clock.forward(seconds=20)
    world.network.script(HOST).inject("book", Mishap.REFUSED)
    assert world.book().state is BookingState.REFUSED
    window = Window(slots[0].window.start, slots[1].window.end)
    for sent_at, shown in ((asked_at, [slots[1].window]), (world.clock.now(), [slot.window for slot in slots])):
        with world.work.begin() as tx:
            assert seeing.write(tx, seeing.Observation(HOST, HOME, window, sent_at, slots))
        assert [offer.facts.window for offer in world.offers()] == shown


def test_a_slot_of_a_host_that_was_never_reached_stays_on_offer(world: World) -> None:
    world.clinic(slots=1)
    world.see()
    world.network.script(HOST).inject("book", Mishap.UNREACHABLE)
    assert world.book().state is BookingState.REFUSED
    assert len(world.offers()) == 1


def test_a_transition_outside_the_table_is_refused(world: World) -> None:
    found = _booked(world)
    with pytest.raises(RuntimeError, match="no transition from booked to refused"), world.work.begin() as tx:
        row = bookings.locked(tx, found.ref)
        assert row
        bookings.move_to(tx, row, BookingState.REFUSED, caller=caller(), at=world.clock.now())
    assert world.state(found.ref) is BookingState.BOOKED


# Cancelling


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (BookingState.REQUESTED, "being booked this moment"),
        (BookingState.IN_DOUBT, "still finding out"),
        (BookingState.REFUSED, "never booked"),
        (BookingState.ATTENDED, "has attended"),
        (BookingState.MISSED, "recorded as missed"),
    ],
)
def test_only_what_is_booked_is_cancelled(world: World, state: BookingState, words: str) -> None:
    found = _booked(world)
    with world.work.begin() as tx:
        tx.execute(text("UPDATE booking SET state = :state"), {"state": state.value})
    with pytest.raises(WrongState, match=words):
        _cancel(world, found.ref)
    assert world.state(found.ref) is state
    assert len(live(world)) == 1


def test_the_appointment_of_somebody_who_is_there_is_not_given_up(world: World) -> None:
    found = _booked(world)
    other = world.hold(index=1)
    world.clock.at = TONIGHT - timedelta(minutes=20)
    reception = caller(HOST, user="desk")
    here = visiting.note(world.desk, NoteVisit(found.ref, 0, status=VisitStatus.ARRIVED), reception)
    with pytest.raises(WrongState, match=r"down there as “Arrived” since 6\.10pm") as refused:
        _cancel(world, found.ref)
    assert "they take it back on their list" in refused.value.next_step
    with pytest.raises(WrongState, match=r"is at .* now"):
        booking.book(world.desk, world.form(other.ref, replaces=found.ref), caller())
    assert world.state(found.ref) is BookingState.BOOKED
    visiting.note(world.desk, NoteVisit(found.ref, here.last, undo=True), reception)
    _cancel(world, found.ref)
    assert world.state(found.ref) is BookingState.CANCELLED


def test_cancelled_by_two_at_once_it_is_cancelled_once(world: World) -> None:
    found = _booked(world)
    world.network.script(HOST).inject("cancel", Mishap.SLOW, times=None, seconds=0.03)
    _at_once(lambda: _cancel(world, found.ref), lambda: _cancel(world, found.ref, caller(HOST, user="harriet")))
    assert world.state(found.ref) is BookingState.CANCELLED
    assert world.acts().count("booking.cancelling") == world.acts().count("booking.cancelled") == 1
    check_accounts(world)
    check_hosts(world)


def test_what_the_host_had_cancelled_itself_is_cancelled(world: World) -> None:
    found = _booked(world)
    world.network.diary(HOST).cancel_locally(found.host_reference)
    assert _cancel(world, found.ref).state is BookingState.CANCELLED
    check_hosts(world)


def test_a_version_conflict_twice_over_is_left_to_the_next_round(world: World) -> None:
    found = _booked(world)
    world.network.script(HOST).inject("cancel", Mishap.SLOT_GONE, times=2)
    assert _cancel(world, found.ref).state is BookingState.CANCELLING
    world.sweep(seconds=60)
    assert world.state(found.ref) is BookingState.CANCELLED


@pytest.mark.parametrize("reopens", [True, False], ids=["freed there", "kept closed there"])
@pytest.mark.parametrize("answers", [True, False], ids=["read again", "not answering"])
def test_a_freed_slot_is_offered_only_once_it_is_seen_free(world: World, reopens: bool, answers: bool) -> None:
    world.network.diary(HOST).reopens_slots = reopens
    world.clinic(slots=1)
    world.see()
    world.see(who=OTHER)
    found = world.book()
    if not answers:
        world.network.script(HOST).inject("free_slots", Mishap.UNREACHABLE)
    assert _cancel(world, found.ref).state is BookingState.CANCELLED
    check_claims(world)
    assert len(world.offers()) == int(reopens and answers)
    assert world.offers(caller(OTHER)) == (), "nobody else has seen it free yet"
    for who in (HOME, OTHER):
        world.see(who=who)
        assert len(world.offers(caller(who))) == int(reopens)


def test_a_home_practice_without_an_agreement_of_its_own_cannot_reach_into_the_hosts_diary(world: World) -> None:
    with world.work.begin() as tx:
        for table in ("agreement_signature", "agreement_party"):
            tx.execute(text(f"DELETE FROM {table} WHERE ods = :home"), {"home": HOME.value})  # noqa: S608
    world.clinic()
    world.see(who=OTHER)
    found = world.book(caller(OTHER, user="otto"))
    with pytest.raises(NotPermitted):
        _cancel(world, found.ref)
    assert world.state(found.ref) is BookingState.BOOKED
    assert world.ledger()[-1].outcome == "refused"


# Looking


def test_a_patient_the_host_shows_no_more_says_nothing_about_their_booking(world: World) -> None:
    world.network.diary(HOST).add_patient(patient(ANN))
    _open(world)
    world.network.script(HOST).inject("book", Mishap.NO_ANSWER_AFTER_COMMIT)
    found = world.book()
    world.network.script(HOST).interleave("find_booking", _does_not_know_the_patient, times=None)
    for _ in range(5):
        world.sweep(minutes=3)
        assert world.state(found.ref) is BookingState.IN_DOUBT
    world.network.script(HOST).clear()
    world.sweep(minutes=10)
    assert world.state(found.ref) is BookingState.BOOKED


def test_nor_does_it_say_anything_in_a_drift_check(world: World) -> None:
    found = _booked(world)
    world.network.script(HOST).interleave("read", _does_not_know_the_patient)
    assert drift.check(world.desk, HOST).unanswered == 1
    assert world.attention() == []
    assert world.state(found.ref) is BookingState.BOOKED


def test_a_refused_booking_of_a_patient_the_host_never_knew_is_no_drift(world: World) -> None:
    _open(world)
    world.network.script(HOST).inject("register_patient", Mishap.REFUSED)
    assert world.book(nhs_number=BOB).state is BookingState.REFUSED
    report = drift.check(world.desk, HOST)
    assert (report.compared, report.unanswered, report.found) == (1, 0, ())


def test_a_look_left_over_on_a_settled_booking_is_dropped(world: World) -> None:
    found = _booked(world)
    with world.work.begin() as tx:
        tx.execute(text("UPDATE booking SET next_look_at = :at"), {"at": world.clock.now() - timedelta(seconds=1)})
    assert resolving.resolve(world.desk, found.ref) is True
    assert resolving.resolve(world.desk, found.ref) is False
    assert world.state(found.ref) is BookingState.BOOKED
