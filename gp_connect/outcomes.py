"""OperationOutcome: how a provider says no, and how that reads in plain words."""

from dataclasses import dataclass

from gp_connect import names
from gp_connect.elements import Resource, child, children, expect, meta, text
from gp_connect.further_spine_codes import EVERY
from gp_connect.spine_codes import Owner, SpineCode

_UNKNOWN_WORDS = "The host's system said no and gave a reason we do not know."


class Rejected(Exception):
    """What a provider raises to refuse a request. `diagnostics` names the element at fault and never a patient."""

    def __init__(self, code: SpineCode, diagnostics: str = "") -> None:
        super().__init__(f"{code.code}: {diagnostics}" if diagnostics else code.code)
        self.code = code
        self.diagnostics = diagnostics


@dataclass(frozen=True, slots=True)
class Outcome:
    """A refusal as read from a host. `diagnostics` is the host's own text: for support, not for users."""

    code: str
    display: str
    diagnostics: str
    words: str
    owner: Owner


def write(code: SpineCode, diagnostics: str = "") -> Resource:
    """The resource that goes with `code.status`."""
    issue: Resource = {
        "severity": "error",
        "code": code.issue,
        "details": {"coding": [{"system": names.SPINE_CODES, "code": code.code, "display": code.display}]},
    }
    if diagnostics:
        issue["diagnostics"] = diagnostics
    return {"resourceType": "OperationOutcome", "meta": meta(names.OPERATION_OUTCOME), "issue": [issue]}


def read(resource: Resource) -> Outcome:
    """The first error in an OperationOutcome. Raises Unreadable when it is none; an unknown code is no error."""
    expect(resource, "OperationOutcome")
    issues = children(resource, "issue")
    errors = [issue for issue in issues if issue.get("severity") in ("error", "fatal")]
    issue = (errors or issues or [{}])[0]
    details = child(issue, "details")
    # The coding's system varies between /CodeSystem/ and /ValueSet/; the codes do not.
    coding = child(details, "coding")
    code = text(coding, "code")
    known = EVERY.get(code)
    return Outcome(
        code=known.code if known else code,
        display=text(coding, "display") or text(details, "text"),
        diagnostics=text(issue, "diagnostics"),
        words=known.words if known else _UNKNOWN_WORDS,
        owner=known.owner if known else Owner.HOST_SUPPLIER,
    )
