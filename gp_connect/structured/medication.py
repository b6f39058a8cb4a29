"""Medication: a statement about a plan, the plan, the product and the issues under it, read as one entry."""

from gp_connect.elements import Resource, Unreadable, child, children, extension, text, without_empty
from gp_connect.structured import pen as ink
from gp_connect.structured.concepts import (
    read_count,
    read_date,
    read_notes,
    read_period,
    read_quantity,
    read_status,
    read_what,
    words_of,
    write_concept,
    write_date,
    write_notes,
    write_quantity,
)
from gp_connect.structured.pen import CODE_SYSTEMS, PROFILES, Pen
from gp_connect.structured.shelf import Shelf, entry_id
from vocabulary.record_parts import Coded, EntryStatus, Issue, Medication, MedicationKind, RecordDate

_AGENCY = f"{PROFILES}/Extension-CareConnect-GPC-PrescribingAgency-1"
_LAST_ISSUE = f"{PROFILES}/Extension-CareConnect-GPC-MedicationStatementLastIssueDate-1"
_REPEAT = f"{PROFILES}/Extension-CareConnect-GPC-MedicationRepeatInformation-1"
_TYPE = f"{PROFILES}/Extension-CareConnect-GPC-PrescriptionType-1"
_STOPPED = f"{PROFILES}/Extension-CareConnect-GPC-MedicationStatusReason-1"
_QUANTITY_TEXT = f"{PROFILES}/Extension-CareConnect-GPC-MedicationQuantityText-1"
_AT_PRACTICE, _ELSEWHERE = "prescribed-at-gp-practice", "prescribed-by-another-organisation"
_NO_DOSAGE = "No information available"


class Prescriptions:
    """Which statement belongs to which plan, and which issues."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._statements: dict[str, Resource] = {}
        self._issues: dict[str, list[Resource]] = {}
        for statement in shelf.of_type("MedicationStatement"):
            for reference in children(statement, "basedOn"):
                self._statements.setdefault(_last(reference), statement)
        for request in shelf.of_type("MedicationRequest"):
            if not is_plan(request):
                for reference in children(request, "basedOn"):
                    self._issues.setdefault(_last(reference), []).append(request)

    def head(self, resource: Resource) -> Resource:
        """The resource that stands for the whole: the statement of a plan, else the plan, else the issue itself."""
        if resource["resourceType"] == "MedicationStatement":
            return resource
        plan = resource
        if not is_plan(resource):
            plan = self._plan_of(resource) or resource
        return self._statements.get(text(plan, "id"), plan)

    def _plan_of(self, resource: Resource) -> Resource | None:
        for reference in children(resource, "basedOn"):
            found = self._shelf.find(reference)
            if found is not None and found["resourceType"] == "MedicationRequest":
                return found
        return None

    def read(self, resource: Resource) -> Medication:
        """The medication that this statement, plan or issue is part of."""
        head = self.head(resource)
        plan = (self._plan_of(head) or {}) if head["resourceType"] == "MedicationStatement" else head
        dispense = child(plan, "dispenseRequest")
        start, end = _period(head, plan)
        repeats = _parts(extension(plan, _REPEAT))
        made = [self._issue(each) for each in self._issues.get(text(plan, "id"), [])]
        dosage = child(head, "dosage") or child(plan, "dosageInstruction")
        stopped = _parts(extension(plan, _STOPPED))
        return Medication(
            id=entry_id(head),
            what=self._product(head, plan),
            date=start or read_date(head, "dateAsserted", "authoredOn"),
            recorded=read_date(head, "dateAsserted", "authoredOn"),
            recorded_by=self._shelf.author(child(plan, "recorder"))
            or self._shelf.author(child(child(plan, "requester"), "agent"))
            or self._shelf.author(child(head, "informationSource")),
            status=read_status(head),
            note="\n".join(dict.fromkeys(note for note in (read_notes(head), read_notes(plan)) if note)),
            kind=_kind(plan, repeats),
            dosage=text(dosage, "text"),
            instruction=text(dosage, "patientInstruction"),
            quantity=_quantity(dispense),
            ended=end or read_date(stopped.get("statusChangeDate", {}), "valueDateTime"),
            stopped_because=words_of(stopped.get("statusReason", {}), "valueCodeableConcept"),
            last_issued=read_date(extension(head, _LAST_ISSUE), "valueDateTime"),
            issues_allowed=_count(repeats, "numberOfRepeatPrescriptionsAllowed"),
            issues_made=_count(repeats, "numberOfRepeatPrescriptionsIssued"),
            review_due=read_date(repeats.get("authorisationExpiryDate", {}), "valueDateTime"),
            prescribed_elsewhere=_elsewhere(head),
            issues=tuple(sorted(made, key=_when)),
        )

    def _product(self, head: Resource, plan: Resource) -> Coded:
        for resource in (head, plan):
            product = self._shelf.find(child(resource, "medicationReference"), holder=resource)
            if product is not None:
                return read_what(product, "code")
        for resource in (head, plan):
            if resource.get("medicationCodeableConcept"):
                return read_what(resource, "medicationCodeableConcept")
        shown = text(child(head, "medicationReference"), "display")
        if not shown:
            raise Unreadable("a medication does not say which")
        return Coded(shown)

    def _issue(self, order: Resource) -> Issue:
        dispense = child(order, "dispenseRequest")
        start, _ = read_period(dispense, "validityPeriod")
        return Issue(
            id=entry_id(order),
            date=start or read_date(order, "authoredOn"),
            quantity=_quantity(dispense),
            days=read_quantity(dispense, "expectedSupplyDuration"),
            issued_by=self._shelf.author(child(child(order, "requester"), "agent"))
            or self._shelf.author(child(order, "recorder")),
        )


def is_plan(request: Resource) -> bool:
    """Whether a MedicationRequest is the plan and no single issue."""
    return request.get("intent") != "order"


def _last(reference: Resource) -> str:
    return text(reference, "reference").rpartition("/")[2]


def _when(issue: Issue) -> str:
    return write_date(issue.date)


def _period(head: Resource, plan: Resource) -> tuple[RecordDate | None, RecordDate | None]:
    if head.get("effectivePeriod"):
        return read_period(head, "effectivePeriod")
    if head.get("effectiveDateTime"):
        return read_date(head, "effectiveDateTime"), None
    return read_period(child(plan, "dispenseRequest"), "validityPeriod")


def _kind(plan: Resource, repeats: dict[str, Resource]) -> MedicationKind:
    code = text(child(child(extension(plan, _TYPE), "valueCodeableConcept"), "coding"), "code")
    if code.startswith("acute"):
        return MedicationKind.ACUTE
    if code in ("repeat", "repeat-dispensing"):
        return MedicationKind(code)
    return MedicationKind.REPEAT if repeats else MedicationKind.UNKNOWN


def _parts(found: Resource) -> dict[str, Resource]:
    return {text(part, "url"): part for part in children(found, "extension")}


def _count(parts: dict[str, Resource], name: str) -> int | None:
    part = parts.get(name, {})
    found = read_count(part, "valueUnsignedInt")
    return read_count(part, "valuePositiveInt") if found is None else found


def _quantity(dispense: Resource) -> str:
    quantity = child(dispense, "quantity")
    return text(extension(quantity, _QUANTITY_TEXT), "valueString") or read_quantity(dispense, "quantity")


def _elsewhere(statement: Resource) -> bool:
    agency = child(extension(statement, _AGENCY), "valueCodeableConcept")
    code = text(child(agency, "coding"), "code")
    return bool(code) and code != _AT_PRACTICE


def write(medication: Medication, pen: Pen) -> list[Resource]:
    """Statement, plan, product and issues."""
    base = ink.logical_id(medication.id)
    product = {
        "resourceType": "Medication",
        "id": f"{base}-product",
        "meta": {"profile": [f"{PROFILES}/CareConnect-GPC-Medication-1"]},
        "code": write_concept(medication.what),
    }
    plan = _plan(medication, pen, base)
    orders = [_order(medication, issue, pen, base) for issue in medication.issues]
    return [product, _statement(medication, pen, base), plan, *orders]


def _statement(medication: Medication, pen: Pen, base: str) -> Resource:
    agency = _ELSEWHERE if medication.prescribed_elsewhere else _AT_PRACTICE
    words = "Prescribed by another organisation" if medication.prescribed_elsewhere else "Prescribed at GP practice"
    extensions: list[Resource] = [
        {
            "url": _AGENCY,
            "valueCodeableConcept": ink.coding(f"{CODE_SYSTEMS}/CareConnect-PrescribingAgency-1", agency, words),
        }
    ]
    if medication.last_issued is not None:
        extensions.append({"url": _LAST_ISSUE, "valueDateTime": write_date(medication.last_issued)})
    return pen.entry(medication, "MedicationStatement", "CareConnect-GPC-MedicationStatement-1") | without_empty(
        {
            "extension": extensions,
            "basedOn": [{"reference": f"MedicationRequest/{base}-plan"}],
            "status": _status(medication),
            "medicationReference": {"reference": f"Medication/{base}-product"},
            "effectivePeriod": _written_period(medication),
            "dateAsserted": write_date(medication.recorded or medication.date),
            "subject": pen.patient,
            "taken": "unk",
            "note": write_notes(medication.note),
            "dosage": [_dosage(medication)],
        }
    )


def _plan(medication: Medication, pen: Pen, base: str) -> Resource:
    kind = {MedicationKind.UNKNOWN: MedicationKind.ACUTE}.get(medication.kind, medication.kind)
    extensions: list[Resource] = [
        {
            "url": _TYPE,
            "valueCodeableConcept": ink.coding(
                f"{CODE_SYSTEMS}/CareConnect-PrescriptionType-1", kind.value, kind.value.replace("-", " ").capitalize()
            ),
        }
    ]
    if medication.issues_made is not None:
        extensions.append(_repeat(medication))
    if medication.status is EntryStatus.STOPPED:
        extensions.append(_stopped(medication))
    return pen.resource("MedicationRequest", f"{base}-plan", "CareConnect-GPC-MedicationRequest-1") | without_empty(
        {
            "extension": extensions,
            "status": _status(medication),
            "intent": "plan",
            **_request(medication, pen, base),
            "authoredOn": write_date(medication.recorded or medication.date),
            "requester": {"agent": pen.author(medication.recorded_by)},
            "dispenseRequest": without_empty(
                {"validityPeriod": _written_period(medication), "quantity": _written_quantity(medication.quantity)}
            ),
        }
    )


def _order(medication: Medication, issue: Issue, pen: Pen, base: str) -> Resource:
    when = write_date(issue.date or medication.date)
    days = write_quantity(issue.days).get("value")
    supply = {"value": days, "unit": "day", "system": "http://unitsofmeasure.org", "code": "d"} if days else {}
    return pen.resource(
        "MedicationRequest", ink.logical_id(issue.id), "CareConnect-GPC-MedicationRequest-1"
    ) | without_empty(
        {
            "basedOn": [{"reference": f"MedicationRequest/{base}-plan"}],
            "status": "completed",
            "intent": "order",
            **_request(medication, pen, base),
            "authoredOn": when,
            "requester": {"agent": pen.author(issue.issued_by)},
            "dispenseRequest": without_empty(
                {
                    "validityPeriod": {"start": when},
                    "quantity": _written_quantity(issue.quantity),
                    "expectedSupplyDuration": supply,
                }
            ),
        }
    )


def _request(medication: Medication, pen: Pen, base: str) -> Resource:
    return {
        "medicationReference": {"reference": f"Medication/{base}-product"},
        "subject": pen.patient,
        "recorder": pen.author(medication.recorded_by),
        "dosageInstruction": [_dosage(medication)],
    }


def _repeat(medication: Medication) -> Resource:
    parts: list[Resource] = [
        {"url": "numberOfRepeatPrescriptionsIssued", "valueUnsignedInt": medication.issues_made},
    ]
    if medication.issues_allowed is not None:
        parts.insert(0, {"url": "numberOfRepeatPrescriptionsAllowed", "valueUnsignedInt": medication.issues_allowed})
    if medication.review_due is not None:
        parts.append({"url": "authorisationExpiryDate", "valueDateTime": write_date(medication.review_due)})
    return {"url": _REPEAT, "extension": parts}


def _stopped(medication: Medication) -> Resource:
    reason = medication.stopped_because or "No information available"
    parts: list[Resource] = [{"url": "statusReason", "valueCodeableConcept": {"text": reason}}]
    if medication.ended is not None:
        parts.append({"url": "statusChangeDate", "valueDateTime": write_date(medication.ended)})
    return {"url": _STOPPED, "extension": parts}


def _status(medication: Medication) -> str:
    known = (EntryStatus.ACTIVE, EntryStatus.COMPLETED, EntryStatus.STOPPED)
    return (medication.status if medication.status in known else EntryStatus.COMPLETED).value


def _dosage(medication: Medication) -> Resource:
    return without_empty({"text": medication.dosage or _NO_DOSAGE, "patientInstruction": medication.instruction})


def _written_period(medication: Medication) -> Resource:
    return without_empty({"start": write_date(medication.date), "end": write_date(medication.ended)})


def _written_quantity(words: str) -> Resource:
    return write_quantity(words) or ({"extension": [{"url": _QUANTITY_TEXT, "valueString": words}]} if words else {})
