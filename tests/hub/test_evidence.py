"""The evidence pack: whole, checked, readable offline, naming no patient unless the guardian asked for it."""

import csv
import hashlib
import io
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from accountability import evidence
from accountability.concerns import Verdict
from accountability.evidence import PackView, ask, packs, take, tidy
from accountability.legal_holds import set_hold
from accountability.problems import NothingThere, NotYoursToSee, WordsMissing
from accountability.reviews import queue, settle
from accountability.watching import watch
from hub import evidence as making
from hub.audit import Audit
from hub.evidence import make, make_all_waiting
from hub.oversight import oversight_of
from sharing_agreements.problems import NotPermitted
from sharing_agreements.switches import pull
from storage.roots import SigningKey, public_pem
from tests.accountability.people import ADMIN, GARETH, GUARDIAN, HOST_GUARDIAN, MANAGER, RITA, looked
from tests.accountability.people import oversight as quick
from tests.hub.rig import CONFIG, Rig
from tests.hub.web.counter import Counter
from tests.scheduling.world import ANN, HOST, World
from tests.sharing_agreements.making import ADMIN as AN_ADMIN
from tests.sharing_agreements.making import guardian, register, sign, whole
from vocabulary.people import Caller, UserRole
from vocabulary.purposes import Scope
from vocabulary.times import london_date

pytestmark = pytest.mark.database


def nobody_waits(_tx: object, _pack: int) -> None:
    """The test makes the pack itself."""


def made(rig: Rig, who: Caller = GUARDIAN, **more: bool) -> tuple[PackView, zipfile.ZipFile]:
    today = london_date(rig.world.clock.now())
    room = oversight_of(rig.hub)
    number = ask(room, who, since=today - timedelta(days=30), until=today, defer=nobody_waits, **more)
    with rig.app.app_context():
        make(rig.hub, number)
    view, content = take(room, number, who)
    assert hashlib.sha256(content).hexdigest() == view.sha256
    return view, zipfile.ZipFile(io.BytesIO(content))


@pytest.fixture
def busy(world: World) -> World:
    """A little of everything: a look with a review settled, a refusal, a booking."""
    world.clinic(slots=1)
    world.see()
    world.book()
    looked(world, GARETH, ANN)
    world.suspend()
    with pytest.raises(NotPermitted):
        world.desk.gate.permit(RITA, HOST, Scope.BOOK, nhs_number=ANN)
    world.clock.forward(days=100)
    looked(world, GARETH, ANN)
    watch(quick(world))
    (item,) = queue(quick(world), GUARDIAN)
    settle(quick(world), item.id, Verdict.MISTAKE, "Asked about 999 000 0018.", GUARDIAN)
    return world


def table(pack: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(pack.read(name).decode())))


def test_every_file_is_in_the_sums_and_has_its_sum(rig: Rig, busy: World) -> None:
    _, pack = made(rig)
    sums = dict(line.split("  ")[::-1] for line in pack.read("SHA256SUMS").decode().splitlines())
    assert set(sums) == set(pack.namelist()) - {"SHA256SUMS"}
    assert {"index.html", "access.csv", "refusals.csv", "reviews.csv", "agreements/signatures.csv"} <= set(sums)
    for name, digest in sums.items():
        assert hashlib.sha256(pack.read(name)).hexdigest() == digest, name


def test_no_patient_is_named_anywhere_in_it(rig: Rig, busy: World) -> None:
    _, pack = made(rig)
    for name in pack.namelist():
        text = re.sub(r"[\s-]", "", pack.read(name).decode())
        assert ANN.value not in text, name
        assert "AnnExample" not in text, name


def test_only_the_guardians_own_pack_may_name_patients_and_it_says_so(rig: Rig, busy: World) -> None:
    _, pack = made(rig, identifiers=True)
    assert {row["nhs_number"] for row in table(pack, "disclosures-WITH-PATIENTS.csv")} == {ANN.value}
    assert "This pack names patients" in pack.read("index.html").decode()
    for who in (MANAGER, ADMIN):
        with pytest.raises(NotYoursToSee):
            made(rig, who, identifiers=True)
    (listed, *_) = packs(oversight_of(rig.hub), MANAGER)
    with pytest.raises(NothingThere):
        take(oversight_of(rig.hub), listed.id, MANAGER)


def test_refusals_reviews_and_figures_are_told(rig: Rig, busy: World) -> None:
    today = london_date(busy.clock.now())
    room = oversight_of(rig.hub)
    number = ask(room, GUARDIAN, since=today - timedelta(days=200), until=today, defer=nobody_waits)
    with rig.app.app_context():
        make(rig.hub, number)
    pack = zipfile.ZipFile(io.BytesIO(take(room, number, GUARDIAN)[1]))
    (refused,) = [row for row in table(pack, "refusals.csv") if row["reason"] == "suspended"]
    assert (refused["act"], refused["asked_of"], refused["agreement"]) == ("permit.book", HOST.value, "DSA-1 v1")
    (review,) = table(pack, "reviews.csv")
    assert (review["concern"], review["verdict"], review["settled_by"]) == (
        "no-care-link",
        "mistake",
        "Ruth Guardian",
    )
    assert sum(int(row["events"]) for row in table(pack, "access.csv")) > 5
    assert {row["party"] for row in table(pack, "agreements/signatures.csv")} >= {HOST.value}


def test_what_neighbours_did_at_the_practice_is_in_its_pack(rig: Rig, world: World) -> None:
    world.clinic(slots=1)
    world.see()
    world.book()
    _, pack = made(rig, HOST_GUARDIAN, identifiers=True)
    booked = [row for row in table(pack, "access.csv") if row["act"] == "permit.book"]
    assert [(row["practice"], row["at_practice"]) for row in booked] == [(RITA.practice.value, HOST.value)]
    assert RITA.name in {row["name"] for row in table(pack, "people.csv")}
    told = [row for row in table(pack, "disclosures-WITH-PATIENTS.csv") if row["act"] == "permit.book"]
    assert [(row["practice"], row["nhs_number"]) for row in told] == [(RITA.practice.value, ANN.value)]
    assert "other practices, at this one" in pack.read("index.html").decode()


def test_an_agreement_is_told_as_it_was_signed_with_its_files_and_its_life(rig: Rig, world: World) -> None:
    book = register(world)
    draft = book.draft(whole(RITA.practice, HOST), caller=AN_ADMIN)
    book.attach(draft, "assessment.pdf", b"%PDF-1.7 what was weighed", caller=AN_ADMIN)
    book.propose(draft, caller=AN_ADMIN)
    _, pack = made(rig)
    assert "Nobody has signed this text" in pack.read("index.html").decode()
    sign(world, draft, RITA.practice, HOST)
    titled = book.amend(draft, caller=AN_ADMIN, change=lambda was: replace(was, title="The same, better named"))
    book.propose(titled, caller=AN_ADMIN)
    book.suspend(titled, "Somebody looks into it.", caller=guardian(HOST))
    _, pack = made(rig)
    index = pack.read("index.html").decode()
    assert "2 parties have signed this text" in index and "2 signatures of earlier versions hold on" in index
    (file,) = [name for name in pack.namelist() if name.endswith("assessment.pdf")][:1]
    assert pack.read(file) == b"%PDF-1.7 what was weighed" and file in index
    signatures = table(pack, "agreements/signatures.csv")
    ours = [row for row in signatures if row["agreement"].startswith(draft.code)]
    assert {(row["agreement"], row["signed_version"]) for row in ours} == {
        ("DSA-NEW-01 v1", "DSA-NEW-01 v1"),
        ("DSA-NEW-01 v2", "DSA-NEW-01 v1"),
    }
    (paused,) = [row for row in table(pack, "agreements/life.csv") if row["act"] == "agreement.suspended"]
    assert (paused["practice_code"], paused["reason"]) == (HOST.value, "Somebody looks into it.")


def test_what_was_switched_off_is_told(rig: Rig, world: World) -> None:
    pull(world.work, GUARDIAN.practice, Scope.BOOK, "The phones are down.", caller=GUARDIAN, clock=world.clock)
    _, pack = made(rig)
    (row,) = table(pack, "switches.csv")
    assert (row["kind"], row["off_because"], row["on_at"]) == ("book", "The phones are down.", "")


def test_the_guardians_words_are_in_the_guardians_own_pack(rig: Rig, busy: World) -> None:
    _, pack = made(rig, identifiers=True)
    (row,) = table(pack, "reviews-in-words-WITH-PATIENTS.csv")
    assert (row["verdict"], row["guardian_found"]) == ("mistake", "Asked about 999 000 0018.")
    index = pack.read("index.html").decode()
    assert "It was a mistake without harm" in index and "concern-upheld" not in index


def test_a_pack_signs_a_root_so_that_the_newest_acts_are_vouched_for(busy: World, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(SigningKey.new().private_pem())
    rig = Rig(busy, replace(CONFIG, audit_key=str(tmp_path / "key.pem")))
    _, pack = made(rig)
    said = pack.read("proof/verification.txt").decode()
    assert said.startswith("Everything fits.") and "not in a root yet" not in said
    _, without = made(Rig(busy, CONFIG))
    assert "the hub has no key" in without.read("proof/verification.txt").decode()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value:
                (self.outside if "//" in value else self.links).append(value)


def test_the_index_reads_offline_and_every_link_of_it_is_in_the_pack(rig: Rig, busy: World) -> None:
    _, pack = made(rig)
    reader = _Reader()
    reader.feed(pack.read("index.html").decode())
    assert reader.outside == []
    assert set(reader.links) <= set(pack.namelist())
    assert len(reader.links) > 10


def test_the_acts_in_it_pass_the_verifier_that_is_in_it(busy: World, tmp_path: Path) -> None:
    key = SigningKey.new()
    (tmp_path / "key.pem").write_text(key.private_pem())
    (tmp_path / "public.pem").write_text(public_pem(key.public))
    rig = Rig(busy, replace(CONFIG, audit_key=str(tmp_path / "key.pem")))
    Audit(rig.hub).seal()
    Audit(rig.hub).sign()
    _, pack = made(rig)
    pack.extractall(tmp_path)
    proof = tmp_path / "proof"
    words = [
        str(proof / "verify_audit.py"),
        "--key",
        str(tmp_path / "public.pem"),
        "--roots",
        str(proof / "roots.json"),
    ]
    checked = subprocess.run(
        [sys.executable, *words, str(proof / "acts.jsonl")], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    said = pack.read("proof/verification.txt").decode()
    assert said.startswith("Everything fits.") and "2 signed roots" in said


def test_a_federation_admins_pack_is_of_everybody_and_has_no_acts(rig: Rig, busy: World) -> None:
    view, pack = made(rig, ADMIN)
    assert view.practice is None
    assert {row["practice"] for row in table(pack, "access.csv")} >= {HOST.value}
    assert "proof/acts.jsonl" not in pack.namelist()


def test_asking_making_and_taking_are_acts(rig: Rig, world: World) -> None:
    made(rig)
    acts = [row.act for row in world.ledger() if row.act.startswith("evidence.")]
    assert acts == ["evidence.asked", "evidence.made", "evidence.taken"]


def test_nobody_elses_pack_is_taken_and_periods_make_sense(rig: Rig, world: World) -> None:
    view, _ = made(rig)
    room, today = oversight_of(rig.hub), london_date(world.clock.now())
    with pytest.raises(NothingThere):
        take(room, view.id, HOST_GUARDIAN)
    assert packs(room, HOST_GUARDIAN) == ()
    with pytest.raises(NotYoursToSee):
        packs(room, RITA)
    for since, until in (
        (today, today - timedelta(days=1)),
        (today - timedelta(days=900), today),
        (today + timedelta(days=2), today + timedelta(days=3)),
    ):
        with pytest.raises(WordsMissing):
            ask(room, GUARDIAN, since=since, until=until, defer=nobody_waits)
    with pytest.raises(NotYoursToSee):
        ask(room, RITA, since=today, until=today, defer=nobody_waits)


def test_a_pack_whose_job_was_lost_is_made_later_and_one_that_fails_says_so(
    rig: Rig, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, today = oversight_of(rig.hub), london_date(world.clock.now())
    number = ask(room, GUARDIAN, since=today, until=today, defer=nobody_waits)
    with rig.app.app_context():
        make_all_waiting(rig.hub)
        assert not packs(room, GUARDIAN)[0].ready, "its own job may still come"
        world.clock.forward(minutes=4)
        make_all_waiting(rig.hub)
        assert packs(room, GUARDIAN)[0].ready
        make(rig.hub, number)
        monkeypatch.setattr(making, "_LARGEST", 10)
        other = ask(room, GUARDIAN, since=today, until=today, defer=nobody_waits)
        make(rig.hub, other)
    (failed, _) = packs(room, GUARDIAN)
    assert not failed.ready and "shorter period" in failed.failure
    with pytest.raises(NothingThere):
        take(room, other, GUARDIAN)


def test_packs_go_after_a_week_unless_a_hold_keeps_them(rig: Rig, world: World) -> None:
    made(rig)
    room = oversight_of(rig.hub)
    far_off = london_date(world.clock.now()) + timedelta(days=90)
    world.clock.forward(days=8)
    hold = set_hold(room, GUARDIAN.practice, GUARDIAN, reason="A claim", look_again_on=far_off)
    assert (tidy(room), len(packs(room, GUARDIAN))) == (0, 1)
    from_page = Counter.open(rig, user="ruth", role=UserRole.CALDICOTT_GUARDIAN)
    from_page.sends(f"/legal-holds/{hold}/lift", reason="Over")
    assert (tidy(room), len(packs(room, GUARDIAN))) == (1, 0)


def test_the_page_asks_shows_progress_and_gives_the_pack(rig: Rig, world: World) -> None:
    guardian = Counter.open(rig, user="ruth", role=UserRole.CALDICOTT_GUARDIAN)
    assert "Enter a real date" in guardian.goes_to("/evidence").sends("/evidence", since="x", until="y").says
    assert "on or after" in guardian.sends("/evidence", since="2/11/2026", until="1/11/2026").says
    guardian.sends("/evidence", since="1/11/2026", until="24/11/2026")
    assert "Waiting for its turn" in guardian.says
    (waiting,) = packs(oversight_of(rig.hub), GUARDIAN)
    assert guardian.goes_to(f"/evidence/{waiting.id}.zip").seen.status_code == 404
    with rig.app.app_context():
        make(rig.hub, waiting.id)
    assert "Take the pack" in guardian.goes_to("/evidence").says
    answer = guardian.goes_to(f"/evidence/{waiting.id}.zip").seen
    assert answer.mimetype == "application/zip" and answer.get_data()[:2] == b"PK"
    assert evidence.begun(oversight_of(rig.hub), waiting.id) is None
