"""One agreement at a browser: its text, who is missing, what a version changes; proposing, suspending, amending it.

Ending and leaving what grants something are on the page “What if it changed?”, which shows first what would follow.
"""

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from hub.auth import step_up
from hub.auth.access import current_caller, requires
from hub.auth.problems import StepUpNeeded
from hub.schemas.fields import FormFault, date_fault, read_date
from hub.schemas.plain import printable
from hub.web.blueprint import blueprint
from hub.web.naming import practice_names
from hub.web.sharing import agreement_lines, agreement_news
from hub.web.sharing.agreements_list import LOOKERS
from hub.web.sharing.drafting_pages import STEPS
from hub.wiring import current_hub
from sharing_agreements import exchange, lifecycle, naming
from sharing_agreements.deeds import DeedRefused, NotYourAgreement
from sharing_agreements.document import spaced
from sharing_agreements.drafting import CodeTaken, Ref
from sharing_agreements.lifecycle import Act, NotNow
from sharing_agreements.register import sees_all
from sharing_agreements.showing import AgreementDetail
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
    "put-off": "Its end is put off. The parties are told. Bookings that were listed to be moved stay on those lists.",
    "declined": "Your practice does not sign it, so it cannot come into force with this text. The others are told why.",
    "renewed": "This is the draft that renews it. Check it and propose it: with new dates every party signs again.",
    "ended": "It has been given up.",
}


@blueprint.get("/agreements/desk")
@requires(roles=LOOKERS)
def agreements_desk() -> ResponseReturnValue:
    """What waits for somebody: signatures of one's own, drafts, what is expiring."""
    register, caller = current_hub().register, current_caller()
    drafts = register.summaries(AgreementStatus.DRAFT, caller=caller)
    proposed = register.summaries(AgreementStatus.PROPOSED, caller=caller)
    return render_template(
        "agreements_desk.html",
        to_sign=register.to_sign(caller=caller),
        happened=agreement_news.unseen_lines(),
        drafts=[each for each in drafts if drafts_it(each.drafted_for)],
        of_others=[each for each in drafts if not drafts_it(each.drafted_for)],
        proposed=proposed,
        followed={each.code for each in (*drafts, *proposed)},
        notices=register.notices(caller=caller),
        names=practice_names(),
        naming=naming,
        all_of_them=sees_all(caller),
        may_ask=True,
    )


@blueprint.get("/agreements/<code>/<int:version>")
@requires()
def agreement(code: str, version: int) -> ResponseReturnValue:
    """Where it stands, what it says clause by clause, who has signed; and for who answers for it, what can be done."""
    return show(Ref(code, version))


def show(ref: Ref, faults: tuple[FormFault, ...] = ()) -> ResponseReturnValue:
    """One agreement's page."""
    hub, caller = current_hub(), current_caller()
    found = hub.register.detail(ref, caller=caller)
    now, may_ask = hub.clock.now(), caller.role in LOOKERS
    state = agreement_lines.state_at(found.status, found.ends_at, now)
    page = render_template(
        "agreement.html",
        found=found,
        document=found.document,
        state=state,
        status=agreement_lines.STATUS[state],
        deadline=agreement_lines.deadline_of(state, found.ends_at, found.document.review_on, now),
        follower=follower(found),
        changes=hub.register.changes(ref, caller=caller),
        history=agreement_news.lines(hub.register.history(ref, caller=caller), practice_names()),
        gaps=hub.register.gaps(found.document) if found.status is AgreementStatus.DRAFT and may_ask else (),
        asked=hub.register.to_be_asked(ref, caller=caller) if found.status is AgreementStatus.DRAFT and may_ask else (),
        steps=STEPS,
        names=practice_names(),
        naming=naming,
        spaced=spaced,
        acts=offered(found) if may_ask else frozenset(),
        ours=found.party(caller.practice),
        proof_page=proof_page(url_for("web.agreement", code=ref.code, version=ref.version, _anchor="acts")),
        done=_DONE.get(request.args.get("done", ""), ""),
        sent=request.form,
        faults=faults,
        may_ask=may_ask,
    )
    return page, 422 if faults else 200


def proof_page(back: str) -> str:
    """Where one proves who one is; empty for who just has."""
    return "" if step_up.fresh() else step_up.proof_page(back)


def follower(found: AgreementDetail) -> int | None:
    """The later version that is drafted, waits for signatures or is signed already, if there is one."""
    over = (AgreementStatus.ENDED, AgreementStatus.EXPIRED)
    later = [number for number, status in found.versions if number > found.document.version and status not in over]
    return max(later, default=None)


def drafts_it(drafted_for: str) -> bool:
    """Whether this person may change it while it is a draft."""
    caller = current_caller()
    return sees_all(caller) or drafted_for == caller.practice.value


def offered(found: AgreementDetail) -> frozenset[str]:
    """What this person is offered; the register decides."""
    caller, ours = current_caller(), found.party(current_caller().practice)
    acts = {act.value for act in lifecycle.acts(found.status)}
    staying = ours is not None and ours.left_at is None
    waits = staying and ours is not None and ours.must_sign and ours.signature is None
    if not waits or (ours is not None and caller.role is not ours.signatory_role):
        acts -= {Act.SIGN.value}
    if any(party.signature for party in found.parties):
        acts -= {Act.TAKE_BACK.value}
    if not waits or sees_all(caller):
        acts -= {Act.DECLINE.value}
    if not staying or sees_all(caller):
        acts -= {Act.LEAVE.value}
    if not sees_all(caller) and found.suspended_by not in ("", caller.practice.value):
        acts -= {Act.RESUME.value}
    if found.status is AgreementStatus.PROPOSED and not drafts_it(found.drafted_for):
        acts -= {Act.AMEND.value}
    if not drafts_it(found.drafted_for):
        acts -= {Act.REVISE.value, Act.PROPOSE.value, Act.TAKE_BACK.value, Act.END.value}
    if not staying and not sees_all(caller):
        acts -= {Act.SUSPEND.value, Act.RESUME.value, Act.AMEND.value, Act.RENEW.value}
    if not sees_all(caller) or not found.end_planned:
        acts -= {Act.PUT_OFF.value}
    if not sees_all(caller) and found.status in (AgreementStatus.IN_FORCE, AgreementStatus.SUSPENDED):
        acts -= {Act.END.value}
    if follower(found):
        acts -= {Act.AMEND.value, Act.RENEW.value}
    return frozenset(acts)


@blueprint.post("/agreements/<code>/<int:version>/propose")
@requires(roles=LOOKERS)
def propose_agreement(code: str, version: int) -> ResponseReturnValue:
    """Fix the text, or show what is missing."""

    def propose(ref: Ref) -> str:
        return current_hub().register.propose(ref, caller=current_caller()).value

    return _act(Ref(code, version), propose)


@blueprint.post("/agreements/<code>/<int:version>/<any('take-back', suspend, resume, decline, 'give-up'):what>")
@requires(roles=LOOKERS)
def act_on_agreement(code: str, version: int, what: str) -> ResponseReturnValue:
    """One act, with its reason where it needs one."""
    register, caller = current_hub().register, current_caller()
    reason = printable(request.form.get("reason", ""))
    acts: dict[str, tuple[str, Callable[[Ref], object]]] = {
        "take-back": ("taken-back", lambda ref: register.take_back(ref, caller=caller)),
        "suspend": ("suspended", lambda ref: register.suspend(ref, reason, caller=caller)),
        "resume": ("resumed", lambda ref: register.resume(ref, reason, caller=caller)),
        "decline": ("declined", lambda ref: register.decline(ref, reason, caller=caller)),
        "give-up": ("ended", lambda ref: _give_up(ref, reason)),
    }
    done, act = acts[what]

    def carry_out(ref: Ref) -> str:
        if what in _WANTS_PROOF:
            step_up.require_fresh()
        act(ref)
        return done

    return _act(Ref(code, version), carry_out, field=f"reason-{what}")


_WANTS_PROOF = frozenset({"resume", "decline"})
"""It binds a practice, or lets data flow again. Suspending only protects: it has to be at hand."""


@blueprint.post("/agreements/<code>/<int:version>/put-off")
@requires(roles=LOOKERS)
def put_agreement_off(code: str, version: int) -> ResponseReturnValue:
    """Let an end that was planned come later, or when it was signed for."""
    typed = request.form.get("on", "").strip()
    day = read_date(typed)
    ref = Ref(code, version)
    if typed and day is None:
        return show(ref, (FormFault("on", date_fault(typed, example="31/3/2027")),))

    def put_off(ref: Ref) -> str:
        step_up.require_fresh()
        until = exchange.day_is_over(day) if day else None
        reason = printable(request.form.get("reason", ""))
        current_hub().register.put_off(ref, reason, caller=current_caller(), at=until)
        return "put-off"

    return _act(ref, put_off, field="reason-put-off")


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
        return show(ref, (FormFault("gaps", "It cannot be proposed yet: see what is missing."),))
    except (DeedRefused, NotYourAgreement, NotNow, CodeTaken, StepUpNeeded) as problem:
        at = field if isinstance(problem, DeedRefused) else "maincontent"
        return show(ref, (FormFault(at, f"{problem.message} {problem.next_step}"),))
    return redirect(url_for("web.agreement", code=ref.code, version=ref.version, done=done), 303)


@blueprint.post("/agreements/<code>/<int:version>/amend")
@requires(roles=LOOKERS)
def amend_agreement(code: str, version: int) -> ResponseReturnValue:
    """Begin the next version with this one's text."""
    ref = Ref(code, version)
    try:
        drafted = current_hub().register.amend(ref, caller=current_caller())
    except (NotYourAgreement, NotNow, CodeTaken, DeedRefused) as problem:
        return show(ref, (FormFault("maincontent", f"{problem.message} {problem.next_step}"),))
    return redirect(url_for("web.agreement", code=drafted.code, version=drafted.version), 303)
