"""Who may do what with whose, as rules that a Caldicott Guardian can read; the gate is held to them cell by cell.

The rules are written by hand, from what agreements and the law mean, and know nothing of `decide`. The first that fits
decides. `python -m tests.sharing_agreements.matrix` writes them to docs/who-may-do-what.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from pathlib import Path

from sharing_agreements.terms import Why
from vocabulary.people import UserRole
from vocabulary.purposes import Scope

DOCUMENT = Path(__file__).parents[2] / "docs" / "who-may-do-what.md"


class Relation(StrEnum):
    """How the practice that asks stands to the one whose slots, patients or records they are."""

    OWN = "its own"
    SHARED = "both signed, shared this way"
    OTHER_WAY = "both signed, shared the other way only"
    THEY_UNSIGNED = "the other has not signed"
    WE_UNSIGNED = "the asking one has not signed"
    THEY_LEFT = "the other has left"
    WE_LEFT = "the asking one has left"
    STRANGER = "the agreement does not name the asking one"
    NONE = "no agreement at all"


class State(StrEnum):
    """The agreement's state."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    TO_COME = "signed, begins later"
    IN_FORCE = "in force"
    OVER = "past its last second"
    SUSPENDED = "suspended"
    ENDED = "ended"
    EXPIRED = "expired"


class Act(StrEnum):
    """What somebody wants to do."""

    SEE = "see free times"
    BOOK = "book"
    GIVE_BACK_OURS = "cancel a booking the asking practice made"
    GIVE_BACK_ANOTHERS = "cancel a booking another practice made for its patient"
    FIND_OUT = "find out what became of a booking it made"
    VIEW = "view the record, the patient agrees"
    VIEW_ABSENT = "view the record, the patient cannot be asked"
    VIEW_REFUSED = "view the record, the patient says no"
    VIEW_NOT_ASKED = "view the record, nobody has asked the patient"
    VIEW_NO_CARE = "view the record of somebody not in its care"
    TASK = "send a task about a patient"
    ANALYSE = "analyse activity"


class Chose(StrEnum):
    """What is on record about the patient."""

    NOTHING = "nothing"
    DISSENTS = "dissents to sharing"
    TYPE_1 = "Type 1 opt-out"
    NATIONAL = "national data opt-out"
    RESTRICTED = "restricted nationally"


class Switch(StrEnum):
    """Whether the switch for this kind of access is pulled."""

    NONE = "none"
    OURS = "the asking practice's"
    THEIRS = "the other's"


@dataclass(frozen=True, slots=True)
class Cell:
    """One situation."""

    role: UserRole
    relation: Relation
    state: State
    act: Act
    chose: Chose
    switch: Switch


def cells() -> Iterator[Cell]:
    """Every situation there is."""
    return (Cell(*each) for each in product(UserRole, Relation, State, Act, Chose, Switch))


SCOPES = {
    Act.SEE: Scope.SEE_SLOTS,
    Act.BOOK: Scope.BOOK,
    Act.GIVE_BACK_OURS: Scope.BOOK,
    Act.GIVE_BACK_ANOTHERS: Scope.BOOK,
    Act.FIND_OUT: Scope.BOOK,
    Act.VIEW: Scope.VIEW_RECORD,
    Act.VIEW_ABSENT: Scope.VIEW_RECORD,
    Act.VIEW_REFUSED: Scope.VIEW_RECORD,
    Act.VIEW_NOT_ASKED: Scope.VIEW_RECORD,
    Act.VIEW_NO_CARE: Scope.VIEW_RECORD,
    Act.TASK: Scope.SEND_TASK,
    Act.ANALYSE: Scope.ANALYSE,
}
DESK = frozenset({UserRole.RECEPTIONIST, UserRole.CLINICIAN, UserRole.PRACTICE_MANAGER})
NAMED: dict[Scope, frozenset[UserRole]] = {
    Scope.SEE_SLOTS: DESK | {UserRole.FEDERATION_ADMIN},
    Scope.BOOK: DESK,
    Scope.VIEW_RECORD: frozenset({UserRole.CLINICIAN}),
    Scope.SEND_TASK: frozenset({UserRole.CLINICIAN}),
    Scope.ANALYSE: frozenset({UserRole.ANALYST}),
}
"""The staff roles that the model agreement names, clause by clause."""

OUT_OF_TOUCH = frozenset({Act.GIVE_BACK_OURS, Act.GIVE_BACK_ANOTHERS, Act.FIND_OUT})  # what outlives agreements
VIEWS = frozenset({Act.VIEW, Act.VIEW_ABSENT, Act.VIEW_REFUSED, Act.VIEW_NOT_ASKED, Act.VIEW_NO_CARE})
ANEW = frozenset(Act) - OUT_OF_TOUCH
NO_AGREEMENT = frozenset({Relation.STRANGER, Relation.NONE})
OTHERS = frozenset(Relation) - {Relation.OWN}


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: where all of its columns hold, this is the answer. None in a column: whatever it is."""

    answer: Why
    words: str
    acts: frozenset[Act] | None = None
    relations: frozenset[Relation] | None = None
    states: frozenset[State] | None = None
    chose: frozenset[Chose] | None = None
    switch: Switch | None = None
    named: bool | None = None  # whether the clause for this act names the role; a background job goes with any

    def fits(self, cell: Cell) -> bool:
        """Whether this row is about that situation."""
        named = cell.role is UserRole.SYSTEM or cell.role in NAMED[SCOPES[cell.act]]
        return (
            (self.acts is None or cell.act in self.acts)
            and (self.relations is None or cell.relation in self.relations)
            and (self.states is None or cell.state in self.states)
            and (self.chose is None or cell.chose in self.chose)
            and (self.switch is None or cell.switch is self.switch)
            and (self.named is None or named is self.named)
        )


def _of(*them: StrEnum) -> frozenset:  # type: ignore[type-arg]
    return frozenset(them)


NAMING_BOTH = OTHERS - NO_AGREEMENT
RULES = (
    Rule(Why.OWN_PRACTICE, "A practice needs no agreement for what is its own.", relations=_of(Relation.OWN)),
    Rule(
        Why.KILL_SWITCH_YOURS,
        "Nobody reaches into the system of a practice with which there is no agreement, to cancel what another made.",
        acts=_of(Act.GIVE_BACK_ANOTHERS),
        relations=NO_AGREEMENT,
        switch=Switch.OURS,
    ),
    Rule(
        Why.KILL_SWITCH_THEIRS,
        "The same.",
        acts=_of(Act.GIVE_BACK_ANOTHERS),
        relations=NO_AGREEMENT,
        switch=Switch.THEIRS,
    ),
    Rule(Why.NO_AGREEMENT, "The same.", acts=_of(Act.GIVE_BACK_ANOTHERS), relations=NO_AGREEMENT),
    Rule(
        Why.NOT_THIS_ROLE,
        "Who may cancel stays the clause's to say, also after the agreement has ended.",
        acts=OUT_OF_TOUCH,
        relations=NAMING_BOTH - {Relation.OTHER_WAY},
        named=False,
    ),
    Rule(
        Why.GRANTED,
        "While the agreement is in force, its clause for booking covers cancelling and looking too.",
        acts=OUT_OF_TOUCH,
        relations=_of(Relation.SHARED),
        states=_of(State.IN_FORCE),
        chose=frozenset(Chose) - {Chose.RESTRICTED},
        switch=Switch.NONE,
    ),
    Rule(
        Why.FINDING_OUT,
        "What was asked of a practice has to be known, whatever became of the agreement since.",
        acts=_of(Act.FIND_OUT),
    ),
    Rule(
        Why.GIVING_BACK,
        "What was booked can be given back, whatever became of the agreement since, and whatever is switched off.",
        acts=OUT_OF_TOUCH,
    ),
    Rule(Why.KILL_SWITCH_YOURS, "A practice that has pulled a switch takes nothing of that kind.", switch=Switch.OURS),
    Rule(
        Why.KILL_SWITCH_THEIRS, "A practice that has pulled a switch gives nothing of that kind.", switch=Switch.THEIRS
    ),
    Rule(Why.NO_AGREEMENT, "Without an agreement between the two, nothing.", relations=NO_AGREEMENT),
    Rule(Why.SUSPENDED, "A suspended agreement grants nothing.", states=_of(State.SUSPENDED)),
    Rule(Why.ENDED, "Nor does one that is over.", states=_of(State.ENDED, State.EXPIRED, State.OVER)),
    Rule(
        Why.NOT_IN_FORCE,
        "Nor one that is not in force yet.",
        states=_of(State.DRAFT, State.PROPOSED, State.TO_COME),
    ),
    Rule(
        Why.PARTY_LEFT,
        "A practice that has left it gives and takes nothing under it.",
        relations=_of(Relation.THEY_LEFT, Relation.WE_LEFT),
    ),
    Rule(Why.NOT_SIGNED_BY_THEM, "It binds only who has signed it.", relations=_of(Relation.THEY_UNSIGNED)),
    Rule(Why.NOT_SIGNED_BY_YOU, "And benefits only who has signed it.", relations=_of(Relation.WE_UNSIGNED)),
    Rule(
        Why.NOT_THIS_DIRECTION,
        "What one practice gives the other, the other does not give back by itself.",
        relations=_of(Relation.OTHER_WAY),
    ),
    Rule(Why.NOT_THIS_ROLE, "A clause is for the roles that it names, and for no others.", named=False),
    Rule(
        Why.RESTRICTED,
        "A restricted patient is shown and booked nowhere through the hub. Outside the ledger nobody is told why.",
        chose=_of(Chose.RESTRICTED),
    ),
    Rule(
        Why.OPTED_OUT,
        "The opt-outs keep the patient out of every analysis, and bind nothing else.",
        acts=_of(Act.ANALYSE),
        chose=_of(Chose.TYPE_1, Chose.NATIONAL),
    ),
    Rule(
        Why.DISSENT,
        "A patient's dissent keeps the record closed to other practices, whatever they are said to permit now.",
        acts=VIEWS,
        chose=_of(Chose.DISSENTS),
    ),
    Rule(
        Why.NO_CARE_LINK,
        "A record is viewed by those who care for the patient.",
        acts=_of(Act.VIEW_NO_CARE),
    ),
    Rule(
        Why.NO_PERMISSION,
        "And with the patient's permission, unless they cannot be asked.",
        acts=_of(Act.VIEW_REFUSED, Act.VIEW_NOT_ASKED),
    ),
    Rule(
        Why.GRANTED,
        "Otherwise the clause grants it: an agreement in force, signed by both, this way round, for this role. "
        "A dissent or an opt-out does not stop an appointment.",
    ),
)

_TOGETHER: dict[frozenset, str] = {  # type: ignore[type-arg]
    OUT_OF_TOUCH: "cancel a booking, or find out what became of one",
    VIEWS: "view the record, in whichever way",
    NO_AGREEMENT: "no agreement that names both",
}
ROLE_WORDS = {
    UserRole.RECEPTIONIST: "receptionist",
    UserRole.CLINICIAN: "clinician",
    UserRole.PRACTICE_MANAGER: "practice manager",
    UserRole.FEDERATION_ADMIN: "federation admin",
    UserRole.CALDICOTT_GUARDIAN: "Caldicott Guardian",
    UserRole.ANALYST: "analyst",
    UserRole.SYSTEM: "background job",
}
ALLOWED = frozenset({Why.GRANTED, Why.OWN_PRACTICE, Why.GIVING_BACK, Why.FINDING_OUT})


def expected(cell: Cell) -> tuple[int, Rule]:
    """The row that decides, with its number."""
    return next((number, rule) for number, rule in enumerate(RULES, start=1) if rule.fits(cell))


def document(counts: dict[int, int]) -> str:
    """The table as docs/who-may-do-what.md has it; `counts` are the situations that each row decides."""
    total = f"{sum(counts.values()):,}"
    clauses = "\n".join(f"| {_scope_words(scope)} | {_roles(roles)} |" for scope, roles in NAMED.items())
    rows = "\n".join(_row(number, rule, counts[number]) for number, rule in enumerate(RULES, start=1))
    heads = " | ".join(("#", *_HEADS))
    return f"""# Who may do what with whose

This is what the gate decides, written for people who answer for it. It is generated from the rules in
`tests/sharing_agreements/matrix.py` (`python -m tests.sharing_agreements.matrix`); a test asks the gate about all
{total} situations that can be put together from the columns below, for every staff role, and each has to end as the
table says. Read it from the top: **the first row that fits decides**. An empty column means “whatever it is”.

“The asking practice” is the one somebody works for; “the other” is the one whose free times, patients or records they
are. The agreement is a model one whose clauses name these staff roles:

| Clause | Staff roles it names |
|---|---|
{clauses}

A background job acts in the name of the booking practice and of the person whose act it carries on, and goes with any
clause.

| {heads} |
|{"---|" * (len(_HEADS) + 1)}
{rows}

The answers are the reasons that stand in the ledger (`sharing_agreements.terms.Why`). Who is refused is told in a
sentence, and whom to ask.

## Who is in a practice's care

Whoever has an appointment there that stands: from two hours before it until four hours after it, and with a reason in
words for seven days on either side. Of somebody who did not come, or cancelled after it had begun, a reason in words is
always asked for. An appointment that was cancelled before links nobody, with one exception: the practice cancelled it
itself, so the patient may not have known, and somebody there has put them down as here. Whoever is there without a
booking is given the next free time of that practice's own, and is in its care from then on.

## What an emergency opens

A clinician who has just proved who they are, and says why, can break the glass: the patient's guardian is told in the
same commit, and reviews it within 48 hours. It opens one look where the table says `not-this-scope` (no clause names
the act), `not-this-direction` or `no-care-link`, and nothing else: not a dissent, a switch, a restricted patient, a
patient who says no, another role, or an agreement that is not in force and signed by both. It needs an appointment at
the clinician's practice by which the patient is known, whatever became of it.
"""


_HEADS = (
    "Act",
    "Between the two practices",
    "Agreement",
    "On record about the patient",
    "Switch pulled",
    "Role",
    "Answer",
    "Why",
    "Situations",
)


def _row(number: int, rule: Rule, count: int) -> str:
    named = {None: "", True: "named in the clause", False: "not named in the clause"}[rule.named]
    columns = (
        str(number),
        _them(rule.acts, Act),
        _them(rule.relations, Relation),
        _them(rule.states, State),
        _them(rule.chose, Chose),
        rule.switch.value if rule.switch else "",
        named,
        f"**{'yes' if rule.answer in ALLOWED else 'no'}** (`{rule.answer.value}`)",
        rule.words,
        f"{count:,}",
    )
    return f"| {' | '.join(columns)} |"


def _them(those: frozenset[StrEnum] | None, kind: type[StrEnum]) -> str:  # type: ignore[type-arg]
    if those is None:
        return ""
    if those in _TOGETHER:
        return _TOGETHER[those]
    left_out = [each.value for each in kind if each not in those]
    if 0 < len(left_out) <= 2 and len(those) > 2:
        return f"any but: {'; '.join(left_out)}"
    return "; ".join(each.value for each in kind if each in those)


def _roles(roles: frozenset[UserRole]) -> str:
    return ", ".join(ROLE_WORDS[role] for role in UserRole if role in roles)


def _scope_words(scope: Scope) -> str:
    return {
        Scope.SEE_SLOTS: "see free times",
        Scope.BOOK: "book, change and cancel",
        Scope.VIEW_RECORD: "view the record",
        Scope.SEND_TASK: "send a task",
        Scope.ANALYSE: "analyse activity",
    }[scope]


def counted() -> dict[int, int]:
    """How many situations each row decides."""
    counts = dict.fromkeys(range(1, len(RULES) + 1), 0)
    for cell in cells():
        counts[expected(cell)[0]] += 1
    return counts


if __name__ == "__main__":
    DOCUMENT.write_text(document(counted()))
