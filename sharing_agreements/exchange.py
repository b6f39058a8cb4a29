"""Agreements as files (docs/agreement-file.md): one as JSON, a cluster's as a table. Pure; faults with their place."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sharing_agreements import templates
from sharing_agreements.document import AgreementDocument, DocumentParty, to_json
from sharing_agreements.document_reading import CODE, FileFault, tidy
from sharing_agreements.lifecycle import SIGNATORIES
from sharing_agreements.templates import TEMPLATES
from vocabulary.agreements import ControllerRole
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.problems import InvalidValue
from vocabulary.times import at_london

COLUMNS = (
    *("code", "title", "template", "cluster", "ods", "role", "signatory", "signatory_role", "contact"),
    *("starts_on", "review_on", "last_day", "dpia"),
)
_OF_ALL = ("title", "template", "cluster", "starts_on", "review_on", "last_day", "dpia")
_MOST_LINES = 5_000
_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})")
_Fault = Callable[[str, str], None]  # where in the line, and what is wrong


def write(document: AgreementDocument) -> str:
    """The document as a file that people can read."""
    return json.dumps(to_json(document), indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class Table:
    """The drafts that a table of parties describes, one for each code, and all that is wrong with it."""

    drafts: tuple[AgreementDocument, ...]
    faults: tuple[FileFault, ...]


def parse_table(text: str) -> Table:
    """What a table says; with faults, as far as it can be read."""
    faults: list[FileFault] = []
    lines = list(_lines(text, faults))
    drafts: dict[str, AgreementDocument] = {}
    for number, line in lines:
        _take(drafts, number, line, faults)
    if not lines and not faults:
        faults.append(FileFault("the file", "It holds no line beneath the headings."))
    return Table(tuple(drafts.values()), tuple(faults))


def day_begins(day: date) -> datetime:
    """The first second of a day in England."""
    return at_london(day, time())


def day_is_over(day: date) -> datetime:
    """The second after a day in England: what holds until a last day ends then."""
    return at_london(day + timedelta(days=1), time())


def _lines(text: str, faults: list[FileFault]) -> Iterator[tuple[int, dict[str, str]]]:
    text = text.removeprefix("\ufeff")
    headings_line = text.split("\n", 1)[0]
    between = ";" if headings_line.count(";") > headings_line.count(",") else ","  # as spreadsheets save it in places
    table = csv.DictReader(io.StringIO(text), delimiter=between)
    headings = [(name or "").strip() for name in table.fieldnames or ()]
    table.fieldnames = headings
    for missing in [name for name in ("code", "ods") if name not in headings]:
        faults.append(FileFault("line 1", f"There is no column {missing!r}. The columns are: {', '.join(COLUMNS)}."))
    for strange in [name for name in headings if name not in COLUMNS]:
        faults.append(FileFault("line 1", f"The column {strange!r} is not known. Known are: {', '.join(COLUMNS)}."))
    if faults:
        return
    try:
        for line in table:
            if table.line_num > _MOST_LINES:
                faults.append(FileFault(f"line {table.line_num}", f"A table has at most {_MOST_LINES:,} lines."))
                return
            if None in line:
                faults.append(FileFault(f"line {table.line_num}", "It has more cells than there are headings."))
            elif any(line.values()):
                yield table.line_num, {name: tidy(cell or "") for name, cell in line.items()}
    except csv.Error as error:
        faults.append(FileFault(f"line {table.line_num}", f"It cannot be read as CSV: {error}."))


def _take(drafts: dict[str, AgreementDocument], number: int, line: dict[str, str], faults: list[FileFault]) -> None:
    def fault(column: str, words: str) -> None:
        faults.append(FileFault(f"line {number}, {column}", words))

    code = line["code"]
    if not CODE.fullmatch(code):
        fault("code", "A code has 3 to 40 capital letters, digits and dashes, such as DSA-AVON-01.")
        return
    if code not in drafts:
        drafts[code] = _begun(code, line, fault)
    else:
        for column in _OF_ALL:
            if line.get(column):
                fault(column, f"What belongs to the whole of {code} is said on its first line only.")
    party = _party(line, fault)
    if party is not None and drafts[code].party(party.ods) is not None:
        fault("ods", f"{party.ods} is there twice.")
    elif party is not None:
        drafts[code] = replace(drafts[code], parties=(*drafts[code].parties, party))


def _begun(code: str, line: dict[str, str], fault: _Fault) -> AgreementDocument:
    name = line.get("template") or "direct-care"
    if name not in {each.name for each in TEMPLATES}:
        fault("template", f"{name[:40]!r} is not one of {', '.join(each.name for each in TEMPLATES)}.")
        name = "direct-care"
    starts, review = _day(line, "starts_on", fault), _day(line, "review_on", fault)
    ends = _day(line, "last_day", fault)
    return replace(
        templates.begin(name, code, title=line.get("title", ""), cluster=line.get("cluster", "")),
        starts_at=day_begins(starts) if starts else None,
        review_on=review,
        ends_at=day_is_over(ends) if ends else None,
        dpia=line.get("dpia", ""),
    )


def _party(line: dict[str, str], fault: _Fault) -> DocumentParty | None:
    role, signs = line.get("role") or ControllerRole.JOINT_CONTROLLER, line.get("signatory_role")
    if role not in list(ControllerRole):
        fault("role", f"{role[:40]!r} is not one of {', '.join(ControllerRole)}.")
        role = ControllerRole.JOINT_CONTROLLER
    if signs and signs not in SIGNATORIES:
        fault("signatory_role", f"{signs[:40]!r} is not one of {', '.join(sorted(SIGNATORIES))}.")
        signs = None
    try:
        ods = OdsCode.parse(line["ods"])
    except InvalidValue as problem:
        fault("ods", problem.message)
        return None
    return DocumentParty(
        ods,
        "",
        ControllerRole(role),
        line.get("signatory", ""),
        UserRole(signs) if signs else UserRole.CALDICOTT_GUARDIAN,
        line.get("contact", ""),
    )


def _day(line: dict[str, str], column: str, fault: _Fault) -> date | None:
    said = line.get(column)
    if not said:
        return None
    typed = _DAY_FIRST.fullmatch(said)
    try:
        return date(int(typed[3]), int(typed[2]), int(typed[1])) if typed else date.fromisoformat(said)
    except ValueError:
        fault(column, "A day is written as 31/3/2027 or 2027-03-31.")
        return None
