"""An agreement's document read from its JSON form. Everything that is wrong is told at once, each with its place. Pure.

The register's own rows and files from outside are read by the same rules.
"""

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sharing_agreements.document import HANDLING, SCHEMA, AgreementDocument, Attached, Clause, DocumentParty, Handling
from vocabulary.agreements import Article6, Article9, AtEnd, CommonLawBasis, ControllerRole, DataCategory, SensitiveRule
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.problems import InvalidValue, Problem, ProblemKind
from vocabulary.purposes import Purpose, Scope

CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{2,39}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}")
LONGEST = 4000  # characters of one text
_MOST = 400  # items of one list
_BIGGEST = 1_000_000  # characters of a file
_E = TypeVar("_E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class FileFault:
    """One thing that is wrong: where ("parties[2].ods", or a line of the file) and what to do about it."""

    where: str
    words: str

    def __str__(self) -> str:
        return f"{self.where}: {self.words}"


class UnreadableAgreement(Problem):
    """An agreement file that cannot be taken; `faults` lists everything that is wrong with it."""

    code = "unreadable-agreement"
    kind = ProblemKind.INVALID

    def __init__(self, faults: tuple[FileFault, ...]) -> None:
        number = f"{len(faults)} things are" if len(faults) > 1 else "One thing is"
        super().__init__(f"{number} wrong with this agreement file.", next_step="Mend what is listed, then try again.")
        self.faults = faults


def read_text(text: str) -> AgreementDocument:
    """A file's text as a document. Raises UnreadableAgreement."""
    if len(text) > _BIGGEST:
        raise UnreadableAgreement((FileFault("the file", f"It is longer than {_BIGGEST:,} characters."),))
    try:
        raw = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UnreadableAgreement(
            (FileFault(where, f"This is not JSON: {error.msg[:1].lower()}{error.msg[1:]}."),)
        ) from None
    except RecursionError:
        raise UnreadableAgreement((FileFault("the file", "It is nested too deeply."),)) from None
    return read(raw)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Whoever reads a file by eye takes the first of two, a machine the last: so neither is taken."""
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise UnreadableAgreement((FileFault(name[:40], "It is there twice in the same place."),))
        found[name] = value
    return found


def read(raw: object) -> AgreementDocument:
    """The document in this JSON value. Raises UnreadableAgreement."""
    reader = _Reader()
    top = reader.fields(raw, "the file", _KEYS)
    if top.get("schema") != SCHEMA:
        said = repr(top["schema"])[:60] if "schema" in top else "nothing"
        reader.fault("schema", f"This hub reads {SCHEMA}, and the file says {said}.")
    document = _document(reader, top)
    if reader.faults:
        raise UnreadableAgreement(tuple(reader.faults))
    return document


def tidy(text: str) -> str:
    """A text as it is kept: composed signs, one kind of line end, no blanks at the ends of lines."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


_KEYS = frozenset(
    (
        *("schema", "code", "version", "supersedes", "title", "cluster", "template", "purpose", "parties", "clauses"),
        *("sensitive_data", "lawful_basis", "handling", "dates", "at_end", "dpia", "attachments"),
    )
)


def _document(reader: "_Reader", top: dict[str, Any]) -> AgreementDocument:
    template = reader.part(top, "template", {"name", "version"})
    purpose = reader.part(top, "purpose", {"summary", "benefit", "why_identifiable"})
    sensitive = reader.part(top, "sensitive_data", {"rule", "exclusions"})
    basis = reader.part(top, "lawful_basis", {"article_6", "article_9", "common_law"})
    handling = reader.part(top, "handling", set(HANDLING))
    dates = reader.part(top, "dates", {"starts_at", "review_on", "ends_at"})
    return AgreementDocument(
        code=reader.code(top),
        version=reader.number(top, "version", 1, default=1),
        supersedes=reader.number(top, "supersedes", 1) if top.get("supersedes") is not None else None,
        title=reader.text(top, "title"),
        cluster=reader.text(top, "cluster"),
        template=reader.text(template, "name", "template.name"),
        template_version=reader.number(template, "version", 1, default=1, where="template.version"),
        purpose=reader.text(purpose, "summary", "purpose.summary"),
        benefit=reader.text(purpose, "benefit", "purpose.benefit"),
        why_identifiable=reader.text(purpose, "why_identifiable", "purpose.why_identifiable"),
        parties=_unique(reader, reader.items(top, "parties", _party), lambda party: party.ods.value, "parties"),
        clauses=_unique(reader, reader.items(top, "clauses", _clause), lambda clause: clause.number, "clauses"),
        sensitive=reader.word(sensitive, "rule", SensitiveRule, "sensitive_data.rule"),
        exclusions=reader.texts(sensitive, "exclusions", "sensitive_data.exclusions"),
        article_6=reader.word(basis, "article_6", Article6, "lawful_basis.article_6"),
        article_9=reader.word(basis, "article_9", Article9, "lawful_basis.article_9"),
        common_law=reader.word(basis, "common_law", CommonLawBasis, "lawful_basis.common_law"),
        handling=Handling(**{name: reader.text(handling, name, f"handling.{name}") for name in HANDLING}),
        starts_at=reader.moment(dates, "starts_at", "dates.starts_at"),
        review_on=reader.day(dates, "review_on", "dates.review_on"),
        ends_at=reader.moment(dates, "ends_at", "dates.ends_at"),
        at_end=reader.word(top, "at_end", AtEnd, "at_end"),
        dpia=reader.text(top, "dpia"),
        attachments=reader.items(top, "attachments", _attached),
    )


def _party(reader: "_Reader", raw: object, where: str) -> DocumentParty | None:
    given = reader.fields(raw, where, {"ods", "name", "role", "signatory", "contact"})
    signatory = reader.fields(given.get("signatory") or {}, f"{where}.signatory", {"name", "role"})
    ods = reader.ods(given, "ods", f"{where}.ods", needed=True)
    if ods is None:
        return None
    return DocumentParty(
        ods,
        reader.text(given, "name", f"{where}.name"),
        reader.word(given, "role", ControllerRole, f"{where}.role") or ControllerRole.CONTROLLER,
        reader.text(signatory, "name", f"{where}.signatory.name"),
        reader.word(signatory, "role", UserRole, f"{where}.signatory.role"),
        reader.text(given, "contact", f"{where}.contact"),
    )


def _clause(reader: "_Reader", raw: object, where: str) -> Clause | None:
    keys = {"number", "scope", "purpose", "giver", "receiver", "roles", "categories"}
    given = reader.fields(raw, where, keys)
    number, scope = given.get("number"), reader.word(given, "scope", Scope, f"{where}.scope")
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        reader.fault(f"{where}.number", "A clause has a number such as 2.1, in quotation marks.")
        return None
    if scope is None:
        if "scope" not in given:
            reader.fault(f"{where}.scope", f"Say what the clause is for: {_choices(Scope)}.")
        return None
    return Clause(
        number,
        scope,
        reader.word(given, "purpose", Purpose, f"{where}.purpose") or Purpose.DIRECT_CARE,
        reader.ods(given, "giver", f"{where}.giver"),
        reader.ods(given, "receiver", f"{where}.receiver"),
        reader.words(given, "roles", UserRole, f"{where}.roles"),
        reader.words(given, "categories", DataCategory, f"{where}.categories"),
    )


def _attached(reader: "_Reader", raw: object, where: str) -> Attached | None:
    given = reader.fields(raw, where, {"name", "media_type", "size", "sha256"})
    sha256 = reader.text(given, "sha256", f"{where}.sha256")
    if not _SHA256.fullmatch(sha256):
        reader.fault(f"{where}.sha256", "A SHA-256 hash has 64 hexadecimal digits.")
    return Attached(
        reader.text(given, "name", f"{where}.name"),
        reader.text(given, "media_type", f"{where}.media_type"),
        reader.number(given, "size", 1, where=f"{where}.size"),
        sha256,
    )


_T = TypeVar("_T")


def _unique(reader: "_Reader", items: tuple[_T, ...], key: Callable[[_T], str], where: str) -> tuple[_T, ...]:
    seen: set[str] = set()
    for item in items:
        if key(item) in seen:
            reader.fault(where, f"{key(item)} is there twice.")
        seen.add(key(item))
    return items


def _choices(words: type[StrEnum]) -> str:
    listed = [word.value for word in words]
    return f"{', '.join(listed[:-1])} or {listed[-1]}"


class _Reader:
    """Takes values out of JSON and notes what is wrong instead of stopping at the first fault."""

    def __init__(self) -> None:
        self.faults: list[FileFault] = []

    def fault(self, where: str, words: str) -> None:
        self.faults.append(FileFault(where, words))

    def fields(self, raw: object, where: str, keys: set[str] | frozenset[str]) -> dict[str, Any]:
        if not isinstance(raw, dict):
            self.fault(where, "Here an object in braces is wanted.")
            return {}
        for key in raw:
            if key not in keys:
                self.fault(where, f"{str(key)[:40]!r} is not known here. Known are: {', '.join(sorted(keys))}.")
        return raw

    def part(self, top: dict[str, Any], key: str, keys: set[str]) -> dict[str, Any]:
        return self.fields(top.get(key) or {}, key, keys)

    def text(self, given: dict[str, Any], key: str, where: str = "") -> str:
        value = given.get(key)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > LONGEST:
            self.fault(where or key, f"Here a text of at most {LONGEST:,} characters is wanted.")
            return ""
        if any((ord(sign) < 32 and sign not in "\n\r\t") or 0xD800 <= ord(sign) < 0xE000 for sign in value):
            self.fault(where or key, "There is a character in this text that cannot be shown. Type it anew.")
            return ""
        return tidy(value)

    def texts(self, given: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
        listed = self._list(given, key, where)
        found = (self.text({"": value}, "", f"{where}[{at}]") for at, value in enumerate(listed, start=1))
        return tuple(text for text in found if text)

    def code(self, top: dict[str, Any]) -> str:
        code = self.text(top, "code")
        if not CODE.fullmatch(code):
            self.fault("code", "A code has 3 to 40 capital letters, digits and dashes, such as DSA-AVON-01.")
        return code

    def number(self, given: dict[str, Any], key: str, least: int, *, default: int = 0, where: str = "") -> int:
        value = given.get(key)
        if value is None and default:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 1_000_000_000:
            self.fault(where or key, f"Here a whole number from {least} on is wanted.")
            return least
        return value

    def word(self, given: dict[str, Any], key: str, words: type[_E], where: str) -> _E | None:
        value = given.get(key)
        if value is None or value == "":
            return None
        try:
            return words(value)
        except ValueError:
            self.fault(where, f"{str(value)[:40]!r} is not one of {_choices(words)}.")
            return None

    def words(self, given: dict[str, Any], key: str, words: type[_E], where: str) -> frozenset[_E]:
        listed = self._list(given, key, where)
        found = [self.word({"": value}, "", words, f"{where}[{at}]") for at, value in enumerate(listed, start=1)]
        return frozenset(word for word in found if word is not None)

    def ods(self, given: dict[str, Any], key: str, where: str, *, needed: bool = False) -> OdsCode | None:
        value = given.get(key)
        if not needed and value in (None, ""):
            return None
        try:
            return OdsCode.parse(str(value or ""))
        except InvalidValue as problem:
            self.fault(where, problem.message)
            return None

    def day(self, given: dict[str, Any], key: str, where: str) -> date | None:
        value = given.get(key)
        try:
            return date.fromisoformat(value) if value else None
        except (TypeError, ValueError):
            self.fault(where, "A day is written as 2027-03-31.")
            return None

    def moment(self, given: dict[str, Any], key: str, where: str) -> datetime | None:
        value = given.get(key)
        try:
            moment = datetime.fromisoformat(value) if value else None
        except (TypeError, ValueError):
            moment = None
        if moment is not None and moment.tzinfo is not None and moment.microsecond == 0:
            return moment.astimezone(UTC)
        if value:
            self.fault(where, "A moment is written to the second and with its offset, as 2027-03-31T23:00:00Z.")
        return None

    def items(
        self, top: dict[str, Any], key: str, each: "Callable[[_Reader, object, str], _T | None]"
    ) -> tuple[_T, ...]:
        listed = self._list(top, key, key)
        found = (each(self, raw, f"{key}[{at}]") for at, raw in enumerate(listed, start=1))
        return tuple(item for item in found if item is not None)

    def _list(self, given: dict[str, Any], key: str, where: str) -> list[Any]:
        value = given.get(key)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > _MOST:
            self.fault(where, f"Here a list in square brackets is wanted, of at most {_MOST}.")
            return []
        return value
