"""A document on demand: a page of the record with the document in a frame of its own, and that frame.

The frame takes nothing from the document but how it looks: no script, no address of its own, kept nowhere. A text is
written out as text, a picture stands in a page of ours, a PDF goes to the browser's own viewer. Of anything else there
is no frame.
"""

from base64 import b64encode

from flask import Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from hub.auth.access import current_caller, requires
from hub.auth.headers import frame_ours
from hub.web.blueprint import blueprint
from hub.web.record import record_words
from hub.web.record.document_words import file_words, size_words, title_of
from hub.web.record.looking import forget_word, keep_document, kept_document, kept_word, never_kept, the_room
from hub.web.record.record_frame import (
    SECTIONS,
    SUMMARY,
    because,
    booking_of,
    not_shown,
    part_link,
    patient_line_of,
    ref_of,
    ways_of,
)
from hub.wiring import current_hub
from records.documents import DOCUMENTS, FoundDocument
from records.kinds import FileKind, Sheet, kind_of
from records.problems import DocumentNotListed, DocumentNotShown, RecordUnavailable, RecordWithheld
from records.viewing import needs_reason
from scheduling.problems import BookingUnknown
from scheduling.results import BookingView
from vocabulary.problems import Problem
from vocabulary.purposes import Scope
from vocabulary.record_parts import RecordSection
from vocabulary.times import london_date

_OF_THE_DOCUMENT = (DocumentNotListed, DocumentNotShown, RecordUnavailable, RecordWithheld)
_CLOSED = DocumentNotShown(
    "The record has been closed, and the document with it.", next_step="Open the record again to read it."
)
_SHEET = (
    "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
_VIEWER = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'"
"""For the browser's own viewer of PDF, which is a page of its own with a style of its own."""


@blueprint.get("/session/<ref>/record/documents/<key>")
@requires(Scope.VIEW_RECORD)
def open_document(ref: str, key: str) -> ResponseReturnValue:
    """One document of the record that is open: what it is, and the frame that fetches it."""
    booking = booking_of(ref)
    word = kept_word(booking.ref)
    if word is None:
        return redirect(url_for("web.ask_permission", ref=booking.ref.value, closed=1), 303)
    try:
        found = the_room().find_document(word.command(DOCUMENTS), key, current_caller())
    except BookingUnknown:
        raise
    except _OF_THE_DOCUMENT as problem:
        return _document_not_shown(booking, problem)
    except Problem as problem:
        forget_word()
        return not_shown(booking, problem)
    keep_document(booking.ref, found.listed)
    frame_ours()
    return never_kept(make_response(_drawn(found)))


@blueprint.get("/session/<ref>/record/documents/<key>/sheet")
@requires(Scope.VIEW_RECORD)
def document_sheet(ref: str, key: str) -> ResponseReturnValue:
    """What stands in the frame: the document, fetched for it, or why it is not shown."""
    booking_ref = ref_of(ref)
    word, listed = kept_word(booking_ref), kept_document(booking_ref, key)
    if word is None or listed is None:
        return _framed(_why_not(_CLOSED))
    try:
        sheet = the_room().read_document(word.command(DOCUMENTS), listed, current_caller())
    except Problem as problem:
        return _framed(_why_not(problem))
    return _framed(_as_it_is(sheet) if sheet.kind is FileKind.PDF else _as_a_page(sheet))


def _drawn(found: FoundDocument) -> str:
    now, document, ref = current_hub().clock.now(), found.document, found.booking.ref
    kind = kind_of(document.content_type)
    return render_template(
        "record_document.html",
        patient_line=patient_line_of(found.booking),
        practice=found.home_name,
        phone=found.home_phone,
        fetched=now,
        usual_gp="",
        because=because(found),
        differences=found.differences,
        cross_checked=found.cross_checked,
        parts=[part_link(ref, name, "") for name in (SUMMARY, *SECTIONS)],
        ref=ref,
        ways=ways_of(found.booking),
        about_now=not needs_reason(found.booking, now, the_room().settings),
        today=london_date(now),
        document=document,
        document_title=title_of(document),
        made=record_words.short(document.date or document.recorded),
        kind=document.what.words if document.title else "",
        file=", ".join(part for part in (file_words(document.content_type), size_words(document.size)) if part),
        source=record_words.by_words(document.recorded_by, found.record.practice_name),
        is_pdf=kind is FileKind.PDF,
        sheet=url_for("web.document_sheet", ref=ref.value, key=found.listed.key),
        show_patient=False,
    )


def _document_not_shown(booking: BookingView, problem: Problem) -> ResponseReturnValue:
    """Why not; the record itself stays open."""
    page = render_template(
        "record_document_not_shown.html",
        booking=booking,
        patient_line=patient_line_of(booking),
        alert=problem,
        documents=url_for("web.record_part", ref=booking.ref.value, part=RecordSection.DOCUMENTS.value),
        show_patient=False,
    )
    return never_kept(make_response(page, 409))


def _as_it_is(sheet: Sheet) -> Response:
    """A PDF for the browser's own viewer."""
    response = make_response(sheet.content)
    response.headers["Content-Type"] = sheet.kind.value
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = _VIEWER
    return response


def _as_a_page(sheet: Sheet) -> Response:
    picture = (
        "" if sheet.kind is FileKind.TEXT else f"data:{sheet.kind.value};base64,{b64encode(sheet.content).decode()}"
    )
    return make_response(render_template("record_sheet.html", text=sheet.text, picture=picture))


def _why_not(problem: Problem) -> Response:
    """It stands where the document would, so it comes as a page like any other: a frame shows nothing of a refusal."""
    return make_response(render_template("record_sheet.html", alert=problem))


def _framed(response: Response) -> Response:
    """For a frame of our own page, kept nowhere; what is not a PDF is shut in as well."""
    response.headers.setdefault("Content-Security-Policy", f"{_SHEET}; sandbox")
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return never_kept(response)
