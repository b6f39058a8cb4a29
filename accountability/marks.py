"""Keyed digests that tell whether two records are one person's, or two people's homes one, and tell nothing else.

They let a rule know a member of staff's own record without the hub keeping staff's NHS numbers or addresses. The key
is derived from SECRET_KEY: after that is changed, marks have to be told anew.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass

from vocabulary.identifiers import NHSNumber

_SIGNS = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True, slots=True)
class Marks:
    """Makes marks with one key."""

    key: bytes

    @classmethod
    def from_secret(cls, secret: str) -> "Marks":
        """A key of its own from the hub's secret."""
        return cls(hmac.new(secret.encode(), b"staff marks", hashlib.sha256).digest())

    def number(self, nhs_number: NHSNumber) -> str:
        """The mark of one person."""
        return self._mark(f"number {nhs_number.value}")

    def home(self, postcode: str, first_line: str) -> str:
        """The mark of one home; empty when either part is missing."""
        code, line = _bare(postcode), _bare(first_line)
        return self._mark(f"home {code} {line}") if code and line else ""

    def _mark(self, text: str) -> str:
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()[:40]

    def __repr__(self) -> str:
        return "Marks(hidden)"


def _bare(text: str) -> str:
    return _SIGNS.sub("", text.casefold())
