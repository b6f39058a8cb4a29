"""Tonight's list at my site: who comes, printable, and its last copy for when everything else is down (R12)."""

from datetime import date, timedelta

import structlog
from flask import render_template, request
from flask.typing import ResponseReturnValue

from hub.auth.access import current_caller, current_pass, readable_in_an_outage, requires
from hub.web import clock_words
from hub.web.blueprint import blueprint
from hub.web.booking.desk import the_desk
from hub.web.clinic.copying import copier
from hub.web.clinic.session_words import heading
from hub.web.clinic.tonight_lines import tonight_lines
from hub.web.naming import practice_names
from hub.wiring import current_hub
from vocabulary.identifiers import OdsCode
from vocabulary.purposes import Scope
from vocabulary.times import london_date

_AHEAD = timedelta(days=14)
_log = structlog.get_logger("hub.tonight")


@blueprint.get("/tonight")
@requires(Scope.BOOK)
def tonight() -> ResponseReturnValue:
    """Today's list, or another day's; today's becomes the last copy."""
    hub, caller = current_hub(), current_caller()
    now = hub.clock.now()
    today = london_date(now)
    day = _day(request.args.get("day", ""), today)
    expected = the_desk().expected(day, caller)
    lines = tonight_lines(expected, day, now, practice_names())
    if day == today:
        copier().keep(copier().made(caller, lines))
    sites = sorted({line.site for line in lines})
    site = request.args.get("site", "")
    site = site if site in sites else ""
    shown = tuple(line for line in lines if site in ("", line.site))
    return render_template(
        "tonight.html",
        lines=shown,
        coming=sum(not line.gone for line in shown),
        gone=sum(line.gone for line in shown),
        sites=sites if len(sites) > 1 else (),
        site=site,
        heading=heading(one.booking.facts.window.start for one in expected) if day == today else "Expected",
        day=day,
        practice_name=caller.practice_name,
        practice=caller.practice.value,
        day_words=clock_words.date_words(day, today=today),
        is_today=day == today,
        at=now,
        before=day - timedelta(days=1) if day > today else None,
        after=day + timedelta(days=1) if day < today + _AHEAD else None,
        show_patient=False,
    )


@blueprint.get("/tonight/last-copy")
@readable_in_an_outage
def last_copy() -> ResponseReturnValue:
    """The last copy, with its time: works while the database is away, for whoever holds an outage pass."""
    held, hub = current_pass(), current_hub()
    copies = [copy for ods, _ in held.practices if (copy := copier().copies.read(OdsCode(ods))) is not None]
    # The ledger may be away: this line is then the only account of who read the list.
    _log.info("last_copy_read", user_id=held.user_id, practices=[copy.practice for copy in copies])
    now = hub.clock.now()
    return render_template(
        "last_copy.html",
        copies=[
            {
                "kept": copy,
                "coming": sum(not line.gone for line in copy.lines),
                "day_words": clock_words.date_words(copy.day, today=london_date(now)),
                "is_today": copy.day == london_date(now),
            }
            for copy in copies
        ],
        name=held.name,
        practices=[name for _, name in held.practices],
        show_patient=False,
    )


def _day(text: str, today: date) -> date:
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        return today
    return min(max(asked, today - timedelta(days=31)), today + _AHEAD)
