"""What an import would change: published facts against what the address book holds now. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date

from practices.importing import epraccur, list_sizes, suppliers
from practices.importing.epraccur import GP_PRACTICE, PublishedPractice
from practices.importing.list_sizes import ListSize
from practices.importing.notes import Note, Outcome
from practices.importing.suppliers import Supplier
from practices.places import place_codes, tidy_postcode
from practices.results import Place
from vocabulary.identifiers import OdsCode


@dataclass(frozen=True, slots=True)
class Published:
    """The files as read; None for a file that was not given, whose facts then stay as they are."""

    practices: Mapping[OdsCode, PublishedPractice]
    sizes: Mapping[OdsCode, ListSize] | None = None
    suppliers: Mapping[OdsCode, Supplier] | None = None
    places: Mapping[str, Place] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What the address book holds of a practice and an import may change."""

    name: str = ""
    status: str = "open"
    address: tuple[str, ...] = ()
    postcode: str = ""
    place: Place | None = None
    phone: str = ""
    list_size: int = 0
    supplier: str = ""
    commissioner: str = ""
    opened_on: date | None = None
    closed_on: date | None = None


@dataclass(slots=True)
class Plan:
    """What would be written, and what is said about it."""

    create: dict[OdsCode, Entry] = field(default_factory=dict)
    change: dict[OdsCode, Entry] = field(default_factory=dict)
    closing: list[OdsCode] = field(default_factory=list)  # those among `change` that were open until now
    after: dict[OdsCode, Entry] = field(default_factory=dict)  # the selection as it will stand
    places: dict[str, Place] = field(default_factory=dict)
    places_new: int = 0
    elsewhere: int = 0
    notes: list[Note] = field(default_factory=list)

    def note(self, kind: str, line: int, ods: OdsCode, outcome: Outcome, words: str) -> None:
        """Say something about a line."""
        self.notes.append(Note(kind, line, ods.value, outcome, words))


def make_plan(
    published: Published, current: Mapping[OdsCode, Entry], known_places: Mapping[str, Place], *, only: str
) -> Plan:
    """Compare. With `only`, practices of other commissioners are left alone, except those we already hold."""
    plan = Plan()
    _plan_places(plan, published.places or {}, known_places)
    where = {**known_places, **(published.places or {})}
    for practice in published.practices.values():
        if only and practice.commissioner != only and practice.ods not in current:
            plan.elsewhere += 1
        else:
            _plan_practice(plan, practice, published, current.get(practice.ods), where)
    _note_absent(plan, published, current, only)
    _note_stray_sizes(plan, published, only)
    _note_stray_suppliers(plan, published)
    return plan


def _plan_places(plan: Plan, given: Mapping[str, Place], known: Mapping[str, Place]) -> None:
    plan.places = {code: place for code, place in given.items() if known.get(code) != place}
    plan.places_new = sum(1 for code in plan.places if code not in known)


def _plan_practice(
    plan: Plan,
    practice: PublishedPractice,
    published: Published,
    held: Entry | None,
    where: Mapping[str, Place],
) -> None:
    ods = practice.ods
    refusal = _why_skipped(practice, held)
    if refusal:
        plan.note(epraccur.KIND, practice.line, ods, Outcome.SKIPPED, refusal)
        return
    wanted = _wanted(practice, published, held or Entry(), where)
    plan.after[ods] = wanted
    _warn(plan, practice, published, wanted)
    if held is None:
        plan.create[ods] = wanted
        plan.note(epraccur.KIND, practice.line, ods, Outcome.CREATED, f"{wanted.name}, {wanted.list_size:,} patients")
    elif wanted == held:
        plan.note(epraccur.KIND, practice.line, ods, Outcome.UNCHANGED, "as the address book has it")
    else:
        plan.change[ods] = wanted
        closes = held.status == "open" and wanted.status != "open"
        if closes:
            plan.closing.append(ods)
        outcome = Outcome.CLOSED if closes else Outcome.CHANGED
        plan.note(epraccur.KIND, practice.line, ods, outcome, _difference(held, wanted))


def _why_skipped(practice: PublishedPractice, held: Entry | None) -> str:
    if practice.setting != GP_PRACTICE:
        kept = "; what the address book holds stays as it is" if held else ""
        return f"not a GP practice (prescribing setting {practice.setting or 'not given'}){kept}"
    if practice.status == "proposed":
        return "proposed: not open yet"
    if held is None and practice.status != "open":
        since = f" since {_shown(practice.closed_on)}" if practice.closed_on else ""
        return f"{practice.status}{since}"
    return ""


def _wanted(practice: PublishedPractice, published: Published, held: Entry, where: Mapping[str, Place]) -> Entry:
    size = published.sizes.get(practice.ods) if published.sizes is not None else None
    supplier = published.suppliers.get(practice.ods) if published.suppliers is not None else None
    place = next((where[code] for code in place_codes(practice.postcode) if code in where), None)
    if place is None and practice.postcode == held.postcode:
        place = held.place
    return replace(
        held,
        name=practice.name,
        status=practice.status,
        address=practice.address,
        postcode=practice.postcode,
        place=place,
        phone=practice.phone,
        list_size=size.patients if size else held.list_size,
        supplier=supplier.name if supplier else held.supplier,
        commissioner=practice.commissioner,
        opened_on=practice.opened_on,
        closed_on=practice.closed_on,
    )


def _warn(plan: Plan, practice: PublishedPractice, published: Published, wanted: Entry) -> None:
    def warn(words: str) -> None:
        plan.note(epraccur.KIND, practice.line, practice.ods, Outcome.WARNING, words)

    if wanted.status != "open":
        return
    if tidy_postcode(practice.postcode) is None:
        warn(f"bad postcode {practice.postcode[:12]!r}: imported, but no distance can be worked out")
    elif wanted.place is None:
        warn("no place is known for its postcode: imported, but no distance can be worked out")
    if published.sizes is not None and practice.ods not in published.sizes:
        warn(f"no list size in the list-size file: it stays at {wanted.list_size:,}")
    if published.suppliers is not None and practice.ods not in published.suppliers:
        warn("no supplier in the supplier file")


def _note_absent(plan: Plan, published: Published, current: Mapping[OdsCode, Entry], only: str) -> None:
    for ods, held in sorted(current.items()):
        ours = held.commissioner == only if only else bool(held.commissioner)
        if ours and ods not in published.practices:
            words = "in the address book but not in this file: left as it is"
            plan.note(epraccur.KIND, 0, ods, Outcome.WARNING, words)


def _note_stray_sizes(plan: Plan, published: Published, only: str) -> None:
    for ods, size in (published.sizes or {}).items():
        if ods in plan.after or (only and size.commissioner != only):
            continue
        if ods in published.practices:
            words = "no practice was imported under this code, so its list size has nowhere to go"
        else:
            words = "unknown code: the practice file does not have it"
        plan.note(list_sizes.KIND, size.line, ods, Outcome.SKIPPED, words)


def _note_stray_suppliers(plan: Plan, published: Published) -> None:
    for ods, supplier in (published.suppliers or {}).items():
        if ods not in published.practices:
            words = "unknown code: the practice file does not have it"
            plan.note(suppliers.KIND, supplier.line, ods, Outcome.SKIPPED, words)


def _difference(held: Entry, wanted: Entry) -> str:
    parts = []
    for each in fields(Entry):
        before, after = getattr(held, each.name), getattr(wanted, each.name)
        if before != after:
            parts.append(f"{each.name.replace('_', ' ')} {_shown(before)} → {_shown(after)}")
    return "; ".join(parts)


def _shown(value: object) -> str:
    if isinstance(value, Place):
        return f"({value.latitude:.5f}, {value.longitude:.5f})"
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value) if value not in (None, "") else "none"
