"""Renewing an agreement that runs out: the draft of its next version, as long again unless other dates are typed."""

from datetime import date

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from hub.auth.access import current_caller, requires
from hub.schemas.fields import FormFault
from hub.schemas.renewing import Term, following, renewal_of
from hub.web.blueprint import blueprint
from hub.web.sharing.agreement_life import follower, offered
from hub.web.sharing.agreements_list import LOOKERS
from hub.wiring import current_hub
from sharing_agreements import naming
from sharing_agreements.deeds import NotYourAgreement
from sharing_agreements.drafting import CodeTaken, Ref
from sharing_agreements.lifecycle import Act, NotNow
from sharing_agreements.showing import AgreementDetail
from vocabulary.times import london_date


@blueprint.get("/agreements/<code>/<int:version>/renew")
@requires(roles=LOOKERS)
def renew_form(code: str, version: int) -> ResponseReturnValue:
    """The dates that would follow."""
    return _page(Ref(code, version))


@blueprint.post("/agreements/<code>/<int:version>/renew")
@requires(roles=LOOKERS)
def renew_agreement(code: str, version: int) -> ResponseReturnValue:
    """Begin the draft; then its page, from where it is proposed."""
    ref, register, caller = Ref(code, version), current_hub().register, current_caller()
    term, faults = renewal_of(request.form, _proposed(register.detail(ref, caller=caller)))
    if term is None:
        return _page(ref, faults)
    try:
        drafted = register.renew(
            ref, starts_at=term.starts_at, review_on=term.review_on, ends_at=term.ends_at, caller=caller
        )
    except (NotYourAgreement, NotNow, CodeTaken) as problem:
        return _page(ref, (FormFault("maincontent", f"{problem.message} {problem.next_step}"),))
    return redirect(url_for("web.agreement", code=drafted.code, version=drafted.version, done="renewed"), 303)


def _proposed(found: AgreementDetail) -> Term:
    review = found.document.review_on or london_date(found.ends_at)
    return following(Term(found.starts_at, review, found.ends_at), current_hub().clock.now())


def _page(ref: Ref, faults: tuple[FormFault, ...] = ()) -> ResponseReturnValue:
    found = current_hub().register.detail(ref, caller=current_caller())
    proposed = _proposed(found)
    days = {"starts-on": proposed.first, "review-on": proposed.review_on, "ends-on": proposed.last}
    page = render_template(
        "agreement_renew.html",
        found=found,
        document=found.document,
        naming=naming,
        may_renew=Act.RENEW.value in offered(found),
        follower=follower(found),
        days={name: request.form.get(name) or _typed(day) for name, day in days.items()},
        faults=faults,
        may_ask=True,
    )
    return page, 422 if faults else 200


def _typed(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"
