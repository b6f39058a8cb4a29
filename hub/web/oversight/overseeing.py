"""The accountability room's verbs as pages use them, bound to what the wiring made. No rule lives here.

It is one object so that a page can be shown with made-up results; what it does is call the verbs.
"""

from dataclasses import dataclass
from datetime import date, datetime

from flask import current_app

from accountability import accounts, context, evidence, flagging, legal_holds, marking, reviews
from accountability.accounts import PatientAccount, PersonLine
from accountability.break_glass import BreakGlass, account_for_dissent, break_glass
from accountability.concerns import ReviewView, Verdict
from accountability.context import ReviewContext
from accountability.evidence import PackView
from accountability.legal_holds import HoldView
from accountability.lines import Account, Asked
from accountability.oversight import Oversight
from hub.evidence import queue
from hub.oversight import oversight_of
from hub.wiring import Hub
from sharing_agreements.gate import Permit
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import Caller

EXTENSION = "hub_overseeing"


@dataclass(frozen=True, slots=True)
class Overseeing:
    """The verbs that pages call."""

    hub: Hub

    @property
    def _room(self) -> Oversight:
        return oversight_of(self.hub)

    def waiting(self, caller: Caller) -> int:
        """How many reviews wait for this guardian."""
        return reviews.waiting(self._room, caller)

    def people(self, practice: OdsCode, caller: Caller) -> tuple[PersonLine, ...]:
        """Who acted for a practice lately."""
        return accounts.people(self._room, practice, caller)

    def patient_account(self, nhs_number: NHSNumber, asked: Asked, caller: Caller) -> PatientAccount:
        """Who has looked at a patient."""
        return accounts.patient_account(self._room, nhs_number, asked, caller)

    def person_account(self, user_id: str, asked: Asked, caller: Caller) -> Account:
        """What a person has done."""
        return accounts.person_account(self._room, user_id, asked, caller)

    def own_account(self, asked: Asked, caller: Caller) -> Account:
        """What the caller has done."""
        return accounts.own_account(self._room, asked, caller)

    def flag_mistake(self, event: int, words: str, caller: Caller) -> bool:
        """“I opened the wrong patient.”"""
        return flagging.flag_mistake(self._room, event, words, caller)

    def mark_own_record(
        self,
        user_id: str,
        user_name: str,
        caller: Caller,
        *,
        nhs_number: NHSNumber,
        postcode: str = "",
        first_line: str = "",
    ) -> None:
        """Which record is a colleague's own."""
        marking.mark_own_record(
            self._room, user_id, user_name, caller, nhs_number=nhs_number, postcode=postcode, first_line=first_line
        )

    def break_glass(self, command: BreakGlass, caller: Caller, *, proved_at: datetime | None) -> Permit:
        """A permit for one look in an emergency; the guardian of the patient's practice is told."""
        return break_glass(self._room, command, caller, proved_at=proved_at)

    def dissent_told(self, command: BreakGlass, caller: Caller) -> None:
        """Somebody asked for the glass of a patient who dissents, and was told so: it is written down."""
        account_for_dissent(self._room, command, caller)

    def queue(self, caller: Caller, *, settled: bool) -> tuple[ReviewView, ...]:
        """Reviews that wait, or those settled."""
        return reviews.queue(self._room, caller, settled=settled)

    def review(self, review: int, caller: Caller) -> ReviewContext:
        """One review with what is known around it."""
        return context.around(self._room, review, caller)

    def settle(self, review: int, verdict: Verdict, words: str, caller: Caller) -> None:
        """A guardian's verdict."""
        reviews.settle(self._room, review, verdict, words, caller)

    def holds(self, caller: Caller) -> tuple[HoldView, ...]:
        """Legal holds."""
        return legal_holds.holds(self._room, caller)

    def set_hold(
        self, practice: OdsCode, caller: Caller, *, reason: str, look_again_on: date, nhs_number: NHSNumber | None
    ) -> None:
        """From now on nothing it covers is deleted."""
        legal_holds.set_hold(
            self._room, practice, caller, reason=reason, look_again_on=look_again_on, nhs_number=nhs_number
        )

    def lift_hold(self, hold: int, caller: Caller, *, reason: str) -> None:
        """The hold is over."""
        legal_holds.lift_hold(self._room, hold, caller, reason=reason)

    def packs(self, caller: Caller) -> tuple[PackView, ...]:
        """Evidence packs, made and being made."""
        return evidence.packs(self._room, caller)

    def ask_pack(self, caller: Caller, *, since: date, until: date, identifiers: bool) -> int:
        """Have one made by the worker."""
        return evidence.ask(self._room, caller, since=since, until=until, identifiers=identifiers, defer=queue)

    def take_pack(self, pack: int, caller: Caller) -> tuple[PackView, bytes]:
        """One that is ready."""
        return evidence.take(self._room, pack, caller)


def overseeing() -> Overseeing:
    """The running application's."""
    found: Overseeing = current_app.extensions[EXTENSION]
    return found
