"""Every refusal of the diary desk: code, kind, and words that say what happened and what to do next."""

from collections.abc import Sequence

from scheduling.results import BookingView, Offer, SlotFacts
from vocabulary.patients import PatientMatch
from vocabulary.problems import Problem, ProblemKind


class SlotTaken(Problem):
    """Somebody was quicker. `lost` is what was wanted, where known; a door may put the nearest `alternatives` to it.

    `never_shown`: neither the pool nor the host, asked there and then, shows the slot to this practice.
    """

    code = "slot-taken"
    kind = ProblemKind.CONFLICT

    def __init__(self, message: str, *, next_step: str = "", alternatives: tuple[Offer, ...] = ()) -> None:
        super().__init__(message, next_step=next_step)
        self.alternatives = alternatives
        self.lost: SlotFacts | None = None
        self.never_shown = False


class SlotUnknown(Problem):
    """No such slot in the pool, or not shown to this practice."""

    code = "slot-unknown"
    kind = ProblemKind.NOT_FOUND


class SlotsDoNotJoin(Problem):
    """Two slots that cannot be one appointment: session, channel or type differ, or the times do not touch."""

    code = "slots-do-not-join"
    kind = ProblemKind.RULE


class TooManyHolds(Problem):
    """A cap against hoarding."""

    code = "too-many-holds"
    kind = ProblemKind.LIMIT


class HoldUsed(Problem):
    """The hold was confirmed: it is a booking now, with the same reference."""

    code = "hold-used"
    kind = ProblemKind.CONFLICT


class HoldLost(SlotTaken):
    """The hold ran out and somebody else took the slot."""

    code = "hold-lost"


class NotBookable(Problem):
    """A booking rule refuses: the slot is in the past, the window closed, the patient cannot be booked here…"""

    code = "not-bookable"
    kind = ProblemKind.RULE


class InvalidBooking(Problem):
    """A text is too long, the reason is missing, the patient was not told. `field` names the form field."""

    code = "invalid-booking"
    kind = ProblemKind.INVALID

    def __init__(self, message: str, *, field: str, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.field = field
        self.others: tuple[InvalidBooking, ...] = ()

    def with_others(self, others: Sequence["InvalidBooking"]) -> "InvalidBooking":
        """The same refusal, carrying what else is wrong with the form, so that a page can show every fault at once."""
        self.others = tuple(others)
        return self


class PatientNotFound(Problem):
    """Nobody with that number or those details, or somebody restricted: one answer for both, in every word and code.

    So it is neither said nor to be guessed who is restricted; and whoever is right about the number books by phone.
    """

    code = "patient-not-found"
    kind = ProblemKind.NOT_FOUND


class PatientDiffers(Problem):
    """Records of what should be one patient disagree; `match` lists the differences."""

    code = "patient-differs"
    kind = ProblemKind.RULE

    def __init__(self, message: str, *, match: PatientMatch, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.match = match


class PatientClash(Problem):
    """The patient has another booking then or that day: show it and ask for a reason (overlap is refused)."""

    code = "patient-clash"
    kind = ProblemKind.RULE

    def __init__(self, message: str, *, other: BookingView, overridable: bool, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.other = other
        self.overridable = overridable


class BookingUnknown(Problem):
    """No such booking, or none this practice has a part in."""

    code = "booking-unknown"
    kind = ProblemKind.NOT_FOUND


class WrongState(Problem):
    """The booking is not in a state that allows this."""

    code = "wrong-state"
    kind = ProblemKind.CONFLICT


class NotSure(WrongState):
    """What was said of a visit is likelier a slip, so it is asked first; nothing was noted."""

    code = "not-sure"
    kind = ProblemKind.CONFLICT


class AskedBefore(Problem):
    """The same request was booked once already, and what is asked now would not be the same booking."""

    code = "asked-before"
    kind = ProblemKind.CONFLICT


class HostSlow(Problem):
    """The host did not answer in time and nothing was done."""

    code = "host-unavailable"
    kind = ProblemKind.HOST_UNAVAILABLE


class HostRefused(Problem):
    """The host answered no, in its own words made plain."""

    code = "host-refused"
    kind = ProblemKind.HOST_REFUSED


class NotOffered(Problem):
    """The practice does not offer its clinics to other systems: a switch of its own is off."""

    code = "not-offered"
    kind = ProblemKind.FORBIDDEN


class PatientKnown(Problem):
    """The host has this patient on its list already: there is nobody to register."""

    code = "patient-known"
    kind = ProblemKind.CONFLICT


class PatientUnverified(Problem):
    """The details given are not those of the national record, or that record forbids a registration."""

    code = "patient-unverified"
    kind = ProblemKind.RULE


class OutcomeUnknown(Problem):
    """Asked, and not known yet: look again, do not ask anew."""

    code = "outcome-unknown"
    kind = ProblemKind.UNKNOWN


class NoSuchAgreement(Problem):
    """No agreement with that number names the asker's practice."""

    code = "no-such-agreement"
    kind = ProblemKind.NOT_FOUND
