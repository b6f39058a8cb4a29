"""Every view says who may reach it, and what it says is what is meant."""

from hub.auth.access import Level, access_of
from tests.house.app import application

PUBLIC_BY_DESIGN = {
    "static",
    "health.live",
    "health.ready",
    "metrics.metrics",
    "proof.roots",  # the signed roots name nobody, and are worth something only in everybody's hands
    "proof.one_root",
    "proof.verifier",
    "api_docs.docs",
    "api_docs.openapi",
    "api_docs.style",
    "web.public_register",  # what every patient may know: who shares what, no staff, no patients
    "web.public_practice",
    "fhir.serve",  # proves its caller itself: by the connection and the audit token (tests/hub/fhir/test_door.py)
}
PROVE_THEIR_CALLERS_THEMSELVES = {"auth.back_channel_logout", "fhir.serve"}


def test_every_view_says_who_may_reach_it() -> None:
    app = application()
    unmarked = [
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"OPTIONS"})
        if access_of(app.view_functions[rule.endpoint], method) is None
    ]
    assert not unmarked


def test_nothing_of_the_json_door_is_open_to_the_public() -> None:
    app = application()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1"):
            for method in (rule.methods or set()) - {"OPTIONS"}:
                access = access_of(app.view_functions[rule.endpoint], method)
                assert access is not None and access.level is Level.WORKING, rule.rule


def test_what_is_public_is_public_on_purpose() -> None:
    app = application()
    public = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if (access := access_of(app.view_functions[rule.endpoint], "GET")) and access.level is Level.PUBLIC
    }
    extra = {endpoint for endpoint in public - PUBLIC_BY_DESIGN if not endpoint.startswith("auth.")}
    assert not extra, "say here why these are public"


def test_who_proves_its_caller_by_itself_does_so_on_purpose() -> None:
    app = application()
    found = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}
        if (access := access_of(app.view_functions[rule.endpoint], method)) and access.own_proof
    }
    assert found == PROVE_THEIR_CALLERS_THEMSELVES


def test_the_gp_connect_door_is_shut_where_nobody_opened_it() -> None:
    answer = application().test_client().get("/Y90001/STU3/1/gpconnect/metadata")
    assert (answer.status_code, answer.get_json(force=True)["resourceType"]) == (403, "OperationOutcome")


def test_no_address_has_room_for_an_nhs_number() -> None:
    arguments = {argument for rule in application().url_map.iter_rules() for argument in rule.arguments}
    assert not {name for name in arguments if "nhs" in name or "number" in name or "patient" in name}


def test_templates_of_every_kind_escape() -> None:
    app = application()
    for name in ("page.html", "macro.jinja", "mail.txt", "noname"):
        how = app.jinja_env.autoescape
        assert how is True or (callable(how) and how(name)), name
    assert app.jinja_env.from_string("{{ name }}").render(name="<b>") == "&lt;b&gt;"
