"""Asks GP Connect interactions over a line: headers, audit token, and refusals in plain words as faults.

Every connector whose system speaks GP Connect uses this; what is special about a supplier stays with its connector.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from connectors.faults import Garbled, PatientUnknown, Refused, SlotGone, Unsupported
from connectors.line import Ask, Line
from connectors.port import Link
from connectors.verdicts import HOST, Answer
from gp_connect import audit_token, headers, interactions, outcomes
from gp_connect.elements import Resource, Unreadable
from gp_connect.interactions import Interaction
from vocabulary.people import Caller
from vocabulary.times import Clock

Meaning = TypeVar("Meaning")
_CHANGES_A_SLOT = (interactions.BOOK, interactions.AMEND, interactions.CANCEL)
_PLAIN_CODE = re.compile(r"[A-Z][A-Z_ ]{1,60}")


@dataclass(frozen=True, slots=True)
class Consumer:
    """One caller's voice on one line. The audit token names the caller's own practice and person, never the hub."""

    line: Line
    link: Link
    caller: Caller
    clock: Clock

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
        answer = self.line.ask(
            Ask(
                method=interaction.verb,
                template=interaction.path,
                path=interaction.url(_as_segment(logical_id)),
                params=tuple(params),
                body=body,
                sign=self._signer(interaction, version),
                reads=interaction.verb == "GET",
            ),
            trace_id=self.caller.trace_id,
        )
        if not answer.ok:
            raise _refusal(interaction, answer)
        return answer

    def _signer(self, interaction: Interaction, version: str) -> Callable[[str], dict[str, str]]:
        sender = self.link.consumer_asids.get(self.caller.practice, "")
        if not sender:
            raise Unsupported(
                f"{self.caller.practice_name} is not set up to use this practice's system yet.",
                detail=f"no ASID for {self.caller.practice}",
            )

        def sign(guid: str) -> dict[str, str]:
            token = audit_token.build(
                self.caller,
                _service_root(self.link.address),
                issuer=self.link.issuer,
                now=self.clock.now(),
                scope=interaction.scope,
            )
            return headers.write(
                interaction,
                token,
                trace_id=guid,
                sender=sender,
                recipient=self.link.provider_asid,
                version=version,
            )

        return sign


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
    return Garbled(f"{subject} sent an answer that cannot be read.", detail=detail)


def _refusal(interaction: Interaction, answer: Answer) -> Refused:
    outcome = understand(answer, outcomes.read)
    code = outcome.code if _PLAIN_CODE.fullmatch(outcome.code) else str(answer.status)
    detail = f"HTTP {answer.status} {code} to {interaction.name}"
    if answer.status == 409 and interaction in _CHANGES_A_SLOT:
        return SlotGone(outcome.words, code=code, status=answer.status, detail=detail)
    if code == "PATIENT_NOT_FOUND":
        return PatientUnknown(outcome.words, code=code, status=answer.status, detail=detail)
    return Refused(outcome.words, code=code, status=answer.status, detail=detail)


def _as_segment(logical_id: str) -> str:
    """A host's id as one segment of a path: it must not lead anywhere else."""
    if logical_id in (".", ".."):
        raise garbled("an id that is no id")
    return quote(logical_id, safe="")


def _service_root(address: str) -> str:
    """The provider's own root: the last address in the link's, which may lead through the Spine proxy first."""
    return address[max(address.rfind("https://"), address.rfind("http://")) :]
