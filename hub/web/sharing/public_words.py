"""What a practice's patients are told about sharing: who can see what, why, since when, how to object. Pure.

No staff are named, nothing depends on who reads it, and every sentence follows from what the gate decides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.web import clock_words as clock
from hub.web import wording
from practices.results import PracticeView
from sharing_agreements import naming
from sharing_agreements.access_map import Access, AccessMap
from sharing_agreements.publishing import Published
from sharing_agreements.terms import Why
from vocabulary.agreements import Article6, Article9, CommonLawBasis
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Scope
from vocabulary.times import london_date


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of sharing as a patient understands it."""

    scope: Scope
    ours_gives: bool  # the other practice looks at what ours holds; else ours sends its patients there
    title: str
    what: str
    why: str
    choice: str


KINDS = (
    Kind(
        Scope.BOOK,
        False,
        "Booking you an appointment at another practice",
        "Your name, date of birth, NHS number, address and telephone number, and the short reason you give for the "
        "appointment.",
        "So that you can be seen sooner, nearer, or in the evening or at a weekend, and so that the practice that sees "
        "you knows who is coming.",
        "We tell you this when we book. You can say no and be seen here instead.",
    ),
    Kind(
        Scope.VIEW_RECORD,
        True,
        "Looking at your GP record",
        "Parts of your GP record that matter for your care: problems, medicines, allergies, test results and notes of "
        "consultations. Entries that are specially sensitive or sealed are left out.",
        "So that a clinician who sees you there knows what is safe for you.",
        "They ask you first. You can also tell us now that you do not want it: then nobody at another practice can "
        "look, whatever they ask, and you can still be booked there.",
    ),
    Kind(
        Scope.SEND_TASK,
        True,
        "Sending us messages about your care",
        "What has to be done for you after an appointment at another practice.",
        "So that nothing is forgotten between two practices.",
        "Tell the clinician who sees you if you do not want it.",
    ),
    Kind(
        Scope.ANALYSE,
        True,
        "Figures without names",
        "How many appointments there were and of what kind. Nothing by which anybody could be recognised.",
        "To plan clinics where and when they are needed.",
        "A Type 1 opt-out or a national data opt-out leaves you out.",
    ),
    Kind(
        Scope.SEE_SLOTS,
        True,
        "Seeing our free appointment times",
        "Times at which clinics have room. Nothing about any patient.",
        "So that other practices can offer them to their patients.",
        "It is not about you.",
    ),
)
_BASES: Mapping[Article6 | Article9 | CommonLawBasis, str] = {
    Article6.LEGAL_OBLIGATION: "a legal obligation (UK GDPR Article 6(1)(c))",
    Article6.VITAL_INTERESTS: "vital interests (UK GDPR Article 6(1)(d))",
    Article6.PUBLIC_TASK: "a task in the public interest (UK GDPR Article 6(1)(e))",
    Article9.CARE: "health care (Article 9(2)(h))",
    Article9.PUBLIC_HEALTH: "public health (Article 9(2)(i))",
    Article9.RESEARCH: "research and statistics (Article 9(2)(j))",
    CommonLawBasis.IMPLIED_CONSENT: "your implied consent to being cared for (common law)",
    CommonLawBasis.EXPLICIT_CONSENT: "your explicit consent (common law)",
    CommonLawBasis.SUPPORT_UNDER_REGULATIONS: "support under the regulations for health service use (section 251)",
    CommonLawBasis.NOT_CONFIDENTIAL: "nobody can be recognised, so nothing confidential is told (common law)",
}


@dataclass(frozen=True, slots=True)
class Sharer:
    """One other practice that takes part in one kind of sharing."""

    name: str
    roles: str
    since: str
    until: str
    agreement: str
    paused: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of sharing, with everybody who takes part."""

    kind: Kind
    sharers: tuple[Sharer, ...]

    @property
    def paused(self) -> bool:
        """Whether all of it rests."""
        return all(sharer.paused for sharer in self.sharers)


def parts(
    ods: OdsCode, known: AccessMap, agreements: Iterable[Published], practices: Iterable[PracticeView]
) -> tuple[Part, ...]:
    """What is shared of this practice's patients, kind by kind; kinds that nobody takes part in are left out."""
    listed = tuple(agreements)
    found = []
    for kind in KINDS:
        sharers = []
        for other in practices:
            pair = (other.ods, ods) if kind.ours_gives else (ods, other.ods)
            access = known.get(pair, {}).get(kind.scope)
            sharer = _sharer(access, other, listed) if access else None
            if sharer is not None:
                sharers.append(sharer)
        if sharers:
            found.append(Part(kind, tuple(sorted(sharers, key=lambda sharer: (sharer.paused, sharer.name)))))
    return tuple(found)


def _sharer(access: Access, other: PracticeView, agreements: tuple[Published, ...]) -> Sharer | None:
    paused = not access.allowed and access.decision.why is Why.SUSPENDED
    if not access.allowed and not paused:
        return None
    of = next((one for one in agreements if one.terms.id == access.decision.agreement_id), None)
    if of is None:
        return None
    return Sharer(
        other.name,
        role_words(access.roles),
        clock.birth_date_words(london_date(of.since)),
        naming.last_day(of.terms.ends_at),
        of.terms.label,
        paused,
    )


def role_words(roles: Iterable[UserRole]) -> str:
    """Clinicians, practice managers and receptionists."""
    words = sorted(f"{wording.USER_ROLES[role].lower()}s" for role in roles if role is not UserRole.SYSTEM)
    listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else "nobody"
    return listed[0].upper() + listed[1:]


def bases(agreements: Iterable[Published]) -> tuple[str, ...]:
    """The lawful bases that these agreements name, each once."""
    found = [
        _BASES[basis]
        for one in agreements
        for basis in (one.article_6, one.article_9, one.common_law)
        if basis is not None
    ]
    return tuple(dict.fromkeys(found))


def privacy_text(practice: PracticeView, told: Iterable[Part], basis: tuple[str, ...], now: datetime) -> str:
    """The same as plain text, for the practice's own privacy notice."""
    lines = [
        f"How {practice.name} shares information with other GP practices",
        "",
        "We work with the GP practices named below. A written agreement says what each may do, and a computer system "
        "checks it every time: without an agreement nobody sees anything. Every look is recorded, with who looked, "
        "for whom and why.",
    ]
    for part in told:
        active = [sharer.name for sharer in part.sharers if not sharer.paused]
        if not active:
            continue
        lines += ["", part.kind.title, f"What: {part.kind.what}", f"Why: {part.kind.why}"]
        lines += [f"With: {', '.join(active)}.", f"Your choice: {part.kind.choice}"]
    if basis:
        lines += ["", f"The law that allows it: {'; '.join(basis)}."]
    lines += [
        "",
        "Your rights: you can ask us who has looked at your record, ask for a copy of it, have mistakes put right, and "
        "object to sharing. Speak to our reception" + (f" or ring {practice.phone}." if practice.phone else "."),
        "If our answer does not content you, you can complain to the Information Commissioner’s Office (ico.org.uk).",
        "",
        f"As the agreements stood on {clock.birth_date_words(london_date(now))}.",
    ]
    return "\n".join(lines)
