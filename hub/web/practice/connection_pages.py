"""How a practice is connected, and its wire trace: for its manager and for federation admins. Support lives on it."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gp_connect import interactions
from hub.auth.access import current_caller, requires
from hub.web.blueprint import blueprint
from hub.web.naming import practice_names
from hub.web.practice.practices_pages import CHECKERS
from hub.wiring import current_hub
from practices.looking_up import WORDS
from practices.wire.reading import PAGE, WireExchange, WireFilter
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.times import london

_OUTCOMES = {
    "ok": ("Answered", "green"),
    "refused": ("Refused", "yellow"),
    "Unreachable": ("Not reached", "red"),
    "NoAnswer": ("No answer", "red"),
    "Garbled": ("Not readable", "red"),
    "failed": ("Failed", "red"),
}
_WAYS = {"of-us": True, "by-us": False}
_LONGEST_NUMBER = 18  # digits that PostgreSQL's bigint surely takes


@blueprint.get("/practices/connection")
@requires(roles=frozenset({UserRole.FEDERATION_ADMIN}))
def any_connection() -> ResponseReturnValue:
    """The connection of a practice chosen from all, whether or not one's own shares anything with it."""
    asked = request.args.get("ods", "").strip()
    where = url_for("web.connection", ods=OdsCode.parse(asked).value) if asked else url_for("web.hosts")
    return redirect(where, 303)


@blueprint.get("/practices/<ods>/connection")
@requires(roles=CHECKERS)
def connection(ods: str) -> ResponseReturnValue:
    """What the practice is enabled for, what its system says of itself, and what was said over the wire lately."""
    hub, practice = current_hub(), OdsCode.parse(ods)
    chosen = _filter()
    found = hub.wire.exchanges(practice, chosen, caller=current_caller())
    known = hub.address_book.practice(practice)
    if known is None:
        abort(404)
    older = None
    if len(found) == PAGE:
        kept: dict[str, Any] = {name: value for name, value in request.args.items() if value and name != "before"}
        older = url_for("web.connection", ods=practice.value, before=found[-1].id, **kept)
    return render_template(
        "connection.html",
        ods=practice.value,
        name=known.name,
        connected=hub.address_book.connection(practice),
        pooled=known.pooling_live,
        words=WORDS,
        exchanges=found,
        outcome=_outcome,
        when=_when,
        names=(names := practice_names()),
        practice=partial(_practice, names),
        way=request.args.get("way", ""),
        interactions=sorted(interactions.BY_NAME),
        chosen=chosen,
        older=older,
        days=hub.config.wire_trace_days,
    )


@blueprint.get("/practices/<ods>/exchanges/<int:serial>")
@requires(roles=CHECKERS)
def wire_exchange(ods: str, serial: int) -> ResponseReturnValue:
    """One exchange, as far as it may be kept."""
    practice = OdsCode.parse(ods)
    found = None
    if len(str(serial)) <= _LONGEST_NUMBER:
        found = current_hub().wire.exchange(practice, serial, caller=current_caller())
    if found is None:
        abort(404)
    return render_template(
        "wire_exchange.html",
        ods=practice.value,
        exchange=found,
        outcome=_outcome,
        when=_when,
        names=(names := practice_names()),
        practice=partial(_practice, names),
        sent=_pretty(found.sent),
        received=_pretty(found.received),
        record=found.message_set in ("structured-record", "documents"),
    )


def _filter() -> WireFilter:
    """Whatever the address says, as far as it makes sense."""
    asked = request.args
    before = asked.get("before", "")
    return WireFilter(
        interaction=asked.get("interaction", "") if asked.get("interaction", "") in interactions.BY_NAME else "",
        trace_id=asked.get("trace", "").strip()[:64],
        failed_only=asked.get("failed") == "1",
        asked_of_us=_WAYS.get(asked.get("way", "")),
        before=int(before) if before.isascii() and before.isdecimal() and len(before) <= _LONGEST_NUMBER else 0,
    )


def _when(exchange: WireExchange) -> str:
    """To the second, as a supplier's support asks for it."""
    return f"{london(exchange.at):%d %b %Y, %H:%M:%S}".lstrip("0")


def _outcome(exchange: WireExchange) -> tuple[str, str]:
    return _OUTCOMES.get(exchange.outcome, (exchange.outcome, "grey"))


def _practice(names: Mapping[str, str], ods: OdsCode | None) -> str:
    return f"{names.get(ods.value, 'unknown here')} ({ods})" if ods else "not said"


def _pretty(body: object) -> str:
    return "" if body is None else json.dumps(body, indent=2, ensure_ascii=False)
