"""What the forms for writing to another practice share: what was typed, and whose visit it is about.

What is typed lives in the form until it is sent; over a lock it is kept sealed, and the page that refuses
it shows it once more (hub/auth/typed.py).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from hub.auth import typed
from hub.auth.access import current_caller, current_session
from hub.auth.sessions import LONGEST
from hub.auth.typed import Typed
from hub.schemas.plain import printable
from hub.web import clock_words
from hub.web.messages import message_words
from hub.web.messages.posting import the_post
from hub.web.presenters import full_name, spaced
from hub.web.record.looking import never_kept
from hub.wiring import current_hub
from messaging.sending import Case
from scheduling.problems import BookingUnknown
from vocabulary.identifiers import BookingRef
from vocabulary.messages import MessageKind, Urgency
from vocabulary.problems import InvalidValue
from vocabulary.times import london_date

_SOON_OVER = 60 * 60  # seconds before the session ends by which the form says when


def typed_now() -> dict[str, str]:
    """What this request's form says; whatever was kept of it earlier has done its duty."""
    typed.forget(current_session())
    return {name: printable(value) for name, value in request.form.to_dict().items() if name != "csrf"}


def typed_before(**asked: str) -> Typed | None:
    """What was typed at this address before the session was locked, unless something else is asked for by now."""
    kept = typed.kept(current_session())
    if kept is None or any(value and kept.fields.get(name, "") != value for name, value in asked.items()):
        return None
    return Typed({name: printable(value) for name, value in kept.fields.items()}, kept.at)


def case_of(ref: BookingRef, kind: MessageKind, *, corrects: str = "") -> Case:
    """To whom a message about this visit goes."""
    return the_post().case(ref, current_caller(), kind=kind, corrects=corrects)


def drawn(
    template: str,
    case: Case,
    *,
    form: Mapping[str, str],
    kept_at: datetime | None = None,
    status: int = 200,
    **more: Any,
) -> ResponseReturnValue:
    """A page of writing, with the patient and the practice it goes to."""
    now, booking = current_hub().clock.now(), case.booking
    page = render_template(
        template,
        case=case,
        form=form,
        kept_at=clock_words.time_words(kept_at) if kept_at else "",
        over_at=_over_at(now),
        urgencies=[{"value": urgency.value, "text": urgency.words} for urgency in Urgency],
        patient_line={
            "name": full_name(booking.family, booking.given),
            "born": _born(case, now),
            "nhs_number": spaced(booking.nhs_number.value),
        },
        day=london_date(booking.facts.window.start).isoformat(),
        when=clock_words.moment_words(booking.facts.window.start, now),
        way=message_words.way_words(case.way),
        show_patient=False,
        **more,
    )
    return never_kept(make_response(page, status))


def ref_of(text: str) -> BookingRef:
    """The visit that an address names. Raises BookingUnknown."""
    try:
        return BookingRef.parse(text)
    except InvalidValue:
        raise BookingUnknown(
            "Nobody with that reference is expected at your practice.", next_step="Look at your session again."
        ) from None


def _born(case: Case, now: datetime) -> str:
    born = case.booking.birth_date
    return f"{clock_words.birth_date_words(born)} ({clock_words.age_words(born, london_date(now))})"


def _over_at(now: datetime) -> str:
    """When the sign-in ends for good, and with it what is typed, if that is soon."""
    session = current_session()
    ends = session.created_at + LONGEST if session is not None else None
    return clock_words.time_words(ends) if ends is not None and (ends - now).total_seconds() < _SOON_OVER else ""
