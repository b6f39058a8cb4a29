"""A patient's choices about sharing: shown, written down, withdrawn; each with what it does and does not do.

Always by POST: the NHS number stands in no address, but in the session from one page to the next.
"""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from hub.auth.access import current_caller, current_session, requires
from hub.schemas.fields import FormFault, faults_of
from hub.schemas.patients import NumberSchema
from hub.web.blueprint import blueprint
from hub.web.booking.desk import the_desk
from hub.web.booking.on_the_phone import current_patient
from hub.wiring import current_hub
from scheduling.problems import HostSlow, PatientNotFound
from sharing_agreements import choices
from sharing_agreements.choices import KEEPERS, ChoiceNotYours, HomeUnknown
from vocabulary.choices import PatientChoice
from vocabulary.identifiers import NHSNumber
from vocabulary.problems import InvalidValue, Problem

_KEY = "choices_of"
_NOBODY = "nobody"  # another patient was asked for: not the one on the phone either

WORDS = {
    PatientChoice.DISSENT_TO_SHARING: (
        "Does not want their record shared",
        "No other practice can view their record, at once and whoever asks. Nobody can override it there.",
        "It stops no appointment anywhere: the practice there sees name, date of birth, telephone number and reason.",
    ),
    PatientChoice.TYPE_1_OPT_OUT: (
        "Type 1 opt-out",
        "Nothing that could identify them leaves their practice for research or planning.",
        "It does not stop appointments, and not the viewing of their record for their own care.",
    ),
    PatientChoice.NATIONAL_DATA_OPT_OUT: (
        "National data opt-out",
        "They are left out of every analysis here. The choice itself is kept nationally: the patient sets and changes "
        "it in the NHS App or by telephone. Write down here what they say it is.",
        "It does not stop appointments, and not the viewing of their record for their own care.",
    ),
}


@blueprint.get("/choices")
@requires(roles=KEEPERS)
def patient_choices() -> ResponseReturnValue:
    """The choices of whoever was asked for last, else of the patient on the phone; else the question who it is."""
    number = _number()
    return _page(number) if number else _ask()


@blueprint.post("/choices")
@requires(roles=KEEPERS)
def choices_of() -> ResponseReturnValue:
    """Whose choices; none, to ask for another patient's."""
    if request.form.get("another") == "yes":
        _keep(_NOBODY)
        return redirect(url_for("web.patient_choices"), 303)
    try:
        number: NHSNumber = NumberSchema().load(request.form.to_dict())["nhs_number"]
    except ValidationError as error:
        return _ask(faults=faults_of(error), status=422)
    try:
        the_desk().look_up(number, current_caller())
    except (PatientNotFound, HostSlow) as problem:
        return _ask(alert=problem, status=422)
    _keep(number.value)
    return redirect(url_for("web.patient_choices"), 303)


@blueprint.post("/choices/record")
@requires(roles=KEEPERS)
def write_choice_down() -> ResponseReturnValue:
    """The patient said so."""
    return _change(withdrawing=False)


@blueprint.post("/choices/withdraw")
@requires(roles=KEEPERS)
def withdraw_choice() -> ResponseReturnValue:
    """The patient has changed their mind."""
    return _change(withdrawing=True)


def _change(*, withdrawing: bool) -> ResponseReturnValue:
    hub, caller, number = current_hub(), current_caller(), _number()
    sent = request.form.get("choice", "")
    if sent not in set(PatientChoice):
        raise InvalidValue("There is no such choice.", next_step="Use the buttons on the page.")
    if number is None or request.form.get("shown_for", "") != _mark(number):
        return _ask(alert=_another_patient(), status=409)
    choice = PatientChoice(sent)
    try:
        if withdrawing:
            choices.withdraw(hub.work, hub.tracing, number, choice, caller=caller, clock=hub.clock)
        else:
            choices.write_down(hub.work, number, choice, caller=caller, clock=hub.clock)
    except (ChoiceNotYours, HomeUnknown) as problem:
        return _page(number, alert=problem, status=403 if isinstance(problem, ChoiceNotYours) else 503)
    done = "withdrawn" if withdrawing else "recorded"
    return redirect(url_for("web.patient_choices", done=done), 303)


def _another_patient() -> Problem:
    return InvalidValue(
        "The page was shown for another patient, so nothing was changed.", next_step="Enter the NHS number again."
    )


def _page(number: NHSNumber, *, alert: Problem | None = None, status: int = 200) -> ResponseReturnValue:
    hub, caller = current_hub(), current_caller()
    try:
        card = the_desk().look_up(number, caller)
    except (PatientNotFound, HostSlow) as problem:
        return _ask(alert=problem, status=422)
    standing = {each.choice: each for each in choices.show(hub.work, number, caller=caller, clock=hub.clock)}
    page = render_template(
        "choices.html",
        person=card.traced.patient if card.traced else None,
        number=number,
        mark=_mark(number),
        home=card.home_practice_name,
        own=card.traced is not None and card.traced.home_practice == caller.practice,
        lines=[(choice, WORDS[choice], standing.get(choice)) for choice in PatientChoice],
        alert=alert,
        done=request.args.get("done", ""),
    )
    return page, status


def _ask(*, faults: tuple[FormFault, ...] = (), alert: Problem | None = None, status: int = 200) -> ResponseReturnValue:
    page = render_template("choices_whose.html", form=request.form, faults=faults, alert=alert)
    return page, status


def _number() -> NHSNumber | None:
    session = current_session()
    kept = str(session.data.get(_KEY, "")) if session else ""
    if kept and kept != _NOBODY:
        return NHSNumber(kept)
    patient = current_patient()
    return patient.number if patient and kept != _NOBODY else None


def _keep(value: str) -> None:
    session = current_session()
    if session is not None:
        session.put(_KEY, value)


def _mark(number: NHSNumber) -> str:
    """The last digits, which tell a page shown for one patient from one shown for the next."""
    return number.value[-4:]
