"""Importing clusters from our own CSV: cluster, ODS code and, where wanted, the cluster's name.

A header may stand first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, insert, select, update

from practices.importing.lines import Lines, Progress, Record, silently
from practices.importing.notes import CannotImport, ClusterSummary, Note, Outcome, count
from practices.models import ClusterRow, PracticeRow
from storage.ledger import LedgerEvent, record
from storage.work import Tx, Work
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller
from vocabulary.problems import InvalidValue
from vocabulary.times import Clock

KIND = "cluster"
_HEADERS = {"ods", "ods code", "ods_code", "odscode", "practice", "practice code"}
_LONGEST = 60
_LOCK = 4_601_001  # as in verbs.py: a practice must not close while it is being placed


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    cluster: str
    ods: OdsCode
    name: str


@dataclass(frozen=True, slots=True)
class _Held:
    status: str
    cluster: str


@dataclass(slots=True)
class _Plan:
    create: dict[str, str] = field(default_factory=dict)  # code → name
    rename: dict[str, str] = field(default_factory=dict)
    join: dict[OdsCode, str] = field(default_factory=dict)
    move: dict[OdsCode, str] = field(default_factory=dict)


def import_clusters(
    work: Work,
    path: Path,
    *,
    apply: bool = False,
    caller: Caller,
    clock: Clock,
    progress: Progress = silently,
) -> ClusterSummary:
    """Put practices into clusters as the file says; without `apply` nothing is written. Raises CannotImport.

    A practice the file does not name stays where it is, and its agreements stay as they are: both are said.
    """
    lines = Lines(path, KIND, progress=progress)
    wanted = _read(lines)
    with work.begin() if apply else work.read() as tx:
        if apply:
            tx.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        plan, placed = _make_plan(lines, wanted, _held(tx), dict(tx.execute(_clusters).all()))
        summary = _summary(plan, placed, lines.notes, applied=apply)
        if apply and not summary.changes_nothing:
            _write(tx, plan)
            record(tx, _event(summary), caller=caller, at=clock.now())
    return summary


_clusters = select(ClusterRow.code, ClusterRow.name)


def _held(tx: Tx) -> dict[OdsCode, _Held]:
    rows = tx.execute(select(PracticeRow.ods, PracticeRow.status, PracticeRow.cluster_code))
    return {OdsCode(ods): _Held(status, cluster or "") for ods, status, cluster in rows}


def _read(lines: Lines) -> list[_Line]:
    found: list[_Line] = []
    seen: dict[OdsCode, int] = {}
    usable = 0
    for record_ in lines.plain():
        if record_.line == 1 and len(record_.cells) > 1 and record_.cells[1].casefold() in _HEADERS:
            continue
        line = _line(record_, lines)
        if line is None:
            continue
        usable += 1
        if line.ods in seen:
            words = f"duplicate: line {seen[line.ods]} already places it; a practice is in one cluster"
            lines.note(line.number, line.ods.value, Outcome.SKIPPED, words)
            continue
        seen[line.ods] = line.number
        found.append(line)
    if not usable:
        raise CannotImport(
            "Not one line of the cluster file names a cluster and an ODS code.",
            next_step="Give one practice a line: cluster, ODS code and, if you like, the cluster's name.",
        )
    return found


def _line(record_: Record, lines: Lines) -> _Line | None:
    cells = record_.cells
    if len(cells) not in (2, 3):
        words = f"wrong number of columns: {len(cells)} where there should be 2 or 3"
        lines.note(record_.line, "", Outcome.SKIPPED, words)
        return None
    try:
        ods = OdsCode.parse(cells[1])
    except InvalidValue:
        lines.note(record_.line, cells[1][:20], Outcome.SKIPPED, "not an ODS code (3 to 12 letters and digits)")
        return None
    if not cells[0] or len(cells[0]) > _LONGEST:
        words = f"the cluster's code is longer than {_LONGEST} characters" if cells[0] else "no cluster is named"
        lines.note(record_.line, ods.value, Outcome.SKIPPED, words)
        return None
    return _Line(record_.line, cells[0], ods, cells[2] if len(cells) == 3 else "")


def _make_plan(
    lines: Lines, wanted: list[_Line], held: Mapping[OdsCode, _Held], clusters: Mapping[str, str]
) -> tuple[_Plan, list[_Line]]:
    plan = _Plan()
    placed = []
    for line in wanted:
        practice = held.get(line.ods)
        if practice is None:
            lines.note(line.number, line.ods.value, Outcome.SKIPPED, "unknown code: import the practice first")
        elif practice.status != "open":
            lines.note(line.number, line.ods.value, Outcome.SKIPPED, f"the practice is {practice.status}")
        else:
            placed.append(line)
            _place(plan, line, lines, practice)
    _name_clusters(plan, placed, lines, clusters)
    named = {line.ods for line in wanted}
    touched = {line.cluster for line in placed}
    for ods, practice in sorted(held.items()):
        if practice.cluster in touched and practice.status == "open" and ods not in named:
            words = f"not in this file: it stays in {practice.cluster}"
            lines.note(0, ods.value, Outcome.WARNING, words)
    return plan, placed


def _name_clusters(plan: _Plan, placed: list[_Line], lines: Lines, clusters: Mapping[str, str]) -> None:
    names: dict[str, str] = {}
    for line in placed:
        given = names.setdefault(line.cluster, "") or line.name
        names[line.cluster] = given
        if line.name and line.name != given:
            words = f"{line.cluster} is named {given!r} further up; this name is passed over"
            lines.note(line.number, line.ods.value, Outcome.WARNING, words)
    for code, name in names.items():
        if code not in clusters:
            plan.create[code] = name or code
        elif name and name != clusters[code]:
            plan.rename[code] = name


def _place(plan: _Plan, line: _Line, lines: Lines, practice: _Held) -> None:
    code = line.ods.value
    if practice.cluster == line.cluster:
        lines.note(line.number, code, Outcome.UNCHANGED, f"is in {line.cluster} already")
    elif not practice.cluster:
        plan.join[line.ods] = line.cluster
        lines.note(line.number, code, Outcome.CREATED, f"joins {line.cluster}")
    else:
        plan.move[line.ods] = line.cluster
        words = f"moves from {practice.cluster} to {line.cluster}; its agreements stay as they are"
        lines.note(line.number, code, Outcome.CHANGED, words)


def _write(tx: Tx, plan: _Plan) -> None:
    if plan.create:
        tx.execute(insert(ClusterRow), [{"code": code, "name": name} for code, name in plan.create.items()])
    for code, name in plan.rename.items():
        tx.execute(update(ClusterRow).where(ClusterRow.code == code).values(name=name))
    for ods, cluster in (plan.join | plan.move).items():
        tx.execute(update(PracticeRow).where(PracticeRow.ods == ods.value).values(cluster_code=cluster))


def _summary(plan: _Plan, placed: list[_Line], notes: list[Note], *, applied: bool) -> ClusterSummary:
    ordered = tuple(sorted(notes, key=lambda note: (note.line == 0, note.line, note.code)))
    return ClusterSummary(
        applied=applied,
        created=len(plan.create),
        renamed=len(plan.rename),
        joined=len(plan.join),
        moved=len(plan.move),
        unchanged=count(ordered, Outcome.UNCHANGED),
        skipped=count(ordered, Outcome.SKIPPED),
        warnings=count(ordered, Outcome.WARNING),
        clusters=len({line.cluster for line in placed}),
        practices=len(placed),
        notes=ordered,
    )


def _event(summary: ClusterSummary) -> LedgerEvent:
    detail = {
        "created": summary.created,
        "renamed": summary.renamed,
        "joined": summary.joined,
        "moved": {note.code: note.words for note in summary.notes if note.outcome is Outcome.CHANGED},
    }
    return LedgerEvent("clusters.imported", detail=detail)
