"""Answers of the address book and the agreement register for doors and wiring, kept for a short while in memory."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

from connectors.port import Link
from practices import directory
from practices.linking import DIRECT, Passage, Secrets
from practices.probing import connection_of
from practices.results import Connection, PracticeView, SiteView, StaffGrant
from sharing_agreements import switches
from sharing_agreements.publishing import Published, published
from sharing_agreements.reading import Reader
from sharing_agreements.register import AgreementView, agreements_for
from sharing_agreements.switches import Pulled
from sharing_agreements.terms import PulledSwitch
from storage.work import Tx, Work
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller
from vocabulary.times import Clock, london_date

_T = TypeVar("_T")
_KEPT_FOR = 20.0  # seconds; a changed link or name is seen this late at most


@dataclass(slots=True)
class _Kept:
    until: float
    answer: object


class AddressBook:
    """Reads in short transactions of its own, so never inside a verb's."""

    def __init__(
        self,
        work: Work,
        clock: Clock,
        *,
        secrets: Secrets,
        passage: Passage = DIRECT,
        kept_for: float = _KEPT_FOR,
    ) -> None:
        self._work = work
        self._clock = clock
        self._secrets = secrets
        self._passage = passage
        self._kept_for = kept_for
        self._answers: dict[Hashable, _Kept] = {}
        self._lock = threading.Lock()
        self._register = Reader()

    def link(self, ods: OdsCode) -> Link | None:
        """How to reach a practice's GP system."""
        return self._kept(
            ("link", ods), lambda tx: directory.link(tx, ods, secrets=self._secrets, passage=self._passage)
        )

    def connection(self, ods: OdsCode) -> Connection | None:
        """How a practice is connected, for those who look after it; read afresh each time."""
        with self._work.read() as tx:
            return connection_of(tx, ods)

    def practice(self, ods: OdsCode) -> PracticeView | None:
        """One practice."""
        return self._kept(("practice", ods), lambda tx: directory.practice(tx, ods))

    def practices(self) -> tuple[PracticeView, ...]:
        """All open practices, by name."""
        return self._kept("practices", lambda tx: directory.practices(tx, open_only=True))

    def neighbours(self, ods: OdsCode) -> tuple[PracticeView, ...]:
        """The open practices of this practice's cluster, itself left out."""
        return self._kept(("neighbours", ods), lambda tx: directory.cluster_mates(tx, ods))

    def sites(self, practices: tuple[OdsCode, ...]) -> tuple[SiteView, ...]:
        """Where these practices hold clinics, each practice's main site first."""
        return self._kept(("sites", practices), lambda tx: directory.sites(tx, practices))

    def staff_grants(self, user_id: str) -> tuple[StaffGrant, ...]:
        """Roles given locally to this user, in force today; read afresh each time."""
        with self._work.read() as tx:
            return directory.staff_grants(tx, user_id, london_date(self._clock.now()))

    def agreements(self, caller: Caller) -> tuple[AgreementView, ...]:
        """Every agreement the caller may read; read afresh each time."""
        with self._work.read() as tx:
            return agreements_for(tx, caller)

    def clusters(self) -> dict[str, str]:
        """The clusters' names by code."""
        return self._kept("clusters", directory.clusters)

    def published(self) -> tuple[Published, ...]:
        """The agreements as anybody may read them."""
        return self._kept("published", published)

    def pulled_switches(self) -> frozenset[PulledSwitch]:
        """The kinds of access that practices have switched off; a change is seen at its commit."""
        with self._work.read() as tx:
            return self._register.read(tx).switches

    def switches_of(self, ods: OdsCode) -> tuple[Pulled, ...]:
        """What one practice has switched off, by whom and why; read afresh each time."""
        with self._work.read() as tx:
            return switches.pulled(tx, ods)

    def forget(self) -> None:
        """Drop what is kept: the next question reads again."""
        with self._lock:
            self._answers.clear()

    def _kept(self, key: Hashable, read: Callable[[Tx], _T]) -> _T:
        now = time.monotonic()
        with self._lock:
            kept = self._answers.get(key)
        if kept is not None and kept.until > now:
            return kept.answer  # type: ignore[return-value]
        with self._work.read() as tx:
            answer = read(tx)
        with self._lock:
            self._answers[key] = _Kept(now + self._kept_for, answer)
        return answer
