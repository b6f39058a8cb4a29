"""Messages between practices: the inbox, what was sent, and one message with its answer."""

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from hub.auth import typed
from hub.auth.access import current_caller, current_session, may, requires
from hub.schemas.fields import FormFault
from hub.schemas.messages import AnswerSchema
from hub.schemas.plain import printable
from hub.web import clock_words
from hub.web.blueprint import blueprint
from hub.web.messages import message_list, message_words
from hub.web.messages.posting import the_post
from hub.web.navigation import answered_something
from hub.web.record.looking import never_kept
from hub.wiring import current_hub
from messaging.lifecycle import Side
from messaging.problems import MessageIncomplete, MessageMoved
from messaging.results import MessageLine
from vocabulary.problems import Problem
from vocabulary.purposes import Scope
from vocabulary.times import london_date


@blueprint.get("/messages")
@requires(Scope.BOOK)
def messages() -> ResponseReturnValue:
    """What the menu counts first: what this practice sent and has to see to, then what came from others."""
    caller = current_caller()
    return _list(the_post().inbox(caller), back=the_post().come_back(caller), sent=False)


@blueprint.get("/messages/sent")
@requires(Scope.BOOK)
def messages_sent() -> ResponseReturnValue:
    """What this practice sent, and what became of it."""
    lines, new = the_post().sent(current_caller()), request.args.get("new", "")
    return _list(lines, sent=True, new=next((line for line in lines if line.ref == new), None))


@blueprint.get("/messages/<message>")
@requires(Scope.BOOK)
def message(message: str) -> ResponseReturnValue:
    """Read one: from now on it is read."""
    return _page(message)


@blueprint.post("/messages/<message>")
@requires(Scope.BOOK)
@typed.keeps_typed("words")
def answer_message(message: str) -> ResponseReturnValue:
    """Acknowledge, take, done, return; or the sender has dealt with what came back."""
    typed.forget(current_session())
    if request.form.get("do") in ("change", "forget"):
        return _page(message)
    try:
        command = AnswerSchema().command(request.form.to_dict(), message=message)
        the_post().answer(command, current_caller())
    except ValidationError:
        problem = MessageMoved("That was not understood, so nothing was changed.", next_step="Use the buttons below.")
        return _page(message, problem=problem, status=422)
    except MessageIncomplete as incomplete:
        faults = tuple(FormFault(fault.field, fault.message) for fault in incomplete.faults)
        return _page(message, faults=faults, status=422)
    except MessageMoved as problem:
        return _page(message, problem=problem, status=409)
    answered_something(current_caller())
    return redirect(url_for("web.message", message=message, said=1), 303)


def _list(
    lines: tuple[MessageLine, ...],
    *,
    sent: bool,
    back: tuple[MessageLine, ...] = (),
    new: MessageLine | None = None,
) -> ResponseReturnValue:
    now = current_hub().clock.now()
    page = render_template(
        "messages.html",
        list=message_list.listed(lines, now, page=request.args.get("page", 1, type=int)),
        back=[message_words.shown(line, now) for line in back],
        sent=sent,
        just_sent=message_words.just_sent(new, now) if new else "",
        show_patient=False,
    )
    return never_kept(make_response(page))


def _page(
    message: str, *, faults: tuple[FormFault, ...] = (), problem: Problem | None = None, status: int = 200
) -> ResponseReturnValue:
    opened, before = the_post().open(message, current_caller()), typed.kept(current_session())
    answered_something(current_caller())
    now = current_hub().clock.now()
    line, document = opened.line, opened.document
    born = document.birth_date if document else None
    page = render_template(
        "message.html",
        line=line,
        one=message_words.shown(line, now),
        document=document,
        born=f"{clock_words.birth_date_words(born)} ({clock_words.age_words(born, london_date(now))})" if born else "",
        words=opened.words,
        lost=opened.lost,
        buttons=message_words.buttons(line),
        with_words=message_words.with_words(line),
        in_whose_hands=message_words.in_whose_hands(line, now),
        taken_over=message_words.taken_over(line, now),
        can_correct=line.side is Side.SENDER and may(Scope.SEND_TASK) and not line.corrected_by,
        can_send_again=document is not None and may(Scope.SEND_TASK) and message_words.came_back(line),
        said=request.args.get("said") == "1",
        typed={"words": printable(request.form.get("words", "") or (before.fields.get("words", "") if before else ""))},
        faults=faults,
        alert=problem,
        show_patient=False,
    )
    return never_kept(make_response(page, status))
