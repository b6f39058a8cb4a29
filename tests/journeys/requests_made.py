"""Every address that anybody asked for during the journeys, and every page they said they came from."""

from dataclasses import dataclass, field
from typing import Any

import requests


@dataclass
class RequestsMade:
    """Addresses and referrers, in order; the search for planted words goes through them at the end."""

    addresses: list[str] = field(default_factory=list)
    referrers: list[str] = field(default_factory=list)

    def note_answer(self, answer: requests.Response) -> None:
        """What a program sent, and where it was sent on to."""
        self.addresses.append(answer.request.url or "")
        self.addresses.append(answer.headers.get("Location", ""))
        self.referrers.append(str(answer.request.headers.get("Referer", "")))

    def note_request(self, request: Any) -> None:
        """What a browser sent."""
        self.addresses.append(request.url)
        self.referrers.append(request.headers.get("referer", ""))

    def note_address(self, frame: Any) -> None:
        """What stands in a browser's address bar, where a page changes it without asking for it."""
        self.addresses.append(frame.url)
