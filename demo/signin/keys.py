"""The provider's signing keys: the current one signs, the one before still verifies."""

import json
import secrets
import threading
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from demo.private_files import write_private

_ALGORITHM = "RS256"
_KEPT = 2


class KeyRing:
    """RSA keys, newest first, kept in one private file so that sign-ins survive a restart."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._keys = self._read()
        if not self._keys:
            self.rotate()

    def rotate(self) -> str:
        """Make a new key that signs from now on; the one before stays published. Returns the new key's id."""
        made = RSAKey.generate_key(2048, {"kid": secrets.token_hex(8), "use": "sig", "alg": _ALGORITHM}, private=True)
        with self._lock:
            self._keys = [made, *self._keys][:_KEPT]
            write_private(self._file, json.dumps([key.as_dict(private=True) for key in self._keys]))
        return str(made.kid)

    def published(self) -> dict[str, Any]:
        """The JWKS document: public halves only."""
        return {"keys": [key.as_dict(private=False) for key in self._keys]}

    def sign(self, claims: dict[str, Any], *, kind: str = "JWT") -> str:
        """A signed token; `kind` is its `typ` header."""
        key = self._keys[0]
        return jwt.encode({"alg": _ALGORITHM, "typ": kind, "kid": key.kid}, claims, key, algorithms=[_ALGORITHM])

    def read(self, token: str) -> dict[str, Any] | None:
        """The claims of a token that one of our keys signed (expired or not), or None."""
        try:
            return dict(jwt.decode(token, KeySet(list(self._keys)), algorithms=[_ALGORITHM]).claims)
        except (JoseError, ValueError):
            return None

    def _read(self) -> list[RSAKey]:
        try:
            kept = json.loads(self._file.read_text())
        except FileNotFoundError:
            return []
        return [RSAKey.import_key(key) for key in kept]
