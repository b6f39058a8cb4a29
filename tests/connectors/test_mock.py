"""The in-process twin: a diary that keeps a provider's rules, and faults that do what their names say."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.faults import Fault, Garbled, NoAnswer, PatientUnknown, Refused, SlotGone, Unreachable, Unsupported
from connectors.mock import Mishap, MockNetwork, create, network
from connectors.port import Capability, Link, ReadsFoundations
from tests.connectors.people import ALEX, BOOKING_PRACTICE, HOST, OUTSIDER, RECEPTIONIST, SAM, STRANGER, request_for
from vocabulary.appointments import AppointmentStatus, CancellationReason
from vocabulary.identifiers import BookingRef, NHSNumber
from vocabulary.slots import Practitioner
from vocabulary.times import FixedClock, Window

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
EVENING = datetime(2026, 1, 5, 18, 30, tzinfo=UTC)
WEEK = Window(NOW, NOW + timedelta(days=7))


@pytest.fixture
def outside() -> MockNetwork:
    return MockNetwork(clock=FixedClock(NOW))


def test_a_restricted_slot_is_shown_to_and_booked_by_its_practices_only(outside: MockNetwork) -> None:
    diary = outside.diary(HOST)
    patient = diary.add_patient(ALEX)
    (slot,) = diary.add_session("Evening GP", starts=EVENING, slots=1, only_for=[BOOKING_PRACTICE])
    assert outside.connect(HOST, RECEPTIONIST).free_slots(WEEK) == (slot,)
    outsider = outside.connect(HOST, OUTSIDER)
    assert outsider.free_slots(WEEK) == ()
    with pytest.raises(Refused):
        outsider.book(replace(request_for(slot, patient=patient), booking_practice=STRANGER))


def test_an_embargoed_slot_appears_when_its_time_comes() -> None:
    opens = NOW + timedelta(hours=1)
    shown = []
    for now in (opens - timedelta(seconds=1), opens):
        outside = MockNetwork(clock=FixedClock(now))
        outside.diary(HOST).add_session("Evening GP", starts=EVENING, slots=1, opens_at=opens)
        shown.append(len(outside.connect(HOST, RECEPTIONIST).free_slots(WEEK)))
    assert shown == [0, 1]


def test_only_one_of_many_threads_gets_the_slot(outside: MockNetwork) -> None:
    diary = outside.diary(HOST)
    patient = diary.add_patient(ALEX)
    (slot,) = diary.add_session("Evening GP", starts=EVENING, slots=1)

    def attempt(number: int) -> bool:
        try:
            outside.connect(HOST, RECEPTIONIST).book(
                request_for(slot, patient=patient, ref=BookingRef.from_number(number))
            )
        except SlotGone:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(32))) == 1
    assert len(diary.appointments) == 1


@pytest.mark.parametrize(
    ("mishap", "fault", "committed"),
    [
        (Mishap.UNREACHABLE, Unreachable, False),
        (Mishap.NO_ANSWER_BEFORE_COMMIT, NoAnswer, False),
        (Mishap.NO_ANSWER_AFTER_COMMIT, NoAnswer, True),
        (Mishap.REFUSED, Refused, False),
        (Mishap.SLOT_GONE, SlotGone, False),
        (Mishap.SLOT_GONE_AFTER_COMMIT, SlotGone, True),
        (Mishap.GARBLED_BEFORE_COMMIT, Garbled, False),
        (Mishap.GARBLED_AFTER_COMMIT, Garbled, True),
        (Mishap.UNSUPPORTED, Unsupported, False),
    ],
)
def test_each_mishap_tells_the_caller_one_thing_and_the_diary_another(
    outside: MockNetwork, mishap: Mishap, fault: type[Fault], committed: bool
) -> None:
    diary = outside.diary(HOST)
    (slot,) = diary.add_session("Evening GP", starts=EVENING, slots=1)
    request = request_for(slot, patient=diary.add_patient(ALEX))
    outside.script(HOST).inject("book", mishap)
    system = outside.connect(HOST, RECEPTIONIST)
    with pytest.raises(fault) as caught:
        system.book(request)
    assert type(caught.value) is fault
    found = system.find_booking(request)
    assert (found is not None) is committed
    assert diary.is_free(slot) is not committed


def test_a_fault_is_counted_and_may_be_for_some_calls_only(outside: MockNetwork) -> None:
    outside.diary(HOST)
    script = outside.script(HOST)
    script.inject("*", Mishap.UNREACHABLE, times=2, when=lambda call: call.caller.practice == BOOKING_PRACTICE)
    outside.connect(HOST, OUTSIDER).ping()
    for _ in range(2):
        with pytest.raises(Unreachable):
            outside.connect(HOST, RECEPTIONIST).ping()
    outside.connect(HOST, RECEPTIONIST).ping()
    script.inject("ping", Mishap.NO_ANSWER_BEFORE_COMMIT, times=None)
    script.clear()
    outside.connect(HOST, RECEPTIONIST).ping()
    assert [call.method for call in script.calls] == ["ping"] * 5


def test_the_front_desk_can_be_quicker_by_a_hair(outside: MockNetwork) -> None:
    diary = outside.diary(HOST)
    (slot,) = diary.add_session("Evening GP", starts=EVENING, slots=1)
    request = request_for(slot, patient=diary.add_patient(ALEX))
    outside.script(HOST).interleave("book", lambda: diary.book_locally(slot))
    system = outside.connect(HOST, RECEPTIONIST)
    with pytest.raises(SlotGone):
        system.book(request)
    assert system.find_booking(request) is None


def test_a_cancelled_session_takes_its_appointments_with_it(outside: MockNetwork) -> None:
    diary = outside.diary(HOST)
    first, _second = diary.add_session("Evening GP", starts=EVENING, slots=2)
    request = request_for(first, patient=diary.add_patient(ALEX))
    system = outside.connect(HOST, RECEPTIONIST)
    receipt = system.book(request)
    diary.remove_session(first.session)
    assert system.free_slots(WEEK) == ()
    assert system.read(receipt).status is AppointmentStatus.CANCELLED


def test_a_host_that_joins_its_texts_still_shows_our_reference(outside: MockNetwork) -> None:
    diary = outside.diary(HOST)
    diary.joins_texts = True
    (slot,) = diary.add_session("Evening GP", starts=EVENING, slots=1)
    patient = diary.add_patient(ALEX)
    request = request_for(slot, patient=patient, comment="Needs a ramp")
    system = outside.connect(HOST, RECEPTIONIST)
    receipt = system.book(request)
    changed = system.amend(receipt, description="Extended access appointment", comment="Needs a lift")
    found = system.find_booking(request)
    assert found is not None
    assert found.receipt == changed
    other = request_for(slot, patient=patient, ref=BookingRef.from_number(99))
    assert system.find_booking(other) is None


def test_a_stale_version_is_a_conflict_and_a_repeated_cancel_is_not(outside: MockNetwork) -> None:
    diary = outside.diary(HOST)
    (slot,) = diary.add_session("Evening GP", starts=EVENING, slots=1)
    system = outside.connect(HOST, RECEPTIONIST)
    receipt = system.book(request_for(slot, patient=diary.add_patient(ALEX)))
    system.amend(receipt, description="Changed", comment="")
    with pytest.raises(SlotGone):
        system.amend(receipt, description="Changed by somebody who had not seen that", comment="")
    done = system.cancel(receipt, CancellationReason.PATIENT_ASKED)
    assert system.cancel(receipt, CancellationReason.PATIENT_ASKED) == done
    assert diary.is_free(slot)


def test_what_a_host_cannot_do_is_unsupported(outside: MockNetwork) -> None:
    outside.diary(HOST)
    outside.limit(HOST, frozenset({Capability.FREE_SLOTS}))
    system = outside.connect(HOST, RECEPTIONIST)
    assert system.capabilities == {Capability.FREE_SLOTS}
    with pytest.raises(Unsupported):
        system.find_patient(ALEX.nhs_number)
    with pytest.raises(Unsupported, match="no connection to L81003"):
        outside.connect(STRANGER, RECEPTIONIST)


def test_the_registry_reaches_a_named_network() -> None:
    diary = network("named").diary(HOST)
    diary.add_patient(ALEX)
    system = create(Link(host=HOST, system="mock", address="named"), RECEPTIONIST)
    assert system.find_patient(ALEX.nhs_number).family == "Testcase"


def test_tracing_hides_a_restricted_persons_whereabouts(outside: MockNetwork) -> None:
    outside.tracing.add(ALEX, home_practice=BOOKING_PRACTICE, restricted=True)
    traced = outside.tracing.trace(ALEX.nhs_number, caller=RECEPTIONIST)
    assert traced.restricted
    assert traced.home_practice is None
    assert (traced.patient.postcode, traced.patient.phone, traced.patient.address) == ("", "", ())


def test_tracing_follows_a_superseded_number_and_searches_without_guessing(outside: MockNetwork) -> None:
    old = NHSNumber.parse("999 000 0034")
    outside.tracing.add(ALEX, home_practice=BOOKING_PRACTICE, formerly=old)
    outside.tracing.add(SAM, home_practice=BOOKING_PRACTICE)
    traced = outside.tracing.trace(old, caller=RECEPTIONIST)
    assert traced.superseded_by == ALEX.nhs_number
    assert traced.patient.nhs_number == ALEX.nhs_number
    both = outside.tracing.search(family="testcase", birth_date=ALEX.birth_date, caller=RECEPTIONIST)
    assert len(both) == 2
    one = outside.tracing.search(family="Testcase", given="SAM", birth_date=ALEX.birth_date, caller=RECEPTIONIST)
    assert [person.patient.given for person in one] == ["Sam"]
    with pytest.raises(PatientUnknown):
        outside.tracing.trace(NHSNumber.parse("999 000 0042"), caller=RECEPTIONIST)
    outside.tracing.script.inject("trace", Mishap.NO_ANSWER_BEFORE_COMMIT)
    with pytest.raises(NoAnswer):
        outside.tracing.trace(old, caller=RECEPTIONIST)


def test_a_patient_is_read_by_the_practices_own_id_unless_hidden(outside: MockNetwork) -> None:
    diary = outside.diary(HOST)
    alex, sam = diary.add_patient(ALEX), diary.add_patient(SAM, hidden=True)
    system = outside.connect(HOST, RECEPTIONIST)
    assert isinstance(system, ReadsFoundations)
    assert system.read_patient(alex.host_id) == alex
    for host_id in (sam.host_id, "nobody"):
        with pytest.raises(PatientUnknown):
            system.read_patient(host_id)


def test_a_practitioner_is_found_by_national_user_id(outside: MockNetwork) -> None:
    grace = Practitioner("p1", "Grace Example", sds_user_id="G11111116")
    outside.diary(HOST).add_session("Evening GP", starts=EVENING, practitioner=grace)
    system = outside.connect(HOST, RECEPTIONIST)
    assert isinstance(system, ReadsFoundations)
    assert system.find_practitioner("G11111116") == grace
    assert system.find_practitioner("G2") is None
    assert system.find_practitioner("") is None
