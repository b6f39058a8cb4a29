"""The diary, patients and national record that the provider test suite expects, as the simulator is loaded with them.

Slots roll over the days ahead: most are open to everybody, and on the first days some are kept for one organisation,
for one kind of organisation, or both. Names and dates of birth are made up: the suite knows its patients by number.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from practices.importing.assurance import AssuranceData
from vocabulary.identifiers import OdsCode
from vocabulary.patients import Patient
from vocabulary.times import at_london, london_date

_Item = dict[str, Any]
_ABSENT = "practitioner4"  # must not be found
_NOT_THERE = "patientNotInSystem"
_STANDINGS = {"patient9": "sensitive", "patient10": "sensitive", "patient18": "deceased", "patient21": "inactive"}
_NOT_NATIONAL = "patient14"  # known to the practice, not to the national record
_SUPERSEDED, _NUMBER_NOW = "patient11", "patient1"
_VARIANT_DAYS = 4  # most of the suite's searches look at tomorrow and the three days after
_OPEN_SLOTS, _TELEPHONE_SLOTS, _VARIANT_SLOTS, _OTHER_SLOTS = 10, 6, 4, 2


def document(data: AssuranceData, *, now: datetime, days: int = 14) -> _Item:
    """What the simulator's `/control/load` takes."""
    tomorrow = london_date(now) + timedelta(days=1)
    practices = []
    for name, ods in data.organisations.items():
        item: _Item = {
            "ods": ods.value,
            "name": f"Assurance practice {name}",
            "phone": "0117 496 0001",
            "address": ["1 Assurance Way"],
            "sessions": list(_sessions(data, name, tomorrow, days)),
        }
        if ods == data.host:
            item["patients"] = list(_patients(data))
        practices.append(item)
    return {"practices": practices, "people": list(_people(data))}


def _sessions(data: AssuranceData, name: str, first: date, days: int) -> Iterator[_Item]:
    """ORG1 has enough for a whole run; ORG2 a few; every other organisation has none."""
    for number in range(days):
        day = first + timedelta(days=number)
        if name == "ORG1":
            yield _session(data, name, day, "open", 9, _OPEN_SLOTS, {})
            yield _session(data, name, day, "telephone", 14, _TELEPHONE_SLOTS, {}, channel="telephone")
            for hour, (kind, restriction) in enumerate(_variants(data.host), start=16):
                if number < _VARIANT_DAYS:
                    yield _session(data, name, day, kind, hour, _VARIANT_SLOTS, restriction)
        elif name == "ORG2" and number < days - days // 4:
            yield _session(data, name, day, "open", 9, _OTHER_SLOTS, {})


def _variants(host: OdsCode) -> tuple[tuple[str, _Item], ...]:
    return (
        ("urgent-care", {"kinds": ["urgent-care"]}),
        ("gp-practice", {"kinds": ["gp-practice"]}),
        ("organisation", {"ods_codes": [host.value]}),
        ("both", {"kinds": ["urgent-care"], "ods_codes": [host.value]}),
    )


def _session(
    data: AssuranceData,
    name: str,
    day: date,
    kind: str,
    hour: int,
    count: int,
    restriction: _Item,
    *,
    channel: str = "in-person",
) -> _Item:
    site = data.sites.get(name, (name,))[0]
    starts = at_london(day, time(hour))
    session_id = f"{name}-{day:%Y%m%d}-{kind}"
    slots = [
        {
            "id": f"{session_id}-{number}",
            "start": (starts + number * timedelta(minutes=10)).isoformat(),
            "end": (starts + (number + 1) * timedelta(minutes=10)).isoformat(),
            "channel": channel,
            "slot_type": "Assurance appointment",
        }
        for number in range(count)
    ]
    return {
        "id": session_id,
        "name": f"Assurance clinic, {kind}",
        "role_code": "R0260",
        "location": {
            "id": data.location_ids.get(site, site),
            "name": f"Assurance site {site}",
            "address": ["1 Assurance Way"],
            "postcode": "BS1 1AA",
            "phone": "0117 496 0001",
        },
        "practitioner": _practitioner(data, day),
        "restriction": restriction,
        "slots": slots,
    }


def _practitioner(data: AssuranceData, day: date) -> _Item:
    there = [pair for pair in sorted(data.practitioners.items()) if pair[0] != _ABSENT]
    if not there:
        return {}
    name, sds_user_id = there[day.toordinal() % len(there)]
    return {"id": name, "name": f"Assurance {name.capitalize()}", "gender": "female", "sds_user_id": sds_user_id}


def _patients(data: AssuranceData) -> Iterator[_Item]:
    for name in data.patients:
        if name not in (_NOT_THERE, _SUPERSEDED):
            yield {**_person(data, name), "id": name, "standing": _STANDINGS.get(name, "active")}


def _people(data: AssuranceData) -> Iterator[_Item]:
    for name in data.patients:
        if name in (_NOT_THERE, _NOT_NATIONAL):
            continue
        person = {**_person(data, name), "home_practice": data.host.value}
        person["restricted"] = _STANDINGS.get(name) == "sensitive"
        person["deceased"] = _STANDINGS.get(name) == "deceased"
        if name == _SUPERSEDED:
            person["superseded_by"] = data.patients[_NUMBER_NOW].value
        yield person
    numbered = {number.value for number in data.patients.values()}
    for traceable in data.traceable:
        if traceable.nhs_number.value not in numbered:
            yield _demographics(traceable)


def _person(data: AssuranceData, name: str) -> _Item:
    place = list(data.patients).index(name)
    return {
        "nhs_number": data.patients[name].value,
        "family": "Assurance",
        "given": name.capitalize(),
        "birth_date": (date(1970, 1, 1) + timedelta(days=31 * place)).isoformat(),
        "gender": "female" if place % 2 else "male",
        "phone": f"07700 900{place:03}",
        "address": ["2 Assurance Way"],
        "postcode": "BS1 1AA",
    }


def _demographics(person: Patient) -> _Item:
    return {
        "nhs_number": person.nhs_number.value,
        "family": person.family,
        "given": person.given,
        "birth_date": person.birth_date.isoformat(),
        "gender": person.gender.value,
    }
