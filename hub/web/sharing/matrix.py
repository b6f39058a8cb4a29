"""The matrix "who shares what with whom": practices by practices, grouped by cluster; pure, from an access map.

A cell says three things in three ways: the letters of what is allowed, a mark for why not, and only then a colour.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub.web import wording
from practices.results import PracticeView
from sharing_agreements.access_map import Access, AccessMap
from sharing_agreements.terms import Why
from vocabulary.identifiers import OdsCode
from vocabulary.purposes import Scope

LETTERS: Mapping[Scope, str] = {
    Scope.SEE_SLOTS: "S",
    Scope.BOOK: "B",
    Scope.VIEW_RECORD: "R",
    Scope.SEND_TASK: "T",
    Scope.ANALYSE: "F",
}
NAMES: Mapping[Scope, str] = {
    Scope.SEE_SLOTS: "See free times",
    Scope.BOOK: "Book",
    Scope.VIEW_RECORD: "View the record",
    Scope.SEND_TASK: "Send tasks",
    Scope.ANALYSE: "Figures without names",
}
ALL_OPEN = 16  # up to so many practices the whole matrix is one table
MOST_BESIDE = 12  # practices of other clusters beside an open one; more are in the picture and in the plain table
_WAITING = frozenset({Why.NOT_SIGNED_BY_THEM, Why.NOT_SIGNED_BY_YOU, Why.NOT_IN_FORCE})
_OFF = frozenset({Why.KILL_SWITCH_THEIRS, Why.KILL_SWITCH_YOURS})
# Why nothing is allowed, the nearest to being allowed first: its mark and its words.
MARKS: Mapping[str, tuple[str, str]] = {
    "paused": ("‖", "Suspended"),
    "waiting": ("…", "Not signed or not in force yet"),
    "off": ("⊘", "Switched off by one of the two"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What one practice may do at another. `level` 0 to 3 is how far it reaches, for size and colour."""

    level: int
    state: str  # allowed | paused | waiting | off | none | self
    text: str  # what stands in it: letters, or a mark
    words: str  # everything, in a sentence
    agreement: str = ""  # code, version and clause it leads to
    version: int = 0
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One practice along an edge."""

    ods: str
    name: str
    is_us: bool


@dataclass(frozen=True, slots=True)
class Group:
    """One cluster along an edge."""

    code: str
    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One practice, and what it may do at each along the other edge."""

    entry: Entry
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows ask, columns give; both in the same order."""

    groups: tuple[Group, ...]
    rows: tuple[tuple[Group, tuple[Row, ...]], ...]

    @property
    def size(self) -> int:
        """How many practices."""
        return sum(len(group.entries) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster in a word: how many of its pairs share anything."""

    code: str
    name: str
    practices: int
    pairs: int
    sharing: int
    paused: bool


def grouped(practices: Iterable[PracticeView], clusters: Mapping[str, str], us: OdsCode | None) -> tuple[Group, ...]:
    """The practices by cluster, our own cluster's name as the directory has it; those in none come last."""
    by_cluster: dict[str, list[PracticeView]] = {}
    for practice in practices:
        by_cluster.setdefault(practice.cluster, []).append(practice)
    return tuple(
        Group(
            code,
            clusters.get(code, code) if code else "In no cluster",
            tuple(
                Entry(one.ods.value, one.name, one.ods == us)
                for one in sorted(by_cluster[code], key=lambda practice: practice.ods)
            ),
        )
        for code in sorted(by_cluster, key=lambda code: (code == "", code))
    )


def table(groups: Iterable[Group], known: AccessMap, scope: Scope | None = None) -> Table:
    """The cells for every two practices of these groups, for all scopes together or for one."""
    listed = tuple(groups)
    across = [entry for group in listed for entry in group.entries]

    def row(entry: Entry) -> Row:
        return Row(entry, tuple(_cell(entry, other, known, scope) for other in across))

    return Table(listed, tuple((group, tuple(map(row, group.entries))) for group in listed))


def with_neighbours(groups: Iterable[Group], cluster: str, known: AccessMap) -> tuple[tuple[Group, ...], int]:
    """One cluster open: its practices, and of the others only those that have anything to do with them, unless they
    are too many to be read; then how many are left out."""
    listed = tuple(groups)
    inside = {entry.ods for group in listed if group.code == cluster for entry in group.entries}
    touching = {
        ods
        for asker, giver in known
        for ods, other in ((asker.value, giver.value), (giver.value, asker.value))
        if other in inside
    }
    left_out = len(touching - inside) if len(touching - inside) > MOST_BESIDE else 0
    kept = inside if left_out else inside | touching
    opened = [
        Group(group.code, group.name, tuple(entry for entry in group.entries if entry.ods in kept)) for group in listed
    ]
    return tuple(
        sorted((group for group in opened if group.entries), key=lambda group: group.code != cluster)
    ), left_out


def summary(groups: Iterable[Group], known: AccessMap) -> tuple[Cluster, ...]:
    """Each cluster by itself, collapsed."""
    found = []
    for group in groups:
        inside = [OdsCode(entry.ods) for entry in group.entries]
        pairs = [(one, other) for one in inside for other in inside if one != other]
        cells = [_merged(known.get(pair, {})) for pair in pairs]
        found.append(
            Cluster(
                group.code,
                group.name,
                len(inside),
                len(pairs),
                sum(state == "allowed" for state in cells),
                "paused" in cells,
            )
        )
    return tuple(found)


def _merged(scopes: Mapping[Scope, Access]) -> str:
    states = {_state(access) for access in scopes.values()}
    return next((state for state in ("allowed", *MARKS) if state in states), "none")


def _state(access: Access) -> str:
    if access.allowed:
        return "allowed"
    why = access.decision.why
    if why is Why.SUSPENDED:
        return "paused"
    return "waiting" if why in _WAITING else "off" if why in _OFF else "none"


def _level(scopes: Iterable[Scope]) -> int:
    reach = {Scope.VIEW_RECORD: 3, Scope.BOOK: 2}
    return max((reach.get(scope, 1) for scope in scopes), default=0)


def _cell(asker: Entry, giver: Entry, known: AccessMap, scope: Scope | None) -> Cell:
    if asker.ods == giver.ods:
        return Cell(0, "self", "", f"{asker.name}: its own")
    scopes = known.get((OdsCode(asker.ods), OdsCode(giver.ods)), {})
    if scope is not None:
        scopes = {each: access for each, access in scopes.items() if each is scope}
    state = _merged(scopes)
    pair = f"{asker.name} at {giver.name}"
    if state == "none":
        return Cell(0, "none", "", f"{pair}: nothing")
    of_state = {each: access for each, access in scopes.items() if _state(access) == state}
    order = [each for each in Scope if each in of_state]
    decision = of_state[order[-1]].decision
    code, _, version = decision.agreement.rpartition(" v")
    if state != "allowed":
        mark, why = MARKS[state]
        words = f"{pair}: {why.lower()}" + (f" ({decision.agreement})" if decision.agreement else "")
        return Cell(0, state, mark, words, code, int(version or 0), decision.clause)
    told = [_told(of_state[each]) for each in order]
    text = "".join(LETTERS[each] for each in order) if scope is None else "✓"
    for held_up in dict.fromkeys(_state(access) for access in scopes.values()):
        if held_up in MARKS:  # more would be allowed but for a pause
            text += MARKS[held_up][0]
            what = [NAMES[each].lower() for each, access in scopes.items() if _state(access) == held_up]
            told.append(f"{', '.join(what)}: {MARKS[held_up][1].lower()}")
    return Cell(_level(order), state, text, f"{pair}: {'; '.join(told)}", code, int(version or 0), decision.clause)


def _told(access: Access) -> str:
    roles = ", ".join(sorted(f"{wording.USER_ROLES[role].lower()}s" for role in access.roles))
    return f"{NAMES[access.scope].lower()} ({roles}; {access.decision.agreement}, clause {access.decision.clause})"


@dataclass(frozen=True, slots=True)
class Line:
    """One access in the plain table: who, at whom, what, for whom, and by which clause."""

    asker: str
    giver: str
    scope: str
    roles: str
    agreement: str
    code: str
    version: int
    clause: str
    state: str


def lines(
    groups: Iterable[Group], known: AccessMap, scope: Scope | None = None, *, cluster: str | None = None
) -> tuple[Line, ...]:
    """The same as the table, one line for everything that anybody may do or could do but for a pause; of one cluster,
    everything that it has a part in."""
    listed = tuple(groups)
    entries = [entry for group in listed for entry in group.entries]
    about = {entry.ods for group in listed for entry in group.entries if cluster in (None, group.code)}
    found = []
    for asker in entries:
        for giver in entries:
            if not {asker.ods, giver.ods} & about:
                continue
            for each, access in known.get((OdsCode(asker.ods), OdsCode(giver.ods)), {}).items():
                state = _state(access)
                if state != "none" and scope in (None, each):
                    found.append(_line(asker, giver, access, state))
    return tuple(found)


def _line(asker: Entry, giver: Entry, access: Access, state: str) -> Line:
    decision = access.decision
    code, _, version = decision.agreement.rpartition(" v")
    roles = ", ".join(sorted(wording.USER_ROLES[role] for role in access.roles))
    return Line(
        asker.name,
        giver.name,
        NAMES[access.scope],
        roles or "–",
        decision.agreement,
        code,
        int(version or 0),
        decision.clause,
        "Allowed" if state == "allowed" else MARKS[state][1],
    )
