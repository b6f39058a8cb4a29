"""F10: who saw this patient? A mistake said at once, the look-up, the review, and the pack for an inspector."""

import hashlib
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Desks
from tests.journeys.pages import Pages
from tests.journeys.town import Town
from vocabulary.identifiers import NHSNumber

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("federation")]
DOROTHY = NHSNumber.parse("999 000 0018")  # memorable, ordinary, of Beechwood
MADE_WITHIN = 60_000  # milliseconds: the worker has other things to do


def test_who_saw_this_patient(desks: Desks, town: Town, tmp_path: Path) -> None:
    rita = desks.browser()
    rita.sign_in()
    a_receptionist_opens_the_wrong_patient_and_says_so(rita)
    ruth = desks.browser()
    ruth.sign_in("Ruth Abernathy")
    the_guardian_sees_who_looked(ruth)
    and_what_the_receptionist_did(ruth)
    the_review_is_settled(ruth)
    the_pack_is_whole(ruth, tmp_path)
    on_a_telephone_it_fits(desks)


def a_receptionist_opens_the_wrong_patient_and_says_so(rita: Pages) -> None:
    rita.hang_up()
    rita.page.get_by_label("NHS number", exact=True).fill(DOROTHY.spaced)
    rita.press(rita.page.get_by_role("button", name="Find patient").first)
    expect(rita.page.get_by_label("Patient on the phone")).to_contain_text("HARTNELL")
    rita.hang_up()
    rita.press(rita.page.get_by_role("link", name="My access history"))
    groups = rita.page.get_by_role("rowgroup")
    sitting = groups.filter(has_text="Looked the patient up").filter(has_text=DOROTHY.spaced).first
    sitting.locator("summary").filter(has_text="Wrong patient").click()
    sitting.get_by_label("How did it happen?").fill("Two callers of one name.")
    rita.press(sitting.get_by_role("button", name="I opened the wrong patient"))
    expect(rita.page.get_by_text("is told.")).to_be_visible()
    expect(groups.filter(has_text="You have said that this was the wrong patient.").first).to_be_visible()


def the_guardian_sees_who_looked(ruth: Pages) -> None:
    ruth.press(ruth.page.get_by_role("link", name="Who looked"))
    ruth.page.get_by_label("NHS number").fill(DOROTHY.spaced)
    ruth.press(ruth.page.get_by_role("button", name="Show who looked"))
    expect(ruth.page.get_by_role("heading", level=1)).to_contain_text(DOROTHY.spaced)
    assert DOROTHY.value not in ruth.page.url
    said = ruth.says()
    assert "Rita Okafor" in said and "Looked the patient up by NHS number" in said
    assert "Said that they had opened the wrong patient" in said
    ruth.page.get_by_label("Show", exact=True).select_option(label="Only what was refused")
    ruth.press(ruth.page.get_by_role("button", name="Show", exact=True))
    assert "Said that they had opened the wrong patient" not in ruth.says()
    with ruth.page.expect_download() as download:
        ruth.page.get_by_role("link", name="Save as a file").click()
    assert download.value.suggested_filename.startswith("access-")


def and_what_the_receptionist_did(ruth: Pages) -> None:
    ruth.press(ruth.page.get_by_role("link", name="Who looked").first)
    ruth.press(ruth.page.get_by_role("link", name="Rita Okafor"))
    expect(ruth.page.get_by_role("heading", level=1)).to_have_text("What Rita Okafor has done")
    assert "Took up a role" in ruth.says()


def the_review_is_settled(ruth: Pages) -> None:
    ruth.press(ruth.page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Reviews"))
    item = ruth.page.get_by_role("listitem").filter(has_text="Says they opened the wrong patient").first
    expect(item).to_contain_text("Two callers of one name.")
    item.locator("summary").click()
    item.get_by_label("It was a mistake without harm").check()
    item.get_by_label("How do you know?").fill("Asked Rita; she closed it at once.")
    ruth.press(item.get_by_role("button", name="Settle it"))
    expect(ruth.page.get_by_text("Settled, with your words")).to_be_visible()
    ruth.press(ruth.page.get_by_role("link", name="Those settled"))
    expect(ruth.page.get_by_text("Asked Rita; she closed it at once.").first).to_be_visible()


def the_pack_is_whole(ruth: Pages, folder: Path) -> None:
    ruth.press(ruth.page.get_by_role("link", name="Who looked").first)
    ruth.press(ruth.page.get_by_role("link", name="Evidence packs"))
    ruth.press(ruth.page.get_by_role("button", name="Make the pack"))
    ready = ruth.page.get_by_role("link", name="Take the pack").first
    expect(ready).to_be_visible(timeout=MADE_WITHIN)
    ruth.arrived()
    with ruth.page.expect_download() as download:
        ready.click()
    file = folder / "pack.zip"
    download.value.save_as(file)
    with zipfile.ZipFile(file) as pack:
        sums = [line.split("  ") for line in pack.read("SHA256SUMS").decode().splitlines()]
        assert len(sums) > 8
        for digest, name in sums:
            assert hashlib.sha256(pack.read(name)).hexdigest() == digest, name
            assert DOROTHY.value.encode() not in pack.read(name), name
        assert b"mistake" in pack.read("reviews.csv")
        assert b"Everything fits" in pack.read("proof/verification.txt")


def on_a_telephone_it_fits(desks: Desks) -> None:
    """The watch looks at each page: no violation of axe, nothing wider than the window."""
    phone = desks.browser(width=390, height=844)
    phone.sign_in("Ruth Abernathy")
    for page in ("/access", "/reviews", "/reviews?settled=1", "/legal-holds", "/evidence", "/my-access"):
        phone.open(page)
    phone.open("/access")
    phone.page.get_by_label("NHS number").fill(DOROTHY.spaced)
    phone.press(phone.page.get_by_role("button", name="Show who looked"))
    expect(phone.page.get_by_role("heading", level=1)).to_contain_text(DOROTHY.spaced)
