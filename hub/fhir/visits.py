"""One request of another system: what was asked, of which practice, by whom; and the form of an answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flask import request

from gp_connect.elements import Resource
from gp_connect.names import GP_PRACTICE, URGENT_CARE
from gp_connect.provider_rules import negotiation, versions
from gp_connect.provider_rules.access import Access
from hub.fhir import witness
from hub.wiring import Hub
from practices.results import PracticeView
from vocabulary.people import Caller

ROOT = "STU3/1/gpconnect"  # below the practice's ODS code
_KINDS = (GP_PRACTICE, URGENT_CARE)


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that passed the checks at the door."""

    hub: Hub
    host: PracticeView
    access: Access
    caller: Caller

    @property
    def logical_id(self) -> str:
        """The id in the address."""
        return self.access.logical_id

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The query's parameters, in order, repeated ones too."""
        return list(request.args.items(multi=True))

    @property
    def version(self) -> str:
        """The version in If-Match; empty where any will do."""
        return versions.expected(dict(request.headers))

    def body(self) -> Resource:
        """The resource that was sent."""
        sent = negotiation.body(request.get_data(), self.access.terms)
        if (watched := witness.watched()) is not None:
            watched.sent = sent
        return sent

    def as_kind(self, kind: str) -> Caller:
        """The caller, saying which kind of organisation asks; a kind the standard does not know was not said."""
        return replace(self.caller, organisation_type=kind if kind in _KINDS else "")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: a resource, its status, and headers about a stored one. `changed`: it may be left out if wished."""

    resource: Resource
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    changed: bool = False
