"""A task for the other practice of a visit: written, looked over, sent; or one that came back, sent to another team."""

from datetime import datetime

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from hub.auth import typed
from hub.auth.access import current_caller, requires
from hub.errors import status_of
from hub.schemas.fields import FormFault, faults_of
from hub.schemas.messages import TaskSchema
from hub.web import clock_words
from hub.web.blueprint import blueprint
from hub.web.messages import hours_words
from hub.web.messages.posting import the_post
from hub.web.messages.writing import case_of, drawn, ref_of, typed_before, typed_now
from hub.web.navigation import answered_something
from hub.wiring import current_hub
from messaging.documents import TASK_LIMIT, task_faults
from messaging.lifecycle import Side
from messaging.sending import SendTask, draw_ref
from vocabulary.identifiers import BookingRef
from vocabulary.messages import MessageKind, Team
from vocabulary.problems import Problem
from vocabulary.purposes import Scope
from vocabulary.times import london_date

_CARRIED = ("message", "again", "team", "urgency", "due_on", "text")


@blueprint.get("/session/<ref>/task")
@requires(Scope.SEND_TASK)
def write_task(ref: str) -> ResponseReturnValue:
    """Something the other practice is to do, or what was typed of it before a lock; with `again`, one that came back,
    to be sent to another team."""
    booking_ref, again = ref_of(ref), request.args.get("again", "")[:14]
    before = typed_before(again=again)
    if before is not None:
        return _form(booking_ref, before.fields, kept_at=before.at)
    form = {"message": draw_ref()}
    return _form(booking_ref, form | (_task_again(again, booking_ref) if again else {}))


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
@typed.keeps_typed("text")
def send_task(ref: str) -> ResponseReturnValue:
    """Look it over, go back to change it, or send it: it is on “Messages sent” from then on."""
    booking_ref, form, doing = ref_of(ref), typed_now(), request.form.get("do")
    if doing == "forget":
        return redirect(url_for("web.write_task", ref=ref), 303)
    if doing == "change":
        return _form(booking_ref, form)
    try:
        command = TaskSchema().command(form, ref=booking_ref)
    except ValidationError as error:
        return _form(booking_ref, form, faults=faults_of(error), status=422)
    today = london_date(current_hub().clock.now())
    wrong = task_faults(command.text, command.due_on, today=today, urgency=command.urgency)
    faults = tuple(FormFault(fault.field, fault.message) for fault in wrong)
    if faults:
        return _form(booking_ref, form, faults=faults, status=422)
    if doing != "send":
        return _looked_over(command, form)
    try:
        sent = the_post().send_task(command, current_caller())
    except Problem as problem:
        return _form(booking_ref, form, problem=problem, status=status_of(problem))
    answered_something(current_caller())
    return redirect(url_for("web.messages_sent", new=sent.ref), 303)


def _looked_over(command: SendTask, form: dict[str, str]) -> ResponseReturnValue:
    now = current_hub().clock.now()
    case = case_of(command.ref, MessageKind.TASK)
    name, phone = case.recipient_name, case.recipient_phone
    return drawn(
        "task_preview.html",
        case,
        form=form,
        carried=[(name, form[name]) for name in _CARRIED if form.get(name)],
        task=command,
        due=clock_words.date_words(command.due_on, today=london_date(now)) if command.due_on else "",
        warnings=hours_words.before_sending(name, phone, command.urgency, command.due_on, now),
    )


def _form(
    ref: BookingRef,
    form: dict[str, str],
    *,
    faults: tuple[FormFault, ...] = (),
    problem: Problem | None = None,
    kept_at: datetime | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    case = case_of(ref, MessageKind.TASK)
    now = current_hub().clock.now()
    return drawn(
        "task_form.html",
        case,
        form=form,
        faults=faults,
        alert=problem,
        kept_at=kept_at,
        task_limit=TASK_LIMIT,
        teams=[{"value": team.value, "text": team.words} for team in Team],
        urgent_hint=hours_words.before_choosing(case.recipient_name, case.recipient_phone, now),
        status=status,
    )
