"""A practice's settings: what is refused, what is kept, and that each act stands in the ledger with its author."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from practices import admin, directory
from practices.admin import LinkSettings, Switch, TestBooking
from practices.models import GPSystemLinkRow, PracticeRow
from practices.slot_types import Service, SlotTypeMeaning, map_slot_type
from storage.ledger import LedgerRow
from storage.work import Work
from tests.practices.people import AT, CLOCK, A, B, caller
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.slots import PractitionerRole

pytestmark = pytest.mark.database

LINK = LinkSettings("acme", "https://gp.example/Y90001/STU3/1/gpconnect", "918231000011", "918231000012", "gp-key")
PASSED = TestBooking(passed=True, at=AT - timedelta(hours=1))


@pytest.fixture
def filled(work: Work) -> Work:
    with work.begin() as tx:
        tx.execute(
            insert(PracticeRow),
            [
                {"ods": "Y90001", "name": "Ash", "status": "open"},
                {"ods": "Y90002", "name": "Birch", "status": "closed"},
            ],
        )
    return work


def ledger(work: Work) -> list[tuple[str, str, str]]:
    with work.read() as tx:
        rows = tx.execute(select(LedgerRow.act, LedgerRow.outcome, LedgerRow.reason).order_by(LedgerRow.id))
        return [tuple(row) for row in rows]


def live(work: Work) -> tuple[bool, bool]:
    with work.read() as tx:
        found = directory.practice(tx, A)
    assert found is not None
    return found.pooling_live, found.booking_live


def go_live(work: Work) -> None:
    admin.set_link(work, A, LINK, caller=caller(), clock=CLOCK)
    admin.record_test_booking(work, A, PASSED, caller=caller(), clock=CLOCK)
    for which in Switch:
        admin.switch(work, A, which, on=True, caller=caller(), clock=CLOCK)


def test_nothing_goes_live_before_a_test_booking_has_passed(filled: Work) -> None:
    admin.set_link(filled, A, LINK, caller=caller(), clock=CLOCK)
    with pytest.raises(admin.NotReadyForLive, match="no test booking"):
        admin.switch(filled, A, Switch.POOLING, on=True, caller=caller(), clock=CLOCK)
    failed = TestBooking(passed=False, at=AT, words="could not cancel")
    admin.record_test_booking(filled, A, failed, caller=caller(), clock=CLOCK)
    with pytest.raises(admin.NotReadyForLive):
        admin.switch(filled, A, Switch.BOOKING, on=True, caller=caller(), clock=CLOCK)
    assert live(filled) == (False, False)
    assert ledger(filled) == [
        ("practice.link-set", "done", ""),
        ("practice.pooling-on", "refused", "not-ready-for-live"),
        ("practice.tested", "done", ""),
        ("practice.booking-on", "refused", "not-ready-for-live"),
    ]


def test_after_a_passed_test_each_capability_has_its_own_switch(filled: Work) -> None:
    admin.set_link(filled, A, LINK, caller=caller(), clock=CLOCK)
    admin.record_test_booking(filled, A, PASSED, caller=caller(), clock=CLOCK)
    admin.switch(filled, A, Switch.POOLING, on=True, caller=caller(), clock=CLOCK)
    assert live(filled) == (True, False)
    admin.switch(filled, A, Switch.BOOKING, on=True, caller=caller(), clock=CLOCK)
    assert live(filled) == (True, True)
    admin.switch(filled, A, Switch.POOLING, on=False, caller=caller(), clock=CLOCK)
    assert live(filled) == (False, True)
    with filled.read() as tx:
        row = tx.get_one(GPSystemLinkRow, "Y90001")
        assert (row.pooling_by, row.pooling_by_name, row.pooling_since) == ("u1", "Ada Tester", AT)
        assert (row.tested_at, row.test_outcome) == (PASSED.at, "passed")


def test_a_failed_test_switches_off(filled: Work) -> None:
    go_live(filled)
    admin.record_test_booking(filled, A, TestBooking(False, AT, "no answer"), caller=caller(), clock=CLOCK)
    assert live(filled) == (False, False)


def test_another_address_needs_a_new_test_and_the_same_one_does_not(filled: Work) -> None:
    go_live(filled)
    admin.set_link(filled, A, LINK, caller=caller(), clock=CLOCK)
    assert live(filled) == (True, True)
    moved = LinkSettings("acme", "https://elsewhere.example/gp", LINK.provider_asid)
    admin.set_link(filled, A, moved, caller=caller(), clock=CLOCK)
    assert live(filled) == (False, False)
    with pytest.raises(admin.NotReadyForLive):
        admin.switch(filled, A, Switch.POOLING, on=True, caller=caller(), clock=CLOCK)


def test_the_ledger_never_holds_a_secret_only_its_name(filled: Work) -> None:
    admin.set_link(filled, A, LINK, caller=caller(), clock=CLOCK)
    with filled.read() as tx:
        (row,) = tx.scalars(select(LedgerRow)).all()
    assert row.detail["secret_name"] == "gp-key"
    assert (row.user_id, row.acting_for, row.host_ods, row.at) == ("u1", "Y90001", "Y90001", AT)


@pytest.mark.parametrize(
    "settings",
    [
        LinkSettings("", "https://gp.example"),
        LinkSettings("acme"),
        LinkSettings("emis", "https://gp.example"),
        LinkSettings("tpp", "http://localhost.example/x"),
        LinkSettings("acme", "gp.example"),
        LinkSettings("acme", "https://gp.example/"),
        LinkSettings("acme", "https://gp.example/x?y=1"),
        LinkSettings("acme", "https://gp.example", provider_asid="12"),
        LinkSettings("acme", "https://gp.example", secret_name="-----BEGIN PRIVATE KEY-----"),
    ],
)
def test_a_link_that_cannot_work_is_refused_before_anything_is_written(filled: Work, settings: LinkSettings) -> None:
    with pytest.raises(admin.SettingRefused) as refused:
        admin.set_link(filled, A, settings, caller=caller(), clock=CLOCK)
    assert refused.value.next_step
    with filled.read() as tx:
        assert directory.link(tx, A) is None


@pytest.mark.parametrize(
    ("role", "practice", "allowed"),
    [
        (UserRole.PRACTICE_MANAGER, A, True),
        (UserRole.PRACTICE_MANAGER, B, False),
        (UserRole.FEDERATION_ADMIN, B, True),
        (UserRole.RECEPTIONIST, A, False),
        (UserRole.CLINICIAN, A, False),
    ],
)
def test_managers_change_their_own_practice_and_admins_any(
    filled: Work, role: UserRole, practice: OdsCode, allowed: bool
) -> None:
    who = caller(role, practice)
    if allowed:
        admin.set_bypass_phone(filled, A, "0117 496 0123", caller=who, clock=CLOCK)
    else:
        with pytest.raises(admin.NotYourPractice):
            admin.set_bypass_phone(filled, A, "0117 496 0123", caller=who, clock=CLOCK)
    with filled.read() as tx:
        found = directory.practice(tx, A)
    assert found is not None
    assert found.bypass_phone == ("0117 496 0123" if allowed else "")
    assert ledger(filled)[0][1:] == (("done", "") if allowed else ("refused", "not-your-practice"))


def test_a_closed_or_unknown_practice_has_no_settings(filled: Work) -> None:
    with pytest.raises(admin.UnknownPractice, match="closed"):
        admin.set_bypass_phone(filled, B, "0117 496 0123", caller=caller(), clock=CLOCK)
    with pytest.raises(admin.UnknownPractice, match="no practice"):
        admin.set_bypass_phone(filled, OdsCode("Y99999"), "0117 496 0123", caller=caller(), clock=CLOCK)


@pytest.mark.parametrize("phone", ["ring me", "0117", "0117 496 0123 ext 5"])
def test_a_bypass_number_is_a_number(filled: Work, phone: str) -> None:
    with pytest.raises(admin.SettingRefused, match="digits"):
        admin.set_bypass_phone(filled, A, phone, caller=caller(), clock=CLOCK)


def test_a_wording_is_mapped_changed_hidden_and_forgotten(filled: Work) -> None:
    review = SlotTypeMeaning(Service.MEDICATION_REVIEW, PractitionerRole.PHARMACIST)
    admin.map_wording(filled, A, "Pharm  Review", review, caller=caller(), clock=CLOCK)
    admin.map_wording(filled, A, "PHARM review", SlotTypeMeaning(Service.NONE), caller=caller(), clock=CLOCK)
    with filled.read() as tx:
        mapping = directory.mapping(tx, A)
    assert list(mapping) == ["pharm review"]
    assert map_slot_type(mapping, "Pharm Review") == SlotTypeMeaning(Service.NONE)
    admin.unmap_wording(filled, A, "pharm review", caller=caller(), clock=CLOCK)
    with filled.read() as tx:
        assert directory.mapping(tx, A) == {}
    with pytest.raises(admin.SettingRefused, match="not mapped"):
        admin.unmap_wording(filled, A, "pharm review", caller=caller(), clock=CLOCK)
    with pytest.raises(admin.SettingRefused, match="No slot-type wording"):
        admin.map_wording(filled, A, "  ", review, caller=caller(), clock=CLOCK)


def test_a_switch_without_a_link_says_so(filled: Work) -> None:
    with pytest.raises(admin.SettingRefused, match="no GP-system link"):
        admin.switch(filled, A, Switch.POOLING, on=True, caller=caller(), clock=CLOCK)
