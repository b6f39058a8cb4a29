"""The visit summary for the patient's own practice: written, looked over, sent; or corrected by a newer one."""

from datetime import datetime

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from hub.auth import typed
from hub.auth.access import current_caller, requires
from hub.errors import status_of
from hub.schemas.fields import FormFault, faults_of
from hub.schemas.messages import SummarySchema
from hub.web.blueprint import blueprint
from hub.web.messages import hours_words, message_words, sent_words
from hub.web.messages.posting import the_post
from hub.web.messages.writing import case_of, drawn, ref_of, typed_before, typed_now
from hub.web.record.looking import kept_word
from hub.wiring import current_hub
from messaging.documents import LIMITS, VisitSummary, summary_faults, summary_parts, summary_said
from messaging.sending import SendSummary, draw_ref
from vocabulary.identifiers import BookingRef
from vocabulary.messages import FollowUpOwner, MessageKind
from vocabulary.problems import Problem
from vocabulary.purposes import Scope

_CARRIED = (*LIMITS, "medication_changed", "follow_up_owner", "urgency", "message", "corrects")


@blueprint.get("/session/<ref>/summary")
@requires(Scope.SEND_TASK)
def write_summary(ref: str) -> ResponseReturnValue:
    """An empty form, or what was typed into it before a lock; with `corrects`, for a newer summary of the same visit,
    with what the earlier one said as long as the hub has it."""
    booking_ref, corrects = ref_of(ref), request.args.get("corrects", "")[:14]
    before = typed_before(corrects=corrects)
    if before is not None:
        return _form(booking_ref, before.fields, kept_at=before.at)
    form = {"message": draw_ref(), "urgency": "routine"}
    if not corrects:
        return _form(booking_ref, form)
    earlier = the_post().to_correct(corrects, booking_ref, current_caller())
    said = summary_said(earlier.document.parts) if earlier.document else None
    form |= {"corrects": corrects, "urgency": earlier.line.urgency.value, **(_form_of(said) if said else {})}
    return _form(booking_ref, form, earlier=message_words.to_correct(earlier, current_hub().clock.now()))


def _form_of(said: VisitSummary) -> dict[str, str]:
    """What the form's fields hold for it."""
    chosen = {
        "medication_changed": "yes" if said.medication_changed else "no",
        "follow_up_owner": said.follow_up_owner.value if said.follow_up_owner else "",
    }
    return {name: getattr(said, name) for name in LIMITS} | chosen


@blueprint.post("/session/<ref>/summary")
@requires(Scope.SEND_TASK)
@typed.keeps_typed(*LIMITS)
def send_summary(ref: str) -> ResponseReturnValue:
    """Look it over, go back to change it, or send it."""
    booking_ref, form, doing = ref_of(ref), typed_now(), request.form.get("do")
    if doing == "forget":
        return redirect(url_for("web.write_summary", ref=ref), 303)
    if doing == "change":
        return _form(booking_ref, form)
    try:
        command = SummarySchema().command(form, ref=booking_ref)
    except ValidationError as error:
        return _form(booking_ref, form, faults=faults_of(error), status=422)
    faults = tuple(FormFault(fault.field, fault.message) for fault in summary_faults(command.summary))
    if faults:
        return _form(booking_ref, form, faults=faults, status=422)
    if doing != "send":
        return _looked_over(command, form)
    try:
        the_post().send_summary(command, current_caller())
    except Problem as problem:
        return _form(booking_ref, form, problem=problem, status=status_of(problem))
    day = form.get("day") or None
    return redirect(url_for("web.my_session", day=day, _anchor=f"visit-{booking_ref.value}"), 303)


def _looked_over(command: SendSummary, form: dict[str, str]) -> ResponseReturnValue:
    now = current_hub().clock.now()
    case = case_of(command.ref, MessageKind.SUMMARY, corrects=command.corrects)
    return drawn(
        "summary_preview.html",
        case,
        form=form,
        carried=[(name, form[name]) for name in _CARRIED if form.get(name)],
        parts=summary_parts(command.summary),
        urgency=command.urgency,
        corrects=bool(command.corrects),
        warnings=(
            *message_words.before_sending(case, corrects=bool(command.corrects)),
            *hours_words.before_sending(case.recipient_name, case.recipient_phone, command.urgency, None, now),
        ),
    )


def _form(
    ref: BookingRef,
    form: dict[str, str],
    *,
    earlier: str = "",
    faults: tuple[FormFault, ...] = (),
    problem: Problem | None = None,
    kept_at: datetime | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    case = case_of(ref, MessageKind.SUMMARY, corrects=form.get("corrects", ""))
    now = current_hub().clock.now()
    sent = () if form.get("corrects") else the_post().about([ref], current_caller()).get(ref, ())
    return drawn(
        "summary_form.html",
        case,
        form=form,
        earlier=earlier,
        faults=faults,
        alert=problem,
        kept_at=kept_at,
        sent_before=sent_words.sent_before(sent, now),
        record_open=kept_word(ref) is not None,
        limits=LIMITS,
        owners=[{"value": owner.value, "text": owner.words} for owner in FollowUpOwner],
        status=status,
    )
