"""A broken glass opens one look, cut down like any other, and nobody else's."""

from dataclasses import replace

import pytest

from accountability.break_glass import BreakGlass, break_glass
from accountability.concerns import Concern
from accountability.reviews import queue
from connectors.admission import NotAdmitted
from records.viewing import OpenRecord, look
from sharing_agreements import choices
from sharing_agreements.problems import NotPermitted
from tests.accountability.people import GUARDIAN, oversight
from tests.records.test_viewing import DOCTOR, SUMMARY, open_surgery
from tests.scheduling.world import ANN, BOB, HOME, World, caller
from vocabulary.choices import PatientChoice, Permission
from vocabulary.record_parts import RecordSection

pytestmark = pytest.mark.database
EMERGENCY = BreakGlass(ANN, HOME, "Collapsed at the desk, allergies not known.", "Practice Y90001")


def test_what_the_agreement_does_not_cover_is_shown_in_an_emergency_cut_down_and_accounted_for(world: World) -> None:
    surgery = open_surgery(world)
    with pytest.raises(NotPermitted):
        surgery.look()
    permit = break_glass(oversight(world), EMERGENCY, DOCTOR, proved_at=world.clock.now())
    command = OpenRecord(surgery.booking.ref, Permission.CANNOT_ASK, SUMMARY)
    found = look(surgery.room, command, DOCTOR, emergency=permit)
    problems = found.trimmed.record.section(RecordSection.PROBLEMS)
    assert [entry.what.words for entry in problems.entries] == ["Asthma"], "sensitive codes stay left out"  # type: ignore[attr-defined]
    assert surgery.acts()[1:] == [
        ("permit.view-record", "allowed", "emergency"),
        ("record.shown", "done", "cannot-ask"),
    ]
    (item,) = queue(oversight(world), GUARDIAN)
    assert item.concern is Concern.BREAK_GLASS


def test_the_permit_of_one_emergency_opens_nobody_elses_record(world: World) -> None:
    surgery = open_surgery(world)
    world.network.tracing.add(replace(world.network.tracing.trace(BOB, caller=DOCTOR).patient), home_practice=HOME)
    other = replace(EMERGENCY, nhs_number=BOB)
    permit = break_glass(oversight(world), other, DOCTOR, proved_at=world.clock.now())
    with pytest.raises(NotAdmitted):
        look(surgery.room, OpenRecord(surgery.booking.ref, Permission.CANNOT_ASK, SUMMARY), DOCTOR, emergency=permit)


def test_against_dissent_there_is_no_permit_to_look_with(world: World) -> None:
    open_surgery(world)
    choices.write_down(world.work, ANN, PatientChoice.DISSENT_TO_SHARING, caller=caller(), clock=world.clock)
    with pytest.raises(NotPermitted):
        break_glass(oversight(world), EMERGENCY, DOCTOR, proved_at=world.clock.now())
