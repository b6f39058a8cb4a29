"""How long the accounts of docs/data-protection.md take on a ledger of a million events.

    python -m tests.bench.accounts [--events 1000000]

Prints the median and the slowest of twenty askings each, every asking with its own ledger event.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable

import psycopg
from sqlalchemy import create_engine

from accountability.accounts import own_account, patient_account, people, person_account
from accountability.lines import Asked, Kind
from accountability.watching import watch
from hub.web.oversight.sittings import in_sittings
from storage.work import Work
from tests.accountability.people import ADMIN, GUARDIAN, HOST_GUARDIAN, RITA, oversight
from tests.database import TestDatabases
from tests.scheduling.world import ANN, HOME, HOST, NOW, World
from vocabulary.identifiers import NHSNumber

_TIMES = 20
# 82 practices with five people each over a year; 31,000 patients; one act in fifty refused.
_FILL = """
INSERT INTO ledger_event (at, act, outcome, user_id, user_name, user_role, acting_for, practice_name, via, trace_id,
                          host_ods, nhs_number, booking_ref, purpose, agreement, clause, reason)
SELECT %(now)s::timestamptz - (n %% 31536000) * interval '1 second',
       (ARRAY['patient.looked-up', 'permit.book', 'booking.requested', 'booking.booked', 'booking.viewed',
              'slots.searched', 'hold.taken', 'permit.see-slots'])[1 + n %% 8],
       CASE WHEN n %% 50 = 0 THEN 'refused' WHEN n %% 8 IN (1, 7) THEN 'allowed' ELSE 'done' END,
       'user-' || (n %% 410), 'Person ' || (n %% 410), 'receptionist', 'Y9' || lpad((1 + n %% 82)::text, 4, '0'),
       'Practice ' || (n %% 82), 'web', 'trace-' || n, 'Y9' || lpad((1 + (n / 7) %% 82)::text, 4, '0'),
       CASE WHEN n %% 8 IN (5, 6, 7) THEN '' ELSE '999' || lpad((n::bigint * 7919 %% 31000)::text, 7, '0') END, '',
       'direct-care', 'DSA-AVON-01 v1', '2.2', CASE WHEN n %% 50 = 0 THEN 'suspended' ELSE 'granted' END
FROM generate_series(1, %(events)s) AS n
"""
# One patient about whom, and one person by whom, so much was done as nowhere else.
_MOST = """
INSERT INTO ledger_event (at, act, outcome, user_id, user_name, user_role, acting_for, practice_name, via, trace_id,
                          host_ods, nhs_number, booking_ref, purpose, agreement, clause, reason, detail)
SELECT %(now)s::timestamptz - n * interval '20 seconds',
       (ARRAY['message.opened', 'booking.viewed', 'record.shown', 'permit.view-record', 'visit.noted'])[1 + n %% 5],
       'done', 'busy', 'Busy Person', 'clinician', %(host)s, 'Practice', 'web', 'trace', %(home)s, %(patient)s, '',
       'direct-care', 'DSA-AVON-01 v1', '2.3', 'given', '{"kind": "task", "message": "abc", "sections": ["problems"]}'
FROM generate_series(1, 5000) AS n
"""


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    events = parser.parse_args().events
    databases = TestDatabases()
    try:
        urls = databases.clone()
        engine = create_engine(urls.app)
        world = World(Work(lambda: engine))
        with psycopg.connect(urls.owner, autocommit=True) as connection:
            began = time.perf_counter()
            connection.execute(_FILL, {"now": NOW, "events": events})
            most = {"now": NOW, "host": HOST.value, "home": HOME.value, "patient": ANN.value}
            connection.execute(_MOST, most)
            connection.execute("ANALYZE ledger_event")
            _say(f"{events:,} events written in {time.perf_counter() - began:.0f} s")
        room = oversight(world)
        number = NHSNumber("9990007919")
        known = "user-0"
        _time("patient, everything", lambda: patient_account(room, number, Asked(), GUARDIAN))
        _time("patient, refusals", lambda: patient_account(room, number, Asked(kind=Kind.REFUSED), GUARDIAN))
        _time("person, own practice", lambda: person_account(room, known, Asked(), GUARDIAN))
        _time("person, refusals", lambda: person_account(room, known, Asked(kind=Kind.REFUSED), ADMIN))
        _time("person, everywhere", lambda: person_account(room, known, Asked(), ADMIN))
        _time("own history", lambda: own_account(room, Asked(), RITA))
        _time("patient of 5,000 events", lambda: patient_account(room, ANN, Asked(), GUARDIAN))
        lines = patient_account(room, ANN, Asked(), GUARDIAN).account.lines
        _time("the same, put in words", lambda: in_sittings(lines, {}))
        _time("person of 5,000 events", lambda: person_account(room, "busy", Asked(), HOST_GUARDIAN))
        _time("people of a practice", lambda: people(room, HOME, GUARDIAN))
        export = Asked(limit=10_000)
        _time("person, 10,000 lines", lambda: person_account(room, known, export, ADMIN), times=3)
        world.clock.forward(hours=1)
        began, judged = time.perf_counter(), 0
        for _ in range(4):
            judged += watch(room, limit=500)
        took = time.perf_counter() - began
        _say(f"watch: {judged} looks judged, {judged / took:,.0f} a second, each traced")
        engine.dispose()
    finally:
        databases.close()


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


def _time(what: str, ask: Callable[[], object], *, times: int = _TIMES) -> None:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    _say(f"{what:24} median {statistics.median(took):7.1f} ms, slowest {max(took):7.1f} ms")


if __name__ == "__main__":
    main()
