"""R12: each practice's last list for the day, kept as a private file, readable while the database is away.

A copy names patients, so it is encrypted with a key made from SECRET_KEY, readable by the hub's own user only, and
overwritten with every newer list. hub/web/clinic/copying.py keeps it fresh while anybody at the practice uses the hub.
"""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from hub.config import Secret
from hub.web.clinic.tonight_lines import TonightLine
from vocabulary.identifiers import OdsCode

_FOLDER = "last-copies"
_PROTECTED = {"alg": "dir", "enc": "A256GCM"}


@dataclass(frozen=True, slots=True)
class LastCopy:
    """A day's list as it was at one moment."""

    practice: str
    practice_name: str
    day: date
    at: datetime
    lines: tuple[TonightLine, ...]
    phones: tuple[tuple[str, str], ...] = ()  # the neighbours' names and numbers, for an evening on paper

    def __repr__(self) -> str:
        return f"LastCopy({self.practice} {self.day})"


class LastCopies:
    """The folder of last copies."""

    def __init__(self, data: Path, secret: Secret) -> None:
        self._folder = data / _FOLDER
        self._key = OctKey.import_key(sha256(b"hub.last-copies " + secret.reveal().encode()).digest())

    def keep(self, copy: LastCopy) -> None:
        """Put this copy in place of the one before, all at once."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = {**asdict(copy), "day": copy.day.isoformat(), "at": copy.at.isoformat()}
        sealed = jwe.encrypt_compact(_PROTECTED, json.dumps(kept).encode(), self._key)
        handle, name = tempfile.mkstemp(dir=self._folder)  # made readable for its owner only
        try:
            with os.fdopen(handle, "w") as file:
                file.write(sealed)
            os.utime(name, (copy.at.timestamp(), copy.at.timestamp()))  # the file is as old as what it says
            Path(name).replace(self._file(copy.practice))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def read(self, practice: OdsCode) -> LastCopy | None:
        """The last copy of a practice; None when there is none, or none that this hub can read."""
        try:
            sealed = self._file(practice.value).read_text()
            kept = json.loads(jwe.decrypt_compact(sealed, self._key).plaintext or b"")
            return LastCopy(
                practice=kept["practice"],
                practice_name=kept["practice_name"],
                day=date.fromisoformat(kept["day"]),
                at=datetime.fromisoformat(kept["at"]),
                lines=tuple(TonightLine(**{**line, "needs": tuple(line["needs"])}) for line in kept["lines"]),
                phones=tuple((str(name), str(number)) for name, number in kept["phones"]),
            )
        except (OSError, JoseError, ValueError, KeyError, TypeError):  # another key, another version of the hub
            return None

    def age(self, practice: OdsCode, now: datetime) -> timedelta | None:
        """How old the copy is; None when there is none. Reads no content."""
        try:
            changed = self._file(practice.value).stat().st_mtime
        except OSError:
            return None
        return now - datetime.fromtimestamp(changed, UTC)

    def _file(self, practice: str) -> Path:
        return self._folder / f"{OdsCode.parse(practice).value}.jwe"
