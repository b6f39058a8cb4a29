"""Makes an evidence pack: a ZIP that an inspector reads offline, begun at its index.html, every file in SHA256SUMS.

What goes in is accountability/figures.py's; the ledger's proof is storage's, by way of hub/audit.py.
"""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from flask import current_app

from accountability import evidence, figures
from accountability.concerns import Concern, Verdict
from accountability.evidence import PackView
from accountability.figures import SignedAgreement, Table
from accountability.oversight import Oversight
from hub.audit import LEAVE_OUT, Audit
from hub.oversight import oversight_of
from hub.web.oversight.account_words import role_words, stamp
from hub.web.oversight.act_words import act_words
from hub.web.oversight.why_words import CONCERNS, VERDICTS, reason_words
from hub.wiring import Hub
from storage.jobs import defer
from storage.work import Tx
from verifier import verify_audit
from verifier.verify_audit import Report
from vocabulary.problems import Problem
from vocabulary.times import Window, london

TASK = "evidence"
_log = structlog.get_logger("hub.evidence")
_LARGEST = 200 * 1024 * 1024
_STEPS = 11


def queue(tx: Tx, pack: int) -> None:
    """Have the worker make it (an accountability.evidence.Defer)."""
    defer(tx, TASK, queue="housekeeping", once=f"{TASK} {pack}", pack=pack)


def make(hub: Hub, pack: int) -> None:
    """Make one pack, unless it is made already. What goes wrong is said at the page, and nowhere else in detail."""
    oversight = oversight_of(hub)
    wanted = evidence.begun(oversight, pack)
    if wanted is None:
        return
    try:
        content = _Maker(hub, oversight, wanted).make()
        if len(content) > _LARGEST:
            raise ValueError("too large")
    except Exception as error:
        _log.exception("evidence_failed", pack=pack)
        evidence.fail(oversight, pack, f"It could not be made ({type(error).__name__}). Try a shorter period.")
        return
    evidence.finish(oversight, wanted, content, hashlib.sha256(content).hexdigest())


def make_all_waiting(hub: Hub) -> None:
    """Packs whose job was lost."""
    for pack in evidence.waiting(oversight_of(hub)):
        make(hub, pack)


class _Maker:
    """One making: files go into the ZIP as they are made, and their hashes into the list at its end."""

    def __init__(self, hub: Hub, oversight: Oversight, pack: PackView) -> None:
        self._hub, self._oversight, self._pack = hub, oversight, pack
        self._period = Window.of_days(pack.since, pack.until)
        self._out = io.BytesIO()
        self._zip = zipfile.ZipFile(self._out, "w", zipfile.ZIP_DEFLATED)
        self._sums: dict[str, str] = {}
        self._done = 0

    def make(self) -> bytes:
        """The whole pack."""
        made = self._hub.clock.now()
        found = self._asking("Agreements as signed", lambda tx: figures.agreements(tx, self._practice, self._period))
        self._agreements(found)
        life = self._table(
            "agreements/life.csv", "What became of them", lambda tx: figures.life(tx, found, self._period)
        )
        tables = {name: self._table(name, words, ask) for name, words, ask in self._tables()}
        self._disclosures()
        verified = self._proof()
        self._step("Index")
        self._put("index.html", self._index(made, found, {**tables, "life": life}, verified))
        self._put("duty-of-candour.txt", _LETTER)
        self._zip.writestr("SHA256SUMS", "".join(f"{digest}  {name}\n" for name, digest in sorted(self._sums.items())))
        self._zip.close()
        return self._out.getvalue()

    @property
    def _practice(self) -> Any:
        return self._pack.practice

    def _tables(self) -> Iterator[tuple[str, str, Callable[[Tx], Table]]]:
        practice, period = self._practice, self._period
        yield "access.csv", "Figures of access", lambda tx: figures.access(tx, practice, period)
        yield "refusals.csv", "Refusals by reason", lambda tx: figures.refusals(tx, practice, period)
        yield "people.csv", "Who did how much", lambda tx: figures.people(tx, practice, period)
        yield "switches.csv", "What was switched off", lambda tx: figures.switches(tx, practice, period)
        yield "reviews.csv", "Reviews and their outcomes", lambda tx: figures.reviews(tx, practice, period)
        glass = "break-glass"
        yield "break-glass.csv", "Broken glass", lambda tx: figures.reviews(tx, practice, period, only=glass)
        yield "legal-holds.csv", "Legal holds", lambda tx: figures.legal_holds(tx, practice)

    def _agreements(self, found: Iterable[SignedAgreement]) -> None:
        rows = []
        for each in found:
            if each.document:
                self._put(each.file, each.document)
            for name, content in each.attached:
                if name not in self._sums:  # two versions have the same file
                    self._put(name, content)
            for ods, by, as_what, at, digest, carried in each.signatures:
                same = {True: "yes", False: "NO", None: "no document"}[each.fits]
                of = f"{each.code} v{carried}" if carried else each.label
                rows.append((each.label, each.digest, same, ods, by, as_what, at, of, digest))
        heading = ("agreement", "sha256", "document_has_this_sha256", "party", "signed_by", "signed_as", "signed_at")
        self._put("agreements/signatures.csv", _csv((*heading, "signed_version", "signed_sha256"), rows))

    def _table(self, name: str, words: str, ask: Callable[[Tx], Table]) -> Table:
        table: Table = self._asking(words, ask)
        self._put(name, _csv(*table))
        return table

    def _disclosures(self) -> None:
        if self._pack.identifiers and self._practice is not None:
            rows = self._asking(
                "Disclosures", lambda tx: list(figures.disclosures(tx, self._practice, self._period)), counted=False
            )
            self._put("disclosures-WITH-PATIENTS.csv", _csv(figures.DISCLOSURES, rows))
            words = self._asking(
                "", lambda tx: figures.words_of_reviews(tx, self._practice, self._period), counted=False
            )
            self._put("reviews-in-words-WITH-PATIENTS.csv", _csv(*words))

    def _proof(self) -> list[str]:
        """The practice's acts as a chain, the signed roots, the verifier, and what it said here."""
        self._step("Verified roots")
        audit = Audit(self._hub)
        unsigned = _sign_now(audit, self._hub)
        self._put("proof/roots.json", json.dumps({"roots": [root.published() for root in audit.roots()]}, indent=1))
        self._put("proof/verify_audit.py", Path(verify_audit.__file__).read_text(encoding="utf-8"))
        if self._practice is not None:
            lines = audit.export(
                self._practice,
                self._pack.caller,
                start=self._period.start,
                end=self._period.end,
                leave_out=frozenset() if self._pack.identifiers else LEAVE_OUT["patients"],
            )
            self._put("proof/acts.jsonl", b"".join(lines))
        report = audit.verify(practices=[self._practice.value] if self._practice is not None else [])
        said = [*_verified(report), *unsigned]
        self._put("proof/verification.txt", "\n".join(said) + "\n")
        return said

    def _index(
        self, made: datetime, found: Iterable[SignedAgreement], tables: dict[str, Table], verified: list[str]
    ) -> str:
        book = self._hub.address_book
        names = {practice.ods.value: practice.name for practice in book.practices()}
        whose = names.get(self._practice.value, self._practice.value) if self._practice else "All practices"
        template = current_app.jinja_env.get_template("pack/index.html")
        return template.render(
            pack=self._pack,
            whose=whose,
            names=names,
            hub_name=self._hub.config.hub_name,
            is_demo=self._hub.config.is_demo,
            made=f"{london(made):%d %B %Y, %H:%M:%S}",
            agreements=tuple(found),
            tables=tables,
            months=_by_month(tables["access.csv"], self._practice.value if self._practice else ""),
            refused=_by_reason(tables["refusals.csv"]),
            verdicts=_by_verdict(tables["reviews.csv"]),
            verified=verified,
            files=sorted(self._sums),
            act_words=act_words,
            role_words=role_words,
            stamp=stamp,
        )

    def _asking(self, words: str, ask: Callable[[Tx], Any], *, counted: bool = True) -> Any:
        if counted:
            self._step(words)
        with self._hub.work.read() as tx:
            return ask(tx)

    def _step(self, words: str) -> None:
        evidence.progress(self._oversight, self._pack.id, words, self._done, _STEPS)
        self._done += 1

    def _put(self, name: str, content: str | bytes) -> None:
        body = content.encode() if isinstance(content, str) else content
        self._zip.writestr(name, body)
        self._sums[name] = hashlib.sha256(body).hexdigest()


def _sign_now(audit: Audit, hub: Hub) -> list[str]:
    """A root of this moment, so that the newest acts are vouched for; or why there is none."""
    if not hub.config.audit_key:
        return ["Note: no root was signed for this pack: the hub has no key for that here."]
    try:
        audit.seal()
        audit.sign()
        audit.publish()
    except Problem as problem:  # a loss of history, or a key that cannot be read: the pack says so, and is made
        return [f"Finding: no root could be signed for this pack. {problem.message}"]
    return []


def _verified(report: Report) -> list[str]:
    """What the check of the chain and the roots says, first whether everything fits."""
    fits = "Everything fits" if not report.findings else f"{len(report.findings)} findings: something does NOT fit"
    found = [f"Finding: {each.words}" for each in report.findings]
    lost = [f"The hub declares a loss: {words}" for words in report.declared]
    notes = [f"Note: {words}" for words in report.notes]
    return [f"{fits}. {report.acts} acts and {report.roots} signed roots were checked.", *found, *lost, *notes]


def _csv(heading: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heading)
    for row in rows:
        writer.writerow([_cell(cell) for cell in row])
    return out.getvalue()


def _cell(value: Any) -> str:
    """A moment in England with its offset; and no cell that a spreadsheet takes for a formula."""
    if isinstance(value, datetime):
        return london(value).isoformat(timespec="seconds")
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULAS) else text


_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def _by_month(table: Table, ours: str) -> list[dict[str, Any]]:
    """A line a month; in one practice's pack its own people's acts apart from what others did there."""
    months: dict[tuple[str, bool], dict[str, int]] = {}
    for month, practice, _, _, outcome, events in table[1]:
        counted = months.setdefault((month, practice == ours), {"done": 0, "allowed": 0, "refused": 0})
        counted[outcome] = counted.get(outcome, 0) + events
    return [
        {"month": month, "own": own, "all": sum(counts.values()), **counts}
        for (month, own), counts in sorted(months.items())
    ]


def _by_reason(table: Table) -> list[tuple[str, int]]:
    reasons: dict[str, int] = {}
    for _, act, reason, agreement, _, _, events in table[1]:
        key = f"{act_words(act)}: {reason_words(reason, agreement)}"
        reasons[key] = reasons.get(key, 0) + events
    return sorted(reasons.items(), key=lambda each: -each[1])


def _by_verdict(table: Table) -> list[tuple[str, str, int]]:
    counted: dict[tuple[str, str], int] = {}
    for row in table[1]:
        verdict = VERDICTS[Verdict(row[-1])][0] if row[-1] else "It waits to be looked at"
        key = (CONCERNS[Concern(row[1])], verdict)
        counted[key] = counted.get(key, 0) + 1
    return [(concern, verdict, count) for (concern, verdict), count in sorted(counted.items())]


_LETTER = """Draft of a letter to a patient whose record was looked at without a good reason (duty of candour).
Fill in what is in [brackets]; a person decides, signs and sends it.

Dear [name]

On [date] at [time] somebody who works for [practice] opened details about you in the system with which practices book
appointments for each other. They should not have: [what the review found].

They could see [what was shown]. They could not see [what was not].

We are sorry. We found it because every look is recorded and unusual ones are reviewed. We have [what was done].

You can ask who has looked at your details at any time, complain to us, or to the Information Commissioner (ico.org.uk).

[Name], Caldicott Guardian, [practice]
"""
