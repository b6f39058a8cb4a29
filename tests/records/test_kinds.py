"""Which documents are shown, and that none is shown which is something else than it is said to be. Pure."""

import base64
import hashlib

import pytest

from connectors.mock.records.papers import PDF, PNG, RTF, TEXT, TIFF, paper
from records.kinds import FileKind, Sheet, Unfit, kind_of, looked_into, unfit_as_listed
from vocabulary.documents import LARGEST_DOCUMENT, DocumentContent
from vocabulary.record_parts import Coded, Document

LETTER = b"Dear colleague,\r\n<b>thank you</b>"
GIF, JPEG = b"GIF89a\x01\x00", b"\xff\xd8\xff\xe0\x00"


def listed(content_type: str = TEXT, size: int | None = None, **changes: str) -> Document:
    return Document(id="1", what=Coded("Letter"), content_type=content_type, size=size, **{"binary_id": "1", **changes})


def shown(content: bytes, content_type: str = TEXT, **listing: object) -> Sheet | Unfit:
    document = listed(**{"content_type": content_type, **listing})  # type: ignore[arg-type]
    return looked_into(document, DocumentContent(content_type, content))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("application/pdf", FileKind.PDF),
        ("Text/Plain; charset=UTF-8", FileKind.TEXT),
        ("image/jpg", FileKind.JPEG),
        ("image/tiff", None),
        ("text/html", None),
        ("image/svg+xml", None),
        ("application/rtf", None),
        ("application/msword", None),
        ("application/octet-stream", None),
        ("", None),
    ],
)
def test_only_what_a_browser_shows_without_running_it_is_shown(said: str, kind: FileKind | None) -> None:
    assert kind_of(said) is kind
    assert (unfit_as_listed(listed(said)) is None) is (kind is not None)


def test_what_need_not_be_asked_for_is_known_from_its_listing() -> None:
    assert unfit_as_listed(listed(TEXT, 10)) is None
    assert unfit_as_listed(listed(TIFF, 10)) is Unfit.KIND
    assert unfit_as_listed(listed(RTF, 10)) is Unfit.KIND
    assert unfit_as_listed(listed(TEXT, LARGEST_DOCUMENT)) is None
    assert unfit_as_listed(listed(TEXT, LARGEST_DOCUMENT + 1)) is Unfit.TOO_LARGE
    for no_id in ("", "a b", "1?x=2", "x" * 65):
        assert unfit_as_listed(listed(TEXT, 10, binary_id=no_id)) is Unfit.NO_CONTENT


@pytest.mark.parametrize("kind", [PDF, PNG, TEXT])
def test_a_sound_document_is_shown_as_it_is(kind: str) -> None:
    content = paper(listed(kind, 6_000, title="A (synthetic) letter"))
    assert len(content) == 6_000
    sheet = shown(content, kind, size=6_000)
    assert isinstance(sheet, Sheet) and sheet.content == content and sheet.kind.value == kind


@pytest.mark.parametrize(("content", "kind"), [(GIF, "image/gif"), (JPEG, "image/jpeg"), (b"\n\n%PDF-1.7", PDF)])
def test_other_kinds_are_known_by_how_they_begin(content: bytes, kind: str) -> None:
    assert isinstance(shown(content, kind), Sheet)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (LETTER, PDF),
        (b" " * 2000 + b"%PDF-1.4", PDF),
        (JPEG, "image/png"),
        (b"<svg onload=alert(1)>", "image/png"),
        (b"II*\0", "image/gif"),
        (b"%PDF-1.4\n\x00\x01\x02", TEXT),
        (b"text with a \x00 in it", TEXT),
        (b"\x1b[2Jtext", TEXT),
    ],
)
def test_a_file_that_is_something_else_is_not_shown(content: bytes, kind: str) -> None:
    assert shown(content, kind) is Unfit.NOT_ITS_KIND


def test_the_answer_must_name_the_kind_that_was_listed() -> None:
    assert looked_into(listed(PDF), DocumentContent(TEXT, LETTER)) is Unfit.NOT_ITS_KIND
    assert looked_into(listed(TEXT), DocumentContent("text/html", b"<script>")) is Unfit.KIND


def test_length_and_hash_must_be_as_listed_where_they_are_listed() -> None:
    size, sha1 = len(LETTER), base64.b64encode(hashlib.sha1(LETTER, usedforsecurity=False).digest()).decode()
    assert isinstance(shown(LETTER, size=size, sha1=sha1), Sheet)
    assert isinstance(shown(LETTER, size=0), Sheet), "a listing that says 0 says nothing"
    assert shown(LETTER[:-1], size=size) is Unfit.NOT_ITS_SIZE
    assert shown(LETTER.upper(), size=size, sha1=sha1) is Unfit.NOT_ITS_HASH
    assert shown(b"", size=0) is Unfit.EMPTY
    assert shown(b"x" * (LARGEST_DOCUMENT + 1)) is Unfit.TOO_LARGE


@pytest.mark.parametrize(
    ("content", "content_type", "said"),
    [
        ("Crème".encode(), TEXT, "Crème"),
        ("Crème".encode("windows-1252"), TEXT, "Crème"),
        ("Crème".encode("iso-8859-1"), "text/plain; charset=ISO-8859-1", "Crème"),
        ("Crème".encode("utf-16"), TEXT, "Crème"),
        (b"\xef\xbb\xbfone\r\ntwo\rthree", TEXT, "one\ntwo\nthree"),
    ],
)
def test_a_text_is_read_in_its_own_letters(content: bytes, content_type: str, said: str) -> None:
    sheet = looked_into(listed(TEXT), DocumentContent(content_type, content))
    assert isinstance(sheet, Sheet) and sheet.text == said


def test_nothing_of_a_sheet_shows_when_printed() -> None:
    assert "colleague" not in f"{shown(LETTER)!r} {shown(LETTER)}"
