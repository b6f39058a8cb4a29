"""What every page of a shared record has: whose it is, why it may be looked at, the ways to its parts, and no."""

from typing import Any

from flask import make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from hub.auth.access import current_caller, may
from hub.web import clock_words
from hub.web.booking.desk import the_desk
from hub.web.messages.posting import the_post
from hub.web.messages.sent_words import sent_before
from hub.web.naming import practice_names
from hub.web.presenters import full_name, spaced
from hub.web.record import record_words
from hub.web.record.looking import kept_word, never_kept, the_room
from hub.wiring import current_hub
from messaging.sending import summary_refusal
from records.documents import FoundDocument
from records.problems import RecordUnavailable, RecordWithheld
from records.viewing import Look
from scheduling.problems import BookingUnknown
from scheduling.results import BookingView
from scheduling.visit_rules import Visit
from sharing_agreements.problems import NotPermitted
from sharing_agreements.terms import may_be_broken
from vocabulary.choices import Permission
from vocabulary.identifiers import BookingRef
from vocabulary.problems import InvalidValue, Problem
from vocabulary.purposes import Scope
from vocabulary.times import london_date

SUMMARY = "summary"
SECTIONS = {section.value: section for section in record_words.TITLES if section not in record_words.SUMMARY}


def part_link(ref: BookingRef, name: str, current: str) -> dict[str, Any]:
    """The way to one part of the record."""
    title = "Summary" if name == SUMMARY else record_words.TITLES[SECTIONS[name]]
    address = url_for("web.record_part", ref=ref.value, part=name)
    return {"title": title, "address": address, "current": name == current}


def because(found: Look | FoundDocument) -> str:
    """Why this may be looked at, and by which clause."""
    start = clock_words.moment_words(found.booking.facts.window.start, current_hub().clock.now())
    word = kept_word(found.booking.ref)
    agreed = {
        Permission.GIVEN: f"{word.by if word else 'the patient'} has given permission",
        Permission.CANNOT_ASK: "the patient cannot be asked" + (f" ({word.why})" if word and word.why else ""),
    }.get(word.permission if word else Permission.GIVEN, "")
    came = " (the practice had cancelled it, and the patient came all the same)" if found.booking.came_at else ""
    reason = f"You may look because of the appointment here, {start}{came}, and {agreed}."
    return f"{reason} {found.agreement}, clause {found.clause}."


def ways_of(booking: BookingView) -> dict[str, str]:
    """Where to go from a record: back to the session, and to what is written of the visit, or was sent."""
    now = current_hub().clock.now()
    ways = {"session": url_for("web.my_session", day=london_date(booking.facts.window.start).isoformat())}
    ways["session"] += f"#visit-{booking.ref.value}"
    if not may(Scope.SEND_TASK):
        return ways
    sent = sent_before(the_post().about([booking.ref], current_caller()).get(booking.ref, ()), now)
    if sent is not None:
        ways["sent"] = url_for("web.message", message=sent.ref)
    elif summary_refusal(booking, Visit(), now) is None:
        ways["summary"] = url_for("web.write_summary", ref=booking.ref.value)
    return ways


def no_glass(booking: BookingView) -> Problem | None:
    """Why breaking the glass would open nothing, known before anybody has to prove who they are; None: it might."""
    said = "That cannot be overridden here, in an emergency either."
    practice = practice_names().get(str(booking.home_practice or ""), "the patient’s practice")
    ring = f"Take the history from the patient, and ring {practice}."
    if the_room().dissents(booking):
        return RecordWithheld(f"The patient does not want their record shared. {said}", next_step=ring)
    withheld = the_room().withheld_at(booking.ref)
    if withheld is None:
        return None
    at = clock_words.time_words(withheld)
    return RecordWithheld(f"{practice} withheld this record at {at}. {said}", next_step=ring)


def not_shown(booking: BookingView, problem: Problem, *, written: bool = True) -> ResponseReturnValue:
    """Nothing of the record, and why."""
    page = render_template(
        "record_not_shown.html",
        booking=booking,
        patient_line=patient_line_of(booking),
        alert=problem,
        written=written and isinstance(problem, NotPermitted | RecordWithheld | RecordUnavailable),
        emergency=isinstance(problem, NotPermitted) and may_be_broken(problem.decision) and no_glass(booking) is None,
        show_patient=False,
    )
    return never_kept(make_response(page, 200 if problem.code == "not-permitted" else 409))


def patient_line_of(booking: BookingView) -> dict[str, str]:
    """Whose record it is."""
    today = london_date(current_hub().clock.now())
    age = clock_words.age_words(booking.birth_date, today)
    return {
        "name": full_name(booking.family, booking.given),
        "born": f"{clock_words.birth_date_words(booking.birth_date)} ({age})",
        "nhs_number": spaced(booking.nhs_number.value),
    }


def booking_of(ref: str) -> BookingView:
    """The booking at the caller's own practice that is the reason to look."""
    booking = the_desk().booking(ref_of(ref), current_caller())
    if booking.facts.host != current_caller().practice:
        raise BookingUnknown(
            "Nobody with that reference is expected at your practice.", next_step="Look at your session again."
        )
    return booking


def ref_of(text: str) -> BookingRef:
    """The reference in an address."""
    try:
        return BookingRef.parse(text)
    except InvalidValue:
        raise BookingUnknown(
            "Nobody with that reference is expected at your practice.", next_step="Look at your session again."
        ) from None
