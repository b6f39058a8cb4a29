"""The Spine Directory Service's FHIR API (R4): `/Endpoint` for address and party key, `/Device` for the ASID."""

from dataclasses import dataclass, field
from uuid import uuid4

from connectors.consumer import garbled, understand
from connectors.directory.port import Registration
from connectors.faults import Refused
from connectors.line import Ask, Line, LineSettings
from gp_connect.bundles import of_type
from gp_connect.elements import Resource, identifier, text
from gp_connect.names import ODS_CODE
from gp_connect.spine_codes import Owner
from vocabulary.identifiers import OdsCode

SUBJECT = "The national directory of systems"
PATH = "/spine-directory/FHIR/R4"
INTERACTION = "https://fhir.nhs.uk/Id/nhsServiceInteractionId"
PARTY_KEY = "https://fhir.nhs.uk/Id/nhsMhsPartyKey"
ASID = "https://fhir.nhs.uk/Id/nhsSpineASID"


def create(address: str, *, api_key: str, settings: LineSettings | None = None) -> "SpineDirectory":
    """The directory at this address, with or without PATH at its end."""
    root = address.rstrip("/").removesuffix(PATH) + PATH
    return SpineDirectory(Line(root, name="directory", subject=SUBJECT, settings=settings), api_key)


@dataclass(frozen=True, slots=True)
class SpineDirectory:
    """Both steps over the national API. It knows no patients, so its whole address may be logged as it is."""

    line: Line
    api_key: str = field(repr=False)

    def registration(self, ods: OdsCode, interaction_id: str) -> Registration | None:
        """Step one. An entry without address or party key is no registration: nobody could be reached with it."""
        for endpoint in self._found("Endpoint", ods, f"{INTERACTION}|{interaction_id}"):
            if text(endpoint, "status") not in ("active", ""):
                continue
            address, party_key = text(endpoint, "address"), identifier(endpoint, PARTY_KEY)
            if address and party_key:
                return Registration(address.rstrip("/"), party_key)
        return None

    def asid(self, ods: OdsCode, interaction_id: str, party_key: str) -> str | None:
        """Step two."""
        devices = self._found("Device", ods, f"{INTERACTION}|{interaction_id}", f"{PARTY_KEY}|{party_key}")
        asids = sorted({found for device in devices if (found := identifier(device, ASID))})
        if len(asids) > 1:
            raise garbled("several system ids for one party key", subject=SUBJECT)
        return asids[0] if asids else None

    def _found(self, kind: str, ods: OdsCode, *identifiers: str) -> list[Resource]:
        params = [("organization", f"{ODS_CODE}|{ods.value}"), *(("identifier", each) for each in identifiers)]
        ask = Ask("GET", f"/{kind}", f"/{kind}", params=tuple(params), sign=self._sign)
        answer = self.line.ask(ask, trace_id=str(uuid4()))
        if not answer.ok:
            raise Refused(
                f"{SUBJECT} refused the question.",
                code=str(answer.status),
                status=answer.status,
                detail=f"HTTP {answer.status} to {kind}",
                owner=Owner.HUB,
                next_step="Check SDS_URL and SDS_API_KEY.",
            )
        return understand(answer, lambda bundle: of_type(bundle, kind), subject=SUBJECT)

    def _sign(self, guid: str) -> dict[str, str]:
        return {"Accept": "application/fhir+json", "apikey": self.api_key, "X-Correlation-Id": guid}
