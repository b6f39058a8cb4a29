"""My session, for reception “Arrivals”: who comes tonight, where each visit stands, and one key to say so."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from hub.auth.access import current_caller, may, requires
from hub.schemas.visits import VisitSchema
from hub.web import clock_words, wording
from hub.web.blueprint import blueprint
from hub.web.booking.desk import the_desk
from hub.web.clinic.session_lines import UNDO_KEY, Beside, SessionLine, sent_words, session_lines
from hub.web.clinic.session_words import heading, is_gone
from hub.web.messages.posting import the_post
from hub.web.naming import practice_names
from hub.web.record.looking import open_looks, the_room
from hub.wiring import current_hub
from scheduling.problems import BookingUnknown, NotSure, WrongState
from scheduling.visiting import ExpectedVisit, NoteVisit
from vocabulary.identifiers import BookingRef
from vocabulary.people import UserRole
from vocabulary.problems import InvalidValue, Problem
from vocabulary.purposes import Scope
from vocabulary.times import london_date
from vocabulary.visits import VisitStatus

_BEHIND, _AHEAD = timedelta(days=1), timedelta(days=14)


@blueprint.get("/session")
@requires(Scope.BOOK)
def my_session() -> ResponseReturnValue:
    """The day's patients, one's own first if one is among those who hold the clinics."""
    return _page()


@blueprint.post("/session/<ref>")
@requires(Scope.BOOK)
def note_visit(ref: str) -> ResponseReturnValue:
    """One thing is said about one visit; the list comes back with that line in focus."""
    form = request.form.to_dict()
    try:
        command = VisitSchema().command(form, ref=BookingRef.parse(ref))
        the_desk().note_visit(command, current_caller())
    except (ValidationError, InvalidValue):
        problem = WrongState("That was not understood, so nothing was changed.", next_step="Use the buttons below.")
        return _page(problem=problem, status=422)
    except NotSure as question:
        return _page(problem=question, again=(command, form), status=409)
    except (WrongState, BookingUnknown) as problem:
        return _page(problem=problem, status=409)
    return redirect(url_for("web.my_session", **_chosen(), _anchor=f"visit-{command.ref.value}"), 303)


def _page(
    *, problem: Problem | None = None, again: tuple[NoteVisit, dict[str, str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    hub, caller = current_hub(), current_caller()
    now = hub.clock.now()
    today = london_date(now)
    day = _day(request.values.get("day", ""), today)
    visits, names = the_desk().expected(day, caller), practice_names()
    looked_at = [one.booking for one in visits if not is_gone(one.booking, one.visit)]
    messages = the_post().about([one.booking.ref for one in visits], caller)
    beside = Beside(
        home_names=names,
        phones={one.ods.value: one.bypass_phone or one.phone for one in hub.address_book.practices()},
        call_window=the_desk().visit_settings.call_window,
        messages=messages,
        may_write=may(Scope.SEND_TASK),
        may_look=may(Scope.VIEW_RECORD),
        records=the_room().prospects(looked_at, names, caller) if may(Scope.VIEW_RECORD) else {},
        open_records=open_looks(),
    )
    lines = session_lines(visits, day, now, beside)
    clinicians = sorted({line.clinician for line in lines})
    chosen = _clinician(clinicians, caller.name)
    mine = tuple(line for line in lines if chosen in ("", line.clinician))
    page = render_template(
        "session.html",
        alert=problem,
        again=_again(lines, *again, sent=sent_words(messages.get(again[0].ref, ()))) if again else None,
        page_name="My session" if caller.role is UserRole.CLINICIAN else "Arrivals",
        lines=mine,
        counts=_counts(line for line in mine if not line.gone),
        clinicians=clinicians if len(clinicians) > 1 else (),
        chosen=chosen,
        heading=_heading(visits, chosen) if day == today else "",
        coming=sum(not line.gone for line in mine),
        gone=sum(line.gone for line in mine),
        rung=any(line.rung for line in mine),
        seen_here=any(not line.rung for line in mine),
        hears=the_desk().hears_of_visits(caller),
        practice=caller.practice.value,
        day=day,
        day_words=clock_words.date_words(day, today=today),
        is_today=day == today,
        not_mine=caller.role is UserRole.CLINICIAN and bool(lines) and not _mine(clinicians, caller.name),
        before=day - timedelta(days=1) if day > today - _BEHIND else None,
        after=day + timedelta(days=1) if day < today + _AHEAD else None,
        undo_key=UNDO_KEY,
        show_patient=False,
    )
    return page, status


def _again(lines: Iterable[SessionLine], command: NoteVisit, form: dict[str, str], *, sent: str) -> dict[str, Any]:
    """What is sent for each answer: the same, and that it is meant; of who did not come, whether they had said so."""
    if command.status is VisitStatus.MISSED:
        missed, late = VisitStatus.MISSED, VisitStatus.CANCELLED_LATE
        answers = [
            ("status", missed.value, f"No: “{missed.words}”"),
            ("status", late.value, f"Yes: “{late.words}”"),
        ]
    else:
        name, said = ("call", command.call) if command.call else ("status", command.status)
        answers = [(name, said.value, f"Yes, “{said.words}”")] if said else []
    return {
        "ref": command.ref.value,
        "patient": next((line.patient for line in lines if line.ref == command.ref.value), ""),
        "answers": answers,
        "leave": "Leave it as it was" if len(answers) > 1 else "No, leave it",
        "warning": sent if command.status is VisitStatus.MISSED else "",
        "fields": {"seen": form.get("seen", ""), "sure": "1"},
    }


def _heading(visits: Iterable[ExpectedVisit], clinician: str) -> str:
    shown = [one.booking.facts for one in visits]
    return heading(
        facts.window.start for facts in shown if clinician in ("", facts.practitioner_name or wording.ROLES[facts.role])
    )


def _counts(lines: Iterable[SessionLine]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines:
        found[line.status] = found.get(line.status, 0) + 1
    return found


def _clinician(clinicians: list[str], name: str) -> str:
    """Whose patients are shown: as chosen; else one's own, if one holds a clinic; else everybody's ("")."""
    asked = request.values.get("with")
    if asked is None:
        return _mine(clinicians, name)
    return asked if asked in clinicians else ""


def _mine(clinicians: list[str], name: str) -> str:
    """Whoever is signed in, as one of those who hold the clinics; empty when they hold none."""
    return next((one for one in clinicians if one.casefold() == name.casefold()), "")


def _chosen() -> dict[str, Any]:
    """What the list was narrowed to, to come back to the same."""
    return {name: request.values[name] for name in ("day", "with") if name in request.values}


def _day(text: str, today: date) -> date:
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        return today
    return min(max(asked, today - _BEHIND), today + _AHEAD)
