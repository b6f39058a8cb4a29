"""The menu: what the caller's role can use, and how many things need attention."""

import threading
import time
from dataclasses import dataclass

from flask import request, url_for

from accountability.accounts import OF_PEOPLE
from accountability.reviews import READERS
from hub.auth.access import current_caller, may
from hub.web.booking.desk import the_desk
from hub.web.messages.posting import the_post
from hub.web.oversight.overseeing import overseeing
from hub.web.sharing.agreements_list import LOOKERS
from hub.wiring import current_hub
from sharing_agreements.choices import KEEPERS
from sharing_agreements.switches import PULLERS
from vocabulary.people import Caller, UserRole
from vocabulary.purposes import Scope

SESSION_ENDERS = frozenset({UserRole.PRACTICE_MANAGER, UserRole.FEDERATION_ADMIN})
PROVERS = frozenset({UserRole.PRACTICE_MANAGER, UserRole.CALDICOTT_GUARDIAN, UserRole.FEDERATION_ADMIN})
# The views under each entry: it is marked as current for all of them.
_SESSION = (
    "web.my_session",
    "web.note_visit",
    "web.ask_permission",
    "web.open_record",
    "web.record_part",
    "web.open_document",
    "web.emergency",
    "web.break_glass",
    "web.appointments_ahead",
    "web.cancel_ahead",
    "web.write_summary",
    "web.send_summary",
    "web.write_task",
    "web.send_task",
)
_MESSAGES = ("web.messages", "web.messages_sent", "web.message", "web.answer_message")
_FINDING = (
    "web.home",
    "web.find",
    "web.look_up",
    "web.choose_patient",
    "web.search",
    "web.take_hold",
    "web.hold",
    "web.book",
)
_TONIGHT = ("web.tonight", "web.last_copy")
_BOOKINGS = (
    "web.bookings",
    "web.find_booking",
    "web.booking",
    "web.outcome",
    "web.cancel_form",
    "web.cancel",
)
_SETTLING = ("web.attention", "web.settle_item", "web.settle_booking")
_PRACTICES = ("web.hosts", "web.why", "web.check_host", "web.connection", "web.wire_exchange")
_AGREEMENTS = (
    *("web.agreements", "web.agreement", "web.sharing", "web.simulator", "web.ask_many", "web.what_if"),
    *("web.agreements_desk", "web.new_agreement", "web.draft_step", "web.renew_form", "web.sign_form"),
    *("web.onboarding_form", "web.onboard_cluster"),
)
_ACCESS = (
    "web.access",
    "web.patient_access",
    "web.person_access",
    "web.legal_holds",
    "web.evidence",
)
_SWITCHES = ("web.kill_switches", "web.pull_switch", "web.release_switch")
_CHOICES = ("web.patient_choices", "web.choices_of", "web.write_choice_down", "web.withdraw_choice")
_COUNT_KEPT_FOR = 20.0  # seconds


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One entry. `count` is shown when there is something to count."""

    text: str
    href: str
    current: bool
    count: int = 0


def navigation() -> tuple[MenuItem, ...]:
    """The caller's menu."""
    caller = current_caller()
    items: list[tuple[str, str, tuple[str, ...], int]] = []
    if may(Scope.BOOK):
        if caller.role is UserRole.CLINICIAN:
            items.append(("My session", "web.my_session", _SESSION, 0))
            items.append(("Find a slot", "web.find", _FINDING, 0))
        else:
            items.append(("Find a slot", "web.home", _FINDING, 0))
        items.append(("Tonight’s list", "web.tonight", _TONIGHT, 0))
        if caller.role is not UserRole.CLINICIAN:  # whoever is at the desk receives the patients
            items.append(("Arrivals", "web.my_session", _SESSION, 0))
        items.append(("Bookings", "web.bookings", _BOOKINGS, 0))
        items.append(("Needs attention", "web.attention", _SETTLING, _waiting(caller)))
        items.append(("Messages", "web.messages", _MESSAGES, _messages_waiting(caller)))
    if may(Scope.SEE_SLOTS):
        items.append(("Practices", "web.hosts", _PRACTICES, _unsettled(caller)))
    items.append(("Agreements", "web.agreements", _AGREEMENTS, agreements_waiting(caller)))
    if caller.role in PROVERS:
        items.append(("Proof", "web.proof", ("web.proof",), 0))
    if caller.role in OF_PEOPLE:
        items.append(("Who looked", "web.access", _ACCESS, 0))
    if caller.role in READERS:
        items.append(
            ("Reviews", "web.reviews", ("web.reviews", "web.review", "web.settle_review"), _reviews_waiting(caller))
        )
    if caller.role in SESSION_ENDERS:
        items.append(("Sessions", "web.sessions", ("web.sessions",), 0))
    if caller.role in PULLERS:
        items.append(("Switches", "web.kill_switches", _SWITCHES, 0))
    if caller.role in KEEPERS:
        items.append(("Choices", "web.patient_choices", _CHOICES, 0))
    here = request.endpoint or ""
    return tuple(MenuItem(text, url_for(to), here in there, count) for text, to, there, count in items)


class _Counts:
    """How many items wait, by practice, kept for a moment: the menu is on every page."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, int]] = {}

    def get(self, key: str) -> int | None:
        with self._lock:
            until, count = self._kept.get(key, (0.0, 0))
        return count if until > time.monotonic() else None

    def put(self, key: str, count: int) -> None:
        with self._lock:
            self._kept[key] = (time.monotonic() + _COUNT_KEPT_FOR, count)

    def forget(self, key: str) -> None:
        with self._lock:
            self._kept.pop(key, None)

    def forget_all(self, first: str) -> None:
        """Whatever begins so, whosever it is."""
        with self._lock:
            for key in [key for key in self._kept if key.startswith(f"{first} ")]:
                del self._kept[key]


_counts = _Counts()


def _waiting(caller: Caller) -> int:
    desk = the_desk()
    key = f"{id(desk)} {caller.practice}"
    count = _counts.get(key)
    if count is None:
        count = desk.waiting(caller)
        _counts.put(key, count)
    return count


def _reviews_waiting(caller: Caller) -> int:
    key = f"reviews {id(overseeing())} {caller.role} {caller.practice}"
    count = _counts.get(key)
    if count is None:
        count = overseeing().waiting(caller)
        _counts.put(key, count)
    return count


def agreements_waiting(caller: Caller) -> int:
    """How many signatures are wanted of whoever answers for agreements, and how much has happened that they have not
    seen."""
    if caller.role not in LOOKERS:
        return 0
    key = _agreements_key(caller, caller.role)
    count = _counts.get(key)
    if count is None:
        count = current_hub().register.waiting(caller=caller)
        _counts.put(key, count)
    return count


def _agreements_key(caller: Caller, role: UserRole) -> str:
    return f"agreements {id(current_hub().register)} {role} {caller.practice}"


def acted_on_agreements(caller: Caller) -> None:
    """The next page counts afresh, for everybody at that practice."""
    for role in LOOKERS:
        _counts.forget(_agreements_key(caller, role))


def _messages_waiting(caller: Caller) -> int:
    key = f"{_messages_key(caller)} {caller.role} {caller.user_id}"
    count = _counts.get(key)
    if count is None:
        count = the_post().waiting(caller)
        _counts.put(key, count)
    return count


def _unsettled(caller: Caller) -> int:
    """How many messages neither practice has settled: the federation rings them."""
    if caller.role is not UserRole.FEDERATION_ADMIN:
        return 0
    key = f"unsettled {id(the_post())}"
    count = _counts.get(key)
    if count is None:
        count = sum(one.count for one in the_post().unsettled())
        _counts.put(key, count)
    return count


def _messages_key(caller: Caller) -> str:
    return f"messages {id(the_post())} {caller.practice}"


def answered_something(caller: Caller) -> None:
    """The next page counts messages afresh, for everybody at that practice."""
    _counts.forget_all(_messages_key(caller))


def reviewed_something(caller: Caller) -> None:
    """The next page counts reviews afresh."""
    _counts.forget(f"reviews {id(overseeing())} {caller.role} {caller.practice}")


def counted(caller: Caller, waiting: int) -> None:
    """The list was just read: the menu shows the same number."""
    _counts.put(f"{id(the_desk())} {caller.practice}", waiting)


def settled_something(caller: Caller) -> None:
    """The next page counts afresh."""
    _counts.forget(f"{id(the_desk())} {caller.practice}")
