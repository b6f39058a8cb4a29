"""Accounts: who looked at a patient, what a person looked at; who may ask; and that asking is an act itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accountability.accounts import own_account, patient_account, people, person_account
from accountability.lines import Asked, Kind
from accountability.problems import NotYoursToSee
from connectors.mock.script import Mishap
from sharing_agreements.problems import NotPermitted
from storage.ledger import LedgerEvent, record
from tests.accountability.people import (
    ADMIN,
    GARETH,
    GUARDIAN,
    HOST_GUARDIAN,
    MANAGER,
    NOBODY_OF_OURS,
    RITA,
    looked,
    oversight,
)
from tests.scheduling.world import ANN, BOB, HOME, HOST, NOW, World, caller
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Scope
from vocabulary.times import london_date

pytestmark = pytest.mark.database


def test_the_guardian_of_the_home_practice_sees_everybody_who_looked(world: World) -> None:
    looked(world, RITA, ANN)
    looked(world, GARETH, ANN, act="booking.viewed")
    looked(world, GARETH, BOB)
    found = patient_account(oversight(world), ANN, Asked(), GUARDIAN)
    assert [(line.user_name, line.act, line.acting_for) for line in found.account.lines[1:]] == [
        ("Gareth Host", "booking.viewed", HOST),
        ("Rita Reception", "patient.looked-up", HOME),
    ]
    assert (found.whole, found.home_practice) == (True, HOME)
    assert found.traced is not None and found.traced.patient.given == "Ann"


def test_asking_is_the_first_line_of_the_answer(world: World) -> None:
    found = patient_account(oversight(world), ANN, Asked(kind=Kind.ALL), GUARDIAN)
    (line,) = found.account.lines
    assert (line.act, line.user_id, line.nhs_number) == ("access.patient-asked", GUARDIAN.user_id, ANN)
    (told,) = world.ledger(act="access.patient-asked")
    assert (told.nhs_number, told.detail) == (ANN.value, {"whole": True, "kind": "all"})


def test_refusals_are_told_as_fully_as_grants(world: World) -> None:
    world.suspend()
    with pytest.raises(NotPermitted):
        world.desk.gate.permit(RITA, HOST, Scope.BOOK, nhs_number=ANN)
    (line, *_) = patient_account(oversight(world), ANN, Asked(kind=Kind.REFUSED), GUARDIAN).account.lines
    assert (line.act, line.outcome, line.reason, line.agreement) == ("permit.book", "refused", "suspended", "DSA-1 v1")
    assert (line.user_name, line.user_role, line.host, line.purpose) == (
        "Rita Reception",
        "receptionist",
        HOST,
        "direct-care",
    )


def test_another_practice_sees_only_its_own_part_and_nothing_of_the_patient(world: World) -> None:
    looked(world, RITA, ANN)
    looked(world, RITA, ANN, act="permit.book", host=HOST)
    looked(world, GARETH, ANN)
    for number in (ANN, NOBODY_OF_OURS):
        found = patient_account(oversight(world), number, Asked(), HOST_GUARDIAN)
        assert (found.whole, found.traced, found.home_practice) == (False, None, None)
    mine = patient_account(oversight(world), ANN, Asked(), HOST_GUARDIAN).account.lines
    assert {(line.user_name, line.act) for line in mine} == {
        ("Isaac Guardian", "access.patient-asked"),
        ("Gareth Host", "patient.looked-up"),
        ("Rita Reception", "permit.book"),
    }


def test_of_a_restricted_patient_every_practice_sees_its_own_part(world: World) -> None:
    """The national record does not say where they are registered, and so neither do we."""
    traced = world.network.tracing.trace(ANN, caller=RITA)
    hidden = replace(traced.patient, nhs_number=NOBODY_OF_OURS)
    world.network.tracing.add(hidden, home_practice=HOME, restricted=True)
    looked(world, RITA, NOBODY_OF_OURS)
    for who, shown in ((GUARDIAN, 2), (HOST_GUARDIAN, 1)):
        found = patient_account(oversight(world), NOBODY_OF_OURS, Asked(kind=Kind.ALL), who)
        assert (found.whole, found.traced, len(found.account.lines)) == (False, None, shown)


def test_a_replaced_number_and_the_one_that_replaced_it_are_one_patient(world: World) -> None:
    old = NOBODY_OF_OURS
    person = world.network.tracing.trace(ANN, caller=RITA).patient
    world.network.tracing.add(person, home_practice=HOME, formerly=old)
    looked(world, RITA, old)
    for act in ("record.shown", "message.opened", "message.sent"):
        looked(world, RITA, ANN, act=act)
    found = patient_account(oversight(world), old, Asked(kind=Kind.LOOKS), GUARDIAN)
    assert found.whole
    assert [line.act for line in found.account.lines] == ["message.opened", "record.shown", "patient.looked-up"]


def test_what_people_wrote_is_not_for_a_federation_admin(world: World) -> None:
    looked(world, RITA, ANN, act="attention.settled", reason="Rang Mrs Example.")
    looked(world, RITA, ANN, act="permit.book", outcome="refused", reason="suspended")
    lines = person_account(oversight(world), RITA.user_id, Asked(), ADMIN).lines
    assert [line.reason for line in lines] == ["suspended", ""]


def test_what_names_only_the_booking_is_found_too(world: World) -> None:
    world.clinic(slots=1)
    world.see()
    booked = world.book()
    looked(world, RITA, BOB, act="booking.viewed")
    with world.work.begin() as tx:
        event = LedgerEvent("attention.settled", booking_ref=booked.ref.value)
        record(tx, event, caller=RITA, at=world.clock.now())
    acts = [line.act for line in patient_account(oversight(world), ANN, Asked(), GUARDIAN).account.lines]
    assert "attention.settled" in acts and "booking.requested" in acts
    assert all(
        line.nhs_number != BOB for line in patient_account(oversight(world), ANN, Asked(), GUARDIAN).account.lines
    )


def test_while_tracing_is_down_the_last_booking_says_which_practice_is_home(world: World) -> None:
    world.clinic(slots=1)
    world.see()
    world.book()
    world.network.tracing.script.inject("trace", Mishap.UNREACHABLE, times=None)
    found = patient_account(oversight(world), ANN, Asked(), GUARDIAN)
    assert (found.whole, found.tracing_down, found.traced) == (True, True, None)
    assert not patient_account(oversight(world), BOB, Asked(), GUARDIAN).whole


def test_ones_own_account_says_what_patients_are_called_whom_ones_practice_has_booked(world: World) -> None:
    world.clinic(slots=1)
    world.see()
    world.book()
    looked(world, RITA, ANN)
    looked(world, RITA, BOB)
    account = own_account(oversight(world), Asked(), RITA)
    assert dict(account.called) == {ANN: ("Example", "Ann")} and "Ann" not in repr(account)
    elsewhere = replace(RITA, practice=OdsCode("Y90077"))
    assert dict(own_account(oversight(world), Asked(), elsewhere).called) == {}
    assert dict(person_account(oversight(world), RITA.user_id, Asked(), GUARDIAN).called) == {}


@pytest.mark.parametrize("role", sorted(set(UserRole) - {UserRole.PRACTICE_MANAGER, UserRole.CALDICOTT_GUARDIAN}))
def test_nobody_else_may_ask_about_a_patient(world: World, role: UserRole) -> None:
    with pytest.raises(NotYoursToSee):
        patient_account(oversight(world), ANN, Asked(), caller(role=role))


def test_a_person_is_shown_as_far_as_they_acted_for_the_practice(world: World) -> None:
    looked(world, RITA, ANN)
    looked(world, replace(RITA, practice=HOST), BOB)
    mine = person_account(oversight(world), RITA.user_id, Asked(), MANAGER)
    assert [line.nhs_number for line in mine.lines] == [ANN]
    (told,) = world.ledger(act="access.person-asked")
    assert told.detail["about"] == RITA.user_id


def test_a_federation_admin_sees_people_and_acts_everywhere_and_no_patient(world: World) -> None:
    looked(world, RITA, ANN, ref="7KQ4MPXB")
    looked(world, replace(RITA, practice=HOST), BOB)
    found = person_account(oversight(world), RITA.user_id, Asked(), ADMIN)
    assert len(found.lines) == 2
    for line in found.lines:
        assert (line.nhs_number, line.booking_ref, line.detail, line.about_a_patient) == (None, "", {}, True)
    assert ANN.value not in repr(found)


@pytest.mark.parametrize("role", [UserRole.RECEPTIONIST, UserRole.CLINICIAN, UserRole.ANALYST])
def test_colleagues_do_not_see_each_other_but_everybody_sees_themselves(world: World, role: UserRole) -> None:
    looked(world, RITA, ANN)
    with pytest.raises(NotYoursToSee):
        person_account(oversight(world), RITA.user_id, Asked(), caller(role=role))
    with pytest.raises(NotYoursToSee):
        people(oversight(world), HOME, caller(role=role))
    mine = own_account(oversight(world), Asked(), caller(role=role))
    assert [line.act for line in mine.lines] == ["access.own-asked", "patient.looked-up"]


def test_the_people_of_a_practice_are_counted(world: World) -> None:
    looked(world, RITA, ANN)
    looked(world, RITA, BOB, outcome="refused")
    looked(world, GARETH, ANN)
    (rita,) = people(oversight(world), HOME, GUARDIAN)
    assert (rita.name, rita.role, rita.acts, rita.patients, rita.refused) == ("Rita Reception", "receptionist", 2, 2, 1)
    with pytest.raises(NotYoursToSee):
        people(oversight(world), HOST, GUARDIAN)
    assert [each.name for each in people(oversight(world), HOST, ADMIN)] == ["Gareth Host"]


def test_an_account_can_be_narrowed_and_paged(world: World) -> None:
    start = world.clock.now()
    for number in range(7):
        looked(world, RITA, ANN, act="patient.looked-up" if number % 2 else "booking.requested")
    world.clock.forward(days=2)
    looked(world, RITA, ANN)
    asked = Asked(kind=Kind.LOOKS, since=london_date(start), until=london_date(start), limit=2)
    first = patient_account(oversight(world), ANN, asked, GUARDIAN).account
    assert [line.act for line in first.lines] == ["patient.looked-up"] * 2 and first.older is not None
    second = patient_account(oversight(world), ANN, replace(asked, before=first.older), GUARDIAN).account
    assert (len(second.lines), second.older) == (1, None)
    assert len({line.id for line in (*first.lines, *second.lines)}) == 3
    bookings = patient_account(oversight(world), ANN, Asked(kind=Kind.BOOKINGS), GUARDIAN).account.lines
    assert {line.act for line in bookings} == {"booking.requested"}


def test_what_the_hub_did_by_itself_is_shown_only_when_asked_for(world: World) -> None:
    looked(world, replace(RITA, via="job", role=UserRole.SYSTEM), ANN, act="booking.viewed")
    assert len(own_account(oversight(world), Asked(), RITA).lines) == 1
    assert len(own_account(oversight(world), Asked(jobs=True), RITA).lines) == 3


def test_a_day_is_a_day_in_england(world: World) -> None:
    world.clock.at = NOW.replace(month=10, day=24, hour=23, minute=30)  # half past midnight on the 25th, summer time
    looked(world, RITA, ANN)
    day = london_date(world.clock.now())
    assert day.day == 25
    found = own_account(oversight(world), Asked(kind=Kind.LOOKS, since=day, until=day), RITA)
    assert len(found.lines) == 1
    before = day - timedelta(days=1)
    assert not own_account(oversight(world), Asked(kind=Kind.LOOKS, since=before, until=before), RITA).lines
