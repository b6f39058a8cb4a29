"""A neighbour with something to hide, for walks that must not find it: what is planted there occurs nowhere else."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from connectors.admission import Pass
from connectors.port import GPSystem
from scheduling.results import Offer
from sharing_agreements.gate import Permit
from sharing_agreements.terms import Why
from tests.scheduling.world import ANN, HOST, OTHER, TONIGHT, World, caller, patient
from vocabulary.identifiers import BookingRef, NHSNumber
from vocabulary.people import UserRole
from vocabulary.purposes import Scope
from vocabulary.slots import Gender, Location, Practitioner, Slot

PLANTED = "Planted"
CAT = NHSNumber("9990000034")  # registered at the third practice
LIMITED = (Why.GIVING_BACK, Why.FINDING_OUT)


@dataclass
class Neighbour:
    """A neighbour with something to hide, and everything that was asked of it since it was watched."""

    world: World
    slot: Slot
    offer: Offer
    theirs: BookingRef  # a third practice's booking there: none of ours
    patient_id: str  # of a patient there
    permits: list[Permit] = field(default_factory=list)

    def watch(self) -> None:
        """From now on, note each permit that opens a system, after its account was found in the ledger."""
        connect = self.world.desk.connect

        def noting(shown: Pass) -> GPSystem:
            assert isinstance(shown, Permit)
            self._accounted(shown)
            self.permits.append(shown)
            return connect(shown)

        self.world.desk = replace(self.world.desk, connect=noting)
        self.asked = len(self.world.network.script(HOST).calls)

    def _accounted(self, permit: Permit) -> None:
        """Before anything is fetched, its decision is committed; a timetable's permit by the pair it opened."""
        timetable = permit.caller.role is UserRole.SYSTEM and permit.question.scope is Scope.SEE_SLOTS
        act = "pool.opened" if timetable else f"permit.{permit.question.scope.value}"
        told = [
            row
            for row in self.world.ledger(act=act)
            if (row.host_ods, row.acting_for, row.user_id)
            == (permit.host.value, permit.caller.practice.value, permit.caller.user_id)
            and row.outcome in ("allowed", "done")
        ]
        assert told, permit

    def untouched(self) -> bool:
        """Nothing new was asked of it, and whatever was asked was to give back or to find out."""
        there = [permit for permit in self.permits if permit.host == HOST]
        asked = len(self.world.network.script(HOST).calls) - self.asked
        ours = [permit for permit in there if permit.caller.practice != HOST]  # it goes on looking into its own diary
        return all(permit.decision.why in LIMITED for permit in ours) and (asked == 0 or bool(there))


def settle_in(world: World) -> Neighbour:
    """One with two clinics, a patient and a third practice's booking, all seen by the home practice."""
    place = Location("there", f"{PLANTED} Health Centre", ("1 High Street",), "BS3 1AA", "0117 4960333")
    doctor = Practitioner("doctor", f"Dr Petra {PLANTED}", Gender.FEMALE)
    slot, *_ = world.clinic(HOST, location=place, practitioner=doctor)
    world.clinic(HOST, starts=TONIGHT + timedelta(days=1), location=place, practitioner=doctor)
    world.network.diary(HOST).add_patient(patient(ANN, family=PLANTED))
    world.network.tracing.add(patient(CAT, given="Cat"), home_practice=OTHER)
    world.see(who=OTHER)
    theirs = world.book(caller(OTHER, user="olga.other"), nhs_number=CAT, index=5).ref
    world.see()
    patient_id = world.network.connect(HOST, caller()).find_patient(ANN).host_id
    return Neighbour(world, slot, world.offers()[0], theirs, patient_id)
