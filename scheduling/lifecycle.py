"""PURE: the life of a booking as one table. Anything not in it is refused."""

from vocabulary.appointments import BookingState

_S = BookingState
TRANSITIONS: frozenset[tuple[BookingState, BookingState]] = frozenset(
    {
        (_S.REQUESTED, _S.BOOKED),
        (_S.REQUESTED, _S.REFUSED),
        (_S.REQUESTED, _S.IN_DOUBT),
        (_S.IN_DOUBT, _S.BOOKED),
        (_S.IN_DOUBT, _S.REFUSED),
        (_S.REFUSED, _S.IN_DOUBT),  # a ghost: found at the host after we had given up
        (_S.BOOKED, _S.CANCELLING),
        (_S.CANCELLING, _S.CANCELLED),
        (_S.CANCELLING, _S.BOOKED),  # the host refused to cancel
        (_S.BOOKED, _S.CANCELLED),  # the host cancelled it itself, as a look there showed (heeding.py, and nobody else)
        (_S.CANCELLED, _S.BOOKED),  # and took that back before anybody had acted on it
        (_S.BOOKED, _S.ATTENDED),
        (_S.BOOKED, _S.MISSED),
        (_S.ATTENDED, _S.BOOKED),  # said by mistake, or the patient came back
        (_S.MISSED, _S.BOOKED),  # said by mistake, or came after all
    }
)

OPEN = frozenset({_S.REQUESTED, _S.IN_DOUBT, _S.CANCELLING})  # wait for an answer
SETTLED_BY_HAND = frozenset({_S.IN_DOUBT, _S.CANCELLING})  # a person may say what the machine cannot learn
STANDING = frozenset({_S.REQUESTED, _S.BOOKED, _S.IN_DOUBT, _S.CANCELLING})  # may take the patient's time


def allowed(before: BookingState, after: BookingState) -> bool:
    """True when a booking may go from one state to the other."""
    return (before, after) in TRANSITIONS
