"""Agreements in every other state, for pages that show them: a draft, one that waits for signatures, one that runs out
30 days, one that has ended.

They went through the register's own verbs, each at its time, so that their ledger and signatures are as anybody's. None
is about appointments: what may be booked where is as the clusters' agreements say.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from demo.federation.network import by_ods
from demo.people import person_in
from sharing_agreements.document import AgreementDocument, DocumentParty
from sharing_agreements.drafting import Ref
from sharing_agreements.exchange import day_begins, day_is_over
from sharing_agreements.register import Register
from sharing_agreements.stopping import Ending
from sharing_agreements.templates import begin
from storage.work import Work
from vocabulary.agreements import AtEnd, ControllerRole
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.times import FixedClock, london_date

_OURS, _THEIRS, _NEXT = OdsCode("Y90001"), OdsCode("Y90002"), OdsCode("Y90005")
_ADMIN = UserRole.FEDERATION_ADMIN


def write_states(work: Work, *, now: datetime) -> int:
    """Write them; how many."""
    for write in (_running_out, _waiting, _drafted, _ended):
        write(work, now)
    return 4


def _running_out(work: Work, now: datetime) -> None:
    parties = (_OURS, _THEIRS, _NEXT)
    text = _document("analytics", "DSA-FIGURES-01", "How our clinics are used", parties, now, since=335, days_left=30)
    ref = _in_force(work, text, now - timedelta(days=340))
    assert ref.version == 1  # noqa: S101 - its code is its own
    Register(work, FixedClock(now)).remind(caller=_caller(_ADMIN, _OURS))


def _waiting(work: Work, now: datetime) -> None:
    parties = (_OURS, _THEIRS, _NEXT)
    text = _document(
        "tasks", "DSA-TASKS-01", "Tasks after an appointment elsewhere", parties, now, since=-14, days_left=400
    )
    ref = _proposed(work, text, now - timedelta(days=9))
    _sign(work, ref, _THEIRS, now - timedelta(days=6))
    Register(work, FixedClock(now)).remind(caller=_caller(_ADMIN, _OURS))


def _drafted(work: Work, now: datetime) -> None:
    text = _document(
        "record-sharing", "DSA-RECORDS-02", "Records across clusters", (_OURS,), now, since=-30, days_left=700
    )
    bare = replace(text, dpia="", review_on=None, sensitive=None)
    Register(work, FixedClock(now - timedelta(days=1))).draft(bare, caller=_caller(_ADMIN, _OURS))


def _ended(work: Work, now: datetime) -> None:
    text = _document(
        "analytics", "DSA-PILOT-01", "Pilot: missed appointments", (_OURS, _THEIRS), now, since=200, days_left=160
    )
    ref = _in_force(work, text, now - timedelta(days=205))
    over = Ending("The pilot is over; its figures are in the agreement on how our clinics are used.", AtEnd.KEEP)
    register = Register(work, FixedClock(now - timedelta(days=40)))
    register.end(ref, over, caller=_caller(_ADMIN, _OURS))


def _in_force(work: Work, text: AgreementDocument, at: datetime) -> Ref:
    ref = _proposed(work, text, at)
    for day, party in enumerate(text.parties, start=1):
        _sign(work, ref, party.ods, at + timedelta(days=day))
    return ref


def _proposed(work: Work, text: AgreementDocument, at: datetime) -> Ref:
    register, farah = Register(work, FixedClock(at)), _caller(_ADMIN, _OURS)
    ref = register.draft(text, caller=farah)
    register.propose(ref, caller=farah)
    return ref


def _sign(work: Work, ref: Ref, ods: OdsCode, at: datetime) -> None:
    register, guardian = Register(work, FixedClock(at)), _caller(UserRole.CALDICOTT_GUARDIAN, ods)
    shown = register.detail(ref, caller=guardian).digest
    register.sign(ref, shown=shown, proved_at=at - timedelta(minutes=1), caller=guardian)


def _document(
    template: str, code: str, title: str, parties: tuple[OdsCode, ...], now: datetime, *, since: int, days_left: int
) -> AgreementDocument:
    today = london_date(now)
    return replace(
        begin(template, code, title=title),
        parties=tuple(map(_party, parties)),
        starts_at=day_begins(today - timedelta(days=since)),
        review_on=today + timedelta(days=14 if since > 0 else 120),
        ends_at=day_is_over(today + timedelta(days=days_left)),
        dpia=f"DPIA-{code.removeprefix('DSA-')}",
    )


def _party(ods: OdsCode) -> DocumentParty:
    practice = by_ods()[ods]
    guardian = person_in(UserRole.CALDICOTT_GUARDIAN, ods.value)
    return DocumentParty(
        ods,
        practice.name,
        ControllerRole.JOINT_CONTROLLER,
        guardian.name,
        UserRole.CALDICOTT_GUARDIAN,
        f"Practice manager, {practice.phone}",
    )


def _caller(role: UserRole, ods: OdsCode) -> Caller:
    person = person_in(role, ods.value)
    return Caller(person.uid, person.name, role, ods, by_ods()[ods].name, "seed", via="command")
