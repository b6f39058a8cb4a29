"""What a journey left behind: the booking, the host's own diary, the ledger. The same whichever door was used."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.journeys.town import Town
from vocabulary.identifiers import BookingRef, OdsCode

# Looking changes nothing, and each door looks in its own way: the acts are compared without it.
_LOOKING = ("booking.viewed", "patient.looked-up", "patient.searched", "slots.searched")


@dataclass(frozen=True, slots=True)
class Account:
    """One booking as it stands, with references and moments made comparable."""

    booking: dict[str, Any]
    diary: tuple[dict[str, Any], ...]
    history: tuple[tuple[str, str, str], ...]
    acts: tuple[dict[str, Any], ...]


def account_of(town: Town, ref: str, *, others: tuple[str, ...] = ()) -> Account:
    """The account of one booking; `others` are references it may mention."""
    value = BookingRef.parse(ref).value
    (row,) = town.rows(
        "SELECT state, host_ods, booking_ods, home_ods, start_at, end_at - start_at AS length, family, description,"
        " comment, phone, patient_told, clash_reason, refusal_code, refusal_words, cancel_reason, agreement, clause,"
        " created_by, created_by_role, replaces, appointment_id <> '' AS has_receipt FROM booking WHERE ref = :ref",
        ref=value,
    )
    start, host = row.pop("start_at"), OdsCode(str(row["host_ods"]))
    assert isinstance(start, datetime)
    masks = _Masks((value, *others), start)
    return Account(
        booking=masks.all_of(row),
        diary=tuple(
            masks.all_of({name: there[name] for name in ("status", "description", "comment", "cancellation_reason")})
            for there in town.appointments(value, host)
        ),
        history=tuple(
            (str(event["to_state"]), str(event["by_user"]), str(masks.of(event["words"])))
            for event in town.rows(
                "SELECT to_state, by_user, words FROM booking_event WHERE ref = :ref ORDER BY id", ref=value
            )
        ),
        acts=tuple(masks.all_of(act) for act in acts_of(town, ref=value)),
    )


def acts_of(town: Town, *, ref: str = "", nhs_number: str = "") -> list[dict[str, object]]:
    """The ledger's acts about a booking or a patient, in order, without looking and without the door."""
    found = town.rows(
        "SELECT act, outcome, user_id, user_role, acting_for, host_ods, purpose, agreement, clause, reason, detail"
        " FROM ledger_event"
        " WHERE (:ref <> '' AND booking_ref = :ref) OR (:number <> '' AND nhs_number = :number) ORDER BY id",
        ref=ref,
        number=nhs_number,
    )
    return [act for act in found if act["act"] not in _LOOKING]


class _Masks:
    """What differs between two runs of one journey without meaning anything."""

    def __init__(self, refs: tuple[str, ...], start: datetime) -> None:
        self._refs = refs
        self._start = start

    def all_of(self, row: dict[str, Any]) -> dict[str, Any]:
        return {name: self.of(value) for name, value in row.items()}

    def of(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self.all_of(value)
        if not isinstance(value, str):
            return value
        for number, ref in enumerate(self._refs):
            value = value.replace(ref, f"REF{number}").replace(f"{ref[:4]}-{ref[4:]}", f"REF{number}")
        if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.+]+", value):
            return str(datetime.fromisoformat(value) - self._start)
        return value
