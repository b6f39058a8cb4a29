"""Drafting an agreement at a browser: begin from a template or a file, then step by step, each saved as it is sent."""

from datetime import timedelta

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from hub.auth.access import current_caller, requires
from hub.schemas import drafting as form
from hub.schemas.fields import FormFault
from hub.schemas.plain import printable
from hub.web.blueprint import blueprint
from hub.web.naming import practice_names
from hub.web.sharing.agreements_list import LOOKERS
from hub.wiring import current_hub
from sharing_agreements import naming, templates
from sharing_agreements.attaching import BIGGEST
from sharing_agreements.deeds import DeedRefused, NotYourAgreement
from sharing_agreements.differences import differences
from sharing_agreements.document import AgreementDocument, DocumentParty
from sharing_agreements.document_reading import UnreadableAgreement, read_text
from sharing_agreements.drafting import ChangedMeanwhile, CodeTaken, Ref
from sharing_agreements.lifecycle import SIGNATORIES, NotNow
from sharing_agreements.register import sees_all
from sharing_agreements.showing import AgreementDetail
from sharing_agreements.templates import TEMPLATES, UnknownTemplate
from sharing_agreements.validation import Step
from vocabulary.agreements import (
    AgreementStatus,
    Article6,
    Article9,
    AtEnd,
    CommonLawBasis,
    ControllerRole,
    DataCategory,
    SensitiveRule,
)
from vocabulary.people import UserRole
from vocabulary.purposes import Scope
from vocabulary.times import london_date

STEPS: dict[Step, str] = {
    Step.PARTIES: "Parties",
    Step.PURPOSE: "Purpose",
    Step.SHARING: "What is shared",
    Step.BASIS: "Lawful basis",
    Step.HANDLING: "Looking after the data",
    Step.DATES: "Dates and the end",
    Step.ATTACHMENTS: "Impact assessment and files",
}
_ROOM = 64 * 1024  # beside the file, for the form it comes in
_WITH_FILES = ("web.attach_file", "web.bring_agreement_in")


@blueprint.url_value_preprocessor
def make_room(endpoint: str | None, _values: object) -> None:
    """These two forms carry a file: they may be larger than others, and larger than a file may be, so that one that is
    too large is refused at its field and in words."""
    if endpoint in _WITH_FILES:
        request.max_content_length = 4 * BIGGEST + _ROOM


@blueprint.get("/agreements/new")
@requires(roles=LOOKERS)
def new_agreement() -> ResponseReturnValue:
    """Which template, under which code; or a file."""
    return _new_page()


def _new_page(
    faults: tuple[FormFault, ...] = (), lines: tuple[str, ...] = (), taken: CodeTaken | None = None
) -> ResponseReturnValue:
    page = render_template(
        "agreement_new.html",
        templates=TEMPLATES,
        sent=request.form,
        faults=faults,
        lines=lines,
        taken=taken,
        for_all=sees_all(current_caller()),
        may_ask=True,
    )
    return page, 422 if faults else 200


@blueprint.post("/agreements/new")
@requires(roles=LOOKERS)
def begin_agreement() -> ResponseReturnValue:
    """The first draft; then its first step."""
    caller = current_caller()
    code = request.form.get("code", "").strip().upper()
    title = " ".join(printable(request.form.get("title", "")).split())
    long = form.too_long(request.form)
    if long:
        return _new_page(long)
    try:
        document = templates.begin(request.form.get("template", ""), code, title=title)
        if caller.role is not UserRole.FEDERATION_ADMIN:
            own = DocumentParty(caller.practice, caller.practice_name, signatory_role=UserRole.CALDICOTT_GUARDIAN)
            document = form.with_party(document, own)
        ref = current_hub().register.draft(document, caller=caller)
    except UnknownTemplate as problem:
        return _new_page((FormFault("template", problem.message),))
    except (DeedRefused, CodeTaken, NotYourAgreement, NotNow) as problem:
        taken = problem if isinstance(problem, CodeTaken) else None
        return _new_page((FormFault("code", f"{problem.message} {problem.next_step}"),), taken=taken)
    return redirect(_step_url(ref, Step.PARTIES), 303)


@blueprint.post("/agreements/bring-in")
@requires(roles=LOOKERS)
def bring_agreement_in() -> ResponseReturnValue:
    """A draft from an agreement file."""
    file = request.files.get("file")
    content = file.read(BIGGEST + 1) if file else b""
    try:
        document = read_text(content.decode())
        as_next = request.form.get("next-version") == "1"
        ref = current_hub().register.bring_in(document, caller=current_caller(), next_version=as_next)
    except UnicodeDecodeError:
        return _new_page((FormFault("file", "This is not an agreement file: it is not text in UTF-8."),))
    except UnreadableAgreement as problem:
        return _new_page((FormFault("file", problem.message),), tuple(map(str, problem.faults)))
    except (DeedRefused, CodeTaken, NotYourAgreement, NotNow) as problem:
        taken = problem if isinstance(problem, CodeTaken) else None
        return _new_page((FormFault("file", f"{problem.message} {problem.next_step}"),), taken=taken)
    return redirect(url_for("web.agreement", code=ref.code, version=ref.version), 303)


@blueprint.get("/agreements/<code>/<int:version>/draft/<step>")
@requires(roles=LOOKERS)
def draft_step(code: str, version: int, step: str) -> ResponseReturnValue:
    """One step, with what is there and what is missing."""
    return _step_page(_draft(code, version), _step(step))


@blueprint.post("/agreements/<code>/<int:version>/draft/<step>")
@requires(roles=LOOKERS)
def save_step(code: str, version: int, step: str) -> ResponseReturnValue:
    """Save what was sent; then the next step, or the same one with what could not be read."""
    ref, at, found = Ref(code, version), _step(step), _draft(code, version)
    said = form.typed(at, request.form, found.document)
    if said.too_long:
        return _step_page(found, at, said.too_long, mine=said.change(found.document))
    sent = request.form.get("revision", "")
    revision = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 10 else None
    try:
        current_hub().register.revise(ref, said.change, caller=current_caller(), revision=revision)
    except NotYourAgreement as problem:
        fault = FormFault("maincontent", f"{problem.message} {problem.next_step}")
        return _step_page(_draft(code, version), at, (fault,))
    except ChangedMeanwhile as problem:
        now = _draft(code, version)
        fault = FormFault(
            "beside", f"{problem.message} What you typed is still here: look at it beside theirs, and save."
        )
        return _step_page(now, at, (fault,), mine=form.typed(at, request.form, now.document).change(now.document))
    if said.faults:
        return _step_page(_draft(code, version), at, said.faults)
    stay = any(request.form.get(name) for name in ("more", "stay", "add"))
    steps = list(STEPS)
    following = steps.index(at) + (0 if stay else 1)
    if following == len(steps):
        return redirect(url_for("web.agreement", code=code, version=version), 303)
    return redirect(_step_url(ref, steps[following]), 303)


@blueprint.post("/agreements/<code>/<int:version>/files")
@requires(roles=LOOKERS)
def attach_file(code: str, version: int) -> ResponseReturnValue:
    """Put a file to the draft, or take one out."""
    ref, register, caller = Ref(code, version), current_hub().register, current_caller()
    gone = request.form.get("remove", "")
    file = request.files.get("file")
    try:
        if gone:
            register.detach(ref, gone, caller=caller)
        elif file is not None:
            register.attach(ref, printable(file.filename or ""), file.read(BIGGEST + 1), caller=caller)
    except DeedRefused as problem:
        fault = FormFault("file", f"{problem.message} {problem.next_step}")
        return _step_page(_draft(code, version), Step.ATTACHMENTS, (fault,))
    return redirect(_step_url(ref, Step.ATTACHMENTS), 303)


def _draft(code: str, version: int) -> AgreementDetail:
    caller = current_caller()
    found = current_hub().register.detail(Ref(code, version), caller=caller)
    if found.status is not AgreementStatus.DRAFT:
        raise NotNow(
            f"{found.label} is no longer a draft: its text is as it was proposed.",
            next_step="Take it back, or begin an amendment.",
        )
    if not sees_all(caller) and found.drafted_for != caller.practice.value:
        raise NotYourAgreement(
            f"{found.label} is drafted by {found.drafted_by or 'somebody else'}, and changed there.",
            next_step="Tell them what you would change. Once it is proposed, your practice signs it or does not.",
        )
    return found


def _step(name: str) -> Step:
    if name not in set(Step):
        abort(404)
    return Step(name)


def _step_url(ref: Ref, step: Step) -> str:
    return url_for("web.draft_step", code=ref.code, version=ref.version, step=step.value)


def _step_page(
    found: AgreementDetail, step: Step, faults: tuple[FormFault, ...] = (), *, mine: AgreementDocument | None = None
) -> ResponseReturnValue:
    """With `mine`, what was typed and is not saved is in the fields, and said beside what is there."""
    document = mine or found.document
    missing = current_hub().register.gaps(document)
    steps = list(STEPS)
    page = render_template(
        "agreement_step.html",
        found=found,
        document=document,
        beside=differences(found.document, mine) if mine else (),
        step=step,
        number=steps.index(step) + 1,
        steps=[(each, STEPS[each], sum(gap.step is each for gap in missing)) for each in steps],
        heading=STEPS[step],
        gaps=[gap for gap in missing if gap.step is step],
        names=practice_names(),
        known=current_hub().address_book.practices(),
        naming=naming,
        sent=request.form if faults else {},
        faults=faults,
        scopes=Scope,
        roles=[role for role in UserRole if role is not UserRole.SYSTEM],
        categories=DataCategory,
        controllers=ControllerRole,
        signatories=sorted(SIGNATORIES),
        article_6=Article6,
        article_9=Article9,
        common_law=CommonLawBasis,
        sensitive=SensitiveRule,
        at_end=AtEnd,
        days=_days(document),
        may_ask=True,
    )
    return page, 422 if faults else 200


def _days(document: AgreementDocument) -> dict[str, str]:
    """The dates as they are typed."""
    starts, ends = document.starts_at, document.ends_at
    days = {
        "starts-on": london_date(starts) if starts else None,
        "review-on": document.review_on,
        "ends-on": london_date(ends - timedelta(seconds=1)) if ends else None,
    }
    return {name: f"{day.day}/{day.month}/{day.year}" if day else "" for name, day in days.items()}
