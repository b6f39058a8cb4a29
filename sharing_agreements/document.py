"""An agreement's document: what the parties sign. Frozen values, one canonical form in bytes, and its digest. Pure.

A draft may have gaps anywhere (`validation.py` lists them); the shape is the same from the first step to the signature.
"""

import hashlib
import json
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from vocabulary.agreements import Article6, Article9, AtEnd, CommonLawBasis, ControllerRole, DataCategory, SensitiveRule
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Purpose, Scope

SCHEMA = "booking-hub/agreement/1"


@dataclass(frozen=True, slots=True)
class DocumentParty:
    """A practice bound by the agreement: what it is under the law, who signs for it, whom to ask."""

    ods: OdsCode
    name: str = ""
    role: ControllerRole = ControllerRole.CONTROLLER
    signatory: str = ""
    signatory_role: UserRole | None = None
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """One flow: who may do what with what of whom. None as giver or receiver means every party."""

    number: str
    scope: Scope
    purpose: Purpose = Purpose.DIRECT_CARE
    giver: OdsCode | None = None
    receiver: OdsCode | None = None
    roles: frozenset[UserRole] = frozenset()
    categories: frozenset[DataCategory] = frozenset()


@dataclass(frozen=True, slots=True)
class Handling:
    """How the shared data are looked after, in the parties' own words."""

    transparency: str = ""
    security: str = ""
    breach: str = ""
    rights: str = ""
    retention: str = ""
    audit: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that belongs to the agreement, by its hash: signing the document signs the file."""

    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class AgreementDocument:
    """Everything that is agreed."""

    code: str
    version: int = 1
    supersedes: int | None = None  # the version that this one replaces
    title: str = ""
    cluster: str = ""
    template: str = ""
    template_version: int = 1
    purpose: str = ""
    benefit: str = ""
    why_identifiable: str = ""
    parties: tuple[DocumentParty, ...] = ()
    clauses: tuple[Clause, ...] = ()
    sensitive: SensitiveRule | None = None
    exclusions: tuple[str, ...] = ()
    article_6: Article6 | None = None
    article_9: Article9 | None = None
    common_law: CommonLawBasis | None = None
    handling: Handling = field(default_factory=Handling)
    starts_at: datetime | None = None
    review_on: date | None = None
    ends_at: datetime | None = None
    at_end: AtEnd | None = None
    dpia: str = ""
    attachments: tuple[Attached, ...] = ()

    @property
    def label(self) -> str:
        """As cited in the ledger and on pages."""
        return f"{self.code} v{self.version}"

    def party(self, ods: OdsCode) -> DocumentParty | None:
        """This practice as a party, if it is one."""
        return next((party for party in self.parties if party.ods == ods), None)

    @property
    def views_records(self) -> bool:
        """Whether any clause lets somebody see clinical data of a patient who can be recognised."""
        return any(clause.scope is Scope.VIEW_RECORD for clause in self.clauses)


def to_json(document: AgreementDocument) -> dict[str, Any]:
    """The document as an agreement file has it (docs/agreement-file.md); every key is always there."""
    return {
        "schema": SCHEMA,
        "code": document.code,
        "version": document.version,
        "supersedes": document.supersedes,
        "title": document.title,
        "cluster": document.cluster,
        "template": {"name": document.template, "version": document.template_version},
        "purpose": {
            "summary": document.purpose,
            "benefit": document.benefit,
            "why_identifiable": document.why_identifiable,
        },
        "parties": [_party(party) for party in sorted(document.parties, key=lambda party: party.ods.value)],
        "clauses": [_clause(clause) for clause in sorted(document.clauses, key=lambda clause: clause_key(clause))],
        "sensitive_data": {"rule": document.sensitive, "exclusions": list(document.exclusions)},
        "lawful_basis": {
            "article_6": document.article_6,
            "article_9": document.article_9,
            "common_law": document.common_law,
        },
        "handling": {name: getattr(document.handling, name) for name in HANDLING},
        "dates": {
            "starts_at": _moment(document.starts_at),
            "review_on": document.review_on.isoformat() if document.review_on else None,
            "ends_at": _moment(document.ends_at),
        },
        "at_end": document.at_end,
        "dpia": document.dpia,
        "attachments": [
            {"name": each.name, "media_type": each.media_type, "size": each.size, "sha256": each.sha256}
            for each in sorted(document.attachments, key=lambda each: (each.name, each.sha256))
        ],
    }


HANDLING = ("transparency", "security", "breach", "rights", "retention", "audit")


def canonical(document: AgreementDocument) -> bytes:
    """The document's one form in bytes: JSON without blanks, keys sorted, texts in Unicode's composed form, UTF-8."""
    text = json.dumps(to_json(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return unicodedata.normalize("NFC", text).encode()


def digest(document: AgreementDocument) -> str:
    """SHA-256 of the canonical form, in hexadecimal: what a signature is over."""
    return hashlib.sha256(canonical(document)).hexdigest()


def spaced(hexadecimal: str) -> str:
    """A digest in groups of eight, so that two people can compare it by telephone."""
    return " ".join(hexadecimal[at : at + 8] for at in range(0, len(hexadecimal), 8))


def clause_key(clause: Clause) -> tuple[tuple[int, str], ...]:
    """Clause 2.10 comes after clause 2.9."""
    parts = clause.number.split(".")
    return tuple((int(part), "") if part.isdecimal() else (1_000_000, part) for part in parts)


def _party(party: DocumentParty) -> dict[str, Any]:
    return {
        "ods": party.ods.value,
        "name": party.name,
        "role": party.role,
        "signatory": {"name": party.signatory, "role": party.signatory_role},
        "contact": party.contact,
    }


def _clause(clause: Clause) -> dict[str, Any]:
    return {
        "number": clause.number,
        "scope": clause.scope,
        "purpose": clause.purpose,
        "giver": clause.giver.value if clause.giver else None,
        "receiver": clause.receiver.value if clause.receiver else None,
        "roles": sorted(clause.roles),
        "categories": sorted(clause.categories),
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
