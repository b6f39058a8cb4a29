"""The watch: new looks in the ledger are judged by the rules, and what is unusual goes to the review queue.

Runs as a chore. Running it again, on any host, finds the same and raises it once. Patients' demographics are asked of
the national record as they are needed, used for the comparison, and kept nowhere.
"""

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from accountability import unusual
from accountability.concerns import Concern
from accountability.models import StaffMarkRow, WatchMarkRow
from accountability.oversight import Oversight
from accountability.reviews import Raised, raise_review
from accountability.unusual import Case, Finding, Look, PatientFacts, StaffFacts
from connectors.faults import Fault, PatientUnknown
from scheduling.models import BookingRow
from storage.base import among
from storage.ledger import LedgerRow
from storage.work import Tx, one_at_a_time
from vocabulary.choices import Permission
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.times import Window, london_date

LOOKS = ("patient.looked-up", "booking.viewed", "permit.view-record")
_NAME, _KIND = "unusual access", 7
AT_ONCE = 500
_PATIENCE = timedelta(days=1)  # with a national record that does not answer; then what the hub itself knows must do
_COLLEAGUES_OF = timedelta(days=90)
_ONE_GLASS = timedelta(hours=1)  # broken once, looked at within that


@dataclass(frozen=True, slots=True)
class _Links:
    """What the hub's own bookings say of a patient."""

    family: str = ""
    given: str = ""
    home: OdsCode | None = None
    parts: tuple[tuple[datetime, OdsCode], ...] = ()  # when, and which practice has a part


def watch(oversight: Oversight, *, limit: int = AT_ONCE) -> int:
    """Judge the next looks; how many. The caller comes back while there are as many as the limit."""
    looks, upto = _new_looks(oversight, limit)
    patients, waits_from = _patients(oversight, looks)
    judged = [look for look in looks if look.event < waits_from]
    if waits_from <= upto:
        upto = waits_from - 1
    findings = unusual.judge(_cases(oversight, judged, patients), oversight.thresholds) if judged else ()
    now = oversight.clock.now()
    with oversight.work.begin() as tx:
        one_at_a_time(tx, _NAME, kind=_KIND)
        _raise_unasked(tx, upto, due_at=now + oversight.thresholds.due, at=now)
        for finding in findings:
            raise_review(
                tx,
                _raised(finding, patients, now + oversight.thresholds.due),
                caller=_hub(finding.looks[0].practice),
                at=now,
            )
        _remember(tx, upto)
    return len(judged)


def _new_looks(oversight: Oversight, limit: int) -> tuple[list[Look], int]:
    """Looks since the last time, old enough to be judged. An event's number is taken before it commits, so those of
    the last minutes could still get a neighbour with a lower one: they wait."""
    row, settled = LedgerRow, oversight.clock.now() - oversight.thresholds.wait
    with oversight.work.read() as tx:
        since = tx.scalar(select(WatchMarkRow.last_event).where(WatchMarkRow.name == _NAME)) or 0
        too_new = tx.scalar(select(row.id).where(row.id > since, row.at > settled).order_by(row.id).limit(1))
        asked = select(row).where(row.id > since, *_IS_LOOK).order_by(row.id).limit(limit)
        if too_new is not None:
            asked = asked.where(row.id < too_new)
        found = [_look(each) for each in tx.scalars(asked)]
        if len(found) == limit:
            return found, found[-1].event
        last = select(row.id).order_by(row.id.desc()).limit(1)
        return found, (too_new - 1) if too_new is not None else (tx.scalar(last) or since)


_IS_LOOK = (
    among(LedgerRow.act, LOOKS),
    LedgerRow.nhs_number != "",
    LedgerRow.user_role != UserRole.SYSTEM.value,
    LedgerRow.outcome != "refused",
)


def _look(row: LedgerRow) -> Look:
    return Look(row.id, row.at, row.user_id, row.user_name, row.user_role, OdsCode(row.acting_for), row.nhs_number)


def _patients(oversight: Oversight, looks: Sequence[Look]) -> tuple[dict[str, PatientFacts], int]:
    """What is known of each patient, and from which event on it has to wait for the national record."""
    with oversight.work.read() as tx:
        links = _links(tx, {look.patient for look in looks})
    known: dict[str, PatientFacts] = {}
    for look in looks:
        if look.patient in known:
            continue
        ours = links.get(look.patient, _Links())
        facts = PatientFacts(
            ours.family, ours.given, oversight.marks.number(NHSNumber(look.patient)), home_practice=ours.home
        )
        try:
            traced = oversight.tracing.trace(NHSNumber(look.patient), caller=_hub(look.practice))
        except PatientUnknown:
            pass
        except Fault:
            if oversight.clock.now() - look.at < _PATIENCE:
                return known, look.event
        else:
            person = traced.patient
            facts = replace(
                facts,
                family=person.family,
                given=person.given,
                home_practice=traced.home_practice,
                home_mark=oversight.marks.home(person.postcode, person.address[0] if person.address else ""),
            )
        known[look.patient] = facts
    return known, sys.maxsize


def _links(tx: Tx, patients: Collection[str]) -> dict[str, _Links]:
    row = BookingRow
    asked = select(
        row.nhs_number, row.family, row.given, row.home_ods, row.booking_ods, row.host_ods, row.start_at
    ).where(among(row.nhs_number, patients))
    found: dict[str, _Links] = {}
    for number, family, given, home, booker, host, starts in tx.execute(asked.order_by(row.requested_at)):
        before = found.get(number, _Links())
        parts = (*before.parts, (starts, OdsCode(booker)), (starts, OdsCode(host)))
        found[number] = _Links(family, given, OdsCode(home) if home else before.home, parts)
    return found


def _cases(oversight: Oversight, looks: Sequence[Look], patients: Mapping[str, PatientFacts]) -> list[Case]:
    with oversight.work.read() as tx:
        links = _links(tx, {look.patient for look in looks})
        marks = {row.user_id: row for row in tx.scalars(select(StaffMarkRow))}
        earlier = _earlier_that_day(tx, looks)
        staff = _staff_of(tx, {look.practice.value for look in looks}, oversight.clock.now() - _COLLEAGUES_OF)
    people = {practice: [_staff(user_id, name, marks) for user_id, name in found] for practice, found in staff.items()}
    settings = oversight.thresholds
    cases = []
    for look in (*earlier, *looks):
        facts = patients.get(look.patient)
        if facts is None:  # from earlier in the day: judged then, counted again for what is told by numbers
            facts = PatientFacts()
        span = Window(look.at - settings.link_before, look.at + settings.link_after)
        near = frozenset(ods for at, ods in links.get(look.patient, _Links()).parts if span.start <= at < span.end)
        person = _staff(look.user_id, look.user_name, marks)
        cases.append(Case(look, person, replace(facts, linked=near), people.get(look.practice.value, [])))
    return cases


def _earlier_that_day(tx: Tx, looks: Sequence[Look]) -> list[Look]:
    """What the same people opened earlier on the same day, so that a run in between splits no crowd in two."""
    row = LedgerRow
    since = min(Window.of_days(london_date(look.at), london_date(look.at)).start for look in looks)
    seen = {look.event for look in looks}
    asked = select(row).where(
        *_IS_LOOK, row.at >= since, row.id < min(seen), among(row.user_id, {look.user_id for look in looks})
    )
    return [_look(each) for each in tx.scalars(asked)]


def _staff_of(tx: Tx, practices: Collection[str], since: datetime) -> dict[str, set[tuple[str, str]]]:
    row = LedgerRow
    asked = (
        select(row.acting_for, row.user_id, row.user_name)
        .where(among(row.acting_for, practices), row.at >= since, row.user_role != UserRole.SYSTEM.value)
        .distinct()
    )
    found: dict[str, set[tuple[str, str]]] = {}
    for practice, user_id, name in tx.execute(asked):
        found.setdefault(practice, set()).add((user_id, name))
    return found


def _staff(user_id: str, name: str, marks: Mapping[str, StaffMarkRow]) -> StaffFacts:
    known = marks.get(user_id)
    return StaffFacts(user_id, name, known.number_mark if known else "", known.home_mark if known else "")


def _raised(finding: Finding, patients: Mapping[str, PatientFacts], due_at: datetime) -> Raised:
    first, last = finding.looks[0], finding.looks[-1]
    facts = patients.get(finding.patient, PatientFacts()) if finding.patient else PatientFacts()
    return Raised(
        concern=finding.concern,
        owner=facts.home_practice or first.practice,
        acting_for=first.practice,
        user_id=first.user_id,
        user_name=first.user_name,
        user_role=first.user_role,
        first_at=first.at,
        last_at=last.at,
        due_at=due_at,
        nhs_number=finding.patient,
        looks=len(finding.looks),
        sure=finding.sure,
        detail={} if finding.patient else {"patients": len({look.patient for look in finding.looks})},
    )


def _raise_unasked(tx: Tx, upto: int, *, due_at: datetime, at: datetime) -> None:
    """Records that were opened because the patient could not be asked: once a person, patient and day, whatever the
    reason was. Where the glass was broken for it the guardian has that review already."""
    row, glass = LedgerRow, aliased(LedgerRow)
    since = tx.scalar(select(WatchMarkRow.last_event).where(WatchMarkRow.name == _NAME)) or 0
    broken = exists().where(
        glass.act == "glass.broken",
        glass.user_id == row.user_id,
        glass.nhs_number == row.nhs_number,
        glass.at <= row.at,
        glass.at > row.at - _ONE_GLASS,
    )
    asked = select(row).where(
        row.id > since,
        row.id <= upto,
        row.act == "record.shown",
        row.reason == Permission.CANNOT_ASK.value,
        ~broken,
    )
    for shown in tx.scalars(asked.order_by(row.id)).all():
        raised = Raised(
            concern=Concern.NOT_ASKED,
            owner=OdsCode(shown.host_ods),
            acting_for=OdsCode(shown.acting_for),
            user_id=shown.user_id,
            user_name=shown.user_name,
            user_role=shown.user_role,
            first_at=shown.at,
            last_at=shown.at,
            due_at=due_at,
            nhs_number=shown.nhs_number,
            reason=str(shown.detail.get("why", "")),
            agreement=shown.agreement,
            clause=shown.clause,
        )
        raise_review(tx, raised, caller=_hub(raised.acting_for), at=at)


def _hub(practice: OdsCode) -> Caller:
    """The hub itself, looking after the practice for which it was done."""
    return Caller("the-hub", "The hub", UserRole.SYSTEM, practice, practice.value, "", via="job")


def _remember(tx: Tx, upto: int) -> None:
    statement = insert(WatchMarkRow).values(name=_NAME, last_event=upto)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"last_event": upto}, where=WatchMarkRow.last_event < upto
        )
    )
