"""Changing a practice's settings: its GP-system link, bypass number, slot-type mapping and go-live switches.

Each verb is one transaction with its ledger event, refusals included. A practice manager changes the own practice,
a federation admin (or the command line) any.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from connectors.registry import ON_NATIONAL_WIRE
from practices.models import GPSystemLinkRow, PracticeRow, SlotTypeMappingRow
from practices.slot_types import SlotTypeMeaning, tidy_wording
from storage.ledger import LedgerEvent, record
from storage.work import Tx, Work
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.problems import Problem, ProblemKind
from vocabulary.times import Clock, aware_utc

PASSED = "passed"
_PHONE = re.compile(r"\+?[0-9][0-9 ]{8,18}[0-9]")
_ADDRESS = re.compile(r"https?://[^\s?#]+[^\s?#/]|mock:[^\s]+")
_LOOPBACK = re.compile(r"https?://(127\.0\.0\.1|localhost|\[::1\])([:/]|$)")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_ASID = re.compile(r"[0-9]{12}|")


class SettingRefused(Problem):
    """A setting that cannot be taken as it was given."""

    code = "setting-refused"
    kind = ProblemKind.INVALID


class UnknownPractice(Problem):
    """The address book has no such practice, or it has closed."""

    code = "unknown-practice"
    kind = ProblemKind.NOT_FOUND


class NotYourPractice(Problem):
    """Only the practice's own manager or a federation admin may change its settings."""

    code = "not-your-practice"
    kind = ProblemKind.FORBIDDEN


class NotReadyForLive(Problem):
    """A go-live switch stays off until a test booking there and back has passed."""

    code = "not-ready-for-live"
    kind = ProblemKind.RULE


class Switch(StrEnum):
    """A go-live switch: one a capability."""

    POOLING = "pooling"  # its slots are pooled and it sees the pool
    BOOKING = "booking"  # others may book here


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """A practice's connection as somebody types it. The secret itself is configured elsewhere, under this name.

    Without an address, the national directory's is used (`practices.looking_up`).
    """

    system: str
    address: str = ""
    provider_asid: str = ""
    consumer_asid: str = ""
    secret_name: str = ""


@dataclass(frozen=True, slots=True)
class TestBooking:
    """What came of a test booking there and back; `words` says where it failed."""

    __test__ = False  # not a test case, whatever its name begins with

    passed: bool
    at: datetime
    words: str = ""


Change = Callable[[Tx], LedgerEvent]


def set_link(work: Work, ods: OdsCode, settings: LinkSettings, *, caller: Caller, clock: Clock) -> None:
    """Set how the practice's GP system is reached. Another system or address needs a new test booking: both switches
    go off. Raises SettingRefused, UnknownPractice, NotYourPractice."""
    _check_link(settings)
    values = {
        "system": settings.system,
        "address": settings.address,
        "provider_asid": settings.provider_asid,
        "consumer_asid": settings.consumer_asid,
        "secret_name": settings.secret_name,
    }

    def change(tx: Tx) -> LedgerEvent:
        row = GPSystemLinkRow
        before = tx.execute(
            select(row.system, row.address, row.provider_asid).where(row.ods == ods.value).with_for_update()
        ).one_or_none()
        reached_anew = before is None or tuple(before) != (settings.system, settings.address, settings.provider_asid)
        anew = {"pooling_live": False, "booking_live": False, "tested_at": None, "test_outcome": ""}
        written = values | (anew if reached_anew else {})
        statement = upsert(row).values(ods=ods.value, **values)
        tx.execute(statement.on_conflict_do_update(index_elements=[row.ods], set_=written))
        return LedgerEvent("practice.link-set", host=ods, detail={**values, "needs_test": reached_anew})

    _do(work, ods, change, caller=caller, clock=clock)


def set_bypass_phone(work: Work, ods: OdsCode, phone: str, *, caller: Caller, clock: Clock) -> None:
    """Set the number on which other practices' staff reach this one past the patients' queue; empty removes it."""
    tidy = " ".join(phone.split())
    if tidy and not _PHONE.fullmatch(tidy):
        raise SettingRefused(
            "A bypass number has digits and spaces, such as 0117 496 0000.", next_step="Check the number."
        )

    def change(tx: Tx) -> LedgerEvent:
        tx.execute(update(PracticeRow).where(PracticeRow.ods == ods.value).values(bypass_phone=tidy))
        return LedgerEvent("practice.bypass-phone-set", host=ods, detail={"set": bool(tidy)})

    _do(work, ods, change, caller=caller, clock=clock)


def map_wording(
    work: Work, ods: OdsCode, wording: str, meaning: SlotTypeMeaning, *, caller: Caller, clock: Clock
) -> None:
    """Say what the practice's own slot-type wording means; Service.NONE hides its slots on purpose."""
    shown = " ".join(wording.split())
    if not shown:
        raise SettingRefused("No slot-type wording was given.", next_step="Give it as the practice's system shows it.")

    def change(tx: Tx) -> LedgerEvent:
        _forget_wording(tx, ods, shown)
        values = {"service": meaning.service.value, "role": meaning.role.value if meaning.role else ""}
        tx.execute(upsert(SlotTypeMappingRow).values(ods=ods.value, wording=shown, **values))
        return LedgerEvent("practice.slot-type-mapped", host=ods, detail={"wording": shown, **values})

    _do(work, ods, change, caller=caller, clock=clock)


def unmap_wording(work: Work, ods: OdsCode, wording: str, *, caller: Caller, clock: Clock) -> None:
    """Forget what a wording means: its slots count as unmapped again."""

    def change(tx: Tx) -> LedgerEvent:
        if not _forget_wording(tx, ods, wording):
            raise SettingRefused(
                f"The wording {wording!r} is not mapped at {ods}.", next_step="Check it on the slot-type page."
            )
        return LedgerEvent("practice.slot-type-unmapped", host=ods, detail={"wording": wording})

    _do(work, ods, change, caller=caller, clock=clock)


def record_test_booking(work: Work, ods: OdsCode, outcome: TestBooking, *, caller: Caller, clock: Clock) -> None:
    """Keep what came of a test booking there and back. A failed one switches the practice off."""

    def change(tx: Tx) -> LedgerEvent:
        _require_link(tx, ods)
        values = {
            "tested_at": aware_utc(outcome.at),
            "test_outcome": PASSED if outcome.passed else f"failed: {outcome.words}",
        }
        off = {} if outcome.passed else {"pooling_live": False, "booking_live": False}
        tx.execute(update(GPSystemLinkRow).where(GPSystemLinkRow.ods == ods.value).values(**values, **off))
        detail = {"passed": outcome.passed, "words": outcome.words}
        return LedgerEvent("practice.tested", host=ods, detail=detail)

    _do(work, ods, change, caller=caller, clock=clock)


def switch(work: Work, ods: OdsCode, which: Switch, *, on: bool, caller: Caller, clock: Clock) -> None:
    """Turn a go-live switch. On needs a passed test booking (NotReadyForLive otherwise); off is always allowed.

    Who switches pooling on is kept: background calls to other practices name that person.
    """

    def change(tx: Tx) -> LedgerEvent:
        tested = _require_link(tx, ods)
        if on and not tested:
            raise NotReadyForLive(
                f"{which.value.capitalize()} at {ods} cannot go live: no test booking there and back has passed.",
                next_step="Run the test booking, then switch it on.",
            )
        values: dict[str, object] = {f"{which.value}_live": on}
        if which is Switch.POOLING and on:
            values |= {"pooling_by": caller.user_id, "pooling_by_name": caller.name, "pooling_since": clock.now()}
        tx.execute(update(GPSystemLinkRow).where(GPSystemLinkRow.ods == ods.value).values(**values))
        return LedgerEvent(f"practice.{which.value}-{'on' if on else 'off'}", host=ods)

    _do(work, ods, change, caller=caller, clock=clock, refused_act=f"practice.{which.value}-{'on' if on else 'off'}")


def _do(
    work: Work,
    ods: OdsCode,
    change: Change,
    *,
    caller: Caller,
    clock: Clock,
    refused_act: str = "practice.setting",
) -> None:
    """One change and its ledger event in one transaction; a refusal commits its own event, then is raised."""
    refusal: Problem | None = None
    with work.begin() as tx:
        try:
            with tx.begin_nested():
                _check_allowed(tx, ods, caller)
                event = change(tx)
        except (SettingRefused, UnknownPractice, NotYourPractice, NotReadyForLive) as problem:
            refusal = problem
            event = LedgerEvent(refused_act, "refused", host=ods, reason=problem.code)
        record(tx, event, caller=caller, at=clock.now())
    if refusal is not None:
        raise refusal


def _check_allowed(tx: Tx, ods: OdsCode, caller: Caller) -> None:
    own = caller.role is UserRole.PRACTICE_MANAGER and caller.practice == ods
    if not own and caller.role not in (UserRole.FEDERATION_ADMIN, UserRole.SYSTEM):
        raise NotYourPractice(
            f"Your role does not let you change the settings of {ods}.",
            next_step="Ask that practice's manager or your federation admin.",
        )
    status = tx.scalar(select(PracticeRow.status).where(PracticeRow.ods == ods.value).with_for_update())
    if status != "open":
        words = f"{ods} is {status}." if status else f"The address book has no practice {ods}."
        raise UnknownPractice(words, next_step="Check the code, or import the practice first.")


def _require_link(tx: Tx, ods: OdsCode) -> bool:
    """Whether the link's last test passed. Raises SettingRefused when no link is set."""
    row = GPSystemLinkRow
    chosen = select(row.tested_at, row.test_outcome).where(row.ods == ods.value).with_for_update()
    found = tx.execute(chosen).one_or_none()
    if found is None:
        raise SettingRefused(f"{ods} has no GP-system link.", next_step="Set its link first.")
    return found.tested_at is not None and found.test_outcome == PASSED


def _forget_wording(tx: Tx, ods: OdsCode, wording: str) -> bool:
    """Delete the mapping of this wording however it was spaced or cased; whether there was one."""
    row = SlotTypeMappingRow
    kept = tx.scalars(select(row.wording).where(row.ods == ods.value)).all()
    same = [each for each in kept if tidy_wording(each) == tidy_wording(wording)]
    if same:
        tx.execute(delete(row).where(row.ods == ods.value, row.wording.in_(same)))
    return bool(same)


def _check_link(settings: LinkSettings) -> None:
    if not _NAME.fullmatch(settings.system):
        raise SettingRefused("The system's name is one word, such as emis.", next_step="Name a system the hub knows.")
    national = settings.system in ON_NATIONAL_WIRE
    if national and not _LOOPBACK.match(settings.address) and settings.address:
        raise SettingRefused(
            "The address of a practice on the national wire comes from the national directory.",
            next_step="Leave the address out, then run: flask practices lookup with the practice's code.",
        )
    if not (national and not settings.address) and not _ADDRESS.fullmatch(settings.address):
        raise SettingRefused(
            "The address is the service root, https://… without a slash, query or fragment at its end.",
            next_step="Copy it from the supplier's endpoint list.",
        )
    for asid in (settings.provider_asid, settings.consumer_asid):
        if not _ASID.fullmatch(asid):
            raise SettingRefused("An ASID has 12 digits.", next_step="Copy it from the Spine Directory entry.")
    if settings.secret_name and not _NAME.fullmatch(settings.secret_name):
        raise SettingRefused(
            "A secret is given by its name (letters, digits, dots, dashes), never by its value.",
            next_step="Configure the secret under a name, and give that name here.",
        )
