"""What stands in a patient's record, entry by entry, as the hub speaks of it: dates as far as they are known, what was
recorded in the recorder's own words and its code, by whom, and how it stands.

Nothing here is ever stored or logged: no `repr` shows anything, and pickling is refused.
"""

import calendar
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NoReturn, Self

from vocabulary.times import aware_utc, london

MONTHS = tuple(calendar.month_name)


class Hidden:
    """A piece of somebody's record: it shows nothing when printed and cannot be pickled (so not cached either)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(hidden)"

    __str__ = __repr__

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a patient's record is never stored, cached or handed to another process")


class RecordSection(StrEnum):
    """The parts of a record that can be asked for. Documents are only listed, and come along with other sections."""

    PROBLEMS = "problems"
    MEDICATION = "medication"
    ALLERGIES = "allergies"
    CONSULTATIONS = "consultations"
    INVESTIGATIONS = "investigations"
    IMMUNISATIONS = "immunisations"
    REFERRALS = "referrals"
    UNCATEGORISED = "uncategorised"
    DIARY = "diary"
    DOCUMENTS = "documents"


class EntryStatus(StrEnum):
    """How an entry stands; UNKNOWN where the record does not say, or in a word of its own."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    COMPLETED = "completed"
    STOPPED = "stopped"
    RESOLVED = "resolved"
    ENTERED_IN_ERROR = "entered-in-error"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, repr=False)
class RecordDate(Hidden):
    """A date as far as the record knows it: a year, a month, a day, or a moment. `year` 0: given, but not readable."""

    year: int
    month: int = 0
    day: int = 0
    moment: datetime | None = None

    @classmethod
    def of(cls, value: date | datetime) -> Self:
        """A whole date, or the moment with its date in England."""
        if isinstance(value, datetime):
            there = london(value)
            return cls(there.year, there.month, there.day, aware_utc(value))
        return cls(value.year, value.month, value.day)

    @property
    def first_day(self) -> date:
        """The earliest day it can mean."""
        return date(self.year, self.month or 1, self.day or 1) if self.year else date.min

    @property
    def last_day(self) -> date:
        """The latest day it can mean."""
        if not self.year:
            return date.max
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    @property
    def words(self) -> str:
        """As people read it: 28 March 2019, March 2019, or 2019."""
        if not self.year:
            return "a date that cannot be read"
        return " ".join(str(part) for part in (self.day or "", MONTHS[self.month], self.year) if part)


@dataclass(frozen=True, slots=True, repr=False)
class Coded(Hidden):
    """What was recorded: `words` as the recorder saw them, the SNOMED CT code, and its `term` where that differs."""

    words: str
    snomed: str = ""
    term: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Author(Hidden):
    """Who did or recorded something: a person with a role, or only an organisation."""

    name: str
    role: str = ""
    role_code: str = ""
    organisation: str = ""

    @property
    def words(self) -> str:
        """Name, role and organisation in a row, as far as known."""
        return ", ".join(part for part in (self.name, self.role, self.organisation) if part)


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Entry(Hidden):
    """One entry of a record. `id` is the host's own and opaque; `date` is when it was so, `recorded` when written."""

    id: str
    what: Coded
    date: RecordDate | None = None
    recorded: RecordDate | None = None
    recorded_by: Author | None = None
    status: EntryStatus = EntryStatus.UNKNOWN
    note: str = ""


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Problem(Entry):
    """A problem: `date` is its onset, `related` are ids of entries that were linked with it."""

    significant: bool | None = None  # major or minor; None: the record does not say
    ended: RecordDate | None = None
    related: tuple[str, ...] = ()


class MedicationKind(StrEnum):
    """How a medicine is prescribed."""

    ACUTE = "acute"
    REPEAT = "repeat"
    REPEAT_DISPENSING = "repeat-dispensing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Issue(Hidden):
    """One prescription issued under a plan."""

    id: str
    date: RecordDate | None = None
    quantity: str = ""
    days: str = ""
    issued_by: Author | None = None


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Medication(Entry):
    """A medicine or device: `date` is its start."""

    kind: MedicationKind = MedicationKind.UNKNOWN
    dosage: str = ""
    instruction: str = ""  # for the patient
    quantity: str = ""
    ended: RecordDate | None = None
    stopped_because: str = ""
    last_issued: RecordDate | None = None
    issues_allowed: int | None = None
    issues_made: int | None = None
    review_due: RecordDate | None = None  # when the authorisation runs out
    prescribed_elsewhere: bool = False
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Reaction(Hidden):
    """What happened: manifestations, how bad, by which way."""

    manifestations: tuple[str, ...] = ()
    severity: str = ""
    route: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Allergy(Entry):
    """An allergy or intolerance; an ended one is RESOLVED and must never look like one in force."""

    categories: tuple[str, ...] = ()
    criticality: str = ""
    ended: RecordDate | None = None
    ended_because: str = ""
    reactions: tuple[Reaction, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class ConsultationItem(Hidden):
    """One line of a consultation: words to show; `entry_id` and `section` say which entry it stands for, if any."""

    words: str
    detail: str = ""
    entry_id: str = ""
    section: RecordSection | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Heading(Hidden):
    """Items under a heading such as History or Plan; an empty title where the host's system uses none."""

    title: str
    items: tuple[ConsultationItem, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Topic(Hidden):
    """A part of a consultation about one thing, with the ids of the problems it was linked with."""

    title: str
    headings: tuple[Heading, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Consultation(Entry):
    """An encounter: `what` is its kind, `date` when it took place."""

    ended: RecordDate | None = None
    seen_by: tuple[Author, ...] = ()
    place: str = ""
    topics: tuple[Topic, ...] = ()


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Observation(Entry):
    """A finding or a result, with what belongs under it: components, or the tests of a group."""

    value: str = ""
    range: str = ""
    interpretation: str = ""
    body_site: str = ""
    members: tuple["Observation", ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Specimen(Hidden):
    """What was sent to the laboratory."""

    words: str
    collected: RecordDate | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Investigation(Entry):
    """A report from a laboratory or of imaging: `date` is when it was issued."""

    results: tuple[Observation, ...] = ()
    specimens: tuple[Specimen, ...] = ()
    performers: tuple[Author, ...] = ()
    conclusion: str = ""


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Immunisation(Entry):
    """A vaccination, given or not: `what` is the procedure, `product` the vaccine where it is known."""

    given: bool = True
    product: str = ""
    dose: str = ""
    batch: str = ""
    expires: RecordDate | None = None
    site: str = ""
    route: str = ""
    manufacturer: str = ""
    reason: str = ""  # why it was given, or why not
    given_by: Author | None = None


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Referral(Entry):
    """A referral out: `what` is the reason."""

    urgency: str = ""
    to: tuple[Author, ...] = ()
    specialty: str = ""
    description: str = ""
    documents: tuple[str, ...] = ()  # ids of documents sent along


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class DiaryEntry(Entry):
    """Something planned: `date` is when it falls due."""


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Document(Entry):
    """A document as listed, never its content: `date` is when it was made, `recorded` when it was filed."""

    title: str = ""
    content_type: str = ""
    size: int | None = None
    sha1: str = ""  # of the content, in base64, where the host gives one
    binary_id: str = ""  # the host's id of the content
    unavailable: str = ""  # the host's own words why there is no content to be had
    not_for_patient: bool = False  # marked at the host as not to be disclosed to the patient, family or carers
