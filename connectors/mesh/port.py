"""The mailbox port: put a message out, look at what came in, and say that it has been dealt with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from vocabulary.record_parts import Hidden


@dataclass(frozen=True, slots=True, repr=False)
class Parcel(Hidden):
    """One message to be sent. `to` is what the exchange routes by, and names the patient: it is no address of ours."""

    id: str
    to: str
    workflow: str
    subject: str  # as the standard words it: names the patient too
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class Received(Hidden):
    """One message that came in; `body` is empty where it could not be read.

    A report of the exchange that something of ours could not be delivered has that parcel's id in `undelivered`, and
    the exchange's code for why.
    """

    id: str
    body: Mapping[str, Any]
    undelivered: str = ""
    code: str = ""


class Mailbox(Protocol):
    """Our mailbox at the exchange. Whatever goes wrong is an OSError: the state stays, and it is tried again."""

    @property
    def name(self) -> str:
        """Its id at the exchange."""
        ...

    def send(self, parcel: Parcel) -> None:
        """Put it out; again under the same id, it replaces what has not been taken yet."""
        ...

    def received(self) -> tuple[Received, ...]:
        """What came in and has not been dealt with."""
        ...

    def settle(self, received: Received) -> None:
        """It has been dealt with: it does not come again, and is gone."""
        ...

    def put_aside(self, received: Received) -> None:
        """It is not for us: it does not come again, and is kept for whoever runs the hub."""
        ...
