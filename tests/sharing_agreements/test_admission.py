"""The guard lets nobody ask a GP system without a permit that fits: host, scope, patient, booking, and not run out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from connectors.admission import FITTING, OF_ONE_PATIENT, TO_FIND_OUT, TO_GIVE_BACK, Act, NotAdmitted
from connectors.faults import Fault, Unreachable
from connectors.guard import GuardedSystem
from connectors.port import GPSystem
from scheduling.references import new_ref
from sharing_agreements import gate as gates
from sharing_agreements.gate import Permit
from sharing_agreements.terms import GivingBack, Why
from tests.connectors.people import Slip
from tests.scheduling.world import ANN, BOB, HOME, HOST, NOW, OTHER, World, caller, patient
from vocabulary.appointments import BookingRequest, CancellationReason, Receipt
from vocabulary.documents import RecordDocument
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Scope
from vocabulary.record_parts import Coded, Document
from vocabulary.records import DateRange, RecordQuery
from vocabulary.slots import Slot
from vocabulary.times import Window
from vocabulary.visits import VisitStatus

pytestmark = pytest.mark.database

REF = new_ref()
BOOKED = GivingBack("DSA-1 v1", made_by_asker=True)
ELSEWHERE = {"read_record", "find_documents", "read_document", "file_record", "report_status"}  # no permit to book's
LISTED = Document(id="DocumentReference/1", what=Coded("Letter"), binary_id="1")
DOCUMENT = RecordDocument(
    uuid4(), ANN, "Example", "Ann", date(1980, 2, 29), "Visit summary", "Dr G", HOME, "Practice", "", NOW, (("A", "b"),)
)


def request(slot: Slot, *, host: OdsCode = HOST) -> BookingRequest:
    return BookingRequest(
        ref=REF,
        host=host,
        slots=(slot,),
        nhs_number=ANN,
        patient_host_id="1",
        booking_practice=HOME,
        booking_practice_name="Practice",
        booking_practice_phone="",
        description="Review",
        comment="",
        created=NOW,
    )


def every_call(system: GPSystem, slot: Slot, *, host: OdsCode = HOST) -> dict[str, Callable[[], object]]:
    """Each method of the port once, by its name in the table."""
    asked, receipt = request(slot, host=host), Receipt(host, "1")
    return {
        "free_slots": lambda: system.free_slots(Window(NOW, NOW + timedelta(days=1))),
        "find_patient": lambda: system.find_patient(ANN),
        "read_patient": lambda: system.read_patient("1"),  # type: ignore[attr-defined]
        "register_patient": lambda: system.register_patient(patient(ANN)),
        "book": lambda: system.book(asked),
        "find_booking": lambda: system.find_booking(asked),
        "read": lambda: system.read(receipt),
        "amend": lambda: system.amend(receipt, description="x", comment=""),
        "cancel": lambda: system.cancel(receipt, CancellationReason.MOVED),
        "report_status": lambda: system.report_status(receipt, VisitStatus.ARRIVED, at=NOW),  # type: ignore[attr-defined]
        "read_record": lambda: system.read_record(ANN, RecordQuery.whole()),
        "find_documents": lambda: system.find_documents(ANN, DateRange()),  # type: ignore[attr-defined]
        "read_document": lambda: system.read_document(ANN, LISTED),  # type: ignore[attr-defined]
        "file_record": lambda: system.file_record(DOCUMENT),
        "find_practitioner": lambda: system.find_practitioner("G1"),  # type: ignore[attr-defined]
        "ping": lambda: system.ping(),
    }


def admitted(call: Callable[[], object]) -> bool:
    """Whether the guard lets it through; what the system behind makes of it is another matter."""
    try:
        call()
    except NotAdmitted:
        return False
    except Fault:
        return True
    return True


@pytest.fixture
def slot(world: World) -> Slot:
    return world.clinic(slots=1)[0]


def through(world: World, permit: Permit, slot: Slot, **more: OdsCode) -> set[str]:
    """The methods that this permit opens."""
    system = world.desk.connect(permit)
    return {name for name, call in every_call(system, slot, **more).items() if admitted(call)}


def test_the_table_knows_every_method_that_reaches_a_host() -> None:
    methods = {name for name in vars(GuardedSystem) if not name.startswith("_")}
    assert methods - {"capabilities", "describe", "system", "permit", "guard"} == set(FITTING)
    assert set(FITTING) >= OF_ONE_PATIENT | TO_GIVE_BACK
    assert {"cancel"} == TO_GIVE_BACK - TO_FIND_OUT


def test_a_permit_to_book_opens_what_booking_needs_for_its_patient(world: World, slot: Slot) -> None:
    permit = world.desk.gate.permit(caller(), HOST, Scope.BOOK, nhs_number=ANN, booking_ref=REF.value)
    assert through(world, permit, slot) == set(FITTING) - ELSEWHERE


def test_a_permit_to_send_opens_the_filing_of_a_document_about_its_patient_and_nothing_else(
    world: World, slot: Slot
) -> None:
    world.grant("send-task")
    permit = world.desk.gate.permit(caller(), HOST, Scope.SEND_TASK, nhs_number=ANN)
    assert through(world, permit, slot) == {"file_record", "ping"}
    other = world.desk.gate.permit(caller(), HOST, Scope.SEND_TASK, nhs_number=BOB)
    assert through(world, other, slot) == {"ping"}


def test_only_a_practices_own_staff_say_in_its_system_where_a_patient_is(world: World, slot: Slot) -> None:
    own = world.desk.gate.permit(caller(HOST), HOST, Scope.BOOK, nhs_number=ANN)
    assert "report_status" in through(world, own, slot)
    neighbours = world.desk.gate.permit(caller(), HOST, Scope.BOOK, nhs_number=ANN)
    assert "report_status" not in through(world, neighbours, slot)


def test_a_permit_to_see_slots_opens_no_patient(world: World, slot: Slot) -> None:
    permit = world.desk.gate.permit(caller(), HOST, Scope.SEE_SLOTS)
    assert through(world, permit, slot) == {"free_slots", "find_practitioner", "ping"}


@pytest.mark.parametrize("number", [BOB, None])
def test_a_permit_for_another_patient_or_for_none_opens_this_one_nowhere(
    world: World, slot: Slot, number: object
) -> None:
    permit = world.desk.gate.permit(caller(), HOST, Scope.BOOK, nhs_number=number)  # type: ignore[arg-type]
    assert not through(world, permit, slot) & OF_ONE_PATIENT


def test_a_permit_for_another_booking_does_not_fit(world: World, slot: Slot) -> None:
    permit = world.desk.gate.permit(caller(), HOST, Scope.BOOK, nhs_number=ANN, booking_ref=new_ref().value)
    assert not through(world, permit, slot) & {"book", "find_booking"}


def test_what_names_another_host_does_not_fit(world: World, slot: Slot) -> None:
    permit = world.desk.gate.permit(caller(), HOST, Scope.BOOK, nhs_number=ANN)
    of_another = {"book", "find_booking", "read", "amend", "cancel"}
    assert not through(world, permit, slot, host=OTHER) & of_another


@pytest.mark.parametrize(("finding_out", "opens"), [(True, TO_FIND_OUT), (False, TO_GIVE_BACK)])
def test_what_may_only_be_found_out_or_given_back_is_not_booked_anew(
    world: World, slot: Slot, finding_out: bool, opens: frozenset[str]
) -> None:
    world.suspend()
    given = replace(BOOKED, finding_out=finding_out)
    permit = world.desk.gate.permit(caller(), HOST, Scope.BOOK, nhs_number=ANN, gives_back=given)
    assert permit.decision.why is (Why.FINDING_OUT if finding_out else Why.GIVING_BACK)
    assert through(world, permit, slot) == opens


def test_a_permit_runs_out_and_the_host_is_surely_not_asked(world: World, slot: Slot) -> None:
    permit = world.desk.gate.permit(caller(), HOST, Scope.BOOK, nhs_number=ANN, booking_ref=REF.value)
    assert permit.until == NOW + gates.LIVES
    world.clock.at = permit.until - timedelta(microseconds=1)
    system = world.desk.connect(permit)
    assert system.free_slots(Window(world.clock.now(), world.clock.now() + timedelta(days=1)))
    asked = len(world.network.script(HOST).calls)
    world.clock.at = permit.until
    for name, call in every_call(system, slot).items():
        if name not in ELSEWHERE:
            with pytest.raises(Unreachable, match="not asked"):
                call()
    assert len(world.network.script(HOST).calls) == asked


def test_what_only_looks_like_a_permit_opens_nothing(world: World, slot: Slot) -> None:
    asked = len(world.network.script(HOST).calls)
    system = world.desk.connect(Slip(HOST, caller()))  # type: ignore[arg-type]
    assert [name for name, call in every_call(system, slot).items() if admitted(call)] == []
    assert len(world.network.script(HOST).calls) == asked


def test_the_timetables_permits_are_for_background_jobs_alone_and_name_who_switched_pooling_on(world: World) -> None:
    with world.work.begin() as tx, pytest.raises(ValueError, match="accounted for one by one"):
        world.desk.gate.for_timetable(tx, caller(), HOST)
    job = caller(role=UserRole.SYSTEM)
    with world.work.begin() as tx:
        permit = world.desk.gate.for_timetable(tx, job, HOST)
    assert permit is not None
    assert (permit.question.scope, permit.caller) == (Scope.SEE_SLOTS, job)
    assert world.ledger() == []
    with pytest.raises(NotAdmitted, match="to see-slots"):
        world.desk.gate.admit(permit, Act("book", HOST, ANN))
