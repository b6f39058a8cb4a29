"""The demo's patients whose records are worth a look: what the README says of them is what their practices answer."""

from datetime import UTC, datetime

import pytest

from connectors.mock.simulator.record_room import RecordRoom
from connectors.mock.simulator.store import Store
from demo.federation.diaries import write_diaries
from demo.federation.memorable import memorable
from demo.federation.size import SMALL
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import structured as rules
from gp_connect.structured import reader, request
from vocabulary.record_parts import RecordSection
from vocabulary.records import Record, RecordQuery, SectionState, WarningKind
from vocabulary.times import FixedClock

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
_S = RecordSection


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("records")
    write_diaries(folder, SMALL, now=NOW)
    return Store(folder)


def read(store: Store, key: str) -> Record:
    """The whole record of this memorable patient, as their home practice answers it."""
    person = memorable(key).person
    assert person.home_practice is not None
    body = request.write(person.patient.nhs_number, RecordQuery.whole(), today=NOW.date())
    room = RecordRoom(store, person.home_practice, FixedClock(NOW))
    return reader.read(room.read(rules.check(body, today=NOW.date()), trace_id="t"), RecordQuery.whole().sections)


@pytest.mark.parametrize("key", ["no-phone", "twin"])
def test_rich_records_are_rich(store: Store, key: str) -> None:
    record = read(store, key)
    for section in _S:
        assert record.section(section).entries, section
    assert len(record.section(_S.CONSULTATIONS).entries) > 8


def test_a_practice_gives_out_no_referrals(store: Store) -> None:
    record = read(store, "wheelchair")
    assert record.section(_S.REFERRALS).state is SectionState.SWITCHED_OFF
    assert record.section(_S.PROBLEMS).entries and record.section(_S.MEDICATION).entries


def test_confidential_items_are_left_out_and_that_is_said(store: Store) -> None:
    record = read(store, "other-birthday")
    assert WarningKind.CONFIDENTIAL in record.section(_S.PROBLEMS).warnings
    assert record.section(_S.PROBLEMS).entries


def test_a_record_on_its_way_says_so(store: Store) -> None:
    assert WarningKind.IN_TRANSIT in read(store, "far-from-home").section(_S.ALLERGIES).warnings


def test_who_does_not_want_it_shared_is_refused(store: Store) -> None:
    with pytest.raises(Rejected) as refused:
        read(store, "seen-before")
    assert refused.value.code.code == "NO_PATIENT_CONSENT"
