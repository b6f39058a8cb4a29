"""The front page: who is on the phone, and what can I offer tonight."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from hub.auth.access import current_caller, may, requires
from hub.auth.login import safe_way_back
from hub.schemas.fields import FormFault, faults_of
from hub.schemas.patients import NameSchema, NumberSchema, odd_words
from hub.web import clock_words
from hub.web.blueprint import blueprint
from hub.web.booking import offer_words
from hub.web.booking.desk import the_desk
from hub.web.booking.held import forget_hold, last_booking, my_holds
from hub.web.booking.on_the_phone import current_patient, hang_up, keep_candidates, put_through, take_candidate
from hub.wiring import current_hub
from scheduling.patients import PatientCard
from scheduling.problems import HostSlow, PatientNotFound
from vocabulary.identifiers import BookingRef
from vocabulary.people import UserRole
from vocabulary.problems import Problem
from vocabulary.purposes import Scope
from vocabulary.times import london_date

_BOARD_LINES = 14


@blueprint.get("/")
@requires()
def home() -> ResponseReturnValue:
    """Look-up and tonight's board; with somebody on the phone, straight to the search; a clinician's own session."""
    if not may(Scope.BOOK):
        return _elsewhere()
    if current_patient() is not None:
        return redirect(url_for("web.search"), 303)
    if current_caller().role is UserRole.CLINICIAN:
        return redirect(url_for("web.my_session"), 303)
    return render_home()


@blueprint.get("/find")
@requires(Scope.BOOK)
def find() -> ResponseReturnValue:
    """Look-up and tonight's board, for those whose front page is another."""
    return render_home()


def _elsewhere() -> ResponseReturnValue:
    """Roles that book nothing have another first page."""
    pages = {UserRole.FEDERATION_ADMIN: "web.hosts", UserRole.CALDICOTT_GUARDIAN: "web.access"}
    return redirect(url_for(pages.get(current_caller().role, "web.agreements")), 303)


def render_home(
    *,
    form: dict[str, str] | None = None,
    faults: tuple[FormFault, ...] = (),
    status: int = 200,
    alert: Problem | None = None,
    odd: str = "",
) -> ResponseReturnValue:
    """The front page, with what is wrong with a look-up if anything is."""
    now = current_hub().clock.now()
    day = london_date(now)
    found = the_desk().board(day, current_caller())
    later = found.next_after is not None
    if found.next_after is not None:  # nothing tonight: the next day that has something, the own practice's times too
        day = london_date(found.next_after.facts.window.start)
        found = the_desk().board(day, current_caller())
    days = offer_words.offer_days(found.offers[:_BOARD_LINES], now)
    back = safe_way_back(request.values.get("back", ""))
    page = render_template(
        "home.html",
        form=form or {},
        faults=faults,
        alert=alert,
        lines=days[0].lines if days else (),
        total=found.total,
        later=later,
        day=day,
        day_words=clock_words.date_words(day, today=london_date(now)),
        odd=odd,
        last=last_booking(),
        back=back,
        here=back.startswith(url_for("web.search")) and f"host={current_caller().practice}" in back,
    )
    return page, status


@blueprint.post("/patient")
@requires(Scope.BOOK)
def look_up() -> ResponseReturnValue:
    """Who is on the phone: by NHS number, or by name and date of birth. By POST, so that no address names anybody."""
    back = safe_way_back(request.form.get("back", ""))
    form = request.form.to_dict()
    try:
        if form.get("by") != "name":
            cards = _by_number(form)
        else:
            sent: Any = NameSchema(today=london_date(current_hub().clock.now())).load(form)
            form["birth_date"] = f"{sent['birth_date']:%-d/%-m/%Y}"  # shown again with the whole year
            cards = the_desk().search_patients(current_caller(), **sent)
    except ValidationError as error:
        return render_home(form=form, faults=faults_of(error), status=422)
    except (PatientNotFound, HostSlow) as problem:
        odd = odd_words(form.get("family", ""), form.get("given", "")) if form.get("by") == "name" else ""
        return render_home(form=form, alert=problem, odd=odd, status=422)
    if len(cards) > 1:
        people = keep_candidates(cards)
        return render_template("people.html", people=people, back=back)
    put_through(cards[0])
    return redirect(_after_look_up(back), 303)


def _by_number(form: dict[str, str]) -> tuple[PatientCard, ...]:
    sent: Any = NumberSchema().load(form)
    return (the_desk().look_up(sent["nhs_number"], current_caller()),)


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
