"""A hub whose desk answers with made-up results, so that pages can be shown without a database or a host."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from records.answers import Refusal
from records.prospects import Prospect, RecordProspect
from records.viewing import LookSettings
from scheduling import rules, visit_rules
from scheduling.ahead import Ahead
from scheduling.commands import BookSlots, CancelBooking, FindSlots, ListBookings, SettleByHand, TakeHold
from scheduling.drift import Drift, DriftReport
from scheduling.patients import PatientCard
from scheduling.problems import BookingUnknown, HoldLost, InvalidBooking, PatientClash
from scheduling.reporting import VisitReport
from scheduling.results import (
    AttentionItem,
    BookingEvent,
    BookingView,
    Freshness,
    HoldView,
    HostAnswer,
    HostHealth,
    Offer,
    Recheck,
    SearchResult,
    SlotFacts,
)
from scheduling.visiting import ExpectedVisit, NoteVisit
from sharing_agreements.terms import Why
from tests.hub.web.fake_sharing import SharingAnswers
from vocabulary.appointments import BookingState
from vocabulary.choices import AnsweredBy
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.patients import Patient, TracedPatient
from vocabulary.people import Caller
from vocabulary.slots import DeliveryChannel, Gender, PractitionerRole
from vocabulary.times import Window, london_date

NOW = datetime(2026, 11, 24, 17, 55, tzinfo=UTC)
"""A Tuesday in winter, five to six in the evening."""
HOME = OdsCode("Y90001")
AWAY = OdsCode("Y90002")
FAR = OdsCode("Y90005")
JOAN = NHSNumber("9990000018")
REF = BookingRef.from_number(1_234_567)
OTHER_REF = BookingRef.from_number(7_654_321)


def facts(
    *,
    host: OdsCode = AWAY,
    start: datetime = datetime(2026, 11, 24, 18, 50, tzinfo=UTC),
    minutes: int = 15,
    role: PractitionerRole = PractitionerRole.GP,
    channel: DeliveryChannel = DeliveryChannel.IN_PERSON,
    **changes: Any,
) -> SlotFacts:
    """A slot at Fallodon Way, ten to seven tonight."""
    made = SlotFacts(
        host=host,
        host_name="Fallodon Way Medical Centre" if host == AWAY else "Southmead and Henbury Practice",
        host_phone="0117 496 0102",
        host_bypass_phone="0117 496 0902",
        window=Window(start, start + timedelta(minutes=minutes)),
        channel=channel,
        role=role,
        service="general-consultation",
        slot_type="Evening GP",
        session_name="Evening clinic",
        practitioner_name="Dr Amara Nwosu",
        practitioner_gender=Gender.FEMALE,
        site_name="Fallodon Way Medical Centre" if host == AWAY else "Henbury branch",
        site_address=("1 Fallodon Way", "Henleaze", "Bristol"),
        site_postcode="BS9 4HT",
        site_phone="0117 496 0102",
        site_access=frozenset({"step-free", "parking"}),
        site_directions="Behind the library; the car park is free after 6pm.",
        location_id="L1",
    )
    return replace(made, **changes)


def offer(slot_id: int, slot: SlotFacts, *, count: int = 1, miles: float | None = 2.14, age: int = 1) -> Offer:
    return Offer((slot_id,), slot, count, miles, NOW - timedelta(minutes=age), "DSA-AVON-01 v1", "2.1")


def many_offers(number: int = 24) -> tuple[Offer, ...]:
    """An evening and a Saturday of offers, all sorts."""
    roles, channels = list(PractitionerRole)[:6], list(DeliveryChannel)[:3]
    offers = []
    for n in range(number):
        late = n >= number * 2 // 3
        base = datetime(2026, 11, 28, 9, 0, tzinfo=UTC) if late else datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
        start = base + timedelta(minutes=10 * (n // 2 if not late else n - number * 2 // 3))
        host = (AWAY, FAR)[n % 2]
        slot = facts(host=host, start=start, minutes=(10, 15, 20)[n % 3], role=roles[n % 6], channel=channels[n % 3])
        offers.append(offer(n + 1, slot, count=1 + n % 4, miles=0.4 + 0.9 * n, age=1 if n % 5 else 34))
    return tuple(offers)


def host_answer(name: str, *, offered: int = 3, freshness: Freshness = Freshness.FRESH, **changes: Any) -> HostAnswer:
    made = HostAnswer(
        host=AWAY,
        name=name,
        phone="0117 496 0102",
        bypass_phone="",
        offered=offered,
        freshness=freshness,
        asked_at=NOW - timedelta(minutes=1),
        explanation="",
        why=Why.GRANTED,
    )
    return replace(made, **changes)


HOSTS = (
    host_answer("Fallodon Way Medical Centre", offered=12),
    host_answer(
        "Lawrence Hill Health Centre",
        offered=0,
        freshness=Freshness.UNREACHABLE,
        explanation="Lawrence Hill Health Centre's system is not answering: it took too long.",
        bypass_phone="0117 496 0933",
        asked_at=NOW - timedelta(minutes=48),
    ),
    host_answer(
        "Whiteladies Practice",
        offered=0,
        explanation="Whiteladies Practice has free times, but none that fit this search.",
    ),
    host_answer(
        "Kingswood Family Practice",
        offered=0,
        why=Why.NOT_SIGNED_BY_THEM,
        explanation="Kingswood Family Practice has not signed DSA-AVON-01 v1. Ask your federation admin.",
    ),
)


def search_result(
    offers: tuple[Offer, ...], *, next_after: Offer | None = None, total: int | None = None
) -> SearchResult:
    return SearchResult(
        offers=offers,
        total=len(offers) if total is None else total,
        hosts=HOSTS,
        window=Window(NOW, NOW + timedelta(hours=6)),
        next_after=next_after,
        searched_until=NOW + timedelta(days=14),
        order="Soonest first, then nearest to the mile.",
    )


def traced(**changes: Any) -> TracedPatient:
    patient = Patient(
        nhs_number=JOAN,
        family="Pritchard",
        given="Joan",
        birth_date=date(1961, 3, 3),
        gender=Gender.FEMALE,
        postcode="BS6 5AA",
        phone="07700 900123",
    )
    made = TracedPatient(patient, HOME, interpreter="Polish", access_needs=("step-free",))
    return replace(made, **changes)


def card(found: TracedPatient | None = None, **changes: Any) -> PatientCard:
    known = found or traced()
    made = PatientCard(
        nhs_number=known.patient.nhs_number,
        traced=known,
        tracing_down=False,
        home_practice_name="Beechwood Surgery",
        superseded=False,
        deceased=known.deceased,
        bookings=(),
    )
    return replace(made, **changes)


def hold_view(**changes: Any) -> HoldView:
    made = HoldView(
        ref=REF,
        facts=facts(),
        expires_at=NOW + timedelta(minutes=4),
        recheck=Recheck.FREE,
        checked_at=NOW,
        recheck_words="",
        slot_ids=(1,),
    )
    return replace(made, **changes)


def booking_view(**changes: Any) -> BookingView:
    made = BookingView(
        ref=REF,
        state=BookingState.BOOKED,
        facts=facts(),
        booking_practice=HOME,
        booking_practice_name="Beechwood Surgery",
        home_practice=HOME,
        nhs_number=JOAN,
        family="Pritchard",
        given="Joan",
        birth_date=date(1961, 3, 3),
        phone="07700 900123",
        interpreter="Polish",
        access_needs=("step-free",),
        description="Knee pain",
        comment="Deaf in the left ear",
        clash_reason="",
        agreement="DSA-AVON-01 v1",
        clause="2.2",
        created_by_name="Rita Okafor",
        requested_at=NOW,
        settled_at=NOW,
        host_reference="148203",
        refusal_code="",
        refusal_words="",
        replaces=None,
        replaced_by=None,
        cancel_reason=None,
        cancel_asked_at=None,
        next_look_at=None,
        needs_person="",
    )
    return replace(made, **changes)


@dataclass
class FakeDesk(SharingAnswers):
    """Answers what the test says; remembers what was asked, as a diary would."""

    found: SearchResult = field(default_factory=lambda: search_result(many_offers()))
    people: tuple[PatientCard, ...] = field(default_factory=lambda: (card(),))
    held: HoldView | None = field(default_factory=hold_view)
    bookings: dict[str, BookingView] = field(default_factory=dict)
    items: tuple[AttentionItem, ...] = ()
    health: tuple[HostHealth, ...] = ()
    refuse: dict[str, Exception] = field(default_factory=dict)
    replaced: dict[NHSNumber, NHSNumber] = field(default_factory=dict)  # numbers that were given up for others
    on_book: Callable[[BookSlots], BookingView] = lambda command: booking_view(
        ref=command.ref, description=command.description, comment=command.comment, replaces=command.replaces
    )
    asked: list[FindSlots] = field(default_factory=list)
    visits: dict[str, list[visit_rules.VisitEvent]] = field(default_factory=dict)
    visited_at: datetime = field(default_factory=lambda: facts().window.start + timedelta(minutes=15))
    hears: bool = False
    reports: dict[str, VisitReport] = field(default_factory=dict)
    visit_settings: visit_rules.VisitSettings = field(default_factory=visit_rules.VisitSettings)

    def _check(self, verb: str) -> None:
        if verb in self.refuse:
            raise self.refuse[verb]

    def look_up(self, nhs_number: NHSNumber, caller: Caller) -> PatientCard:
        self._check("look_up")
        number = self.replaced.get(nhs_number, nhs_number)
        return next((one for one in self.people if one.nhs_number == number), self.people[0])

    def search_patients(self, caller: Caller, **details: Any) -> tuple[PatientCard, ...]:
        self._check("search_patients")
        return self.people

    def find(self, command: FindSlots, caller: Caller) -> SearchResult:
        self._check("find")
        self.asked.append(command)
        return self.found

    def alternatives(self, lost: SlotFacts, caller: Caller) -> tuple[Offer, ...]:
        return self.found.offers[:3]

    def explain(self, host: OdsCode, caller: Caller) -> HostAnswer:
        return HOSTS[3]

    def board(self, day: date, caller: Caller) -> SearchResult:
        later = self.found.next_after
        return search_result((later,)) if later and london_date(later.facts.window.start) == day else self.found

    def take(self, command: TakeHold, caller: Caller) -> HoldView:
        self._check("take")
        assert self.held is not None
        return self.held

    def show(self, ref: BookingRef, caller: Caller) -> HoldView:
        self._check("show")
        if self.held is None or self.held.ref != ref:
            raise HoldLost("That hold has run out, and the slot may be taken. Nothing was booked.")
        return self.held

    def release(self, ref: BookingRef, caller: Caller) -> None:
        self.held = None

    def book(self, command: BookSlots, caller: Caller) -> BookingView:
        self._check("book")
        if command.ref.value in self.bookings:
            return self.bookings[command.ref.value]
        if not command.description:
            raise InvalidBooking("Enter a reason for the appointment.", field="description")
        if not command.patient_told:
            raise InvalidBooking("Tell the patient, then tick the box.", field="patient_told")
        self.bookings[command.ref.value] = self.on_book(command)
        return self.bookings[command.ref.value]

    def clash(
        self, window: Window, nhs_number: NHSNumber, caller: Caller, *, replaces: BookingRef | None
    ) -> PatientClash | None:
        out = {replaces.value if replaces else "", self.held.ref.value if self.held else ""}
        mine = {ref: found for ref, found in self.bookings.items() if ref not in out}
        others = [rules.OtherBooking(ref, found.facts.window) for ref, found in mine.items()]
        found = rules.clash(window, others, clash_reason="")
        if found is None:
            return None
        return PatientClash("There is another.", other=mine[found.ref], overridable=found.overridable)

    def booking(self, ref: BookingRef, caller: Caller) -> BookingView:
        if ref.value not in self.bookings:
            raise BookingUnknown(
                "There is no booking with that reference at your practice.", next_step="Check the reference."
            )
        return self.bookings[ref.value]

    def history(self, ref: BookingRef, caller: Caller) -> tuple[BookingEvent, ...]:
        return (
            BookingEvent(NOW, "", BookingState.REQUESTED, "Rita Okafor", "Asked Fallodon Way for this time."),
            BookingEvent(NOW, "requested", BookingState.BOOKED, "Rita Okafor", "Confirmed by the practice."),
            BookingEvent(NOW, "booked", BookingState.BOOKED, "Gareth Pike", "In the room"),
        )

    def listed(self, command: ListBookings, caller: Caller) -> tuple[BookingView, ...]:
        return tuple(self.bookings.values())

    def expected(self, day: date, caller: Caller) -> tuple[ExpectedVisit, ...]:
        self._check("expected")
        return tuple(self._expected(found) for found in self.bookings.values())

    def expected_for_copy(self, day: date, caller: Caller) -> tuple[ExpectedVisit, ...]:
        self._check("expected_for_copy")
        return tuple(self._expected(found) for found in self.bookings.values())

    def _expected(self, found: BookingView) -> ExpectedVisit:
        visit = visit_rules.visit_of(self.visits.get(found.ref.value, ()))
        about = visit_rules.VisitFacts(
            found.state,
            found.facts.window,
            found.facts.channel,
            cancelled=found.cancel_reason,
            came=found.came_at is not None,
        )
        numbers, at = self.visit_settings, self.visited_at
        return ExpectedVisit(
            found,
            visit,
            steps=tuple(visit_rules.steps_open(visit, about, now=at, settings=numbers)),
            can_call=not visit_rules.call_refusal(visit, about, now=at, settings=numbers),
            can_go_in_person=not visit_rules.in_person_refusal(visit, about, now=at, settings=numbers),
            undoable=visit.undoable(at),
            opens_at=visit_rules.opens_at(about, now=at, settings=numbers),
            report=self.reports.get(found.ref.value),
        )

    def hears_of_visits(self, caller: Caller) -> bool:
        return self.hears

    def note_visit(self, command: NoteVisit, caller: Caller) -> visit_rules.Visit:
        self._check("note_visit")
        said = self.visits.setdefault(command.ref.value, [])
        undone = visit_rules.visit_of(said).undoable(self.visited_at) if command.undo else None
        event = visit_rules.VisitEvent(
            len(said) + 1,
            self.visited_at,
            caller.user_id,
            caller.name,
            status=command.status,
            call=command.call,
            in_person=command.in_person,
            undoes=undone.id if undone else None,
        )
        said.append(event)
        return visit_rules.visit_of(said)

    def cancel(self, command: CancelBooking, caller: Caller) -> BookingView:
        self._check("cancel")
        made = replace(self.bookings[command.ref.value], state=BookingState.CANCELLED, cancel_reason=command.reason)
        self.bookings[command.ref.value] = made
        return made

    def ahead(self, visit: BookingRef, caller: Caller) -> Ahead:
        others = tuple(one for ref, one in self.bookings.items() if ref != visit.value)
        return Ahead(self.bookings[visit.value], others, 1)

    def cancel_ahead(self, visit: BookingRef, command: CancelBooking, caller: Caller) -> BookingView:
        return self.cancel(command, caller)

    def attention(self, caller: Caller) -> tuple[AttentionItem, ...]:
        return self.items

    def waiting(self, caller: Caller) -> int:
        return len(self.items)

    def settle_attention(self, item: int, settlement: str, caller: Caller) -> None:
        if not settlement.strip():
            raise InvalidBooking("Say what you did.", field="settlement")
        self.items = tuple(found for found in self.items if found.id != item)

    def settle_by_hand(self, command: SettleByHand, caller: Caller) -> BookingView:
        state = BookingState.BOOKED if command.was_booked else BookingState.REFUSED
        made = replace(self.bookings[command.ref.value], state=state)
        self.bookings[command.ref.value] = made
        return made

    def hosts(self, caller: Caller) -> tuple[HostHealth, ...]:
        return self.health

    def check_drift(self, host: OdsCode) -> DriftReport:
        found = (Drift("not-at-host", REF, "Fallodon Way no longer shows this appointment. Ring them."),)
        return DriftReport(host, "Fallodon Way Medical Centre", 14, 1, found)


@dataclass
class FakeRoom:
    """A viewing room in which everybody's record needs permission."""

    settings: LookSettings = field(default_factory=LookSettings)
    prospect: Prospect = Prospect.NEEDS_PERMISSION
    said_no: datetime | None = None

    def prospects(
        self, visits: Iterable[BookingView], names: dict[str, str], caller: Caller
    ) -> dict[BookingRef, RecordProspect]:
        return {one.ref: RecordProspect(self.prospect) for one in visits}

    def refusal(self, ref: BookingRef) -> Refusal | None:
        return Refusal(self.said_no, AnsweredBy.PATIENT) if self.said_no else None

    def withheld_at(self, ref: BookingRef) -> datetime | None:
        return None

    def dissents(self, booking: BookingView) -> bool:
        return False
