"""The national provider test suite's data set: its CSV files read, and its practices set up to be tested.

The files are the suite's own, unpacked into one folder (docs/operations.md). What they leave open, such as the names of
its numbered patients, is made up elsewhere. Nobody in it exists; a production hub takes none of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from practices.importing.lines import Lines
from practices.importing.notes import CannotImport, Note, Outcome
from practices.importing.readable import readable
from practices.models import GPSystemLinkRow, PracticeRow, SiteRow
from storage.ledger import LedgerEvent, record
from storage.work import Tx, Work
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.people import Caller
from vocabulary.problems import InvalidValue
from vocabulary.slots import Gender
from vocabulary.times import Clock

SYSTEM = "emis"  # whose connector speaks to the simulator; any on the national wire would
PROVIDER_ASID, CONSUMER_ASID = "918999198993", "200000000359"  # as the suite's own configuration has them
_Value = TypeVar("_Value")
_GENDERS = {"MALE": Gender.MALE, "FEMALE": Gender.FEMALE}


@dataclass(frozen=True, slots=True)
class AssuranceData:
    """The suite's own names (ORG1, SIT1, patient1…) and what they stand for."""

    organisations: Mapping[str, OdsCode]
    sites: Mapping[str, tuple[str, ...]]  # an organisation's sites, by the suite's names
    site_codes: Mapping[str, str]
    location_ids: Mapping[str, str]
    practitioners: Mapping[str, str]  # to their national user ids
    patients: Mapping[str, NHSNumber]
    traceable: tuple[Patient, ...]  # on the national record and on nobody's list: to be registered
    notes: tuple[Note, ...]

    @property
    def host(self) -> OdsCode:
        """The practice that is tested."""
        return self.organisations["ORG1"]


@dataclass(frozen=True, slots=True)
class Installation:
    """How the practices are reached: the system behind them, and the two ids of the suite's configuration."""

    simulator_url: str
    provider_asid: str = PROVIDER_ASID
    consumer_asid: str = CONSUMER_ASID

    def address(self, ods: OdsCode) -> str:
        """The service root of a practice there."""
        return f"{self.simulator_url.rstrip('/')}/{ods}/STU3/1/gpconnect"


def read(folder: Path) -> AssuranceData:
    """Read the folder's files. Raises CannotImport when one is missing or says too little."""
    notes: list[Note] = []
    codes = _pairs(folder / "ODSCodeMap.csv", "ODS code", ("NATIVE_ODS_CODE", "PROVIDER_ODS_CODE"), notes)
    organisations = _parsed(codes, OdsCode.parse, "ORG", notes, "ODS code")
    sites = _pairs(folder / "OrganizationSiteCodeMap.csv", "site", ("Key", "Value"), notes)
    numbers = _pairs(folder / "NHSNoMap.csv", "patient", ("NATIVE_NHS_NUMBER", "PROVIDER_NHS_NUMBER"), notes)
    people = _pairs(
        folder / "PractitionerCodeMap.csv",
        "practitioner",
        ("NATIVE_PRACTITIONER_CODE", "PROVIDER_PRACTITIONER_CODE"),
        notes,
    )
    places = _pairs(folder / "LocationLogicalIdentifierMap.csv", "location", ("Location", "LogicalIdentifier"), notes)
    patients = _parsed(numbers, NHSNumber.parse, "patient", notes, "patient")
    if "ORG1" not in organisations or "patient1" not in patients:
        raise CannotImport(
            "The files name no ORG1 or no patient1, so there is nothing to test.",
            next_step="Check that this is the suite's own folder of data.",
        )
    return AssuranceData(
        organisations=organisations,
        sites={
            name: tuple(part.strip() for part in listed.split(",") if part.strip())
            for name, listed in sites.items()
            if name in organisations
        },
        site_codes={name: code for name, code in codes.items() if name.startswith("SIT")},
        location_ids=places,
        practitioners=people,
        patients=patients,
        traceable=_traceable(folder / "RegisterPatients.csv", notes),
        notes=tuple(notes),
    )


def install(work: Work, data: AssuranceData, how: Installation, *, caller: Caller, clock: Clock) -> int:
    """Write the practices, their sites and their links, live at once; how many practices. Repeatable.

    Raises CannotImport when one of them is connected to another system already.
    """
    with work.begin() as tx:
        for name, ods in data.organisations.items():
            _refuse_another(tx, ods, how.address(ods))
            values = {"name": f"Assurance practice {name}", "status": "open", "phone": "0117 496 0001"}
            statement = upsert(PracticeRow).values(ods=ods.value, address=["1 Assurance Way"], **values)
            tx.execute(statement.on_conflict_do_update(index_elements=[PracticeRow.ods], set_=values))
            _write_link(tx, ods, how, caller, clock)
            _write_sites(tx, data, name, ods)
        detail = {"practices": len(data.organisations), "traceable": len(data.traceable)}
        record(tx, LedgerEvent("assurance.loaded", host=data.host, detail=detail), caller=caller, at=clock.now())
    return len(data.organisations)


def _refuse_another(tx: Tx, ods: OdsCode, address: str) -> None:
    held = tx.scalar(select(GPSystemLinkRow.address).where(GPSystemLinkRow.ods == ods.value))
    if held is not None and held != address:
        raise CannotImport(
            f"{ods} is connected to another system already, so it is no practice for a test.",
            next_step="Load the data set into a hub of its own.",
        )


def _write_link(tx: Tx, ods: OdsCode, how: Installation, caller: Caller, clock: Clock) -> None:
    values = {
        "system": SYSTEM,
        "address": how.address(ods),
        "provider_asid": how.provider_asid,
        "consumer_asid": how.consumer_asid,
        "pooling_live": True,
        "booking_live": True,
        "pooling_by": caller.user_id,
        "pooling_by_name": caller.name,
        "pooling_since": clock.now(),
    }
    statement = upsert(GPSystemLinkRow).values(ods=ods.value, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=[GPSystemLinkRow.ods], set_=values))


def _write_sites(tx: Tx, data: AssuranceData, name: str, ods: OdsCode) -> None:
    known = set(tx.scalars(select(SiteRow.location_id).where(SiteRow.ods == ods.value)))
    for site in data.sites.get(name, ()):
        location_id = data.location_ids.get(site, data.site_codes.get(site, site))
        if location_id not in known:
            tx.add(SiteRow(ods=ods.value, location_id=location_id, name=f"Assurance site {site}"))


def _pairs(path: Path, kind: str, columns: tuple[str, str], notes: list[Note]) -> dict[str, str]:
    lines = Lines(path, kind)
    first, second = columns
    found = {row[first]: row[second] for _, row in lines.by_header(columns) if row[first] and row[second]}
    notes += lines.notes
    return found


def _parsed(
    pairs: Mapping[str, str], parse: Callable[[str], _Value], begins: str, notes: list[Note], kind: str
) -> dict[str, _Value]:
    """The values of the names that begin so, read; what cannot be read is noted and left out."""
    found = {}
    for name, value in pairs.items():
        if not name.startswith(begins):
            continue
        try:
            found[name] = parse(value)
        except InvalidValue as invalid:
            notes.append(Note(kind, 0, name, Outcome.SKIPPED, invalid.message))
    return found


def _traceable(path: Path, notes: list[Note]) -> tuple[Patient, ...]:
    lines = Lines(path, "registration")
    found = []
    for line, row in lines.by_header(("SPINE_NHS_NUMBER", "NAME_FAMILY", "NAME_GIVEN", "GENDER", "DOB")):
        try:
            person = Patient(
                nhs_number=NHSNumber.parse(row["SPINE_NHS_NUMBER"]),
                family=readable(row["NAME_FAMILY"]),
                given=row["NAME_GIVEN"],
                birth_date=date.fromisoformat(row["DOB"]),
                gender=_GENDERS.get(row["GENDER"].upper(), Gender.UNKNOWN),
            )
        except InvalidValue:
            lines.note(line, "", Outcome.SKIPPED, "the NHS number is not valid")
        except ValueError:
            lines.note(line, "", Outcome.SKIPPED, "the date of birth is not of the form yyyy-mm-dd")
        else:
            found.append(person)
    notes += lines.notes
    return tuple(found)
