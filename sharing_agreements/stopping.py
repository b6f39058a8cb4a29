"""Stopping: suspend and resume, end (at once or at a stated second), leave at once, expire by the end date.

Every one of these updates the agreement's row, so that a claim under way waits and finds that it stands no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from sharing_agreements import naming
from sharing_agreements.deeds import (
    GRANTING,
    OVER_ALL,
    Deed,
    DeedRefused,
    NotYourAgreement,
    keeps,
    label,
    locked,
    on_behalf_of,
    others_of,
    parties_of,
    reason_of,
)
from sharing_agreements.lifecycle import SIGNATORIES, Act, NotNow, after
from sharing_agreements.models import AgreementRow, PartyRow, SignatureRow
from sharing_agreements.news import FEDERATION
from sharing_agreements.rows import of
from storage.work import Tx
from vocabulary.agreements import AgreementStatus, AtEnd, ControllerRole
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller

_FEWEST = 2  # parties that share; one alone shares with nobody


@dataclass(frozen=True, slots=True)
class Ending:
    """How an agreement is ended: why, what becomes of booked appointments, and when (None: now)."""

    reason: str
    at_end: AtEnd
    at: datetime | None = None


def suspend(deed: Deed, code: str, version: int, reason: str) -> None:
    """Pause it at once. Any party may: it answers for its patients' data.

    A version that is signed and to begin later is paused too: nothing comes back by itself.
    """
    row = locked(deed, code, version)
    keeps(deed, row)
    after(AgreementStatus(row.status), Act.SUSPEND, label(row))
    said = reason_of(reason, "it is suspended")
    for each in (row, *others_of(deed, row, AgreementStatus.IN_FORCE)):
        each.status = after(AgreementStatus(each.status), Act.SUSPEND, label(each))
        each.status_reason = said
        each.suspended_at = each.changed_at = deed.at
        each.suspended_by_ods = on_behalf_of(deed.caller)
        deed.tell("agreement.suspended", each, reason=said)


def resume(deed: Deed, code: str, version: int, reason: str) -> None:
    """Let it grant again, with every version that the same suspension paused: whoever suspended it, or the
    federation."""
    row = locked(deed, code, version)
    keeps(deed, row)
    theirs = row.suspended_by_ods in ("", on_behalf_of(deed.caller))
    if not theirs and deed.caller.role not in OVER_ALL:
        whose = (
            "the federation"
            if row.suspended_by_ods == FEDERATION
            else naming.party_name(OdsCode(row.suspended_by_ods), of(deed.tx, row))
        )
        raise NotYourAgreement(
            f"{label(row)} was suspended by {whose}.",
            next_step="Ask them, or your federation admin, to resume it.",
        )
    after(AgreementStatus(row.status), Act.RESUME, label(row))
    said = reason_of(reason, "it is resumed")
    paused = (row.suspended_at, row.suspended_by_ods)
    others = others_of(deed, row, AgreementStatus.SUSPENDED)
    for each in (row, *(other for other in others if (other.suspended_at, other.suspended_by_ods) == paused)):
        each.status = after(AgreementStatus(each.status), Act.RESUME, label(each))
        each.status_reason, each.suspended_at, each.suspended_by_ods, each.changed_at = "", None, "", deed.at
        deed.tell("agreement.resumed", each, reason=said)


def _who_suspended(deed: Deed, row: AgreementRow) -> str:
    if row.suspended_by_ods == FEDERATION:
        return "the federation"
    return naming.party_name(OdsCode(row.suspended_by_ods), of(deed.tx, row))


def end(deed: Deed, code: str, version: int, how: Ending) -> AgreementStatus:
    """End it for everybody: now, or at a stated second. New acts stop then; booked ones follow the choice made here.

    A later version that is signed already ends with it, so that nothing begins again by itself.
    """
    row = locked(deed, code, version)
    keeps(deed, row)
    _may_end(deed, row)
    after(AgreementStatus(row.status), Act.END, label(row))
    reason = reason_of(how.reason, "it ends")
    planned = how.at if row.status in GRANTING and how.at is not None and how.at > deed.at else None
    if planned is not None and not row.starts_at < planned <= row.ends_at:
        raise DeedRefused(
            f"{label(row)} cannot end then: choose a moment after its start and before {naming.until(row.ends_at)}, "
            f"{'when it is to end already' if row.end_planned else 'its own last day'}.",
            next_step="Put that end off first." if row.end_planned else "Choose an earlier moment.",
        )
    later = [each for each in others_of(deed, row, *GRANTING) if each.version > row.version]
    granting = row.status in GRANTING
    # Signatures of what has ended hold on for nothing: a proposal that counts on them goes with it.
    waiting = others_of(deed, row, AgreementStatus.PROPOSED) if granting and planned is None else []
    for each in (row, *(later if granting else ()), *waiting):
        _end_one(deed, each, how, reason, planned)
    return AgreementStatus(row.status)


def _end_one(deed: Deed, row: AgreementRow, how: Ending, reason: str, planned: datetime | None) -> None:
    if planned is not None and planned > row.ends_at:
        return
    row.at_end, row.changed_at, row.status_reason = how.at_end.value, deed.at, reason
    if planned is not None and planned > row.starts_at:
        row.ends_at, row.end_planned = planned, True
        deed.tell("agreement.end-planned", row, reason=reason, at=planned.isoformat(), at_end=how.at_end.value)
        return
    row.status, row.ended_at = after(AgreementStatus(row.status), Act.END, label(row)), deed.at
    deed.tell("agreement.ended", row, reason=reason, at_end=how.at_end.value)


def put_off(deed: Deed, code: str, version: int, reason: str, at: datetime | None) -> datetime:
    """An end that was planned comes at another moment, or (None) when it was signed for; which that is.

    What was put on lists to be moved stays there: those patients have been told, or soon are.
    """
    row = locked(deed, code, version)
    keeps(deed, row)
    _may_end(deed, row)
    after(AgreementStatus(row.status), Act.PUT_OFF, label(row))
    signed_until = of(deed.tx, row).ends_at
    if not row.end_planned or row.ends_at <= deed.at or signed_until is None:
        raise NotNow(f"No end of {label(row)} is planned.", next_step="It ends on its last day, or when it is ended.")
    others = others_of(deed, row, *GRANTING)
    same = [row, *(each for each in others if each.end_planned and each.ends_at == row.ends_at)]
    for later in others:
        if later.version > row.version and later.starts_at == row.ends_at:
            raise NotNow(f"{label(later)} replaces {label(row)} then.", next_step="Amend or end that one.")
    said = reason_of(reason, "its end is put off")
    until = at or signed_until
    if not row.ends_at < until <= signed_until:
        raise DeedRefused(
            f"{label(row)} is to end at {naming.until(row.ends_at)} and was signed until {naming.until(signed_until)}: "
            "choose a day in between.",
            next_step="Leave the day empty to let it run as long as it was signed for.",
        )
    for each in same:
        own = of(deed.tx, each).ends_at or until
        each.ends_at, each.end_planned, each.changed_at = min(until, own), until < own, deed.at
        each.status_reason = said if each.end_planned else ""
        deed.tell("agreement.end-put-off", each, reason=said, until=each.ends_at.isoformat())
    return until


def _may_end(deed: Deed, row: AgreementRow) -> None:
    """A party leaves; only the federation, or whoever drafted what nobody has yet to keep, ends it for all."""
    by_federation = deed.caller.role in OVER_ALL
    own_draft = row.status in (AgreementStatus.DRAFT, AgreementStatus.PROPOSED) and (
        row.created_by_ods == deed.caller.practice.value
    )
    if not by_federation and not own_draft:
        raise NotYourAgreement(
            f"Only a federation admin ends {label(row)} for every party.",
            next_step="Your practice can leave it, at once, without asking anybody.",
        )


def decline(deed: Deed, code: str, version: int, reason: str) -> None:
    """The caller's practice will not sign this text: it never comes into force, and what it has signed before stands.

    Whoever drafted it changes the text, or goes on without this practice in a next version.
    """
    row = locked(deed, code, version)
    party = deed.tx.get(PartyRow, (row.id, deed.caller.practice.value))
    if party is None or deed.caller.role not in SIGNATORIES:
        raise NotYourAgreement(
            f"Only a party's manager or Caldicott Guardian says that it does not sign {label(row)}.",
            next_step="Ask your practice manager or your Caldicott Guardian.",
        )
    after(AgreementStatus(row.status), Act.DECLINE, label(row))
    if party.left_at is not None:
        return
    if not party.must_sign or deed.tx.get(SignatureRow, (row.id, party.ods)) is not None:
        raise NotYourAgreement(
            f"No signature of your practice is missing under {label(row)}.",
            next_step="If your practice no longer wants to share, it can leave the agreement.",
        )
    said = reason_of(reason, "your practice does not sign")
    party.left_at, party.left_reason, row.changed_at = deed.at, said, deed.at
    deed.tell("agreement.declined", row, reason=said)


def leave(deed: Deed, code: str, version: int, reason: str, *, at_end: AtEnd | None = None) -> AgreementStatus:
    """The caller's practice is a party no more, from this second. With fewer than two left, the agreement ends.

    It has left every other version that grants, is to grant, or waits for signatures, too: a text that it signed
    before does not bring it back. To come back it signs a new version.
    """
    row = locked(deed, code, version)
    party = deed.tx.get(PartyRow, (row.id, deed.caller.practice.value))
    if party is None or deed.caller.role not in SIGNATORIES:
        raise NotYourAgreement(
            f"Only a party's manager or Caldicott Guardian takes it out of {label(row)}.",
            next_step="Ask your practice manager or your Caldicott Guardian.",
        )
    after(AgreementStatus(row.status), Act.LEAVE, label(row))
    if party.left_at is not None:
        return AgreementStatus(row.status)
    said = reason_of(reason, "your practice leaves")
    for each in (row, *others_of(deed, row, *GRANTING, AgreementStatus.PROPOSED)):
        _leave_one(deed, each, said, at_end)
    return AgreementStatus(row.status)


def _leave_one(deed: Deed, row: AgreementRow, reason: str, at_end: AtEnd | None) -> None:
    parties = parties_of(deed.tx, row)
    party = parties.get(deed.caller.practice)
    if party is None or party.left_at is not None:
        return
    party.left_at, party.left_reason = deed.at, reason
    row.status, row.changed_at = after(AgreementStatus(row.status), Act.LEAVE, label(row)), deed.at
    deed.tell("agreement.left", row, reason=reason, at_end=at_end.value if at_end else row.at_end)
    staying = [other for other in parties.values() if other.left_at is None]
    controllers = [other for other in staying if other.role != ControllerRole.PROCESSOR]
    if len(staying) < _FEWEST or not controllers:
        row.status = after(AgreementStatus(row.status), Act.END, label(row))
        row.ended_at, row.status_reason = deed.at, f"Fewer than two parties are left: {deed.caller.practice} has left."
        deed.tell("agreement.ended", row, reason=row.status_reason)


def codes_to_leave(tx: Tx, caller: Caller) -> Sequence[str]:
    """The codes of the agreements that a practice would leave, if it left all."""
    return sorted({code for code, _ in tx.execute(_to_leave(caller)).all()})


def to_leave(deed: Deed) -> Sequence[tuple[str, int]]:
    """What the caller's practice would leave, if it left all: a version a code, the others go with it. Raises
    NotYourAgreement, NotNow."""
    if deed.caller.role not in SIGNATORIES:
        raise NotYourAgreement(
            "Only a practice's manager or Caldicott Guardian takes it out of its agreements.",
            next_step="Ask your practice manager or your Caldicott Guardian.",
        )
    first: dict[str, int] = {}
    for code, version in deed.tx.execute(_to_leave(deed.caller)):
        first.setdefault(code, version)
    if not first:
        raise NotNow(
            "There is no agreement that your practice could leave.", next_step="Look at the list of agreements."
        )
    return tuple(first.items())


def _to_leave(caller: Caller) -> Select[str, int]:
    """Those that grant before those that wait for signatures."""
    states = (*GRANTING, AgreementStatus.PROPOSED)
    return (
        select(AgreementRow.code, AgreementRow.version)
        .join(PartyRow, PartyRow.agreement_id == AgreementRow.id)
        .where(PartyRow.ods == caller.practice.value, PartyRow.left_at.is_(None), AgreementRow.status.in_(states))
        .order_by(AgreementRow.status == AgreementStatus.PROPOSED, AgreementRow.code, AgreementRow.version)
    )


def due(tx: Tx, at: datetime) -> Sequence[tuple[str, int]]:
    """The agreements whose last second has passed while their state still says otherwise."""
    chosen = select(AgreementRow.code, AgreementRow.version).where(
        AgreementRow.status.in_(GRANTING), AgreementRow.ends_at <= at
    )
    return tx.execute(chosen.order_by(AgreementRow.ends_at)).all()


def expire(deed: Deed, code: str, version: int) -> bool:
    """Write down that its last second has passed; the gate has refused since then without being told."""
    row = locked(deed, code, version)
    if row.status not in GRANTING or row.ends_at > deed.at:
        return False  # somebody was quicker
    act = Act.END if row.end_planned else Act.EXPIRE
    row.status = after(AgreementStatus(row.status), act, label(row))
    row.ended_at, row.changed_at = row.ends_at, deed.at
    event = "agreement.ended" if row.end_planned else "agreement.expired"
    deed.tell(event, row, reason=row.status_reason, at_end=row.at_end, ended_at=row.ends_at.isoformat())
    return True
