"""Patients: found or not, and registered for the time being; a hidden one looks like an unknown one."""

# ruff: noqa: S101  a kit of tests asserts

from datetime import date

import pytest

from connectors.conformance.bench import Bench
from connectors.faults import PatientUnknown, Refused, SlotGone
from connectors.port import ReadsFoundations
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import Patient, compare
from vocabulary.slots import Gender

ROBIN = Patient(
    nhs_number=NHSNumber.parse("999 000 0050"),
    family="O'Testcase-Ó",
    given="Robin Lee",
    birth_date=date(1956, 10, 28),
    gender=Gender.OTHER,
    postcode="BS3 1AB",
    address=("5 Sample Road", "Bristol"),
    phone="07700 900456",
)


class PatientConformance:
    """What any system must say about patients."""

    def test_a_patient_is_found_as_the_practice_knows_them(self, bench: Bench) -> None:
        bench.add_patient(ROBIN)
        found = bench.connect(bench.caller).find_patient(ROBIN.nhs_number)
        assert compare(ROBIN, found).differences == ()
        assert (found.gender, found.postcode, found.phone) == (ROBIN.gender, ROBIN.postcode, ROBIN.phone)
        assert found.host_id

    def test_nobody_is_unknown_and_so_is_somebody_hidden(self, bench: Bench) -> None:
        system = bench.connect(bench.caller)
        with pytest.raises(PatientUnknown):
            system.find_patient(ROBIN.nhs_number)
        bench.add_patient(ROBIN, hidden=True)
        with pytest.raises(PatientUnknown):
            system.find_patient(ROBIN.nhs_number)

    def test_a_registered_patient_is_found_under_the_same_id(self, bench: Bench) -> None:
        bench.make_known(ROBIN)
        system = bench.connect(bench.caller)
        registered = system.register_patient(ROBIN)
        assert registered.host_id
        assert compare(ROBIN, registered).differences == ()
        assert system.find_patient(ROBIN.nhs_number).host_id == registered.host_id

    def test_a_patient_is_read_by_the_practices_own_id(self, bench: Bench) -> None:
        bench.add_patient(ROBIN)
        system = bench.connect(bench.caller)
        if not isinstance(system, ReadsFoundations):
            pytest.skip("this system reads nothing by its own ids")
        found = system.find_patient(ROBIN.nhs_number)
        assert system.read_patient(found.host_id) == found
        with pytest.raises(PatientUnknown):
            system.read_patient("no-such-patient")
        assert system.find_practitioner("555999999999") is None

    def test_somebody_who_can_neither_be_found_nor_registered_is_refused_with_a_way_out(self, bench: Bench) -> None:
        """Active but untraced, restricted, died: from outside one cannot tell which, and only the practice can help."""
        bench.make_known(ROBIN)
        bench.add_patient(ROBIN, hidden=True)
        system = bench.connect(bench.caller)
        for _ in range(2):
            with pytest.raises(PatientUnknown):
                system.find_patient(ROBIN.nhs_number)
            with pytest.raises(Refused) as caught:
                system.register_patient(ROBIN)
            assert not isinstance(caught.value, SlotGone | PatientUnknown)
            assert caught.value.words
            assert "phone" in caught.value.in_full.lower()

    def test_registering_twice_is_refused_and_is_no_lost_slot(self, bench: Bench) -> None:
        bench.make_known(ROBIN)
        system = bench.connect(bench.caller)
        registered = system.register_patient(ROBIN)
        with pytest.raises(Refused) as caught:
            system.register_patient(ROBIN)
        assert not isinstance(caught.value, SlotGone | PatientUnknown)
        assert caught.value.words
        assert system.find_patient(ROBIN.nhs_number).host_id == registered.host_id
