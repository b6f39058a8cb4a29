"""Who asks, out of the audit token: the user's own practice and person, in the least role that may search and book."""

import hashlib
import re

from gp_connect.audit_token import AuditToken
from gp_connect.outcomes import Rejected
from gp_connect.spine_codes import BAD_REQUEST
from hub.schemas.plain import printable
from hub.whereabouts import current_device, current_interaction
from hub.wiring import Hub
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.problems import InvalidValue

_LONGEST_NAME = 120
_ID = re.compile(r"[A-Za-z0-9\-._]{1,64}", re.ASCII)


def caller_of(hub: Hub, token: AuditToken, *, trace_id: str) -> Caller:
    """The caller. Their id begins with `fhir:` and their organisation, so it is nobody's who signs in here.

    What their practice is called, and its telephone, are the address book's where it knows the practice.
    """
    try:
        said = OdsCode.parse(token.organisation)
    except InvalidValue:
        raise Rejected(BAD_REQUEST, "the audit token's requesting_organization has no readable ODS code") from None
    practice = OdsCode(hub.config.fhir_speaks_for.get(said.value, said.value))
    known = hub.address_book.practice(practice)
    return Caller(
        user_id=f"fhir:{said}:{_plain(token.practitioner_id)}",
        name=printable(token.practitioner_name)[:_LONGEST_NAME],
        role=UserRole.RECEPTIONIST,
        practice=practice,
        practice_name=known.name if known else printable(token.organisation_name)[:_LONGEST_NAME],
        practice_phone=known.phone if known else "",
        trace_id=trace_id,
        via="fhir",
        sds_user_id=token.sds_user_id[:64] or "UNK",
        sds_role_profile_id=token.sds_role_profile_id[:64] or "UNK",
        device=current_device(),
        interaction=current_interaction(),
    )


def _plain(practitioner_id: str) -> str:
    """An id that can stand in a log line; one that cannot is replaced by its digest."""
    return practitioner_id if _ID.fullmatch(practitioner_id) else hashlib.sha256(practitioner_id.encode()).hexdigest()
