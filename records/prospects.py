"""What to expect of the records of tonight's patients: one's own, to be had with permission, or not shared and why.

It asks about practices and roles, and whether a patient who would be asked has said no for good: nobody should have
to say it twice. Nothing of anybody's record is shown by it. The look itself decides again, and is accounted for.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from practices import directory
from practices.results import PracticeView
from records import answers
from records.viewing import ViewingRoom
from scheduling.results import BookingView
from sharing_agreements.problems import refusal_words
from sharing_agreements.reading import choices_of
from storage.work import Tx
from vocabulary.choices import PatientChoice
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.people import Caller
from vocabulary.purposes import Scope
from vocabulary.times import time_words

_DISSENT = "The patient has said that their record is not to be shared. Nobody can override this."


class Prospect(StrEnum):
    """Whether a look would be let through by the agreements."""

    OURS = "ours"  # registered here: in one's own system
    NEEDS_PERMISSION = "needs-permission"
    NOT_SHARED = "not-shared"
    UNKNOWN = "unknown"  # nobody knows the patient's practice


@dataclass(frozen=True, slots=True)
class RecordProspect:
    """One patient's prospect, and for one that is not shared the reason in words."""

    prospect: Prospect
    words: str = ""


def prospects(
    room: ViewingRoom, visits: Iterable[BookingView], names: dict[str, str], caller: Caller
) -> dict[BookingRef, RecordProspect]:
    """For each booking at the caller's practice: what a look at the record would meet."""
    listed = tuple(visits)
    homes = {one.home_practice for one in listed if one.home_practice not in (None, caller.practice)}
    with room.work.read() as tx:
        decisions = room.gate.open_hosts(
            tx, caller, Scope.VIEW_RECORD, [home for home in homes if home], at=room.clock.now()
        )

        dissenting = {
            one.nhs_number
            for one in listed
            if one.home_practice in decisions
            and decisions[one.home_practice].allowed
            and PatientChoice.DISSENT_TO_SHARING in choices_of(tx, one.nhs_number)
        }
        refused_there = answers.withheld(tx, [one.ref for one in listed if one.home_practice in decisions])
        silent = {home for home in decisions if not decisions[home].allowed}
        silent |= {one.home_practice for one in listed if one.ref in refused_there and one.home_practice}
        silent |= {one.home_practice for one in listed if one.nhs_number in dissenting and one.home_practice}
        instead = _instead(tx, silent)

    def of(one: BookingView) -> RecordProspect:
        home = one.home_practice
        if home is None:
            return RecordProspect(Prospect.UNKNOWN)
        if home == caller.practice:
            return RecordProspect(Prospect.OURS)
        decision = decisions[home]
        if one.nhs_number in dissenting:
            return RecordProspect(Prospect.NOT_SHARED, f"{_DISSENT} {instead[home]}")
        name = names.get(home.value, home.value)
        if decision.allowed and one.ref in refused_there:
            said = f"{name} withheld it when it was asked at {time_words(refused_there[one.ref])}. {instead[home]}"
            return RecordProspect(Prospect.NEEDS_PERMISSION, said)
        if decision.allowed:
            return RecordProspect(Prospect.NEEDS_PERMISSION)
        message, _ = refusal_words(decision, name, role=caller.role, scope=Scope.VIEW_RECORD)
        return RecordProspect(Prospect.NOT_SHARED, f"{message} {instead[home]}")

    return {one.ref: of(one) for one in listed}


def dissents(room: ViewingRoom, booking: BookingView) -> bool:
    """Whether this patient has said for good, as far as the hub knows, that their record is not to be shared: nothing
    opens it, no emergency either."""
    with room.work.read() as tx:
        return PatientChoice.DISSENT_TO_SHARING in choices_of(tx, booking.nhs_number)


def _instead(tx: Tx, homes: Collection[OdsCode]) -> dict[OdsCode, str]:
    """What to do where a record is not to be had: by practice, with the number that is answered at night."""
    known = {each.ods: each for each in directory.practices(tx, homes)} if homes else {}
    return {home: f"Take the history{_or_ring(known.get(home))}." for home in homes}


def _or_ring(practice: PracticeView | None) -> str:
    phone = (practice.bypass_phone or practice.phone) if practice else ""
    return f", or ring {practice.name} on {phone}" if practice and phone else ""
