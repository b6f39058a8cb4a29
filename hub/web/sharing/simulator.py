"""The policy simulator's pages: one question with its answer, and a file of questions."""

import csv
import io
from dataclasses import replace

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from hub.auth.access import current_caller, requires
from hub.auth.roles import ABILITIES
from hub.schemas.asking import AT_HOST, ROLES, Typed, question_of, typed_from
from hub.schemas.fields import FormFault
from hub.schemas.question_files import COLUMNS, EXAMPLE, MOST_LINES, FileLine, UnreadableFile, read_questions
from hub.web.blueprint import blueprint
from hub.web.booking.desk import the_desk
from hub.web.naming import practice_names
from hub.web.sharing import answer_words
from hub.web.sharing.agreements_list import LOOKERS
from hub.web.sharing.answer_words import Answer
from hub.wiring import current_hub
from sharing_agreements.explaining import Explanation
from sharing_agreements.simulator import MAY_NAME_A_PATIENT, Asked, NotYourQuestion
from vocabulary.choices import PatientChoice
from vocabulary.identifiers import NHSNumber
from vocabulary.problems import InvalidValue

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@blueprint.get("/simulator")
@requires(roles=LOOKERS)
def simulator() -> ResponseReturnValue:
    """May they? With a question in the address, its answer. The address names nobody: its patient is made up."""
    own = current_caller().practice
    typed = typed_from(request.args, tuple(request.args.getlist("choices")), own=own, known=frozenset(practice_names()))
    if "act" not in request.args:
        return _page(typed)
    return _answered(typed)


def _answered(typed: Typed) -> ResponseReturnValue:
    hub, caller = current_hub(), current_caller()
    now = hub.clock.now()
    asked, faults = question_of(typed, known=frozenset(practice_names()), now=now)
    if asked is None:
        return _page(typed, faults=faults), 422
    try:
        found = the_desk().ask(asked, caller)
    except NotYourQuestion as refusal:
        return _page(typed, faults=(FormFault("practice", f"{refusal.message} {refusal.next_step}"),)), 403
    return _page(typed, asked=asked, answer=_told(asked, found))


def _told(asked: Asked, found: Explanation) -> Answer:
    hub = current_hub()
    return answer_words.answer(
        asked,
        found,
        practice_names(),
        role_may=asked.question.scope in ABILITIES[asked.question.role],
        now=hub.clock.now(),
        beside=_beside(asked) if found.decision.allowed else (),
    )


def _beside(asked: Asked) -> tuple[str, ...]:
    """What no agreement says, and yet stands in the way at the host."""
    host = current_hub().address_book.practice(asked.question.giver)
    if host is None or asked.question.scope not in AT_HOST:
        return ()
    if not host.pooling_live:
        return (f"{host.name} has not switched pooling on, so nothing of it is shown yet.",)
    if not host.booking_live:
        return (f"{host.name} has not switched booking by other practices on yet.",)
    return ()


def _page(
    typed: Typed,
    *,
    faults: tuple[FormFault, ...] = (),
    asked: Asked | None = None,
    answer: Answer | None = None,
    named: bool = False,
) -> str:
    return render_template(
        "simulator.html",
        typed=typed,
        own=current_caller().practice.value,
        faults=tuple(replace(fault, field="host") if fault.field == "home" else fault for fault in faults),
        asked=asked,
        answer=answer,
        practices=sorted((name, ods) for ods, name in practice_names().items()),
        roles=ROLES,
        acts=answer_words.ACTS,
        choice_words=answer_words.CHOICES,
        choices=list(PatientChoice),
        at_host=sorted(scope.value for scope in AT_HOST),
        named=named,
        may_name=current_caller().role in MAY_NAME_A_PATIENT,
        may_ask=True,
        most=MOST_LINES,
        example=EXAMPLE,
        columns=COLUMNS,
    )


@blueprint.post("/simulator/file")
@requires(roles=LOOKERS)
def ask_many() -> ResponseReturnValue:
    """A file of questions: the answers as a page or as a file, each wrong line told beside its number."""
    hub, caller = current_hub(), current_caller()
    sent = request.files.get("questions")
    content = sent.read() if sent is not None else b""
    try:
        if not content:
            raise UnreadableFile("Choose a file first. The example shows what it must look like.")
        lines = read_questions(content, known=frozenset(practice_names()), now=hub.clock.now())
    except UnreadableFile as wrong:
        typed = typed_from({}, (), own=caller.practice, known=frozenset(practice_names()))
        return _page(typed, faults=(FormFault("questions", str(wrong)),)), 422
    answered = _answers(lines)
    if request.form.get("as") == "csv":
        return _file(answered)
    return render_template("answers.html", answered=answered, columns=COLUMNS, may_ask=True)


_Answered = list[tuple[FileLine, Answer | None, str]]


def _answers(lines: tuple[FileLine, ...]) -> _Answered:
    """Each line with its answer, or with what is wrong."""
    good = [line.asked for line in lines if line.asked is not None]
    found = iter(the_desk().ask_many(good, current_caller()))
    answered: _Answered = []
    for line in lines:
        if line.asked is None:
            answered.append((line, None, " ".join(fault.message for fault in line.faults)))
            continue
        told = next(found)
        if isinstance(told, NotYourQuestion):
            answered.append((line, None, f"{told.message} {told.next_step}"))
        else:
            answered.append((line, _told(line.asked, told), ""))
    return answered


def _file(answered: _Answered) -> Response:
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow(["line", *COLUMNS, "answer", "why", "agreement", "clause", "what_would_have_to_change", "error"])
    for line, told, wrong in answered:
        ways = " OR ".join(" AND ".join(way) for way in told.ways) if told else ""
        outcome = "" if told is None else "allowed" if told.allowed else "refused"
        why, label, clause = (told.why, told.label, told.clause) if told else ("", "", "")
        cells = [*line.cells, *[""] * (len(COLUMNS) - len(line.cells)), outcome, why, label, clause, ways, wrong]
        writer.writerow([str(line.number), *map(_plain, cells)])
    headers = {"Content-Disposition": 'attachment; filename="answers.csv"'}
    return Response(made.getvalue(), mimetype="text/csv; charset=utf-8", headers=headers)


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


@blueprint.post("/simulator/patient")
@requires(roles=MAY_NAME_A_PATIENT)
def ask_about() -> ResponseReturnValue:
    """The same question with what a real patient has chosen. By POST, so that no address names anybody."""
    hub, caller = current_hub(), current_caller()
    known = frozenset(practice_names())
    typed = typed_from(request.form, (), own=caller.practice, known=known)
    asked, faults = question_of(typed, known=known, now=hub.clock.now())
    try:
        number = NHSNumber.parse(request.form.get("nhs_number", ""))
    except InvalidValue as wrong:
        faults += (FormFault("nhs_number", f"{wrong.message} {wrong.next_step}"),)
    if asked is None or faults:
        return _page(typed, faults=faults), 422
    try:
        found = the_desk().ask_about(asked, number, caller)
    except NotYourQuestion as refusal:
        return _page(typed, faults=(FormFault("practice", f"{refusal.message} {refusal.next_step}"),)), 403
    return _page(typed, asked=asked, answer=_told(asked, found), named=True)


@blueprint.get("/simulator/example.csv")
@requires(roles=LOOKERS)
def example_questions() -> ResponseReturnValue:
    """A file to begin with."""
    headers = {"Content-Disposition": 'attachment; filename="questions.csv"'}
    return Response(EXAMPLE, mimetype="text/csv; charset=utf-8", headers=headers)
