"""An end that was planned is withdrawn, or put off, up to the day that was signed and no further."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from sharing_agreements.deeds import DeedRefused, NotYourAgreement, ReasonWanted
from sharing_agreements.drafting import Ref
from sharing_agreements.lifecycle import NotNow
from sharing_agreements.register import Register
from sharing_agreements.stopping import Ending
from tests.scheduling.world import NOW, World
from tests.sharing_agreements.making import ADMIN, HOST, guardian, in_force, register, whole
from vocabulary.agreements import AgreementStatus, AtEnd

pytestmark = pytest.mark.database
EARLY = NOW + timedelta(days=40)
WHY = "The new contract comes later."


def planned(world: World) -> tuple[Register, Ref]:
    ref, book = in_force(world), register(world)
    book.end(ref, Ending("Another contract.", AtEnd.KEEP, EARLY), caller=ADMIN)
    return book, ref


def test_withdrawn_it_runs_until_it_was_signed_for_and_everybody_hears(alone: World) -> None:
    book, ref = planned(alone)
    assert book.put_off(ref, WHY, caller=ADMIN) == whole().ends_at
    found = book.detail(ref, caller=ADMIN)
    assert (found.ends_at, found.end_planned, found.reason) == (whole().ends_at, False, "")
    alone.clock.at = EARLY
    assert book.expire_due(caller=ADMIN) == 0
    told = book.news(caller=guardian(HOST))[0]
    assert (told.act, told.reason, told.takes_effect) == ("agreement.end-put-off", WHY, whole().ends_at)
    assert any(event.act == "agreement.end-put-off" for event in alone.ledger())


def test_put_off_it_ends_then(alone: World) -> None:
    book, ref = planned(alone)
    later = EARLY + timedelta(days=30)
    book.put_off(ref, WHY, caller=ADMIN, at=later)
    assert (book.detail(ref, caller=ADMIN).ends_at, book.detail(ref, caller=ADMIN).end_planned) == (later, True)
    alone.clock.at = later
    assert book.expire_due(caller=ADMIN) == 1
    assert book.detail(ref, caller=ADMIN).status is AgreementStatus.ENDED


@pytest.mark.parametrize("days", [39, 366])
def test_neither_earlier_nor_beyond_what_was_signed(alone: World, days: int) -> None:
    book, ref = planned(alone)
    with pytest.raises(DeedRefused, match="choose a day in between"):
        book.put_off(ref, WHY, caller=ADMIN, at=NOW + timedelta(days=days))
    assert book.detail(ref, caller=ADMIN).ends_at == EARLY


def test_it_takes_a_reason_the_federation_and_a_planned_end(alone: World) -> None:
    ref, book = in_force(alone), register(alone)
    with pytest.raises(NotNow, match="No end of"):
        book.put_off(ref, WHY, caller=ADMIN)
    book.end(ref, Ending("Another contract.", AtEnd.KEEP, EARLY), caller=ADMIN)
    with pytest.raises(NotYourAgreement, match="Only a federation admin"):
        book.put_off(ref, WHY, caller=guardian(HOST))
    with pytest.raises(ReasonWanted):
        book.put_off(ref, "", caller=ADMIN)
    with pytest.raises(DeedRefused, match="when it is to end already"):
        book.end(ref, Ending("Later.", AtEnd.KEEP, EARLY + timedelta(days=9)), caller=ADMIN)


def test_the_database_lets_no_signed_agreement_run_longer_than_its_text_says(alone: World) -> None:
    planned(alone)
    moved = text("UPDATE agreement SET ends_at = CAST(:until AS timestamptz)")
    with pytest.raises(IntegrityError, match="stays as it is"), alone.work.begin() as tx:
        tx.execute(moved, {"until": whole().ends_at and whole().ends_at + timedelta(seconds=1)})
