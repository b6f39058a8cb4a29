"""Puts an application together around a fake desk: sessions in memory, a small address book, no database."""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from flask import Flask
from flask.testing import FlaskClient

from connectors.port import MessageSet
from hub.address_book import AddressBook
from hub.app import create_app
from hub.audit import EXTENSION as AUDIT
from hub.audit import Standing
from hub.auth.access import EXTENSION as KEEPERS
from hub.auth.access import Doorkeepers
from hub.auth.roles import Post
from hub.auth.sessions import LONGEST, OpenSession, SessionStore, WebSession
from hub.config import Config, Mode, Secret
from hub.web.booking.desk import EXTENSION as DESK
from hub.web.booking.on_the_phone import mark_of
from hub.web.clinic.copying import EXTENSION as COPIER
from hub.web.messages.posting import EXTENSION as POST
from hub.web.oversight.overseeing import EXTENSION as OVERSEEING
from hub.web.record.looking import EXTENSION as ROOM
from hub.wiring import Hub, open_hub
from practices.results import Connection, EndpointView, PracticeView, SiteView, StaffGrant, SystemReport
from practices.wire.reading import WireExchange, WireFilter
from practices.wire.recorder import WireTrace
from sharing_agreements.publishing import Published
from sharing_agreements.register import AgreementView, Register
from sharing_agreements.switches import Pulled
from sharing_agreements.terms import Grant, PulledSwitch, Terms
from storage.roots import Root
from storage.sealing import Head
from tests.hub.web.fakes import AWAY, FAR, HOME, NOW, FakeDesk, FakeRoom
from tests.hub.web.overseers import OneOfEach
from tests.hub.web.posts import FakePost
from tests.hub.web.small_register import SmallRegister
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.purposes import Purpose, Scope

HUB_URL = "http://127.0.0.1:8080"


class TurningClock:
    """Stands still until a test moves it."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    @staticmethod
    def machine() -> datetime:
        """The present moment, for tests in which somebody else's clock matters too."""
        return datetime.now(UTC)

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)


def practice(ods: OdsCode, name: str) -> PracticeView:
    return PracticeView(
        ods=ods,
        name=name,
        is_open=True,
        address=("1 High Street", "Bristol"),
        postcode="BS1 1AA",
        place=None,
        phone="0117 496 0101",
        bypass_phone="",
        list_size=9000,
        cluster="AVON-01",
        system="mock",
        pooling_live=True,
        booking_live=True,
    )


PRACTICES = (
    practice(HOME, "Beechwood Surgery"),
    practice(AWAY, "Fallodon Way Medical Centre"),
    practice(FAR, "Southmead and Henbury Practice"),
)
_CLINICAL = frozenset({UserRole.RECEPTIONIST, UserRole.CLINICIAN, UserRole.PRACTICE_MANAGER})
AGREEMENT = AgreementView(
    terms=Terms(
        1,
        "DSA-AVON-01",
        1,
        "Avon cluster 1: pooled evening and weekend clinics",
        "in-force",
        datetime(2026, 4, 1, tzinfo=UTC),
        datetime(2028, 3, 31, tzinfo=UTC),
        frozenset({HOME, AWAY, FAR}),
        frozenset({HOME, AWAY}),
        (
            Grant("2.1", Scope.SEE_SLOTS, Purpose.DIRECT_CARE, _CLINICAL),
            Grant("2.2", Scope.BOOK, Purpose.DIRECT_CARE, _CLINICAL, giver=AWAY),
        ),
    ),
    cluster="AVON-01",
    review_on=date(2027, 3, 31),
    suspended_at=None,
    status_reason="",
    signatures=(
        (HOME, "Dr Helen Marsden", "Senior partner", datetime(2026, 3, 12, 10, tzinfo=UTC)),
        (AWAY, "Dr Tariq Aziz-Khan", "Caldicott Guardian", datetime(2026, 3, 14, 10, tzinfo=UTC)),
    ),
)


def site(ods: OdsCode, location_id: str, name: str) -> SiteView:
    return SiteView(ods, location_id, name, ("1 High Street",), "BS1 1AA", None, frozenset(), "")


SITES = (
    site(HOME, "B1", "Beechwood Surgery"),
    site(FAR, "S1", "Southmead Health Centre"),
    site(FAR, "S2", "Henbury branch"),
)


class SmallBook:
    """An address book of three practices."""

    def __init__(self) -> None:
        self.grants: tuple[StaffGrant, ...] = ()

    def practice(self, ods: OdsCode) -> PracticeView | None:
        return next((found for found in PRACTICES if found.ods == ods), None)

    def practices(self) -> tuple[PracticeView, ...]:
        return PRACTICES

    def neighbours(self, ods: OdsCode) -> tuple[PracticeView, ...]:
        return tuple(found for found in PRACTICES if found.ods != ods)

    def sites(self, practices: tuple[OdsCode, ...]) -> tuple[SiteView, ...]:
        return tuple(site for site in SITES if site.ods in practices)

    def staff_grants(self, user_id: str) -> tuple[StaffGrant, ...]:
        return self.grants

    def connection(self, ods: OdsCode) -> Connection | None:
        return CONNECTION

    def clusters(self) -> dict[str, str]:
        return {"AVON-01": "Ferryman Cluster"}

    def published(self) -> tuple[Published, ...]:
        return tuple(Published(view.terms, view.terms.starts_at) for view in self.all_views())

    def all_views(self) -> tuple[AgreementView, ...]:
        return (AGREEMENT,)

    def pulled_switches(self) -> frozenset[PulledSwitch]:
        return frozenset()

    def switches_of(self, ods: OdsCode) -> tuple[Pulled, ...]:
        return ()

    def agreements(self, caller: Caller) -> tuple[AgreementView, ...]:
        return (AGREEMENT,)


CONNECTION = Connection(
    HOME,
    "Beechwood Surgery",
    "emis",
    from_directory=True,
    endpoints=(
        EndpointView(MessageSet.FOUNDATIONS, True, "200000000001", "K-1", NOW, NOW),
        EndpointView(MessageSet.STRUCTURED_RECORD, False, "", "", NOW, NOW),
    ),
    report=SystemReport(NOW, NOW, 42, "1.2.7", "Simulated", "1", ("Slot search-type",), "It did not answer."),
)
EXCHANGE = WireExchange(
    7,
    NOW,
    False,
    AWAY,
    HOME,
    "Rita Okafor",
    "",
    "page",
    "book",
    "appointments",
    "POST",
    "/Appointment",
    422,
    "refused",
    "HTTP 422",
    81.4,
    1,
    "trace-7",
    "guid-7",
    (("start", "ge2026-03-02"),),
    {"resourceType": "Appointment", "description": "(hidden)"},
    {"resourceType": "OperationOutcome"},
)


class SmallTrace:
    """A wire trace of one exchange."""

    def __init__(self) -> None:
        self.chosen = WireFilter()
        self.exchange_kept = EXCHANGE

    def exchanges(self, ods: OdsCode, chosen: WireFilter, *, caller: Caller) -> tuple[WireExchange, ...]:
        self.chosen = chosen
        return (self.exchange_kept,)

    def exchange(self, ods: OdsCode, serial: int, *, caller: Caller) -> WireExchange | None:
        return self.exchange_kept if serial == EXCHANGE.id else None


class SmallAudit:
    """One signed root that knows of seven acts."""

    def __init__(self) -> None:
        body = {
            "format": 1,
            "number": 1,
            "day": "2026-03-01",
            "made_at": "2026-03-02T00:05:00.000000+00:00",
            "previous": "0" * 64,
            "heads": [{"practice": HOME.value, "sequence": 7, "link": "ab" * 32}],
            "lost": [],
            "key": "cd" * 32,
            "next_key": "",
        }
        self.one = Root(body, "ef" * 64)
        self.exports: list[tuple[OdsCode, frozenset[str]]] = []

    def roots(self, *, limit: int = 400, before: int | None = None) -> tuple[Root, ...]:
        return (self.one,)

    def root(self, number: int) -> Root | None:
        return self.one if number == 1 else None

    def standing(self, practice: OdsCode) -> Standing:
        return Standing(Head(practice.value, 9, b"x" * 32, NOW), self.one.head(practice.value)[0], self.one)

    def export(self, practice: OdsCode, caller: Caller, *, leave_out: frozenset[str], **period: Any) -> list[bytes]:
        self.exports.append((practice, leave_out))
        return [b'{"kind":"export"}\n', b'{"acts":0,"kind":"end"}\n']


class SessionsInMemory:
    """What SessionStore does, without a table. The real one has tests of its own."""

    def __init__(self, clock: TurningClock) -> None:
        self._clock = clock
        self.open: dict[str, WebSession] = {}

    def begin(self, user_id: str, user_name: str, *, sid: str, data: dict[str, Any]) -> str:
        token, now = secrets.token_urlsafe(8), self._clock.now()
        self.open[token] = WebSession(
            token, user_id, user_name, sid, now, now, {**data, "csrf": secrets.token_urlsafe(8)}
        )
        return token

    def find(self, token: str) -> WebSession | None:
        found = self.open.get(token)
        return found if found and found.created_at > self._clock.now() - LONGEST else None

    def save(self, session: WebSession, *, seen: bool, act: str = "", caller: Caller | None = None) -> None:
        if seen:
            session.seen_at = self._clock.now()
        session.saved()

    def end(self, session_id: str, *, by: str, caller: Caller | None = None) -> OpenSession | None:
        found = self.open.pop(session_id, None)
        return _listed(found) if found else None

    def end_sid(self, sid: str, *, by: str) -> int:
        ended = [token for token, found in self.open.items() if sid and found.sid == sid]
        return sum(self.open.pop(token) is not None for token in ended)

    def end_user(self, user_id: str, *, by: str, caller: Caller | None = None) -> int:
        ended = [token for token, found in self.open.items() if found.user_id == user_id]
        return sum(self.open.pop(token) is not None for token in ended)

    def open_sessions(self, *, practice: OdsCode | None = None) -> tuple[OpenSession, ...]:
        return tuple(
            _listed(found) for found in self.open.values() if practice is None or found.acting_ods == practice.value
        )


def _listed(found: WebSession) -> OpenSession:
    return OpenSession(
        found.id,
        found.user_id,
        found.user_name,
        found.acting_ods,
        found.acting_role,
        found.created_at,
        found.seen_at,
        bool(found.data.get("locked")),
    )


@dataclass
class Shop:
    """An application, and what stands behind its pages."""

    app: Flask
    hub: Hub
    desk: FakeDesk
    clock: TurningClock
    sessions: SessionsInMemory
    book: SmallBook

    def client(self) -> FlaskClient:
        """A browser nobody has signed in with."""
        return self.app.test_client()

    def sign_in(
        self, role: UserRole = UserRole.RECEPTIONIST, practice: OdsCode = HOME, *, name: str = "Rita Okafor"
    ) -> "Desk":
        """A browser in which somebody works in this role."""
        token = self.sessions.begin(f"555{len(self.sessions.open):09d}", name, sid="s1", data={"posts": []})
        session = self.sessions.open[token]
        session.acting_ods, session.acting_role = practice.value, role.value
        found = self.book.practice(practice)
        session.data["acting"] = {
            "practice_name": found.name if found else practice.value,
            "practice_phone": "0117 496 0101",
            "role_profile_id": "555020010001",
        }
        browser = self.client()
        browser.set_cookie(self.hub.config.cookie_name, token, domain="localhost")
        return Desk(browser, session)


@dataclass
class Desk:
    """Somebody's browser: gets pages and sends forms with this session's token."""

    browser: FlaskClient
    session: WebSession

    def get(self, path: str, **more: Any) -> Any:
        return self.browser.get(path, **more)

    def post(self, path: str, form: dict[str, Any] | None = None, **more: Any) -> Any:
        fields = {**(form or {}), "csrf": self.session.csrf}
        if path.endswith("/book"):
            fields = {"shown_for": self._shown_for(), **fields}
        return self.browser.post(path, data=fields, **more)

    def _shown_for(self) -> str:
        """What the booking form carries of the patient it was shown for."""
        patient = self.session.data.get("patient")
        key = str(self.browser.application.config["SECRET_KEY"])
        return mark_of(patient["nhs_number"], key=key) if patient else ""

    def answer_call(self) -> None:
        """Joan Pritchard rings."""
        answer = self.post("/patient", {"by": "number", "nhs_number": "999 000 0018"})
        assert answer.status_code == 303, answer.text


def config(data: Path, **changes: Any) -> Config:
    made: dict[str, Any] = {
        "mode": Mode.DEMO,
        "database_url": Secret(""),
        "database_owner_url": Secret(""),
        "secret_key": Secret("only-for-tests"),
        "hub_url": HUB_URL,
        "data": data,
        "oidc_issuer": "http://127.0.0.1:9/issuer",
        "oidc_client_id": "practice-hub",
        "oidc_client_secret": Secret("shh"),
        **changes,
    }
    return Config(**made)


def open_shop(data: Path, *, desk: FakeDesk | None = None, **changes: Any) -> Shop:
    """An application around a fake desk."""
    clock, desk = TurningClock(), desk or FakeDesk()
    settings = config(data, **changes)

    def no_engine() -> Any:
        raise AssertionError("a page asked the database behind the desk's back")

    opened = open_hub(settings, engine=no_engine, clock=clock)
    book = SmallBook()
    object.__setattr__(opened, "address_book", cast(AddressBook, book))
    object.__setattr__(opened, "wire", cast(WireTrace, SmallTrace()))
    object.__setattr__(opened, "register", cast(Register, SmallRegister(opened)))
    app = create_app(settings, hub=opened)
    app.testing = True
    sessions = SessionsInMemory(clock)
    keepers: Doorkeepers = app.extensions[KEEPERS]
    app.extensions[KEEPERS] = Doorkeepers(cast(SessionStore, sessions), keepers.tokens)
    app.extensions[DESK] = desk
    app.extensions[ROOM] = FakeRoom()
    app.extensions[AUDIT] = SmallAudit()
    app.extensions[OVERSEEING] = OneOfEach()
    app.extensions[POST] = FakePost(desk)
    app.extensions[COPIER].run = lambda _work: None  # nothing behind a test's back, unless it asks for it
    return Shop(app, opened, desk, clock, sessions, book)


def post_of(role: UserRole, practice: OdsCode = HOME) -> Post:
    return Post(role, practice)
