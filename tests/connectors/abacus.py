"""The library of a supplier that does not exist, for the example in docs: an in-process system behind dictionaries."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from connectors.faults import Garbled, NoAnswer, PatientUnknown, Refused, SlotGone, Unreachable
from connectors.mock import MockNetwork, MockSystem
from connectors.recognition import refs_in
from vocabulary.appointments import Appointment, BookingRequest, CancellationReason, Receipt
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.people import Caller
from vocabulary.slots import Gender, Slot
from vocabulary.times import Window


class SaysNo(Exception):
    """A refusal of the system's."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


PLAYED: dict[str, tuple[MockNetwork, OdsCode, dict[str, Caller]]] = {}
"""By address: the network played, the practice, and who acts for which code."""


class Client:
    """What the supplier's documentation promises. `seconds` is how long to wait."""

    def __init__(self, address: str, _key: str, *, acting_for: str) -> None:
        self._network, self._host, callers = PLAYED[address]
        self._caller = callers[acting_for]
        self._system: MockSystem = self._network.connect(self._host, self._caller)  # type: ignore[assignment]

    def hello(self, *, seconds: float) -> dict[str, Any]:
        return self._answer(lambda: {"took": str(self._system.ping())})

    def diary(self, start: datetime, end: datetime, *, seconds: float) -> dict[str, Any]:
        return self._answer(lambda: {"free": [slot_row(each) for each in self._system.free_slots(Window(start, end))]})

    def person(self, number: str, *, seconds: float) -> dict[str, Any]:
        return self._answer(lambda: person_row(self._system.find_patient(NHSNumber.parse(number))))

    def enrol(self, row: dict[str, Any], *, seconds: float) -> dict[str, Any]:
        kept = (row["family"], row["given"], row["born"], Gender(row["gender"]))
        patient = Patient(NHSNumber.parse(row["nhs"]), *kept, row["postcode"], row["address"], row["phone"])
        return self._answer(lambda: person_row(self._system.register_patient(patient)))

    def reserve(self, wanted: dict[str, Any], *, seconds: float) -> dict[str, Any]:
        def book() -> dict[str, Any]:
            receipt = self._system.book(self._request(wanted))
            return self._row(self._network.diary(self._host).read(receipt.appointment_id))

        return self._answer(book)

    def entries(self, person: str, *, seconds: float) -> dict[str, Any]:
        # Any request does: the script plays its faults on the port's method, and the diary is asked for all of them.
        def held() -> dict[str, Any]:
            self._system.script.play(self._system._call("find_booking"), lambda: None)
            return {"entries": [self._row(each) for each in self._network.diary(self._host).of_patient(person)]}

        return self._answer(held)

    def entry(self, number: str, *, seconds: float) -> dict[str, Any]:
        return self._answer(lambda: self._row(self._system.read(Receipt(self._host, number))))

    def change(self, number: str, version: str, new: dict[str, Any], *, seconds: float) -> dict[str, Any]:
        def amend() -> dict[str, Any]:
            receipt = Receipt(self._host, number, version)
            self._system.amend(receipt, description=new["title"], comment=new["note"])
            return self._row(self._network.diary(self._host).read(number))

        return self._answer(amend)

    def strike(self, number: str, reason: str, *, seconds: float) -> dict[str, Any]:
        why = next(each for each in CancellationReason if each.words == reason)

        def cancel() -> dict[str, Any]:
            self._system.cancel(Receipt(self._host, number), why)
            return self._row(self._network.diary(self._host).read(number))

        return self._answer(cancel)

    def _answer(self, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The answer as a supplier's library would give it, its own errors included."""
        try:
            return act()
        except Unreachable:
            raise ConnectionRefusedError from None
        except NoAnswer:
            raise TimeoutError from None
        except Garbled:
            return {"<html>": "Bad Gateway"}
        except (SlotGone, PatientUnknown, Refused) as no:
            reasons = {SlotGone: "gone", PatientUnknown: "nobody"}
            raise SaysNo(reasons.get(type(no), "no"), no.status) from None

    def _request(self, wanted: dict[str, Any]) -> BookingRequest:
        note: str = wanted["note"]
        ref = next(iter(refs_in(note)), BookingRef.from_number(1))
        window = Window(wanted["from"], wanted["until"])
        return BookingRequest(
            ref=ref,
            host=self._host,
            slots=self._slots(wanted["slots"], window),
            nhs_number=NHSNumber.parse("9990000018"),
            patient_host_id=wanted["person"],
            booking_practice=self._caller.practice,
            booking_practice_name=self._caller.practice_name,
            booking_practice_phone=self._caller.practice_phone,
            description=wanted["title"],
            comment=note.removeprefix(f"[{ref.spoken}]").strip(),
            created=datetime.now(UTC),
        )

    def _slots(self, ids: list[str], window: Window) -> tuple[Slot, ...]:
        """The slots named; one that is not there, or not then, comes as asked for, so that the diary may refuse it."""
        entries = self._network.diary(self._host)._entries
        known = [entries[each].slot for each in ids if each in entries]
        if not known or len(known) != len(ids):
            raise Refused("There is no such slot.", status=422)
        asked = Window(known[0].window.start, known[-1].window.end)
        return tuple(known) if asked == window else (replace(known[0], window=window), *known[1:])

    def _row(self, held: Appointment) -> dict[str, Any]:
        return {
            "id": held.receipt.appointment_id,
            "version": held.receipt.version,
            "struck": held.cancellation_reason,
            "person": held.patient_host_id,
            "slots": list(held.slot_ids),
            "title": held.description,
            "note": held.comment,
            "by": str(held.booked_by),
            **times(held.window),
        }


def times(window: Window) -> dict[str, str]:
    return {"from": window.start.isoformat(), "until": window.end.isoformat()}


def slot_row(slot: Slot) -> dict[str, Any]:
    session, place = slot.session, slot.session.location
    assert place is not None
    return {
        "id": slot.host_id,
        "how": slot.channel.value,
        "kind": slot.slot_type,
        "place": {"id": place.host_id, "name": place.name},
        "list": {"id": session.host_id, "name": session.name, "role": session.role_code},
        **times(slot.window),
    }


def person_row(patient: Patient) -> dict[str, Any]:
    told = {name: getattr(patient, name) for name in ("family", "given", "postcode", "address", "phone")}
    born: date = patient.birth_date
    gender, number = patient.gender.value, patient.nhs_number.value
    return told | {"id": patient.host_id, "nhs": number, "born": born.isoformat(), "gender": gender}
