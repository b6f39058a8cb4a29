"""The line tells apart what surely did not happen, what may have, and what cannot be read, on real sockets."""

import json
import logging
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog.testing

from connectors.breaker import Breaker
from connectors.faults import Fault, Garbled, NoAnswer, Unreachable, Unsupported
from connectors.line import Ask, Line, LineSettings
from connectors.patience import within
from connectors.verdicts import Answer
from tests.connectors.stub_server import Behaviour, StubServer, answer, drop, hang, reset, trickle, zipped

QUICK = LineSettings(connect=0.3, silence=0.4, budget=0.8, largest_answer=100_000)
PATIENT_SEARCH = "identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C9990000018"
OUTCOME = {"resourceType": "OperationOutcome", "issue": []}
OK = {"resourceType": "Bundle"}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 1000\r\n\r\n"


def line_to(address: str, settings: LineSettings = QUICK, breaker: Callable[[], Breaker] = Breaker) -> Line:
    return Line(address, name="L81001", settings=settings, breaker=breaker)


def read(line: Line) -> Answer:
    params = (("identifier", "https://fhir.nhs.uk/Id/nhs-number|9990000018"),)
    return line.ask(Ask("GET", "/Patient", "/Patient", params=params), trace_id="trace-1")


def write(line: Line) -> Answer:
    body = {"resourceType": "Appointment"}
    return line.ask(Ask("POST", "/Appointment", "/Appointment", body=body, reads=False), trace_id="trace-1")


CASES: list[tuple[str, Behaviour, type[Fault]]] = [
    ("hangs up after reading", drop, NoAnswer),
    ("resets after reading", reset, NoAnswer),
    ("says nothing", hang(1.2), NoAnswer),
    ("trickles its body", trickle(b"{" + b" " * 999, start=HEAD), NoAnswer),
    ("trickles its headers", trickle(HEAD * 10), NoAnswer),
    ("stops half way", answer(b'{"resourceType":', claim=500, keep=False), NoAnswer),
    ("speaks something else", trickle(b"SSH-2.0-OpenSSH\r\n", every=0.0), NoAnswer),
    ("sends HTML", answer(b"<html>Welcome</html>", kind="text/html"), Garbled),
    ("sends HTML with 503", answer(b"<html>Busy</html>", status=503, kind="text/html"), Garbled),
    ("sends an empty 500", answer(b"", status=500), Garbled),
    ("sends an outcome with 500", answer(OUTCOME, status=500), Garbled),
    ("sends broken JSON", answer(b'{"resourceType": "Bun'), Garbled),
    ("sends a JSON list", answer(b"[1, 2]"), Garbled),
    ("sends nested nonsense", answer(b"[" * 50_000), Garbled),
    ("sends bytes that are no text", answer(b'{"a": "\xff\xfe"}'), Garbled),
    ("redirects", answer(b"", status=302, headers="Location: http://127.0.0.1:1/\r\n"), Garbled),
    ("timed out itself", answer(OUTCOME, status=408), Garbled),
    ("refuses without an outcome", answer({"error": "no"}, status=400), Garbled),
    ("sends broken gzip", answer(b"not gzip", headers="Content-Encoding: gzip\r\n"), Garbled),
    ("sends a gzip bomb", zipped(b" " * 50_000_000), Garbled),
    ("sends too much", answer(b" " * 200_000), Garbled),
]


@pytest.mark.parametrize(("behaviour", "fault"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
@pytest.mark.parametrize("call", [read, write])
def test_after_the_first_byte_nothing_is_called_unreachable(
    call: Any, behaviour: Behaviour, fault: type[Fault]
) -> None:
    with StubServer([behaviour]) as server:
        began = time.monotonic()
        with pytest.raises(Fault) as caught:
            call(line_to(server.url))
        assert isinstance(caught.value, fault), repr(caught.value.detail)
        assert time.monotonic() - began < 1.5
        if call is write:
            assert len(server.seen) == 1


def test_a_connection_dropped_before_anything_was_read_is_still_no_answer() -> None:
    def late(connection: socket.socket) -> bool:
        time.sleep(0.1)  # the request is on its way by now
        return reset(connection)

    with StubServer([late], read_first=False) as server, pytest.raises(NoAnswer):
        write(line_to(server.url))


@pytest.fixture
def full_queue() -> Iterator[str]:
    """A port on which connecting neither works nor fails: its queue of waiting connections is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
            waiting.append(client)
        time.sleep(0.05)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for client in waiting:
            client.close()


@pytest.mark.parametrize("call", [read, write])
def test_what_never_connected_is_unreachable(call: Any, full_queue: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{closed.getsockname()[1]}"
        for address in (refused, full_queue, "https://practice.invalid"):
            with pytest.raises(Unreachable):
                call(line_to(address))


def test_a_host_that_never_finishes_the_handshake_was_sent_nothing() -> None:
    with StubServer([hang(0.6)], read_first=False) as server, pytest.raises(Unreachable):
        write(line_to(server.url.replace("http:", "https:")))


def test_an_answer_and_a_proper_refusal_come_back_as_they_are() -> None:
    with StubServer([answer(OK), answer(OUTCOME, status=422), zipped(json.dumps(OK).encode())]) as server:
        line = line_to(server.url)
        answers = [read(line) for _ in range(3)]
        assert [(got.status, got.ok, got.body) for got in answers] == [
            (200, True, OK),
            (422, False, OUTCOME),
            (200, True, OK),
        ]
        assert server.connections == 1


def test_an_empty_success_is_an_answer() -> None:
    with StubServer([answer(b"", status=201, headers="Location: /Appointment/7/_history/1\r\n")]) as server:
        got = write(line_to(server.url))
        assert (got.ok, got.body, got.headers["Location"]) == (True, None, "/Appointment/7/_history/1")


@pytest.mark.parametrize("first", [drop, reset, answer(b"", status=503)])
def test_a_read_is_tried_again_with_a_new_trace_id_and_a_write_never(first: Behaviour) -> None:
    guids: list[str] = []

    def sign(guid: str) -> dict[str, str]:
        guids.append(guid)
        return {"Ssp-TraceID": guid}

    with StubServer([first, answer(OK)]) as server:
        line_to(server.url).ask(Ask("GET", "/metadata", "/metadata", sign=sign), trace_id="t")
        assert [seen.header("Ssp-TraceID") for seen in server.seen] == guids
        assert len(set(guids)) == 2
    with StubServer([first, answer(OK)]) as server:
        with pytest.raises((NoAnswer, Garbled)):
            write(line_to(server.url))
        assert len(server.seen) == 1


def test_a_garbled_success_is_not_asked_for_again() -> None:
    with StubServer([answer(b"<html>"), answer(OK)]) as server:
        with pytest.raises(Garbled):
            read(line_to(server.url))
        assert len(server.seen) == 1


def test_a_stale_kept_connection_costs_a_read_a_retry_and_a_write_nothing() -> None:
    def once(connection: socket.socket) -> bool:
        return answer(OK, keep=True)(connection)

    with StubServer([once, reset, once, once]) as server:
        line = line_to(server.url)
        read(line)  # connection 1, kept
        read(line)  # reset on connection 1 as a host does that closes idle ones; again on connection 2
        assert [seen.connection for seen in server.seen] == [1, 1, 2]
        write(line)  # never on a kept connection, whose closing could cross the booking
        assert server.seen[-1].connection == 3


def test_a_connection_the_host_has_closed_is_not_used_for_a_read() -> None:
    with StubServer([answer(OK, keep=False)]) as server:
        line = line_to(server.url, LineSettings(tries=1))
        for _ in range(3):
            read(line)
            time.sleep(0.02)
        assert server.connections == 3


def test_patience_shortens_every_budget() -> None:
    with StubServer([hang(0.7)]) as server:
        line = line_to(server.url, LineSettings(silence=5, budget=8))
        began = time.monotonic()
        with within(0.3), pytest.raises(NoAnswer):
            read(line)
        assert time.monotonic() - began < 0.6
        with within(0), pytest.raises(Unreachable):
            read(line)
        assert str(line.breaker().state) == "closed"


def test_the_breaker_rests_a_silent_line_and_only_a_read_probes_it() -> None:
    now = [100.0]
    breaker = Breaker(failures=2, rest=10, clock=lambda: now[0])
    settings = LineSettings(silence=0.3, budget=0.5, tries=1)
    with StubServer([drop, drop, drop, answer(OUTCOME, status=404), answer(OK)]) as server:
        line = line_to(server.url, settings, lambda: breaker)
        for _ in range(2):
            with pytest.raises(NoAnswer):
                read(line)
        assert str(line.breaker().state) == "open"
        with pytest.raises(Unreachable):
            read(line)
        now[0] += 10
        assert str(line.breaker().state) == "half-open"
        with pytest.raises(Unreachable):
            write(line)
        assert len(server.seen) == 2
        with pytest.raises(NoAnswer):
            read(line)
        assert breaker.rests_for == 20  # the probe failed: it rests twice as long
        now[0] += 20
        assert read(line).status == 404  # a refusal is a sign of life
        assert str(line.breaker().state) == "closed"
        assert write(line).ok


def test_only_one_probe_goes_out_at_a_time() -> None:
    now = [0.0]
    breaker = Breaker(failures=1, rest=1, clock=lambda: now[0])
    assert breaker.admit(may_probe=True)
    breaker.failed()
    now[0] = 1.0
    assert [breaker.admit(may_probe=True) for _ in range(3)] == [True, False, False]
    breaker.abandoned()
    assert breaker.admit(may_probe=True)
    breaker.succeeded()
    assert all(breaker.admit(may_probe=False) for _ in range(3))


def test_no_log_and_no_traceback_carries_the_url(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    odd = answer(OK, headers="no colon here\r\n")  # urllib3 warns of this with the whole URL
    with structlog.testing.capture_logs() as events:
        with StubServer([odd, drop]) as server:
            line = line_to(server.url)
            read(line)
            with pytest.raises(NoAnswer) as caught:
                read(line)
            assert PATIENT_SEARCH in server.seen[0].line
        with pytest.raises(Unreachable) as refused:
            read(line_to("http://127.0.0.1:9"))
    said = json.dumps(events) + caplog.text + repr(Ask("GET", "/Patient", "/Patient/9990000018"))
    assert "9990000018" not in said
    assert "127.0.0.1" not in said
    for fault in (caught.value, refused.value):
        assert fault.__cause__ is None
        assert fault.__context__ is None
    assert {"path": "/Patient", "trace_id": "trace-1", "outcome": "NoAnswer"}.items() <= events[1].items()


def test_cookies_are_not_kept_and_netrc_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with StubServer([answer(OK, headers="Set-Cookie: a=b\r\n")]) as server:
        line = line_to(server.url)
        read(line)
        read(line)
        assert [(seen.header("Cookie"), seen.header("Authorization")) for seen in server.seen] == [("", "")] * 2


@pytest.mark.parametrize("address", ["http://host.example", "ftp://127.0.0.1", "", "https://x/?a=b", "//x"])
def test_an_address_that_is_not_https_is_refused_in_plain_words(address: str) -> None:
    with pytest.raises(Unsupported, match="https://"):
        line_to(address)
