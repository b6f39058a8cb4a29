"""How soon a record is on the screen: `python -m tests.bench.looking`, a part of `make bench`. No test: it times.

The summary first: from the request to the whole page, over HTTP, for a patient whose practice takes 300 ms to answer,
in turn with the same question put to that practice directly. The difference is the hub's: the session, the national
record asked, the permit and two ledger events, the record read, cut down and drawn. Then a heavy record, 895 KB of
consultations, from the bytes of the answer to the page: our part alone, in processor time.
"""

import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import requests
import structlog
from flask import Flask, render_template

from connectors.mock.records import make_record
from demo.people import person_in
from demo.supervisor import running_federation
from gp_connect import interactions, patients
from gp_connect.organisations import Organisation, write_organisation
from gp_connect.structured import reader, request, writer
from gp_connect.structured.writer import Answering
from hub.app import create_app
from hub.auth.access import doorkeepers
from hub.web.record import looking, record_part_words, record_words
from records.sensitive import SensitiveCodes
from records.trimming import trim
from tests.bench.calling import Unexpected
from tests.bench.hosts import nhs_numbers
from tests.bench.turns import Contest, Side
from tests.connectors.mock_server.consumer import Consumer
from tests.hub.web.shop import open_shop
from tests.journeys.doors import Story
from tests.journeys.program import Program
from tests.journeys.requests_made import RequestsMade
from tests.journeys.town import HOME, NEIGHBOUR, Town
from tests.race.field import data_folder
from vocabulary.appointments import BookingState
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import Patient
from vocabulary.people import UserRole
from vocabulary.record_parts import Entry, RecordSection
from vocabulary.records import RecordQuery, Section, SectionState, empty_record
from vocabulary.slots import Gender

ROUNDS, A_ROUND, WARM_UP = 6, 10, 5
HOST_TAKES, AIM = 300, 450  # milliseconds
HEAVY, HEAVY_AIM = 895_000, 1000.0  # octets, and milliseconds of our part
_HEAVY_ROUNDS = 9
_CONSULTATIONS = RecordSection.CONSULTATIONS
_NOW = datetime(2026, 11, 24, 19, tzinfo=UTC)


def heavy_answer() -> bytes:
    """What a practice answers that has written a great deal: consultations of many rich records, as one patient's."""
    patient = _somebody(next(nhs_numbers()))
    found: dict[RecordSection, list[Entry]] = {name: [] for name in RecordSection}
    for number in nhs_numbers():
        one = make_record(_somebody(number), host=HOME, practice_name="Bench Surgery", today=_NOW.date(), rich=True)
        for section in one.sections:
            found[section.name] += section.entries
        answer = _written(patient, found)
        if len(answer) >= HEAVY:
            return answer
    raise AssertionError("there are enough numbers")


def _written(patient: Patient, entries: dict[RecordSection, list[Entry]]) -> bytes:
    record = empty_record(
        patient,
        practice_name="Bench Surgery",
        sections=[Section(name=n, state=SectionState.PRESENT, entries=tuple(e)) for n, e in entries.items() if e],
    )
    around = Answering(
        "trace",
        patients.write(patient, organisation_id="1", version_id="1"),
        write_organisation(Organisation(HOME, "Bench Surgery", host_id="1")),
        HOME.value,
        _NOW,
    )
    return json.dumps(writer.write(record, RecordQuery.of([_CONSULTATIONS]), around)).encode()


def _somebody(number: NHSNumber) -> Patient:
    return Patient(number, "Example", "Ann", date(1950, 2, 28), Gender.FEMALE, "BS3 1AA", host_id="2")


def page_of(app: Flask, answer: bytes) -> str:
    """Our part: from the bytes to the page."""
    record = reader.read(json.loads(answer), frozenset({_CONSULTATIONS}))
    trimmed = trim(record, frozenset(RecordSection), SensitiveCodes("bench", "a benchmark", frozenset({"1"})))
    with app.test_request_context("/"):
        return render_template(
            "record.html",
            patient_line={"name": "EXAMPLE, Ann", "born": "28 Feb 1950", "nhs_number": "999 010 0000"},
            practice="Bench Surgery",
            fetched=_NOW,
            because="",
            notices=record_words.notices(trimmed, practice="Bench Surgery"),
            blocks=(),
            part=record_part_words.part(trimmed, _CONSULTATIONS, practice="Bench Surgery", today=_NOW.date()),
            parts=[],
        )


def heavy() -> list[float]:
    """Milliseconds of processor time, one round after another."""
    answer = heavy_answer()
    with tempfile.TemporaryDirectory() as folder:
        app = open_shop(Path(folder)).app
        page_of(app, answer)
        taken = []
        for _ in range(_HEAVY_ROUNDS):
            began = time.thread_time()
            page_of(app, answer)
            taken.append((time.thread_time() - began) * 1000)
    return taken


def summary() -> Iterator[Contest]:
    """The summary beside the host itself: one that answers as soon as it can, then one that takes 300 ms."""
    with data_folder() as data, running_federation(data) as federation:
        town = Town(federation)
        town.settle_in()
        person = town.somebody()
        town.keeps_a_record(person, "Nothing of note")
        story = Story(Program(federation.hub_url, _token(federation.signin_url), RequestsMade()), town)
        story.given_a_patient_on_the_phone(person)
        story.when_a_time_is_held(town.open_clinic_soon(slots=1))
        story.when_they_confirm()
        story.then_it_is(BookingState.BOOKED)
        hub, host = _page(town, story.ref), _asked_directly(town, person.nhs_number)
        for seconds in (0.0, HOST_TAKES / 1000):
            contest = Contest(f"a host that takes {seconds * 1000:.0f} ms", Side("hub", hub), Side("host", host), 0, 0)
            with town.trouble("slow", HOME, "get-structured-record", seconds=seconds):
                contest.run(rounds=ROUNDS, times=A_ROUND, warm_up=WARM_UP)
            yield contest
        town.close()


def _token(signin_url: str) -> str:
    answer = requests.post(f"{signin_url}/demo/token", json={"person": "receptionist.y90001"}, timeout=10)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def _page(town: Town, ref: str) -> Callable[[], object]:
    """The clinician's browser, as it stands after the patient has said yes."""
    app = create_app(town.eyes.config, hub=town.eyes)
    clinician = person_in(UserRole.CLINICIAN, NEIGHBOUR.value)
    with app.app_context():
        sessions = doorkeepers().sessions
        token = sessions.begin(clinician.uid, clinician.name, sid="bench", data={"posts": []})
        session = sessions.find(token)
        assert session is not None
        session.acting_ods, session.acting_role = NEIGHBOUR.value, UserRole.CLINICIAN.value
        session.put("acting", {"practice_name": "Bench Surgery", "practice_phone": "0117 496 0101"})
        until = town.eyes.clock.now() + timedelta(minutes=5)  # so that it does not run out while this is measured
        session.put(looking.KEY, {"ref": ref, "permission": "given", "why": "A benchmark", "at": until.timestamp()})
        sessions.save(session, seen=True)
    browser = requests.Session()
    cookie, address = {town.eyes.config.cookie_name: token}, f"{town.federation.hub_url}/session/{ref}/record/summary"

    def look() -> None:
        answer = browser.get(address, cookies=cookie, timeout=30, allow_redirects=False)
        if answer.status_code != 200 or "Medication" not in answer.text:
            raise Unexpected(f"{answer.status_code}: {answer.text[:2000]}")

    return look


def _asked_directly(town: Town, number: NHSNumber) -> Callable[[], object]:
    """The very question that the hub asks for the summary."""

    class Structured(Consumer):
        @property
        def root(self) -> str:
            return f"{super().root}/structured"

    now = town.eyes.clock.now()
    practice = Structured(town.federation.simulator_url, HOME.value, NEIGHBOUR, now)
    body = request.write(number, RecordQuery.of(record_words.SUMMARY), today=now.date())
    (link,) = town.rows("SELECT provider_asid AS asid FROM gp_system_link WHERE ods = :ods", ods=HOME.value)
    headers = {**practice.headers(interactions.GET_STRUCTURED_RECORD), "Ssp-To": str(link["asid"])}

    def ask() -> None:
        answer = practice.ask(interactions.GET_STRUCTURED_RECORD, body=body, extra=headers)
        if answer.status != 200:
            raise Unexpected(f"{answer.status}: {answer.body}")

    return ask


def main() -> None:
    """Print the figures."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for contest in summary():
        hub, host = contest.hub.p50, contest.bare.p50
        took = f"summary, {contest.title}: median {hub:.0f} ms (p99 {contest.hub.p99:.0f}), the host itself {host:.0f}"
        sys.stdout.write(f"{took}: {hub / host:.2f} times the host, {hub - host:.0f} ms ours\n")
    met = "met" if hub < AIM else "MISSED"
    sys.stdout.write(f"  aim: under {AIM} ms where the host takes {HOST_TAKES}: {met}\n")
    taken = heavy()
    worst = max(taken)
    met = "met" if worst < HEAVY_AIM else "MISSED"
    spread = f"median {statistics.median(taken):.0f} ms, slowest {worst:.0f}"
    sys.stdout.write(f"{HEAVY // 1000} KB of consultations, our part: {spread}; aim: under {HEAVY_AIM:.0f} ms: {met}\n")


if __name__ == "__main__":
    main()
