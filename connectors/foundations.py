"""GP Connect's Foundations as a consumer: patients, practitioners, organisations, places, and what a system can do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from connectors.consumer import Consumer, garbled, of_another, understand
from connectors.faults import PatientUnknown
from connectors.port import Description
from connectors.refusals import nobody_found
from connectors.verdicts import Answer
from gp_connect import bundles, capability, interactions, names, organisations, patients
from gp_connect.elements import Resource, Unreadable, child, children, expect, text
from gp_connect.interactions import Interaction
from gp_connect.organisations import Organisation
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.slots import Location, Practitioner

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Foundations:
    """One caller's questions to one host."""

    consumer: Consumer

    def find_patient(self, nhs_number: NHSNumber) -> Patient:
        """The active patient. Raises PatientUnknown for an empty bundle: not known there, or not to be shown."""
        answer = self.consumer.ask(interactions.FIND_PATIENT, params=patients.find_query(nhs_number))
        return one_patient(answer, nhs_number)

    def read_patient(self, host_id: str) -> Patient:
        """The active patient with this id at the host. Raises PatientUnknown when there is none to be shown."""
        return self._read(interactions.READ_PATIENT, host_id, patients.read)

    def register_patient(self, patient: Patient) -> Patient:
        """Register temporarily."""
        answer = self.consumer.ask(interactions.REGISTER_PATIENT, body=patients.registration(patient))
        try:
            return one_patient(answer, patient.nhs_number)
        except PatientUnknown:
            raise garbled("registered, yet no patient in the answer") from None

    def find_practitioner(self, sds_user_id: str) -> Practitioner | None:
        """Who has this national user id there, if anybody."""
        return self._find(
            interactions.FIND_PRACTITIONER, names.SDS_USER_ID, sds_user_id, organisations.read_practitioner
        )

    def practitioner(self, host_id: str) -> Practitioner:
        """The practitioner with this id at the host."""
        return self._read(interactions.READ_PRACTITIONER, host_id, organisations.read_practitioner)

    def find_organisation(self, ods: OdsCode) -> Organisation | None:
        """The organisation with this ODS code, if the host knows it."""
        return self._find(interactions.FIND_ORGANISATION, names.ODS_CODE, ods.value, organisations.read_organisation)

    def organisation(self, host_id: str) -> Organisation | None:
        """The organisation with this id at the host; None where it carries no ODS code."""
        return self._read(interactions.READ_ORGANISATION, host_id, organisations.read_organisation)

    def location(self, host_id: str) -> Location:
        """The place with this id at the host."""
        return self._read(interactions.READ_LOCATION, host_id, organisations.read_location)

    def statement(self) -> Description:
        """What the host's system says of itself."""
        return understand(self.consumer.ask(interactions.METADATA), _described)

    def _find(
        self, interaction: Interaction, system: str, value: str, read: Callable[[Resource], Found]
    ) -> Found | None:
        answer = self.consumer.ask(interaction, params=[("identifier", f"{system}|{value}")])
        kind = interaction.path.strip("/")
        found = understand(answer, lambda bundle: bundles.of_type(bundle, kind))
        if len(found) > 1:
            raise garbled(f"more than one {kind} came back for one identifier")
        return read(found[0]) if found else None

    def _read(self, interaction: Interaction, host_id: str, read: Callable[[Resource], Found]) -> Found:
        answer = self.consumer.ask(interaction, logical_id=host_id)

        def checked(resource: Resource) -> Found:
            expect(resource, interaction.path.strip("/").partition("/")[0])
            if text(resource, "id") != host_id:
                raise Unreadable("another resource than the one asked for")
            return read(resource)

        return understand(answer, checked)


def one_patient(answer: Answer, nhs_number: NHSNumber) -> Patient:
    """The patient in the answer to a find. Raises PatientUnknown for an empty one, OfAnotherPatient for another."""
    found = understand(answer, patients.read_found)
    if found is None:
        told = nobody_found()
        raise PatientUnknown(told.words, code=told.code, detail="empty bundle", owner=told.owner, next_step=told.advice)
    if found.nhs_number != nhs_number:
        raise of_another("another patient than the one asked for")
    if not found.host_id:
        raise garbled("a patient without an id")
    return found


def _described(resource: Resource) -> Description:
    said = capability.read(resource)
    rest = child(resource, "rest")
    can = [
        f"{text(each, 'type')} {text(interaction, 'code')}"
        for each in children(rest, "resource")
        for interaction in children(each, "interaction")
    ]
    can += [text(operation, "name") for operation in children(rest, "operation")]
    return Description(
        took=timedelta(0),
        standard=said.standard,
        software=said.software,
        software_version=said.software_version,
        interactions=tuple(sorted({each.strip() for each in can if each.strip()})),
    )
