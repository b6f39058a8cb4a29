"""The watch over the ledger: finds once, owns rightly, waits where it must, and goes on where it stopped."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accountability.concerns import Concern
from accountability.marking import mark_own_record
from accountability.problems import NothingThere, NotYoursToSee
from accountability.reviews import queue
from accountability.watching import watch
from connectors.mock.script import Mishap
from tests.accountability.people import (
    GARETH,
    GUARDIAN,
    HOST_GUARDIAN,
    MANAGER,
    RITA,
    looked,
    oversight,
)
from tests.scheduling.world import ANN, BOB, HOME, HOST, World, patient
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import UserRole

pytestmark = pytest.mark.database
NUMBERS = [NHSNumber(f"99900{n:05d}") for n in range(9)]  # as keys; their check digits do not matter here


def concerns(world: World, who=GUARDIAN) -> list[tuple[Concern, str]]:  # type: ignore[no-untyped-def]
    return [(item.concern, item.user_id) for item in queue(oversight(world), who)]


def test_a_look_at_a_neighbours_patient_without_a_booking_goes_to_the_home_practices_guardian(world: World) -> None:
    looked(world, GARETH, ANN)
    looked(world, RITA, ANN)
    assert watch(oversight(world)) == 2
    assert concerns(world) == [(Concern.NO_CARE_LINK, "gareth.host")]
    assert concerns(world, HOST_GUARDIAN) == [], "the patient is Home’s, so the review is Home’s"
    (told,) = world.ledger(act="review.raised")
    assert (told.reason, told.nhs_number, told.host_ods) == ("no-care-link", ANN.value, HOME.value)
    assert (told.user_role, told.via, told.detail["about"]) == ("system", "job", "gareth.host")


def test_a_patient_of_a_practice_that_the_hub_does_not_know_is_reviewed_where_they_were_looked_at(world: World) -> None:
    world.network.tracing.add(patient(NHSNumber("9990000034")), home_practice=OdsCode("A12345"))
    looked(world, GARETH, NHSNumber("9990000034"))
    looked(world, GARETH, ANN)
    assert watch(oversight(world)) == 2, "one such patient must not stop the watch"
    assert concerns(world, HOST_GUARDIAN) == [(Concern.NO_CARE_LINK, "gareth.host")]
    assert concerns(world) == [(Concern.NO_CARE_LINK, "gareth.host")]


def test_a_booking_is_a_link_for_the_one_who_booked_and_the_one_who_receives(world: World) -> None:
    world.clinic(slots=1)
    world.see()
    world.book()
    looked(world, GARETH, ANN, act="booking.viewed")
    watch(oversight(world))
    assert concerns(world) == []
    watch(oversight(world, link_before=timedelta(0), link_after=timedelta(0)))
    world.clock.forward(days=200)
    looked(world, GARETH, ANN)
    watch(oversight(world))
    assert concerns(world) == [(Concern.NO_CARE_LINK, "gareth.host")], "a booking of half a year ago is none"


def test_running_again_finds_nothing_new_and_a_second_look_that_day_is_the_same_review(world: World) -> None:
    looked(world, GARETH, ANN)
    watch(oversight(world))
    assert watch(oversight(world)) == 0
    looked(world, GARETH, ANN)
    assert watch(oversight(world)) == 1
    world.clock.forward(days=1)
    looked(world, GARETH, ANN)
    watch(oversight(world))
    assert len(concerns(world)) == 2


def test_a_look_is_judged_when_what_it_was_for_may_have_been_done(world: World) -> None:
    patient_watch = oversight(world, wait=timedelta(minutes=30))
    looked(world, GARETH, ANN)
    assert watch(patient_watch) == 0
    world.clock.forward(minutes=31)
    looked(world, GARETH, BOB)
    assert watch(patient_watch) == 1
    assert len(concerns(world)) == 1
    world.clock.forward(minutes=31)
    assert watch(patient_watch) == 1
    assert len(concerns(world)) == 2


def test_many_looks_are_judged_bit_by_bit_with_the_same_findings(world: World) -> None:
    for number in NUMBERS:
        looked(world, RITA, number)
    bits = oversight(world, bulk_patients=8)
    while watch(bits, limit=2) == 2:
        pass
    assert concerns(world) == [(Concern.BULK, RITA.user_id)], "a run in between must not split a crowd in two"


def test_jobs_and_refusals_are_no_looks(world: World) -> None:
    looked(world, replace(GARETH, role=UserRole.SYSTEM, via="job"), ANN)
    looked(world, GARETH, ANN, outcome="refused")
    assert watch(oversight(world)) == 0


def test_while_tracing_is_down_the_watch_waits_a_day_and_then_does_with_what_the_hub_knows(world: World) -> None:
    looked(world, GARETH, ANN)
    world.network.tracing.script.inject("trace", Mishap.UNREACHABLE, times=None)
    assert watch(oversight(world)) == 0
    world.clock.forward(hours=25)
    assert watch(oversight(world)) == 1
    assert concerns(world) == [], "no trace and no booking: not knowing is not a suspicion"


def test_a_colleague_and_an_own_record_are_told_by_what_the_manager_recorded(world: World) -> None:
    rita_herself, helen_herself = NHSNumber("9990000034"), NHSNumber("9990000050")
    for number, family in ((rita_herself, "Married-Name"), (helen_herself, "Manager")):
        world.network.tracing.add(patient(number, family=family), home_practice=HOME)
    looked(world, MANAGER, BOB)
    looked(world, RITA, BOB)
    for person, number in ((RITA, rita_herself), (MANAGER, helen_herself)):
        mark_own_record(oversight(world), person.user_id, person.name, MANAGER, nhs_number=number)
    looked(world, RITA, rita_herself)
    looked(world, RITA, helen_herself)
    watch(oversight(world))
    assert sorted(concerns(world)) == [(Concern.COLLEAGUE, RITA.user_id), (Concern.OWN_RECORD, RITA.user_id)]
    stored = [row.detail for row in world.ledger(act="access.record-marked")]
    assert rita_herself.value not in repr(stored)


def test_the_same_surname_at_the_same_address_is_told_by_the_trace(world: World) -> None:
    home = replace(patient(BOB, family="Reception", given="Bill"), address=("12 Saffron Road", "Bristol"))
    world.network.tracing.add(home, home_practice=HOME)
    looked(world, RITA, ANN)
    with pytest.raises(NothingThere):
        mark_own_record(oversight(world), "nobody", "N", MANAGER, nhs_number=ANN)
    mark_own_record(
        oversight(world),
        RITA.user_id,
        RITA.name,
        MANAGER,
        nhs_number=NHSNumber("9990000034"),
        postcode="bs14dj",
        first_line="12, SAFFRON road",
    )
    looked(world, RITA, BOB)
    watch(oversight(world))
    assert concerns(world) == [(Concern.SAME_HOUSEHOLD, RITA.user_id)]


@pytest.mark.parametrize("role", [UserRole.RECEPTIONIST, UserRole.CLINICIAN, UserRole.FEDERATION_ADMIN])
def test_only_a_manager_or_guardian_records_whose_record_is_whose(world: World, role: UserRole) -> None:
    with pytest.raises(NotYoursToSee):
        mark_own_record(oversight(world), "x", "X", replace(RITA, role=role), nhs_number=ANN)


def test_what_was_out_of_hours_is_the_acting_practices_to_review(world: World) -> None:
    world.clock.forward(hours=9)
    looked(world, replace(RITA, practice=HOST), ANN)
    looked(world, replace(RITA, practice=HOST), BOB)
    watch(oversight(world))
    assert (Concern.OUT_OF_HOURS, RITA.user_id) in concerns(world, HOST_GUARDIAN)
    (item,) = [each for each in queue(oversight(world), HOST_GUARDIAN) if each.concern is Concern.OUT_OF_HOURS]
    assert (item.looks, item.nhs_number) == (2, None)
