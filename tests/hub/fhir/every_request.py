"""One request of every kind that the GP Connect door answers, for tests that walk them all."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from gp_connect import appointments, interactions, patients, slot_search
from gp_connect.interactions import Interaction
from tests.hub.fhir.consumer import Consumer
from tests.scheduling.world import ANN, BOB, HOME, HOST, World, patient
from vocabulary.identifiers import BookingRef
from vocabulary.slots import Slot
from vocabulary.times import Window, london_date


def one_of_each(
    consumer: Consumer, world: World, slot: Slot, *, booking: BookingRef, patient_id: str
) -> dict[Interaction, Callable[[], Any]]:
    """One request of every kind that the door answers."""
    now = world.clock.now()
    today = london_date(now)
    week = [("start", f"ge{today}"), ("start", f"le{today + timedelta(days=7)}")]
    id_ = booking.value
    held = {"resourceType": "Appointment", "id": id_}
    body = consumer.booking(slot, patient_id=patient_id)

    def ask(interaction: Interaction, logical_id: str = "", **more: Any) -> Callable[[], Any]:
        return lambda: consumer.ask(interaction, logical_id, **more)

    who = [("identifier", "https://fhir.nhs.uk/Id/sds-user-id|G1")]
    return {
        interactions.METADATA: ask(interactions.METADATA),
        interactions.FIND_PATIENT: ask(interactions.FIND_PATIENT, params=patients.find_query(ANN)),
        interactions.READ_PATIENT: ask(interactions.READ_PATIENT, patient_id),
        interactions.REGISTER_PATIENT: ask(
            interactions.REGISTER_PATIENT, body=patients.registration(patient(BOB, given="Bob"))
        ),
        interactions.FIND_PRACTITIONER: ask(interactions.FIND_PRACTITIONER, params=who),
        interactions.READ_PRACTITIONER: ask(interactions.READ_PRACTITIONER, "doctor"),
        interactions.FIND_ORGANISATION: ask(
            interactions.FIND_ORGANISATION,
            params=[("identifier", f"https://fhir.nhs.uk/Id/ods-organization-code|{HOST}")],
        ),
        interactions.READ_ORGANISATION: ask(interactions.READ_ORGANISATION, HOST.value),
        interactions.READ_LOCATION: ask(interactions.READ_LOCATION, "there"),
        interactions.FREE_SLOTS: ask(
            interactions.FREE_SLOTS, params=slot_search.query(Window(now, now + timedelta(days=7)), HOME)
        ),
        interactions.BOOK: ask(interactions.BOOK, body=body),
        interactions.PATIENT_APPOINTMENTS: ask(interactions.PATIENT_APPOINTMENTS, patient_id, params=week),
        interactions.READ_APPOINTMENT: ask(interactions.READ_APPOINTMENT, id_),
        interactions.AMEND: ask(
            interactions.AMEND, id_, body=appointments.amended_form(held, description="x", comment="y"), version="1"
        ),
        interactions.CANCEL: ask(
            interactions.CANCEL, id_, body=appointments.cancelled_form(held, "No longer needed"), version="1"
        ),
    }
