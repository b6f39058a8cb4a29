"""A whole cluster's agreements from one table, at a browser: the file, what it would do, then the drafts."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from hub.auth.access import current_caller, requires
from hub.schemas.fields import FormFault
from hub.web.blueprint import blueprint
from hub.web.naming import practice_names
from hub.wiring import current_hub
from sharing_agreements import exchange, onboarding
from sharing_agreements.document_reading import UnreadableAgreement
from sharing_agreements.onboarding import Plan
from vocabulary.people import UserRole

BIGGEST_TABLE = 512 * 1024
_ONBOARDERS = frozenset({UserRole.FEDERATION_ADMIN})


@blueprint.url_value_preprocessor
def make_room_for_tables(endpoint: str | None, _values: object) -> None:
    """The table comes as a file, then as a field of the form that confirms it."""
    if endpoint == "web.onboard_cluster":
        request.max_content_length = 4 * BIGGEST_TABLE
        request.max_form_memory_size = 4 * BIGGEST_TABLE


@blueprint.get("/agreements/onboard")
@requires(roles=_ONBOARDERS)
def onboarding_form() -> ResponseReturnValue:
    """Which file."""
    return _page()


@blueprint.post("/agreements/onboard")
@requires(roles=_ONBOARDERS)
def onboard_cluster() -> ResponseReturnValue:
    """What the file would do; or, once that was seen, the drafts."""
    register, caller = current_hub().register, current_caller()
    file = request.files.get("file")
    try:
        sent = file.read(BIGGEST_TABLE + 1) if file else b""
        too_large = len(sent) > BIGGEST_TABLE
        text = request.form.get("table") or ("" if too_large else sent.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _page((FormFault("file", "It is not text in UTF-8. Save it as “CSV UTF-8” and choose it again."),))
    if too_large or len(text) > BIGGEST_TABLE:
        return _page((FormFault("file", "The file is larger than 512 kilobytes. Cut it in two, code by code."),))
    if not text.strip():
        return _page((FormFault("file", "Choose a file with one line a party."),))
    if request.form.get("apply") != "yes":
        return _page(plan=onboarding.plan(register, text, caller=caller), table=text)
    try:
        done = onboarding.carry_out(register, text, caller=caller)
    except UnreadableAgreement:  # somebody was quicker since it was shown
        return _page(plan=onboarding.plan(register, text, caller=caller), table=text)
    return render_template("agreements_onboarded.html", done=done, may_ask=True)


def _page(faults: tuple[FormFault, ...] = (), *, plan: Plan | None = None, table: str = "") -> ResponseReturnValue:
    hindered = plan is not None and not plan.can_be_done
    if hindered and not faults:
        faults = (FormFault("hindrances", "Nothing can be drafted yet: see what hinders it."),)
    page = render_template(
        "agreements_onboard.html",
        columns=exchange.COLUMNS,
        plan=plan,
        table=table,
        names=practice_names(),
        faults=faults,
        may_ask=True,
    )
    return page, 422 if faults else 200
