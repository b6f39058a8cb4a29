"""Whatever goes wrong in whatever is asked of a host: what it settles as. The table is also docs/fault-table.md.

Each row is played with every mishap it names, then the clock is moved through all the looks. In the end the hub's
bookings and the host's diary agree, claims are kept or let go with them, every transition was accounted for once, and
the next try works.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from connectors.mock.script import Mishap
from scheduling import booking, cancelling, holding
from scheduling.commands import CancelBooking, TakeHold
from scheduling.problems import HostRefused, HostSlow, NotBookable
from scheduling.results import BookingView, Recheck
from tests.scheduling.agreeing import check_accounts, check_claims, check_hosts, live
from tests.scheduling.world import ANN, HOST, World, caller, patient
from vocabulary.appointments import CancellationReason
from vocabulary.identifiers import BookingRef
from vocabulary.slots import Slot

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "fault-table.md"

UNREACHABLE, UNSUPPORTED, SLOW = Mishap.UNREACHABLE, Mishap.UNSUPPORTED, Mishap.SLOW
REFUSED, GONE, GONE_BY_US = Mishap.REFUSED, Mishap.SLOT_GONE, Mishap.SLOT_GONE_AFTER_COMMIT
SILENT, SILENT_DONE = Mishap.NO_ANSWER_BEFORE_COMMIT, Mishap.NO_ANSWER_AFTER_COMMIT
GARBLED, GARBLED_DONE = Mishap.GARBLED_BEFORE_COMMIT, Mishap.GARBLED_AFTER_COMMIT
ALL_BUT_SLOW = tuple(mishap for mishap in Mishap if mishap is not SLOW)


@dataclass(frozen=True)
class Row:
    """What goes wrong in what was asked; the booking at once and in the end; who then has the slot, here and there."""

    asked: str
    happens: tuple[Mishap, ...]
    at_once: str
    in_the_end: str
    slot: str
    at_host: str


TABLE = (
    Row("find the patient", (SLOW,), "booked", "booked", "claimed", "appointment"),
    Row("find the patient", ALL_BUT_SLOW, "no booking", "no booking", "held", "nothing"),
    Row("trace, patient new to the host", (SLOW,), "booked", "booked", "claimed", "appointment"),
    Row("trace, patient new to the host", ALL_BUT_SLOW, "no booking", "no booking", "held", "nothing"),
    Row("trace, patient known to the host", tuple(Mishap), "booked", "booked", "claimed", "appointment"),
    Row("register the patient", (SLOW,), "booked", "booked", "claimed", "appointment"),
    Row("register the patient", ALL_BUT_SLOW, "refused", "refused", "free", "nothing"),
    Row("book", (SLOW, GONE_BY_US), "booked", "booked", "claimed", "appointment"),
    Row("book", (UNREACHABLE, UNSUPPORTED, REFUSED, GONE), "refused", "refused", "free", "nothing"),
    Row("book", (SILENT, GARBLED), "in-doubt", "refused", "free", "nothing"),
    Row("book", (SILENT_DONE, GARBLED_DONE), "in-doubt", "booked", "claimed", "appointment"),
    Row("book, then a look without answer", (SLOW,), "booked", "booked", "claimed", "appointment"),
    Row(
        "book, then a look without answer", (UNREACHABLE, UNSUPPORTED, REFUSED), "refused", "refused", "free", "nothing"
    ),
    Row("book, then a look without answer", (SILENT, GARBLED, GONE), "in-doubt", "refused", "free", "nothing"),
    Row(
        "book, then a look without answer",
        (SILENT_DONE, GARBLED_DONE, GONE_BY_US),
        "in-doubt",
        "booked",
        "claimed",
        "appointment",
    ),
    Row("look for a booking in doubt", tuple(Mishap), "in-doubt", "booked", "claimed", "appointment"),
    Row(
        "book the new time of a move",
        (SLOW, GONE_BY_US),
        "booked, old cancelled",
        "booked, old cancelled",
        "claimed, old free",
        "appointment",
    ),
    Row(
        "book the new time of a move",
        (UNREACHABLE, UNSUPPORTED, REFUSED, GONE),
        "refused, old booked",
        "refused, old booked",
        "free, old claimed",
        "nothing, old appointment",
    ),
    Row(
        "book the new time of a move",
        (SILENT, GARBLED),
        "in-doubt, old booked",
        "refused, old booked",
        "free, old claimed",
        "nothing, old appointment",
    ),
    Row(
        "book the new time of a move",
        (SILENT_DONE, GARBLED_DONE),
        "in-doubt, old booked",
        "booked, old cancelled",
        "claimed, old free",
        "appointment",
    ),
    Row(
        "cancel the old time of a move",
        (SLOW, GONE, GONE_BY_US),
        "booked, old cancelled",
        "booked, old cancelled",
        "claimed, old free",
        "appointment",
    ),
    Row(
        "cancel the old time of a move",
        (UNREACHABLE, UNSUPPORTED, SILENT, SILENT_DONE, GARBLED, GARBLED_DONE),
        "booked, old cancelling",
        "booked, old cancelled",
        "claimed, old free",
        "appointment",
    ),
    Row(
        "cancel the old time of a move",
        (REFUSED,),
        "booked, old booked",
        "booked, old booked",
        "claimed, old claimed",
        "appointment, old appointment",
    ),
    Row("cancel", (SLOW, GONE, GONE_BY_US), "cancelled", "cancelled", "free", "nothing"),
    Row(
        "cancel",
        (UNREACHABLE, UNSUPPORTED, SILENT, SILENT_DONE, GARBLED, GARBLED_DONE),
        "cancelling",
        "cancelled",
        "free",
        "nothing",
    ),
    Row("cancel", (REFUSED,), "booked", "booked", "claimed", "appointment"),
    Row("re-check a hold", (SLOW,), "held, seen free", "booked", "claimed", "appointment"),
    Row("re-check a hold", ALL_BUT_SLOW, "held, could not check", "booked", "claimed", "appointment"),
)

WORDS = {
    UNREACHABLE: "no connection was made, or the breaker is open",
    UNSUPPORTED: "the host's system cannot do that",
    SLOW: "the answer was slow, but came",
    REFUSED: "the host said no, with a reason that can be read (4xx)",
    GONE: "409: the slot is gone, or the version is old, and nothing was done",
    GONE_BY_US: "409, although the host had done what it was asked",
    SILENT: "sent, no answer, and the host did nothing",
    SILENT_DONE: "sent, no answer, and the host did it",
    GARBLED: "an answer that cannot be read (5xx, HTML, broken JSON), and the host did nothing",
    GARBLED_DONE: "an answer that cannot be read, and the host did it",
}


class Story:
    """One verb going wrong once: `world` and, as they come to be, the bookings and the slots they are for."""

    def __init__(self, world: World, mishap: Mishap) -> None:
        self.world, self.mishap = world, mishap
        self.slots = world.clinic()
        self.new: BookingRef | None = None
        self.old: BookingRef | None = None
        self.held: BookingRef | None = None
        world.see()

    def goes_wrong(self, method: str) -> None:
        self.world.network.script(HOST).inject(method, self.mishap)

    def hold(self, place: int) -> BookingRef:
        """Hold the clinic's slot at this place."""
        wanted = self.slots[place].window
        offer = next(offer for offer in self.world.offers() if offer.facts.window == wanted)
        self.held = holding.take(self.world.desk, TakeHold(offer.slot_ids), caller()).ref
        return self.held

    def book(self, place: int = 0, **more: object) -> None:
        """Book that slot; a refusal that leaves no booking leaves the hold."""
        form = self.world.form(self.hold(place), **more)
        try:
            self.new = booking.book(self.world.desk, form, caller()).ref
        except (HostSlow, HostRefused, NotBookable):
            self.new = None

    @property
    def state(self) -> str:
        new = self.new and self.world.state(self.new)
        told = str(new) if new else "no booking"
        return f"{told}, old {self.world.state(self.old)}" if self.old else told

    @property
    def slot(self) -> str:
        return self._both(self._claim_on)

    @property
    def at_host(self) -> str:
        there = self._both(lambda slot: "appointment" if self._live_on(slot) else "nothing")
        return there.removesuffix(", old nothing")

    def _both(self, say: Callable[[Slot], str]) -> str:
        """What is to be said of the booking's slot and, in a move, of the old one's."""
        return f"{say(self.slots[1])}, old {say(self.slots[0])}" if self.old else say(self.slots[0])

    def _claim_on(self, slot: Slot) -> str:
        ref = self.world.claimed().get(slot.host_id)
        if ref is None:
            return "free"
        return "claimed" if self.world.state(BookingRef(ref)) else "held"

    def _live_on(self, slot: Slot) -> int:
        return sum(slot.host_id in one.slot_ids for one in live(self.world))


def _find(story: Story) -> None:
    story.world.network.diary(HOST).add_patient(patient(ANN))
    story.goes_wrong("find_patient")
    story.book()


def _trace_new(story: Story) -> None:
    story.world.network.tracing.script.inject("trace", story.mishap)
    story.book()


def _trace_known(story: Story) -> None:
    story.world.network.diary(HOST).add_patient(patient(ANN))
    _trace_new(story)


def _register(story: Story) -> None:
    story.goes_wrong("register_patient")
    story.book()


def _book(story: Story) -> None:
    story.goes_wrong("book")
    story.book()


def _book_and_look(story: Story) -> None:
    story.world.network.script(HOST).inject("find_booking", SILENT)
    _book(story)


def _look(story: Story) -> None:
    story.world.network.script(HOST).inject("book", SILENT_DONE)
    story.goes_wrong("find_booking")
    story.book()


def _move(story: Story) -> None:
    story.old = story.world.book().ref
    story.goes_wrong("book")
    story.book(1, replaces=story.old)


def _give_up_old(story: Story) -> None:
    story.old = story.world.book().ref
    story.goes_wrong("cancel")
    story.book(1, replaces=story.old)


def _cancel(story: Story) -> None:
    story.book()
    story.goes_wrong("cancel")
    assert story.new
    cancelling.cancel(story.world.desk, CancelBooking(story.new, CancellationReason.PATIENT_ASKED), caller())


def _recheck(story: Story) -> None:
    story.goes_wrong("free_slots")
    story.hold(0)


PLAYS: dict[str, Callable[[Story], None]] = {
    "find the patient": _find,
    "trace, patient new to the host": _trace_new,
    "trace, patient known to the host": _trace_known,
    "register the patient": _register,
    "book": _book,
    "book, then a look without answer": _book_and_look,
    "look for a booking in doubt": _look,
    "book the new time of a move": _move,
    "cancel the old time of a move": _give_up_old,
    "cancel": _cancel,
    "re-check a hold": _recheck,
}
CASES = [pytest.param(row, mishap, id=f"{row.asked}: {mishap}") for row in TABLE for mishap in row.happens]


def _pass_the_resolving_time(world: World) -> None:
    """Through every look of the schedule and past the last; somewhere in it the clock also passes a hold's end."""
    began = world.clock.now()
    for look in world.settings.looks:
        world.clock.at = began + look
        while world.sweep(seconds=1):
            continue


def _retry(story: Story) -> BookingView:
    """The next try: the form again where the hold stayed, else another slot."""
    if story.new is None and story.held is not None:
        return booking.book(story.world.desk, story.world.form(story.held), caller())
    story.book(2, clash_reason="Tried again")
    assert story.new
    found = story.world.view(story.new)
    assert found
    return found


@pytest.mark.database
@pytest.mark.parametrize(("row", "mishap"), CASES)
def test_every_fault_settles_as_the_table_says(world: World, row: Row, mishap: Mishap) -> None:
    story = Story(world, mishap)
    PLAYS[row.asked](story)
    if row.at_once.startswith("held"):
        assert story.held
        seen = holding.show(world.desk, story.held, caller()).recheck is Recheck.FREE
        assert row.at_once == ("held, seen free" if seen else "held, could not check")
        story.new = booking.book(world.desk, world.form(story.held), caller()).ref
    else:
        assert story.state == row.at_once
    check_accounts(world)
    _pass_the_resolving_time(world)
    assert (story.state, story.slot, story.at_host) == (row.in_the_end, row.slot, row.at_host)
    check_accounts(world)
    check_claims(world, holds=int(row.slot == "held"))
    check_hosts(world)
    if row.in_the_end in ("refused", "no booking", "cancelled") and mishap is row.happens[0]:
        assert _retry(story).state == "booked"
        assert len({one.patient_host_id for one in world.network.diary(HOST).appointments}) == 1
        check_accounts(world)
        check_claims(world)
        check_hosts(world)


def test_the_table_covers_every_fault_of_everything_asked() -> None:
    told = [(row.asked, mishap) for row in TABLE for mishap in row.happens]
    assert sorted(told) == sorted(product(PLAYS, Mishap))


def _markdown() -> str:
    lines = ["| Fault | Means |", "|---|---|"]
    lines += [f"| `{mishap}` | {words} |" for mishap, words in WORDS.items()]
    lines += ["", "| Asked of the host | What happens | At once | In the end | The slot here | At the host |"]
    lines += ["|---|---|---|---|---|---|"]
    for row in TABLE:
        happens = {tuple(Mishap): "any of them", ALL_BUT_SLOW: f"any but `{SLOW}`"}.get(
            row.happens, ", ".join(f"`{mishap}`" for mishap in row.happens)
        )
        cells = (row.asked, happens, row.at_once, row.in_the_end, row.slot, row.at_host)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def test_the_document_shows_this_very_table() -> None:
    assert _markdown() in DOCUMENT.read_text(encoding="utf-8"), "copy it into the document:\n" + _markdown()
