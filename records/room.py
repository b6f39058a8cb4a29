"""What looking needs, and when there is a reason to look: the room's parts, the command, and the care link."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.admission import PermittedConnect
from connectors.tracing import Tracing
from records.sensitive import SensitiveCodes
from scheduling.results import BookingView
from sharing_agreements.gate import Gate
from storage.work import Work
from vocabulary.appointments import BookingState
from vocabulary.choices import AnsweredBy, Permission
from vocabulary.identifiers import BookingRef
from vocabulary.record_parts import RecordSection
from vocabulary.times import Clock

_CARING = frozenset({BookingState.BOOKED, BookingState.ATTENDED})


@dataclass(frozen=True, slots=True)
class LookSettings:
    """When a booking is a reason to look; configuration."""

    before: timedelta = timedelta(hours=2)  # the start of the appointment
    after: timedelta = timedelta(hours=4)  # and its end
    with_reason: timedelta = timedelta(days=7)  # either side of that window, if it is said why


@dataclass(frozen=True, slots=True)
class ViewingRoom:
    """What looking needs, put together by hub/wiring.py. Without a sensitive list nothing is shown."""

    work: Work
    gate: Gate
    connect: PermittedConnect
    tracing: Tracing
    clock: Clock
    sensitive: SensitiveCodes | None
    settings: LookSettings = field(default_factory=LookSettings)


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """Look at these parts of the record of the patient of a booking at the caller's practice.

    `why` is said when the patient cannot be asked, when the appointment is not about now, or when they did not attend.
    Without a permission the patient was not asked: nothing is shown, but why not is decided and written down.
    `answered_by` is whose word the permission is.
    """

    ref: BookingRef
    permission: Permission | None
    sections: frozenset[RecordSection]
    why: str = ""
    answered_by: AnsweredBy | None = None

    @property
    def said(self) -> dict[str, str]:
        """What the ledger keeps of it beside the permission."""
        who = {"answered_by": self.answered_by.value} if self.answered_by else {}
        return {"why": self.why.strip()} | who


def care_link(booking: BookingView, now: datetime, settings: LookSettings, *, why: str = "") -> bool:
    """Whether this booking is a reason to look now: it stands, or the practice had cancelled it and has put the patient
    down as here; and the appointment is about now, or it is said why. Of somebody who did not come it always is."""
    if booking.state not in _CARING and booking.came_at is None and not booking.not_come:
        return False
    opens, closes = booking.facts.window.start - settings.before, booking.facts.window.end + settings.after
    if opens <= now <= closes and not booking.not_come:
        return True
    return bool(why.strip()) and opens - settings.with_reason <= now <= closes + settings.with_reason


def needs_reason(booking: BookingView, now: datetime, settings: LookSettings) -> bool:
    """Whether the appointment is not about now, or they did not attend, so that looking needs a reason."""
    return not care_link(booking, now, settings) and care_link(booking, now, settings, why="said")
