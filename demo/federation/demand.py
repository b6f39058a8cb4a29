"""How full clinics are: the past at 81 %, today nearly so, and less the further ahead.

Every slot has a fixed eagerness between 0 and 1 drawn from its id. It is taken once the share expected at its
distance in days reaches that, so as days go by more slots are taken and none is given back.
"""

import math
from datetime import date
from hashlib import blake2b

from vocabulary.identifiers import OdsCode

USED_IN_THE_END = 0.81
_TODAY = 0.78
_STANDING = 0.04  # of any day, however far off
_FADES_IN_DAYS = 10.0


def share_taken(day: date, today: date) -> float:
    """The share of a day's slots that the host practices have given to their own patients by today."""
    ahead = (day - today).days
    if ahead < 0:
        return USED_IN_THE_END
    return _STANDING + (_TODAY - _STANDING) * math.exp(-ahead / _FADES_IN_DAYS)


def eagerness(host: OdsCode, slot_id: str) -> float:
    """The slot's fixed number between 0 and 1: low ones go first."""
    return _draw(f"{host.value}/{slot_id}")


def is_taken(host: OdsCode, slot_id: str, *, day: date, today: date) -> bool:
    """Whether the host has given this slot away by today."""
    return eagerness(host, slot_id) < share_taken(day, today)


def pick(host: OdsCode, slot_id: str, among: int) -> int:
    """Which of the host's own patients has it, as a position below `among`."""
    return int(_draw(f"{host.value}/{slot_id}/patient") * among)


def days_before(host: OdsCode, slot_id: str) -> int:
    """How many days before it was (or is thought to have been) booked: 0 to 13."""
    return int(_draw(f"{host.value}/{slot_id}/booked") ** 2 * 14)


def _draw(key: str) -> float:
    return int.from_bytes(blake2b(key.encode(), digest_size=6).digest()) / 2**48
