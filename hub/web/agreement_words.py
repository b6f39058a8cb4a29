"""An agreement in sentences: who may do what with whom, since when, and what is missing. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.web import clock_words as clock
from hub.web import wording
from sharing_agreements.register import AgreementView
from sharing_agreements.terms import Grant
from vocabulary.identifiers import OdsCode
from vocabulary.times import london_date

STATUS = {
    "draft": ("Draft", "grey"),
    "proposed": ("Waiting for signatures", "yellow"),
    "in-force": ("In force", "green"),
    "suspended": ("Suspended", "red"),
    "ended": ("Ended", "grey"),
    "expired": ("Expired", "grey"),
}


@dataclass(frozen=True, slots=True)
class ClauseWords:
    """One clause as a sentence."""

    number: str
    words: str


@dataclass(frozen=True, slots=True)
class PartyWords:
    """One party, and whether it has signed."""

    name: str
    is_us: bool
    signed: str


@dataclass(frozen=True, slots=True)
class AgreementWords:
    """An agreement as the page shows it."""

    label: str
    title: str
    status: str
    colour: str
    why: str
    dates: str
    clauses: tuple[ClauseWords, ...]
    parties: tuple[PartyWords, ...]
    unsigned: int


def describe(view: AgreementView, names: Mapping[str, str], us: OdsCode, now: datetime) -> AgreementWords:
    """Everything about one agreement, in words."""
    terms = view.terms
    status, colour = STATUS[terms.status]
    if terms.status == "in-force" and now >= terms.ends_at:
        status, colour = STATUS["expired"]
    why = view.status_reason
    if view.suspended_at is not None and terms.status == "suspended":
        why = f"Suspended on {clock.date_words(london_date(view.suspended_at))}. {why}".strip()
    dates = (
        f"From {clock.birth_date_words(london_date(terms.starts_at))} "
        f"until {clock.birth_date_words(london_date(terms.ends_at))}"
    )
    if view.review_on is not None:
        dates += f"; to be reviewed by {clock.birth_date_words(view.review_on)}"
    signed = {
        ods: f"{who}, {as_what}, {clock.birth_date_words(london_date(at))}" for ods, who, as_what, at in view.signatures
    }
    parties = tuple(
        PartyWords(names.get(ods.value, ods.value), ods == us, signed.get(ods, ""))
        for ods in sorted(terms.parties, key=lambda ods: (ods != us, names.get(ods.value, ods.value)))
    )
    return AgreementWords(
        label=terms.label,
        title=terms.title,
        status=status,
        colour=colour,
        why=why,
        dates=dates,
        clauses=tuple(ClauseWords(grant.clause, clause_words(grant, names)) for grant in terms.grants),
        parties=parties,
        unsigned=sum(1 for party in parties if not party.signed),
    )


def clause_words(grant: Grant, names: Mapping[str, str]) -> str:
    """Receptionists and clinicians of every signed practice may see free appointments of every other."""
    roles = _listed(sorted(f"{wording.USER_ROLES[role].lower()}s" for role in grant.roles)).capitalize() or "Nobody"
    receiver = names.get(grant.receiver.value, grant.receiver.value) if grant.receiver else "every practice that signed"
    giver = names.get(grant.giver.value, grant.giver.value) if grant.giver else "every other one"
    return f"{roles} at {receiver} may {wording.SCOPES[grant.scope]} {giver}."


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
