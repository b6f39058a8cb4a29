"""The gate: no permit without its decision in the ledger, none made elsewhere, none that outlives its agreement."""

import pickle
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting
from dataclasses import FrozenInstanceError, replace
from threading import Event, Thread

import pytest
from sqlalchemy import text

from scheduling import booking, claims, holding
from scheduling.commands import TakeHold
from scheduling.problems import SlotTaken
from sharing_agreements.gate import Gate, Permit
from sharing_agreements.problems import NotPermitted, after_a_withdrawal
from sharing_agreements.reading import read_terms
from sharing_agreements.register import agreements_for
from sharing_agreements.terms import Why
from storage.work import Tx
from tests.scheduling.world import ANN, HOME, HOST, NOW, OTHER, World, caller
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Scope

pytestmark = pytest.mark.database


def _gate(world: World) -> Gate:
    return world.desk.gate


def _set_status(tx: Tx, agreement: int, status: str) -> None:
    tx.execute(text("UPDATE agreement SET status = :status WHERE id = :id"), {"status": status, "id": agreement})


def test_a_permit_is_in_the_ledger_before_it_is_given(world: World) -> None:
    permit = _gate(world).permit(caller(), HOST, Scope.BOOK, nhs_number=ANN, booking_ref="7KQ4MPXB")
    (told,) = world.ledger()
    assert (told.act, told.outcome, told.reason) == ("permit.book", "allowed", "granted")
    assert (told.agreement, told.clause, told.purpose) == ("DSA-1 v1", "2.2", "direct-care")
    assert (told.user_id, told.user_role, told.acting_for) == ("rita.reception", "receptionist", HOME.value)
    assert (told.host_ods, told.nhs_number, told.booking_ref) == (HOST.value, ANN.value, "7KQ4MPXB")
    assert (permit.decision.allowed, permit.at, permit.booking_ref) == (True, NOW, "7KQ4MPXB")


def test_a_refusal_is_in_the_ledger_too_and_says_what_to_do(world: World) -> None:
    world.suspend()
    with pytest.raises(NotPermitted) as refused:
        _gate(world).permit(caller(), HOST, Scope.BOOK, giver_name="Hill Surgery", nhs_number=ANN)
    assert refused.value.decision.why is Why.SUSPENDED
    assert "Hill Surgery" in refused.value.message
    assert refused.value.next_step
    (told,) = world.ledger()
    assert (told.act, told.outcome, told.reason, told.nhs_number) == (
        "permit.book",
        "refused",
        "suspended",
        ANN.value,
    )


def test_a_federation_admin_is_not_told_to_ask_the_federation_admin(world: World) -> None:
    world.suspend()
    for role, told in (
        (UserRole.RECEPTIONIST, "Ask your federation admin"),
        (UserRole.FEDERATION_ADMIN, "“Agreements”"),
    ):
        with pytest.raises(NotPermitted) as refused:
            _gate(world).permit(caller(role=role), HOST, Scope.BOOK)
        assert told in refused.value.next_step
    assert "ask" in after_a_withdrawal(UserRole.RECEPTIONIST)
    assert "ask" not in after_a_withdrawal(UserRole.FEDERATION_ADMIN)


def test_a_practice_without_a_name_is_named_by_its_code(world: World) -> None:
    with pytest.raises(NotPermitted, match=HOST.value):
        _gate(world).permit(caller(), HOST, Scope.VIEW_RECORD)


def test_the_own_practice_is_permitted_without_an_agreement(world: World) -> None:
    world.suspend()
    permit = _gate(world).permit(caller(), HOME, Scope.BOOK)
    assert permit.decision.why is Why.OWN_PRACTICE
    with world.work.begin() as tx:
        assert _gate(world).stands(tx, permit)


def test_nobody_else_makes_a_permit_or_changes_one(world: World) -> None:
    permit = _gate(world).permit(caller(), HOST, Scope.BOOK)
    with pytest.raises(TypeError):
        Permit(object(), permit.question, permit.decision, permit.at, "")
    with pytest.raises(TypeError):
        replace(permit, booking_ref="7KQ4MPXB")
    with pytest.raises(FrozenInstanceError):
        permit.booking_ref = "7KQ4MPXB"  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(permit)) == permit, "a copy is the same permit"  # noqa: S301


@pytest.mark.parametrize("status", ["suspended", "ended", "expired", "draft", "proposed"])
def test_a_permit_stands_only_while_its_agreement_does(world: World, status: str) -> None:
    permit = _gate(world).permit(caller(), HOST, Scope.BOOK)
    with world.work.begin() as tx:
        assert _gate(world).stands(tx, permit)
        _set_status(tx, world.agreement, status)
    with world.work.begin() as tx:
        assert not _gate(world).stands(tx, permit)


def test_a_permit_ends_with_the_last_second_of_its_agreement(world: World) -> None:
    permit = _gate(world).permit(caller(), HOST, Scope.BOOK)
    world.clock.forward(days=265, seconds=-1)
    with world.work.begin() as tx:
        assert _gate(world).stands(tx, permit)
    world.clock.forward(seconds=1)
    with world.work.begin() as tx:
        assert not _gate(world).stands(tx, permit)


def test_a_permit_under_one_agreement_does_not_stand_on_another(world: World) -> None:
    """Only the first one's row is locked, and only it is on record; asking again gives a permit under the other."""
    permit = _gate(world).permit(caller(), HOST, Scope.BOOK)
    world.agree({HOME, HOST}, code="DSA-2")
    world.suspend()
    with world.work.begin() as tx:
        assert not _gate(world).stands(tx, permit)
    assert _gate(world).permit(caller(), HOST, Scope.BOOK).decision.agreement == "DSA-2 v1"


def test_every_host_is_decided_at_once_and_nothing_is_told_apart(world: World) -> None:
    stranger = OdsCode("Y99999")
    with world.work.read() as tx:
        found = _gate(world).open_hosts(tx, caller(), Scope.SEE_SLOTS, [HOME, HOST, OTHER, stranger], at=NOW)
    assert {host: decision.why for host, decision in found.items()} == {
        HOME: Why.OWN_PRACTICE,
        HOST: Why.GRANTED,
        OTHER: Why.GRANTED,
        stranger: Why.NO_AGREEMENT,
    }
    assert world.ledger() == []


# A suspension while somebody books


def _suspending(world: World) -> None:
    with world.work.begin() as tx:
        _set_status(tx, world.agreement, "suspended")


def test_a_suspension_waits_for_a_claim_that_has_checked_its_agreement(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.clinic(slots=1)
    world.see()
    checked, go_on = Event(), Event()
    take = claims.take

    def slowly(*args: object, **more: object) -> bool:
        checked.set()
        assert go_on.wait(timeout=10)
        return take(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(claims, "take", slowly)
    offer = world.offers()[0]
    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(holding.take, world.desk, TakeHold(offer.slot_ids), caller())
        assert checked.wait(timeout=10)
        suspended: Future[None] = pool.submit(_suspending, world)
        with pytest.raises(StillWaiting):
            suspended.result(timeout=0.15)
        go_on.set()
        assert held.result(timeout=10).facts.host == HOST
        suspended.result(timeout=10)


@pytest.mark.parametrize("act", ["hold", "book"])
def test_a_claim_waits_for_a_suspension_under_way_and_is_then_refused(world: World, act: str) -> None:
    world.clinic(slots=1)
    world.see()
    offer = world.offers()[0]
    held = world.hold() if act == "book" else None

    def go() -> object:
        if held:
            return booking.book(world.desk, world.form(held.ref), caller())
        return holding.take(world.desk, TakeHold(offer.slot_ids), caller())

    with ThreadPoolExecutor(1) as pool:
        with world.work.begin() as tx:
            _set_status(tx, world.agreement, "suspended")
            acting = pool.submit(go)
            with pytest.raises(StillWaiting):
                acting.result(timeout=0.2)
        with pytest.raises(NotPermitted, match="withdrawn a moment ago"):
            acting.result(timeout=10)
    assert world.network.diary(HOST).appointments == ()
    assert len(world.claimed()) == int(act == "book"), "a hold already there stays until it runs out"
    assert "booking.requested" not in world.acts()


def test_no_claim_commits_after_a_suspension_did(world: World) -> None:
    slots = world.clinic(slots=40)
    world.see()
    ids = [offer.slot_ids for offer in world.offers(limit=40)]
    assert len(ids) == len(slots)
    stop = Event()

    def grab(number: int) -> None:
        for each in ids[number::4]:
            if stop.is_set():
                return
            try:
                holding.take(world.desk, TakeHold(each), caller(user=f"user-{each[0]}"))
            except NotPermitted:
                stop.set()
            except SlotTaken:
                continue

    threads = [Thread(target=grab, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    while len(world.claimed()) < 3:
        pass
    _suspending(world)
    when_suspended = world.claimed()
    for thread in threads:
        thread.join(timeout=30)
    assert stop.is_set()
    assert world.claimed() == when_suspended


# The register


def test_terms_are_read_with_all_that_decides(world: World) -> None:
    with world.work.read() as tx:
        (terms,) = read_terms(tx, {HOME, HOST})
        assert read_terms(tx, {HOME, OdsCode("Y99999")}) == ()
        assert read_terms(tx, {HOME, OdsCode("Y99999")}, any_of=True) == (terms,)
        assert read_terms(tx, set()) == read_terms(tx, set(), any_of=True) == ()
    assert (terms.label, terms.status) == ("DSA-1 v1", "in-force")
    assert terms.parties == terms.signed == {HOME, HOST, OTHER}
    assert [(grant.clause, grant.scope) for grant in terms.grants] == [
        ("2.1", Scope.SEE_SLOTS),
        ("2.2", Scope.BOOK),
    ]
    assert {grant.roles for grant in terms.grants} == {frozenset(UserRole)}


def test_an_agreement_without_clauses_or_signatures_is_read_as_such(world: World) -> None:
    number = world.agree({HOME, HOST}, signed=set(), code="DSA-2")
    with world.work.begin() as tx:
        tx.execute(text("DELETE FROM agreement_grant WHERE agreement_id = :id"), {"id": number})
        found = {terms.code: terms for terms in read_terms(tx, {HOME})}
    assert (found["DSA-2"].signed, found["DSA-2"].grants) == (frozenset(), ())


def test_a_practice_sees_every_agreement_it_is_named_in_with_who_signed(world: World) -> None:
    world.agree({HOST, OTHER}, code="DSA-9")
    world.agree({HOME, HOST}, signed={HOST}, code="DSA-2")
    world.suspend()
    with world.work.read() as tx:
        found = agreements_for(tx, caller())
    assert [(view.terms.code, view.terms.status) for view in found] == [("DSA-1", "suspended"), ("DSA-2", "in-force")]
    assert [signature[0] for signature in found[0].signatures] == [HOME, HOST, OTHER]
    assert found[1].signatures == ((HOST, "Dr Partner", "partner", NOW),)
    assert (found[0].cluster, found[0].status_reason, found[0].suspended_at, found[0].review_on) == ("", "", None, None)


def test_a_federation_admin_sees_every_agreement_those_of_their_practice_first(world: World) -> None:
    world.agree({HOST, OTHER}, signed={HOST}, code="DSA-0")
    admin = caller(role=UserRole.FEDERATION_ADMIN)
    with world.work.read() as tx:
        found = agreements_for(tx, admin)
        assert [view.terms.code for view in found] == ["DSA-1", "DSA-0"]
        assert [ods for ods, *_ in found[1].signatures] == [HOST]
        for role in set(UserRole) - {UserRole.FEDERATION_ADMIN}:
            assert [view.terms.code for view in agreements_for(tx, caller(role=role))] == ["DSA-1"], role
