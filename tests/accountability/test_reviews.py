"""The queue: who sees and settles what, once, with a verdict and words; a mistake one says oneself; legal holds."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from accountability.concerns import Concern, Verdict
from accountability.flagging import flag_mistake
from accountability.legal_holds import holds, lift_hold, set_hold
from accountability.problems import NothingThere, NotYoursToSee, SettledAlready, WordsMissing
from accountability.reviews import queue, settle, waiting
from accountability.watching import watch
from hub.auth.models import WebSessionRow
from hub.auth.sessions import SessionStore
from practices.wire.models import WireExchangeRow
from practices.wire.recorder import WireTrace
from scheduling import tidying
from scheduling.models import SlotClaimRow
from tests.accountability.people import ADMIN, GARETH, GUARDIAN, HOST_GUARDIAN, MANAGER, RITA, looked, oversight
from tests.scheduling.world import ANN, HOME, HOST, OTHER, World, caller
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole

pytestmark = pytest.mark.database
FAR_OFF = date(2027, 5, 1)


@pytest.fixture
def review(world: World) -> int:
    """One review: Gareth of Host looked at Ann, who is Home's."""
    looked(world, GARETH, ANN)
    watch(oversight(world))
    (item,) = queue(oversight(world), GUARDIAN)
    return item.id


def test_a_review_is_due_in_a_week_and_overdue_after(world: World, review: int) -> None:
    (item,) = queue(oversight(world), GUARDIAN)
    assert item.due_at - item.raised_at == timedelta(days=7)
    assert not item.overdue(world.clock.now())
    assert item.overdue(world.clock.now() + timedelta(days=8))
    assert (waiting(oversight(world), GUARDIAN), waiting(oversight(world), HOST_GUARDIAN)) == (1, 0)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_guardian_settles_it_with_a_verdict_and_words(world: World, review: int, verdict: Verdict) -> None:
    settled = settle(oversight(world), review, verdict, " Asked Gareth: a call was put through. ", GUARDIAN)
    assert (settled.verdict, settled.settled_by_name) == (verdict, "Ruth Guardian")
    assert settled.words == "Asked Gareth: a call was put through."
    assert queue(oversight(world), GUARDIAN) == ()
    assert [item.id for item in queue(oversight(world), GUARDIAN, settled=True)] == [review]
    (told,) = world.ledger(act="review.settled")
    assert (told.reason, told.nhs_number, told.detail["concern"]) == (verdict.value, ANN.value, "no-care-link")
    assert told.detail["late"] is False
    with pytest.raises(SettledAlready):
        settle(oversight(world), review, verdict, "Again.", GUARDIAN)


def test_a_settled_review_is_not_raised_again_for_the_same_day(world: World, review: int) -> None:
    settle(oversight(world), review, Verdict.APPROPRIATE, "Asked.", GUARDIAN)
    looked(world, GARETH, ANN)
    watch(oversight(world))
    assert queue(oversight(world), GUARDIAN) == ()


@pytest.mark.parametrize(("words", "length"), [("", 0), ("   ", 0), ("x" * 501, 501)])
def test_a_verdict_needs_words_and_not_too_many(world: World, review: int, words: str, length: int) -> None:
    with pytest.raises(WordsMissing):
        settle(oversight(world), review, Verdict.APPROPRIATE, words, GUARDIAN)


def test_nobody_else_settles_it_and_nobody_their_own(world: World, review: int) -> None:
    with pytest.raises(NothingThere):
        settle(oversight(world), review, Verdict.APPROPRIATE, "Fine.", HOST_GUARDIAN)
    for who in (MANAGER, ADMIN, RITA):
        with pytest.raises(NotYoursToSee):
            settle(oversight(world), review, Verdict.APPROPRIATE, "Fine.", who)
    herself = replace(GUARDIAN, user_id=GARETH.user_id)
    with pytest.raises(NotYoursToSee, match="own access"):
        settle(oversight(world), review, Verdict.APPROPRIATE, "Fine.", herself)
    assert len(queue(oversight(world), GUARDIAN)) == 1


def test_a_federation_admin_sees_that_it_is_there_and_not_whom_it_is_about(world: World, review: int) -> None:
    (item,) = queue(oversight(world), ADMIN)
    assert (item.id, item.nhs_number, item.reason, item.words) == (review, None, "", "")
    for role in set(UserRole) - {UserRole.CALDICOTT_GUARDIAN, UserRole.FEDERATION_ADMIN}:
        with pytest.raises(NotYoursToSee):
            queue(oversight(world), caller(role=role))


# “I opened the wrong patient”


def test_a_mistake_is_said_by_the_one_who_made_it_and_the_home_practice_is_told(world: World) -> None:
    looked(world, GARETH, ANN)
    (event,) = world.ledger()
    assert flag_mistake(oversight(world), event.id, " Two callers of one name. ", GARETH)
    assert not flag_mistake(oversight(world), event.id, "Again.", GARETH)
    (item,) = queue(oversight(world), GUARDIAN)
    assert (item.concern, item.reason, item.user_id) == (
        Concern.SAID_MISTAKE,
        "Two callers of one name.",
        "gareth.host",
    )
    (told,) = world.ledger(act="access.mistake-said")
    assert (told.nhs_number, told.detail, told.user_id) == (ANN.value, {"event": event.id}, "gareth.host")


def test_only_ones_own_look_at_a_patient_can_be_said_to_be_a_mistake(world: World) -> None:
    looked(world, GARETH, ANN)
    (event,) = world.ledger()
    with pytest.raises(NothingThere):
        flag_mistake(oversight(world), event.id, "", RITA)
    with pytest.raises(NothingThere):
        flag_mistake(oversight(world), event.id + 1, "", GARETH)
    with pytest.raises(WordsMissing):
        flag_mistake(oversight(world), event.id, "x" * 501, GARETH)


# Legal holds


def held(world: World, ods: OdsCode = HOME, **more: object) -> int:
    return set_hold(oversight(world), ods, ADMIN, reason="A claim", look_again_on=FAR_OFF, **more)  # type: ignore[arg-type]


def test_a_hold_is_set_and_lifted_with_reasons_that_are_in_the_ledger(world: World) -> None:
    number = set_hold(oversight(world), HOME, GUARDIAN, reason=" A claim ", look_again_on=FAR_OFF, nhs_number=ANN)
    (view,) = holds(oversight(world), GUARDIAN)
    assert (view.reason, view.nhs_number, view.lifted_at) == ("A claim", ANN, None)
    (seen,) = holds(oversight(world), ADMIN)
    assert (seen.about_a_patient, seen.nhs_number) == (True, None)
    assert holds(oversight(world), HOST_GUARDIAN) == ()
    with pytest.raises(NothingThere):
        lift_hold(oversight(world), number, HOST_GUARDIAN, reason="Not mine")
    lift_hold(oversight(world), number, GUARDIAN, reason="Settled out of court")
    with pytest.raises(NothingThere):
        lift_hold(oversight(world), number, GUARDIAN, reason="Again")
    (view,) = holds(oversight(world), GUARDIAN)
    assert (view.lift_reason, view.lifted_by_name) == ("Settled out of court", "Ruth Guardian")
    assert [(row.act, row.reason) for row in world.ledger()] == [
        ("hold.legal-set", "A claim"),
        ("hold.legal-lifted", "Settled out of court"),
    ]


def test_a_hold_needs_a_reason_a_day_ahead_and_the_right_hands(world: World) -> None:
    with pytest.raises(WordsMissing):
        set_hold(oversight(world), HOME, GUARDIAN, reason=" ", look_again_on=FAR_OFF)
    with pytest.raises(WordsMissing):
        set_hold(oversight(world), HOME, GUARDIAN, reason="A claim", look_again_on=world.clock.now().date())
    for who in (HOST_GUARDIAN, MANAGER, RITA):
        with pytest.raises(NotYoursToSee):
            set_hold(oversight(world), HOME, who, reason="A claim", look_again_on=FAR_OFF)
    with pytest.raises(NothingThere):
        held(world, OdsCode("Y99999"))
    with pytest.raises(NotYoursToSee):
        holds(oversight(world), RITA)


def exchange(world: World, host: OdsCode, booker: OdsCode) -> None:
    words = ("user_id", "user_name", "via", "interaction", "message_set", "method", "path", "outcome", "detail")
    row = WireExchangeRow(
        at=world.clock.now(),
        host_ods=host.value,
        booking_ods=booker.value,
        status=200,
        ms=1.0,
        attempt=1,
        trace_id="",
        request_id="",
        **dict.fromkeys(words, "x"),
    )
    with world.work.begin() as tx:
        tx.add(row)


def test_the_wire_trace_of_a_practice_under_a_hold_stays_until_it_is_lifted(world: World) -> None:
    trace = WireTrace(world.work, world.clock, days=14)
    exchange(world, HOST, HOME)
    exchange(world, HOST, OTHER)
    number = held(world)
    held(world, OTHER, nhs_number=ANN)  # about one patient: keeps no wire trace, which names no patient
    world.clock.forward(days=15)
    assert trace.tidy() == 1
    assert trace.tidy() == 0
    lift_hold(oversight(world), number, ADMIN, reason="Over")
    assert trace.tidy() == 1


def test_who_was_signed_in_stays_on_record_under_a_hold(world: World) -> None:
    store = SessionStore(world.work, world.clock)
    for practice in (HOME, HOST):
        token = store.begin("rita", "Rita", sid="", data={})
        session = store.find(token)
        assert session is not None
        session.acting_ods = practice.value
        session.put("acting", {})
        store.save(session, seen=True)
        store.end(session.id, by="test")
    number = held(world)
    world.clock.forward(days=91)

    def kept() -> list[str]:
        store.tidy()
        with world.work.read() as tx:
            return list(tx.scalars(select(WebSessionRow.acting_ods)))

    assert kept() == [HOME.value]
    lift_hold(oversight(world), number, ADMIN, reason="Over")
    assert kept() == []


def test_holds_on_slots_that_came_to_nothing_stay_under_a_legal_hold(world: World) -> None:
    world.clinic(slots=1)
    world.see()
    world.hold()
    number = held(world)
    world.clock.forward(days=3)
    tidying.tidy(world.desk)
    assert len(claims(world)) == 1
    lift_hold(oversight(world), number, ADMIN, reason="Over")
    tidying.tidy(world.desk)
    assert claims(world) == []


def claims(world: World) -> list[str]:
    with world.work.read() as tx:
        return list(tx.scalars(select(SlotClaimRow.ref)))
