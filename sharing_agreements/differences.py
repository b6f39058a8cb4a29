"""What a new version changes, in plain sentences, and which parties have to sign again because of it. Pure.

A party signs again when what it gives, what it gets or what it has promised changes. Who answers the telephone
at another party is not such a change, nor is the agreement's title.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sharing_agreements import naming
from sharing_agreements.document import HANDLING, AgreementDocument, Clause, DocumentParty
from vocabulary.identifiers import OdsCode


@dataclass(frozen=True, slots=True)
class Difference:
    """One change. `concerns` are the parties of the new version whose terms it changes: they sign again."""

    words: str
    concerns: frozenset[OdsCode] = frozenset()


def differences(old: AgreementDocument, new: AgreementDocument) -> tuple[Difference, ...]:
    """Everything that the new version changes, in the order of the document."""
    return (
        *_titles(old, new),
        *_parties(old, new),
        *_texts(old, new),
        *_clauses(old, new),
        *_rules(old, new),
        *_dates(old, new),
        *_files(old, new),
    )


def must_sign(old: AgreementDocument, new: AgreementDocument, signed: frozenset[OdsCode]) -> frozenset[OdsCode]:
    """The parties of the new version whose signature of the old one, if they gave it, does not hold on."""
    everyone = _everyone(new)
    concerned = frozenset[OdsCode]().union(*(difference.concerns for difference in differences(old, new)))
    return (concerned & everyone) | (everyone - signed)


def _everyone(document: AgreementDocument) -> frozenset[OdsCode]:
    return frozenset(party.ods for party in document.parties)


def _titles(old: AgreementDocument, new: AgreementDocument) -> Iterator[Difference]:
    if old.title != new.title:
        yield Difference(f"The title was “{old.title}” and is now “{new.title}”.")
    if old.cluster != new.cluster:
        yield Difference(f"It belongs to {new.cluster or 'no cluster'} instead of {old.cluster or 'none'}.")


def _parties(old: AgreementDocument, new: AgreementDocument) -> Iterator[Difference]:
    open_clauses = any(clause.giver is None or clause.receiver is None for clause in new.clauses)
    for party in new.parties:
        before = old.party(party.ods)
        if before is None:
            concerns = _everyone(new) if open_clauses else frozenset({party.ods})
            yield Difference(f"{_name(party)} joins.", concerns)
        else:
            yield from _party(before, party)
    for party in old.parties:
        if new.party(party.ods) is None:
            yield Difference(f"{_name(party)} is no longer a party: nothing of theirs is shared under it any more.")


def _party(old: DocumentParty, new: DocumentParty) -> Iterator[Difference]:
    name, itself = _name(new), frozenset({new.ods})
    if old.role is not new.role:
        yield Difference(f"{name} is now {naming.CONTROLLERS[new.role]}, not {naming.CONTROLLERS[old.role]}.", itself)
    if (old.signatory, old.signatory_role) != (new.signatory, new.signatory_role):
        yield Difference(f"For {name}, {_signs(new)} signs instead of {_signs(old)}.", itself)
    if old.contact != new.contact:
        yield Difference(f"{name} is reached at {new.contact or 'nowhere yet'} instead of {old.contact or 'nowhere'}.")


def _texts(old: AgreementDocument, new: AgreementDocument) -> Iterator[Difference]:
    names = {"purpose": "the purpose", "benefit": "the benefit", "why_identifiable": "why data identify patients"}
    for field, words in names.items():
        yield from _text(words, getattr(old, field), getattr(new, field), new)
    for field in HANDLING:
        words = naming.HANDLING[field].lower()
        yield from _text(words, getattr(old.handling, field), getattr(new.handling, field), new)


def _text(what: str, old: str, new: str, document: AgreementDocument) -> Iterator[Difference]:
    if old == new:
        return
    said = f"On {what}, it said “{old}” and now says “{new}”." if old and new else f"On {what}, it now says “{new}”."
    if not new:
        said = f"On {what}, it no longer says anything; it said “{old}”."
    yield Difference(said, _everyone(document))


def _clauses(old: AgreementDocument, new: AgreementDocument) -> Iterator[Difference]:
    before = {clause.number: clause for clause in old.clauses}
    after = {clause.number: clause for clause in new.clauses}
    for number, clause in after.items():
        was = before.get(number)
        if was is None:
            yield Difference(f"New clause {number}: {naming.clause_words(clause, new)}", _touched(new, clause))
        elif was != clause:
            said = (
                f"Clause {number} said: {naming.clause_words(was, old)} It now says: {naming.clause_words(clause, new)}"
            )
            yield Difference(said, _touched(new, was) | _touched(new, clause))
    for number, clause in before.items():
        if number not in after:
            said = f"Clause {number} goes. It said: {naming.clause_words(clause, old)}"
            yield Difference(said, _touched(new, clause))


def _touched(document: AgreementDocument, clause: Clause) -> frozenset[OdsCode]:
    if clause.giver is None or clause.receiver is None:
        return _everyone(document)
    return frozenset({clause.giver, clause.receiver})


def _rules(old: AgreementDocument, new: AgreementDocument) -> Iterator[Difference]:
    everyone = _everyone(new)
    if old.sensitive is not new.sensitive:
        yield Difference(f"Sensitive entries: {naming.SENSITIVE[new.sensitive]}.", everyone)
    for text in new.exclusions:
        if text not in old.exclusions:
            yield Difference(f"Now left out: {text}", everyone)
    for text in old.exclusions:
        if text not in new.exclusions:
            yield Difference(f"No longer left out: {text}", everyone)
    if old.article_6 is not new.article_6:
        yield Difference(f"The lawful basis is now {naming.ARTICLE_6[new.article_6]}.", everyone)
    if old.article_9 is not new.article_9:
        yield Difference(f"The condition for health data is now {naming.ARTICLE_9[new.article_9]}.", everyone)
    if old.common_law is not new.common_law:
        yield Difference(f"The common-law duty is now met by {naming.COMMON_LAW[new.common_law]}.", everyone)


def _dates(old: AgreementDocument, new: AgreementDocument) -> Iterator[Difference]:
    everyone = _everyone(new)
    for what, before, after in (
        ("It holds from", naming.first_day(old.starts_at), naming.first_day(new.starts_at)),
        ("The parties review it by", naming.day(old.review_on), naming.day(new.review_on)),
        ("Its last day is", naming.last_day(old.ends_at), naming.last_day(new.ends_at)),
    ):
        if before != after:
            yield Difference(f"{what} {after} instead of {before}.", everyone)
    if old.at_end is not new.at_end:
        yield Difference(f"At its end, {naming.AT_END[new.at_end]}.", everyone)


def _files(old: AgreementDocument, new: AgreementDocument) -> Iterator[Difference]:
    if old.dpia != new.dpia:
        yield Difference(
            f"The impact assessment is now {new.dpia or 'not named'} instead of {old.dpia or 'none'}.", _everyone(new)
        )
    before = {each.sha256 for each in old.attachments}
    after = {each.sha256 for each in new.attachments}
    for each in new.attachments:
        if each.sha256 not in before:
            yield Difference(f"The file “{each.name}” is added.", _everyone(new))
    for each in old.attachments:
        if each.sha256 not in after:
            yield Difference(f"The file “{each.name}” is taken out.", _everyone(new))


def _name(party: DocumentParty) -> str:
    return party.name or party.ods.value


def _signs(party: DocumentParty) -> str:
    role = naming.ROLES[party.signatory_role] if party.signatory_role else "nobody"
    return f"{party.signatory} ({role})" if party.signatory else role
