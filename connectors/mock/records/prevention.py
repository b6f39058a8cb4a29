"""Allergies, vaccinations, measurements and recalls of a synthetic record."""

from datetime import date, timedelta

from connectors.mock.records import catalogue
from connectors.mock.records.drawing import Drawing
from connectors.mock.records.encounters import blood_pressure
from vocabulary.record_parts import (
    Allergy,
    Coded,
    DiaryEntry,
    EntryStatus,
    Immunisation,
    Observation,
    Reaction,
    RecordDate,
    RecordSection,
)

_SITES = ("Left upper arm", "Right upper arm")


def add_allergies(drawing: Drawing) -> None:
    """One or two in every third record, some of them ended; in others, that none is known, or nothing at all."""
    if not drawing.likely(35):
        if drawing.chance(60):
            drawing.add(RecordSection.ALLERGIES, _allergy(drawing, catalogue.NO_KNOWN_ALLERGY, "medication", ""))
        return
    for what, category, reaction in drawing.lot.sample(catalogue.ALLERGIES, drawing.number(1, 2)):
        drawing.add(RecordSection.ALLERGIES, _allergy(drawing, what, category, reaction))


def _allergy(drawing: Drawing, what: Coded, category: str, reaction: str) -> Allergy:
    day = drawing.day(at_most_years_ago=20)
    ended = bool(reaction) and drawing.chance(20)
    over = day + timedelta(days=drawing.number(1, max(1, (drawing.today - day).days)))
    year_only = drawing.chance(20)
    return Allergy(
        id=drawing.new_id("AllergyIntolerance"),
        what=what,
        date=RecordDate(day.year) if year_only else RecordDate.of(day),
        recorded=drawing.moment(day),
        recorded_by=drawing.doctor(),
        status=EntryStatus.RESOLVED if ended else EntryStatus.ACTIVE,
        categories=(category,),
        ended=RecordDate.of(over) if ended else None,
        ended_because="Tolerated since" if ended else "",
        reactions=(Reaction(manifestations=(reaction,), severity=drawing.pick(("mild", "moderate"))),)
        if reaction
        else (),
    )


def add_vaccinations(drawing: Drawing) -> None:
    """What people of that age have had; a child's may have been declined."""
    for what, from_age, every in catalogue.VACCINES:
        if drawing.age < from_age or not drawing.likely(70):
            continue
        if every:
            years = range(1, min(4, drawing.age - from_age + 2))
            days = [drawing.today - timedelta(days=365 * back + drawing.number(0, 60)) for back in years]
        else:
            days = [drawing.born + timedelta(days=365 * from_age + drawing.number(10, 200))]
        drawing.add(RecordSection.IMMUNISATIONS, *(_given(drawing, what, day) for day in days if day < drawing.today))
    if drawing.age < 18 and drawing.chance(15):
        drawing.add(RecordSection.IMMUNISATIONS, _declined(drawing))


def _given(drawing: Drawing, what: Coded, day: date) -> Immunisation:
    return Immunisation(
        id=drawing.new_id("Immunization"),
        what=what,
        date=RecordDate.of(day),
        recorded=drawing.moment(day),
        recorded_by=drawing.nurse,
        given_by=drawing.nurse,
        status=EntryStatus.COMPLETED,
        batch=f"B{drawing.number(1000, 9999)}",
        expires=RecordDate.of(day + timedelta(days=300)),
        site=drawing.pick(_SITES),
        route="Intramuscular",
    )


def _declined(drawing: Drawing) -> Observation:
    when = drawing.moment(drawing.day(at_most_years_ago=5))
    return Observation(
        id=drawing.new_id("Observation"),
        what=catalogue.VACCINE_DECLINED,
        date=when,
        recorded=when,
        recorded_by=drawing.nurse,
    )


def add_measurements(drawing: Drawing) -> None:
    """Weight and smoking for adults, and a blood pressure outside any consultation."""
    if drawing.age < 16:
        return
    when = drawing.moment(drawing.day(at_most_years_ago=2))
    findings = [(catalogue.WEIGHT, f"{drawing.number(52, 108)} kg"), (drawing.pick(catalogue.SMOKING), "")]
    for what, value in findings:
        drawing.add(
            RecordSection.UNCATEGORISED,
            Observation(
                id=drawing.new_id("Observation"),
                what=what,
                date=when,
                recorded=when,
                recorded_by=drawing.nurse,
                value=value,
            ),
        )
    if drawing.chance(50):
        day = drawing.day(at_most_years_ago=2)
        drawing.add(RecordSection.UNCATEGORISED, blood_pressure(drawing, day, drawing.nurse))


def add_recalls(drawing: Drawing) -> None:
    """What is due."""
    for what in drawing.lot.sample(catalogue.RECALLS, drawing.number(2 if drawing.rich else 0, 2)):
        if what.snomed == "134186004" and drawing.age < 75:
            continue
        drawing.add(
            RecordSection.DIARY,
            DiaryEntry(
                id=drawing.new_id("ProcedureRequest"),
                what=what,
                date=RecordDate.of(drawing.today + timedelta(days=drawing.number(-20, 200))),
                recorded=drawing.moment(drawing.day(at_most_years_ago=1)),
                recorded_by=drawing.doctor(),
                status=EntryStatus.ACTIVE,
            ),
        )
