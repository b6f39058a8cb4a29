"""Checks an export of the hub's audit ledger, and the hub's signed roots, without the hub.

    python verify_audit.py --key hub-key.pem export.jsonl
    python verify_audit.py --key hub-key.pem --roots roots.json export.jsonl
    python verify_audit.py --key hub-key.pem --roots roots.json

Needs Python 3.11 or later and the package `cryptography`, and nothing of the hub's. --key names a public key of the hub
that you had from elsewhere than the file under test; --roots the roots that you kept or downloaded (more than one file
may be given). Exit status: 0 everything fits; 1 something does not; 2 the question could not be read; 3 everything
fits, but the hub itself declares that history was lost. The canonical form is written down in docs/audit.md.
"""

import argparse
import hashlib
import itertools
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

FORMAT = 1
NOTHING_BEFORE = "0" * 64  # stands where a chain's first act or the first root would name its predecessor
SIGNED_AS = b"hub-audit-root-1\n"  # before a root's text when it is hashed and signed
LATE = timedelta(minutes=5)  # an act sealed later than this after it happened is worth a question
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError)
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit, and where. `sequence` is the act's, `root` the root's number, where there is one."""

    words: str
    practice: str = ""
    sequence: int | None = None
    root: int | None = None

    def __str__(self) -> str:
        place = [self.practice] if self.practice else []
        place += [f"act {self.sequence}"] if self.sequence is not None else []
        place += [f"root {self.root}"] if self.root is not None else []
        return f"{', '.join(place) or 'file'}: {self.words}"


@dataclass(slots=True)
class Report:
    """What was looked at and what came of it."""

    findings: list[Finding] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)  # losses of history that a signed root itself declares
    notes: list[str] = field(default_factory=list)
    acts: int = 0
    roots: int = 0

    @property
    def status(self) -> int:
        """The exit status."""
        return 1 if self.findings else 3 if self.declared else 0

    def find(self, words: str, *, practice: str = "", sequence: int | None = None, root: int | None = None) -> None:
        """Note something that does not fit."""
        self.findings.append(Finding(words, practice, sequence, root))


def canonical(value: Any) -> bytes:
    """The one way to write a value down: JSON, keys in order, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def commitment(salt: str, value: str) -> str:
    """What stands for a field that may be left out: SHA-256 of its salt and its value."""
    return hashlib.sha256(bytes.fromhex(salt) + value.encode()).hexdigest()


def event_digest(plain: Mapping[str, Any], commitments: Mapping[str, str]) -> str:
    """SHA-256 of an act, the fields that may be left out represented by their commitments."""
    return hashlib.sha256(canonical({"open": plain, "veiled": commitments})).hexdigest()


def link_of(practice: str, sequence: int, sealed_at: str, event: str, previous: str) -> str:
    """SHA-256 of an act in its place: it takes in the link before it, so it stands for all history up to here."""
    place = {"format": FORMAT, "practice": practice, "sequence": sequence, "sealed_at": sealed_at}
    return hashlib.sha256(canonical(place | {"event": event, "previous": previous})).hexdigest()


def root_message(body: Mapping[str, Any]) -> bytes:
    """What is signed, and whose SHA-256 the next root names."""
    return SIGNED_AS + canonical(body)


class Roots:
    """Every root that is known, judged once all are in."""

    def __init__(self, report: Report, keys: Iterable[str]) -> None:
        self._report = report
        self._keys = set(keys)  # public keys, hexadecimal, that are believed
        self._known: dict[int, tuple[str, dict[str, Any]]] = {}
        self._sound: list[dict[str, Any]] = []

    def add(self, root: Any, *, source: str) -> None:
        """Take one in: its form, its own signature, and that nobody knows another of its number."""
        try:
            body, number = root["body"], int(root["body"]["number"])
            message = root_message(body)
            _check_form(body)
        except _UNREADABLE as error:
            self._report.find(f"a root in {source} cannot be read ({type(error).__name__})")
            return
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(body["key"])).verify(
                bytes.fromhex(root["signature"]), message
            )
        except (InvalidSignature, *_UNREADABLE):
            self._report.find(f"in {source}: what it says is not what was signed", root=number)
            return
        digest = hashlib.sha256(message).hexdigest()
        known = self._known.setdefault(number, (digest, body))
        if known[0] != digest:
            self._report.find(f"the one in {source} is not the one known from elsewhere: there are two", root=number)

    def judge(self) -> None:
        """Which of them are sound: in an unbroken row, and signed by somebody who is believed."""
        self._report.roots = len(self._known)
        for number, (_, body) in sorted(self._known.items()):
            before = self._known.get(number - 1)
            if before is not None and body["previous"] != before[0]:
                self._report.find("it does not follow the root before it", root=number)
            elif number == 1 and body["previous"] != NOTHING_BEFORE:
                self._report.find("it is the first, and yet names one before it", root=number)
        believed = self._believed()
        for number in sorted(self._known.keys() - believed):
            self._report.find("no key that you gave stands behind it", root=number)
        self._sound = [self._known[number][1] for number in sorted(believed)]
        for body in self._sound:
            for loss in body["lost"]:
                self._report.declared.append(
                    f"root {body['number']} ({body['made_at']}) declares that acts {loss['kept'] + 1} to {loss['had']} "
                    f"of {loss['practice']} were lost"
                )

    def _believed(self) -> set[int]:
        """Signed by a believed key, or announced by such a root as its successor's, or named by one as its own
        predecessor: a believed root vouches for the key it announces and for the text before it."""
        believed: set[int] = set()
        while True:
            more = set()
            for number, (digest, body) in self._known.items():
                after = self._known.get(number + 1)
                vouched = after is not None and number + 1 in believed and after[1]["previous"] == digest
                if number not in believed and (body["key"] in self._keys or vouched):
                    more.add(number)
                    self._keys.update({body["next_key"]} - {""})
            if not more:
                return believed
            believed |= more

    @property
    def numbers(self) -> list[int]:
        """Of those known."""
        return sorted(self._known)

    @property
    def sound(self) -> list[dict[str, Any]]:
        """The texts of those that are believed, in order."""
        return self._sound

    def heads(self, practice: str) -> dict[int, list[dict[str, Any]]]:
        """What sound roots say of a practice's chain, by sequence. What a later root declares lost binds no more."""
        found: dict[int, list[dict[str, Any]]] = {}
        kept: float = float("inf")
        for body in reversed(self._sound):
            for head in body["heads"]:
                if head["practice"] == practice and head["sequence"] <= kept:
                    said = {"root": body["number"], "made_at": body["made_at"], "link": head["link"]}
                    found.setdefault(head["sequence"], []).append(said)
            for loss in body["lost"]:
                if loss["practice"] == practice:
                    kept = min(kept, loss["kept"])
        return found

    def practices(self) -> set[str]:
        """Every practice of which some root says anything."""
        return {head["practice"] for body in self._sound for head in body["heads"]}


def _check_form(body: Any) -> None:
    """Raises ValueError, KeyError or TypeError for what is no root of this format."""
    if body["format"] != FORMAT or body["number"] < 1 or type(body["number"]) is not int:
        raise ValueError("another format")
    for name in ("made_at", "day", "previous", "key", "next_key"):
        if not isinstance(body[name], str):
            raise TypeError(name)
    for head in body["heads"]:
        if type(head["sequence"]) is not int or not isinstance(head["link"], str) or not head["practice"]:
            raise TypeError("heads")
    for loss in body["lost"]:
        if type(loss["kept"]) is not int or type(loss["had"]) is not int or not loss["practice"]:
            raise TypeError("lost")


class Chain:
    """One practice's acts, taken in one after another and compared with what the roots say."""

    def __init__(self, report: Report, practice: str, heads: Mapping[int, list[dict[str, Any]]]) -> None:
        self._report = report
        self._practice = practice
        self._heads = heads
        self._next = 1
        self._previous = NOTHING_BEFORE
        self._vouched: tuple[int, int] | None = None  # sequence and root up to which all fitted
        self._doubted = False
        self.late = 0

    def begin(self, first: int, previous: str, since: str) -> None:
        """A chain that does not start at its first act has to start where a root of before the period saw it."""
        self._next, self._previous = first, previous
        if first == 1 and previous == NOTHING_BEFORE:
            return
        known = self._heads.get(first - 1, ())
        said = [head for head in known if head["link"] == previous and head["made_at"] <= since]
        if said:
            self._vouched = (first - 1, said[0]["root"])
        else:
            self._find("no root of before the period vouches for the history before it", first)

    def take(self, line: Mapping[str, Any]) -> None:
        """One act."""
        self._report.acts += 1
        try:
            sequence, link = line["sequence"], line["link"]
            if type(sequence) is not int:
                raise TypeError("sequence")
        except _UNREADABLE:
            self._find("an act without a sequence or a link", self._next)
            return
        if sequence > self._next:
            missing = (
                f"act {self._next} is" if sequence == self._next + 1 else f"acts {self._next} to {sequence - 1} are"
            )
            self._find(f"{missing} missing", self._next)
        elif sequence < self._next:
            self._find("it stands twice, or in the wrong place", sequence)
        else:
            self._check(line, sequence, link)
        self._next, self._previous = sequence + 1, link
        for head in self._heads.get(sequence, ()):
            self._compare(sequence, link, head)

    @property
    def last(self) -> int:
        """The act before the one that comes next."""
        return self._next - 1

    def finish(self, until: str = "") -> None:
        """Nothing more comes. Roots made up to `until` (always, when it is empty) must not know of later acts."""
        last = self.last
        later = [(sequence, head) for sequence, said in self._heads.items() for head in said if sequence > last]
        beyond = [(sequence, head) for sequence, head in later if not until or head["made_at"] <= until]
        if beyond:
            sequence, head = max(beyond, key=lambda pair: pair[0])
            words = f"{_acts(last + 1, sequence)} missing: root {head['root']} of {head['made_at']} knows of them"
            self._find(words, last + 1)
        vouched = self._vouched[0] if self._vouched else 0
        if not beyond and vouched < last:
            self._report.notes.append(f"{self._practice}: {last - vouched} acts up to {last} are not in a root yet")

    def _check(self, line: Mapping[str, Any], sequence: int, link: Any) -> None:
        if "gone" in line:
            self._find(f"its event ({line['gone']} in the ledger) is gone: only the seal is left", sequence)
            return
        try:
            event, shown, hidden = line["event"], line["shown"], line["hidden"]
            if shown.keys() & hidden.keys():
                raise ValueError("a field is both shown and left out")
            commitments = {name: commitment(salt, value) for name, (salt, value) in shown.items()} | dict(hidden)
            digest = event_digest(event, commitments)
            linked = link_of(self._practice, sequence, line["sealed_at"], digest, self._previous)
            fits = link == linked and event["acting_for"] == self._practice
            self.late += fits and _moment(line["sealed_at"]) - _moment(event["at"]) > LATE
        except _UNREADABLE as error:
            self._find(f"it cannot be read ({type(error).__name__})", sequence)
            return
        if not fits:
            self._find("it is not what was sealed here, or does not follow the act before it", sequence)

    def _compare(self, sequence: int, link: Any, head: Mapping[str, Any]) -> None:
        if link == head["link"]:
            self._vouched = (sequence, head["root"])
            return
        if not self._doubted:
            since = f"after act {self._vouched[0]} (root {self._vouched[1]})" if self._vouched else "from the first act"
            words = f"root {head['root']} of {head['made_at']} knew another history: it was rewritten {since}"
            self._find(words, sequence, root=head["root"])
        self._doubted = True

    def _find(self, words: str, sequence: int, *, root: int | None = None) -> None:
        self._report.find(words, practice=self._practice, sequence=sequence, root=root)


def _acts(first: int, last: int) -> str:
    return f"act {first} is" if first == last else f"acts {first} to {last} are"


def _moment(words: str) -> datetime:
    return datetime.fromisoformat(words)


def check_export(lines: Iterable[Any], *, keys: Iterable[str], kept: Iterable[Any] = ()) -> Report:
    """Judge an export: `lines` as read from JSON, `kept` the roots had from elsewhere. Nothing in it raises."""
    report = Report()
    roots = Roots(report, keys)
    for root in kept:
        roots.add(root, source="what you kept")
    stream = iter(lines)
    header = next(stream, None)
    if not isinstance(header, dict) or header.get("kind") != "export" or header.get("format") != FORMAT:
        report.find(f"the first line is not the head of an export of format {FORMAT}")
        return report
    try:
        _check_body(report, roots, header, stream)
    except _UNREADABLE as error:
        report.find(f"the head of the export cannot be read ({type(error).__name__})")
    return report


def _check_body(report: Report, roots: Roots, header: dict[str, Any], stream: Iterator[Any]) -> None:
    practice, until = str(header["practice"]), min(str(header["to"]), str(header["made_at"]))
    chain: Chain | None = None
    ended = False
    for place, line in enumerate(stream, start=2):
        kind = line.get("kind") if isinstance(line, dict) else None
        if ended:
            report.find(f"line {place}: there is more after the end")
        elif kind == "root" and chain is None:
            roots.add(line, source="the export")
        elif kind in ("event", "end"):
            if chain is None:
                chain = _begin(report, roots, header, practice)
            if kind == "event":
                chain.take(line)
            else:
                ended = True
                if line["acts"] != report.acts or chain.last != header["last"]:
                    words = f"its head and its end speak of act {header['last']} as the last, and of {line['acts']}"
                    report.find(f"{words} acts; it goes to act {chain.last}, and has {report.acts}")
        else:
            report.find(f"line {place}: it is no line of an export, or out of place")
    chain = chain or _begin(report, roots, header, practice)
    if not ended:
        report.find("the export has no end: it was cut short")
    chain.finish(until)
    if chain.late:
        report.notes.append(f"{practice}: {chain.late} acts were sealed more than {LATE} after they happened")


def _begin(report: Report, roots: Roots, header: dict[str, Any], practice: str) -> Chain:
    roots.judge()
    stated = range(header["roots"][0], header["roots"][1] + 1) if header["roots"] else ()
    for number in sorted({*stated} - {*roots.numbers}):
        report.find("the head of the export names it, and it is not there", root=number)
    chain = Chain(report, practice, roots.heads(practice))
    chain.begin(header["first"], header["previous"], str(header["from"]))
    return chain


def check_roots(kept: Iterable[Any], *, keys: Iterable[str]) -> Report:
    """Judge roots by themselves."""
    report = Report()
    roots = Roots(report, keys)
    for root in kept:
        roots.add(root, source="what you kept")
    roots.judge()
    for before, after in itertools.pairwise(roots.numbers):
        if after != before + 1:
            report.notes.append(f"roots {before + 1} to {after - 1} are not among those you kept")
    return report


def read_roots(file: Path) -> list[Any]:
    """The roots in a file: one, or {"roots": [...]} as the hub publishes them."""
    found = json.loads(file.read_text(encoding="utf-8"))
    return list(found["roots"]) if "roots" in found else [found]


def read_key(file: Path) -> str:
    """A public key, PEM or 64 hexadecimal digits, as hexadecimal."""
    text = file.read_bytes().strip()
    if not text.startswith(b"-----"):
        return bytes.fromhex(text.decode()).hex()
    key = load_pem_public_key(text)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")
    return key.public_bytes_raw().hex()


def read_lines(file: Path) -> Iterator[Any]:
    """An export's lines; one that is no JSON comes out as its own text, which is no line of an export."""
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                yield line


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", type=Path, nargs="?", help="the export, one JSON object a line")
    parser.add_argument("--key", type=Path, action="append", required=True, help="a public key of the hub (PEM or hex)")
    parser.add_argument("--roots", type=Path, action="append", default=[], help="roots that you kept or downloaded")
    asked = parser.parse_args(arguments)
    if asked.export is None and not asked.roots:
        parser.error("name an export, or roots with --roots, or both")
    try:
        keys = [read_key(file) for file in asked.key]
        kept = [root for file in asked.roots for root in read_roots(file)]
        if asked.export is None:
            report = check_roots(kept, keys=keys)
        else:
            report = check_export(read_lines(asked.export), keys=keys, kept=kept)
    except (OSError, *_UNREADABLE) as error:
        sys.stderr.write(f"Cannot read what was given: {error}\n")
        return 2
    sys.stdout.write("\n".join(words_of(report)) + "\n")
    return report.status


def words_of(report: Report) -> list[str]:
    """The report for people, the verdict last."""
    lines = [f"{report.acts} acts and {report.roots} roots looked at."]
    lines += [f"Note: {note}." for note in report.notes]
    lines += [f"DECLARED LOSS: {words}." for words in report.declared]
    lines += [f"NOT RIGHT: {finding}." for finding in report.findings[:_SHOWN]]
    if len(report.findings) > _SHOWN:
        lines.append(f"… and {len(report.findings) - _SHOWN} more.")
    verdict = {0: "VERIFIED: everything fits.", 3: "VERIFIED, but the hub declares that history was lost."}
    return [*lines, verdict.get(report.status, f"FAILED: {len(report.findings)} things do not fit.")]


if __name__ == "__main__":
    raise SystemExit(main())
