"""The front desk's pages, /desk: what a practice's own staff would do in their own system, in a browser."""

from datetime import date, datetime, time, timedelta

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as PlainResponse

from connectors.mock.simulator.front_desk import DeskError, FrontDesk, NewSession
from connectors.mock.simulator.provider import Surroundings
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.problems import InvalidValue
from vocabulary.slots import DeliveryChannel, PractitionerRole
from vocabulary.times import Window, at_london, london, london_date

_Page = str | tuple[str, int] | PlainResponse


def create(around: Surroundings) -> Blueprint:
    """The blueprint of every practice's front desk."""
    blueprint = Blueprint("desk", __name__, url_prefix="/desk", template_folder="templates")
    blueprint.app_template_filter("clock")(lambda moment: london(moment).strftime("%H:%M"))
    blueprint.app_template_filter("long_day")(lambda day: f"{day:%A} {day.day} {day:%B %Y}")

    @blueprint.get("/")
    def practices() -> _Page:
        with around.store.reading() as connection:
            found = connection.execute("SELECT ods, name FROM practice ORDER BY name, ods").fetchall()
        return render_template("desk_practices.html", practices=found)

    @blueprint.get("/<ods>")
    def diary(ods: str) -> _Page:
        return _page(around, ods)

    @blueprint.post("/<ods>/<action>")
    def act(ods: str, action: str) -> _Page:
        try:
            done = _act(FrontDesk(around.store, OdsCode.parse(ods), around.clock), action)
        except DeskError as error:
            return _page(around, ods, error=str(error), status=409)
        except InvalidValue as error:
            return _page(around, ods, error=f"{error.message} {error.next_step}", status=400)
        except ValueError:
            words = "That could not be read. Check the date, the time and the numbers."
            return _page(around, ods, error=words, status=400)
        return redirect(url_for("desk.diary", ods=ods, day=request.form.get("day", ""), done=done))

    return blueprint


def _act(desk: FrontDesk, action: str) -> str:
    form = request.form
    if action == "book":
        number = form.get("nhs_number", "").strip()
        desk.book(
            slot_id=form.get("slot", ""),
            nhs_number=NHSNumber.parse(number) if number else None,
            description=form.get("description", "").strip()[:100],
        )
        return "Appointment booked."
    if action == "cancel-appointment":
        desk.cancel_appointment(form.get("appointment", ""))
        return "Appointment cancelled. Its time is free again."
    if action == "move-appointment":
        desk.move_appointment(form.get("appointment", ""))
        return "Appointment moved to the next free time."
    if action == "cancel-session":
        gone = desk.cancel_session(form.get("session", ""))
        return f"Session cancelled, and {len(gone)} appointments with it."
    if action == "add-session":
        desk.add_session(_new_session())
        return "Session added."
    raise DeskError("The front desk cannot do that.")


def _new_session() -> NewSession:
    form = request.form
    starts = time.fromisoformat(form.get("time", ""))
    return NewSession(
        start=at_london(date.fromisoformat(form.get("day", "")), starts),
        count=int(form.get("count", "6")),
        minutes=int(form.get("minutes", "10")),
        name=form.get("name", "").strip() or "Added session",
        role=PractitionerRole(form.get("role", "gp")),
        channel=DeliveryChannel(form.get("channel", "in-person")),
    )


def _page(around: Surroundings, ods: str, *, error: str = "", status: int = 200) -> _Page:
    g.logged["practice"] = ods
    try:
        desk = FrontDesk(around.store, OdsCode.parse(ods), around.clock)
        name = desk.practice_name()
    except (DeskError, InvalidValue):
        return render_template("desk_practices.html", practices=[], error="No such practice is played here."), 404
    day = _day(around.clock.now())
    page = render_template(
        "desk_diary.html",
        ods=ods,
        name=name,
        day=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        lines=desk.lines(Window.of_days(day, day)),
        roles=list(PractitionerRole),
        channels=[channel for channel in DeliveryChannel if channel is not DeliveryChannel.OTHER],
        error=error,
        done=request.args.get("done", ""),
    )
    return page, status


def _day(now: datetime) -> date:
    asked = request.values.get("day", "")
    try:
        return date.fromisoformat(asked)
    except ValueError:
        return london_date(now)
