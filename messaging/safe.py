"""The safe: the text of a message, sealed with a key made from the hub's SECRET_KEY, so that a copy of the database
alone tells nothing. A former key still opens what was sealed with it (docs/adr/0016)."""

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from messaging.problems import MessageUnreadable

_PURPOSE = b"practice-hub messages 1"


class Safe:
    """Seals and opens. It shows nothing of its keys."""

    def __init__(self, secrets: Sequence[str]) -> None:
        keys = [_key(secret) for secret in secrets if secret]
        if not keys:
            raise ValueError("a safe needs a key")
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self.mark = hashlib.sha256(b"mark " + keys[0]).hexdigest()[:8]

    def __repr__(self) -> str:
        return "Safe(hidden)"

    def seal(self, content: bytes) -> bytes:
        """With the newest key."""
        return self._fernet.encrypt(content)

    def open(self, sealed: bytes) -> bytes:
        """Raises MessageUnreadable when no key fits."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise MessageUnreadable(
                "The hub’s key has been changed, and this message cannot be read any more.",
                next_step="Ring the practice that sent it and ask for it again. Whoever runs the hub can set "
                "SECRET_KEY_FORMER to the key from before (docs/operations.md).",
            ) from None

    def seal_again(self, sealed: bytes) -> bytes:
        """The same content under the newest key. Raises MessageUnreadable."""
        return self.seal(self.open(sealed))


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(made)
