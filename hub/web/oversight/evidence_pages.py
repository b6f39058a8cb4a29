"""Evidence packs: asked for with one click, made by the worker, taken as a ZIP."""

from datetime import timedelta
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from accountability.evidence import ASKERS
from accountability.problems import NothingThere, WordsMissing
from hub.auth.access import current_caller, requires
from hub.schemas.fields import FormFault, faults_of
from hub.schemas.overseeing import PackSchema
from hub.web.blueprint import blueprint
from hub.web.oversight.overseeing import overseeing
from hub.wiring import current_hub
from vocabulary.people import UserRole
from vocabulary.problems import Problem
from vocabulary.times import london_date

_USUAL = timedelta(days=91)


@blueprint.get("/evidence")
@requires(roles=ASKERS)
def evidence() -> ResponseReturnValue:
    """Packs made and being made, and the form for a new one."""
    return _page()


def _page(
    *, faults: tuple[FormFault, ...] = (), problem: Problem | None = None, status: int = 200
) -> ResponseReturnValue:
    caller = current_caller()
    found = overseeing().packs(caller)
    today = london_date(current_hub().clock.now())
    page = render_template(
        "evidence.html",
        packs=found,
        working=any(pack.finished_at is None for pack in found),
        size=size_words,
        first=f"{today - _USUAL:%d/%m/%Y}",
        last=f"{today:%d/%m/%Y}",
        may_identify=caller.role is UserRole.CALDICOTT_GUARDIAN,
        everywhere=caller.role is UserRole.FEDERATION_ADMIN,
        faults=faults,
        typed=request.form,
        problem=problem,
    )
    return page, status


@blueprint.post("/evidence")
@requires(roles=ASKERS)
def ask_evidence() -> ResponseReturnValue:
    """Have one made."""
    try:
        sent: Any = PackSchema().load(request.form.to_dict())
        overseeing().ask_pack(
            current_caller(), since=sent["since"], until=sent["until"], identifiers=sent["identifiers"] == "yes"
        )
    except ValidationError as error:
        return _page(faults=faults_of(error), status=422)
    except WordsMissing as missing:
        return _page(faults=(FormFault(missing.field, missing.message),), status=422)
    return redirect(url_for("web.evidence"), 303)


@blueprint.get("/evidence/<int:pack>.zip")
@requires(roles=ASKERS)
def take_evidence(pack: int) -> ResponseReturnValue:
    """The ZIP."""
    try:
        view, content = overseeing().take_pack(pack, current_caller())
    except NothingThere as problem:
        return _page(problem=problem, status=404)
    answer = Response(content, mimetype="application/zip")
    name = f"evidence-{view.practice or 'federation'}-{view.since}-{view.until}.zip"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def size_words(size: int) -> str:
    """12 KB, 3.4 MB."""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(size // 1000, 1)} KB"
