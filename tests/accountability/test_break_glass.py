"""Breaking the glass: reason, fresh proof, the guardian told in the same commit, 48 hours; and who is never opened."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from accountability import break_glass as breaking
from accountability.break_glass import BreakGlass, break_glass
from accountability.concerns import Concern, Verdict
from accountability.problems import GlassNotBroken, WordsMissing
from accountability.reviews import queue, settle, waiting
from connectors.mock.script import Mishap
from sharing_agreements import choices
from sharing_agreements.problems import NotPermitted
from sharing_agreements.terms import Why
from tests.accountability.people import GUARDIAN, HOST_GUARDIAN, oversight
from tests.scheduling.world import ANN, BOB, HOME, HOST, World, caller, patient
from vocabulary.choices import AnsweredBy, PatientChoice, Permission
from vocabulary.people import UserRole
from vocabulary.purposes import Scope

pytestmark = pytest.mark.database
DOCTOR = replace(caller(HOST, user="amara.doctor", role=UserRole.CLINICIAN), name="Dr Amara Nwosu")
EMERGENCY = BreakGlass(ANN, HOME, "Brought in unconscious, allergies unknown.", "Practice Y90001")


def broken(world: World, command: BreakGlass = EMERGENCY, **more: object):  # type: ignore[no-untyped-def]
    proved = more.pop("proved_at", world.clock.now())
    return break_glass(oversight(world), command, more.pop("who", DOCTOR), proved_at=proved)  # type: ignore[arg-type]


def test_it_mints_a_permit_for_one_look_and_tells_the_guardian_in_the_same_commit(world: World) -> None:
    permit = broken(world)
    assert (permit.decision.why, permit.decision.despite) == (Why.EMERGENCY, Why.NOT_THIS_SCOPE)
    assert (permit.host, permit.question.scope, permit.nhs_number) == (HOME, Scope.VIEW_RECORD, ANN)
    (item,) = queue(oversight(world), GUARDIAN)
    assert (item.concern, item.user_name, item.nhs_number) == (Concern.BREAK_GLASS, "Dr Amara Nwosu", ANN)
    assert item.reason == EMERGENCY.reason
    assert item.due_at - item.raised_at == timedelta(hours=48)
    assert (waiting(oversight(world), GUARDIAN), waiting(oversight(world), HOST_GUARDIAN)) == (1, 0)
    assert [row.act for row in world.ledger()][:3] == ["permit.view-record", "glass.broken", "review.raised"]
    granted, told, _ = world.ledger()[:3]
    assert (granted.outcome, granted.reason, granted.detail["despite"]) == ("allowed", "emergency", "not-this-scope")
    assert (told.nhs_number, told.reason, told.host_ods) == (ANN.value, EMERGENCY.reason, HOME.value)


def test_who_agreed_is_written_down_with_the_permit_and_with_the_glass(world: World) -> None:
    broken(world, replace(EMERGENCY, permission=Permission.GIVEN, answered_by=AnsweredBy.PARENT))
    granted, told, _ = world.ledger()[:3]
    assert (granted.detail["permission"], granted.detail["answered_by"]) == ("given", "parent")
    assert (told.detail["permission"], told.detail["answered_by"]) == ("given", "parent")


@pytest.mark.parametrize("reason", ["Collapsed", "Unconsciousness", "a b", "  x  "])
def test_one_word_is_refused_with_how_much_is_needed(world: World, reason: str) -> None:
    with pytest.raises(WordsMissing, match="at least 2 words and 10 characters"):
        broken(world, replace(EMERGENCY, reason=reason))
    assert world.ledger() == []


def test_without_the_alert_there_is_no_permit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: object, **more: object) -> bool:
        raise RuntimeError("the queue cannot be written")

    monkeypatch.setattr(breaking, "raise_review", fails)
    with pytest.raises(RuntimeError):
        broken(world)
    assert world.ledger() == [], "neither decision nor permit: the commit was one"


def test_each_broken_glass_is_a_review_of_its_own_and_overdue_after_two_days(world: World) -> None:
    broken(world)
    broken(world)
    items = queue(oversight(world), GUARDIAN)
    assert len(items) == 2
    assert not items[0].overdue(world.clock.now() + timedelta(hours=47))
    assert items[0].overdue(world.clock.now() + timedelta(hours=49))
    settle(oversight(world), items[0].id, Verdict.APPROPRIATE, "Anaphylaxis; the record was needed.", GUARDIAN)
    assert len(queue(oversight(world), GUARDIAN)) == 1


def test_a_broken_glass_comes_before_everything_else_in_the_queue(world: World) -> None:
    from_before = oversight(world)
    with world.work.begin() as tx:
        tx.execute(
            text(
                "INSERT INTO access_review (concern, owner_ods, acting_ods, user_id, user_name, user_role, day, "
                "first_at, last_at, raised_at, due_at) VALUES ('bulk', :ods, :ods, 'x', 'X', 'receptionist', "
                "'2026-11-01', :at, :at, :at, :at)"
            ),
            {"ods": HOME.value, "at": world.clock.now() - timedelta(days=3)},
        )
    broken(world)
    assert [item.concern for item in queue(from_before, GUARDIAN)] == [Concern.BREAK_GLASS, Concern.BULK]


def test_never_against_dissent_and_the_attempt_is_on_record(world: World) -> None:
    dissent(world)
    for permission in (Permission.CANNOT_ASK, Permission.GIVEN):
        with pytest.raises(NotPermitted) as refused:
            broken(world, replace(EMERGENCY, permission=permission))
        assert refused.value.decision.why is Why.DISSENT
    assert queue(oversight(world), GUARDIAN) == ()
    attempts = world.ledger(act="glass.refused")
    assert [(row.outcome, row.reason, row.nhs_number) for row in attempts] == [("refused", "dissent", ANN.value)] * 2
    assert attempts[0].detail["said"] == EMERGENCY.reason


def dissent(world: World) -> None:
    choices.write_down(world.work, ANN, PatientChoice.DISSENT_TO_SHARING, caller=caller(), clock=world.clock)


def test_never_for_a_restricted_patient_and_the_answer_does_not_say_why(world: World) -> None:
    world.network.tracing.add(patient(ANN), home_practice=HOME, restricted=True)
    with pytest.raises(NotPermitted) as refused:
        broken(world)
    assert refused.value.decision.why is Why.NOT_AVAILABLE
    (told,) = world.ledger(act="permit.view-record")
    assert told.reason == "restricted"


def test_a_patient_who_said_no_is_not_an_emergency(world: World) -> None:
    with pytest.raises(NotPermitted) as refused:
        broken(world, replace(EMERGENCY, permission=Permission.REFUSED))
    assert refused.value.decision.why is Why.NO_PERMISSION


def test_where_an_agreement_grants_it_the_missing_care_link_is_what_is_broken(world: World) -> None:
    """The patient is here, and nothing shows it: no appointment, or one that was cancelled."""
    world.clinic(slots=1)
    with world.work.begin() as tx:
        tx.execute(
            text(
                "INSERT INTO agreement_grant (agreement_id, clause, scope, purpose, roles) "
                "VALUES (:id, '2.9', 'view-record', 'direct-care', '{clinician}')"
            ),
            {"id": world.agreement},
        )
    permit = broken(world)
    assert (permit.decision.why, permit.decision.despite) == (Why.EMERGENCY, Why.NO_CARE_LINK)
    (item,) = queue(oversight(world), GUARDIAN)
    assert item.concern is Concern.BREAK_GLASS
    assert world.ledger(act="glass.broken")[0].detail["despite"] == "no-care-link"
    dissent(world)
    with pytest.raises(NotPermitted) as refused:
        broken(world)
    assert refused.value.decision.why is Why.DISSENT


@pytest.mark.parametrize("role", sorted(set(UserRole) - {UserRole.CLINICIAN}))
def test_only_clinicians(world: World, role: UserRole) -> None:
    with pytest.raises(GlassNotBroken):
        broken(world, who=caller(HOST, role=role))


def test_a_reason_and_a_fresh_proof_are_needed(world: World) -> None:
    for reason in ("", "   ", "help", "x" * 301):
        with pytest.raises(WordsMissing):
            broken(world, replace(EMERGENCY, reason=reason))
    for proved_at in (None, world.clock.now() - timedelta(minutes=6)):
        with pytest.raises(GlassNotBroken, match="Prove who you are"):
            broken(world, proved_at=proved_at)
    assert world.ledger() == []


def test_while_the_national_record_is_silent_or_says_otherwise_nothing_opens(world: World) -> None:
    with pytest.raises(GlassNotBroken, match="not registered there"):
        broken(world, replace(EMERGENCY, home=HOST))
    world.network.tracing.script.inject("trace", Mishap.UNREACHABLE)
    with pytest.raises(GlassNotBroken, match="does not answer"):
        broken(world, replace(EMERGENCY, nhs_number=BOB))


def test_a_suspended_agreement_is_not_broken_open(world: World) -> None:
    world.suspend()
    with pytest.raises(NotPermitted) as refused:
        broken(world)
    assert refused.value.decision.why is Why.SUSPENDED
