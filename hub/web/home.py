"""The front page: who is on the phone, and what can I offer tonight."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from hub.auth.access import current_caller, may, requires
from hub.auth.login import safe_way_back
from hub.schemas.fields import FormFault, faults_of
from hub.schemas.patients import NameSchema, NumberSchema
from hub.web import offer_words
from hub.web.blueprint import blueprint
from hub.web.desk import the_desk
from hub.web.held import forget_hold, my_holds
from hub.web.on_the_phone import current_patient, hang_up, keep_candidates, put_through, take_candidate
from hub.wiring import current_hub
from scheduling.patients import PatientCard
from scheduling.problems import HostSlow, PatientNotFound
from vocabulary.identifiers import BookingRef
from vocabulary.people import UserRole
from vocabulary.purposes import Scope
from vocabulary.times import london_date

_BOARD_LINES = 14


@blueprint.get("/")
@requires()
def home() -> ResponseReturnValue:
    """Look-up and tonight's board; with somebody on the phone, straight to the search."""
    if not may(Scope.BOOK):
        return _elsewhere()
    if current_patient() is not None:
        return redirect(url_for("web.search"), 303)
    return render_home()


def _elsewhere() -> ResponseReturnValue:
    """Roles that book nothing have another first page."""
    pages = {UserRole.FEDERATION_ADMIN: "web.hosts"}
    return redirect(url_for(pages.get(current_caller().role, "web.agreements")), 303)


def render_home(
    *, form: MultiDict[str, str] | None = None, faults: tuple[FormFault, ...] = (), status: int = 200, alert: Any = None
) -> ResponseReturnValue:
    """The front page, with what is wrong with a look-up if anything is."""
    now = current_hub().clock.now()
    found = the_desk().board(london_date(now), current_caller())
    days = offer_words.offer_days(found.offers[:_BOARD_LINES], now)
    page = render_template(
        "home.html",
        form=form or {},
        faults=faults,
        alert=alert,
        lines=days[0].lines if days else (),
        total=found.total,
        next_line=offer_words.offer_line(found.next_after, now) if found.next_after else None,
        next_day=found.next_after.facts.window.start if found.next_after else None,
        back=safe_way_back(request.values.get("back", "")),
    )
    return page, status


@blueprint.post("/patient")
@requires(Scope.BOOK)
def look_up() -> ResponseReturnValue:
    """Who is on the phone: by NHS number, or by name and date of birth. By POST, so that no address names anybody."""
    back = safe_way_back(request.form.get("back", ""))
    form = request.form.to_dict()
    try:
        cards = _by_name(form) if form.get("by") == "name" else _by_number(form)
    except ValidationError as error:
        return render_home(form=request.form, faults=faults_of(error), status=422)
    except (PatientNotFound, HostSlow) as problem:
        return render_home(form=request.form, alert=problem, status=422)
    if len(cards) > 1:
        people = keep_candidates(cards)
        return render_template("people.html", people=people, back=back)
    put_through(cards[0])
    return redirect(_after_look_up(back), 303)


def _by_number(form: dict[str, str]) -> tuple[PatientCard, ...]:
    sent: Any = NumberSchema().load(form)
    return (the_desk().look_up(sent["nhs_number"], current_caller()),)


def _by_name(form: dict[str, str]) -> tuple[PatientCard, ...]:
    sent: Any = NameSchema().load(form)
    return the_desk().search_patients(current_caller(), **sent)


@blueprint.post("/patient/again")
@requires(Scope.BOOK)
def look_up_again() -> ResponseReturnValue:
    """The national record did not answer before: ask it anew about whoever is on the phone."""
    patient = current_patient()
    if patient is not None:
        try:
            put_through(the_desk().look_up(patient.number, current_caller()))
        except PatientNotFound as problem:
            hang_up()
            return render_home(alert=problem, status=422)
    return redirect(_after_look_up(safe_way_back(request.form.get("back", ""))), 303)


@blueprint.post("/patient/choose")
@requires(Scope.BOOK)
def choose_patient() -> ResponseReturnValue:
    """One of several people with that name and birthday."""
    taken = take_candidate(request.form.get("person", ""))
    if taken is None:
        return redirect(url_for("web.home"), 303)
    return redirect(_after_look_up(safe_way_back(request.form.get("back", ""))), 303)


@blueprint.post("/patient/clear")
@requires()
def clear_patient() -> ResponseReturnValue:
    """The call is over: what was held for it is let go."""
    for line in my_holds():
        ref = BookingRef.parse(line["ref"])
        the_desk().release(ref, current_caller())
        forget_hold(ref)
    hang_up()
    return redirect(url_for("web.home"), 303)


def _after_look_up(back: str) -> str:
    return back if back != "/" else url_for("web.search")
