"""What the national directory says of a practice: kept with what changed, and made into its link."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from connectors.directory.port import ASKED_FOR, Registration
from connectors.exchange import exchange
from connectors.faults import NoAnswer, Unsupported
from connectors.port import Description, Endpoint, MessageSet
from practices import directory
from practices.linking import Passage
from practices.looking_up import NotLookedUp, look_up_all, look_up_practice
from practices.models import GPSystemLinkRow, PracticeRow
from practices.probing import connection_of, probe_all
from storage.ledger import LedgerRow
from storage.work import Work, idle
from tests.practices.people import AT, CLOCK, A, B, caller
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller

pytestmark = pytest.mark.database

ROOT = "https://gp.example/Y90001/STU3/1/gpconnect"
SETS = {interaction: each for each, interaction in ASKED_FOR.items()}


@dataclass
class Told:
    """A directory that says what a test wants it to say."""

    listed: dict[MessageSet, tuple[str, str, str]] = field(default_factory=dict)
    silent: bool = False

    def registration(self, _ods: OdsCode, interaction_id: str) -> Registration | None:
        assert idle(), "no call while a transaction is open"
        if self.silent:
            raise NoAnswer("The national directory of systems did not answer.")
        found = self.listed.get(SETS[interaction_id])
        return Registration(found[0], found[1]) if found else None

    def asid(self, _ods: OdsCode, interaction_id: str, party_key: str) -> str | None:
        found = self.listed[SETS[interaction_id]]
        return found[2] if found[1] == party_key else None


def everything() -> Told:
    shared = (ROOT, "K-1", "918231000011")
    structured = (f"{ROOT}/structured", "K-2", "918231000012")
    documents = (f"{ROOT}/documents", "K-3", "918231000013")
    return Told(dict(zip(MessageSet, (shared, shared, structured, documents), strict=True)))


@pytest.fixture
def filled(work: Work) -> Work:
    with work.begin() as tx:
        tx.execute(insert(PracticeRow), [{"ods": "Y90001", "name": "Ash"}, {"ods": "Y90002", "name": "Birch"}])
        tx.execute(
            insert(GPSystemLinkRow),
            [
                {"ods": "Y90001", "system": "emis", "address": "", "pooling_live": True, "pooling_by": "u-1"},
                {"ods": "Y90002", "system": "emis", "address": "http://127.0.0.1:9/b", "pooling_live": True},
            ],
        )
    return work


def look(work: Work, told: Told) -> tuple[str, ...]:
    return look_up_practice(work, A, told, caller=caller(), clock=CLOCK).changes


def test_a_link_without_a_typed_address_is_what_the_directory_says(filled: Work) -> None:
    assert look(filled, everything()) == (
        "Patients and registration: enabled",
        "Appointments: enabled",
        "Record view: enabled",
        "Documents: enabled",
    )
    with filled.read() as tx:
        found = directory.link(tx, A)
    assert found is not None
    assert (found.address, found.provider_asid) == (ROOT, "918231000011")
    assert found.structured == Endpoint(f"{ROOT}/structured", "918231000012")
    assert found.documents == Endpoint(f"{ROOT}/documents", "918231000013")
    assert found.not_enabled == frozenset()


def test_behind_the_proxy_the_registered_root_follows_byte_for_byte(filled: Work) -> None:
    look(filled, everything())
    passage = Passage("https://proxy.example", "/keys/hub.pem", "/keys/spine.pem", "https://hub.example/gp-connect")
    with filled.read() as tx:
        found, typed = directory.link(tx, A, passage=passage), directory.link(tx, B, passage=passage)
    assert found is not None and typed is not None and found.structured is not None
    assert found.address == f"https://proxy.example/{ROOT}"
    assert found.structured.address == f"https://proxy.example/{ROOT}/structured"
    assert found.documents is not None and found.documents.address == f"https://proxy.example/{ROOT}/documents"
    assert (found.secret, found.trust, found.issuer) == (
        "/keys/hub.pem",
        "/keys/spine.pem",
        "https://hub.example/gp-connect",
    )
    assert (typed.address, typed.secret, typed.trust) == ("http://127.0.0.1:9/b", "", "")


def test_what_is_no_longer_listed_is_not_enabled_and_what_moved_is_told(filled: Work) -> None:
    told = everything()
    look(filled, told)
    assert look(filled, told) == ()
    address, key, _ = told.listed[MessageSet.APPOINTMENTS]
    told.listed[MessageSet.APPOINTMENTS] = (f"{address}/2", key, "918231000099")
    del told.listed[MessageSet.STRUCTURED_RECORD]
    assert look(filled, told) == (
        "Appointments: its address and its system id (ASID) changed",
        "Record view: not enabled",
    )
    with filled.read() as tx:
        found = directory.link(tx, A)
        acts = tx.scalars(select(LedgerRow.detail).where(LedgerRow.act == "practice.endpoints-changed")).all()
    assert found is not None
    assert (found.address, found.provider_asid) == (f"{ROOT}/2", "918231000099")
    assert (found.structured, found.not_enabled) == (None, frozenset({MessageSet.STRUCTURED_RECORD}))
    assert len(acts) == 2
    assert ROOT not in str(acts)


def test_a_practice_not_listed_for_appointments_can_still_be_asked_for_patients(filled: Work) -> None:
    told = everything()
    del told.listed[MessageSet.APPOINTMENTS]
    look(filled, told)
    with filled.read() as tx:
        found = directory.link(tx, A)
    assert found is not None
    assert found.endpoint(MessageSet.APPOINTMENTS) is None
    assert found.endpoint(MessageSet.FOUNDATIONS) == Endpoint(ROOT, "918231000011")
    with pytest.raises(Unsupported, match="not enabled nationally for appointments"):
        exchange.line_for(found)


def test_a_practice_that_was_never_looked_up_says_so(filled: Work) -> None:
    with filled.read() as tx:
        found = directory.link(tx, A)
    assert found is not None
    with pytest.raises(Unsupported, match="does not know yet where"):
        exchange.line_for(found)


def test_a_silent_directory_changes_nothing(filled: Work) -> None:
    told = everything()
    look(filled, told)
    told.silent = True
    with pytest.raises(NotLookedUp, match="did not answer"):
        look(filled, told)
    found = look_up_all(filled, told, caller=caller(), clock=CLOCK)
    assert [(each.ods, bool(each.failure)) for each in found] == [(A, True)]
    with filled.read() as tx:
        kept = directory.link(tx, A)
    assert kept is not None and kept.address == ROOT


@pytest.mark.parametrize(
    "address", ["http://gp.example/x", "ftp://gp.example", "https://gp.example/?a=b", "gp.example"]
)
def test_an_address_that_cannot_be_used_is_refused_and_not_kept(filled: Work, address: str) -> None:
    told = everything()
    told.listed[MessageSet.APPOINTMENTS] = (address, "K-1", "918231000011")
    with pytest.raises(NotLookedUp, match="cannot be used"):
        look(filled, told)
    with filled.read() as tx:
        assert connection_of(tx, A).endpoints == ()  # type: ignore[union-attr]


def test_all_who_have_no_typed_address_are_looked_up(filled: Work) -> None:
    found = look_up_all(filled, everything(), caller=caller(), clock=CLOCK)
    assert [each.ods for each in found] == [A]


def test_a_probe_keeps_what_a_system_says_and_a_failed_one_keeps_what_it_said_before(filled: Work) -> None:
    asked: list[Caller] = []

    def describe(host: OdsCode, who: Caller) -> Description:
        asked.append(who)
        if host == B or len(asked) > 2:
            raise NoAnswer("The practice's system did not answer.")
        return Description(timedelta(milliseconds=42), "1.2.7", "EMIS Web", "9.16", ("Slot search-type",), "1.6.2")

    for answered in (1, 0):
        assert probe_all(filled, describe, clock=CLOCK, trace_id=lambda: "t") == answered
    with filled.read() as tx:
        found, other = connection_of(tx, A), connection_of(tx, B)
        assert connection_of(tx, OdsCode("Y99999")) is None
    assert found is not None and found.report is not None and other is not None and other.report is not None
    assert (found.report.software, found.report.standard, found.report.took_ms) == ("EMIS Web", "1.2.7", 42)
    assert (found.report.answered_at, found.report.record_standard) == (AT, "1.6.2")
    assert "did not answer" in found.report.failure
    assert (other.report.answered_at, other.from_directory, found.from_directory) == (None, False, True)
    assert {(who.practice, who.user_id) for who in asked} == {(A, "u-1"), (B, "")}
