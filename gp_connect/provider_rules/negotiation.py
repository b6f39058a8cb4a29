"""In which format a request came and an answer must go, and whether the answer may be left empty."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from gp_connect import media
from gp_connect.elements import Resource, Unreadable
from gp_connect.media import Format
from gp_connect.outcomes import Rejected
from gp_connect.spine_codes import BAD_REQUEST, UNSUPPORTED_MEDIA_TYPE


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed: the answer's format, the body's, and whether a body is wanted back at all."""

    answer: Format = Format.JSON
    sent: Format = Format.JSON
    minimal: bool = False


def negotiate(
    request_headers: Mapping[str, str],
    parameters: Iterable[tuple[str, str]] = (),
    *,
    verb: str = "GET",
    offered: Collection[Format] = media.JSON_ONLY,
) -> Terms:
    """`_format` counts before Accept, Accept before the request's own format, and without any of them it is JSON."""
    lower = {name.lower(): value for name, value in request_headers.items()}
    content_type, accept = lower.get("content-type", "").strip(), lower.get("accept", "").strip()
    asked = next((value for name, value in parameters if name == "_format"), "")
    sent = media.format_of(content_type) if content_type else Format.JSON
    if verb in ("POST", "PUT") and sent not in offered:
        raise _unsupported("Content-Type", offered)
    if asked:
        answer, at_fault = media.format_of(asked), "_format"
    elif accept:
        default = sent if sent in offered and sent else Format.JSON
        answer, at_fault = media.accepted(accept, default=default, offered=offered), "Accept"
    else:
        answer, at_fault = sent, "Content-Type"
    if answer is None or answer not in offered:
        raise _unsupported(at_fault, offered)
    return Terms(answer, sent or Format.JSON, minimal=_minimal(lower.get("prefer", "")))


def body(raw: bytes, terms: Terms) -> Resource:
    """The resource that was sent. What cannot be read at all is BAD_REQUEST; the rules judge what can."""
    try:
        return media.read(raw, terms.sent)
    except Unreadable as error:
        raise Rejected(BAD_REQUEST, str(error)) from error


def _minimal(prefer: str) -> bool:
    wishes = [part.partition(";")[0].replace(" ", "").replace('"', "").lower() for part in prefer.split(",")]
    return "return=minimal" in wishes


def _unsupported(at_fault: str, offered: Collection[Format]) -> Rejected:
    names = " or ".join(sorted(offered))
    return Rejected(UNSUPPORTED_MEDIA_TYPE, f"{at_fault} must be {names}, in UTF-8")
