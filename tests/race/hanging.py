"""One host hangs while 32 clients book at the others: how much slower are they? `python -m tests.race.hanging`.

A measurement, not a test: it prints both 95th percentiles and their ratio, runs taken in turn.
"""

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median, quantiles

import requests
import structlog

from demo.supervisor import running_federation
from tests.race.field import PRACTICES, Field, clear_faults, data_folder, prepare

CLIENTS = 32
AT_THE_HANGING_ONE = 4
HANGING = PRACTICES[0]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=12.0, help="how long each run lasts")
    parser.add_argument("--rounds", type=int, default=3, help="how many pairs of runs")
    asked = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with data_folder() as data, running_federation(data, size="small", web_workers=4) as federation:
        field = prepare(federation, data)
        _measure(field, asked.seconds)  # warms every process up
        ratios = []
        for number in range(1, asked.rounds + 1):
            normal = _measure(field, asked.seconds)
            _hang(field)
            beside = _measure(field, asked.seconds, at_the_hanging_one=AT_THE_HANGING_ONE)
            clear_faults(field)
            time.sleep(3)
            ratios.append(beside / normal)
            sys.stdout.write(
                f"round {number}: p95 normal {normal:.0f} ms, beside a hanging host {beside:.0f} ms, "
                f"ratio {ratios[-1]:.2f}\n"
            )
        sys.stdout.write(f"median of the ratios {median(ratios):.2f} (aim: at most 1.5)\n")
    return 0


def _hang(field: Field) -> None:
    order = {"kind": "hang", "practice": HANGING.value, "seconds": 60}
    requests.post(f"{field.federation.simulator_url}/control/faults", json=order, timeout=10).raise_for_status()


def _measure(field: Field, seconds: float, *, at_the_hanging_one: int = 0) -> float:
    """The 95th percentile, in milliseconds, of hold-and-release at the hosts that answer."""
    deadline = time.monotonic() + seconds
    with ThreadPoolExecutor(CLIENTS + at_the_hanging_one) as pool:
        others = [pool.submit(_client, field, number, deadline, False) for number in range(CLIENTS)]
        for number in range(at_the_hanging_one):
            pool.submit(_client, field, 100 + number, deadline, True)
        times = [one for done in others for one in done.result()]
    return quantiles(times, n=20)[-1] * 1000


def _client(field: Field, number: int, deadline: float, at_the_hanging_one: bool) -> list[float]:
    """Hold a slot and let it go, again and again; how long each pair took. The re-check asks the host each time."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {field.token(number)}"
    root = f"{field.federation.hub_url}/api/v1"
    hosts = [HANGING.value] if at_the_hanging_one else [practice.value for practice in PRACTICES[1:]]
    query = {"from": field.start.isoformat(), "to": field.end.isoformat(), "limit": "100", "host": hosts}
    offers = session.get(f"{root}/slots", params=query, timeout=30).json()["offers"]
    times = []
    turn = number
    while time.monotonic() < deadline:
        turn += 1
        began = time.monotonic()
        held = session.post(f"{root}/holds", json={"slot_ids": offers[turn % len(offers)]["slot_ids"]}, timeout=60)
        if held.status_code == 201:
            session.delete(f"{root}/holds/{held.json()['ref']}", timeout=60)
        times.append(time.monotonic() - began)
    return times


if __name__ == "__main__":
    sys.exit(main())
