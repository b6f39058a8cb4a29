"""What has happened to agreements, told where people look: on the desk until it is seen, in the menu's count, on the
first page of whoever answers for them, and as the history of one agreement."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from hub.auth.access import current_caller, requires
from hub.web import clock_words as clock
from hub.web import navigation
from hub.web.blueprint import blueprint
from hub.web.naming import practice_names
from hub.web.sharing.agreements_list import LOOKERS
from hub.wiring import current_hub
from sharing_agreements.news import FEDERATION, News

_WORDS: Mapping[str, str] = {
    "agreement.in-force": "Every signature is there: in force",
    "agreement.ended": "Ended",
    "agreement.expired": "Ran out",
    "agreement.suspended": "Suspended",
    "agreement.resumed": "Goes on after a suspension",
    "agreement.left": "A practice has left",
    "agreement.declined": "A practice will not sign",
    "agreement.end-planned": "Is to end early",
    "agreement.end-put-off": "Its early end was withdrawn or put off",
}


@dataclass(frozen=True, slots=True)
class NewsLine:
    """One thing that has happened, as a page tells it."""

    id: int
    code: str
    version: int
    label: str
    title: str
    what: str
    when: str
    who: str
    why: str


def lines(found: tuple[News, ...], names: Mapping[str, str]) -> tuple[NewsLine, ...]:
    """In words."""
    return tuple(_line(each, names) for each in found)


def _line(each: News, names: Mapping[str, str]) -> NewsLine:
    what = _WORDS.get(each.act, each.act)
    if each.takes_effect is not None:
        what += f" ({'from' if each.act == 'agreement.in-force' else 'at'} {clock.second_words(each.takes_effect)})"
    whose = "the federation" if each.by_ods == FEDERATION else names.get(each.by_ods, each.by_ods)
    return NewsLine(
        each.id,
        each.code,
        each.version,
        each.label,
        each.title or each.label,
        what,
        clock.stamp_words(each.at),
        f"{each.by}, for {whose}" if each.by else "By its date",
        each.reason,
    )


@blueprint.post("/agreements/desk/seen")
@requires(roles=LOOKERS)
def agreement_news_seen() -> ResponseReturnValue:
    """What was on the screen has been read, for one's practice or the federation."""
    sent = [text for text in request.form.getlist("seen") if text.isascii() and text.isdecimal() and len(text) < 16]
    current_hub().register.seen([int(text) for text in sent], caller=current_caller())
    navigation.acted_on_agreements(current_caller())
    return redirect(url_for("web.agreements_desk"), 303)


def unseen_lines() -> tuple[NewsLine, ...]:
    """What the caller's practice has not seen yet."""
    hub = current_hub()
    return lines(hub.register.news(caller=current_caller()), practice_names())
