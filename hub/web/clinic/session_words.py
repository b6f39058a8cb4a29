"""What My session and tonight's list say of a patient: where the visit stands, what the host changed, namesakes."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from hub.web import clock_words as clock
from hub.web import wording
from scheduling.host_words import AtHost, HostSays
from scheduling.reporting import VisitReport
from scheduling.results import BookingView
from scheduling.visit_rules import Visit, VisitFacts, by_telephone
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import BookingRef
from vocabulary.times import Window, london, london_date
from vocabulary.visits import CallOutcome, VisitStatus

_PATIENCE = timedelta(seconds=30)
"""How long a practice's system may take to hear before the page says that it has not."""

_COLOURS = {
    VisitStatus.EXPECTED: "white",
    VisitStatus.ARRIVED: "yellow",
    VisitStatus.IN_ROOM: "blue",
    VisitStatus.LEFT: "green",
    VisitStatus.DONE: "green",
    VisitStatus.MISSED: "orange",
    VisitStatus.CANCELLED_LATE: "orange",
    VisitStatus.LEFT_UNSEEN: "orange",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """What the host changed: in a few words, and what is being done about it."""

    words: str
    more: str = ""


def heading(starts: Iterable[datetime]) -> str:
    """What today's list is called: by the part of the day in which its patients come, never “tonight” at breakfast."""
    parts = {_part(start) for start in starts}
    return parts.pop() if len(parts) == 1 else "Today"


def _part(start: datetime) -> str:
    hour = london(start).hour
    return "This morning" if hour < 12 else "This afternoon" if hour < 17 else "Tonight"


def status(booking: BookingView, visit: Visit) -> tuple[str, str]:
    """Where the visit stands, and the colour of its tag. Of somebody who is rung, the calls say it."""
    if is_gone(booking, visit):
        return "Cancelled", "grey"
    if visit.status is VisitStatus.EXPECTED and visit.calls and is_rung(booking, visit):
        spoke = any(call.call is CallOutcome.SPOKE for call in visit.calls)
        return visit.words, "blue" if spoke else "yellow"
    return visit.status.words, _COLOURS[visit.status]


def is_gone(booking: BookingView, visit: Visit) -> bool:
    """Whether nobody is expected any more, so that the line is struck through. Who came all the same is; and a late
    cancellation is how a visit ended, like not having come."""
    cancelled = booking.state is BookingState.CANCELLED
    return cancelled and booking.came_at is None and visit.status is not VisitStatus.CANCELLED_LATE


def since_words(visit: Visit) -> str:
    """Since when, and that it was said in the practice's own system; empty while nothing was said."""
    if visit.since is None:
        return ""
    at = clock.time_words(visit.since)
    if not visit.at_host:
        return at
    back = "taken back at " if visit.status is VisitStatus.EXPECTED else ""
    return f"{back}{at}, in your own system"


def is_rung(booking: BookingView, visit: Visit) -> bool:
    """Whether the patient is rung, rather than coming."""
    return by_telephone(visit, VisitFacts(booking.state, booking.facts.window, booking.facts.channel))


def mode_words(booking: BookingView, visit: Visit) -> str:
    """How the patient is seen: as booked, unless it goes on face to face."""
    mode = wording.CHANNELS[booking.facts.channel]
    return f"Face to face (booked as {mode.lower()})" if visit.in_person else mode


def shown_window(booking: BookingView, day: date) -> Window:
    """When the patient is due by the host's diary, which whoever holds the clinic works by; a time on the day shown."""
    moved = booking.at_host.window if booking.at_host else None
    if moved is None or (london_date(moved.start) != day and london_date(booking.facts.window.start) == day):
        return booking.facts.window
    return moved


def was_at(booking: BookingView, shown: Window) -> str:
    """The time that the patient was told, where the host has another; else empty."""
    told = booking.facts.window.start
    if shown.start == told:
        return ""
    same_day = london_date(told) == london_date(shown.start)
    return (
        clock.time_words(told) if same_day else f"{clock.short_date_words(london_date(told))} {clock.time_words(told)}"
    )


def host_notice(booking: BookingView, now: datetime, *, visit: Visit | None = None) -> Notice | None:
    """What the practice changed in its own system, to its own staff, with where the patient was when the appointment
    was cancelled: they may be sitting in the waiting room. None: nothing.
    """
    if booking.cancel_reason is CancellationReason.LATE:
        return None  # where the visit stands says it all
    notice = _changed(booking, now)
    if notice is None or visit is None or visit.since is None or booking.state is not BookingState.CANCELLED:
        return notice
    if booking.came_at is not None:
        return replace(notice, more=_came(booking))
    was = f"The patient was down as “{visit.status.words}” at {clock.time_words(visit.since)}."
    return replace(notice, more=f"{notice.more} {was}".strip())


def _changed(booking: BookingView, now: datetime) -> Notice | None:
    at_host = booking.at_host
    if booking.state is BookingState.CANCELLED and (
        at_host is None or at_host.says not in (HostSays.CANCELLED, HostSays.HELD)
    ):
        return Notice(_cancelled(booking, now))
    if at_host is None:
        return None
    told = clock.time_words(booking.facts.window.start)
    found = f"The hub found it {_at(at_host.since, now)}."
    booker = booking.booking_practice_name
    if booking.booking_practice == booking.facts.host:
        return booking_notice(booking, now)
    match at_host.says:
        case HostSays.MOVED if at_host.window is not None:
            words = f"Moved in your own system to {_moved_to(at_host, booking)}. {found}"
            asked = f"The patient was told {told}; {booker} has been asked to ring them."
        case HostSays.ABSENT:
            words = f"No longer in your own system. {found}"
            asked = f"{booker} has been asked to ring you, and the patient. Somebody may still come."
        case HostSays.HELD:
            words = f"Cancelled in your own system, and shown there again. {found}"
            asked = f"{booker} had acted on the cancellation, and has been asked to ring you."
        case _:
            words = f"Cancelled in your own system. {found}"
            asked = f"{booker} has been asked to tell the patient. Somebody may still come."
    return Notice(words, f"{booker}: “{at_host.handled}”" if at_host.handled else asked)


def _came(booking: BookingView) -> str:
    """To the host's own staff: what has been done about it, and what only they can do."""
    assert booking.came_at is not None  # noqa: S101 - asked of those alone
    own = booking.booking_practice == booking.facts.host
    told = "" if own else f" {booking.booking_practice_name} sees it, and is asked not to ring them."
    return (
        f"They came all the same, at {clock.time_words(booking.came_at)}.{told} "
        "Your own system has it as cancelled: put it right there."
    )


def if_they_come(booking: BookingView, phone: str, *, can_say: bool = False) -> str:
    """What to do when a patient comes whose appointment is cancelled, beside saying so: their time may be somebody
    else's by now, and they may have another elsewhere."""
    if booking.state is not BookingState.CANCELLED or booking.came_at is not None:
        return ""
    if booking.cancel_reason is CancellationReason.LATE:
        return ""
    if can_say:
        told = (
            f" {booking.booking_practice_name}{f' ({phone})' if phone else ''} sees it, and may have given them another"
        )
        own = booking.booking_practice == booking.facts.host
        return f"If they come all the same: say “They are here”.{'' if own else f'{told} time.'}"
    back = "then give them a time of your own with Find a slot, or see them in your own system."
    if booking.booking_practice == booking.facts.host:
        return f"If they come all the same: look whether they have another time, {back}"
    number = f" ({phone})" if phone else ""
    who = f"{booking.booking_practice_name}{number}"
    return f"If they come all the same: ring {who}, who may have given them another time, {back}"


def booking_notice(booking: BookingView, now: datetime) -> Notice | None:
    """The same to whoever booked: somebody has to tell the patient."""
    at_host = booking.at_host
    if at_host is None:
        return None
    host, told = booking.facts.host_name, clock.time_words(booking.facts.window.start)
    found = f"The hub found it {_at(at_host.since, now)}."
    match at_host.says:
        case HostSays.MOVED if at_host.window is not None:
            words = f"{host} moved this to {_moved_to(at_host, booking)} in its own system."
            to_do = f"The patient was told {told}. Ring them: they come at the new time, or move or cancel it here."
        case HostSays.ABSENT:
            words = f"{host} no longer shows this appointment."
            to_do = "Ring them, say what they told you, then tell the patient."
        case HostSays.HELD:
            words = f"{host} shows this appointment again, which it had cancelled."
            to_do = "Ring them: it is cancelled here."
        case _:
            words = f"{host} cancelled this in its own system."
            to_do = "Tell the patient, and offer another time."
    if booking.came_at is not None:
        came = f"The patient came all the same, at {clock.time_words(booking.came_at)}: do not ring them about it."
        return Notice(f"{words} {found}", came)
    return Notice(f"{words} {found}", f"What was done: {at_host.handled}" if at_host.handled else to_do)


def report_words(report: VisitReport | None, now: datetime) -> str:
    """How far the practice's own system knows; empty where there is nothing to say yet."""
    if report is None:
        return ""
    if report.heard:
        return "Your own system knows."
    if report.given_up:
        return f"Kept here. Your own system did not take it: {report.failure} Say it there yourself."
    if not report.failure and now - report.at < _PATIENCE:
        return ""
    return f"Kept here; your own system has not heard yet, and is told again. {report.failure}".strip()


def namesakes(bookings: Iterable[BookingView]) -> Mapping[BookingRef, str]:
    """Whom one might take for another of the same list: one name, or one surname and birthday."""
    listed = [one for one in bookings if one.state is not BookingState.CANCELLED]
    people = {one.nhs_number: one for one in listed}.values()
    names = Counter(_name(one) for one in people)
    twins = Counter((one.family.casefold(), one.birth_date) for one in people)
    both = Counter((_name(one), one.birth_date) for one in people)
    found = {}
    for one in listed:
        if both[_name(one), one.birth_date] > 1:
            found[one.ref] = "Somebody else on this list has the same name and birthday: check the NHS number."
        elif names[_name(one)] > 1:
            found[one.ref] = "Somebody else on this list has the same name: check the birthday and the NHS number."
        elif twins[one.family.casefold(), one.birth_date] > 1:
            found[one.ref] = "Somebody else on this list has the same surname and birthday: check the first name."
    return found


def _name(one: BookingView) -> tuple[str, str]:
    return " ".join(one.family.casefold().split()), " ".join(one.given.casefold().split())


def _cancelled(booking: BookingView, now: datetime) -> str:
    reason = booking.cancel_reason
    if reason is CancellationReason.MOVED:
        words = "Moved to another time"
    else:
        words = f"Cancelled: {wording.CANCELLATIONS[reason].lower()}" if reason else "Cancelled"
    by = f" ({booking.cancelled_by})" if booking.cancelled_by else ""
    return f"{words}{by}, {_at(booking.settled_at, now)}." if booking.settled_at else f"{words}{by}."


def _moved_to(at_host: AtHost, booking: BookingView) -> str:
    assert at_host.window is not None  # noqa: S101 - a moved one has a time: the table says so
    start = at_host.window.start
    if london(start).date() == london(booking.facts.window.start).date():
        return clock.time_words(start)
    return f"{clock.time_words(start)} on {clock.short_date_words(london(start).date())}"


def _at(moment: datetime, now: datetime) -> str:
    if london(moment).date() == london(now).date():
        return f"at {clock.time_words(moment)}"
    return f"on {clock.short_date_words(london(moment).date())} at {clock.time_words(moment)}"
