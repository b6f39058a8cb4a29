"""The patient on the phone: traced nationally, shown with the bookings their practice has a part in, never printed."""

from datetime import date, timedelta

import pytest

from connectors.mock.script import Mishap
from scheduling import cancelling, patients
from scheduling.commands import CancelBooking
from scheduling.problems import HostSlow, PatientNotFound
from tests.scheduling.world import ANN, BOB, HOME, HOST, OTHER, TONIGHT, World, caller, patient
from vocabulary.appointments import CancellationReason
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.problems import ProblemKind
from vocabulary.slots import Gender

pytestmark = pytest.mark.database

CAROL, OLD, NOBODY = NHSNumber("9990000034"), NHSNumber("9990000042"), NHSNumber("9990000069")
BORN = date(1980, 2, 29)


def test_somebody_known_is_shown_with_their_practice(world: World) -> None:
    card = patients.look_up(world.desk, ANN, caller())
    assert card.traced is not None
    assert (card.traced.patient.given, card.home_practice_name) == ("Ann", f"Practice {HOME}")
    assert not (card.tracing_down or card.superseded or card.deceased or card.bookings)
    assert "Ann" not in repr(card)
    assert ANN.value not in repr(card)


def test_looking_somebody_up_is_accounted_for_before_anything_is_asked(world: World) -> None:
    world.network.tracing.script.inject("trace", Mishap.UNREACHABLE)
    patients.look_up(world.desk, ANN, caller())
    (told,) = world.ledger()
    assert (told.act, told.nhs_number, told.purpose) == ("patient.looked-up", ANN.value, "direct-care")


def test_nobody_and_a_dead_person_and_a_home_practice_nobody_knows_are_said_so(world: World) -> None:
    with pytest.raises(PatientNotFound):
        patients.look_up(world.desk, CAROL, caller())
    world.network.tracing.add(patient(CAROL), deceased=True, home_practice=OdsCode("Y99999"))
    card = patients.look_up(world.desk, CAROL, caller())
    assert (card.deceased, card.home_practice_name) == (True, "Y99999")
    world.network.tracing.add(patient(CAROL))
    assert patients.look_up(world.desk, CAROL, caller()).home_practice_name == ""


def test_a_superseded_number_leads_to_the_one_in_use(world: World) -> None:
    world.network.tracing.add(patient(CAROL, given="Carol"), home_practice=HOME, formerly=OLD)
    card = patients.look_up(world.desk, OLD, caller())
    assert (card.nhs_number, card.superseded) == (CAROL, True)


def test_a_restricted_patient_gets_the_answer_that_a_number_nobody_has_gets(world: World) -> None:
    world.network.tracing.add(patient(CAROL, given="Carol"), restricted=True, formerly=OLD)
    answers = []
    for number in (NOBODY, CAROL, OLD):
        with pytest.raises(PatientNotFound) as refused:
            patients.look_up(world.desk, number, caller())
        answers.append((refused.value.code, refused.value.message, refused.value.next_step))
    assert answers == [answers[0]] * 3
    assert "book by phone" in answers[0][2] and "restrict" not in f"{answers}".lower()


def test_a_search_by_name_leaves_a_restricted_patient_out_as_if_there_were_none(world: World) -> None:
    world.network.tracing.add(patient(CAROL, given="Carol"), restricted=True)
    answers = []
    for given in ("Carol", "Nobody"):
        with pytest.raises(PatientNotFound, match="Nobody fits") as refused:
            patients.search(world.desk, caller(), family="Example", given=given, birth_date=BORN)
        answers.append((refused.value.message, refused.value.next_step))
    assert answers[0] == answers[1] and "book by phone" in answers[0][1]
    found = patients.search(world.desk, caller(), family="Example", birth_date=BORN)
    assert {card.nhs_number for card in found} == {ANN, BOB}


@pytest.mark.parametrize("mishap", [Mishap.UNREACHABLE, Mishap.NO_ANSWER_BEFORE_COMMIT, Mishap.GARBLED_BEFORE_COMMIT])
def test_while_tracing_is_down_the_number_is_read_back_and_bookings_still_shown(world: World, mishap: Mishap) -> None:
    world.clinic()
    world.see()
    found = world.book()
    world.network.tracing.script.inject("trace", mishap)
    card = patients.look_up(world.desk, ANN, caller())
    assert (card.tracing_down, card.traced, card.nhs_number) == (True, None, ANN)
    assert [view.ref for view in card.bookings] == [found.ref]


def test_only_bookings_ahead_that_the_practice_has_a_part_in_are_shown(world: World) -> None:
    world.clinic()
    world.clinic(starts=TONIGHT + timedelta(days=1))
    world.see()
    found = world.book()
    gone = world.book(index=-1)
    cancelling.cancel(world.desk, CancelBooking(gone.ref, CancellationReason.PATIENT_ASKED), caller())
    for practice, seen in ((HOME, [found.ref]), (HOST, [found.ref]), (OTHER, [])):
        card = patients.look_up(world.desk, ANN, caller(practice))
        assert [view.ref for view in card.bookings] == seen
    world.clock.at = TONIGHT + timedelta(minutes=14)
    assert patients.look_up(world.desk, ANN, caller()).bookings, "it is going on"
    world.clock.forward(minutes=1)
    assert patients.look_up(world.desk, ANN, caller()).bookings == ()


def test_people_are_searched_by_name_and_birthday_and_told_apart_by_more(world: World) -> None:
    world.network.tracing.add(patient(CAROL, given="Ann"), home_practice=HOST)
    found = patients.search(world.desk, caller(), family="example", given="ANN", birth_date=BORN)
    assert {card.nhs_number for card in found} == {ANN, CAROL}
    with pytest.raises(PatientNotFound):
        patients.search(world.desk, caller(), family="Example", birth_date=BORN, gender=Gender.MALE)
    with pytest.raises(PatientNotFound):
        patients.search(world.desk, caller(), family="Example", birth_date=BORN, postcode="BS9 9ZZ")
    told = world.ledger(act="patient.searched")
    assert len(told) == 3
    assert {row.nhs_number for row in told} == {""}


def test_a_search_that_the_service_refuses_or_does_not_answer_says_what_to_do(world: World) -> None:
    world.network.tracing.script.inject("search", Mishap.REFUSED)
    with pytest.raises(PatientNotFound) as refused:
        patients.search(world.desk, caller(), family="Example", birth_date=BORN)
    assert "postcode" in refused.value.next_step
    world.network.tracing.script.inject("search", Mishap.NO_ANSWER_BEFORE_COMMIT)
    with pytest.raises(HostSlow) as silent:
        patients.search(world.desk, caller(), family="Example", birth_date=BORN)
    assert silent.value.kind is ProblemKind.HOST_UNAVAILABLE
    assert "NHS number" in silent.value.next_step
