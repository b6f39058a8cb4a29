"""An ailment in a synthetic record: the problem, what was taken, who was seen, what was measured and referred."""

from dataclasses import replace
from datetime import date, timedelta

from connectors.mock.records import catalogue, papers
from connectors.mock.records.catalogue import Ailment, Medicine, Test
from connectors.mock.records.drawing import Drawing
from vocabulary.record_parts import (
    Author,
    Coded,
    Consultation,
    ConsultationItem,
    Document,
    Entry,
    EntryStatus,
    Heading,
    Investigation,
    Issue,
    Medication,
    MedicationKind,
    Observation,
    Problem,
    RecordDate,
    RecordSection,
    Referral,
    Specimen,
    Topic,
)

_S = RecordSection
_KINDS = ("GP surgery", "Telephone call to a patient", "GP surgery", "Home visit note")
_ISSUE_DAYS = 28
_ENCLOSED = (
    ("Clinic notes", papers.TEXT, 1_800),
    ("Scanned reply", papers.PNG, 6_000),
    ("Fax", papers.TIFF, 40_000),
)


def add_ailment(drawing: Drawing, ailment: Ailment) -> None:
    """A problem with everything that came of it, each linked with it."""
    begun = drawing.day(at_most_years_ago=12 if ailment.lasting else 4)
    doctor = drawing.doctor()
    problem_id = drawing.new_id("Condition")
    related: list[Entry] = [_medication(drawing, ailment, each, begun, doctor) for each in ailment.medicines]
    drawing.add(_S.MEDICATION, *related)
    if ailment.lasting and drawing.likely(70):
        report = _investigation(drawing, drawing.day(at_most_years_ago=2))
        related.append(report)
        drawing.add(_S.INVESTIGATIONS, report)
    if drawing.likely(25):
        related += _referral(drawing, begun, doctor)
    days = [begun] + ([drawing.day(at_most_years_ago=1)] if ailment.lasting else [])
    for day in days:
        related += _consultation(drawing, ailment, day, doctor, problem_id, related)
    over = begun + timedelta(days=drawing.number(7, 30))
    ended = not ailment.lasting and over < drawing.today
    partial = RecordDate(begun.year, begun.month) if drawing.chance(15) else RecordDate.of(begun)
    drawing.add(
        _S.PROBLEMS,
        Problem(
            id=problem_id,
            what=ailment.what,
            date=partial,
            recorded=drawing.moment(begun),
            recorded_by=doctor,
            status=EntryStatus.INACTIVE if ended else EntryStatus.ACTIVE,
            significant=ailment.major,
            ended=RecordDate.of(over) if ended else None,
            related=tuple(entry.id for entry in related),
        ),
    )


def _medication(drawing: Drawing, ailment: Ailment, medicine: Medicine, begun: date, doctor: Author) -> Medication:
    stopped = ailment.lasting and drawing.chance(15)
    running = ailment.lasting and not stopped
    last = drawing.today - timedelta(days=drawing.number(1, _ISSUE_DAYS)) if running else begun
    last = max(begun, last)
    made = max(1, (last - begun).days // _ISSUE_DAYS) if ailment.lasting else 1
    ended = None if running else min(begun + timedelta(days=_ISSUE_DAYS * made), drawing.today)
    status = EntryStatus.ACTIVE if running else EntryStatus.STOPPED if stopped else EntryStatus.COMPLETED
    return Medication(
        id=drawing.new_id("MedicationStatement"),
        what=medicine.what,
        date=RecordDate.of(begun),
        recorded=drawing.moment(begun),
        recorded_by=doctor,
        status=status,
        kind=MedicationKind.REPEAT if ailment.lasting else MedicationKind.ACUTE,
        dosage=medicine.dosage,
        instruction=medicine.instruction,
        quantity=medicine.quantity,
        ended=RecordDate.of(ended) if ended else None,
        stopped_because="Changed to another medicine" if stopped else "",
        last_issued=RecordDate.of(last),
        issues_allowed=made + drawing.number(1, 6) if ailment.lasting else None,
        issues_made=made if ailment.lasting else None,
        review_due=RecordDate.of(drawing.today + timedelta(days=drawing.number(20, 300))) if running else None,
        issues=_issues(drawing, medicine, last, min(made, 3), doctor),
    )


def _issues(drawing: Drawing, medicine: Medicine, last: date, number: int, doctor: Author) -> tuple[Issue, ...]:
    days = [last - timedelta(days=_ISSUE_DAYS * back) for back in reversed(range(number))]
    return tuple(
        Issue(
            id=drawing.new_id("MedicationRequest"),
            date=RecordDate.of(day),
            quantity=medicine.quantity,
            days=f"{_ISSUE_DAYS} day",
            issued_by=doctor,
        )
        for day in days
    )


def _consultation(
    drawing: Drawing, ailment: Ailment, day: date, doctor: Author, problem_id: str, related: list[Entry]
) -> list[Entry]:
    """A consultation with its notes; the notes are entries of their own, as the standard has them."""
    history, found = (_note(drawing, words, day, doctor) for words in (ailment.complaint, ailment.finding))
    plan = _note(drawing, ailment.plan, day, doctor)
    pressure = blood_pressure(drawing, day, doctor)
    taken = next((entry for entry in related if isinstance(entry, Medication)), None)
    planned = [_item(plan, _S.UNCATEGORISED)] + ([_item(taken, _S.MEDICATION)] if taken else [])
    topic = Topic(
        ailment.what.words,
        (
            Heading("History", (_item(history, _S.UNCATEGORISED),)),
            Heading("Examination", (_item(found, _S.UNCATEGORISED), _item(pressure, _S.UNCATEGORISED))),
            Heading("Plan", tuple(planned)),
        ),
        (problem_id,),
    )
    when = drawing.moment(day)
    visit = Consultation(
        id=drawing.new_id("Encounter"),
        what=Coded(drawing.pick(_KINDS)),
        date=when,
        recorded=when,
        recorded_by=doctor,
        status=EntryStatus.UNKNOWN,
        seen_by=(doctor,),
        place=doctor.organisation,
        topics=(topic,),
    )
    drawing.add(_S.UNCATEGORISED, history, found, plan, pressure)
    drawing.add(_S.CONSULTATIONS, visit)
    return [visit]


def _note(drawing: Drawing, words: str, day: date, doctor: Author) -> Observation:
    when = drawing.moment(day)
    return Observation(
        id=drawing.new_id("Observation"),
        what=catalogue.COMMENT,
        date=when,
        recorded=when,
        recorded_by=doctor,
        note=words or "Seen and advised",
    )


def blood_pressure(drawing: Drawing, day: date, who: Author) -> Observation:
    """A blood pressure with its two parts."""
    upper = drawing.number(112, 158)
    parts = ((catalogue.SYSTOLIC, upper), (catalogue.DIASTOLIC, min(upper - 25, drawing.number(64, 96))))
    when = drawing.moment(day)
    return Observation(
        id=drawing.new_id("Observation"),
        what=catalogue.BLOOD_PRESSURE,
        date=when,
        recorded=when,
        recorded_by=who,
        members=tuple(Observation(id="", what=what, value=f"{value} mmHg") for what, value in parts),
    )


def _item(entry: Entry, section: RecordSection) -> ConsultationItem:
    """A line as a reader of the wire makes it from the entry it stands for."""
    if entry.what == catalogue.COMMENT:
        return ConsultationItem(entry.note, "", entry.id, section)
    if isinstance(entry, Medication):
        return ConsultationItem(entry.what.words, f"{entry.dosage}, {entry.quantity}", entry.id, section)
    parts = entry.members if isinstance(entry, Observation) else ()
    detail = "; ".join(f"{member.what.words} {member.value}" for member in parts)
    return ConsultationItem(entry.what.words, detail, entry.id, section)


def _investigation(drawing: Drawing, day: date) -> Investigation:
    panel = drawing.pick(catalogue.PANELS)
    when = drawing.moment(day)
    laboratory = Author("", organisation="Example Pathology Laboratory")
    results = tuple(_result(drawing, test, when, laboratory) for test in panel.tests)
    group = Observation(
        id=drawing.new_id("Observation"),
        what=panel.what,
        date=RecordDate.of(day),
        recorded=when,
        recorded_by=laboratory,
        members=results,
    )
    high = any(result.interpretation for result in results)
    return Investigation(
        id=drawing.new_id("DiagnosticReport"),
        what=catalogue.REPORT,
        date=when,
        recorded=when,
        results=(group,),
        specimens=(Specimen(panel.specimen, RecordDate.of(day)),),
        performers=(laboratory,),
        conclusion="Speak to the doctor" if high else "Normal, no action",
    )


def _result(drawing: Drawing, test: Test, when: RecordDate, laboratory: Author) -> Observation:
    spread = test.high - test.low
    value = round(test.low + spread * (drawing.lot.random() * 1.2 - 0.1), test.places)
    shown = f"{value:.{test.places}f}".rstrip("0").rstrip(".") if test.places else str(int(value))
    outside = "High" if value > test.high else "Low" if value < test.low else ""
    return Observation(
        id=drawing.new_id("Observation"),
        what=test.what,
        date=when,
        recorded=when,
        recorded_by=laboratory,
        value=f"{shown} {test.unit}",
        range=f"{test.low:g} to {test.high:g} {test.unit}",
        interpretation=outside,
    )


def _referral(drawing: Drawing, day: date, doctor: Author) -> list[Entry]:
    reason, to, why = drawing.pick(catalogue.REFERRALS)
    letter = Document(
        id=drawing.new_id("DocumentReference"),
        what=catalogue.LETTER,
        date=RecordDate.of(day),
        recorded=drawing.moment(day),
        recorded_by=doctor,
        status=EntryStatus.ACTIVE,
        title=f"Letter to {to}",
        content_type="application/pdf",
        size=drawing.number(20_000, 400_000),
        binary_id=drawing.new_id("Binary").partition("/")[2],
    )
    # What else lies with it in a rich record: kinds that are shown, and one that no browser shows
    more = [_enclosed(drawing, letter, *each) for each in _ENCLOSED if drawing.rich]
    referral = Referral(
        id=drawing.new_id("ReferralRequest"),
        what=reason,
        date=RecordDate.of(day),
        recorded_by=doctor,
        urgency="routine",
        to=(Author("", organisation=to),),
        description=why,
        documents=(letter.id, *(each.id for each in more)),
    )
    drawing.add(_S.REFERRALS, referral)
    for each in (letter, *more):
        drawing.add(_S.DOCUMENTS, each)
    return [referral]


def _enclosed(drawing: Drawing, letter: Document, title: str, kind: str, size: int) -> Document:
    entry_id, binary_id = drawing.new_id("DocumentReference"), drawing.new_id("Binary").partition("/")[2]
    return replace(letter, id=entry_id, title=title, content_type=kind, size=size, binary_id=binary_id)
