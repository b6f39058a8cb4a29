"""The steps of drafting an agreement, as their forms are sent: each gives a change of the document, and what is wrong.

What can be read is always saved; a field that cannot is named and keeps its value from before.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from werkzeug.datastructures import MultiDict

from hub.schemas.fields import FormFault, date_fault, read_date
from hub.schemas.plain import printable
from sharing_agreements.document import HANDLING, AgreementDocument, Clause, DocumentParty, Handling, clause_key
from sharing_agreements.document_reading import LONGEST, tidy
from sharing_agreements.exchange import day_begins, day_is_over
from sharing_agreements.validation import Step
from vocabulary.agreements import Article6, Article9, AtEnd, CommonLawBasis, ControllerRole, DataCategory, SensitiveRule
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.problems import InvalidValue
from vocabulary.purposes import Purpose, Scope
from vocabulary.times import london_date

Sent = MultiDict[str, str]
_E = TypeVar("_E", bound=StrEnum)
_CODES = re.compile(r"[\s,;]+")
_MOST_CLAUSES = 40


@dataclass(frozen=True, slots=True)
class Typed:
    """What a step's form says: how it changes the document, and which fields could not be read."""

    change: Callable[[AgreementDocument], AgreementDocument]
    faults: tuple[FormFault, ...] = ()
    too_long: tuple[FormFault, ...] = ()  # with one of these, nothing is saved


def typed(step: Step, sent: Sent, before: AgreementDocument) -> Typed:
    """Read one step's form."""
    said = _READERS[step](sent, before)
    return replace(said, too_long=too_long(sent))


def too_long(sent: Sent) -> tuple[FormFault, ...]:
    """The texts that are longer than they may be, each at its field: nothing is cut without a word."""
    found = ((name, len(tidy(printable(text))), _SHORT.get(name, LONGEST)) for name, text in sent.items())
    return tuple(
        FormFault(name, f"This has {length:,} characters. Shorten it to {most:,} or fewer.")
        for name, length, most in found
        if length > most
    )


_SHORT = {"title": 200, "dpia": 200}


def with_party(document: AgreementDocument, party: DocumentParty) -> AgreementDocument:
    """The document with one party more."""
    return replace(document, parties=(*document.parties, party))


def _text(sent: Sent, name: str) -> str:
    return tidy(printable(sent.get(name, "")))


def _word(sent: Sent, name: str, words: type[_E]) -> _E | None:
    said = sent.get(name, "")
    return words(said) if said in set(words) else None


def _words(sent: Sent, name: str, words: type[_E]) -> frozenset[_E]:
    return frozenset(words(said) for said in sent.getlist(name) if said in set(words))


def _parties(sent: Sent, before: AgreementDocument) -> Typed:
    kept = [_party(sent, party) for party in before.parties if not sent.get(f"remove-{party.ods}")]
    faults = []
    for code in filter(None, _CODES.split(printable(sent.get("add", "")))):
        try:
            ods = OdsCode.parse(code)
        except InvalidValue as problem:
            faults.append(FormFault("add", f"{code[:20]}: {problem.message}"))
            continue
        if ods not in {party.ods for party in kept}:
            kept.append(DocumentParty(ods, "", ControllerRole.JOINT_CONTROLLER, "", UserRole.CALDICOTT_GUARDIAN))
    parties = tuple(sorted(kept, key=lambda party: party.ods.value))
    return Typed(lambda document: replace(document, parties=parties), tuple(faults))


def _party(sent: Sent, party: DocumentParty) -> DocumentParty:
    ods = party.ods
    return replace(
        party,
        role=_word(sent, f"role-{ods}", ControllerRole) or party.role,
        signatory=_text(sent, f"signatory-{ods}"),
        signatory_role=_word(sent, f"signatory-role-{ods}", UserRole) or party.signatory_role,
        contact=_text(sent, f"contact-{ods}"),
    )


def _purpose(sent: Sent, before: AgreementDocument) -> Typed:
    said = {
        "title": " ".join(_text(sent, "title").split()),
        "purpose": _text(sent, "purpose"),
        "benefit": _text(sent, "benefit"),
        "why_identifiable": _text(sent, "why-identifiable"),
    }
    return Typed(lambda document: replace(document, **said))  # type: ignore[arg-type]


def _sharing(sent: Sent, before: AgreementDocument) -> Typed:
    clauses = [_clause(sent, clause) for clause in before.clauses if not sent.get(f"remove-{clause.number}")]
    if sent.get("more") and len(clauses) < _MOST_CLAUSES:
        clauses.append(Clause(_next_number(before), Scope.SEE_SLOTS))
    exclusions = tuple(filter(None, (line.strip() for line in _text(sent, "exclusions").split("\n"))))
    rule = _word(sent, "sensitive", SensitiveRule)
    return Typed(lambda document: replace(document, clauses=tuple(clauses), sensitive=rule, exclusions=exclusions))


def _clause(sent: Sent, clause: Clause) -> Clause:
    number = clause.number
    scope = _word(sent, f"scope-{number}", Scope) or clause.scope
    return Clause(
        number,
        scope,
        Purpose.ANALYTICS if scope is Scope.ANALYSE else Purpose.DIRECT_CARE,
        _one_of(sent, f"giver-{number}"),
        _one_of(sent, f"receiver-{number}"),
        _words(sent, f"roles-{number}", UserRole),
        _words(sent, f"categories-{number}", DataCategory),
    )


def _one_of(sent: Sent, name: str) -> OdsCode | None:
    try:
        return OdsCode.parse(sent.get(name, "")) if sent.get(name) else None
    except InvalidValue:
        return None


def _next_number(document: AgreementDocument) -> str:
    last = max(document.clauses, key=clause_key, default=None)
    if last is None:
        return "2.1"
    *most, end = last.number.split(".")
    return ".".join([*most, str(int(end) + 1)])


def _basis(sent: Sent, before: AgreementDocument) -> Typed:
    return Typed(
        lambda document: replace(
            document,
            article_6=_word(sent, "article-6", Article6),
            article_9=_word(sent, "article-9", Article9),
            common_law=_word(sent, "common-law", CommonLawBasis),
        )
    )


def _handling(sent: Sent, before: AgreementDocument) -> Typed:
    said = Handling(**{name: _text(sent, name) for name in HANDLING})
    return Typed(lambda document: replace(document, handling=said))


def _dates(sent: Sent, before: AgreementDocument) -> Typed:
    faults: list[FormFault] = []
    starts, ends = before.starts_at, before.ends_at
    first_shown = london_date(starts) if starts else None
    last_shown = london_date(ends - timedelta(seconds=1)) if ends else None
    first = _day(sent, "starts-on", first_shown, faults)
    review = _day(sent, "review-on", before.review_on, faults)
    last = _day(sent, "ends-on", last_shown, faults)
    # A file may say a moment during the day: it stays unless another day is typed.
    said: dict[str, Any] = {
        "starts_at": starts if first == first_shown else day_begins(first) if first else None,
        "review_on": review,
        "ends_at": ends if last == last_shown else day_is_over(last) if last else None,
        "at_end": _word(sent, "at-end", AtEnd),
    }
    return Typed(lambda document: replace(document, **said), tuple(faults))


def _day(sent: Sent, name: str, before: date | None, faults: list[FormFault]) -> date | None:
    text = sent.get(name, "").strip()
    if not text:
        return None
    found = read_date(text)
    if found is None:
        faults.append(FormFault(name, date_fault(text, example="31/3/2028")))
        return before
    return found


def _attachments(sent: Sent, before: AgreementDocument) -> Typed:
    dpia = " ".join(_text(sent, "dpia").split())
    return Typed(lambda document: replace(document, dpia=dpia))


_READERS: Mapping[Step, Callable[[Sent, AgreementDocument], Typed]] = {
    Step.PARTIES: _parties,
    Step.PURPOSE: _purpose,
    Step.SHARING: _sharing,
    Step.BASIS: _basis,
    Step.HANDLING: _handling,
    Step.DATES: _dates,
    Step.ATTACHMENTS: _attachments,
}
