"""A cluster's agreements from a table: what it would draft and everything that hinders it, then all of them or none."""

from dataclasses import dataclass

from sharing_agreements import exchange
from sharing_agreements.document import AgreementDocument
from sharing_agreements.document_reading import FileFault, UnreadableAgreement
from sharing_agreements.drafting import Ref
from sharing_agreements.register import Register
from sharing_agreements.validation import Gap
from vocabulary.people import Caller


@dataclass(frozen=True, slots=True)
class Planned:
    """One agreement that the table describes: what it lacks before it can be proposed, and why it cannot be drafted."""

    document: AgreementDocument
    gaps: tuple[Gap, ...]
    hindrance: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a table would do. Gaps are filled in later; with a fault or a hindrance anywhere, nothing is drafted."""

    drafts: tuple[Planned, ...]
    faults: tuple[FileFault, ...]

    @property
    def hindrances(self) -> tuple[FileFault, ...]:
        """What has to be mended first, with its place."""
        taken = (FileFault(each.document.code, each.hindrance) for each in self.drafts if each.hindrance)
        return (*self.faults, *taken)

    @property
    def can_be_done(self) -> bool:
        """Whether nothing hinders it."""
        return bool(self.drafts) and not self.hindrances


def plan(register: Register, text: str, *, caller: Caller) -> Plan:
    """What would be done; nothing is written."""
    table = exchange.parse_table(text)
    return Plan(tuple(_planned(register, document, caller) for document in table.drafts), table.faults)


def _planned(register: Register, document: AgreementDocument, caller: Caller) -> Planned:
    problem = register.what_hinders(document, caller=caller)
    said = f"{problem.message} {problem.next_step}" if problem else ""
    return Planned(document, register.gaps(document), said)


def carry_out(register: Register, text: str, *, caller: Caller) -> tuple[Ref, ...]:
    """Draft all of them, or none. Raises UnreadableAgreement with everything that hinders it."""
    found = plan(register, text, caller=caller)
    if not found.can_be_done:
        raise UnreadableAgreement(found.hindrances)
    return register.bring_in_all([each.document for each in found.drafts], caller=caller)
