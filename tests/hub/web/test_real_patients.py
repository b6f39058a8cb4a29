"""Reception's pages on the real desk: who is on the phone, and what that changes for a booking."""

import re
from dataclasses import replace
from datetime import date

import pytest

from scheduling import claims
from tests.hub.web.counter import Counter
from tests.scheduling.world import ANN, BOB, HOME, HOST, World, patient
from vocabulary.appointments import COMMENT_ROOM
from vocabulary.identifiers import NHSNumber

pytestmark = pytest.mark.database

TIMES = ["6.30pm", "6.45pm", "7pm", "7.15pm"]


def test_records_that_differ_are_accepted_on_purpose_only(counter: Counter, world: World) -> None:
    world.network.diary(HOST).add_patient(replace(patient(ANN), given="Anna"))
    counter.answers().chooses(counter.times()[0][1]).confirms()
    assert "The two records of this patient differ" in counter.says and "Given name" in counter.says
    counter.confirms(differences_seen="yes")
    assert counter.heading == "Booked"


def test_a_birthday_in_conflict_stops_the_booking(counter: Counter, world: World) -> None:
    world.network.diary(HOST).add_patient(replace(patient(ANN), birth_date=date(1981, 1, 1)))
    counter.answers().chooses(counter.times()[0][1]).confirms(differences_seen="yes")
    assert counter.seen.status_code == 422 and "It cannot be booked here" in counter.says


def test_the_page_for_a_restricted_patient_is_the_page_for_nobody(counter: Counter, world: World) -> None:
    hidden, nobody = NHSNumber("9990000034"), NHSNumber("9990000042")
    world.network.tracing.add(patient(hidden, given="Carol"), home_practice=HOME, restricted=True)
    pages = []
    for number in (hidden, nobody):
        counter.answers(number.value)
        assert counter.seen.status_code == 422 and "The practices and their telephone numbers" in counter.says
        pages.append(re.sub('nonce="[^"]+"', "", counter.seen.text).replace(number.value, ""))
    assert pages[0] == pages[1] and "book by phone" in pages[0]


def test_a_form_shown_for_one_patient_books_no_other(counter: Counter, world: World) -> None:
    """Two tabs: one shows Ann's form, the other answers Bob's call; confirming in the first must not book Bob."""
    counter.answers().chooses(counter.times()[0][1])
    page, ref = counter.seen, counter.ref
    counter.answers(BOB.value)
    counter.seen = page
    counter.sends(
        f"/holds/{ref.value}/book",
        description="Ann's own reason",
        phone="07700 900101",
        patient_told="yes",
        shown_for=re.findall(r'name="shown_for" value="([^"]+)"', page.text)[0],
    )
    assert counter.seen.status_code == 409
    assert "The patient on the phone changed since this form was shown, so nothing was booked." in counter.says
    assert "What you typed was for the patient before and is not kept." in counter.says
    assert "Ann's own reason" not in counter.seen.text
    assert world.network.diary(HOST).appointments == ()


@pytest.mark.parametrize("next_one", [None, BOB])
def test_a_form_whose_patient_was_cleared_says_that_and_not_that_time_ran_out(
    counter: Counter, next_one: NHSNumber | None
) -> None:
    counter.answers().chooses(counter.times()[0][1])
    page, ref = counter.seen, counter.ref
    counter.sends("/patient/clear")  # in another tab: what was held for the call is let go
    if next_one is not None:
        counter.answers(next_one.value)
    counter.shown_for = re.findall(r'name="shown_for" value="([^"]+)"', page.text)[0]
    counter.sends(f"/holds/{ref.value}/book", description="Review", shown_for=counter.shown_for)
    said = "was cleared" if next_one is None else "on the phone changed"
    assert counter.seen.status_code == 409 and f"{said} since this form was shown" in counter.says
    assert "is not kept" in counter.says and "ran out" not in counter.says


def test_clearing_the_patient_lets_what_was_held_go(counter: Counter, world: World) -> None:
    counter.answers().chooses(counter.times()[0][1])
    with world.work.read() as tx:
        assert claims.count_holds(tx, "rita.reception", now=world.clock.now()) == 1
    counter.sends("/patient/clear")
    with world.work.read() as tx:
        assert claims.count_holds(tx, "rita.reception", now=world.clock.now()) == 0


def test_nothing_is_held_for_somebody_who_has_died(counter: Counter, world: World) -> None:
    dead = NHSNumber("9990000034")
    world.network.tracing.add(patient(dead), deceased=True)
    value, _ = counter.goes_to("/search").times()[0]  # of a page shown before: the dead are offered nothing
    assert counter.answers(dead.value).times() == []
    counter.sends("/holds", slots=value)
    assert "has died, so nothing can be booked" in counter.says
    with world.work.read() as tx:
        assert claims.count_holds(tx, "rita.reception", now=world.clock.now()) == 0


def test_the_interpreter_travels_with_the_booking(counter: Counter, world: World) -> None:
    polish = NHSNumber("9990000042")
    world.network.tracing.add(patient(polish), home_practice=HOME, interpreter="Polish")
    counter.answers(polish.value)
    ref = counter.books(counter.times()[0][1], comment="Prefers to stand")
    (there,) = world.network.diary(HOST).appointments
    assert there.comment == f"[{ref.spoken}] Interpreter: Polish. Prefers to stand"


def test_a_note_too_long_for_the_interpreter_is_to_be_shortened_not_the_interpreter_left_out(
    counter: Counter, world: World
) -> None:
    polish = NHSNumber("9990000042")
    world.network.tracing.add(patient(polish), home_practice=HOME, interpreter="Polish")
    counter.answers(polish.value).chooses(counter.times()[0][1]).confirms(comment="x" * COMMENT_ROOM)
    assert counter.seen.status_code == 422
    assert counter.says.count(f"Shorten the note to {COMMENT_ROOM - len('Interpreter: Polish. ')} characters") == 2
    assert world.network.diary(HOST).appointments == ()
    counter.confirms(comment="x" * 100)
    assert counter.heading == "Booked"
