"""Jinja for the pages: everything escaped, NHS.UK macros at hand, presenters as filters, our assets by content."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask, g, request, url_for
from jinja2 import ChainableUndefined, ChoiceLoader, PackageLoader
from markupsafe import Markup

from hub.auth import typed
from hub.auth.access import CSRF_FIELD, current_caller_or_none, current_session, may
from hub.auth.headers import csp_nonce
from hub.web import banner, clock_words, faults, presenters, wording
from hub.web.booking.held import my_holds, standing_holds
from hub.web.booking.on_the_phone import current_patient, patient_mark
from hub.web.navigation import agreements_waiting, navigation
from hub.wiring import current_hub
from practices.results import PracticeView
from vocabulary.purposes import Scope
from vocabulary.times import london_date

NHSUK_CSS = "vendor/nhsuk-frontend-10.6.1.min.css"
NHSUK_JS = "vendor/nhsuk-frontend-10.6.1.min.js"
HTMX_JS = "vendor/htmx-2.0.11.min.js"


def prepare(app: Flask) -> None:
    """Before the first template is asked for: escape in every template, whatever its name ends in."""
    app.jinja_options = {
        **app.jinja_options,
        "autoescape": True,
        "undefined": ChainableUndefined,  # the NHS.UK macros ask for parameters nobody gave
        "trim_blocks": True,
        "lstrip_blocks": True,
    }
    environment = app.jinja_env
    ours = environment.loader
    assert ours is not None  # noqa: S101 - Flask always sets one
    environment.loader = ChoiceLoader([ours, PackageLoader("nhsuk_frontend_jinja")])
    environment.filters.update(_filters())
    environment.globals.update(
        asset=_assets(Path(str(app.static_folder))),
        nhsuk_css=NHSUK_CSS,
        nhsuk_js=NHSUK_JS,
        htmx_js=HTMX_JS,
        wording=wording,
        arrive=presenters.ARRIVE,
        csrf_field=csrf_field,
        writer_field=writer_field,
        may=may,
        Scope=Scope,
        fault_of=faults.fault_of,
        fault_links=faults.fault_links,
        all_practices=_other_practices,
        my_holds=my_holds,
        standing_holds=standing_holds,
        agreements_waiting=agreements_waiting,
        patient_mark=patient_mark,
        patient_name=banner.name,
        patient_notes=banner.notes,
        patient_age=lambda patient: banner.age_words(patient, london_date(current_hub().clock.now())),
        patient_bookings=lambda patient: banner.bookings(patient, current_hub().clock.now()),
    )
    app.context_processor(_context)


def _other_practices() -> list[PracticeView]:
    own = current_caller_or_none()
    practices = current_hub().address_book.practices()
    return [practice for practice in practices if own is None or practice.ods != own.practice]


def csrf_token() -> str:
    """This session's form token; empty when nobody is signed in."""
    session = current_session()
    return session.csrf if session else ""


def csrf_field() -> Markup:
    """The hidden field every form that changes something carries."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, csrf_token())


def writer_field() -> Markup:
    """The hidden field that a form which is kept over a lock carries as well: for whom it was drawn."""
    session = current_session()
    mark = typed.writer(session) if session else ""
    return Markup('<input type="hidden" name="{}" value="{}">').format(typed.WRITER_FIELD, mark)


def _filters() -> dict[str, Any]:
    def with_now(words: Any) -> Any:
        return lambda moment: words(moment, current_hub().clock.now())

    return {
        "time": clock_words.time_words,
        "stamp": clock_words.stamp_words,
        "birth_date": clock_words.birth_date_words,
        "moment": with_now(clock_words.moment_words),
        "short_moment": with_now(clock_words.short_moment_words),
        "ago": with_now(clock_words.ago_words),
        "span": clock_words.span_words,
        "iso": datetime.isoformat,
        "miles": presenters.miles_words,
        "access_words": wording.access_words,
        "spaced": presenters.spaced,
        "slot_line": with_now(presenters.hold_words),
        "booking_time": with_now(
            lambda line, now: clock_words.short_moment_words(datetime.fromisoformat(line.starts), now)
        ),
    }


def _context() -> dict[str, Any]:
    hub, caller = current_hub(), current_caller_or_none()
    away = bool(g.get("database_away"))
    return {
        "hub_name": hub.config.hub_name,
        "hub_logo": hub.config.hub_logo,
        "is_demo": hub.config.is_demo,
        "caller": caller,
        "patient": current_patient() if caller else None,
        "csp_nonce": csp_nonce,
        "csrf_token": csrf_token,
        "navigation": navigation() if caller and not away else (),
        "now": hub.clock.now(),
        "in_outage": away,
        "load_anew": _load_anew() if caller and not away else "",
    }


_ANEW = {
    "web.look_up": "web.home",
    "web.take_hold": "web.search",
    "web.find_booking": "web.bookings",
    "web.settle_booking": "web.attention",
    "web.settle_item": "web.attention",
    "web.note_visit": "web.my_session",
    "web.break_glass": "web.my_session",
}
_ITSELF = ("web.book", "web.cancel", "web.answer_message")


def _load_anew() -> str:
    """Where a page that answers a form can be had again without sending the form; empty for other pages."""
    if request.method != "POST":
        return ""
    endpoint = request.endpoint or ""
    if endpoint in _ITSELF:
        return request.full_path.rstrip("?")
    return url_for(_ANEW[endpoint]) if endpoint in _ANEW else ""


def _assets(folder: Path) -> Any:
    """Addresses that change with the file's content, so that browsers may keep them for ever."""
    versions: dict[str, str] = {}

    def asset(name: str) -> str:
        if name not in versions:
            versions[name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]
        return url_for("static", filename=name, v=versions[name])

    return asset
