"""What asks anew who one is before it is done, what does not; an old tab, Back, and a renewal."""

from datetime import timedelta

import pytest

from hub.auth import step_up
from hub.schemas.renewing import Term, following
from sharing_agreements.drafting import Ref
from sharing_agreements.exchange import day_begins, day_is_over
from sharing_agreements.stopping import Ending
from tests.hub.rig import Rig
from tests.hub.web.counter import Counter
from tests.scheduling.world import HOME, HOST, NOW, OTHER, World
from tests.sharing_agreements.making import ADMIN, in_force, proposed, register, whole
from tests.sharing_agreements.making import guardian as guardian_of
from vocabulary.agreements import AgreementStatus, AtEnd
from vocabulary.people import UserRole
from vocabulary.times import london_date

pytestmark = pytest.mark.database
AT = "/agreements/DSA-NEW-01/1"
TODAY = london_date(NOW)


@pytest.fixture
def guardian(rig: Rig, counter: Counter) -> Counter:
    return Counter.open(rig, user="guardian.y90001", role=UserRole.CALDICOTT_GUARDIAN)


@pytest.fixture
def proved(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_up, "fresh", world.clock.now)


def status(world: World, version: int = 1) -> AgreementStatus:
    return register(world).detail(Ref("DSA-NEW-01", version), caller=ADMIN).status


def test_suspending_is_at_hand_and_resuming_asks_first(guardian: Counter, world: World) -> None:
    in_force(world)
    guardian.sends(f"{AT}/suspend", reason="A breach is looked into")
    assert status(world) is AgreementStatus.SUSPENDED
    guardian.goes_to(AT)
    assert "Prove who you are" in guardian.says and "Why does it go on?" not in guardian.says
    guardian.sends(f"{AT}/resume", reason="Found")  # a form from before the proof ran out
    assert guardian.seen.status_code == 422 and "so nothing was done" in guardian.says
    assert status(world) is AgreementStatus.SUSPENDED


def test_who_will_not_sign_proves_it_too(guardian: Counter, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    proposed(world)
    guardian.goes_to(AT)
    assert "We do not sign it" in guardian.says and "Give it up" not in guardian.says
    guardian.sends(f"{AT}/decline", reason="We do not share records")
    assert "so nothing was done" in guardian.says
    monkeypatch.setattr(step_up, "fresh", world.clock.now)
    guardian.sends(f"{AT}/decline", reason="We do not share records")
    assert "Does not sign" in guardian.says and "We do not share records" in guardian.says
    assert "1 missing, 1 does not sign" in guardian.says and status(world) is AgreementStatus.PROPOSED
    guardian.goes_to(f"{AT}/sign")
    assert "Sign</button>" not in guardian.seen.text


def test_an_old_tab_does_nothing_to_what_was_replaced_and_says_so(
    guardian: Counter, world: World, proved: None
) -> None:
    book, first = register(world), in_force(world)
    second = book.amend(first, caller=ADMIN)
    book.propose(second, caller=ADMIN)
    for act, said in (("suspend", "has ended, so it cannot be suspended"), ("amend", "has ended, so it cannot be")):
        guardian.sends(f"{AT}/{act}", reason="From an old tab")
        assert guardian.seen.status_code == 422 and said in guardian.says
    assert "v2 (in force)" in guardian.says, "where it goes on can be found from there"
    assert status(world, 2) is AgreementStatus.IN_FORCE


def test_two_amend_at_once_and_the_second_is_led_to_the_draft(guardian: Counter, world: World) -> None:
    in_force(world)
    guardian.sends(f"{AT}/amend")
    assert "DSA-NEW-01 v2" in guardian.says
    guardian.sends(f"{AT}/amend")
    assert guardian.seen.status_code == 422 and "v2 is being drafted already" in guardian.says
    assert 'href="/agreements/DSA-NEW-01/2"' in guardian.seen.text


def test_a_step_of_an_old_tab_writes_nothing_into_what_was_proposed(guardian: Counter, world: World) -> None:
    book = register(world)
    ref = book.draft(whole(), caller=ADMIN)
    book.propose(ref, caller=ADMIN)
    digest = book.detail(ref, caller=ADMIN).digest
    guardian.sends(f"{AT}/draft/purpose", purpose="Something else", title="T")
    assert guardian.seen.status_code == 409 and "is no longer a draft" in guardian.says
    assert book.detail(ref, caller=ADMIN).digest == digest


def test_nobody_acts_for_another_practice_by_a_typed_address(rig: Rig, counter: Counter, world: World) -> None:
    ref = in_force(world, whole(HOST, OTHER))
    stranger = Counter.open(rig, user="guardian.y90001", role=UserRole.CALDICOTT_GUARDIAN)
    for act in ("suspend", "resume", "decline", "amend", "renew", "propose", "sign", "give-up", "take-back"):
        stranger.sends(f"{AT}/{act}", reason="Not ours", digest="0" * 64, agreed="yes", **_dates())
        assert stranger.seen.status_code in (403, 404), act
    assert register(world).detail(ref, caller=ADMIN).versions == ((1, AgreementStatus.IN_FORCE),)


# --- Renewing.


def _dates(**changes: str) -> dict[str, str]:
    return {"starts-on": "1/12/2027", "review-on": "1/6/2028", "ends-on": "30/11/2028", **changes}


def _offered(page: str, name: str) -> str:
    return page.split(f'name="{name}"')[1].split('value="')[1].split('"')[0]


def test_what_runs_out_is_renewed_and_signed_again_by_all(
    rig: Rig, counter: Counter, world: World, proved: None
) -> None:
    book = register(world)
    in_force(world)
    world.clock.forward(days=350)
    guardian = Counter.open(rig, user="guardian.y90001", role=UserRole.CALDICOTT_GUARDIAN)
    guardian.goes_to(AT)
    assert "ends in 15 days" in guardian.says and f'href="{AT}/renew"' in guardian.seen.text
    guardian.goes_to(f"{AT}/renew")
    offered = {name: _offered(guardian.seen.text, name) for name in _dates()}
    assert offered == {"starts-on": "24/11/2027", "review-on": "19/9/2028", "ends-on": "23/11/2028"}
    guardian.sends(f"{AT}/renew", **offered)
    assert "This is the draft that renews it." in guardian.says and "2 parties sign again" in guardian.says
    second = Ref("DSA-NEW-01", 2)
    drafted = book.detail(second, caller=ADMIN)
    assert drafted.document.starts_at == whole().ends_at, "to the second: no gap, no overlap"
    guardian.sends("/agreements/DSA-NEW-01/2/propose")
    digest = book.detail(second, caller=ADMIN).digest
    for ods in (HOME, HOST):
        book.sign(second, shown=digest, proved_at=world.clock.now(), caller=guardian_of(ods))
    assert status(world, 2) is AgreementStatus.IN_FORCE
    guardian.goes_to(f"{AT}/renew")
    assert "follows it already" in guardian.says


def test_what_has_expired_is_renewed_from_tomorrow(rig: Rig, counter: Counter, world: World) -> None:
    in_force(world)
    world.clock.forward(days=400)
    register(world).expire_due(caller=ADMIN)
    guardian = Counter.open(rig, user="guardian.y90001", role=UserRole.CALDICOTT_GUARDIAN)
    guardian.goes_to(f"{AT}/renew")
    tomorrow = london_date(world.clock.now()) + timedelta(days=1)
    assert _offered(guardian.seen.text, "starts-on") == f"{tomorrow.day}/{tomorrow.month}/{tomorrow.year}"
    guardian.sends(f"{AT}/renew", **{name: _offered(guardian.seen.text, name) for name in _dates()})
    assert "This is the draft that renews it." in guardian.says


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ends-on": "1/1/2027"}, "The last day must be after the first."),
        ({"review-on": "1/6/2030"}, "The review must be due between the first day and the last."),
        ({"starts-on": "soon"}, "Enter a real date"),
        ({"starts-on": ""}, "Enter a real date"),
    ],
)
def test_dates_that_cannot_be_are_told(guardian: Counter, world: World, changes: dict[str, str], said: str) -> None:
    in_force(world)
    guardian.sends(f"{AT}/renew", **_dates(**changes))
    assert guardian.seen.status_code == 422 and said in guardian.says
    assert register(world).detail(Ref("DSA-NEW-01", 1), caller=ADMIN).versions == ((1, AgreementStatus.IN_FORCE),)


def test_whole_years_are_followed_by_whole_years() -> None:
    first = TODAY.replace(month=3, day=1)
    last = first.replace(year=first.year + 1) - timedelta(days=1)
    before = Term(day_begins(first), first.replace(month=11), day_is_over(last))
    after = following(before, NOW)
    assert (after.first, after.last) == (last + timedelta(days=1), last.replace(year=last.year + 1, day=29))
    assert after.review_on == before.review_on.replace(year=first.year + 1)


# --- An end that was planned.


def test_a_planned_end_is_put_off_on_its_page(rig: Rig, counter: Counter, world: World, proved: None) -> None:
    ref, book = in_force(world), register(world)
    early = world.clock.now() + timedelta(days=40)
    book.end(ref, Ending("Another contract.", AtEnd.KEEP, early), caller=ADMIN)
    admin = Counter.open(rig, user="farah.admin", role=UserRole.FEDERATION_ADMIN)
    admin.goes_to(AT)
    assert "its end was brought forward: it was signed until" in admin.says
    admin.sends(f"{AT}/put-off", on="soon", reason="It comes later")
    assert admin.seen.status_code == 422 and 'value="It comes later"' in admin.seen.text
    admin.sends(f"{AT}/put-off", on="1/2/2027", reason="It comes later")
    assert "Its end is put off." in admin.says and "until 1 February 2027" in admin.says
    admin.sends(f"{AT}/put-off", on="", reason="It comes not at all")
    assert "brought forward" not in admin.says and "Withdraw or put off" not in admin.says
