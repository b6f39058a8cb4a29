"""What the receptionist's steps hand to one another, whichever door they go through."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from vocabulary.appointments import BookingState
from vocabulary.identifiers import OdsCode
from vocabulary.slots import DeliveryChannel, PractitionerRole

ON_THE_PHONE = "on the phone"
HELD = "held"
NOT_DONE = "not done"


@dataclass(frozen=True, slots=True)
class Clinic:
    """A clinic that a practice's front desk opened for a journey."""

    host: OdsCode
    host_name: str
    session: str
    start: datetime
    minutes: int
    count: int
    channel: DeliveryChannel
    role: PractitionerRole

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.minutes * self.count)

    def holds(self, moment: datetime) -> bool:
        """Whether an appointment that starts then is one of this clinic's."""
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class Offer:
    """One free time as a door shows it. `key` is what the door itself wants back."""

    start: datetime
    words: str
    key: str | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """How a step ended: a state of the booking or one of the words above, and everything the door said."""

    what: str
    words: str = ""
    ref: str = ""
    offers: tuple[Offer, ...] = ()

    def is_now(self, state: BookingState | str) -> bool:
        return self.what == str(state)


@dataclass(frozen=True, slots=True)
class Form:
    """What is filled in before confirming."""

    reason: str
    note: str = ""
    phone: str = ""
    told: bool = True
    clash_reason: str = ""
    differences_seen: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a search."""

    offers: tuple[Offer, ...]
    next_one: Offer | None
    words: str
    ways_out: tuple[str, ...] = field(default=())
