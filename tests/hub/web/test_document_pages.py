"""A document at a real desk: a page of the open record with a frame, and what stands in it; never kept, never run."""

import re

import pytest

from connectors.mock.records.papers import PDF, PNG, RTF, paper
from connectors.mock.script import Mishap
from connectors.port import Capability
from tests.hub.rig import Rig
from tests.hub.web.counter import Counter
from tests.hub.web.reading import words
from tests.hub.web.test_record_pages import Room
from tests.records.test_documents import SAYS, TITLE, letter, with_letters
from tests.records.test_viewing import open_surgery, share_records
from tests.scheduling.world import ANN, HOME, HOST, World
from vocabulary.people import UserRole
from vocabulary.record_parts import Document

pytestmark = pytest.mark.database


def room_with(world: World, rig: Rig, *letters: Document, held: bytes = SAYS) -> Room:
    share_records(world)
    surgery = with_letters(open_surgery(world), *letters, held=held)
    clinician = Counter.open(rig, practice=HOST, user="grace", role=UserRole.CLINICIAN)
    room = Room(clinician, world, surgery.booking.ref.value)
    room.opens()
    return room


def ways(room: Room, part: str = "documents") -> list[str]:
    """Where the links to documents on this part lead."""
    room.counter.goes_to(f"{room.address}/{part}")
    return re.findall(rf'href="({re.escape(room.address)}/documents/[0-9a-f]+)"', room.counter.seen.text)


def frame(room: Room) -> str:
    (address,) = re.findall(r'(?:src|data)="([^"#]+/sheet)', room.counter.seen.text)
    return address


def test_a_text_is_opened_from_the_list_inside_the_record_and_the_account_says_so(world: World, rig: Rig) -> None:
    held = b"<script>alert(1)</script> Dear colleague"
    room = room_with(world, rig, letter(world, size=len(held)), held=held)
    (way,) = ways(room)
    assert "It cannot read a letter or a scan" in room.counter.says and "is written down" in room.counter.says
    assert TITLE not in way and ANN.value not in way and "b-1" not in way
    page = room.counter.goes_to(way)
    assert TITLE in page.says and "Back to the documents" in page.says and "Close the record" in page.says
    assert "sandbox" in re.findall(r"<iframe[^>]*>", page.seen.text)[0]
    assert "frame-src 'self'" in page.seen.headers["Content-Security-Policy"]
    sheet = room.counter.browser.get(frame(room))
    assert sheet.status_code == 200 and sheet.content_type.startswith("text/html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Dear colleague" in sheet.text and "<script" not in sheet.text
    policy = sheet.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'") and "sandbox" in policy and "script-src" not in policy
    assert "frame-ancestors 'self'" in policy and sheet.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert room.acts()[-4:] == [
        "permit.view-record granted",
        "record.shown given",
        "permit.view-record granted",
        "record.document-shown given",
    ]
    mine = room.counter.goes_to("/my-access")
    assert (
        "Opened a document in the shared record (a text), dated 24 November 2026" in mine.says
        and TITLE not in mine.says
    )


@pytest.mark.parametrize(("kind", "size"), [(PDF, 9_000), (PNG, 6_000)])
def test_a_pdf_goes_to_the_browsers_viewer_and_a_picture_into_a_page_of_ours(
    world: World, rig: Rig, kind: str, size: int
) -> None:
    one = letter(world, content_type=kind, size=size)
    room = room_with(world, rig, one, held=paper(one))
    (way,) = ways(room)
    page = room.counter.goes_to(way)
    sheet = room.counter.browser.get(frame(room))
    assert sheet.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in sheet.headers["Cache-Control"] and sheet.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in sheet.headers["Content-Security-Policy"]
    if kind == PDF:
        assert sheet.content_type == PDF and sheet.data == paper(one)
        assert sheet.headers["Content-Disposition"] == "inline", "nothing to be saved"
        assert "#toolbar=0" in page.seen.text and "does not show PDF" in page.says
    else:
        assert 'src="data:image/png;base64,iVBOR' in sheet.text and 'alt="The document as a picture' in sheet.text


def test_no_page_of_a_document_is_kept_by_a_browser(world: World, rig: Rig) -> None:
    room = room_with(world, rig, letter(world))
    (way,) = ways(room)
    answer = room.counter.browser.get(way)
    for each in (answer, room.counter.browser.get(f"{way}/sheet")):
        assert each.headers["Cache-Control"] == "no-store, max-age=0"
        assert each.headers["Referrer-Policy"] == "no-referrer"


def test_letters_of_a_referral_are_opened_from_it_by_their_names(world: World, rig: Rig) -> None:
    other = letter(world, 2, title="Fax", content_type=RTF)
    room = room_with(world, rig, letter(world), other)
    assert len(ways(room, "referrals")) == 1
    assert f"Open “{TITLE}” (Text)" in room.counter.says
    assert "“Fax” (Rich text): cannot be shown here" in room.counter.says
    told = world.ledger(act="record.shown")[-1].detail
    assert (told["sections"], told["shown"]) == (["documents", "referrals"], 3), "their names are documents' as well"


def test_closing_the_record_closes_its_documents(world: World, rig: Rig) -> None:
    room = room_with(world, rig, letter(world))
    (way,) = ways(room)
    room.counter.goes_to(way)
    sheet = frame(room)
    assert "Zanzibarfieber was" in words(room.counter.browser.get(sheet))
    room.counter.sends(f"{room.address}/close")
    shut = room.counter.browser.get(sheet)
    assert "The record has been closed" in words(shut) and "Zanzibarfieber" not in shut.text
    assert "May I look" in room.counter.goes_to(way).heading
    room.opens()
    assert "The record has been closed" in words(room.counter.browser.get(sheet)), "another look, another opening"


def test_a_frame_without_its_page_opens_nothing(world: World, rig: Rig) -> None:
    room = room_with(world, rig, letter(world))
    (way,) = ways(room)
    sheet = room.counter.browser.get(f"{way}/sheet")
    assert "Zanzibarfieber was" not in sheet.text
    assert "record.document-shown given" not in room.acts()


def test_kinds_that_are_not_shown_are_said_so_in_the_list_with_nothing_to_save(world: World, rig: Rig) -> None:
    room = room_with(
        world,
        rig,
        letter(world, 1, content_type="image/tiff", title="Scan"),
        letter(world, 2, size=9_000_000, title="Large"),
        letter(world, 3, binary_id="", unavailable="Lost in a move", title="Old"),
    )
    assert ways(room) == []
    for said in (
        "Cannot be shown here",
        "Too large to be shown (over 5 MB)",
        "Not to be had from here: Lost in a move",
    ):
        assert said in room.counter.says, said


def test_a_practice_that_gives_out_none_has_a_list_as_before(world: World, rig: Rig) -> None:
    world.network.limit(HOME, frozenset(Capability) - {Capability.READ_DOCUMENTS})
    room = room_with(world, rig, letter(world))
    assert ways(room) == []
    assert "the hub cannot open them" in room.counter.says and "ring Practice" in room.counter.says


def test_a_practice_that_does_not_answer_is_named_and_the_record_stays_open(world: World, rig: Rig) -> None:
    room = room_with(world, rig, letter(world))
    (way,) = ways(room)
    world.network.script(HOME).inject("find_documents", Mishap.NO_ANSWER_BEFORE_COMMIT)
    said = room.counter.goes_to(way)
    assert (
        said.heading == "The document is not shown" and "did not answer" in said.says and "ring Practice" in said.says
    )
    assert len(ways(room)) == 1, "the record is open still"
    world.network.script(HOME).inject("read_document", Mishap.GARBLED_BEFORE_COMMIT)
    room.counter.goes_to(way)
    sheet = room.counter.browser.get(frame(room))
    assert "cannot be read. Nothing is shown." in words(sheet) and "ring Practice" in words(sheet)


def test_a_document_marked_as_not_for_the_patient_says_so_before_it_is_shown(world: World, rig: Rig) -> None:
    room = room_with(world, rig, letter(world, not_for_patient=True))
    (way,) = ways(room)
    assert "has marked this document as not to be shown to the patient" in room.counter.goes_to(way).says
    written = room.counter.seen.text
    assert written.index("not to be shown to the patient") < written.index("<iframe")
