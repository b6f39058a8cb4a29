"""Asks GP Connect interactions over a line: headers, audit token, and refusals in plain words as faults.

Every connector whose system speaks GP Connect uses this; what is special about a supplier stays with its connector.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from connectors.exchange import Exchange, exchange, not_enabled
from connectors.faults import Garbled, OfAnotherPatient, PatientUnknown, Refused, SlotGone, Unsupported
from connectors.line import Ask
from connectors.port import Endpoint, Link, MessageSet
from connectors.refusals import Told, Wording, explain, recognise
from connectors.verdicts import HOST, Answer
from gp_connect import audit_token, headers, interactions, outcomes
from gp_connect.elements import Resource, Unreadable
from gp_connect.interactions import Interaction, TokenScope
from gp_connect.spine_codes import Owner
from vocabulary.people import Caller
from vocabulary.times import Clock

Meaning = TypeVar("Meaning")
_CHANGES_A_SLOT = (interactions.BOOK, interactions.AMEND, interactions.CANCEL)
_APPOINTMENTS = (
    interactions.FREE_SLOTS,
    interactions.PATIENT_APPOINTMENTS,
    interactions.READ_APPOINTMENT,
    *_CHANGES_A_SLOT,
)
_READING = (TokenScope.READ_PATIENT, TokenScope.READ_ORGANISATION)
_PLAIN_CODE = re.compile(r"[A-Z][A-Z_ ]{1,60}")


@dataclass(frozen=True, slots=True)
class Consumer:
    """One caller's voice at one host. The audit token names the caller's own practice and person, never the hub."""

    link: Link
    caller: Caller
    clock: Clock
    wordings: Sequence[Wording] = ()  # how this supplier refuses
    lines: Exchange = exchange

    def ask(
        self,
        interaction: Interaction,
        *,
        logical_id: str = "",
        params: Sequence[tuple[str, str]] = (),
        body: Resource | None = None,
        version: str = "",
    ) -> Answer:
        """The host's successful answer. Raises Refused (SlotGone, PatientUnknown) for a no, and what Line.ask may."""
        message_set = message_set_of(interaction)
        endpoint = self.link.endpoint(message_set)
        if endpoint is None:
            raise not_enabled(self.link, message_set)
        answer = self.lines.line_for(self.link, message_set).ask(
            Ask(
                method=interaction.verb,
                template=interaction.path,
                path=interaction.url(_as_segment(logical_id)),
                params=tuple(params),
                body=body,
                sign=self._signer(interaction, endpoint, version),
                reads=interaction.scope in _READING,
                about=interaction.name,
                part=message_set,
                recognise=self._recognise,
            ),
            trace_id=self.caller.trace_id,
        )
        if not answer.ok:
            raise self._refusal(interaction, answer)
        return answer

    def _signer(self, interaction: Interaction, endpoint: Endpoint, version: str) -> Callable[[str], dict[str, str]]:
        sender = self.link.consumer_asids.get(self.caller.practice, "")
        if not sender:
            raise Unsupported(
                f"{self.caller.practice_name} is not set up to use this practice's system yet.",
                detail=f"no ASID for {self.caller.practice}",
                owner=Owner.HUB,
                next_step="Phone the practice. Whoever runs the hub adds your practice's system id (ASID).",
            )

        def sign(guid: str) -> dict[str, str]:
            token = audit_token.build(
                self.caller,
                _service_root(endpoint.address),
                issuer=self.link.issuer,
                now=self.clock.now(),
                scope=interaction.scope,
            )
            return headers.write(
                interaction,
                token,
                trace_id=guid,
                sender=sender,
                recipient=endpoint.asid,
                version=version,
            )

        return sign

    def _recognise(self, text: str) -> Told | None:
        return recognise(text, self.wordings)

    def _refusal(self, interaction: Interaction, answer: Answer) -> Refused:
        told = answer.told
        code = told.code if told else ""
        if told is None:
            outcome = understand(answer, outcomes.read)
            told = explain(interaction, answer.status, outcome, self.wordings)
            # Rooms tell refusals apart by the host's own code; a text that was recognised under a bare status has ours.
            code = next((each for each in (outcome.code, told.code) if _PLAIN_CODE.fullmatch(each)), "")
        kind = Refused
        if answer.status == 409 and interaction in _CHANGES_A_SLOT:
            kind = SlotGone
        elif code == "PATIENT_NOT_FOUND":
            kind = PatientUnknown
        code = code or str(answer.status)
        return kind(
            told.words,
            code=code,
            status=answer.status,
            detail=f"HTTP {answer.status} {code} to {interaction.name}",
            owner=told.owner,
            next_step=told.advice,
        )


def message_set_of(interaction: Interaction) -> MessageSet:
    """Which of a practice's message sets, so which address and which breaker, an interaction belongs to."""
    if interaction in _APPOINTMENTS:
        return MessageSet.APPOINTMENTS
    if interaction in interactions.DOCUMENTS:
        return MessageSet.DOCUMENTS
    return MessageSet.STRUCTURED_RECORD if interaction in interactions.STRUCTURED else MessageSet.FOUNDATIONS


def understand(answer: Answer, read: Callable[[Resource], Meaning], *, subject: str = HOST) -> Meaning:
    """What the body means. Raises Garbled where it cannot be read: after a write that is "unknown"."""
    problem = "an empty body"
    if answer.body is not None:
        try:
            return read(answer.body)
        except Unreadable as unreadable:
            problem = str(unreadable)  # holds names of elements, never their values
    raise garbled(problem, subject=subject)


def garbled(detail: str, *, subject: str = HOST) -> Garbled:
    """An answer that came and makes no sense."""
    return Garbled(f"{subject} sent an answer that cannot be read.", detail=detail, owner=Owner.HOST_SUPPLIER)


def of_another(detail: str) -> OfAnotherPatient:
    """An answer that makes sense, about somebody else."""
    return OfAnotherPatient(
        f"{HOST} answered with another patient than the one asked for.", detail=detail, owner=Owner.HOST_SUPPLIER
    )


def _as_segment(logical_id: str) -> str:
    """A host's id as one segment of a path: it must not lead anywhere else."""
    if logical_id in (".", ".."):
        raise garbled("an id that is no id")
    return quote(logical_id, safe="")


def _service_root(address: str) -> str:
    """The provider's own root: the last address in the link's, which may lead through the Spine proxy first."""
    return address[max(address.rfind("https://"), address.rfind("http://")) :]
