"""Connectors with one mistake each, and the check that must catch it: proof that the kit can fail.

Each stands before a sound system and does one thing as a hurried author would. Put them before your own to see that
your bench can tell a good connector from a bad one.
"""

import time
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from connectors.faults import Fault, NoAnswer, PatientUnknown, Refused, SlotGone, Unreachable
from connectors.port import Filing, GivesDocuments, GPSystem
from vocabulary.appointments import Appointment, BookingRequest, CancellationReason, Receipt
from vocabulary.documents import DocumentList, RecordDocument
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import Patient
from vocabulary.records import DateRange
from vocabulary.slots import Slot
from vocabulary.times import Window, aware_utc, london
from vocabulary.visits import VisitStatus


@dataclass
class Broken:
    """A system that does one thing wrongly and everything else as the sound one behind it.

    `somebody` is the same practice as another caller sees it, for mistakes about who asks.
    """

    behind: GPSystem
    somebody: GPSystem
    caught_by = ""  # the name of the check

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)


class SaysItDidNotHappen(Broken):
    """Takes silence after a booking for a booking that was not made: the next try books twice."""

    caught_by = "test_booking"

    def book(self, request: BookingRequest) -> Receipt:
        try:
            return self.behind.book(request)
        except NoAnswer:
            raise Unreachable("It did not work.") from None


class TakesSilenceForNothing(Broken):
    """Takes an unanswered look for an empty one."""

    caught_by = "test_an_unanswered_look_is_not_an_empty_look"

    def find_booking(self, request: BookingRequest) -> Appointment | None:
        try:
            return self.behind.find_booking(request)
        except Fault:
            return None


class TakesAnybodysForOurs(Broken):
    """Finds whatever was booked last, whoever's reference it carries."""

    caught_by = "test_another_bookings_reference_is_not_ours"
    last: Receipt | None = None

    def book(self, request: BookingRequest) -> Receipt:
        self.last = self.behind.book(request)
        return self.last

    def find_booking(self, request: BookingRequest) -> Appointment | None:
        return self.behind.read(self.last) if self.last else None


class KnowsItsTextByHeart(Broken):
    """Knows its own booking by its text as it was sent: amended once, it is a stranger's."""

    caught_by = "test_an_amended_appointment_has_the_new_texts_and_is_still_ours"

    def find_booking(self, request: BookingRequest) -> Appointment | None:
        found = self.behind.find_booking(request)
        whole = f"{found.description} {found.comment}" if found else ""
        return found if request.comment_on_the_wire in whole else None


class ForgetsTheSeason(Broken):
    """Counts on the wall clock: the second pass of the hour that comes twice becomes the first."""

    caught_by = "test_the_night_the_clocks_go_back"

    def free_slots(self, window: Window) -> tuple[Slot, ...]:
        return tuple(replace(slot, window=_naively(slot.window)) for slot in self.behind.free_slots(window))


def _naively(window: Window) -> Window:
    start = london(window.start).replace(fold=0)
    return Window(start, aware_utc(start) + window.length)


class AsksForSomebodyElse(Broken):
    """Searches on behalf of one practice, whoever asks: slots that are kept for that one are shown to all."""

    caught_by = "test_a_slot_kept_for_one_practice_is_shown_to_that_one_only"

    def free_slots(self, window: Window) -> tuple[Slot, ...]:
        return self.somebody.free_slots(window)


class ShowsWhatOverlaps(Broken):
    """Shows slots that begin before the window or end after it."""

    caught_by = "test_only_slots_wholly_inside_the_window_are_shown"

    def free_slots(self, window: Window) -> tuple[Slot, ...]:
        length = window.length / 4
        return self.behind.free_slots(Window(window.start - length, window.end + length))


class CancelsOnce(Broken):
    """Refuses to cancel what is cancelled: a cancellation that got no answer can never be finished."""

    caught_by = "test_cancelling_again_changes_nothing"

    def cancel(self, receipt: Receipt, reason: CancellationReason) -> Receipt:
        if self.behind.read(receipt).cancellation_reason:
            raise Refused("It is cancelled already.", status=422)
        return self.behind.cancel(receipt, reason)


class CutsTexts(Broken):
    """Cuts a long note off instead of saying that it is too long."""

    caught_by = "test_texts_come_through_to_their_limits"

    def book(self, request: BookingRequest) -> Receipt:
        return self.behind.book(replace(request, comment=request.comment[:100]))


class AmendsBlindly(Broken):
    """Amends without a version, over whatever was changed in between."""

    caught_by = "test_amending_what_has_changed_since_is_a_conflict"

    def amend(self, receipt: Receipt, *, description: str, comment: str) -> Receipt:
        return self.behind.amend(replace(receipt, version=""), description=description, comment=comment)


class CallsEveryConflictALostSlot(Broken):
    """Takes any 409 for a slot that is gone, one about a patient too."""

    caught_by = "test_registering_twice_is_refused_and_is_no_lost_slot"

    def register_patient(self, patient: Patient) -> Patient:
        try:
            return self.behind.register_patient(patient)
        except PatientUnknown:
            raise
        except Refused as refusal:
            raise SlotGone(refusal.words, status=409) from None


class FilesAnew(Broken):
    """Gives each filing a name of its own: one that got no answer lies there twice once it is tried again."""

    caught_by = "test_a_document_filed_again_is_there_once"

    def file_record(self, document: RecordDocument) -> Filing:
        return self.behind.file_record(replace(document, id=uuid4()))


class TakesTheLastToArrive(Broken):
    """Tells every word as if it were said this moment: one that was delayed undoes what was said after it."""

    caught_by = "test_what_was_said_earlier_takes_no_later_words_place"

    def report_status(self, receipt: Receipt, status: VisitStatus, *, at: datetime) -> Receipt:
        self.told += timedelta(hours=1)
        hearing: Any = self.behind
        heard: Receipt = hearing.report_status(receipt, status, at=at + self.told)
        return heard

    told = timedelta()


class StampsWhatItHears(Broken):
    """Says of what it was told that it was said when it heard of it: our own words come back as news."""

    caught_by = "test_what_we_say_comes_back_with_the_moment_we_gave"

    def report_status(self, receipt: Receipt, status: VisitStatus, *, at: datetime) -> Receipt:
        hearing: Any = self.behind
        heard: Receipt = hearing.report_status(receipt, status, at=at + timedelta(seconds=20))
        return heard


class ListsEveryYear(Broken):
    """Lists every document whatever period was asked for: what nobody asked to see is shown."""

    caught_by = "test_only_documents_of_the_period_asked_for_are_listed"

    def find_documents(self, nhs_number: NHSNumber, created: DateRange) -> DocumentList:
        return cast(GivesDocuments, self.behind).find_documents(nhs_number, DateRange())


class TellsWhoItWas(Broken):
    """Puts the address that was asked into a fault, and with it an NHS number."""

    caught_by = "test_no_fault_carries_a_patient_or_an_address"

    def find_patient(self, nhs_number: NHSNumber) -> Patient:
        try:
            return self.behind.find_patient(nhs_number)
        except Fault as fault:
            fault.detail = f"GET https://host/Patient?identifier={nhs_number.value}"
            raise


class WaitsForEver(Broken):
    """Has a patience of its own, and takes no notice of its caller's."""

    caught_by = "test_a_slow_host_costs_no_more_than_the_callers_patience"

    def free_slots(self, window: Window) -> tuple[Slot, ...]:
        began = time.monotonic()
        try:
            return Context().run(self.behind.free_slots, window)
        finally:
            time.sleep(max(0.0, 1.6 - (time.monotonic() - began)))


BROKEN: tuple[Callable[[GPSystem, GPSystem], Broken], ...] = tuple(Broken.__subclasses__())
