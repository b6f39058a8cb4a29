"""Writing to the patient's own practice after a visit: the summary, looked over before it goes, and a task.

What is typed lives in the form and nowhere else until it is sent.
"""

from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from hub.auth.access import current_caller, requires
from hub.schemas.fields import FormFault, faults_of
from hub.schemas.messages import SummarySchema, TaskSchema
from hub.schemas.plain import printable
from hub.web import clock_words
from hub.web.blueprint import blueprint
from hub.web.messages import message_words
from hub.web.messages.posting import the_post
from hub.web.navigation import answered_something
from hub.web.presenters import full_name, spaced
from hub.web.record.looking import never_kept
from hub.wiring import current_hub
from messaging.documents import LIMITS, TASK_LIMIT, VisitSummary, summary_faults, summary_parts, summary_said
from messaging.lifecycle import Side
from messaging.problems import MessageIncomplete
from messaging.sending import Case, draw_ref
from scheduling.problems import BookingUnknown
from vocabulary.identifiers import BookingRef
from vocabulary.messages import FollowUpOwner, MessageKind, Team, Urgency
from vocabulary.problems import InvalidValue
from vocabulary.purposes import Scope
from vocabulary.times import london_date

_CARRIED = (*LIMITS, "medication_changed", "follow_up_owner", "urgency", "message", "corrects")


@blueprint.get("/session/<ref>/summary")
@requires(Scope.SEND_TASK)
def write_summary(ref: str) -> ResponseReturnValue:
    """An empty form; with `corrects`, for a newer summary of the same visit, with what the earlier one said as long as
    the hub has it."""
    booking_ref, corrects = _ref(ref), request.args.get("corrects", "")[:14]
    form = {"message": draw_ref(), "urgency": "routine"}
    if not corrects:
        return _summary_form(booking_ref, form)
    earlier = the_post().to_correct(corrects, booking_ref, current_caller())
    said = summary_said(earlier.document.parts) if earlier.document else None
    form |= {"corrects": corrects, "urgency": earlier.line.urgency.value, **(_form_of(said) if said else {})}
    return _summary_form(booking_ref, form, earlier=message_words.to_correct(earlier, current_hub().clock.now()))


def _form_of(said: VisitSummary) -> dict[str, str]:
    """What the form's fields hold for it."""
    chosen = {
        "medication_changed": "yes" if said.medication_changed else "no",
        "follow_up_owner": said.follow_up_owner.value if said.follow_up_owner else "",
    }
    return {name: getattr(said, name) for name in LIMITS} | chosen


@blueprint.post("/session/<ref>/summary")
@requires(Scope.SEND_TASK)
def send_summary(ref: str) -> ResponseReturnValue:
    """Look it over, go back to change it, or send it."""
    booking_ref, form = _ref(ref), _typed()
    if request.form.get("do") == "change":
        return _summary_form(booking_ref, form)
    try:
        command = SummarySchema().command(form, ref=booking_ref)
    except ValidationError as error:
        return _summary_form(booking_ref, form, faults=faults_of(error), status=422)
    faults = tuple(FormFault(fault.field, fault.message) for fault in summary_faults(command.summary))
    if faults:
        return _summary_form(booking_ref, form, faults=faults, status=422)
    if request.form.get("do") != "send":
        case, parts = _case(booking_ref, corrects=command.corrects), summary_parts(command.summary)
        return _drawn("summary_preview.html", case, form=form, parts=parts, urgency=command.urgency)
    the_post().send_summary(command, current_caller())
    day = request.form.get("day") or None
    return redirect(url_for("web.my_session", day=day, _anchor=f"visit-{booking_ref.value}"), 303)


@blueprint.get("/session/<ref>/task")
@requires(Scope.SEND_TASK)
def write_task(ref: str) -> ResponseReturnValue:
    """Something the other practice is to do; with `again`, one that came back, to be sent to another team."""
    booking_ref, again = _ref(ref), request.args.get("again", "")[:14]
    form = {"message": draw_ref()}
    return _task_form(booking_ref, form | (_task_again(again, booking_ref) if again else {}))


def _task_again(message: str, ref: BookingRef) -> dict[str, str]:
    """What the form holds of a task that came back: all but the team, which was not the right one."""
    earlier = the_post().open(message, current_caller())
    line = earlier.line
    if (line.kind, line.booking_ref, line.side) != (MessageKind.TASK, ref, Side.SENDER) or earlier.document is None:
        return {}
    due = f"{line.due_on:%d/%m/%Y}" if line.due_on else ""
    return {"again": message, "urgency": line.urgency.value, "due_on": due, "text": earlier.document.parts[0][1]}


@blueprint.post("/session/<ref>/task")
@requires(Scope.SEND_TASK)
def send_task(ref: str) -> ResponseReturnValue:
    """Send it; it is on “Messages sent” from now on."""
    booking_ref, form = _ref(ref), _typed()
    try:
        sent = the_post().send_task(TaskSchema().command(form, ref=booking_ref), current_caller())
    except ValidationError as error:
        return _task_form(booking_ref, form, faults=faults_of(error), status=422)
    except MessageIncomplete as incomplete:
        faults = tuple(FormFault(fault.field, fault.message) for fault in incomplete.faults)
        return _task_form(booking_ref, form, faults=faults, status=422)
    answered_something(current_caller())
    return redirect(url_for("web.messages_sent", new=sent.ref), 303)


def _typed() -> dict[str, str]:
    return {name: printable(value) for name, value in request.form.to_dict().items() if name != "csrf"}


def _case(ref: BookingRef, kind: MessageKind = MessageKind.SUMMARY, *, corrects: str = "") -> Case:
    return the_post().case(ref, current_caller(), kind=kind, corrects=corrects)


def _summary_form(
    ref: BookingRef, form: dict[str, str], *, earlier: str = "", faults: tuple[FormFault, ...] = (), status: int = 200
) -> ResponseReturnValue:
    return _drawn(
        "summary_form.html",
        _case(ref, corrects=form.get("corrects", "")),
        form=form,
        earlier=earlier,
        faults=faults,
        status=status,
    )


def _task_form(
    ref: BookingRef, form: dict[str, str], *, faults: tuple[FormFault, ...] = (), status: int = 200
) -> ResponseReturnValue:
    return _drawn("task_form.html", _case(ref, MessageKind.TASK), form=form, faults=faults, status=status)


def _drawn(template: str, case: Case, *, form: dict[str, str], status: int = 200, **more: Any) -> ResponseReturnValue:
    now, booking = current_hub().clock.now(), case.booking
    age = clock_words.age_words(booking.birth_date, london_date(now))
    page = render_template(
        template,
        case=case,
        form=form,
        carried=[(name, form[name]) for name in _CARRIED if form.get(name)],
        limits=LIMITS,
        task_limit=TASK_LIMIT,
        owners=[{"value": owner.value, "text": owner.words} for owner in FollowUpOwner],
        urgencies=[{"value": urgency.value, "text": urgency.words} for urgency in Urgency],
        teams=[{"value": team.value, "text": team.words} for team in Team],
        patient_line={
            "name": full_name(booking.family, booking.given),
            "born": f"{clock_words.birth_date_words(booking.birth_date)} ({age})",
            "nhs_number": spaced(booking.nhs_number.value),
        },
        day=london_date(booking.facts.window.start).isoformat(),
        when=clock_words.moment_words(booking.facts.window.start, now),
        way=message_words.way_words(case.way),
        show_patient=False,
        **more,
    )
    return never_kept(make_response(page, status))


def _ref(text: str) -> BookingRef:
    try:
        return BookingRef.parse(text)
    except InvalidValue:
        raise BookingUnknown(
            "Nobody with that reference is expected at your practice.", next_step="Look at your session again."
        ) from None
