"""Tracing over the PDS FHIR API. The service itself puts the NHS number into its path; our logs show the template."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from connectors.consumer import understand
from connectors.faults import Garbled, Refused
from connectors.line import Ask, Line, LineSettings
from connectors.pds.access import Access, NoAccess
from connectors.pds.reading import read_found, read_traced, refusal
from connectors.verdicts import Answer
from gp_connect.elements import Resource
from gp_connect.spine_codes import Owner
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import TracedPatient
from vocabulary.people import Caller
from vocabulary.slots import Gender

SUBJECT = "The national demographics service"
PATH = "/personal-demographics/FHIR/R4"
Meaning = TypeVar("Meaning")


def create(address: str, *, access: Access | None = None, settings: LineSettings | None = None) -> "PdsTracing":
    """Tracing at this service root, with or without PATH at its end; without `access` no token is sent."""
    root = address.rstrip("/").removesuffix(PATH) + PATH
    return PdsTracing(Line(root, name="tracing", subject=SUBJECT, settings=settings), access or NoAccess())


@dataclass(frozen=True, slots=True)
class PdsTracing:
    """The national demographics service. Unreachable, NoAnswer and Garbled as with any line; 404 is PatientUnknown."""

    line: Line
    access: Access

    def trace(self, nhs_number: NHSNumber, *, caller: Caller) -> TracedPatient:
        """The person with this number, or with the one that replaced it."""
        ask = Ask("GET", "/Patient/{nhs-number}", f"/Patient/{nhs_number.value}")
        return self._answer(ask, caller, lambda resource: read_traced(resource, asked=nhs_number))

    def search(
        self,
        *,
        family: str,
        given: str = "",
        birth_date: date,
        gender: Gender | None = None,
        postcode: str = "",
        caller: Caller,
    ) -> tuple[TracedPatient, ...]:
        """People who fit; Refused when there are too many to list."""
        params = [("family", family), ("birthdate", f"eq{birth_date.isoformat()}")]
        if given:
            params.append(("given", given))
        if gender is not None:
            params.append(("gender", gender.value))
        if postcode:
            params.append(("address-postalcode", postcode))
        ask = Ask("GET", "/Patient", "/Patient", params=tuple(params))
        return self._answer(ask, caller, read_found)

    def _answer(self, ask: Ask, caller: Caller, read: Callable[[Resource], Meaning]) -> Meaning:
        header = self.access.header()
        answer = self._ask(ask, caller, header)
        if answer is None and self.access.refused(header):
            answer = self._ask(ask, caller, self.access.header())
        if answer is None:
            raise Refused(
                f"{SUBJECT} did not let the hub in.",
                code="401",
                status=401,
                detail="HTTP 401 from tracing",
                owner=Owner.HUB,
                next_step="Go on with the NHS number if you have it, and tell whoever runs the hub.",
            )
        if not answer.ok:
            raise refusal(answer.body or {}, status=answer.status)
        return understand(answer, read, subject=SUBJECT)

    def _ask(self, ask: Ask, caller: Caller, authorisation: str) -> Answer | None:
        """The answer; None when the token was not taken."""
        try:
            answer = self.line.ask(replace(ask, sign=_signer(caller, authorisation)), trace_id=caller.trace_id)
        except Garbled as garbled:
            if garbled.status == 401:
                return None
            raise
        return None if answer.status == 401 else answer


def _signer(caller: Caller, authorisation: str) -> Callable[[str], dict[str, str]]:
    def sign(guid: str) -> dict[str, str]:
        headers = {"Accept": "application/fhir+json", "X-Request-ID": guid, "X-Correlation-ID": caller.trace_id}
        if authorisation:
            headers["Authorization"] = authorisation
        if caller.sds_role_profile_id not in ("", "UNK"):
            headers["NHSD-Session-URID"] = caller.sds_role_profile_id
        return headers

    return sign
