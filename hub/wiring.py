"""The one place where things are put together: open_hub(config) makes what the doors, jobs and commands work with."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import Engine

from connectors.admission import PermittedConnect
from connectors.directory import file, spine
from connectors.directory.port import Directory
from connectors.faults import Unsupported
from connectors.guard import Guard
from connectors.pds import tracing as pds
from connectors.pds.access import signed
from connectors.port import Able, Connect, Describes, Description, GPSystem, Postbox
from connectors.registry import factory_for
from connectors.tracing import Tracing
from hub.address_book import AddressBook
from hub.config import Config, ConfigError
from hub.meters import observe_host_call
from hub.tasks import wake
from practices.linking import Passage
from practices.wire.recorder import WireTrace
from records.sensitive import SensitiveCodes, UnreadableCodes
from records.viewing import ViewingRoom
from scheduling.desk import Desk, Settings
from scheduling.ending import lists_bookings
from sharing_agreements.gate import Gate
from sharing_agreements.register import Register
from storage.work import Work, idle
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import TracedPatient
from vocabulary.people import Caller
from vocabulary.slots import Gender
from vocabulary.times import Clock, SystemClock

EXTENSION = "hub"


@dataclass(frozen=True, slots=True)
class Hub:
    """Everything that was put together; doors reach it with `current_hub()`."""

    config: Config
    clock: Clock
    work: Work
    gate: Gate
    register: Register
    connect: PermittedConnect
    able: Able
    tracing: Tracing
    desk: Desk
    address_book: AddressBook
    wire: WireTrace
    viewing: ViewingRoom


def open_hub(config: Config, *, engine: Callable[[], Engine], clock: Clock | None = None) -> Hub:
    """Put the hub together; nothing is connected to yet."""
    clock = clock or SystemClock()
    work = Work(engine)
    gate = Gate(work, clock)
    address_book = AddressBook(work, clock, secrets=config.link_secret, passage=_passage(config))
    wire = WireTrace(work, clock, days=config.wire_trace_days)
    guard = Guard(is_idle=idle, admit=gate.admit, observe=observe_host_call, trace=wire.note)
    raw = _connect(address_book, config)
    connect, able = guard.connect(raw), guard.able(raw)
    tracing = guard.tracing(_tracing(config))
    desk = Desk(work, gate, connect, tracing, clock, _settings(config), wake, able)
    viewing = ViewingRoom(work, gate, connect, tracing, clock, _sensitive(config))
    register = _register(work, clock, gate)
    return Hub(config, clock, work, gate, register, connect, able, tracing, desk, address_book, wire, viewing)


def with_clock(hub: Hub, clock: Clock) -> Hub:
    """The same hub at another time, for rehearsals and tests."""
    return replace(
        hub,
        clock=clock,
        desk=replace(hub.desk, clock=clock),
        register=_register(hub.work, clock, hub.gate),
        viewing=replace(hub.viewing, clock=clock),
    )


def _register(work: Work, clock: Clock, gate: Gate) -> Register:
    return Register(work, clock, lists_bookings(gate))


def current_hub() -> Hub:
    """The hub of the running application."""
    hub: Hub = current_app.extensions[EXTENSION]
    return hub


def _connect(address_book: AddressBook, config: Config) -> Connect:
    postbox = Postbox(config.mesh_folder, config.mesh_mailbox) if config.mesh_folder else None

    def connect(host: OdsCode, caller: Caller) -> GPSystem:
        link = address_book.link(host)
        if link is None:
            raise Unsupported(f"The hub has no connection to {host}.", detail="no link")
        if host.value in config.mesh_practices:
            link = replace(link, postbox=postbox)
        return factory_for(link.system)(link, caller)

    return connect


def _passage(config: Config) -> Passage:
    return Passage(
        proxy=config.spine_proxy,
        certificate=config.spine_certificate,
        trust=config.spine_trust,
        issuer=f"{config.hub_url}/gp-connect",
    )


def open_directory(config: Config) -> Directory:
    """The national directory of systems, or its twin on a file. Raises Unsupported when neither is configured."""
    if config.sds_url:
        return spine.create(config.sds_url, api_key=config.sds_api_key.reveal())
    if config.sds_file:
        return file.create(Path(config.sds_file))
    raise Unsupported("No directory of systems is configured: set SDS_URL and SDS_API_KEY, or SDS_FILE.")


def describe(hub: Hub, host: OdsCode, caller: Caller) -> Description:
    """What a host's system says of itself (a practices.probing.Describe, once it is given the hub)."""
    with hub.work.begin() as tx:
        permit = hub.gate.for_timetable(tx, caller, host)
    if permit is None:
        raise Unsupported(f"The hub may not ask {host}.", detail="no agreement")
    system = hub.connect(permit)
    return system.describe() if isinstance(system, Describes) else Description(system.ping())


def _sensitive(config: Config) -> SensitiveCodes | None:
    """The list of sensitive codes; read at the start, so that one that cannot be trusted stops the hub there."""
    if not config.sensitive_codes:
        return None
    try:
        text = Path(config.sensitive_codes).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigError(("HUB_SENSITIVE_CODES: the file cannot be read as UTF-8 text",)) from None
    try:
        return SensitiveCodes.read(text)
    except UnreadableCodes as unreadable:
        raise ConfigError((f"HUB_SENSITIVE_CODES: {unreadable.message}",)) from None


def _tracing(config: Config) -> Tracing:
    if not config.pds_url:
        return NoTracing()
    if not config.pds_token_url:
        return pds.create(config.pds_url)
    access = signed(
        config.pds_token_url,
        api_key=config.pds_api_key,
        key_id=config.pds_key_id,
        private_key=Path(config.pds_private_key),
    )
    return pds.create(config.pds_url, access=access)


def _settings(config: Config) -> Settings:
    return Settings(
        hold=timedelta(minutes=config.hold_minutes),
        looks=tuple(timedelta(seconds=seconds) for seconds in config.looks),
    )


class NoTracing:
    """What stands in when no demographics service is configured: every question is answered by saying so."""

    def trace(self, nhs_number: NHSNumber, *, caller: Caller) -> TracedPatient:
        raise _not_configured()

    def search(
        self,
        *,
        family: str,
        given: str = "",
        birth_date: date,
        gender: Gender | None = None,
        postcode: str = "",
        caller: Caller,
    ) -> tuple[TracedPatient, ...]:
        raise _not_configured()


def _not_configured() -> Unsupported:
    return Unsupported("The national demographics service is not connected.", detail="PDS_URL is not set")
