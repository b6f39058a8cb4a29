"""Questions for the simulator: from a form, or from a line of a file, to what the simulator is asked.

A patient in them is made up: facts instead of a person. An NHS number is refused wherever it stands.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import TypeVar

from hub.schemas.fields import FormFault, date_fault, read_date
from sharing_agreements.simulator import Asked
from sharing_agreements.terms import PatientFacts, Question
from vocabulary.choices import PatientChoice, Permission
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import UserRole
from vocabulary.problems import InvalidValue
from vocabulary.purposes import Purpose, Scope
from vocabulary.times import at_london, london_date

_E = TypeVar("_E", bound=StrEnum)
ROLES = tuple(role for role in UserRole if role is not UserRole.SYSTEM)
AT_HOST = frozenset({Scope.SEE_SLOTS, Scope.BOOK})
"""What is done at the practice that holds the clinic; everything else, with what the home practice holds."""
_TEN_DIGITS = re.compile(r"(?<!\d)(\d[ -]?){9}\d(?!\d)")
_CHOICES = f"A patient’s choice is one of: {', '.join(PatientChoice)}."
_PERMISSION = f"What the patient said is one of: {', '.join(Permission)}; or nothing."
_YES = frozenset({"yes", "y", "true", "1", "on"})
_NO = frozenset({"no", "n", "false", "0", ""})


@dataclass(frozen=True, slots=True)
class Typed:
    """A question as it was typed, to be shown again."""

    role: str = UserRole.RECEPTIONIST.value
    practice: str = ""
    act: str = Scope.BOOK.value
    host: str = ""
    home: str = ""
    on: str = ""
    choices: tuple[str, ...] = ()
    permission: str = Permission.GIVEN.value
    care_link: bool = True
    restricted: bool = False
    faults: tuple[FormFault, ...] = field(default=(), compare=False)


def typed_from(sent: Mapping[str, str], choices: tuple[str, ...], *, own: OdsCode, known: frozenset[str]) -> Typed:
    """What was sent, with one's own practice where none was named; `known`: the practices there are. The page has one
    field for whose clinic or patient it is; an address may name the two apart."""
    whose = sent.get("host", "") or _another(known, own)
    return Typed(
        role=sent.get("role", UserRole.RECEPTIONIST.value),
        practice=sent.get("practice", own.value),
        act=sent.get("act", Scope.BOOK.value),
        host=whose,
        home=sent.get("home", "") or whose,
        on=sent.get("on", ""),
        choices=choices,
        permission=sent.get("permission", Permission.GIVEN.value if "act" not in sent else ""),
        care_link=sent.get("care_link", "yes" if "act" not in sent else "") in _YES,
        restricted=sent.get("restricted", "") in _YES,
    )


def _another(known: frozenset[str], own: OdsCode) -> str:
    return min((ods for ods in known if ods != own.value), default=own.value)


def question_of(typed: Typed, *, known: frozenset[str], now: datetime) -> tuple[Asked | None, tuple[FormFault, ...]]:
    """The question that was typed, or everything that is wrong with it."""
    faults: list[FormFault] = []
    role = _one_of(UserRole, typed.role, "role", "Choose a role from the list.", faults)
    scope = _one_of(Scope, typed.act, "act", "Choose what they want to do from the list.", faults)
    asker = _practice(typed.practice, "practice", known, faults)
    at_host = scope in AT_HOST
    giver = _practice(typed.host if at_host else typed.home, "host" if at_host else "home", known, faults)
    at = _moment(typed.on, now, faults)
    patient = _patient(typed, faults) if scope is not Scope.SEE_SLOTS else None
    if role is UserRole.SYSTEM:
        faults.append(FormFault("role", "Choose a person’s role: background jobs work on somebody’s behalf."))
    if faults or role is None or scope is None or asker is None or giver is None or at is None:
        return None, tuple(faults)
    purpose = Purpose.ANALYTICS if scope is Scope.ANALYSE else Purpose.DIRECT_CARE
    return Asked(Question(asker, role, giver, scope, purpose, patient=patient), at), ()


def _one_of(kind: type[_E], text: str, name: str, wrong: str, faults: list[FormFault]) -> _E | None:
    try:
        return kind(text)
    except ValueError:
        faults.append(FormFault(name, wrong))
        return None


def _practice(text: str, name: str, known: frozenset[str], faults: list[FormFault]) -> OdsCode | None:
    try:
        found = OdsCode.parse(text)
    except InvalidValue as invalid:
        faults.append(FormFault(name, f"{invalid.message} {invalid.next_step}".strip()))
        return None
    if found.value not in known:
        faults.append(FormFault(name, f"There is no open practice with the code {found}: choose one from the list."))
        return None
    return found


def _moment(text: str, now: datetime, faults: list[FormFault]) -> datetime | None:
    """Now for today or no date at all, else midday in England: agreements begin and end at midnight."""
    if not text.strip():
        return now
    day = read_date(text)
    if day is None:
        faults.append(FormFault("on", date_fault(text, example=_example(now))))
        return None
    if not 2000 <= day.year <= 2100:
        faults.append(FormFault("on", "Enter a date between 2000 and 2100."))
        return None
    return now if day == london_date(now) else at_london(day, time(12))


def _example(now: datetime) -> str:
    today: date = london_date(now)
    return f"{today.day}/{today.month}/{today.year}"


def _patient(typed: Typed, faults: list[FormFault]) -> PatientFacts:
    choices = [_one_of(PatientChoice, text, "choices", _CHOICES, faults) for text in typed.choices]
    said = _one_of(Permission, typed.permission, "permission", _PERMISSION, faults) if typed.permission else None
    kept = frozenset(choice for choice in choices if choice is not None)
    return PatientFacts(kept, typed.restricted, said, typed.care_link)


def names_a_patient(text: str) -> bool:
    """Whether an NHS number stands in it: ten digits that check. Made-up patients have none."""
    for found in _TEN_DIGITS.finditer(text):
        try:
            NHSNumber.parse(found.group())
        except InvalidValue:
            continue
        return True
    return False


def yes_or_no(text: str, name: str, faults: list[FormFault]) -> bool:
    """A cell of a file that says yes or no."""
    said = text.strip().lower()
    if said not in _YES | _NO:
        faults.append(FormFault(name, f"“{text.strip()[:20]}” is neither yes nor no."))
    return said in _YES
