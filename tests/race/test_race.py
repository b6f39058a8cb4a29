"""64 clients, 200 slots, four web workers, hosts that commit and say nothing, and three kills in the middle.

The oracle reads the hosts' own store: nothing is booked twice, nothing is lost, nothing stays in doubt.
"""

import logging
import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import pytest
import requests
from sqlalchemy import text

from demo.supervisor import Federation, running_federation
from tests.race.field import Field, clear_faults, data_folder, drop_lines, host_appointments, open_beside, prepare
from tests.race.racer import Racer

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("federation")]  # with a PostgreSQL of its own
_LOG = logging.getLogger(__name__)
CLIENTS = 64
SLOTS = 200
RESOLVING = 150.0  # seconds: an abandoned booking is found after 60, looked for four times, then refused


def test_nothing_is_booked_twice_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_LOOKS", "5,15,30,45")  # the usual schedule gives up after ten minutes
    with data_folder() as data, running_federation(data, size="small", web_workers=4) as federation:
        field = prepare(federation, data)
        drop_lines(field, 0.1)
        racers = [Racer(field, number) for number in range(CLIENTS)]
        deadline = time.monotonic() + 150
        troubles = [
            Thread(target=_front_desk, args=(field, deadline)),
            Thread(target=_kill, args=(federation,)),
        ]
        for trouble in troubles:
            trouble.start()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda racer: racer.run(deadline), racers))
        for trouble in troubles:
            trouble.join()
        clear_faults(field)
        federation.wait_ready()
        _await_settled(federation)
        _check(field, racers)


def _front_desk(field: Field, deadline: float) -> None:
    """Book eight of the slots at the hosts themselves, behind the hub's back."""
    desk = requests.Session()
    taken = 0
    while taken < 8 and time.monotonic() < deadline:
        host = f"Y9000{taken % 5 + 1}"
        url = f"{field.federation.simulator_url}/control"
        free = desk.get(f"{url}/slots", params={"practice": host, "status": "free"}, timeout=10).text.splitlines()
        ours = [
            line for line in map(_slot, free) if line["start"] >= field.start.isoformat()[:13] and _early(line, field)
        ]
        if not ours:
            return
        answer = desk.post(f"{url}/desk/{host}/book", json={"slot": ours[-1]["id"]}, timeout=10)
        taken += answer.ok
        time.sleep(0.5)


def _slot(line: str) -> dict[str, str]:
    return dict(requests.models.complexjson.loads(line))


def _early(slot: dict[str, str], field: Field) -> bool:
    return slot["start"][:10] == field.start.isoformat()[:10] and slot["start"][11:13] < "10"


def _kill(federation: Federation) -> None:
    """kill -9 a web worker, the job worker and PostgreSQL, a few seconds apart."""
    time.sleep(3)
    os.kill(federation.web_workers()[0], signal.SIGKILL)
    time.sleep(3)
    federation.kill("worker")
    time.sleep(3)
    federation.kill("database")


def _await_settled(federation: Federation) -> None:
    hub = open_beside(federation)
    waited = time.monotonic() + RESOLVING
    open_states = "SELECT count(*) FROM booking WHERE state IN ('requested', 'in-doubt', 'cancelling')"
    while time.monotonic() < waited:
        with hub.work.read() as tx:
            if tx.scalar(text(open_states)) == 0:
                break
        time.sleep(1)
    hub.work.engine.dispose()


def _check(field: Field, racers: list[Racer]) -> None:
    hub = open_beside(field.federation)
    with hub.work.read() as tx:
        rows = tx.execute(text("SELECT ref, state, appointment_id, host_ods, nhs_number FROM booking")).all()
        ledger = Counter(
            (row.booking_ref, row.act)
            for row in tx.execute(text("SELECT booking_ref, act FROM ledger_event WHERE act LIKE 'booking.%'"))
        )
    hub.work.engine.dispose()
    states = Counter(row.state for row in rows)
    lost = sum(racer.lost for racer in racers)
    _LOG.info("%s; lost attempts %s: %s", dict(states), lost, dict(field.lost))
    assert [failure for racer in racers for failure in racer.failures] == []
    assert states["requested"] + states["in-doubt"] + states["cancelling"] == 0
    there = [one for one in host_appointments(field) if one["status"] == "booked"]
    taken = Counter((one["practice"], slot) for one in there for slot in one["slots"])  # type: ignore[attr-defined]
    assert [key for key, times in taken.items() if times > 1] == [], "a slot was booked twice at its host"
    ours = {(row.host_ods, row.appointment_id): row for row in rows if row.state == "booked"}
    theirs = {(str(one["practice"]), str(one["id"])): one for one in there if str(one["comment"]).startswith("[")}
    assert ours.keys() == theirs.keys(), "each booked one is exactly one appointment at its host"
    for key, row in ours.items():
        assert theirs[key]["nhs_number"] == row.nhs_number
        assert str(theirs[key]["comment"]).startswith(f"[{row.ref[:4]}-{row.ref[4:]}]")
    for row in rows:
        assert ledger[(row.ref, "booking.requested")] == 1
        assert ledger[(row.ref, f"booking.{row.state}")] == 1
    told = {ref.replace("-", ""): state for racer in racers for ref, state in racer.told.items()}
    final = {row.ref: row.state for row in rows}
    assert {ref for ref, state in told.items() if state == "booked" and final[ref] != "booked"} == set()
    assert states["booked"] >= SLOTS - 12, "the slots were there to be booked"
    assert lost / states["booked"] < 1, "offers are spread: under one lost attempt a booking"
