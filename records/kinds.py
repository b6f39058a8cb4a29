"""Which documents a browser can show safely, and whether a content is what it is said to be. Pure.

A listing may be wrong, and a file may be something else than its name: nothing is shown that was not looked into.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from vocabulary.documents import LARGEST_DOCUMENT, DocumentContent
from vocabulary.record_parts import Document, Hidden

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)  # anything else leads somewhere else than to a content
_HEAD = 1024  # octets within which a PDF must say that it is one
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_LAYOUT = frozenset("\t\n\r\f")


class FileKind(StrEnum):
    """A kind of file that is shown, by its media type."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    GIF = "image/gif"
    TEXT = "text/plain"


_OTHER_NAMES = {"image/jpg": FileKind.JPEG, "image/pjpeg": FileKind.JPEG, "application/x-pdf": FileKind.PDF}
_BEGINS = {
    FileKind.PNG: (b"\x89PNG\r\n\x1a\n",),
    FileKind.JPEG: (b"\xff\xd8\xff",),
    FileKind.GIF: (b"GIF87a", b"GIF89a"),
}


class Unfit(StrEnum):
    """Why a document is not shown."""

    KIND = "kind"  # a browser cannot show it safely
    NO_CONTENT = "no-content"  # listed, and not to be had
    TOO_LARGE = "too-large"
    EMPTY = "empty"
    NOT_ITS_KIND = "not-its-kind"  # the content is something else than it is said to be
    NOT_ITS_SIZE = "not-its-size"
    NOT_ITS_HASH = "not-its-hash"


@dataclass(frozen=True, slots=True, repr=False)
class Sheet(Hidden):
    """A document's content that may be shown: its octets, and for text what it says."""

    kind: FileKind
    content: bytes
    text: str = ""


def kind_of(content_type: str) -> FileKind | None:
    """The kind that a media type names; None for one that is not shown."""
    named = content_type.partition(";")[0].strip().casefold()
    return FileKind(named) if named in set(FileKind) else _OTHER_NAMES.get(named)


def unfit_as_listed(document: Document) -> Unfit | None:
    """Why a document need not even be asked for, by what its listing says; None: it may be."""
    if not _ID.fullmatch(document.binary_id):
        return Unfit.NO_CONTENT
    if kind_of(document.content_type) is None:
        return Unfit.KIND
    return Unfit.TOO_LARGE if (document.size or 0) > LARGEST_DOCUMENT else None


def looked_into(document: Document, got: DocumentContent) -> Sheet | Unfit:
    """The content to show, or why not: it must be of the kind that the listing and it itself name, as long as listed
    (a listing that says 0 says nothing), and have the hash that was listed."""
    kind = kind_of(got.content_type)
    if kind is None:
        return Unfit.KIND
    if not got.content:
        return Unfit.EMPTY
    if len(got.content) > LARGEST_DOCUMENT:
        return Unfit.TOO_LARGE
    if kind is not kind_of(document.content_type):
        return Unfit.NOT_ITS_KIND
    if document.size and len(got.content) != document.size:
        return Unfit.NOT_ITS_SIZE
    if document.sha1 and document.sha1.strip() != _sha1(got.content):
        return Unfit.NOT_ITS_HASH
    if kind is FileKind.TEXT:
        text = _text(got)
        return Unfit.NOT_ITS_KIND if text is None else Sheet(kind, got.content, text)
    if kind is FileKind.PDF:
        return Sheet(kind, got.content) if b"%PDF-" in got.content[:_HEAD] else Unfit.NOT_ITS_KIND
    return Sheet(kind, got.content) if got.content.startswith(_BEGINS[kind]) else Unfit.NOT_ITS_KIND


def _sha1(content: bytes) -> str:
    """As the standard has it; it finds what was broken on the way, and is no proof against anybody."""
    return base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()


def _text(got: DocumentContent) -> str | None:
    """What a text says; None for what is none: it cannot be decoded, or holds what no text holds."""
    for encoding in _encodings(got):
        try:
            said = got.content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if all(each.isprintable() or each in _LAYOUT or each.isspace() for each in said):
            return said.replace("\r\n", "\n").replace("\r", "\n")
        return None
    return None


def _encodings(got: DocumentContent) -> list[str]:
    for mark, encoding in _BOMS:
        if got.content.startswith(mark):
            return [encoding]
    _, _, named = got.content_type.casefold().partition("charset=")
    told = named.partition(";")[0].strip(' "')
    return [*([told] if told in ("utf-8", "us-ascii", "iso-8859-1", "windows-1252") else []), "utf-8", "windows-1252"]
