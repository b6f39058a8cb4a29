"""What a host cannot do to the hub: fill its memory, hold it for ever, or lead it elsewhere; and what clocks may do."""

import gzip
import socket
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta

import pytest

from connectors.emis.system import PROFILE
from connectors.faults import Garbled, NoAnswer, Refused, SlotGone
from connectors.line import Ask, Line, LineSettings
from connectors.standard import over
from gp_connect import audit_token, bundles, outcomes, slots
from gp_connect.organisations import Organisation
from gp_connect.slots import Includes
from gp_connect.spine_codes import BAD_REQUEST
from tests.connectors.people import ALEX, HOST, RECEPTIONIST
from tests.connectors.stub_server import Behaviour, StubServer, answer, drop, reset
from tests.connectors.test_emis_wire import MADE, NOW, RECEIPT, REQUEST, SLOT, link_to, wire
from vocabulary.appointments import CancellationReason
from vocabulary.times import FixedClock, Window

MEGABYTE = 1024 * 1024
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n"


def endless(piece: bytes, *, head: bytes, times: int) -> Behaviour:
    """An answer of many equal pieces, as long as somebody takes them."""

    def behave(connection: socket.socket) -> bool:
        connection.sendall(head)
        for _ in range(times):
            connection.sendall(piece)
        return False

    return behave


def bomb(megabytes: int) -> bytes:
    """Zeros, packed about a thousand to one."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(megabytes)) + packer.flush()


def peak(behaviour: Behaviour) -> float:
    """The most memory, in megabytes, that an answer which is far too long costs; it is Garbled."""
    with StubServer([behaviour]) as server:
        line = Line(server.url, name="L81001", settings=LineSettings(tries=1, largest_answer=2 * MEGABYTE))
        tracemalloc.start()
        try:
            with pytest.raises(Garbled, match="far too long"):
                line.ask(Ask("GET", "/Slot", "/Slot"), trace_id="t")
            return tracemalloc.get_traced_memory()[1] / MEGABYTE
        finally:
            tracemalloc.stop()


def test_a_reply_of_a_hundred_megabytes_ends_early_with_little_memory() -> None:
    head = HEAD + f"Content-Length: {100 * MEGABYTE}\r\n\r\n".encode()
    assert peak(endless(b" " * MEGABYTE, head=head, times=100)) < 12
    chunk = b"100000\r\n" + b" " * MEGABYTE + b"\r\n"
    assert peak(endless(chunk, head=HEAD + b"Transfer-Encoding: chunked\r\n\r\n", times=100)) < 12


@pytest.mark.parametrize("layers", [1, 2])
def test_a_gzip_bomb_ends_early_with_little_memory(layers: int) -> None:
    packed = bomb(400)
    encoding = "gzip"
    if layers == 2:
        packed, encoding = gzip.compress(packed), "gzip, gzip"
    assert peak(answer(packed, headers=f"Content-Encoding: {encoding}\r\n")) < 12


def test_a_redirect_is_never_followed_for_any_kind_of_call() -> None:
    with StubServer([answer({}, status=200)]) as elsewhere:
        for status in (301, 302, 303, 307, 308):
            moved = answer(b"", status=status, headers=f"Location: {elsewhere.url}/x\r\n")
            with StubServer([moved]) as server:
                system = over(PROFILE, link_to(server), RECEPTIONIST, clock=FixedClock(NOW))
                with pytest.raises(Garbled):
                    system.find_patient(ALEX.nhs_number)
                with pytest.raises(Garbled):
                    system.book(REQUEST)
        assert elsewhere.connections == 0


@pytest.mark.parametrize("loss", [drop, reset], ids=["hung up", "reset"])
@pytest.mark.parametrize("committed", [True, False], ids=["after it booked", "before it booked"])
def test_a_lost_answer_is_unknown_and_a_look_tells(loss: Behaviour, committed: bool) -> None:
    looked = answer(bundles.searchset([wire(MADE)] if committed else []))
    with StubServer([loss, looked]) as server:
        system = over(PROFILE, link_to(server), RECEPTIONIST, clock=FixedClock(NOW))
        with pytest.raises(NoAnswer):
            system.book(REQUEST)
        found = system.find_booking(REQUEST)
        assert (found is not None) is committed
        assert [seen.line.split()[0] for seen in server.seen] == ["POST", "GET"]


def test_a_cancellation_lost_on_the_way_is_safe_to_repeat() -> None:
    with StubServer([answer(wire(MADE)), reset, answer(wire(MADE)), answer(b"", status=200)]) as server:
        system = over(PROFILE, link_to(server), RECEPTIONIST, clock=FixedClock(NOW))
        with pytest.raises(NoAnswer):
            system.cancel(RECEIPT, CancellationReason.PATIENT_ASKED)
        assert system.cancel(RECEIPT, CancellationReason.PATIENT_ASKED).appointment_id == RECEIPT.appointment_id


@pytest.mark.parametrize("skew", [timedelta(minutes=-10), timedelta(), timedelta(minutes=10)])
def test_a_token_is_dated_by_our_clock_and_lives_five_minutes_whatever_the_hosts_says(skew: timedelta) -> None:
    ours = NOW + skew
    with StubServer([answer(outcomes.write(BAD_REQUEST, "the token has expired"), status=400)]) as server:
        system = over(PROFILE, link_to(server), RECEPTIONIST, clock=FixedClock(ours))
        with pytest.raises(Refused) as caught:
            system.find_patient(ALEX.nhs_number)
        token = audit_token.read(server.seen[0].header("Authorization").removeprefix("Bearer "))
    assert (token.issued, token.expires) == (ours, ours + timedelta(minutes=5))
    assert caught.value.mended_by == "whoever runs the hub"  # a wrong clock is ours to set


@pytest.mark.parametrize(
    ("first", "days", "start", "end"),
    [
        (datetime(2026, 3, 28, 12, tzinfo=UTC), 2, "2026-03-28T12:00:00+00:00", "2026-03-30T13:00:00+01:00"),
        (datetime(2026, 10, 24, 11, tzinfo=UTC), 2, "2026-10-24T12:00:00+01:00", "2026-10-26T11:00:00+00:00"),
    ],
    ids=["spring", "autumn"],
)
def test_a_search_over_a_clock_change_names_each_end_with_its_own_offset(
    first: datetime, days: int, start: str, end: str
) -> None:
    with StubServer([answer(bundles.searchset([]))]) as server:
        system = over(PROFILE, link_to(server), RECEPTIONIST, clock=FixedClock(first))
        system.free_slots(Window(first, first + timedelta(days=days)))
        query = server.seen[0].line.replace("%3A", ":").replace("%2B", "+")
    assert f"start=ge{start}" in query
    assert f"end=le{end}" in query


@pytest.mark.parametrize(
    "sunday", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)], ids=["spring", "autumn"]
)
def test_slots_through_both_clock_changes_keep_their_length_and_their_order(sunday: datetime) -> None:
    hours = [sunday + timedelta(minutes=30 * number) for number in range(8)]
    found = [
        SLOT.__class__(
            HOST,
            f"slot-{number}",
            Window(at, at + timedelta(minutes=30)),
            SLOT.channel,
            SLOT.slot_type,
            SLOT.session,
        )
        for number, at in enumerate(hours)
    ]
    body = slots.write(found, Includes(Organisation(HOST, "Test Surgery", host_id="1")))
    with StubServer([answer(body)]) as server:
        system = over(PROFILE, link_to(server), RECEPTIONIST, clock=FixedClock(sunday - timedelta(hours=1)))
        shown = system.free_slots(Window(sunday, sunday + timedelta(hours=4)))
    assert [slot.window for slot in shown] == [slot.window for slot in found]


def test_a_conflict_is_not_a_lost_answer() -> None:
    with StubServer([answer(outcomes.write(BAD_REQUEST), status=409)]) as server:
        with pytest.raises(SlotGone):
            over(PROFILE, link_to(server), RECEPTIONIST, clock=FixedClock(NOW)).book(REQUEST)
