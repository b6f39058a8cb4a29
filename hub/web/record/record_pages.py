"""The shared record in two actions: say what the patient answered, and read. Every page is a look of its own."""

from datetime import date
from functools import partial
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from accountability.break_glass import FEWEST_WORDS, LONGEST_REASON, SHORTEST_REASON, BreakGlass
from accountability.problems import WordsMissing
from hub.auth import step_up
from hub.auth.access import current_caller, requires
from hub.schemas.fields import FormFault, faults_of
from hub.schemas.plain import printable
from hub.schemas.records import PermissionSchema
from hub.web import clock_words
from hub.web.blueprint import blueprint
from hub.web.naming import practice_names
from hub.web.oversight.overseeing import overseeing
from hub.web.record import document_words, record_part_words, record_timeline, record_words
from hub.web.record.looking import (
    Word,
    closed_words,
    forget_word,
    keep_word,
    kept_word,
    never_kept,
    the_room,
)
from hub.web.record.record_frame import (
    SECTIONS,
    SUMMARY,
    because,
    booking_of,
    no_glass,
    not_shown,
    part_link,
    patient_line_of,
    ref_of,
    ways_of,
)
from hub.web.record.record_part_words import Part
from hub.web.record.record_words import Opening
from hub.wiring import current_hub
from records.answers import Refusal
from records.documents import key_of
from records.kinds import unfit_as_listed
from records.problems import RecordNotAsked, RecordNotHere
from records.prospects import Prospect
from records.speaking import WhoAnswers, who_answers
from records.viewing import Look, OpenRecord, care_link, needs_reason
from scheduling.problems import BookingUnknown
from scheduling.results import BookingView
from sharing_agreements.problems import NotPermitted
from sharing_agreements.terms import Why
from vocabulary.choices import AnsweredBy, Permission
from vocabulary.identifiers import BookingRef
from vocabulary.problems import Problem
from vocabulary.purposes import Scope
from vocabulary.record_parts import Document, RecordSection
from vocabulary.times import london_date

_EMERGENCY = (
    "You broke the glass: this one look is open because you said that it is an emergency. The Caldicott Guardian of "
    "the patient’s practice has been told, with your reason, and reviews it within 48 hours."
)


@blueprint.get("/session/<ref>/record")
@requires(Scope.VIEW_RECORD)
def ask_permission(ref: str) -> ResponseReturnValue:
    """What has the patient said? Once answered for this visit, straight to the summary."""
    booking = booking_of(ref)
    if kept_word(booking.ref) is not None:
        return redirect(url_for("web.record_part", ref=booking.ref.value, part=SUMMARY), 303)
    if _prospect(booking) is Prospect.NOT_SHARED:
        return _not_asked(booking)
    return _permission_page(booking)


def _not_asked(booking: BookingView) -> ResponseReturnValue:
    """Where no answer of the patient's could open the record they are not asked for one; that it was wanted is told to
    the ledger, with the reason why not."""
    try:
        the_room().look(OpenRecord(booking.ref, None, frozenset(record_words.SUMMARY)), current_caller())
    except BookingUnknown:
        raise
    except NotPermitted as refusal:
        if refusal.decision.why is not Why.NO_PERMISSION:
            return not_shown(booking, refusal)
    except Problem as problem:
        return not_shown(booking, problem)
    return _permission_page(booking)  # it has become possible meanwhile, so the patient is asked after all


def _prospect(booking: BookingView) -> Prospect | None:
    names = practice_names()
    found = the_room().prospects((booking,), names, current_caller()).get(booking.ref)
    return found.prospect if found else None


@blueprint.post("/session/<ref>/record")
@requires(Scope.VIEW_RECORD)
def open_record(ref: str) -> ResponseReturnValue:
    """The patient has answered. Refused too is told to the ledger, and nothing is fetched."""
    booking = booking_of(ref)
    form = request.form.to_dict()
    try:
        said: Any = PermissionSchema().load(form)
    except ValidationError as error:
        return _permission_page(booking, form=form, faults=faults_of(error), status=422)
    answered_by = said["answered_by"] or _who_answers(booking).usual
    if said["permission"] is Permission.CANNOT_ASK:
        answered_by = None
    elif answered_by is None:
        fault = FormFault("answered_by", "Say who answered: the patient is a child.")
        return _permission_page(booking, form=form, faults=(fault,), status=422)
    why = said["why"]
    refused = the_room().refusal(booking.ref)
    if refused is not None and said["permission"] is not Permission.REFUSED and answered_by is not refused.by:
        faults = _against(refused, why, ticked=form.get("after_no") == "yes")
        if faults:
            return _permission_page(booking, form=form, faults=faults, status=422)
        why = f"{_after_no(refused)}{why}"
    word = Word(booking.ref, said["permission"], why, answered_by)
    if word.permission is not Permission.REFUSED:
        keep_word(word)
    return _look(booking, word, SUMMARY, form=form, redirect_when_shown=True)


def _who_answers(booking: BookingView) -> WhoAnswers:
    return who_answers(clock_words.age(booking.birth_date, london_date(current_hub().clock.now())))


def _against(refused: Refusal, why: str, *, ticked: bool) -> tuple[FormFault, ...]:
    """What is missing for a look after a no that whoever gave it has not taken back."""
    found = []
    if not why:
        found.append(FormFault("why", f"{_capital(refused.by.words)} said no. Say why you look all the same."))
    if not ticked:
        only = "Tick this only if they can no longer answer, or do not decide this."
        found.append(FormFault("after_no", f"{_capital(refused.by.words)} has said no. {only}"))
    return tuple(found)


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def _after_no(refused: Refusal) -> str:
    return f"After {refused.by.words} had said no at {clock_words.time_words(refused.at)}: "


@blueprint.get("/session/<ref>/record/<part>")
@requires(Scope.VIEW_RECORD)
def record_part(ref: str, part: str) -> ResponseReturnValue:
    """One part of the record, fetched for this page."""
    booking = booking_of(ref)
    word = kept_word(booking.ref)
    if word is None:
        return redirect(url_for("web.ask_permission", ref=booking.ref.value, closed=1), 303)
    if part != SUMMARY and part not in SECTIONS:
        return redirect(url_for("web.ask_permission", ref=booking.ref.value), 303)
    return _look(booking, word, part)


@blueprint.get("/session/<ref>/emergency")
@requires(Scope.VIEW_RECORD)
def emergency(ref: str) -> ResponseReturnValue:
    """The agreement does not cover the record, and the patient's life may depend on it: what that takes, and costs."""
    booking = booking_of(ref)
    return _no_glass_there(booking) or _glass_page(booking)


@blueprint.post("/session/<ref>/emergency")
@requires(Scope.VIEW_RECORD)
def break_glass(ref: str) -> ResponseReturnValue:
    """One look, for a reason that the guardian of the patient's practice reads at once and reviews within 48 hours."""
    booking, caller, form = booking_of(ref), current_caller(), request.form.to_dict()
    ordinary = _no_glass_there(booking)
    if ordinary is not None:
        return ordinary
    reason = printable(form.get("reason", ""))
    if booking.home_practice is None:
        return not_shown(booking, RecordNotHere("Nobody here knows which practice holds this patient's record."))
    names = practice_names()
    refused, agreed = the_room().refusal(booking.ref), form.get("agreed", "")
    answered_by = AnsweredBy(agreed) if agreed in set(AnsweredBy) else None
    command = BreakGlass(
        booking.nhs_number,
        booking.home_practice,
        reason,
        home_name=names.get(booking.home_practice.value, booking.home_practice.value),
        permission=Permission.GIVEN if answered_by else Permission.CANNOT_ASK,
        booking_ref=booking.ref.value,
        answered_by=answered_by,
        preface=_after_no(refused) if refused and answered_by is not refused.by else "",
    )
    word = Word(booking.ref, command.permission, f"{command.preface}{reason}", answered_by)
    try:
        permit = overseeing().break_glass(command, caller, proved_at=step_up.fresh())
        found = the_room().look(word.command(frozenset(record_words.SUMMARY)), caller, emergency=permit)
    except WordsMissing as problem:
        return _glass_page(booking, typed=form, faults=(FormFault(problem.field, problem.message),), status=422)
    except Problem as problem:
        return not_shown(booking, problem)
    return never_kept(make_response(_drawn(found, SUMMARY, emergency=True)))


def _no_glass_there(booking: BookingView) -> ResponseReturnValue | None:
    """Where the agreement does cover the record, or it is one's own, there is nothing to break: asking is the way.
    Unless nothing links the patient to this practice any more: then asking would open nothing. What no emergency opens
    is said before anybody has proved who they are for it."""
    prospect = _prospect(booking)
    problem = no_glass(booking) if prospect is not Prospect.OURS else None
    if problem is not None:
        dissents = the_room().dissents(booking)
        if dissents and booking.home_practice is not None:
            command = BreakGlass(booking.nhs_number, booking.home_practice, "", booking_ref=booking.ref.value)
            overseeing().dissent_told(command, current_caller())
        return not_shown(booking, problem, written=dissents)
    if prospect is not Prospect.OURS and not (prospect is Prospect.NEEDS_PERMISSION and _is_linked(booking)):
        return None
    return redirect(url_for("web.ask_permission", ref=booking.ref.value, covered=1), 303)


def _is_linked(booking: BookingView) -> bool:
    """Whether the ordinary way can open the record at all, if need be with a reason."""
    return care_link(booking, current_hub().clock.now(), the_room().settings, why="said")


def _refused_at(booking: BookingView) -> str:
    refused = the_room().refusal(booking.ref)
    return clock_words.time_words(refused.at) if refused else ""


def _glass_page(
    booking: BookingView,
    *,
    typed: dict[str, str] | None = None,
    faults: tuple[FormFault, ...] = (),
    status: int = 200,
) -> ResponseReturnValue:
    here = url_for("web.emergency", ref=booking.ref.value)
    names = practice_names()
    page = render_template(
        "record_emergency.html",
        booking=booking,
        patient_line=patient_line_of(booking),
        practice=names.get(str(booking.home_practice or ""), "the patient’s own practice"),
        unlinked=_prospect(booking) is Prospect.NEEDS_PERMISSION,
        proved_at=step_up.fresh(),
        proof_page=step_up.proof_page(here),
        longest=LONGEST_REASON,
        shortest=SHORTEST_REASON,
        fewest_words=FEWEST_WORDS,
        asked=_who_answers(booking),
        refused_at=_refused_at(booking),
        typed=typed or {},
        faults=faults,
        show_patient=False,
    )
    return never_kept(make_response(page, status))


@blueprint.post("/session/<ref>/record/close")
@requires(Scope.VIEW_RECORD)
def close_record(ref: str) -> ResponseReturnValue:
    """Done with it: the next look asks the patient again."""
    forget_word()
    return redirect(url_for("web.my_session", _anchor=f"visit-{ref_of(ref).value}"), 303)


def _look(
    booking: BookingView,
    word: Word,
    part: str,
    *,
    form: dict[str, str] | None = None,
    redirect_when_shown: bool = False,
) -> ResponseReturnValue:
    """Look, and draw what was found or say why nothing was."""
    sections = frozenset(record_words.SUMMARY) if part == SUMMARY else frozenset({SECTIONS[part]})
    if redirect_when_shown:  # so that Back and Reload send no form again; the page it leads to is the look
        problem = _missing(booking, word)
        if problem is None and word.permission is not Permission.REFUSED:
            return redirect(url_for("web.record_part", ref=booking.ref.value, part=SUMMARY), 303)
    try:
        found = the_room().look(word.command(sections), current_caller())
    except RecordNotAsked as problem:
        forget_word()
        fault = FormFault(problem.field, problem.message)
        return _permission_page(booking, form=form or {}, faults=(fault,), status=422)
    except BookingUnknown:
        raise
    except Problem as problem:
        forget_word()
        return not_shown(booking, problem)
    return never_kept(make_response(_drawn(found, part)))


def _missing(booking: BookingView, word: Word) -> str | None:
    """What must still be said before the page that looks is worth going to."""
    if word.why:
        return None
    if word.permission is Permission.CANNOT_ASK:
        return "why"
    return "why" if needs_reason(booking, current_hub().clock.now(), the_room().settings) else None


def _drawn(found: Look, part: str, *, emergency: bool = False) -> str:
    now = current_hub().clock.now()
    record, practice = found.trimmed.record, found.home_name
    section = SECTIONS.get(part)
    return render_template(
        "record.html",
        patient_line=patient_line_of(found.booking),
        practice=practice,
        phone=found.home_phone,
        fetched=found.fetched_at,
        usual_gp=record_words.by_words(record.usual_gp, record.practice_name),
        because=_EMERGENCY if emergency else because(found),
        differences=found.differences,
        cross_checked=found.cross_checked,
        notices=record_words.notices(found.trimmed, practice=practice),
        blocks=record_words.summary(found.trimmed, practice=practice) if section is None else (),
        drawing=record_timeline.timeline(found.trimmed, today=london_date(now)) if section is None else None,
        part=_part(found, section, today=london_date(now)) if section else None,
        parts=[] if emergency else [part_link(found.booking.ref, name, part) for name in (SUMMARY, *SECTIONS)],
        ref=None if emergency else found.booking.ref,
        ways=ways_of(found.booking),
        about_now=not needs_reason(found.booking, now, the_room().settings),
        today=london_date(now),
        show_patient=False,
    )


def _part(found: Look, section: RecordSection, *, today: date) -> Part:
    return record_part_words.part(
        found.trimmed,
        section,
        practice=found.home_name,
        today=today,
        phone=found.home_phone,
        opens=partial(_opening, found.booking.ref) if found.gives_documents else None,
    )


def _opening(ref: BookingRef, document: Document) -> Opening:
    """The way to a document, or why there is none. The address says nothing of it."""
    unfit = unfit_as_listed(document)
    if unfit is not None:
        return Opening(document_words.not_opened(document, unfit))
    address = url_for("web.open_document", ref=ref.value, key=key_of(document))
    return Opening("Open", address, document_words.which(document))


def _permission_page(
    booking: BookingView,
    *,
    form: dict[str, str] | None = None,
    faults: tuple[FormFault, ...] = (),
    status: int = 200,
) -> ResponseReturnValue:
    names = practice_names()
    page = render_template(
        "record_permission.html",
        booking=booking,
        patient_line=patient_line_of(booking),
        practice=names.get(str(booking.home_practice or ""), ""),
        ours=booking.home_practice == current_caller().practice,
        form=form or {},
        faults=faults,
        asked=_who_answers(booking),
        refused_at=_refused_at(booking),
        covered=request.args.get("covered") == "1",
        closed=closed_words(booking.ref) if request.args.get("closed") == "1" else "",
        missed=booking.not_come,
        reason_needed=needs_reason(booking, current_hub().clock.now(), the_room().settings),
        show_patient=False,
    )
    return never_kept(make_response(page, status))
