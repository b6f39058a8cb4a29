"""A document in words: what kind of file, how large, which one, and why it is not opened. Pure."""

from hub.web.record.record_words import short
from records.kinds import Unfit
from vocabulary.record_parts import Document

_FILES = {
    "application/pdf": "PDF",
    "text/plain": "Text",
    "text/html": "Web page",
    "image/tiff": "Scanned picture (TIFF)",
    "image/jpeg": "Picture",
    "image/png": "Picture",
    "image/gif": "Picture",
    "application/msword": "Word",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "text/rtf": "Rich text",
    "application/rtf": "Rich text",
}
_NOT_OPENED = {
    Unfit.KIND: "Cannot be shown here",
    Unfit.TOO_LARGE: "Too large to be shown (over 5 MB)",
    Unfit.NO_CONTENT: "Not to be had from here",
}


def file_words(content_type: str) -> str:
    """A kind of file as people call it; one without a common name as the record has it."""
    return _FILES.get(content_type.partition(";")[0].strip().casefold(), content_type)


def size_words(octets: int | None) -> str:
    """How large it is."""
    if octets is None:
        return ""
    return f"{octets / 1_000_000:.1f} MB" if octets >= 1_000_000 else f"{max(1, round(octets / 1000))} kB"


def which(document: Document) -> str:
    """Which document a link leads to, for whoever hears it alone."""
    when = short(document.date or document.recorded)
    return ", ".join(part for part in (title_of(document), when) if part)


def title_of(document: Document) -> str:
    """Its title, or what kind of document it is."""
    return document.title or document.what.words


def not_opened(document: Document, unfit: Unfit) -> str:
    """Why there is no link where one would stand, with the practice's own words where it gave any."""
    words = _NOT_OPENED.get(unfit, "Not shown")
    return f"{words}: {document.unavailable}" if document.unavailable else words
