"""The search form: from what was chosen to FindSlots. A choice nobody offers counts as none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from marshmallow import EXCLUDE, ValidationError, fields, post_load, pre_load, validate, validates_schema
from werkzeug.datastructures import MultiDict

from hub.schemas.fields import FormFault, TypedDate, faults_of
from hub.schemas.plain import PlainSchema
from scheduling.commands import FindSlots
from vocabulary.identifiers import OdsCode
from vocabulary.problems import InvalidValue
from vocabulary.slots import DeliveryChannel, PractitionerRole
from vocabulary.times import Window, london_date

WHENS: Mapping[str, str] = {
    "tonight": "Tonight",
    "tomorrow": "Tomorrow",
    "weekend": "This weekend",
    "week": "Next 7 days",
    "fortnight": "Next 14 days",
    "dates": "Choose dates",
}
MINUTES = (10, 15, 20, 30)
MILES = (1, 3, 5, 10, 20)
PAGE = 50
SITE_MARK = "~"
_LONGEST = timedelta(days=56)
_LENGTH = "Choose the length from the list, or enter 0 to 120 minutes."
_DISTANCE = "Choose the distance from the list, or enter 0 to 200 miles."
_NEED = "Choose what the site must have from the list."
_SHOWN = "Up to 200 times can be shown: enter a number from 1 to 200."


@dataclass(frozen=True, slots=True)
class Search:
    """What was asked for, as the form shows it again, and the command it means (None while something is wrong)."""

    when: str = "tonight"
    first: date | None = None
    last: date | None = None
    role: str = ""
    channel: str = ""
    minutes: int = 0
    miles: float = 0
    host: str = ""
    site: str = ""  # a location's id at that host; empty: any of its sites
    needs: tuple[str, ...] = ()
    limit: int = PAGE
    faults: tuple[FormFault, ...] = ()

    def command(self, now: datetime, *, near_postcode: str) -> FindSlots:
        """The command; only for a search without faults."""
        first, last = self.span(london_date(now))
        window = Window.of_days(first, last)
        return FindSlots(
            window=Window(max(window.start, now), window.end),
            roles=frozenset({PractitionerRole(self.role)} if self.role else ()),
            channels=frozenset({DeliveryChannel(self.channel)} if self.channel else ()),
            hosts=frozenset({OdsCode(self.host)} if self.host else ()),
            site_location_id=self.site,
            minutes=self.minutes,
            near_postcode=near_postcode,
            within_miles=self.miles if self.miles and near_postcode else None,
            access_needs=frozenset(self.needs),
            limit=self.limit,
        )

    def span(self, today: date) -> tuple[date, date]:
        """First and last day searched."""
        if self.when == "dates" and self.first and self.last:
            return max(self.first, today), max(self.last, today)
        if self.when == "tomorrow":
            return today + timedelta(days=1), today + timedelta(days=1)
        if self.when == "weekend":
            saturday = today + timedelta(days=(5 - today.weekday()) % 7) if today.weekday() != 6 else today
            sunday = today + timedelta(days=(6 - today.weekday()) % 7)
            return saturday, sunday
        if self.when in ("week", "fortnight"):
            return today, today + timedelta(days=6 if self.when == "week" else 13)
        return today, today

    @property
    def place(self) -> str:
        """Practice and site as the form sends them: nothing, Y90002, or Y90002~L1."""
        return f"{self.host}{SITE_MARK}{self.site}" if self.site else self.host

    def query(self, **changes: Any) -> dict[str, Any]:
        """The same search as an address's parameters, defaults left out; it never names a patient."""
        chosen: dict[str, Any] = {
            "when": self.when,
            "first": self.first.isoformat() if self.first and self.when == "dates" else "",
            "last": self.last.isoformat() if self.last and self.when == "dates" else "",
            "role": self.role,
            "channel": self.channel,
            "minutes": self.minutes or "",
            "miles": f"{self.miles:g}" if self.miles else "",
            "host": self.place,
            "needs": list(self.needs),
            "limit": self.limit if self.limit != PAGE else "",
        }
        return {name: value for name, value in {**chosen, **changes}.items() if value}


class SearchSchema(PlainSchema):
    """Reads the query string."""

    class Meta:
        unknown = EXCLUDE

    when = fields.String(load_default="tonight", validate=validate.OneOf(WHENS, error="Choose when from the list."))
    first = TypedDate(example="28/11/2026", load_default=None)
    last = TypedDate(example="28/11/2026", load_default=None)
    role = fields.String(load_default="")
    channel = fields.String(load_default="")
    minutes = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 120, error=_LENGTH),
        error_messages={"invalid": _LENGTH},
    )
    miles = fields.Float(
        load_default=0, validate=validate.Range(0, 200, error=_DISTANCE), error_messages={"invalid": _DISTANCE}
    )
    host = fields.String(load_default="")
    needs = fields.List(fields.String(validate=validate.Length(max=40, error=_NEED)), load_default=())
    limit = fields.Integer(
        load_default=PAGE, validate=validate.Range(1, 200, error=_SHOWN), error_messages={"invalid": _SHOWN}
    )

    @pre_load
    def leave_out_blanks(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if value not in ("", [])}

    @validates_schema(skip_on_field_errors=True)
    def check_dates(self, data: Mapping[str, Any], **_: Any) -> None:
        if data["when"] != "dates":
            return
        first, last = data["first"], data["last"]
        if first is None:
            raise ValidationError("Enter the first day to look at.", "first")
        if last is not None and last < first:
            raise ValidationError("The last day must not be before the first.", "last")
        if last is not None and last - first > _LONGEST:
            raise ValidationError("Choose eight weeks or less.", "last")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Search:
        host, _mark, site = data["host"].partition(SITE_MARK)
        host = _known_host(host)
        known_role = data["role"] in set(PractitionerRole)
        known_channel = data["channel"] in set(DeliveryChannel)
        return Search(
            when=data["when"],
            first=data["first"],
            last=data["last"] or data["first"],
            role=data["role"] if known_role else "",
            channel=data["channel"] if known_channel else "",
            minutes=data["minutes"],
            miles=data["miles"],
            host=host,
            site=site[:80] if host else "",
            needs=tuple(data["needs"]),
            limit=data["limit"],
        )


def _known_host(text: str) -> str:
    try:
        return OdsCode.parse(text).value if text else ""
    except InvalidValue:
        return ""


def read_search(args: MultiDict[str, str]) -> Search:
    """The search in a query string; with faults when something is wrong, everything else as it was sent."""
    sent: dict[str, Any] = {**args.to_dict(), "needs": args.getlist("needs")}
    try:
        return _load(sent)
    except ValidationError as error:
        faults = faults_of(error)
    wrong = {fault.field for fault in faults}
    kept = {name: value for name, value in sent.items() if name not in wrong | {"when", "first", "last"}}
    chosen = (
        "dates" if wrong & {"first", "last"} else "tonight" if "when" in wrong else str(sent.get("when", "tonight"))
    )
    return replace(_load(kept), when=chosen, faults=faults)


def _load(sent: Mapping[str, Any]) -> Search:
    loaded = SearchSchema().load(sent)
    assert isinstance(loaded, Search)  # noqa: S101 - post_load makes one
    return loaded
