"""A small world for the diary desk: three practices, one agreement, mock GP systems, a clock that can be moved."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select, text

from connectors.guard import Guard
from connectors.mock.network import MockNetwork
from practices.models import ClusterRow, GPSystemLinkRow, PlaceRow, PracticeRow, SiteRow
from scheduling import booking, bookings, claims, holding, pairs, resolving, search, syncing
from scheduling.commands import BookSlots, FindSlots, TakeHold
from scheduling.desk import Desk, Settings
from scheduling.models import AttentionRow, SlotClaimRow
from scheduling.results import BookingView, HoldView, Offer, SearchResult
from sharing_agreements.gate import Gate
from sharing_agreements.models import AgreementRow, GrantRow, PartyRow, SignatureRow
from storage.ledger import LedgerRow
from storage.work import Tx, Work, idle
from vocabulary.appointments import BookingState
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.people import Caller, UserRole
from vocabulary.slots import Gender, Location, Practitioner, Slot
from vocabulary.times import Window

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # a Tuesday afternoon
TONIGHT = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
HOME = OdsCode("Y90001")
HOST = OdsCode("Y90003")
OTHER = OdsCode("Y90004")
ANN = NHSNumber("9990000018")
BOB = NHSNumber("9990000026")
RITA = "rita.reception"


@dataclass
class MovableClock:
    """Stands still until it is moved."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


def patient(number: NHSNumber, *, family: str = "Example", given: str = "Ann", phone: str = "07700 900101") -> Patient:
    return Patient(number, family, given, date(1980, 2, 29), Gender.FEMALE, postcode="BS1 4DJ", phone=phone)


def caller(practice: OdsCode = HOME, *, user: str = RITA, role: UserRole = UserRole.RECEPTIONIST) -> Caller:
    return Caller(
        user, "Rita Reception", role, practice, f"Practice {practice}", "trace-1", practice_phone="0117 4960101"
    )


@dataclass
class World:
    """The desk and everything round it."""

    work: Work
    clock: MovableClock = field(default_factory=MovableClock)
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        self._planned = False
        self.network = MockNetwork(clock=self.clock)
        gate = Gate(self.work, self.clock)
        # calling out with a transaction open, or without a permit that fits, is an error here too
        guard = Guard(is_idle=idle, admit=gate.admit, in_flight=40)
        self.able = guard.able(self.network.connect)
        connect, tracing = guard.connect(self.network.connect), guard.tracing(self.network.tracing)
        self.desk = Desk(self.work, gate, connect, tracing, self.clock, self.settings, able=self.able)
        with self.work.begin() as tx:
            _practices(tx)
        self.agreement = self.agree({HOME, HOST, OTHER})
        for ods in (HOME, HOST, OTHER):
            self.network.diary(ods)
        for number, given in ((ANN, "Ann"), (BOB, "Bob")):
            self.network.tracing.add(patient(number, given=given), home_practice=HOME)

    def agree(self, parties: set[OdsCode], *, signed: set[OdsCode] | None = None, code: str = "DSA-1") -> int:
        """An agreement in force between these, for slots and booking, all directions."""
        with self.work.begin() as tx:
            row = AgreementRow(
                code=code,
                version=1,
                title="Extended access",
                status="in-force",
                starts_at=NOW - timedelta(days=100),
                ends_at=NOW + timedelta(days=265),
            )
            tx.add(row)
            tx.flush()
            roles = [role.value for role in UserRole]
            for number, scope in enumerate(("see-slots", "book"), start=1):
                tx.add(
                    GrantRow(agreement_id=row.id, clause=f"2.{number}", scope=scope, purpose="direct-care", roles=roles)
                )
            for ods in parties:
                tx.add(PartyRow(agreement_id=row.id, ods=ods.value))
            for ods in parties if signed is None else signed:
                tx.add(
                    SignatureRow(
                        agreement_id=row.id, ods=ods.value, signed_by="Dr Partner", signed_as="partner", signed_at=NOW
                    )
                )
            return row.id

    def grant(self, scope: str, *, purpose: str = "direct-care") -> None:
        """One clause more in the first agreement, for everybody in it."""
        with self.work.begin() as tx:
            roles = [role.value for role in UserRole]
            tx.add(
                GrantRow(agreement_id=self.agreement, clause=f"9.{scope}", scope=scope, purpose=purpose, roles=roles)
            )

    def suspend(self) -> None:
        with self.work.begin() as tx:
            tx.execute(text("UPDATE agreement SET status = 'suspended' WHERE id = :id"), {"id": self.agreement})

    def switch_off(self, host: OdsCode) -> None:
        """The practice lets nobody book any more."""
        with self.work.begin() as tx:
            tx.execute(text("UPDATE gp_system_link SET booking_live = false WHERE ods = :ods"), {"ods": host.value})

    def clinic(
        self, host: OdsCode = HOST, *, starts: datetime = TONIGHT, slots: int = 4, **more: object
    ) -> tuple[Slot, ...]:
        """A clinic at the host with its own site, not yet known to the hub."""
        place = Location(
            f"{host}-main", f"{host} Health Centre", ("1 High Street", "Bristol"), "BS3 1AA", "0117 4960333"
        )
        doctor = Practitioner(f"{host}-gp", "Dr Grace Example", Gender.FEMALE)
        more.setdefault("location", place)
        more.setdefault("practitioner", doctor)
        return self.network.diary(host).add_session("Evening surgery", starts=starts, slots=slots, **more)  # type: ignore[arg-type]

    def sync(self) -> int:
        """Plan and ask everything that is due."""
        pairs.plan(self.desk)
        return syncing.sync_due(self.desk, limit=500, at_once=1)

    def see(self, *, host: OdsCode = HOST, who: OdsCode = HOME, stretch: str = "near") -> bool:
        """Ask one host on behalf of one practice, planned at the first time: all most tests need, and much quicker."""
        if not self._planned:
            pairs.plan(self.desk)
            self._planned = True
        return syncing.sync_one(self.desk, host, who, stretch)

    def find(self, who: Caller | None = None, **command: object) -> SearchResult:
        """Search the next 13 days, unless a window is given."""
        command.setdefault("window", Window(self.clock.now(), self.clock.now() + timedelta(days=13)))
        return search.find(self.desk, FindSlots(**command), who or caller())  # type: ignore[arg-type]

    def offers(self, who: Caller | None = None, **command: object) -> tuple[Offer, ...]:
        return self.find(who, **command).offers

    def hold(self, who: Caller | None = None, *, index: int = 0) -> HoldView:
        """Hold one of the offers."""
        offer = self.offers(who)[index]
        return holding.take(self.desk, TakeHold(offer.slot_ids), who or caller())

    def form(self, ref: BookingRef, **more: object) -> BookSlots:
        fields = {"nhs_number": ANN, "description": "Review", "phone": "07700 900101", "patient_told": True, **more}
        return BookSlots(ref, **fields)  # type: ignore[arg-type]

    def book(self, who: Caller | None = None, *, index: int = 0, **more: object) -> BookingView:
        """Search, hold, book."""
        held = self.hold(who, index=index)
        return booking.book(self.desk, self.form(held.ref, **more), who or caller())

    def sweep(self, *, seconds: float = 0, **later: float) -> int:
        """Let time pass, then resolve what is due."""
        self.clock.forward(seconds=seconds, **later)
        return resolving.sweep(self.desk)

    def view(self, ref: BookingRef) -> BookingView | None:
        """The booking as it stands, looked at behind the ledger's back."""
        with self.work.read() as tx:
            return bookings.view(tx, ref)

    def state(self, ref: BookingRef) -> BookingState | None:
        found = self.view(ref)
        return found.state if found else None

    def claimed(self) -> dict[str, str]:
        """Who has a live claim on each of the hosts' slots, by reference."""
        with self.work.read() as tx:
            rows = tx.execute(select(SlotClaimRow.host_slot_id, SlotClaimRow.ref).where(claims.LIVE))
            return dict(rows.all())

    def attention(self) -> list[AttentionRow]:
        """What waits for a person, anybody's."""
        with self.work.read() as tx:
            query = select(AttentionRow).where(AttentionRow.settled_at.is_(None)).order_by(AttentionRow.id)
            return list(tx.scalars(query))

    def ledger(self, *, act: str = "") -> list[LedgerRow]:
        with self.work.read() as tx:
            query = select(LedgerRow).order_by(LedgerRow.id)
            return list(tx.scalars(query.where(LedgerRow.act == act) if act else query))

    def acts(self) -> list[str]:
        return [row.act for row in self.ledger()]

    def with_settings(self, **changes: object) -> None:
        self.desk = replace(self.desk, settings=replace(self.desk.settings, **changes))  # type: ignore[arg-type]


def _practices(tx: Tx) -> None:
    tx.add(ClusterRow(code="C1", name="Harbourside"))
    tx.add(PlaceRow(code="BS1 4DJ", latitude=51.4500, longitude=-2.5980))
    tx.flush()
    places = ((HOME, 51.45, -2.60), (HOST, 51.44, -2.61), (OTHER, 51.50, -2.70))
    for ods, latitude, longitude in places:
        tx.add(
            PracticeRow(
                ods=ods.value,
                name=f"Practice {ods}",
                cluster_code="C1",
                phone="0117 4960100",
                bypass_phone="0117 4960199",
                latitude=latitude,
                longitude=longitude,
            )
        )
    tx.flush()
    for ods, latitude, longitude in places:
        tx.add(
            SiteRow(
                ods=ods.value,
                location_id=f"{ods}-main",
                name=f"{ods} Health Centre",
                latitude=latitude,
                longitude=longitude,
                access=["step-free"] if ods != OTHER else [],
            )
        )
        tx.add(
            GPSystemLinkRow(
                ods=ods.value,
                system="mock",
                address="unit",
                pooling_live=True,
                booking_live=True,
                pooling_by="mina.manager",
                pooling_by_name="Mina Manager",
            )
        )
