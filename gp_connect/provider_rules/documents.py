"""What a search for a patient's documents must be: what it asks to be included, and each limit in its one form."""

from collections.abc import Iterable
from dataclasses import dataclass

from gp_connect.documents import INCLUDES
from gp_connect.elements import Unreadable
from gp_connect.moments import read_date
from gp_connect.names import ODS_CODE
from gp_connect.outcomes import Rejected
from gp_connect.spine_codes import INVALID_PARAMETER
from vocabulary.problems import InvalidValue
from vocabulary.record_parts import Document
from vocabulary.records import DateRange


@dataclass(frozen=True, slots=True)
class DocumentSearch:
    """An acceptable search. `author` is the ODS code of the organisation that wrote it; empty for any."""

    created: DateRange
    author: str = ""
    description: str = ""

    def finds(self, document: Document) -> bool:
        """Whether the document is one of those meant, by its dates and its own words; a missing date of making is that
        of filing."""
        words = f"{document.title} {document.what.words}".casefold()
        return self.created.touches(document.date or document.recorded) and self.description.casefold() in words


def search(parameters: Iterable[tuple[str, str]]) -> DocumentSearch:
    """The search in a query. Raises Rejected; the diagnostics name the parameter at fault."""
    sent = list(parameters)
    missing = [value for name, value in INCLUDES if (name, value) not in sent]
    if missing:
        raise Rejected(INVALID_PARAMETER, f"_include or _revinclude:recurse lacks {missing[0]}")
    return DocumentSearch(_created(sent), _author(sent), _once(sent, "description"))


def _created(sent: list[tuple[str, str]]) -> DateRange:
    limits: dict[str, str] = {}
    for prefix, value in [(value[:2], value[2:]) for name, value in sent if name == "created"]:
        if prefix not in ("ge", "le") or prefix in limits:
            raise Rejected(INVALID_PARAMETER, "created may be there once with ge and once with le")
        limits[prefix] = value
    try:
        start, end = (read_date(limits[prefix]) if prefix in limits else None for prefix in ("ge", "le"))
        return DateRange(start, end)
    except (Unreadable, InvalidValue) as error:
        raise Rejected(INVALID_PARAMETER, "created must be one whole date, or two in their order") from error


def _author(sent: list[tuple[str, str]]) -> str:
    author = _once(sent, "author")
    system, _, code = author.partition("|")
    if author and (system != ODS_CODE or not code):
        raise Rejected(INVALID_PARAMETER, "author must be an ODS code by its system")
    return code


def _once(sent: list[tuple[str, str]], name: str) -> str:
    values = [value for each, value in sent if each == name]
    if len(values) > 1:
        raise Rejected(INVALID_PARAMETER, f"{name} must be sent once")
    return values[0] if values else ""
