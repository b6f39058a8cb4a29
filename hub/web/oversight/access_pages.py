"""Who looked at whom: by patient, by person, and one's own history.

A patient is named by POST; the number is kept in the server's session under a key that means nothing, and the address
holds the key.
"""

import csv
import io
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from accountability.accounts import OF_PATIENTS, OF_PEOPLE
from accountability.lines import LONGEST_EXPORT, PAGE, Account, Asked, Kind
from accountability.marking import KEEPERS
from accountability.problems import NothingThere, WordsMissing
from hub.auth.access import current_caller, current_session, requires
from hub.schemas.fields import FormFault, faults_of
from hub.schemas.overseeing import AskedSchema, MarkSchema
from hub.schemas.patients import NumberSchema
from hub.schemas.plain import printable
from hub.web.blueprint import blueprint
from hub.web.naming import practice_names
from hub.web.oversight.account_words import line_words, role_words
from hub.web.oversight.overseeing import overseeing
from hub.web.oversight.sittings import in_sittings
from hub.web.presenters import full_name
from hub.wiring import current_hub
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import UserRole
from vocabulary.problems import Problem
from vocabulary.times import london

_KEY, _KEPT = "asked_about", 5
_LONGEST_ID = 18  # digits, of what an address says of where the last page ended
_COLUMNS = (
    *("at", "who", "role", "practice", "device", "what", "outcome", "where", "patient", "booking", "why", "under"),
    "trace_id",
)
KINDS = {
    Kind.ALL: "Everything",
    Kind.LOOKS: "Only looking",
    Kind.BOOKINGS: "Only bookings",
    Kind.DECISIONS: "Only what was asked of agreements",
    Kind.REFUSED: "Only what was refused",
}


@blueprint.get("/access")
@requires(roles=OF_PEOPLE)
def access() -> ResponseReturnValue:
    """The front page of those who answer for access: a look-up, and the practice's people."""
    return _front()


def _front(*, faults: tuple[FormFault, ...] = (), form: Any = None, status: int = 200) -> ResponseReturnValue:
    caller, hub = current_caller(), current_hub()
    chosen = caller.practice
    if caller.role is UserRole.FEDERATION_ADMIN and request.args.get("practice"):
        chosen = OdsCode.parse(request.args["practice"])
    page = render_template(
        "access.html",
        people=overseeing().people(chosen, caller),
        may_ask_patients=caller.role in OF_PATIENTS,
        everywhere=caller.role is UserRole.FEDERATION_ADMIN,
        chosen=chosen,
        chosen_name=practice_names().get(chosen.value, chosen.value),
        practices=hub.address_book.practices(),
        waiting=overseeing().waiting(caller),
        faults=faults,
        form=form or {},
        roles=role_words,
    )
    return page, status


@blueprint.post("/access/patient")
@requires(roles=OF_PATIENTS)
def ask_patient_access() -> ResponseReturnValue:
    """An NHS number, kept in the session; the address of the answer holds a key instead."""
    try:
        sent: Any = NumberSchema().load(request.form.to_dict())
    except ValidationError as error:
        return _front(faults=faults_of(error), form=request.form, status=422)
    session = current_session()
    assert session is not None  # noqa: S101 - the guard let a signed-in person in
    key = secrets.token_urlsafe(9)
    kept = list(session.data.get(_KEY, {}).items())[1 - _KEPT :]
    session.put(_KEY, dict([*kept, (key, sent["nhs_number"].value)]))
    return redirect(url_for("web.patient_access", key=key), 303)


@blueprint.get("/access/look-ups/<key>")
@requires(roles=OF_PATIENTS)
def patient_access(key: str) -> ResponseReturnValue:
    """Who has looked at this patient."""
    session = current_session()
    number = session.data.get(_KEY, {}).get(key) if session else None
    if number is None:
        return redirect(url_for("web.access"), 303)
    asked, faults = _asked()
    found = overseeing().patient_account(NHSNumber(number), asked, current_caller())
    if _as_file():
        return _file(found.account)
    return _page("patient", found.account, asked, faults, found=found, key=key)


@blueprint.get("/access/people/<user_id>")
@requires(roles=OF_PEOPLE)
def person_access(user_id: str) -> ResponseReturnValue:
    """What this person has done."""
    return _person_page(user_id)


def _person_page(user_id: str, *, faults: tuple[FormFault, ...] = (), status: int = 200) -> ResponseReturnValue:
    asked, wrong = _asked()
    account = overseeing().person_account(user_id, asked, current_caller())
    if _as_file():
        return _file(account)
    may_mark = current_caller().role in KEEPERS and user_id != current_caller().user_id
    name = account.lines[0].user_name if account.lines else user_id
    return _page("person", account, asked, (*wrong, *faults), user_id=user_id, name=name, may_mark=may_mark), status


@blueprint.post("/access/people/<user_id>/own-record")
@requires(roles=KEEPERS)
def mark_own_record(user_id: str) -> ResponseReturnValue:
    """Which record is this person's own: kept as a mark that tells nothing else."""
    try:
        sent: Any = MarkSchema().load(request.form.to_dict())
    except ValidationError as error:
        return _person_page(user_id, faults=faults_of(error), status=422)
    name = printable(request.form.get("name", ""))[:120] or user_id
    overseeing().mark_own_record(user_id, name, current_caller(), **sent)
    return redirect(url_for("web.person_access", user_id=user_id, marked=1), 303)


@blueprint.get("/my-access")
@requires()
def my_access() -> ResponseReturnValue:
    """What one has done oneself, with a way to say that it was a mistake."""
    return _my_page()


def _my_page(
    *, faults: tuple[FormFault, ...] = (), open_line: int = 0, problem: Problem | None = None, status: int = 200
) -> ResponseReturnValue:
    asked, wrong = _asked()
    account = overseeing().own_account(asked, current_caller())
    if _as_file():
        return _file(account)
    return _page("own", account, asked, (*wrong, *faults), open_line=open_line, problem=problem), status


@blueprint.post("/my-access/<int:event>/wrong-patient")
@requires()
def flag_mistake(event: int) -> ResponseReturnValue:
    """“I opened the wrong patient.”"""
    words = printable(request.form.get("words", ""))
    try:
        said = overseeing().flag_mistake(event, words, current_caller())
    except WordsMissing as missing:
        return _my_page(faults=(FormFault(missing.field, missing.message),), open_line=event, status=422)
    except NothingThere as problem:
        return _my_page(problem=problem, status=404)
    return redirect(url_for("web.my_access", said="1" if said else "0"), 303)


def _page(about: str, account: Account, asked: Asked, faults: tuple[FormFault, ...], **more: Any) -> str:
    names = practice_names()
    kept = {name: value for name, value in request.args.items() if name in ("kind", "since", "until", "jobs")}
    here: dict[str, Any] = {**(request.view_args or {}), **kept}
    endpoint = {"patient": "web.patient_access", "person": "web.person_access", "own": "web.my_access"}[about]
    here.pop("event", None)
    return render_template(
        "account.html",
        about=about,
        sittings=in_sittings(account.lines, names, fold=asked.kind is Kind.ALL, of_one_patient=about == "patient"),
        older=url_for(endpoint, before=_before_text(account.older), **here) if account.older else "",
        export=url_for(endpoint, **{**here, "as": "csv"}),
        here=url_for(endpoint, **(request.view_args or {}) if about != "own" else {}),
        called={number.spaced: full_name(*name) for number, name in account.called.items()},
        asked=asked,
        typed=request.args,
        kinds=KINDS,
        faults=faults,
        names=names,
        **more,
    )


def _asked() -> tuple[Asked, tuple[FormFault, ...]]:
    form = request.args.to_dict()
    faults: tuple[FormFault, ...] = ()
    try:
        asked = AskedSchema().asked(form)
    except ValidationError as error:
        asked, faults = Asked(), faults_of(error)
    before = _before(form.get("before", ""))
    if _as_file():
        return replace(asked, limit=LONGEST_EXPORT), faults
    return replace(asked, before=before, limit=PAGE), faults


def _before(text: str) -> tuple[datetime, int] | None:
    """Where the last page ended: microseconds since 1970 and the line's number; nothing when it is nonsense."""
    stamp, _, number = text.partition(".")
    if not (stamp.isdecimal() and number.isdecimal() and text.isascii()) or max(len(stamp), len(number)) > _LONGEST_ID:
        return None
    try:
        second = datetime.fromtimestamp(int(stamp) // 1_000_000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return second.replace(microsecond=int(stamp) % 1_000_000), int(number)


def _before_text(older: tuple[datetime, int]) -> str:
    at, number = older
    return f"{int(at.timestamp()) * 1_000_000 + at.microsecond}.{number}"


def _as_file() -> bool:
    return request.args.get("as") == "csv"


def _file(account: Account) -> Response:
    """The same lines for a spreadsheet. No name in the file's name: it is written to logs and desktops."""
    names, out = practice_names(), io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for line in account.lines:
        words = line_words(line, names)
        writer.writerow([_plain_cell(getattr(words, column)) for column in _COLUMNS])
    if account.older is not None:
        writer.writerow([f"There are more than {LONGEST_EXPORT} lines: narrow the dates."])
    name = f"access-{london(current_hub().clock.now()):%Y%m%d-%H%M}.csv"
    answer = Response(out.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _plain_cell(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(cell)
    return f"'{text}" if text.startswith(tuple("=+-@\t\r")) else text
