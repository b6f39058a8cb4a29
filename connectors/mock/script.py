"""Faults on request: what should go wrong, in which method, how often, and for whom."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import TypeVar

from connectors.faults import Garbled, NoAnswer, Refused, SlotGone, Unreachable, Unsupported
from connectors.patience import left
from vocabulary.people import Caller

Answer = TypeVar("Answer")


class Mishap(StrEnum):
    """One way for a call to go wrong. "After commit" means that the host did it and we are not told properly."""

    UNREACHABLE = "unreachable"
    SLOW = "slow"
    NO_ANSWER_BEFORE_COMMIT = "no-answer-before-commit"
    NO_ANSWER_AFTER_COMMIT = "no-answer-after-commit"
    REFUSED = "refused"
    SLOT_GONE = "slot-gone"
    SLOT_GONE_AFTER_COMMIT = "slot-gone-after-commit"
    GARBLED_BEFORE_COMMIT = "garbled-before-commit"
    GARBLED_AFTER_COMMIT = "garbled-after-commit"
    UNSUPPORTED = "unsupported"

    @property
    def commits(self) -> bool:
        """True when the host does what it was asked all the same."""
        return self in _COMMITTING


_COMMITTING = frozenset(
    {
        Mishap.SLOW,
        Mishap.NO_ANSWER_AFTER_COMMIT,
        Mishap.SLOT_GONE_AFTER_COMMIT,
        Mishap.GARBLED_AFTER_COMMIT,
    }
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the script sees it: the port's method, who asked, and the main argument."""

    method: str
    caller: Caller
    argument: object = None

    def __repr__(self) -> str:
        return f"Call({self.method} by {self.caller.practice})"


@dataclass(slots=True)
class _Entry:
    method: str
    mishap: Mishap | None
    action: Callable[[], object] | None
    times: int | None
    when: Callable[[Call], bool] | None
    seconds: float
    code: str
    status: int

    def fits(self, call: Call) -> bool:
        if self.times == 0 or self.method not in ("*", call.method):
            return False
        return self.when is None or self.when(call)


class Script:
    """The faults one host plays, in the order they were asked for; without any it behaves."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._calls: list[Call] = []
        self._lock = Lock()

    def inject(
        self,
        method: str,
        mishap: Mishap,
        *,
        times: int | None = 1,
        when: Callable[[Call], bool] | None = None,
        seconds: float = 0.0,
        code: str = "INVALID_RESOURCE",
        status: int = 422,
    ) -> None:
        """Make `method` ("*": any) go wrong `times` times (None: for ever) for calls that `when` accepts.

        `seconds` is for SLOW; `code` and `status` are what REFUSED answers.
        """
        self._add(_Entry(method, mishap, None, times, when, seconds, code, status))

    def interleave(self, method: str, action: Callable[[], object], *, times: int | None = 1) -> None:
        """Do `action` just before the host serves `method`: the front desk that was quicker, a race made certain."""
        self._add(_Entry(method, None, action, times, None, 0.0, "", 0))

    def clear(self) -> None:
        """Behave again."""
        with self._lock:
            self._entries.clear()

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call that reached this host, in order, those that went wrong included."""
        with self._lock:
            return tuple(self._calls)

    def play(self, call: Call, act: Callable[[], Answer]) -> Answer:
        """Serve a call: `act` is what the host does when nothing goes wrong."""
        entry, actions = self._take(call)
        for action in actions:
            action()
        if entry is None or entry.mishap is None:
            return act()
        if entry.mishap is Mishap.SLOW:
            return _slowly(entry.seconds, act)
        if entry.mishap.commits:
            act()
        raise _fault(entry)

    def _add(self, entry: _Entry) -> None:
        with self._lock:
            self._entries.append(entry)

    def _take(self, call: Call) -> tuple[_Entry | None, list[Callable[[], object]]]:
        with self._lock:
            self._calls.append(call)
            chosen: _Entry | None = None
            actions = []
            for entry in [entry for entry in self._entries if entry.fits(call)]:
                if entry.action is None and chosen is not None:
                    continue
                if entry.action is None:
                    chosen = entry
                else:
                    actions.append(entry.action)
                if entry.times is not None:
                    entry.times -= 1
            return chosen, actions


def _slowly(seconds: float, act: Callable[[], Answer]) -> Answer:
    """Act after so long; a caller with less patience hears nothing, though it is done all the same."""
    waited = left(seconds)
    time.sleep(waited)
    answer = act()
    if waited < seconds:
        raise NoAnswer("The practice's system did not answer.", detail="scripted")
    return answer


def _fault(entry: _Entry) -> Exception:
    match entry.mishap:
        case Mishap.UNREACHABLE:
            return Unreachable("The practice's system could not be reached.", detail="scripted")
        case Mishap.NO_ANSWER_BEFORE_COMMIT | Mishap.NO_ANSWER_AFTER_COMMIT:
            return NoAnswer("The practice's system did not answer.", detail="scripted")
        case Mishap.SLOT_GONE | Mishap.SLOT_GONE_AFTER_COMMIT:
            return SlotGone("Somebody else has just taken that slot.", code="DUPLICATE_REJECTED", status=409)
        case Mishap.GARBLED_BEFORE_COMMIT | Mishap.GARBLED_AFTER_COMMIT:
            return Garbled("The practice's system sent an answer that cannot be read.", detail="scripted")
        case Mishap.UNSUPPORTED:
            return Unsupported("The practice's system cannot do that.", detail="scripted")
        case _:
            return Refused("The practice's system refused.", code=entry.code, status=entry.status, detail="scripted")
