"""What other systems are offered: free slots by who asks, patients at the host, bookings without a doubt in them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.mock.script import Mishap
from scheduling import at_host, booking, hosted, hosted_bookings, outright
from scheduling.commands import BookOutright
from scheduling.problems import (
    BookingUnknown,
    HostSlow,
    NotBookable,
    NotOffered,
    OutcomeUnknown,
    PatientKnown,
    PatientNotFound,
    PatientUnverified,
    SlotTaken,
    SlotUnknown,
    WrongState,
)
from sharing_agreements.problems import NotPermitted
from tests.scheduling.world import ANN, BOB, HOME, HOST, OTHER, World, caller, patient
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import Caller
from vocabulary.purposes import Scope
from vocabulary.slots import DeliveryChannel, Slot
from vocabulary.times import Window

pytestmark = pytest.mark.database
NEWER = NHSNumber("9990000034")


def consumer(practice: OdsCode = HOME, **more: object) -> Caller:
    return replace(caller(practice, user=f"fhir:{practice}:1"), via="fhir", **more)  # type: ignore[arg-type]


def week(world: World) -> Window:
    return Window(world.clock.now(), world.clock.now() + timedelta(days=7))


def shown(world: World, who: Caller | None = None, *, named: bool = True) -> list[str]:
    found = hosted.free_slots(world.desk, HOST, week(world), who or consumer(), named=named)
    return [slot.host_id for slot in found]


def asked(world: World, method: str = "free_slots") -> int:
    return sum(call.method == method for call in world.network.script(HOST).calls)


def outright_of(slot: Slot, patient_id: str, **more: str) -> BookOutright:
    return BookOutright(HOST, (slot.host_id,), patient_id, "Review", **more)


class TestFreeSlots:
    def test_the_pool_answers_while_it_is_fresh(self, world: World) -> None:
        slots = world.clinic()
        world.sync()
        before = asked(world)
        assert shown(world) == [slot.host_id for slot in slots]
        assert asked(world) == before
        assert world.ledger(act="slots.searched")[-1].host_ods == HOST.value

    def test_the_host_answers_where_the_pool_is_old_or_was_never_asked(self, world: World) -> None:
        slots = world.clinic()
        assert len(shown(world)) == len(slots)
        assert world.offers() == (), "nobody would ever ask again"
        world.sync()
        world.clock.forward(hours=1)
        before = asked(world)
        assert len(shown(world)) == len(slots)
        assert asked(world) == before + 1

    def test_a_host_that_does_not_answer_is_not_an_empty_diary(self, world: World) -> None:
        world.clinic()
        world.network.script(HOST).inject("free_slots", Mishap.NO_ANSWER_BEFORE_COMMIT)
        with pytest.raises(HostSlow):
            shown(world)

    def test_what_is_held_or_hidden_or_past_is_not_free(self, world: World) -> None:
        world.clinic(slots=2)
        world.sync()
        world.hold()
        assert len(shown(world)) == 1
        assert len(shown(world, consumer(organisation_type=""))) == 1
        world.clock.forward(days=1)
        assert shown(world) == []

    def test_restrictions_hold_by_who_asks(self, world: World) -> None:
        world.clinic(only_for=[OTHER])
        world.sync()
        assert shown(world) == []
        assert len(shown(world, consumer(OTHER))) == 4

    def test_without_an_agreement_or_a_name_nothing_is_there(self, world: World) -> None:
        world.clinic()
        world.sync()
        assert shown(world, named=False) == []
        assert shown(world, consumer(OdsCode("X99999"))) == []
        world.suspend()
        assert shown(world) == []
        assert [row.outcome for row in world.ledger(act="slots.searched")] == ["refused"] * 3

    def test_asking_as_another_kind_shows_the_pool_nothing(self, world: World) -> None:
        world.clinic()
        assert len(shown(world, consumer(organisation_type="urgent-care"))) == 4
        assert world.offers() == ()

    def test_a_practice_that_is_not_live_is_said_to_be_so(self, world: World) -> None:
        with pytest.raises(BookingUnknown):
            hosted.open_host(world.desk, OdsCode("X99999"))
        world.switch_off(HOST)
        with pytest.raises(NotOffered):
            hosted.open_host(world.desk, HOST)


class TestPatients:
    def test_find_and_read_by_id(self, world: World) -> None:
        ann = world.network.diary(HOST).add_patient(patient(ANN))
        host = hosted.open_host(world.desk, HOST)
        assert at_host.find(world.desk, host, ANN, consumer()) == ann
        assert at_host.read(world.desk, host, ann.host_id, consumer()) == ann
        assert at_host.find(world.desk, host, BOB, consumer()) is None
        with pytest.raises(PatientNotFound):
            at_host.read(world.desk, host, "nobody", consumer())
        assert world.acts().count("patient.shown") == 2

    @pytest.mark.parametrize("why", ["restricted", "deceased", "superseded"])
    def test_who_may_not_be_shown_looks_unknown(self, world: World, why: str) -> None:
        ann = world.network.diary(HOST).add_patient(patient(ANN))
        if why == "superseded":
            world.network.tracing.add(patient(NEWER), home_practice=HOME, formerly=ANN)
        else:
            world.network.tracing.add(patient(ANN), home_practice=HOME, **{why: True})  # type: ignore[arg-type]
        host = hosted.open_host(world.desk, HOST)
        assert at_host.find(world.desk, host, ANN, consumer()) is None
        with pytest.raises(PatientNotFound):
            at_host.read(world.desk, host, ann.host_id, consumer())
        assert "patient.shown" not in world.acts()

    def test_nobody_is_shown_while_tracing_is_down_for_they_may_be_restricted(self, world: World) -> None:
        world.network.diary(HOST).add_patient(patient(ANN))
        world.network.tracing.add(patient(ANN), home_practice=HOME, restricted=True)
        world.network.tracing.script.inject("trace", Mishap.UNREACHABLE)
        with pytest.raises(HostSlow):
            at_host.find(world.desk, hosted.open_host(world.desk, HOST), ANN, consumer())
        assert "patient.shown" not in world.acts()

    def test_no_agreement_no_patient(self, world: World) -> None:
        world.network.diary(HOST).add_patient(patient(ANN))
        world.suspend()
        with pytest.raises(NotPermitted):
            at_host.find(world.desk, hosted.open_host(world.desk, HOST), ANN, consumer())
        assert asked(world, "find_patient") == 0

    def test_register_once_as_the_national_record_has_them(self, world: World) -> None:
        host = hosted.open_host(world.desk, HOST)
        sent = replace(patient(ANN), family="Mistyped", phone="07700 900999")
        made = at_host.register(world.desk, host, sent, consumer())
        assert (made.family, made.phone) == ("Example", "07700 900999")
        assert made.host_id
        with pytest.raises(PatientKnown):
            at_host.register(world.desk, host, sent, consumer())
        assert world.acts().count("patient.registered") == 1

    def test_register_nobody_unverified(self, world: World) -> None:
        host = hosted.open_host(world.desk, HOST)
        wrong_day = replace(patient(ANN), birth_date=patient(ANN).birth_date - timedelta(days=1))
        stranger = replace(patient(ANN), nhs_number=NEWER)
        for sent in (wrong_day, stranger):
            with pytest.raises(PatientUnverified):
                at_host.register(world.desk, host, sent, consumer())
        world.network.tracing.add(patient(BOB, given="Bob"), home_practice=HOME, restricted=True)
        with pytest.raises(PatientUnverified):
            at_host.register(world.desk, host, patient(BOB, given="Bob"), consumer())
        world.network.tracing.add(patient(NEWER, given="Bob"), home_practice=HOME, formerly=BOB)
        with pytest.raises(NotBookable):
            at_host.register(world.desk, host, patient(BOB, given="Bob"), consumer())
        assert asked(world, "register_patient") == 0

    @pytest.mark.parametrize(
        ("mishap", "refusal"),
        [
            (Mishap.UNREACHABLE, HostSlow),
            (Mishap.NO_ANSWER_AFTER_COMMIT, OutcomeUnknown),
            (Mishap.GARBLED_BEFORE_COMMIT, OutcomeUnknown),
            (Mishap.SLOT_GONE, PatientKnown),
        ],
    )
    def test_registering_when_the_host_is_in_trouble(
        self, world: World, mishap: Mishap, refusal: type[Exception]
    ) -> None:
        world.network.script(HOST).inject("register_patient", mishap)
        with pytest.raises(refusal):
            at_host.register(world.desk, hosted.open_host(world.desk, HOST), patient(ANN), consumer())

    def test_nobody_is_registered_while_tracing_is_down(self, world: World) -> None:
        world.network.tracing.script.inject("trace", Mishap.UNREACHABLE)
        with pytest.raises(HostSlow):
            at_host.register(world.desk, hosted.open_host(world.desk, HOST), patient(ANN), consumer())


class TestOutright:
    def test_the_same_request_again_is_the_same_booking(self, world: World) -> None:
        (slot, *_) = world.clinic()
        ann = world.network.diary(HOST).add_patient(patient(ANN))
        world.see()
        host = hosted.open_host(world.desk, HOST)
        first = outright.book(world.desk, host, outright_of(slot, ann.host_id), consumer())
        again = outright.book(world.desk, host, outright_of(slot, ann.host_id), consumer())
        assert (first.state, again.ref) == ("booked", first.ref)
        assert len(world.network.diary(HOST).appointments) == 1
        with pytest.raises(SlotTaken):
            outright.book(world.desk, host, outright_of(slot, ann.host_id), consumer(trace_id="another-one"))

    def test_the_host_is_asked_for_the_patient_once_and_one_permit_serves_until_their_number_is_known(
        self, world: World
    ) -> None:
        (slot, *_) = world.clinic()
        ann = world.network.diary(HOST).add_patient(patient(ANN))
        world.see()
        host, before = hosted.open_host(world.desk, HOST), len(world.network.script(HOST).calls)
        made = outright.book(world.desk, host, outright_of(slot, ann.host_id), consumer())
        assert [call.method for call in world.network.script(HOST).calls][before:] == ["read_patient", "book"]
        permits = [row for row in world.ledger() if row.act.startswith("permit")]
        assert [(row.nhs_number, row.booking_ref) for row in permits] == [("", ""), (ANN.value, made.ref.value)]

    def test_a_request_that_does_not_fit_its_slots_asks_the_host_nothing(self, world: World) -> None:
        (slot, *_) = world.clinic()
        ann = world.network.diary(HOST).add_patient(patient(ANN))
        world.see()
        host, before = hosted.open_host(world.desk, HOST), len(world.network.script(HOST).calls)
        seen: list[Slot] = []

        def unfit(slots: Sequence[Slot]) -> None:
            seen.extend(slots)
            raise SlotTaken("")

        with pytest.raises(SlotTaken):
            outright.book(world.desk, host, outright_of(slot, ann.host_id), consumer(), check=unfit)
        assert [each.host_id for each in seen] == [slot.host_id]
        assert len(world.network.script(HOST).calls) == before
        with pytest.raises(NotPermitted):
            stranger = consumer(OdsCode("X99999"))
            outright.book(world.desk, host, outright_of(slot, ann.host_id), stranger, check=unfit)

    def test_a_slot_the_pool_never_showed_is_held_only_if_the_host_shows_it(self, world: World) -> None:
        (slot, kept) = world.clinic(slots=2)
        ann = world.network.diary(HOST).add_patient(patient(ANN))
        host = hosted.open_host(world.desk, HOST)
        with pytest.raises(SlotUnknown):
            outright.book(world.desk, host, outright_of(slot, ann.host_id), consumer())
        assert world.claimed() == {}
        who = consumer(organisation_type="urgent-care")
        assert len(shown(world, who)) == 2
        world.network.script(HOST).inject("free_slots", Mishap.NO_ANSWER_BEFORE_COMMIT, times=1)
        with pytest.raises(HostSlow):
            outright.book(world.desk, host, outright_of(slot, ann.host_id), who)
        assert world.claimed() == {}
        assert outright.book(world.desk, host, outright_of(slot, ann.host_id), who).state == "booked"
        world.network.diary(HOST).book_locally(kept)
        with pytest.raises(SlotTaken):
            outright.book(world.desk, host, outright_of(kept, ann.host_id), replace(who, trace_id="t2"))

    def test_many_of_one_user_at_one_slot_are_one_booking_and_none_a_mistake(self, world: World) -> None:
        (slot, *others) = world.clinic(slots=6)
        numbers = [ANN, BOB, *(NHSNumber(f"99900000{end}") for end in ("34", "42", "50"))]
        people = []
        for number in numbers:
            world.network.tracing.add(patient(number), home_practice=HOME)
            people.append(world.network.diary(HOST).add_patient(patient(number)).host_id)
        world.see()
        host = hosted.open_host(world.desk, HOST)

        def book(wanted: Slot, patient_id: str) -> object:
            try:
                return outright.book(world.desk, host, outright_of(wanted, patient_id), consumer()).state
            except SlotTaken as taken:
                return type(taken).code

        with ThreadPoolExecutor(len(people)) as pool:
            same = list(pool.map(lambda who: book(slot, who), people))
            apart = list(pool.map(book, others, people))
        assert sorted(str(one) for one in same) == ["booked", *["slot-taken"] * 4]
        assert apart == ["booked"] * 5

    def test_a_refusal_leaves_nothing_held(self, world: World) -> None:
        (slot, *_) = world.clinic()
        ann = world.network.diary(HOST).add_patient(patient(ANN))
        world.see()
        host = hosted.open_host(world.desk, HOST)
        world.network.tracing.add(patient(ANN), home_practice=HOME, deceased=True)
        with pytest.raises(NotBookable):
            outright.book(world.desk, host, outright_of(slot, ann.host_id), consumer())
        with pytest.raises(PatientNotFound):
            outright.book(world.desk, host, outright_of(slot, "nobody"), consumer())
        assert world.claimed() == {}

    def test_a_telephone_slot_needs_no_number_of_its_own(self, world: World) -> None:
        (slot, *_) = world.clinic(channel=DeliveryChannel.TELEPHONE)
        ann = world.network.diary(HOST).add_patient(patient(ANN, phone=""))
        world.see()
        made = outright.book(world.desk, hosted.open_host(world.desk, HOST), outright_of(slot, ann.host_id), consumer())
        assert made.state == "booked"


class TestBookings:
    def test_a_doubt_is_never_told_as_a_fact(self, world: World) -> None:
        (slot, *_) = world.clinic()
        ann = world.network.diary(HOST).add_patient(patient(ANN))
        world.see()
        host = hosted.open_host(world.desk, HOST)
        world.network.script(HOST).inject("book", Mishap.NO_ANSWER_AFTER_COMMIT)
        made = outright.book(world.desk, host, outright_of(slot, ann.host_id), consumer())
        assert made.state == "in-doubt"
        with pytest.raises(OutcomeUnknown):
            hosted_bookings.of_patient(world.desk, host, ann.host_id, week(world), consumer())
        with pytest.raises(OutcomeUnknown):
            hosted_bookings.one(world.desk, host, made.ref, consumer())
        world.clock.forward(seconds=20)
        (told,) = hosted_bookings.of_patient(world.desk, host, ann.host_id, week(world), consumer())
        assert (told.view.ref, told.view.state) == (made.ref, "booked")
        assert told.slots == (slot,)

    def test_only_those_with_a_part_in_it_are_told(self, world: World) -> None:
        (slot, *_) = world.clinic()
        ann = world.network.diary(HOST).add_patient(patient(ANN))
        world.see()
        host = hosted.open_host(world.desk, HOST)
        made = outright.book(world.desk, host, outright_of(slot, ann.host_id), consumer())
        assert hosted_bookings.of_patient(world.desk, host, ann.host_id, week(world), consumer(OTHER)) == ()
        with pytest.raises(BookingUnknown):
            hosted_bookings.one(world.desk, host, made.ref, consumer(OTHER))
        with pytest.raises(NotPermitted):
            hosted_bookings.one(world.desk, host, made.ref, consumer(OdsCode("X99999")))
        world.suspend()
        assert hosted_bookings.one(world.desk, host, made.ref, consumer()).view.ref == made.ref


def test_places_and_people_by_the_hosts_own_ids(world: World) -> None:
    (slot, *_) = world.clinic()
    world.see()
    there, elsewhere = (world.desk.gate.permit(consumer(), host, Scope.SEE_SLOTS) for host in (HOST, OTHER))
    assert hosted.location(world.desk, there, f"{HOST}-main") == slot.session.location
    assert hosted.practitioner(world.desk, there, f"{HOST}-gp") == slot.session.practitioner
    assert hosted.location(world.desk, elsewhere, f"{HOST}-main") is None
    assert hosted.practitioner(world.desk, there, "") is None
    assert hosted.find_practitioner(world.desk, there, "G1") is None


def test_one_hold_is_never_two_patients_booking(world: World) -> None:
    world.clinic()
    for number, given in ((ANN, "Ann"), (BOB, "Bob")):
        world.network.diary(HOST).add_patient(patient(number, given=given))
    world.see()
    ref = world.hold().ref
    quicker = []

    def book_bob() -> None:
        quicker.append(booking.book(world.desk, world.form(ref, nhs_number=BOB), caller()))

    world.network.script(HOST).interleave("find_patient", book_bob)
    with pytest.raises(WrongState):
        booking.book(world.desk, world.form(ref), caller())
    assert [view.state for view in quicker] == ["booked"]
    assert len(world.network.diary(HOST).appointments) == 1
