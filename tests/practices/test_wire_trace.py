"""The wire trace: noted without waiting, written beside the work, read by those who may, and gone after its time."""

import json
import time
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from connectors.emis.system import PROFILE
from connectors.faults import Refused
from connectors.guard import Guard
from connectors.standard import over
from connectors.witness import Exchanged, tell, watched
from gp_connect import bundles, interactions, outcomes, patients
from gp_connect.spine_codes import ACCESS_DENIED, DUPLICATE_REJECTED
from practices.admin import NotYourPractice
from practices.wire import reading
from practices.wire.models import WireExchangeRow
from practices.wire.reading import WireFilter
from practices.wire.recorder import AskedOfUs, Asker, WireTrace
from storage.work import Tx, Work, idle
from tests.connectors.people import ALEX, BOOKING_PRACTICE, HOST, RECEPTIONIST, Slip, admit_all
from tests.connectors.stub_server import StubServer, answer
from tests.connectors.test_emis_wire import PATIENT, link_to
from tests.practices.people import CLOCK, A
from tests.scheduling.world import MovableClock
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole

pytestmark = pytest.mark.database

MANAGER = replace(RECEPTIONIST, role=UserRole.PRACTICE_MANAGER)
ADMIN = replace(RECEPTIONIST, role=UserRole.FEDERATION_ADMIN)
SAID = Exchanged("find-patient", "foundations", "GET", "/Patient", 200, "ok", "", 12.5, 1, "trace-1", "guid-1")


@pytest.fixture
def recorder(work: Work) -> WireTrace:
    return WireTrace(work, CLOCK, days=14)


def rows(work: Work) -> list[WireExchangeRow]:
    with work.read() as tx:
        return list(tx.scalars(select(WireExchangeRow).order_by(WireExchangeRow.id)))


def test_a_call_is_traced_from_the_guard_to_the_page_and_names_no_patient(work: Work, recorder: WireTrace) -> None:
    found = bundles.searchset([patients.write(PATIENT, organisation_id="1")])
    denied = answer(outcomes.write(ACCESS_DENIED, "no, 9990000018"), status=403)
    with StubServer([answer(found), denied]) as server:
        guard = Guard(is_idle=idle, admit=admit_all, trace=recorder.note)
        connect = guard.connect(lambda _host, who: over(PROFILE, link_to(server), who, clock=CLOCK))
        system = connect(Slip(HOST))
        system.find_patient(ALEX.nhs_number)
        with pytest.raises(Refused):
            system.find_patient(ALEX.nhs_number)
    recorder.flush()
    newest, first = reading.exchanges(work, BOOKING_PRACTICE, WireFilter(), caller=MANAGER)
    assert (first.outcome, first.status, newest.outcome, newest.status) == ("ok", 200, "refused", 403)
    assert (first.host, first.booking_practice, first.who) == (HOST, BOOKING_PRACTICE, RECEPTIONIST.name)
    assert (first.interaction, first.message_set, first.trace_id) == ("find-patient", "foundations", "trace-1")
    assert server.seen[0].header("Ssp-TraceID") == first.request_id
    whole = reading.exchange(work, BOOKING_PRACTICE, newest.id, caller=MANAGER)
    assert whole is not None and whole.received is not None
    assert whole.params == (("identifier", "(hidden)"),)
    for row in rows(work):
        said = json.dumps([row.params, row.sent, row.received, row.detail, row.path])
        for planted in ("9990000018", "Testcase", "1980", "BS1", "p-1"):
            assert planted not in said


OF_US = AskedOfUs(
    HOST,
    Asker("Y90077", "ext-7", "Olu Outside", "918232000077 Other hub"),
    interactions.BOOK,
    "POST",
    409,
    "DUPLICATE_REJECTED",
    30.5,
    "trace-2",
    "guid-2",
    sent={"resourceType": "Appointment", "description": "planted", "status": "booked"},
    received=outcomes.write(DUPLICATE_REJECTED, "planted"),
)


def test_what_is_asked_of_the_hub_is_kept_for_the_host_and_for_the_practice_that_is_said_to_ask(
    work: Work, recorder: WireTrace
) -> None:
    recorder.note(HOST, RECEPTIONIST, SAID)
    recorder.note_asked_of_us(OF_US)
    recorder.flush()

    def listed(ods: OdsCode, of_us: bool | None) -> list[str]:
        found = reading.exchanges(work, ods, WireFilter(asked_of_us=of_us), caller=ADMIN)
        return [each.interaction for each in found]

    assert listed(HOST, None) == ["book", "find-patient"]
    assert (listed(HOST, True), listed(HOST, False)) == (["book"], ["find-patient"])
    assert listed(OdsCode("Y90077"), None) == ["book"]
    newest = reading.exchanges(work, HOST, WireFilter(), caller=ADMIN)[0]
    found = reading.exchange(work, HOST, newest.id, caller=ADMIN)
    assert found is not None and found.sent is not None and found.received is not None
    assert (found.asked_of_us, found.booking_practice, found.who) == (True, OdsCode("Y90077"), "Olu Outside")
    assert (found.system, found.outcome, found.status) == ("918232000077 Other hub", "refused", 409)
    assert (found.detail, found.ms, found.path) == ("DUPLICATE_REJECTED", 30.5, "/Appointment")
    assert found.sent["status"] == "booked"
    assert "planted" not in json.dumps([found.sent, found.received])


def test_what_an_asker_says_of_itself_is_no_way_in_for_a_patients_number(work: Work, recorder: WireTrace) -> None:
    planted = Asker("9990000018", "9990000018", "Pat 999 000 0018 / 9990000018", "07700900123")
    recorder.note_asked_of_us(replace(OF_US, asker=planted, interaction=None, status=400))
    recorder.note_asked_of_us(replace(OF_US, asker=Asker(), status=504))
    recorder.flush()
    silent, odd = reading.exchanges(work, HOST, WireFilter(), caller=ADMIN)
    assert (odd.booking_practice, odd.who, odd.system, odd.interaction) == (None, "(hidden)", "(hidden)", "unknown")
    assert (silent.booking_practice, silent.who, silent.outcome) == (None, "", "failed")
    (row, _) = rows(work)
    assert (row.sent, row.received) == (None, None), "nobody knows what stands in such a body"


@pytest.mark.parametrize("message_set", ["structured-record", "documents"])
def test_bodies_of_records_and_documents_are_never_kept(work: Work, recorder: WireTrace, message_set: str) -> None:
    body = {"resourceType": "Bundle", "type": "collection"}
    recorder.note(HOST, RECEPTIONIST, replace(SAID, message_set=message_set, sent=body, received=body))
    recorder.flush()
    (row,) = rows(work)
    assert (row.sent, row.received, row.status) == (None, None, 200)


def test_a_database_that_is_away_costs_lines_and_no_call() -> None:
    def nothing() -> Any:
        raise ConnectionError

    recorder = WireTrace(Work(nothing), CLOCK, days=14)
    recorder.note(HOST, RECEPTIONIST, SAID)
    recorder.flush()
    recorder.note(HOST, RECEPTIONIST, SAID)
    recorder.flush()


def test_noting_never_waits_and_what_is_too_much_is_dropped() -> None:
    def slow() -> Any:
        time.sleep(0.2)
        raise ConnectionError

    recorder = WireTrace(Work(slow), CLOCK, days=14)
    began = time.monotonic()
    for _ in range(1_500):
        recorder.note(HOST, RECEPTIONIST, SAID)
    assert time.monotonic() - began < 0.4
    assert recorder.dropped >= 400


def test_a_witness_that_fails_fails_nothing() -> None:
    def broken(_said: Exchanged) -> None:
        raise RuntimeError

    with watched(broken):
        tell(SAID)
    tell(SAID)


def test_what_one_booking_says_is_written_in_one_go(work: Work) -> None:
    opened: list[float] = []

    class Counted(Work):
        def begin(self) -> AbstractContextManager[Tx]:
            opened.append(time.monotonic())
            return super().begin()

    recorder = WireTrace(Counted(lambda: work.engine), CLOCK, days=14)
    for number in range(4):
        recorder.note(HOST, RECEPTIONIST, replace(SAID, request_id=f"guid-{number}"))
        time.sleep(0.03)
    assert opened == [], "the answer itself comes first"
    recorder.flush()
    assert len(opened) == 1
    assert [row.request_id for row in rows(work)] == [f"guid-{number}" for number in range(4)]


def test_with_no_days_nothing_is_kept(work: Work) -> None:
    recorder = WireTrace(work, CLOCK, days=0)
    recorder.note(HOST, RECEPTIONIST, SAID)
    recorder.flush()
    assert rows(work) == []


def test_what_is_past_its_time_goes_and_a_jobs_successes_after_two_hours(work: Work) -> None:
    clock = MovableClock(CLOCK.now())
    recorder = WireTrace(work, clock, days=14)
    job = replace(RECEPTIONIST, via="job")
    for who, outcome in ((RECEPTIONIST, "ok"), (job, "ok"), (job, "NoAnswer")):
        recorder.note(HOST, who, replace(SAID, outcome=outcome))
    recorder.flush()
    left = []
    for hours in (1, 3, 15 * 24):
        clock.at = CLOCK.now() + timedelta(hours=hours)
        recorder.tidy()
        left.append(len(rows(work)))
    assert left == [3, 2, 0]


def test_filters_and_pages(work: Work, recorder: WireTrace) -> None:
    for number in range(60):
        failed = number % 20 == 0
        recorder.note(
            HOST,
            RECEPTIONIST,
            replace(SAID, outcome="NoAnswer" if failed else "ok", trace_id=f"t{number}", interaction="book"),
        )
    recorder.note(HOST, RECEPTIONIST, SAID)
    recorder.flush()

    def found(**chosen: Any) -> list[str]:
        listed = reading.exchanges(work, HOST, WireFilter(**chosen), caller=ADMIN)
        return [each.trace_id for each in listed]

    assert len(found()) == 50
    oldest = reading.exchanges(work, HOST, WireFilter(), caller=ADMIN)[-1].id
    assert len(found(before=oldest)) == 11
    assert found(failed_only=True) == ["t40", "t20", "t0"]
    assert found(trace_id="t7") == ["t7"]
    assert found(interaction="find-patient") == ["trace-1"]


@pytest.mark.parametrize("caller", [RECEPTIONIST, MANAGER], ids=["a receptionist", "another practice's manager"])
def test_others_may_not_look(work: Work, caller: Caller) -> None:
    with pytest.raises(NotYourPractice):
        reading.exchanges(work, A, WireFilter(), caller=caller)
    with pytest.raises(NotYourPractice):
        reading.exchange(work, A, 1, caller=caller)


def test_an_exchange_of_others_is_not_shown_by_its_number(work: Work, recorder: WireTrace) -> None:
    recorder.note(HOST, RECEPTIONIST, SAID)
    recorder.flush()
    with work.read() as tx:
        number = tx.scalar(select(func.max(WireExchangeRow.id)))
    assert number is not None
    assert reading.exchange(work, A, number, caller=ADMIN) is None
    assert reading.exchange(work, HOST, number, caller=ADMIN) is not None
