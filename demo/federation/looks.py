"""A past for the demo's ledger: two weeks of ordinary looks, some refusals, and reviews in every state.

Only in the full demo: tests begin with an empty ledger. Everything is written as it would have been at the time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import update

from accountability.break_glass import REVIEWED_WITHIN
from accountability.concerns import Concern, Verdict
from accountability.models import AccessReviewRow
from accountability.reviews import Raised, raise_review
from demo.federation.memorable import MEMORABLE, Memorable
from demo.federation.network import by_ods
from demo.people import person_in
from storage.ledger import LedgerEvent, record
from storage.work import Tx
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import Caller, UserRole

_DUE = timedelta(days=7)
_DAYS = 14
_ELSEWHERE = OdsCode("Y90011")  # of another cluster: no agreement with it
_Q, _F = "Y90001", "Y90002"  # whose people one can sign in as


@dataclass(frozen=True, slots=True)
class _Seeded:
    """One review of the past: how long ago, by whom, about which of the memorable patients."""

    concern: Concern
    hours_ago: float
    role: UserRole
    acting: str
    owner: str
    patient: str = ""
    looks: int = 1
    reason: str = ""
    sure: bool = True
    verdict: Verdict | None = None
    words: str = ""

    @property
    def at_desk(self) -> bool:
        """At an hour of its own; what is told at once is told as long ago as it says."""
        return self.concern not in (Concern.BREAK_GLASS, Concern.SAID_MISTAKE)


_REVIEWS = (
    _Seeded(
        Concern.BREAK_GLASS,
        30,
        UserRole.CLINICIAN,
        _F,
        _Q,
        "seen-before",
        reason="Found collapsed in the waiting room; allergies not known, nobody with him.",
    ),
    _Seeded(Concern.NO_CARE_LINK, 9 * 24, UserRole.RECEPTIONIST, _F, _Q, "no-phone"),
    _Seeded(Concern.COLLEAGUE, 50, UserRole.RECEPTIONIST, _Q, _Q, "interpreter", sure=False),
    _Seeded(
        Concern.SAID_MISTAKE, 5, UserRole.RECEPTIONIST, _F, _Q, "twin", reason="Two people of one name and birthday."
    ),
    _Seeded(Concern.BULK, 26, UserRole.PRACTICE_MANAGER, _F, _F, looks=52),
    _Seeded(
        Concern.OUT_OF_HOURS,
        6 * 24,
        UserRole.CLINICIAN,
        _Q,
        _Q,
        looks=3,
        verdict=Verdict.APPROPRIATE,
        words="On call; the rota says so.",
    ),
)


def write_looks(tx: Tx, *, now: datetime) -> int:
    """Write them; how many events of the ledger and reviews there are."""
    written = 0
    for caller, event, at in sorted(_ordinary(now), key=lambda each: each[2]):
        record(tx, event, caller=caller, at=at)
        written += 1
    for seeded in _REVIEWS:
        written += _review(tx, seeded, now)
    return written


def _ordinary(now: datetime) -> Iterator[tuple[Caller, LedgerEvent, datetime]]:
    numbers = Random("looks")
    ours = {home: [_number(each.key) for each in _registered(home)] for home in (_Q, _F)}
    for day in range(1, _DAYS + 1):
        for home, neighbour in ((_Q, _F), (_F, _Q)):
            for _ in range(4):
                caller = _caller(UserRole.RECEPTIONIST, home)
                at = (now - timedelta(days=day)).replace(hour=numbers.randrange(8, 18), minute=numbers.randrange(60))
                patient = numbers.choice(ours[home])
                yield caller, LedgerEvent("patient.looked-up", nhs_number=patient, purpose="direct-care"), at
                host, refused = OdsCode(neighbour), numbers.random() < 0.12
                yield (
                    caller,
                    _permit(_ELSEWHERE if refused else host, patient, refused=refused),
                    at + timedelta(minutes=1),
                )


def _registered(home: str) -> list[Memorable]:
    ordinary = ("ordinary", "twin", "no-phone", "interpreter", "child", "wheelchair", "accents", "other-twin")
    return [each for each in MEMORABLE if each.key in ordinary and each.person.home_practice == OdsCode(home)]


def _permit(host: OdsCode, patient: NHSNumber, *, refused: bool) -> LedgerEvent:
    return LedgerEvent(
        "permit.book",
        "refused" if refused else "allowed",
        host,
        patient,
        purpose="direct-care",
        agreement="" if refused else "DSA-AVON-01 v1",
        clause="" if refused else "2.2",
        reason="no-agreement" if refused else "granted",
    )


def _review(tx: Tx, seeded: _Seeded, now: datetime) -> int:
    at = now - timedelta(hours=seeded.hours_ago)
    at = at.replace(hour=2 if seeded.concern is Concern.OUT_OF_HOURS else 11, minute=14) if seeded.at_desk else at
    caller, glass = _caller(seeded.role, seeded.acting), seeded.concern is Concern.BREAK_GLASS
    number = _number(seeded.patient) if seeded.patient else None
    act = "glass.broken" if glass else "patient.looked-up"
    owner = OdsCode(seeded.owner)
    agreement = "DSA-AVON-01 v1" if glass else ""
    looked = LedgerEvent(act, "done", owner if glass else None, number, purpose="direct-care", agreement=agreement)
    record(tx, replace(looked, reason=seeded.reason if glass else ""), caller=caller, at=at)
    raised_at = at if glass or seeded.concern is Concern.SAID_MISTAKE else at + timedelta(minutes=34)
    raised = Raised(
        concern=seeded.concern,
        owner=owner,
        acting_for=caller.practice,
        user_id=caller.user_id,
        user_name=caller.name,
        user_role=caller.role.value,
        first_at=at,
        last_at=at + timedelta(minutes=seeded.looks - 1),
        due_at=raised_at + (REVIEWED_WITHIN if glass else _DUE),
        nhs_number=number.value if number else "",
        looks=seeded.looks,
        sure=seeded.sure,
        reason=seeded.reason,
        agreement=agreement,
    )
    by = caller if glass or seeded.concern is Concern.SAID_MISTAKE else _the_hub(caller)
    raise_review(tx, raised, caller=by, at=raised_at)
    if seeded.verdict is not None:
        _settle(tx, seeded, seeded.verdict, raised_at + timedelta(days=1))
    return 3


def _settle(tx: Tx, seeded: _Seeded, verdict: Verdict, at: datetime) -> None:
    guardian, row = _caller(UserRole.CALDICOTT_GUARDIAN, seeded.owner), AccessReviewRow
    values = {
        "settled_at": at,
        "settled_by": guardian.user_id,
        "settled_by_name": guardian.name,
        "verdict": verdict.value,
        "words": seeded.words,
    }
    tx.execute(update(row).where(row.concern == seeded.concern.value, row.owner_ods == seeded.owner).values(values))
    event = LedgerEvent("review.settled", host=OdsCode(seeded.owner), reason=verdict.value)
    record(tx, event, caller=guardian, at=at)


def _number(key: str) -> NHSNumber:
    return next(each for each in MEMORABLE if each.key == key).person.patient.nhs_number


def _caller(role: UserRole, practice: str) -> Caller:
    person, ods = person_in(role, practice), OdsCode(practice)
    return Caller(person.uid, person.name, role, ods, by_ods()[ods].name, "", device="Chrome on Windows")


def _the_hub(caller: Caller) -> Caller:
    return replace(caller, user_id="the-hub", name="The hub", role=UserRole.SYSTEM, via="job")
