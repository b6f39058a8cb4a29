"""Drafting at a browser: nothing typed is lost to somebody who was quicker, and nothing is cut without a word."""

from dataclasses import replace

import pytest

from sharing_agreements.attaching import BIGGEST
from sharing_agreements.drafting import Ref
from tests.hub.rig import Rig
from tests.hub.web.counter import Counter
from tests.scheduling.world import World
from tests.sharing_agreements.making import ADMIN, register, whole
from vocabulary.people import UserRole

pytestmark = pytest.mark.database
AT = "/agreements/DSA-NEW-01/1"


@pytest.fixture
def admin(rig: Rig, counter: Counter) -> Counter:
    return Counter.open(rig, user="farah.admin", role=UserRole.FEDERATION_ADMIN)


@pytest.fixture
def ref(world: World) -> Ref:
    return register(world).draft(whole(), caller=ADMIN)


def test_what_was_typed_is_shown_beside_what_another_saved(admin: Counter, world: World, ref: Ref) -> None:
    book = register(world)
    book.revise(ref, lambda was: replace(was, purpose="Their purpose."), caller=ADMIN)
    mine = {"title": "T", "purpose": "My own purpose.", "revision": "1"}
    admin.sends(f"{AT}/draft/purpose", **mine)
    assert admin.seen.status_code == 422 and "Somebody else has changed" in admin.says
    assert ">My own purpose.</textarea>" in admin.seen.text and "Their purpose." in admin.says
    assert book.detail(ref, caller=ADMIN).document.purpose == "Their purpose."
    again = admin.seen.text.split('name="revision" value="')[1].split('"')[0]
    admin.sends(f"{AT}/draft/purpose", **{**mine, "revision": again})
    assert book.detail(ref, caller=ADMIN).document.purpose == "My own purpose."


def test_a_text_that_is_too_long_is_refused_at_its_field_and_not_cut(admin: Counter, world: World, ref: Ref) -> None:
    long = "x" * 4001
    admin.sends(f"{AT}/draft/purpose", title="Another", purpose=long)
    assert admin.seen.status_code == 422
    assert "This has 4,001 characters. Shorten it to 4,000 or fewer." in admin.says
    assert 'id="purpose-error"' in admin.seen.text and long in admin.seen.text
    assert register(world).detail(ref, caller=ADMIN).document == whole(), "nothing of the step is saved"
    admin.sends("/agreements/new", template="direct-care", code="DSA-NEW-02", title="y" * 201)
    assert "Shorten it to 200 or fewer." in admin.says
    admin.sends("/agreements/new", template="direct-care", code="D" * 100, title="")
    assert "A code has 3 to 40 capital letters" in admin.says


def test_a_file_that_is_too_large_is_told_so(admin: Counter, ref: Ref) -> None:
    """The body is written by hand: a test client leaves the file open in which it keeps a large one."""
    head = (
        b'--cut\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n%b\r\n--cut\r\nContent-Disposition: form-data; '
    )
    file = b'name="file"; filename="dpia.pdf"\r\n\r\n%%PDF-%b\r\n--cut--\r\n'
    content = head % admin.csrf.encode() + file % (b"x" * BIGGEST)
    admin.seen = admin.browser.post(f"{AT}/files", data=content, content_type="multipart/form-data; boundary=cut")
    assert admin.seen.status_code == 422 and "The file is larger than 5 megabytes." in admin.says
