"""Real-shaped requests gone wrong: trees, headers, parameters and bytes changed at random, by a seed."""

import copy
import json
import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from gp_connect import appointments, interactions, patients, slot_search, xml
from gp_connect.elements import Resource, Unreadable
from gp_connect.interactions import Interaction
from tests.hub.fhir.consumer import Consumer
from tests.scheduling.world import ANN, BOB, World, patient
from vocabulary.slots import Slot
from vocabulary.times import Window, london_date

_ODD_TEXTS = (
    "",
    " ",
    "\x00",
    "\ud800",
    "é" * 600,
    "x" * 20_000,
    "../../etc",
    "%00%ff",
    "<b>&amp;</b>",
    "9999-99-99",
    "2026-11-24T18:30:00",
    "2026-02-30T25:61:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "Patient/",
    "Slot/" + "a" * 65,
    "https://elsewhere.example/Patient/1",
    "#1",
    "NaN",
    "null",
    "'; DROP TABLE booking; --",
    "\u202e\u0000\uffff",
)
_ODD_VALUES: tuple[Any, ...] = (None, True, False, 0, -1, 10**30, 1e308, [], {}, [[]], [None], {"": ""}, [{}], "x")


@dataclass(frozen=True)
class Sent:
    """One request, ready to send."""

    interaction: Interaction
    method: str
    path: str
    params: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes | None


@dataclass
class Mutator:
    """Makes the request of a seed; the same seed always makes the same one."""

    consumer: Consumer
    world: World
    slots: tuple[Slot, ...]
    patient_id: str
    held: Resource
    chance: random.Random = field(default_factory=lambda: random.Random(1))

    def request(self, seed: int) -> Sent:
        self.chance = random.Random(seed)
        interaction, logical_id, params, body = self.chance.choice(self._whole())()
        path = f"{self.consumer.root}{interaction.url(logical_id)}"
        headers = self.consumer.headers(interaction, version=self.chance.choice(["", "1", "2", "x" * 99]))
        raw = None
        if body is not None:
            tree = copy.deepcopy(body)
            for _ in range(self.chance.randint(0, 4)):
                tree = self._changed(tree)
            raw = self._written(tree, headers)
        for _ in range(self.chance.choice([0, 0, 1, 2])):
            self._spoil_headers(headers)
        params = [pair for pair in params for _ in range(self.chance.choice([0, 1, 1, 1, 1, 2]))]
        if params and self.chance.random() < 0.5:
            spot = self.chance.randrange(len(params))
            params[spot] = (params[spot][0], self._text(params[spot][1]))
        if self.chance.random() < 0.15:
            path = path.replace("/", self.chance.choice(["/", "//", "/%2F", "/é"]), 7) + self.chance.choice(
                ["", "/", "x"]
            )
        if raw and self.chance.random() < 0.15:
            raw = self._bytes(raw)
        method = (
            interaction.verb if self.chance.random() < 0.95 else self.chance.choice(["PUT", "POST", "GET", "PATCH"])
        )
        return Sent(interaction, method, path, params, headers, raw)

    def _whole(self) -> list[Any]:
        now = self.world.clock.now()
        first, last = london_date(now), london_date(now + timedelta(days=9))
        booking = self.consumer.booking(self.chance.choice(self.slots), patient_id=self.patient_id)
        amended = appointments.amended_form(self.held, description="Changed", comment="x")
        cancelled = appointments.cancelled_form(self.held, "No longer needed")
        window = Window(now, now + timedelta(days=9))
        ours = self.consumer.who.practice
        return [
            lambda: (interactions.BOOK, "", [], booking),
            lambda: (interactions.BOOK, "", [], booking),
            lambda: (interactions.REGISTER_PATIENT, "", [], patients.registration(patient(BOB, given="Bob"))),
            lambda: (interactions.AMEND, self.held["id"], [], amended),
            lambda: (interactions.CANCEL, self.chance.choice([self.held["id"], "2222222H"]), [], {**cancelled, "x": 1}),
            lambda: (interactions.FREE_SLOTS, "", slot_search.query(window, ours), None),
            lambda: (interactions.FIND_PATIENT, "", patients.find_query(ANN), None),
            lambda: (
                interactions.PATIENT_APPOINTMENTS,
                self.patient_id,
                [("start", f"ge{first}"), ("start", f"le{last}")],
                None,
            ),
            lambda: (interactions.READ_APPOINTMENT, self._text(self.held["id"]).replace("\x00", ""), [], None),
            lambda: (interactions.FIND_ORGANISATION, "", [("identifier", "https://fhir.nhs.uk/Id/x|Y90003")], None),
        ]

    def _changed(self, tree: Any) -> Any:
        """The tree with one thing in it changed."""
        spots = list(_spots(tree))
        if not spots:
            return copy.deepcopy(self.chance.choice(_ODD_VALUES))
        holder, key = self.chance.choice(spots)
        kind = self.chance.randrange(6)
        if kind == 0:
            del holder[key]
        elif kind == 1:
            holder[key] = copy.deepcopy(self.chance.choice(_ODD_VALUES))
        elif kind == 2 and isinstance(holder[key], str):
            holder[key] = self._text(holder[key])
        elif kind == 3:
            holder[key] = [copy.deepcopy(holder[key])] * self.chance.choice([0, 2, 40])
        elif kind == 4 and isinstance(holder, dict):
            holder[self.chance.choice(["resourceType", "extension", "contained", "id", "é", "_start", "x" * 300])] = (
                copy.deepcopy(holder[key])
            )
        else:
            other, place = self.chance.choice(spots)
            if isinstance(other, dict) and place in other:
                holder[key] = copy.deepcopy(other[place])
        return tree

    def _written(self, tree: Any, headers: dict[str, str]) -> bytes:
        if self.chance.random() < 0.3 and isinstance(tree, dict):
            try:
                as_xml = xml.encode(tree)
            except (Unreadable, ValueError, TypeError, AttributeError):
                as_xml = b"<Appointment xmlns='http://hl7.org/fhir'><id value='1'/></Appointment>"
            headers["Content-Type"] = "application/fhir+xml;charset=utf-8"
            return as_xml
        return json.dumps(tree).encode("utf-8", "surrogatepass")

    def _spoil_headers(self, headers: dict[str, str]) -> None:
        name = self.chance.choice([*headers, "Prefer", "If-Match", "Accept", "Content-Type", "Authorization"])
        if self.chance.random() < 0.3:
            headers.pop(name, None)
        elif name == "Authorization":
            token = list(headers.get(name, "Bearer a.b."))
            token[self.chance.randrange(len(token))] = self.chance.choice("aZ0-_. =")
            headers[name] = "".join(token)
        else:
            plain = self._text(headers.get(name, "return=minimal")).encode("ascii", "ignore").decode()
            headers[name] = "".join(sign for sign in plain if sign.isprintable())[:3000]

    def _text(self, text: str) -> str:
        kind = self.chance.randrange(4)
        if kind == 0 or not text:
            return self.chance.choice(_ODD_TEXTS).replace("\ud800", "?")
        spot = self.chance.randrange(len(text))
        if kind == 1:
            return text[:spot]
        if kind == 2:
            return text[:spot] + self.chance.choice("0aé|%/\t") + text[spot + 1 :]
        return text * 2

    def _bytes(self, raw: bytes) -> bytes:
        spot = self.chance.randrange(len(raw))
        kind = self.chance.randrange(3)
        if kind == 0:
            return raw[:spot]
        if kind == 1:
            return raw[:spot] + bytes([self.chance.randrange(256)]) + raw[spot + 1 :]
        return raw[:spot] + raw[: self.chance.randrange(len(raw))]


def _spots(tree: Any) -> Any:
    """Every place in a tree that holds something, as holder and key."""
    if isinstance(tree, dict):
        for key in list(tree):
            yield tree, key
            yield from _spots(tree[key])
    elif isinstance(tree, list):
        for index in range(len(tree)):
            yield tree, index
            yield from _spots(tree[index])
