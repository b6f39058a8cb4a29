"""Codes of the national list that GP Connect providers have no use for, but that may come from a proxy in between."""

from gp_connect.spine_codes import ALL, BY_CODE, Owner, SpineCode


def _code(code: str, status: int, issue: str, display: str, words: str, owner: Owner) -> SpineCode:
    return SpineCode(code, status, issue, display, words, owner)


_NOT_UNDERSTOOD = "The host's system did not accept what was sent."
_NOT_ALLOWED = "The national services did not let this request through."
_RETIRED = "The host's system no longer takes requests of this kind."

FURTHER = (
    _code("INVALID_CODE_SYSTEM", 400, "value", "Invalid code system", _NOT_UNDERSTOOD, Owner.HUB),
    _code("INVALID_CODE_VALUE", 400, "value", "Invalid code value", _NOT_UNDERSTOOD, Owner.HUB),
    _code(
        "INVALID_VALUE",
        422,
        "value",
        "An input field has an invalid value for its type",
        _NOT_UNDERSTOOD,
        Owner.HUB,
    ),
    _code(
        "CONFLICTING_VALUES",
        422,
        "business-rule",
        "Conflicting values have been specified in different fields",
        _NOT_UNDERSTOOD,
        Owner.HUB,
    ),
    _code("INVALID_ELEMENT", 422, "structure", "Invalid element", _NOT_UNDERSTOOD, Owner.HUB),
    _code("MESSAGE_NOT_WELL_FORMED", 400, "structure", "Message not well formed", _NOT_UNDERSTOOD, Owner.HUB),
    _code("INVALID_REQUEST_MESSAGE", 400, "invalid", "Invalid request message", _NOT_UNDERSTOOD, Owner.HUB),
    _code(
        "MISSING_OR_INVALID_HEADER",
        400,
        "invalid",
        "There is a required header missing or invalid",
        _NOT_UNDERSTOOD,
        Owner.HUB,
    ),
    _code(
        "MSG_RESOURCE_ID_FAIL", 400, "invalid", "Client is not permitted to assign an id", _NOT_UNDERSTOOD, Owner.HUB
    ),
    _code("AUTHOR_CREDENTIALS_ERROR", 403, "forbidden", "Author credentials error", _NOT_ALLOWED, Owner.HUB),
    _code("REQUEST_UNMATCHED", 403, "forbidden", "Request does not match authorisation token", _NOT_ALLOWED, Owner.HUB),
    _code(
        "ACCESS_DENIED_SSL",
        403,
        "security",
        "SSL Protocol or Cipher requirements not met",
        _NOT_ALLOWED,
        Owner.HUB,
    ),
    _code(
        "NO_RELATIONSHIP",
        403,
        "forbidden",
        "No legitimate relationship exists with this patient",
        "The national services know of no care of this patient by your practice.",
        Owner.CALLER,
    ),
    # A sensitive patient must look exactly like one who is not known.
    _code(
        "PATIENT_SENSITIVE",
        404,
        "not-found",
        "Patient sensitive",
        BY_CODE["PATIENT_NOT_FOUND"].words,
        Owner.CALLER,
    ),
    _code("FLAG_ALREADY_SET", 409, "conflict", "Flag value was already set", "That is done already.", Owner.CALLER),
    _code(
        "INVALID_REQUEST_STATE",
        409,
        "conflict",
        "The request exists but is not in an appropriate state for the call to succeed",
        "The appointment was changed at the host practice in the meantime.",
        Owner.CALLER,
    ),
    _code(
        "PRECONDITION_FAILED",
        412,
        "conflict",
        "Precondition failed",
        "The appointment was changed at the host practice in the meantime.",
        Owner.CALLER,
    ),
    _code(
        "INVALID_REQUEST_TYPE",
        501,
        "not-supported",
        "The type of request is not supported by the API call",
        _RETIRED,
        Owner.HOST_SUPPLIER,
    ),
    _code("DEPRECATED", 200, "informational", "Event message type has been deprecated", _RETIRED, Owner.HUB),
    _code(
        "NO_LONGER_SUPPORTED", 410, "not-supported", "Event message type is no longer supported", _RETIRED, Owner.HUB
    ),
    _code("WITHDRAWN", 410, "not-supported", "Event message type has been withdrawn", _RETIRED, Owner.HUB),
    _code("RESOURCE_CREATED", 201, "informational", "New resource created", "It was done.", Owner.CALLER),
    _code(
        "RESOURCE_UPDATED", 200, "informational", "Resource has been successfully updated", "It was done.", Owner.CALLER
    ),
    _code("RESOURCE_DELETED", 200, "informational", "Resource removed", "It was done.", Owner.CALLER),
)
# The published list, and two other spellings that are on the wire
EVERY = {each.code: each for each in (*ALL, *FURTHER)} | {
    "ACCESS_DENIED": BY_CODE["ACCESS_DENIED"],
    "NO_ORGANISATION_CONSENT": BY_CODE["NO_ORGANISATION_CONSENT"],
}
