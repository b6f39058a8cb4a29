"""The JSON door: a program at reception, doing what the receptionist asks of it."""

import secrets
import time
from datetime import datetime
from typing import Any

import requests

from tests.journeys.people import Person
from tests.journeys.requests_made import RequestsMade
from tests.journeys.words import HELD, NOT_DONE, ON_THE_PHONE, Clinic, Form, Found, Offer, Told
from vocabulary.appointments import CancellationReason


class Program:
    """Somebody's program with their bearer token."""

    name = "the JSON door"

    def __init__(self, hub_url: str, token: str, made: RequestsMade) -> None:
        self._root = f"{hub_url}/api/v1"
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._session.hooks["response"].append(lambda answer, **_: made.note_answer(answer))
        self._patient: Person | None = None
        self._held: str = ""
        self._moving = ""

    def close(self) -> None:
        self._session.close()

    # --- The patient.

    def put_through(self, person: Person) -> Told:
        self._moving = ""
        answer = self._post("/patients/look-up", {"nhs_number": person.nhs_number.value})
        if not answer.ok:
            return _refusal(answer)
        self._patient = person
        return Told(ON_THE_PHONE, _words(answer.json()))

    def look_for_name(self, person: Person) -> Told:
        body = {"family": person.family, "given": person.given, "birth_date": person.born.isoformat()}
        answer = self._post("/patients/search", body)
        return Told(ON_THE_PHONE, _words(answer.json())) if answer.ok else _refusal(answer)

    # --- The times.

    def find(self, clinic: Clinic) -> Found:
        return self.search(
            {
                "from": clinic.start.isoformat(),
                "to": clinic.end.isoformat(),
                "host": clinic.host.value,
                "role": clinic.role.value,
                "channel": clinic.channel.value,
            }
        )

    def search(self, query: dict[str, str]) -> Found:
        found = self._get("/slots", query)
        following = found["next_after"]
        return Found(
            offers=tuple(map(_offer, found["offers"])),
            next_one=_offer(following) if following else None,
            words=_words(found),
        )

    def choose(self, offer: Offer) -> Told:
        answer = self._post("/holds", {"slot_ids": list(offer.key)})
        if not answer.ok:
            return _refusal(answer)
        self._held = answer.json()["ref"]
        return Told(HELD, _words(answer.json()), _value(self._held))

    # --- The booking.

    def confirm(self, form: Form) -> Told:
        assert self._patient
        body: dict[str, Any] = {"hold": self._held, "description": form.reason, "patient_told": form.told}
        body |= {"comment": form.note, "clash_reason": form.clash_reason, "differences_seen": form.differences_seen}
        body |= {"phone": form.phone or self._patient.phone}
        if self._moving:
            path, self._moving = f"/bookings/{self._moving}/move", ""
        else:
            path, body["nhs_number"] = "/bookings", self._patient.nhs_number.value
        return self._settled(self._post(path, body))

    def look(self, ref: str) -> Told:
        return self._settled(self._session.get(f"{self._root}/bookings/{ref}", timeout=30))

    def cancel(self, ref: str, reason: CancellationReason = CancellationReason.PATIENT_ASKED) -> Told:
        return self._settled(self._post(f"/bookings/{ref}/cancel", {"reason": reason.value}))

    def let_go(self) -> None:
        answer = self._session.delete(f"{self._root}/holds/{self._held}", timeout=30)
        assert answer.status_code == 204, answer.text

    def hang_up(self) -> None:
        self._patient = None

    def begin_move(self, ref: str) -> None:
        self._moving = ref

    def bookings_of_patient(self) -> tuple[str, ...]:
        assert self._patient
        card = self._post("/patients/look-up", {"nhs_number": self._patient.nhs_number.value}).json()
        return tuple(_value(one["ref"]) for one in card["bookings"])

    def wait_for_news(self, ref: str, *, within: float) -> Told:
        """Ask again, as the answer said to, until the booking is settled."""
        deadline = time.monotonic() + within
        while True:
            told = self.look(ref)
            waits = told.what in ("requested", "in-doubt", "cancelling")
            if not waits or time.monotonic() > deadline:
                return told
            time.sleep(1)

    # --- How it talks.

    def _settled(self, answer: requests.Response) -> Told:
        said = answer.json()
        if answer.ok:
            return Told(said["state"], _words(said), _value(said["ref"]))
        told = _refusal(answer)
        if said["code"] != "booking-refused":
            return told
        return Told("refused", told.words, _value(said["booking"]["ref"]), told.offers)

    def _get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        answer = self._session.get(f"{self._root}{path}", params=query, timeout=30)
        assert answer.ok, answer.text
        return dict(answer.json())

    def _post(self, path: str, body: dict[str, Any]) -> requests.Response:
        key = {"Idempotency-Key": secrets.token_hex(12)}
        return self._session.post(f"{self._root}{path}", json=body, headers=key, timeout=30)


def _refusal(answer: requests.Response) -> Told:
    said = answer.json()
    return Told(NOT_DONE, _words(said), offers=tuple(map(_offer, said.get("alternatives", ()))))


def _offer(found: dict[str, Any]) -> Offer:
    start = datetime.fromisoformat(found["slot"]["start"])
    return Offer(start, _words(found), tuple(found["slot_ids"]))


def _value(spoken: str) -> str:
    return spoken.replace("-", "")


def _words(said: Any) -> str:
    """Everything an answer says, as one text."""
    if isinstance(said, dict):
        return " ".join(_words(value) for value in said.values())
    if isinstance(said, list):
        return " ".join(map(_words, said))
    return "" if said is None else str(said)
