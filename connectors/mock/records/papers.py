"""What is in a synthetic document: a file of the kind and size that its listing says, made from the listing alone."""

import struct
import zlib
from collections.abc import Callable, Mapping

from vocabulary.record_parts import Document

PDF, TEXT, PNG, TIFF, RTF = "application/pdf", "text/plain", "image/png", "image/tiff", "application/rtf"
_WIDTH, _HEIGHT = 300, 400  # of a scanned page


def paper(document: Document) -> bytes:
    """The content of this document, exactly as long as it is listed; the same whenever it is made."""
    make = _KINDS.get(document.content_type.partition(";")[0], _text)
    return make(document.title, document.size or 0)


def _pdf(title: str, size: int) -> bytes:
    padding = max(0, size - len(_pdf_padded(title, 0)))
    for _ in range(3):  # the addresses in it grow a digit with what is put before them
        made = _pdf_padded(title, padding)
        if len(made) == size:
            break
        padding = max(0, padding + size - len(made))
    return made


def _pdf_padded(title: str, padding: int) -> bytes:
    shown = title.encode("latin-1", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    drawn = (
        b"BT /F1 18 Tf 60 760 Td (" + shown + b") Tj 0 -40 Td /F1 12 Tf (A synthetic letter. Nobody wrote it.) Tj ET"
    )
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    made = b"%PDF-1.4\n%" + b" " * padding + b"\n"
    places = []
    for number, each in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    ending = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(made))
    return made + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + ending


def _png(title: str, size: int) -> bytes:
    """A white page with grey lines; the title stands in it as a comment."""
    line, gap = b"\0" + b"\xb0" * _WIDTH, b"\0" + b"\xff" * _WIDTH
    rows = b"".join(line if row % 20 == 10 else gap for row in range(_HEIGHT))
    head = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 0, 0, 0, 0)
    parts = [_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(rows, 9)), _chunk(b"IEND", b"")]
    bare = 8 + sum(map(len, parts))
    comment = (b"Title\0" + title.encode("latin-1", "replace")).ljust(max(0, size - bare - 12))
    return b"\x89PNG\r\n\x1a\n" + parts[0] + _chunk(b"tEXt", comment) + parts[1] + parts[2]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _text(title: str, size: int) -> bytes:
    said = f"{title}\n\nDear colleague,\n\nThank you for seeing this patient. <b>This is a synthetic letter.</b>\n"
    return said.encode().ljust(size, b"\n")[: size or None]


def _rtf(title: str, size: int) -> bytes:
    return (b"{\\rtf1\\ansi " + title.encode("ascii", "replace") + b"\\par").ljust(size - 1) + b"}"


def _tiff(title: str, size: int) -> bytes:
    return (b"II*\0" + title.encode("latin-1", "replace")).ljust(size, b"\0")


_KINDS: Mapping[str, Callable[[str, int], bytes]] = {PDF: _pdf, TEXT: _text, PNG: _png, TIFF: _tiff, RTF: _rtf}
