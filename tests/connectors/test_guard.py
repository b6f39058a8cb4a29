"""The guard: never inside a transaction, nothing undeclared, two in flight a host, mistakes become "unknown"."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog.testing

from connectors.faults import Garbled, NoAnswer, PatientUnknown, Unreachable, Unsupported
from connectors.guard import CalledInsideTransaction, CallSeen, Guard
from connectors.mock import Mishap, MockNetwork
from connectors.patience import within
from connectors.port import Capability, GPSystem
from tests.connectors.people import ALEX, HOST, RECEPTIONIST, STRANGER, Slip, admit_all, request_for
from vocabulary.appointments import CancellationReason, Receipt
from vocabulary.times import FixedClock, Window

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
WEEK = Window(NOW, NOW + timedelta(days=7))


@pytest.fixture
def outside() -> MockNetwork:
    network = MockNetwork(clock=FixedClock(NOW))
    network.diary(HOST).add_session("Evening GP", starts=NOW + timedelta(hours=6))
    network.diary(STRANGER)
    return network


def ask_everything(system: GPSystem, outside: MockNetwork) -> dict[str, Any]:
    (first, second, *_) = outside.diary(HOST).free_slots(WEEK, practice=RECEPTIONIST.practice)
    request = request_for(first, patient=outside.diary(HOST).add_patient(ALEX))
    receipt = Receipt(HOST, "none")
    return {
        "free_slots": lambda: system.free_slots(WEEK),
        "find_patient": lambda: system.find_patient(ALEX.nhs_number),
        "read_patient": lambda: system.read_patient("1"),  # type: ignore[attr-defined]
        "find_practitioner": lambda: system.find_practitioner("G1"),  # type: ignore[attr-defined]
        "register_patient": lambda: system.register_patient(ALEX),
        "book": lambda: system.book(request),
        "book adjacent": lambda: system.book(request_for(first, second, patient=ALEX)),
        "find_booking": lambda: system.find_booking(request),
        "read": lambda: system.read(receipt),
        "amend": lambda: system.amend(receipt, description="x", comment=""),
        "cancel": lambda: system.cancel(receipt, CancellationReason.MOVED),
        "ping": lambda: system.ping(),
    }


def test_no_method_calls_out_while_a_transaction_is_open(outside: MockNetwork) -> None:
    guard = Guard(is_idle=lambda: False, admit=admit_all)
    system = guard.connect(outside.connect)(Slip(HOST))
    for name, ask in ask_everything(system, outside).items():
        with pytest.raises(CalledInsideTransaction, match=name.split()[0]):
            ask()
    tracing = guard.tracing(outside.tracing)
    with pytest.raises(CalledInsideTransaction):
        tracing.trace(ALEX.nhs_number, caller=RECEPTIONIST)
    with pytest.raises(CalledInsideTransaction):
        tracing.search(family="Testcase", birth_date=ALEX.birth_date, caller=RECEPTIONIST)
    assert outside.script(HOST).calls == ()
    assert outside.tracing.script.calls == ()


def test_an_undeclared_capability_is_never_asked_for(outside: MockNetwork) -> None:
    outside.limit(HOST, frozenset())
    system = Guard(is_idle=lambda: True, admit=admit_all).connect(outside.connect)(Slip(HOST))
    for name, ask in ask_everything(system, outside).items():
        if name not in ("ping", "find_practitioner"):
            with pytest.raises(Unsupported):
                ask()
    outside.limit(HOST, frozenset({Capability.BOOK}))
    system = Guard(is_idle=lambda: True, admit=admit_all).connect(outside.connect)(Slip(HOST))
    with pytest.raises(Unsupported):
        ask_everything(system, outside)["book adjacent"]()
    assert outside.script(HOST).calls == ()


def test_it_passes_everything_through_and_times_it(outside: MockNetwork) -> None:
    seen: list[CallSeen] = []
    guard = Guard(is_idle=lambda: True, admit=admit_all, observe=seen.append)
    system = guard.connect(outside.connect)(Slip(HOST))
    calls = ask_everything(system, outside)
    receipt = calls["book"]()
    assert calls["find_booking"]().receipt == receipt
    assert len(calls["free_slots"]()) == 3
    receipt = system.amend(receipt, description="New words", comment="")
    assert system.read(receipt).description == "New words"
    system.cancel(receipt, CancellationReason.MOVED)
    with pytest.raises(PatientUnknown):
        guard.tracing(outside.tracing).trace(ALEX.nhs_number, caller=RECEPTIONIST)
    assert [(call.method, call.outcome) for call in seen] == [
        ("book", "ok"),
        ("find_booking", "ok"),
        ("free_slots", "ok"),
        ("amend", "ok"),
        ("read", "ok"),
        ("cancel", "ok"),
        ("trace", "PatientUnknown"),
    ]
    assert all(call.seconds >= 0 for call in seen)


def test_two_calls_a_host_are_in_flight_and_other_hosts_do_not_wait(outside: MockNetwork) -> None:
    lock = threading.Lock()
    at_once = [0, 0]

    def busy() -> None:
        with lock:
            at_once[0] += 1
            at_once[1] = max(at_once)
        time.sleep(0.15)
        with lock:
            at_once[0] -= 1

    outside.script(HOST).interleave("ping", busy, times=None)
    guard = Guard(is_idle=lambda: True, admit=admit_all, wait=0.05)
    system = guard.connect(outside.connect)(Slip(HOST))
    other = guard.connect(outside.connect)(Slip(STRANGER))

    def ping(_: int) -> str:
        try:
            system.ping()
        except Unreachable as fault:
            return fault.detail
        return "ok"

    with ThreadPoolExecutor(6) as pool:
        answers = pool.map(ping, range(6))
        began = time.monotonic()
        other.ping()
        assert time.monotonic() - began < 0.1
        assert sorted(answers) == ["no place free"] * 4 + ["ok"] * 2
    assert at_once[1] == 2
    system.ping()  # every place was given back


def test_waiting_for_a_place_is_part_of_the_callers_patience(outside: MockNetwork) -> None:
    guard = Guard(is_idle=lambda: True, admit=admit_all, wait=30, in_flight=1)
    system = guard.connect(outside.connect)(Slip(HOST))
    began = time.monotonic()
    with guard.call(str(HOST), "held"), within(0.05), pytest.raises(Unreachable):
        system.ping()
    assert time.monotonic() - began < 1


def test_a_fault_gives_its_place_back(outside: MockNetwork) -> None:
    outside.script(HOST).inject("ping", Mishap.NO_ANSWER_BEFORE_COMMIT, times=5)
    system = Guard(is_idle=lambda: True, admit=admit_all, wait=0).connect(outside.connect)(Slip(HOST))
    for _ in range(5):
        with pytest.raises(NoAnswer):
            system.ping()
    system.ping()


def test_a_connectors_mistake_is_unknown_and_its_words_are_not_logged(outside: MockNetwork) -> None:
    def blunder() -> None:
        raise KeyError("9990000018 Testcase")

    outside.script(HOST).interleave("book", blunder)
    system = Guard(is_idle=lambda: True, admit=admit_all).connect(outside.connect)(Slip(HOST))
    with structlog.testing.capture_logs() as events, pytest.raises(Garbled) as caught:
        ask_everything(system, outside)["book"]()
    assert caught.value.detail == "KeyError"
    assert events[0]["kind"] == "KeyError"
    assert "Testcase" not in str(events)


def test_a_metric_that_fails_loses_no_booking(outside: MockNetwork) -> None:
    def broken(_: CallSeen) -> None:
        raise ZeroDivisionError

    system = Guard(is_idle=lambda: True, admit=admit_all, observe=broken).connect(outside.connect)(Slip(HOST))
    with structlog.testing.capture_logs():
        assert ask_everything(system, outside)["book"]().appointment_id
