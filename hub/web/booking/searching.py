"""The search: choose when, who, how and where; results by day, and never a bare "none"."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from hub.auth.access import current_caller, current_session, requires
from hub.schemas import finding
from hub.schemas.fields import FormFault
from hub.schemas.finding import Search, read_search
from hub.web import wording
from hub.web.blueprint import blueprint
from hub.web.booking import clashes, offer_words
from hub.web.booking.desk import the_desk
from hub.web.booking.on_the_phone import UpcomingBooking, current_patient
from hub.wiring import current_hub
from scheduling.results import SearchResult
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.problems import InvalidValue, Problem
from vocabulary.purposes import Scope
from vocabulary.slots import DeliveryChannel
from vocabulary.times import london_date

_LAST = "last_search"
_NEEDS = ("step-free", "hearing-loop", "parking", "hoist", "quiet-room")


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that went wrong on the way to a hold: told above the results, with the nearest other times."""

    problem: Problem
    lost: offer_words.Chosen | None = None


@blueprint.get("/search")
@requires(Scope.SEE_SLOTS)
def search() -> ResponseReturnValue:
    """The form and its results; as a fragment, the results alone."""
    args = request.args
    asked = read_search(args if _chosen(args) else _last_used(args))
    response = render_search(asked, moving=read_moving(args.get("moving", "")))
    response.headers["Vary"] = "HX-Request"
    return response


def render_search(
    asked: Search, *, moving: BookingRef | None, alert: Alert | None = None, status: int = 200
) -> Response:
    """Search and show."""
    now, patient = current_hub().clock.now(), current_patient()
    postcode = patient.postcode if patient else ""
    asked = _not_past(asked, london_date(now))
    found: SearchResult | None = None
    view: dict[str, Any] = {}
    if not asked.faults:
        command = asked.command(now, near_postcode=postcode)
        found = the_desk().find(command, current_caller())
        _remember(asked)
        first, last = asked.span(london_date(now))
        view["searched"] = offer_words.searched_words(command, first, last, now, host_name=_place_name(asked))
        view["below"] = offer_words.hosts_below(found.hosts)
        taken = clashes.known_bookings(patient, moving)
        view["days"] = days = offer_words.offer_days(found.offers, now, taken)
        dead = patient is not None and patient.deceased
        free = (line.value for day in days for line in day.lines if not line.overlap and not dead)
        view["first"] = next(free, "")
        view["next_line"] = offer_words.offer_line(found.next_after, now, taken) if found.next_after else None
        view["alternatives"] = _alternatives(found, alert, now, taken)
    fragment = bool(request.headers.get("HX-Request")) and alert is None
    if moving is not None and not fragment:
        view["old"] = the_desk().booking(moving, current_caller())
    page = render_template(
        "parts/results.html" if fragment else "search.html",
        asked=asked,
        fragment=fragment,
        faults=asked.faults,
        found=found,
        moving=moving,
        alert=alert,
        query=urlencode(asked.query(), doseq=True),
        wider=_wider(asked, moving, later=found.next_after is not None) if found and not found.offers else (),
        more=url_for("web.search", **asked.query(limit=200), moving=moving.value if moving else None),
        choices=_choices(asked, near=bool(postcode)),
        near=bool(postcode),
        **view,
    )
    return make_response(page, status)


def _not_past(asked: Search, today: date) -> Search:
    """Days that are over are said to be, not searched as if they were today."""
    if asked.faults or asked.when != "dates" or asked.last is None or asked.last >= today:
        return asked
    return replace(asked, faults=(FormFault("last", "These days are past. Choose today or a later day."),))


def read_moving(text: str) -> BookingRef | None:
    """The booking that is being moved, if any."""
    try:
        return BookingRef.parse(text) if text else None
    except InvalidValue:
        return None


def search_of_query(query: str) -> Search:
    """The search that a results page was made from, as its forms carry it along."""
    return read_search(MultiDict(parse_qsl(query)))


def last_search() -> Search:
    """The search as it was last used."""
    return read_search(_last_used(MultiDict()))


def _chosen(args: MultiDict[str, str]) -> bool:
    return any(name in args for name in ("when", "role", "channel", "minutes", "miles", "host", "needs", "first"))


def _last_used(args: MultiDict[str, str]) -> MultiDict[str, str]:
    """As last used, but for the patient on the phone: what a site must have is theirs, not the last caller's."""
    session, patient = current_session(), current_patient()
    kept: dict[str, str] = session.data.get(_LAST, {}) if session else {}
    begun = MultiDict({**kept, **args.to_dict()})
    needs = [need for need in patient.access_needs if need in _NEEDS] if patient else []
    if needs:
        begun.setlist("needs", needs)
    return begun


def _remember(asked: Search) -> None:
    """Defaults from last use, but for what belongs to one call: single dates, how, the practice and the needs."""
    session = current_session()
    kept = asked.query(
        first="", last="", host="", channel="", needs=[], limit="", when=asked.when if asked.when != "dates" else "week"
    )
    if session is not None and session.data.get(_LAST) != kept:
        session.put(_LAST, kept)


def _alternatives(
    found: SearchResult, alert: Alert | None, now: datetime, taken: tuple[UpcomingBooking, ...]
) -> tuple[offer_words.OfferLine, ...]:
    if alert is None or alert.lost is None:
        return ()
    nearest = offer_words.nearest(found.offers, alert.lost)
    return tuple(offer_words.offer_line(offer, now, taken) for offer in nearest)


def _wider(asked: Search, moving: BookingRef | None, *, later: bool) -> tuple[tuple[str, str], ...]:
    """Ways out of "none": each drops one wish. More days only when there is something `later` to find in them."""
    ways: list[tuple[str, dict[str, Any]]] = []
    if later and asked.when != "fortnight":
        ways.append(("the next 14 days", {"when": "fortnight"}))
    if asked.needs:
        ways.append(("without what the site must have", {"needs": []}))
    if asked.miles:
        ways.append(("any distance", {"miles": ""}))
    if asked.host:
        ways.append(("any practice", {"host": ""}))
    if asked.role:
        ways.append(("any clinician", {"role": ""}))
    if asked.channel:
        ways.append(("any way of meeting", {"channel": ""}))
    ref = moving.value if moving else None
    return tuple((words, url_for("web.search", **asked.query(**change), moving=ref)) for words, change in ways[:4])


def _host_name(host: str) -> str:
    practice = current_hub().address_book.practice(OdsCode(host)) if host else None
    return practice.name if practice else host


def _place_name(asked: Search) -> str:
    if not asked.site:
        return _host_name(asked.host)
    sites = current_hub().address_book.sites((OdsCode(asked.host),))
    return next((site.name for site in sites if site.location_id == asked.site), _host_name(asked.host))


def _places(asked: Search) -> list[tuple[str, str]]:
    """Practices one may book at, each followed by its sites when it has several."""
    book, caller = current_hub().address_book, current_caller()
    hosts = {caller.practice: f"{caller.practice_name} (own)"}
    hosts |= {practice.ods: practice.name for practice in book.neighbours(caller.practice)}
    if asked.host:
        hosts.setdefault(OdsCode(asked.host), _host_name(asked.host))
    sites = [site for site in book.sites(tuple(hosts)) if site.location_id]
    places = []
    for ods, name in hosts.items():
        places.append((ods.value, name))
        own = [site for site in sites if site.ods == ods]
        if len(own) > 1:
            names = [site.name for site in own]
            places += [
                (
                    f"{ods}{finding.SITE_MARK}{site.location_id}",
                    f"– {site.name}" if names.count(site.name) == 1 else f"– {site.name}, {site.postcode}",
                )
                for site in own
            ]
    return places


def _choices(asked: Search, *, near: bool) -> dict[str, Any]:
    """What the selects offer."""
    return {
        "when": _items(finding.WHENS.items()),
        "role": _items([("", "Anyone"), *((role.value, words) for role, words in wording.ROLES.items())]),
        "channel": _items(
            [("", "Any way"), *((way.value, wording.CHANNELS[way]) for way in DeliveryChannel if way != "other")]
        ),
        "minutes": _items([("", "Any length"), *((str(n), f"{n} min or longer") for n in finding.MINUTES)]),
        "miles": _items([("", "Any distance"), *((str(n), wording.counted(n, "mile")) for n in finding.MILES)]),
        "host": _items([("", "Any practice"), *_places(asked)]),
        "needs": [
            {"value": need, "text": wording.access_words(need)} for need in dict.fromkeys((*_NEEDS, *asked.needs))
        ],
    }


def _items(pairs: Any) -> list[dict[str, str]]:
    return [{"value": value, "text": text} for value, text in pairs]
