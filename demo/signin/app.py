"""The provider's addresses: OpenID Connect for the hub, a page for people, and a door for demo tokens."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus, urlencode, urlsplit

from flask import Flask, Response, abort, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from demo import people
from demo.signin.claims import SCOPES
from demo.signin.logout import LogoutCaller
from demo.signin.pages import grouped
from demo.signin.provider import Provider, Refusal
from vocabulary.people import UserRole


def create_app(provider: Provider, caller: LogoutCaller, *, practice_names: Mapping[str, str]) -> Flask:
    """The provider as a web application. It answers to loopback names only."""
    app = Flask(__name__)
    _add_protocol(app, provider)
    _add_ending(app, provider, caller)
    _add_pages(app, provider, practice_names)
    _add_demo_doors(app, provider)
    hub = urlsplit(provider.client.hub_url)

    @app.before_request
    def refuse_other_names() -> None:
        # A page from elsewhere whose name was made to point at 127.0.0.1 must not read our answers.
        if request.host.partition(":")[0] not in ("127.0.0.1", "localhost"):
            abort(421)

    @app.after_request
    def harden(response: Response) -> Response:
        # A form here ends in a redirect to the hub, which the policy has to allow by name.
        policy = (
            f"default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self' {hub.scheme}://{hub.netloc}"
        )
        response.headers["Content-Security-Policy"] = f"{policy}; frame-ancestors 'none'; base-uri 'none'"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return app


def _add_protocol(app: Flask, provider: Provider) -> None:
    @app.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        at = provider.issuer
        return jsonify(
            issuer=at,
            authorization_endpoint=f"{at}/authorize",
            token_endpoint=f"{at}/token",
            userinfo_endpoint=f"{at}/userinfo",
            jwks_uri=f"{at}/jwks",
            end_session_endpoint=f"{at}/end-session",
            response_types_supported=["code"],
            grant_types_supported=["authorization_code"],
            subject_types_supported=["public"],
            scopes_supported=list(SCOPES),
            id_token_signing_alg_values_supported=["RS256"],
            token_endpoint_auth_methods_supported=["client_secret_basic", "client_secret_post"],
            code_challenge_methods_supported=["S256"],
            backchannel_logout_supported=True,
            backchannel_logout_session_supported=True,
        )

    @app.get("/jwks")
    def jwks() -> Response:
        return jsonify(provider.keys.published())

    @app.get("/authorize")
    def authorize() -> AnyResponse:
        asked = request.args.to_dict()
        # Until both are known to be the hub's, an error is shown here: redirecting would make this an open redirect.
        if asked.get("client_id") != provider.client.id:
            return _explain(provider, "This sign-in was asked for by a client that is not registered here.")
        if not provider.client.owns(asked.get("redirect_uri", "")):
            return _explain(provider, "This sign-in would lead to an address that is not the hub's.")
        try:
            key = provider.begin(asked)
        except Refusal as refusal:
            return _back(
                asked["redirect_uri"],
                {"error": refusal.code, "error_description": refusal.description, "state": asked.get("state", "")},
            )
        return redirect(url_for("choose", request=key), 303)

    @app.post("/token")
    def token() -> AnyResponse:
        if not _client_is_proved(provider):
            return _oauth_error(Refusal("invalid_client", "the client's id or secret is wrong"), 401)
        if request.form.get("grant_type") != "authorization_code":
            return _oauth_error(Refusal("unsupported_grant_type", "only authorization_code is offered"))
        try:
            tokens = provider.redeem(
                request.form.get("code", ""),
                redirect_uri=request.form.get("redirect_uri", ""),
                verifier=request.form.get("code_verifier", ""),
            )
        except Refusal as refusal:
            return _oauth_error(refusal)
        return jsonify(tokens)

    @app.route("/userinfo", methods=["GET", "POST"])
    def userinfo() -> AnyResponse:
        scheme, _, access_token = request.headers.get("Authorization", "").partition(" ")
        claims = provider.user_info(access_token) if scheme.lower() == "bearer" else None
        if claims is None:
            response = _oauth_error(Refusal("invalid_token", "the access token is missing, unknown or too old"), 401)
            response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
            return response
        return jsonify(claims)


def _add_ending(app: Flask, provider: Provider, caller: LogoutCaller) -> None:
    @app.route("/end-session", methods=["GET", "POST"])
    def end_session() -> AnyResponse:
        ended = provider.end(request.values.get("id_token_hint", ""))
        if ended:
            caller.tell([ended])
        target = request.values.get("post_logout_redirect_uri", "")
        if target and provider.client.owns(target):
            state = request.values.get("state")
            return _back(target, {"state": state} if state else {})
        return app.make_response(render_template("ended.html", hub_url=provider.client.hub_url))

    @app.post("/sign-out-everywhere")
    def sign_out_everywhere() -> AnyResponse:
        person = people.person(request.form.get("person", ""))
        if person is None:
            abort(404)
        ended = provider.end_all(person)
        caller.tell(ended)
        return redirect(url_for("index", ended=len(ended)), 303)


def _add_pages(app: Flask, provider: Provider, practice_names: Mapping[str, str]) -> None:
    @app.get("/")
    def index() -> str:
        groups = grouped(request.args.get("q", ""), practice_names)
        ended = request.args.get("ended", type=int)
        return render_template("people.html", groups=groups, hub_url=provider.client.hub_url, ended=ended)

    @app.get("/choose")
    def choose() -> AnyResponse:
        key = request.args.get("request", "")
        if provider.waiting(key) is None:
            return _explain(provider, "This sign-in has waited too long or was already used.")
        groups = grouped(request.args.get("q", ""), practice_names)
        return app.make_response(render_template("choose.html", groups=groups, key=key, q=request.args.get("q", "")))

    @app.post("/choose")
    def chosen() -> AnyResponse:
        key = request.form.get("request", "")
        if "cancel" in request.form:
            given_up = provider.abandon(key)
            if given_up:
                return _back(given_up.redirect_uri, {"error": "access_denied", "state": given_up.state})
        person = people.person(request.form.get("person", ""))
        done = provider.choose(key, person) if person else None
        if done is None:
            return _explain(provider, "This sign-in has waited too long or was already used.")
        asked, code = done
        return _back(asked.redirect_uri, {"code": code, "state": asked.state, "iss": provider.issuer})

    @app.get("/health/live")
    def live() -> Response:
        return jsonify(status="live")


def _add_demo_doors(app: Flask, provider: Provider) -> None:
    @app.post("/demo/token")
    def demo_token() -> AnyResponse:
        given = request.get_json(silent=True) or request.form.to_dict()
        person = people.person(str(given.get("person", "")))
        if person is None:
            return _oauth_error(Refusal("invalid_request", "nobody here has that id; the list of people is at /"), 404)
        try:
            role = UserRole(given["role"]) if given.get("role") else None
            made = provider.api_token(person, role=role, practice=given.get("practice") or None)
        except (Refusal, ValueError):
            return _oauth_error(Refusal("invalid_request", "this person has no such role or practice"))
        return jsonify(access_token=made, token_type="Bearer", expires_in=3600)  # noqa: S106 -- the kind, not a secret

    @app.post("/rotate")
    def rotate() -> Response:
        return jsonify(kid=provider.keys.rotate())


def _explain(provider: Provider, text: str) -> AnyResponse:
    page = render_template("explain.html", text=text, hub_url=provider.client.hub_url)
    return Response(page, status=400)


def _back(address: str, answers: dict[str, Any]) -> AnyResponse:
    """Redirect to the hub with these answers added to the address."""
    mark = "&" if urlsplit(address).query else "?"
    return redirect(f"{address}{mark}{urlencode(answers)}" if answers else address, 303)


def _oauth_error(refusal: Refusal, status: int = 400) -> Response:
    response = jsonify(error=refusal.code, error_description=refusal.description)
    response.status_code = status
    return response


def _client_is_proved(provider: Provider) -> bool:
    """Whether the request carries the client's id and secret, in the header or in the form."""
    scheme, _, coded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return provider.client.is_proved_by(request.form.get("client_id", ""), request.form.get("client_secret", ""))
    try:
        client_id, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return provider.client.is_proved_by(unquote_plus(client_id), unquote_plus(secret))
