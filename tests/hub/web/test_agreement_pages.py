"""An agreement's whole life at a browser: drafted step by step, proposed, signed by its hash, amended, stopped."""

import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from werkzeug.datastructures import MultiDict

from hub.auth import step_up
from sharing_agreements.drafting import Ref
from tests.hub.rig import Rig
from tests.hub.web.counter import Counter
from tests.scheduling.world import HOME, HOST, OTHER, World
from tests.sharing_agreements.making import ADMIN, in_force, register, whole
from vocabulary.agreements import AgreementStatus
from vocabulary.people import UserRole

pytestmark = pytest.mark.database

GUARDIAN = {"user": "guardian.y90001", "role": UserRole.CALDICOTT_GUARDIAN}
AT = "/agreements/DSA-NEW-01/1"
STEPS = ("parties", "purpose", "sharing", "basis", "handling", "dates", "attachments")


@pytest.fixture
def admin(rig: Rig, counter: Counter) -> Counter:
    return Counter.open(rig, user="farah.admin", role=UserRole.FEDERATION_ADMIN)


@pytest.fixture
def guardian(rig: Rig, counter: Counter) -> Counter:
    return Counter.open(rig, **GUARDIAN)  # type: ignore[arg-type]


@pytest.fixture
def proved(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_up, "fresh", world.clock.now)


class _Fields(HTMLParser):
    """What a browser would send of the first form that saves a step."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self._inside, self._select, self._area = False, "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = "/draft/" in said.get("action", "")
        if not self._inside:
            return
        ticked = said.get("type") not in ("checkbox", "radio") or "checked" in said
        if tag == "input" and "name" in said and ticked:
            self.sent.append((said["name"], said.get("value", "")))
        elif tag == "select":
            self._select = said["name"]
        elif tag == "option" and "selected" in said:
            self.sent.append((self._select, said["value"]))
        elif tag == "textarea":
            self._area = said["name"]
            self.sent.append((self._area, ""))

    def handle_data(self, data: str) -> None:
        if self._inside and self._area:
            self.sent[-1] = (self._area, self.sent[-1][1] + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if tag == "textarea":
            self._area = ""


def fields_of(page: str) -> MultiDict[str, str]:
    reader = _Fields()
    reader.feed(page)
    return MultiDict(reader.sent)


def body(counter: Counter) -> str:
    return counter.seen.get_data(as_text=True)


def test_from_a_template_to_proposed_step_by_step(admin: Counter, rig: Rig) -> None:
    admin.goes_to("/agreements/new")
    assert admin.heading == "Draft a new agreement"
    admin.sends("/agreements/new", template="direct-care", code="dsa-new-01", title="Ours")
    assert admin.heading == "Parties"
    admin.sends(f"{AT}/draft/parties", add=f"{HOME} {HOST}")
    parties = {f"signatory-{ods}": "Dr A" for ods in (HOME, HOST)} | {f"contact-{ods}": "0117" for ods in (HOME, HOST)}
    admin.sends(f"{AT}/draft/parties", **parties)
    assert admin.heading == "Purpose"
    admin.goes_to(AT)
    missing = re.findall(r'href="([^"]+draft/[^"]+#[^"]+)"', body(admin))
    assert f"{AT}/draft/dates#starts-on" in missing
    assert f"{AT}/draft/attachments#dpia" in missing
    assert f"{AT}/draft/dates#ends-on" in missing
    for gap in missing:
        admin.goes_to(gap)
        assert f'id="{gap.split("#")[1]}"' in body(admin), f"{gap} leads to no field"
    admin.sends(f"{AT}/draft/dates", **{"starts-on": "1/12/2026", "review-on": "1.10.2027", "ends-on": "soon"})
    assert admin.seen.status_code == 422
    assert 'value="1/12/2026"' in body(admin), "what could be read has been saved"
    dates = {"starts-on": "1/12/2026", "review-on": "1/10/2027", "ends-on": "30/11/2028", "at-end": "keep"}
    admin.sends(f"{AT}/draft/dates", **dates)
    admin.sends(f"{AT}/draft/attachments", dpia="DPIA-7")
    assert "Nothing is missing" in admin.says
    admin.sends(f"{AT}/propose")
    assert "It has been proposed" in admin.says and "2 missing" in admin.says
    with rig.app.app_context():
        document = rig.hub.register.detail(Ref("DSA-NEW-01", 1), caller=ADMIN).document
    assert str(document.ends_at) == "2028-12-01 00:00:00+00:00"
    assert [party.signatory for party in document.parties] == ["Dr A", "Dr A"]


def test_every_step_saves_what_it_shows_and_changes_nothing_by_itself(admin: Counter, world: World) -> None:
    """Each step's form, sent back as it is, leaves the document as it was."""
    book = register(world)
    ref = book.draft(whole(template="record-sharing", exclusions=("One.", "Two.")), caller=ADMIN)
    before = book.detail(ref, caller=ADMIN).document
    for step in STEPS:
        admin.goes_to(f"{AT}/draft/{step}")
        assert admin.seen.status_code == 200, step
        admin.seen = admin.browser.post(f"{AT}/draft/{step}", data=fields_of(body(admin)), follow_redirects=True)
        assert admin.seen.status_code == 200, step
        assert book.detail(ref, caller=ADMIN).document == before, step


def test_two_signatories_sign_what_is_shown_and_it_comes_into_force(
    rig: Rig, admin: Counter, guardian: Counter, world: World, proved: None
) -> None:
    book = register(world)
    ref = book.draft(whole(), caller=ADMIN)
    book.propose(ref, caller=ADMIN)
    guardian.goes_to("/agreements/desk")
    assert "Read and sign Extended access: shared appointments" in guardian.says
    guardian.goes_to(f"{AT}/sign")
    digest = book.detail(ref, caller=ADMIN).digest
    assert digest[:8] in guardian.says
    guardian.sends(f"{AT}/sign", digest=digest)
    assert guardian.seen.status_code == 422 and "Tick the box" in guardian.says
    guardian.sends(f"{AT}/sign", digest="0" * 64, agreed="yes")
    assert "nothing was signed" in guardian.says
    guardian.sends(f"{AT}/sign", digest=digest, agreed="yes")
    assert "You have signed for your practice." in guardian.says and "1 missing" in guardian.says
    other = Counter.open(rig, practice=HOST, user="guardian.y90003", role=UserRole.CALDICOTT_GUARDIAN)
    other.sends(f"{AT}/sign", digest=digest, agreed="yes")
    assert "it is in force" in other.says
    guardian.goes_to(f"{AT}/sign")
    assert "signed it for your practice" in guardian.says


def test_before_it_is_proposed_one_reads_who_will_be_asked(admin: Counter, world: World) -> None:
    book = register(world)
    book.draft(whole(code="DSA-NEW-02"), caller=ADMIN)
    admin.goes_to("/agreements/DSA-NEW-02/1")
    assert "asks each party to sign" in admin.says
    second = book.amend(in_force(world), caller=ADMIN)
    book.revise(second, lambda was: replace(was, title="A clearer title"), caller=ADMIN)
    admin.goes_to("/agreements/DSA-NEW-01/2")
    assert "puts it in force with that click" in admin.says


def test_who_is_named_and_who_signs_is_said_kept_and_shown(guardian: Counter, world: World, proved: None) -> None:
    book = register(world)
    ref = book.draft(whole(), caller=ADMIN)
    book.propose(ref, caller=ADMIN)
    guardian.goes_to(f"{AT}/sign")
    assert "The text names Dr Guardian of Y90001 as who signs" in guardian.says
    assert "You are signed in as Rita Reception." in guardian.says
    guardian.sends(f"{AT}/sign", digest=book.detail(ref, caller=ADMIN).digest, agreed="yes")
    assert "Rita Reception, Caldicott Guardian" in guardian.says
    assert "(the text names Dr Guardian of Y90001)" in guardian.says
    (told,) = world.ledger(act="agreement.signed")
    assert (told.user_name, told.detail["text_names"]) == ("Rita Reception", "Dr Guardian of Y90001")


def test_who_is_not_asked_to_sign_reads_only_that(admin: Counter, world: World) -> None:
    book = register(world)
    book.propose(book.draft(whole(), caller=ADMIN), caller=ADMIN)
    admin.goes_to(f"{AT}/sign")
    assert "not yours to sign" in admin.heading
    assert "You sign for" not in admin.says and "Fingerprint" not in admin.says and "fingerprint" not in admin.says


def test_without_a_fresh_proof_there_is_no_button_and_nothing_is_signed(guardian: Counter, world: World) -> None:
    book = register(world)
    ref = book.draft(whole(), caller=ADMIN)
    book.propose(ref, caller=ADMIN)
    guardian.goes_to(f"{AT}/sign")
    assert "Prove who you are" in guardian.says
    guardian.sends(f"{AT}/sign", digest=book.detail(ref, caller=ADMIN).digest, agreed="yes")
    assert "so nothing was done" in guardian.says
    assert len(book.detail(ref, caller=ADMIN).missing) == 2


def test_suspended_resumed_and_amended(guardian: Counter, world: World, proved: None) -> None:
    book = register(world)
    ref = in_force(world)
    guardian.sends(f"{AT}/suspend", reason="")
    assert guardian.seen.status_code == 422 and "Say why" in guardian.says
    guardian.sends(f"{AT}/suspend", reason="A breach is looked into")
    assert "It is suspended." in guardian.says and "A breach is looked into" in guardian.says
    guardian.sends(f"{AT}/resume", reason="Found")
    assert book.detail(ref, caller=ADMIN).status is AgreementStatus.IN_FORCE
    guardian.sends(f"{AT}/amend")
    assert "DSA-NEW-01 v2" in guardian.says
    guardian.sends("/agreements/DSA-NEW-01/2/draft/purpose", **{"title": "T", "purpose": "Another purpose."})
    guardian.goes_to("/agreements/DSA-NEW-01/2")
    assert "On the purpose, it said" in guardian.says and "2 parties sign again" in guardian.says
    guardian.sends(f"{AT}/give-up", reason="No")
    assert "is in force" in guardian.says and guardian.seen.status_code == 422
    guardian.sends(f"{AT}/decline", reason="Merged")
    assert "is in force" in guardian.says and guardian.seen.status_code == 422
    assert book.detail(ref, caller=ADMIN).status is AgreementStatus.IN_FORCE, "one sees first what would follow"


def test_a_file_goes_out_and_comes_in(admin: Counter, world: World) -> None:
    in_force(world)
    admin.goes_to(f"{AT}/file")
    text = body(admin)
    assert admin.seen.headers["Content-Disposition"] == "attachment; filename=DSA-NEW-01-v1.json"
    other = json.loads(text) | {"code": "DSA-NEW-02"}
    admin.sends("/agreements/bring-in", file=(io.BytesIO(json.dumps(other).encode()), "a.json"))  # type: ignore[arg-type]
    assert "DSA-NEW-02 v1" in admin.says
    wrong = json.dumps(other | {"code": "x", "at_end": "burn"}).encode()
    admin.sends("/agreements/bring-in", file=(io.BytesIO(wrong), "a.json"))  # type: ignore[arg-type]
    assert "2 things are wrong" in admin.says and "at_end: 'burn' is not one of keep or move." in admin.says


def test_attachments_are_taken_and_served_as_downloads_only(admin: Counter, world: World) -> None:
    book = register(world)
    ref = book.draft(whole(), caller=ADMIN)
    large = b"%PDF-1.7 " + b"x" * 400_000  # more than other forms may hold
    admin.sends(f"{AT}/files", file=(io.BytesIO(large), "dpia.pdf"))  # type: ignore[arg-type]
    (file,) = book.detail(ref, caller=ADMIN).document.attachments
    admin.goes_to(f"{AT}/files/{file.sha256}")
    assert admin.seen.get_data() == large
    assert admin.seen.headers["Content-Disposition"] == "attachment; filename=dpia.pdf"
    assert admin.seen.headers["X-Content-Type-Options"] == "nosniff"
    admin.sends(f"{AT}/files", file=(io.BytesIO(b"MZ"), "virus.exe"))  # type: ignore[arg-type]
    assert admin.seen.status_code == 422 and "not a file of a kind that is kept here" in admin.says
    admin.sends(f"{AT}/files", remove=file.sha256)
    assert book.detail(ref, caller=ADMIN).document.attachments == ()


def test_a_receptionist_only_reads_it_and_a_stranger_does_not(rig: Rig, counter: Counter, world: World) -> None:
    in_force(world)
    counter.goes_to(AT)
    assert counter.seen.status_code == 200 and "What it says" in counter.says
    assert "What can be done" not in counter.says
    for act in ("suspend", "amend", "decline", "renew", "sign"):
        counter.sends(f"{AT}/{act}", reason="Because")
        assert counter.seen.status_code == 403, act
    for page in ("sign", "file", "renew", "draft/dates"):
        counter.goes_to(f"{AT}/{page}")
        assert counter.seen.status_code == 403, page
    stranger = Counter.open(rig, practice=OTHER, user="x.guardian", role=UserRole.CALDICOTT_GUARDIAN)
    stranger.goes_to(AT)
    assert stranger.seen.status_code == 404
    stranger.goes_to(f"{AT}/file")
    assert stranger.seen.status_code == 404


def test_what_is_expiring_is_shown_to_whom_it_concerns(rig: Rig, counter: Counter, world: World) -> None:
    in_force(world)
    world.clock.forward(days=340)
    register(world).remind(caller=ADMIN)
    guardian = Counter.open(rig, **GUARDIAN)  # type: ignore[arg-type]
    guardian.goes_to("/agreements/desk")
    assert "It ends: nothing new is seen or booked under it afterwards" in guardian.says
    assert "in 25 days" in guardian.says
