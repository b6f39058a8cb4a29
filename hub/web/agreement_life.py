"""One agreement's life at a browser: its text, who is missing, what a version changes, signing, suspending, leaving…

Ending for all and what would follow are on the page “What if it changed?”, which carries it out.
"""

from collections.abc import Callable

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from hub.auth import step_up
from hub.auth.access import current_caller, requires
from hub.schemas.fields import FormFault
from hub.schemas.plain import printable
from hub.web.agreement_words import STATUS
from hub.web.agreements_list import LOOKERS
from hub.web.blueprint import blueprint
from hub.web.copying import practice_names
from hub.web.drafting_pages import STEPS
from hub.wiring import current_hub
from sharing_agreements import exchange, lifecycle, naming
from sharing_agreements.deeds import DeedRefused, NotYourAgreement
from sharing_agreements.document import spaced
from sharing_agreements.drafting import CodeTaken, Ref
from sharing_agreements.lifecycle import Act, NotNow
from sharing_agreements.register import sees_all
from sharing_agreements.showing import AgreementDetail
from sharing_agreements.signing import AnotherText
from sharing_agreements.stopping import Ending
from sharing_agreements.validation import HasGaps
from vocabulary.agreements import AgreementStatus, AtEnd

_DONE = {
    "proposed": "It has been proposed: its text is fixed, and each party can sign it.",
    "in-force": "Every signature that was needed is there: it is in force.",
    "signed": "You have signed for your practice.",
    "suspended": "It is suspended. Nothing new is seen or booked under it from this second on.",
    "resumed": "It goes on: what it grants is granted again.",
    "taken-back": "It is a draft again.",
    "left": "Your practice has left it, from this second on.",
    "ended": "It has been given up.",
}


@blueprint.get("/agreements/desk")
@requires(roles=LOOKERS)
def agreements_desk() -> ResponseReturnValue:
    """What waits for somebody: signatures of one's own, drafts, what is expiring."""
    register, caller = current_hub().register, current_caller()
    return render_template(
        "agreements_desk.html",
        to_sign=register.to_sign(caller=caller),
        drafts=register.summaries(AgreementStatus.DRAFT, caller=caller),
        proposed=register.summaries(AgreementStatus.PROPOSED, caller=caller),
        notices=register.notices(caller=caller),
        names=practice_names(current_hub()),
        naming=naming,
        all_of_them=sees_all(caller),
        may_ask=True,
    )


@blueprint.get("/agreements/<code>/<int:version>")
@requires(roles=LOOKERS)
def agreement_life(code: str, version: int) -> ResponseReturnValue:
    """Where it stands, what it says, who has signed, and what can be done."""
    return _life(Ref(code, version))


def _life(ref: Ref, faults: tuple[FormFault, ...] = ()) -> ResponseReturnValue:
    hub, caller = current_hub(), current_caller()
    found = hub.register.detail(ref, caller=caller)
    ours = found.party(caller.practice)
    page = render_template(
        "agreement_life.html",
        found=found,
        document=found.document,
        status=STATUS[found.status],
        changes=hub.register.changes(ref, caller=caller),
        gaps=hub.register.gaps(found.document) if found.status is AgreementStatus.DRAFT else (),
        steps=STEPS,
        names=practice_names(hub),
        naming=naming,
        spaced=spaced,
        acts=_may(found),
        ours=ours,
        done=_DONE.get(request.args.get("done", ""), ""),
        sent=request.form,
        faults=faults,
        may_ask=True,
    )
    return page, 422 if faults else 200


def _may(found: AgreementDetail) -> frozenset[str]:
    """What this person is offered; the register decides."""
    caller, ours = current_caller(), found.party(current_caller().practice)
    acts = {act.value for act in lifecycle.acts(found.status)}
    staying = ours is not None and ours.left_at is None
    waits = staying and ours is not None and ours.must_sign and ours.signature is None
    if not waits or (ours is not None and caller.role is not ours.signatory_role):
        acts -= {Act.SIGN.value}
    if any(party.signature for party in found.parties):
        acts -= {Act.TAKE_BACK.value}
    if not staying or sees_all(caller):
        acts -= {Act.LEAVE.value}
    if not staying and not sees_all(caller):
        acts -= {Act.SUSPEND.value, Act.RESUME.value, Act.AMEND.value}
    if not sees_all(caller) and found.status in (AgreementStatus.IN_FORCE, AgreementStatus.SUSPENDED):
        acts -= {Act.END.value}
    return frozenset(acts)


@blueprint.post("/agreements/<code>/<int:version>/propose")
@requires(roles=LOOKERS)
def propose_agreement(code: str, version: int) -> ResponseReturnValue:
    """Fix the text, or show what is missing."""

    def propose(ref: Ref) -> str:
        return current_hub().register.propose(ref, caller=current_caller()).value

    return _act(Ref(code, version), propose)


@blueprint.post("/agreements/<code>/<int:version>/<any('take-back', suspend, resume, leave, 'give-up'):what>")
@requires(roles=LOOKERS)
def act_on_agreement(code: str, version: int, what: str) -> ResponseReturnValue:
    """One act, with its reason where it needs one."""
    register, caller = current_hub().register, current_caller()
    reason = printable(request.form.get("reason", ""))
    acts: dict[str, tuple[str, Callable[[Ref], object]]] = {
        "take-back": ("taken-back", lambda ref: register.take_back(ref, caller=caller)),
        "suspend": ("suspended", lambda ref: register.suspend(ref, reason, caller=caller)),
        "resume": ("resumed", lambda ref: register.resume(ref, reason, caller=caller)),
        "leave": ("left", lambda ref: register.leave(ref, reason, caller=caller)),
        "give-up": ("ended", lambda ref: _give_up(ref, reason)),
    }
    done, act = acts[what]

    def carry_out(ref: Ref) -> str:
        act(ref)
        return done

    return _act(Ref(code, version), carry_out, field=f"reason-{what}")


def _give_up(ref: Ref, reason: str) -> None:
    """Drafts and proposals only: what grants something is ended where one sees what would follow."""
    register, caller = current_hub().register, current_caller()
    if register.detail(ref, caller=caller).status not in (AgreementStatus.DRAFT, AgreementStatus.PROPOSED):
        raise NotNow(f"{ref.label} is in force.", next_step="End it on the page “What if it changed?”.")
    register.end(ref, Ending(reason, AtEnd.KEEP), caller=caller)


def _act(ref: Ref, act: Callable[[Ref], str], *, field: str = "maincontent") -> ResponseReturnValue:
    try:
        done = act(ref)
    except HasGaps:
        return _life(ref, (FormFault("gaps", "It cannot be proposed yet: see what is missing."),))
    except (DeedRefused, NotYourAgreement, NotNow, CodeTaken) as problem:
        at = field if isinstance(problem, DeedRefused) else "maincontent"
        return _life(ref, (FormFault(at, f"{problem.message} {problem.next_step}"),))
    return redirect(url_for("web.agreement_life", code=ref.code, version=ref.version, done=done), 303)


@blueprint.post("/agreements/<code>/<int:version>/amend")
@requires(roles=LOOKERS)
def amend_agreement(code: str, version: int) -> ResponseReturnValue:
    """Begin the next version with this one's text."""
    ref = Ref(code, version)
    try:
        drafted = current_hub().register.amend(ref, caller=current_caller())
    except (NotYourAgreement, NotNow, CodeTaken, DeedRefused) as problem:
        return _life(ref, (FormFault("maincontent", f"{problem.message} {problem.next_step}"),))
    return redirect(url_for("web.agreement_life", code=drafted.code, version=drafted.version), 303)


@blueprint.get("/agreements/<code>/<int:version>/sign")
@requires(roles=LOOKERS)
def sign_form(code: str, version: int) -> ResponseReturnValue:
    """The text, its digest, and the button, once one has proved who one is."""
    return _sign_page(Ref(code, version))


def _sign_page(ref: Ref, faults: tuple[FormFault, ...] = ()) -> ResponseReturnValue:
    hub, caller = current_hub(), current_caller()
    found = hub.register.detail(ref, caller=caller)
    ours = found.party(caller.practice)
    page = render_template(
        "agreement_sign.html",
        found=found,
        document=found.document,
        changes=hub.register.changes(ref, caller=caller),
        names=practice_names(hub),
        naming=naming,
        spaced=spaced,
        ours=ours,
        may_sign="sign" in _may(found),
        signs_as=naming.ROLES[ours.signatory_role] if ours else "",
        proved=step_up.fresh(),
        proof_page=step_up.proof_page(url_for("web.sign_form", code=ref.code, version=ref.version)),
        faults=faults,
        may_ask=True,
    )
    return page, 422 if faults else 200


@blueprint.post("/agreements/<code>/<int:version>/sign")
@requires(roles=LOOKERS)
def sign_agreement(code: str, version: int) -> ResponseReturnValue:
    """Sign what was on the screen."""
    ref = Ref(code, version)
    if request.form.get("agreed") != "yes":
        return _sign_page(ref, (FormFault("agreed", "Tick the box to say that you sign for your practice."),))
    proved_at = step_up.require_fresh()
    try:
        signed = current_hub().register.sign(
            ref, shown=request.form.get("digest", ""), proved_at=proved_at, caller=current_caller()
        )
    except (AnotherText, NotYourAgreement, NotNow) as problem:
        return _sign_page(ref, (FormFault("maincontent", f"{problem.message} {problem.next_step}"),))
    done = "in-force" if signed.status is AgreementStatus.IN_FORCE else "signed"
    return redirect(url_for("web.agreement_life", code=code, version=version, done=done), 303)


@blueprint.get("/agreements/<code>/<int:version>/file")
@requires(roles=LOOKERS)
def agreement_file(code: str, version: int) -> ResponseReturnValue:
    """The agreement as a file (docs/agreement-file.md)."""
    found = current_hub().register.detail(Ref(code, version), caller=current_caller())
    return _download(exchange.write(found.document).encode(), f"{code}-v{version}.json", "application/json")


@blueprint.get("/agreements/<code>/<int:version>/files/<sha256>")
@requires(roles=LOOKERS)
def attached_file(code: str, version: int, sha256: str) -> ResponseReturnValue:
    """A file of the agreement, only ever as a download."""
    kept = current_hub().register.attachment(Ref(code, version), sha256, caller=current_caller())
    if kept is None:
        abort(404)
    name, media_type, content = kept
    return _download(content, name, media_type)


def _download(content: bytes, name: str, media_type: str) -> Response:
    answer = Response(content, mimetype=media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
