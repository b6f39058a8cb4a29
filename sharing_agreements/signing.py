"""Signing: one party's signature over exactly what was on the screen, and coming into force with the last.

A party whose terms an amendment leaves as they were does not sign again: its signature holds on, and is carried over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile

from sqlalchemy import insert, select

from sharing_agreements import document_reading
from sharing_agreements.deeds import GRANTING, Deed, NotYourAgreement, label, locked, others_of, parties_of
from sharing_agreements.differences import must_sign
from sharing_agreements.document import AgreementDocument
from sharing_agreements.lifecycle import Act, after
from sharing_agreements.models import AgreementRow, PartyRow, SignatureRow
from sharing_agreements.naming import ROLES
from vocabulary.agreements import AgreementStatus
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.problems import Problem, ProblemKind

PROOF_GOOD_FOR = timedelta(minutes=10)  # the page asks for five; the rest is reading time on a slow line


class AnotherText(Problem):
    """What was on the screen is not what the agreement says now: nothing was signed."""

    code = "agreement-another-text"
    kind = ProblemKind.CONFLICT


class ProofTooOld(Problem):
    """The signatory proved who they are too long ago: nothing was signed."""

    code = "agreement-proof-too-old"
    kind = ProblemKind.UNAUTHENTICATED


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature given: for whom, over what, and whether the agreement is in force now."""

    practice: OdsCode
    digest: str
    at: datetime
    status: AgreementStatus


def sign(deed: Deed, code: str, version: int, *, shown: str, proved_at: datetime) -> Signed:
    """Sign for the caller's practice what `shown` is the digest of. The same person signing twice has signed once."""
    row = locked(deed, code, version)
    parties = parties_of(deed.tx, row)
    party = _may_sign(deed, row, parties.get(deed.caller.practice))
    there = deed.tx.get(SignatureRow, (row.id, party.ods))
    if there is not None and there.user_id == deed.caller.user_id and there.digest == shown:
        return Signed(deed.caller.practice, there.digest, there.signed_at, AgreementStatus(row.status))
    row.status = after(AgreementStatus(row.status), Act.SIGN, label(row))
    _check_text(row, shown, there)
    if not timedelta(minutes=-1) <= deed.at - proved_at <= PROOF_GOOD_FOR:
        raise ProofTooOld(
            "You have not proved who you are within the last few minutes, so nothing was signed.",
            next_step="Prove who you are again, then sign.",
        )
    signature = SignatureRow(
        agreement_id=row.id,
        ods=party.ods,
        signed_by=deed.caller.name,
        signed_as=ROLES[deed.caller.role][:1].upper() + ROLES[deed.caller.role][1:],
        signed_at=deed.at,
        user_id=deed.caller.user_id,
        digest=shown,
        stepped_up_at=proved_at,
    )
    deed.tx.add(signature)
    deed.tx.flush()
    named = document_reading.read_text(row.document).party(deed.caller.practice)
    named_there = named.signatory if named is not None else ""
    deed.tell("agreement.signed", row, digest=shown, proved_at=proved_at.isoformat(), text_names=named_there)
    come_into_force(deed, row)
    return Signed(deed.caller.practice, shown, deed.at, AgreementStatus(row.status))


def _may_sign(deed: Deed, row: AgreementRow, party: PartyRow | None) -> PartyRow:
    if party is None:
        raise NotYourAgreement(
            f"Your practice is not a party to {label(row)}.", next_step="Only its parties sign an agreement."
        )
    if deed.caller.role.value != party.signatory_role:
        raise NotYourAgreement(
            f"{label(row)} is signed for your practice by its {ROLES[UserRole(party.signatory_role)]}.",
            next_step="Ask them to sign, or, if it should be somebody else, ask for the agreement to be amended.",
        )
    if party.left_at is not None:
        raise NotYourAgreement(
            f"Your practice has left {label(row)}.",
            next_step="To come back, ask for a new version: your practice signs that one.",
        )
    return party


def _check_text(row: AgreementRow, shown: str, there: SignatureRow | None) -> None:
    if there is not None:
        raise AnotherText(
            f"{there.signed_by} has signed {label(row)} for your practice already.", next_step="Nothing is left to do."
        )
    if shown != row.digest:
        raise AnotherText(
            f"The text of {label(row)} is not the one that was on your screen, so nothing was signed.",
            next_step="Read it again: what has changed is shown there. Then sign.",
        )


def come_into_force(deed: Deed, row: AgreementRow) -> bool:
    """Bring the agreement into force if no signature is missing; what it replaces ends at the second it begins."""
    parties = parties_of(deed.tx, row)
    signed = set(deed.tx.scalars(select(SignatureRow.ods).where(SignatureRow.agreement_id == row.id)))
    if any(party.must_sign and ods.value not in signed for ods, party in parties.items()):
        return False
    _carry_over(deed, row, [ods for ods in parties if ods.value not in signed])
    row.status = after(AgreementStatus(row.status), Act.COME_INTO_FORCE, label(row))
    row.in_force_since, row.changed_at = max(deed.at, row.starts_at), deed.at
    deed.tx.flush()
    deed.tell("agreement.in-force", row, digest=row.digest, since=row.in_force_since.isoformat())
    for old in others_of(deed, row, *GRANTING):
        _give_way(deed, old, row)
    deed.tx.flush()
    return True


def _carry_over(deed: Deed, row: AgreementRow, parties: Iterable[OdsCode]) -> None:
    """Signatures that hold on, as they were given: over the older text, which says the same to this party."""
    document = document_reading.read_text(row.document)
    for ods in parties:
        same = (found for found in _signatures(deed, row, ods) if _says_the_same(found[0], document, ods))
        for before, old in islice(same, 1):
            values = {
                "signed_by": old.signed_by,
                "signed_as": old.signed_as,
                "signed_at": old.signed_at,
                "user_id": old.user_id,
                "digest": old.digest,
                "stepped_up_at": old.stepped_up_at,
                "carried_from": old.carried_from or before.version,
            }
            deed.tx.execute(insert(SignatureRow).values(agreement_id=row.id, ods=ods.value, **values))


def _give_way(deed: Deed, old: AgreementRow, new: AgreementRow) -> None:
    """A suspension is not got round by a new version: it goes on under it."""
    if old.status == AgreementStatus.SUSPENDED and new.status == AgreementStatus.IN_FORCE:
        new.status = after(AgreementStatus.IN_FORCE, Act.SUSPEND, label(new))
        new.suspended_at, new.suspended_by_ods, new.status_reason = (
            old.suspended_at,
            old.suspended_by_ods,
            old.status_reason,
        )
        deed.tell("agreement.suspended", new, reason=new.status_reason)
    if new.starts_at <= deed.at:
        old.status = after(AgreementStatus(old.status), Act.END, label(old))
        old.ended_at, old.status_reason = deed.at, f"Replaced by {label(new)}."
        deed.tell("agreement.ended", old, reason=old.status_reason)
    elif old.starts_at < new.starts_at < old.ends_at:
        old.ends_at, old.end_planned = new.starts_at, True
        if old.status != AgreementStatus.SUSPENDED:
            old.status_reason = f"Replaced by {label(new)} when that begins."
    old.changed_at = deed.at


def replace_proposal(deed: Deed, row: AgreementRow) -> None:
    """A proposal of the same code that not all have signed gives way to this one."""
    for old in others_of(deed, row, AgreementStatus.PROPOSED):
        old.status = after(AgreementStatus.PROPOSED, Act.END, label(old))
        old.ended_at = old.changed_at = deed.at
        old.status_reason = f"Replaced by {label(row)} before it came into force."
        deed.tell("agreement.ended", old, reason=old.status_reason)


def granting(deed: Deed, code: str) -> AgreementRow | None:
    """The newest version of this code that is in force or suspended."""
    chosen = select(AgreementRow).where(AgreementRow.code == code, AgreementRow.status.in_(GRANTING))
    return deed.tx.scalars(chosen.order_by(AgreementRow.version.desc()).with_for_update()).first()


def holding(deed: Deed, row: AgreementRow, document: AgreementDocument) -> frozenset[OdsCode]:
    """The parties whose signature of a version that stands holds on: nothing has changed for them since. What has ended
    binds nobody, and so spares nobody's signature."""
    held = set()
    for party in document.parties:
        standing = (found for found in _signatures(deed, row, party.ods) if found[0].status in _STANDING)
        newest = next(standing, None)
        if newest is not None and _says_the_same(newest[0], document, party.ods):
            held.add(party.ods)
    return frozenset(held)


_STANDING = (*GRANTING, AgreementStatus.PROPOSED)


def _says_the_same(before: AgreementRow, document: AgreementDocument, ods: OdsCode) -> bool:
    return bool(before.document) and ods not in must_sign(
        document_reading.read_text(before.document), document, frozenset({ods})
    )


def _signatures(deed: Deed, row: AgreementRow, ods: OdsCode) -> list[tuple[AgreementRow, SignatureRow]]:
    """What this party has signed (over a text) of the earlier versions and not left since, the newest first."""
    earlier = (
        select(AgreementRow, SignatureRow, PartyRow.left_at)
        .join(SignatureRow, SignatureRow.agreement_id == AgreementRow.id)
        .join(PartyRow, (PartyRow.agreement_id == AgreementRow.id) & (PartyRow.ods == SignatureRow.ods))
        .where(AgreementRow.code == row.code, AgreementRow.version < row.version, SignatureRow.ods == ods.value)
        .order_by(AgreementRow.version.desc())
    )
    found = deed.tx.execute(earlier).all()
    since_it_left = takewhile(lambda each: each.left_at is None, found)
    return [(each.AgreementRow, each.SignatureRow) for each in since_it_left if each.SignatureRow.digest]
