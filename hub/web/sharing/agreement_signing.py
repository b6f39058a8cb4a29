"""Signing an agreement at a browser: the text and its fingerprint, a fresh proof, one button; and its files."""

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from hub.auth import step_up
from hub.auth.access import current_caller, requires
from hub.auth.problems import StepUpNeeded
from hub.schemas.fields import FormFault
from hub.web import navigation
from hub.web.blueprint import blueprint
from hub.web.naming import practice_names
from hub.web.sharing.agreement_life import offered, proof_page
from hub.web.sharing.agreements_list import LOOKERS
from hub.wiring import current_hub
from sharing_agreements import exchange, naming
from sharing_agreements.deeds import NotYourAgreement
from sharing_agreements.document import spaced
from sharing_agreements.drafting import Ref
from sharing_agreements.lifecycle import NotNow
from sharing_agreements.signing import AnotherText, ProofTooOld
from vocabulary.agreements import AgreementStatus


@blueprint.get("/agreements/<code>/<int:version>/sign")
@requires(roles=LOOKERS)
def sign_form(code: str, version: int) -> ResponseReturnValue:
    """The text, its digest, and the button, once one has proved who one is."""
    return _page(Ref(code, version))


def _page(ref: Ref, faults: tuple[FormFault, ...] = ()) -> ResponseReturnValue:
    hub, caller = current_hub(), current_caller()
    found = hub.register.detail(ref, caller=caller)
    ours, in_text = found.party(caller.practice), found.document.party(caller.practice)
    named = in_text.signatory if in_text else ""
    page = render_template(
        "agreement_sign.html",
        found=found,
        document=found.document,
        changes=hub.register.changes(ref, caller=caller),
        names=practice_names(),
        naming=naming,
        spaced=spaced,
        ours=ours,
        may_sign="sign" in offered(found),
        named=named,
        same=naming.same_person(named, caller.name),
        signs_as=naming.ROLES[ours.signatory_role] if ours else "",
        proof_page=proof_page(url_for("web.sign_form", code=ref.code, version=ref.version)),
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
        return _page(ref, (FormFault("agreed", "Tick the box to say that you sign for your practice."),))
    try:
        signed = current_hub().register.sign(
            ref, shown=request.form.get("digest", ""), proved_at=step_up.require_fresh(), caller=current_caller()
        )
    except (AnotherText, NotYourAgreement, NotNow, ProofTooOld, StepUpNeeded) as problem:
        return _page(ref, (FormFault("maincontent", f"{problem.message} {problem.next_step}"),))
    navigation.acted_on_agreements(current_caller())
    done = "in-force" if signed.status is AgreementStatus.IN_FORCE else "signed"
    return redirect(url_for("web.agreement", code=code, version=version, done=done), 303)


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
