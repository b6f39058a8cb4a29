"""One receptionist in a hurry: search, hold one of the times on the first page, book, again until nothing is left.

Only HTTP. Which time is chance, as it is with patients; what is equal at one time the hub itself spreads.
"""

import random
import secrets
import time
from dataclasses import dataclass, field

import requests

from tests.race.field import Field


@dataclass
class Racer:
    """Remembers what the hub told it, for the oracle to compare."""

    field: Field
    number: int
    told: dict[str, str] = field(default_factory=dict)  # reference -> state as answered
    lost: int = 0
    failures: list[str] = field(default_factory=list)

    def run(self, deadline: float) -> None:
        """Race until the slots, the patients or the time are used up."""
        self._session = requests.Session()
        self._chance = random.Random(self.number)
        self._session.headers["Authorization"] = f"Bearer {self.field.token(self.number)}"
        while time.monotonic() < deadline:
            offer = self._an_offer()
            if offer is None:
                return
            patient = self.field.patient()
            if patient is None:
                return
            if not self._book(offer, patient):
                self.field.give_back(patient)

    def _an_offer(self) -> list[int] | None:
        """One of the offers on the first page, None when nothing is left."""
        query = {"from": self.field.start.isoformat(), "to": self.field.end.isoformat(), "limit": "50"}
        answer = self._send("GET", "/slots", params=query)
        if answer is None or not answer.ok:
            return None
        offers = answer.json()["offers"]
        return list(self._chance.choice(offers)["slot_ids"]) if offers else None

    def _book(self, offer: list[int], patient: str) -> bool:
        """True when the patient is used up: booked, or not known yet."""
        held = self._send("POST", "/holds", json={"slot_ids": offer, "any_equal": True})
        if held is None or held.status_code != 201:
            self._lose(held, "hold")
            return False
        body = {"hold": held.json()["ref"], "nhs_number": patient, "description": "Race", "phone": "07700 900123"}
        booked = self._send("POST", "/bookings", json={**body, "patient_told": True})
        if booked is None or booked.status_code not in (201, 202):
            self._lose(booked, "book")
            return False
        view = booked.json()
        self.told[view["ref"]] = view["state"]
        return True

    def _lose(self, answer: requests.Response | None, step: str) -> None:
        if answer is None:
            return
        self.lost += 1
        code = str(answer.json().get("code", answer.status_code))
        self.field.note(f"{step}: {code}")

    def _send(self, method: str, path: str, **more: object) -> requests.Response | None:
        """Send, and send again with the same key while the hub is down or still at it."""
        headers = {"Idempotency-Key": secrets.token_hex(12)} if method == "POST" else {}
        url = f"{self.field.federation.hub_url}/api/v1{path}"
        for attempt in range(70):  # a killed worker's key is free again after 75 s
            try:
                answer = self._session.request(method, url, headers=headers, timeout=30, **more)  # type: ignore[arg-type]
            except requests.RequestException:
                time.sleep(0.25)
                continue
            again = answer.status_code in (500, 502, 503) or (
                answer.status_code == 409 and answer.json().get("code") == "idempotency-key-in-use"
            )
            if not again:
                return answer
            time.sleep(min(0.2 * (attempt + 1), 2.0))
        self.failures.append(f"{method} {path}: never answered")
        return None
