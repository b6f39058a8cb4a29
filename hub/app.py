"""create_app: one application out of the three doors, the guard before them and the error pages behind."""

from functools import partial

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from hub import api, audit, commands, database, errors, fhir, health, legible, logs, metrics, proof, trace
from hub.auth import access, headers, login, staying
from hub.auth import commands as session_commands
from hub.auth.provider import SignInService
from hub.auth.sessions import SessionStore
from hub.auth.tokens import BearerTokens
from hub.config import Config
from hub.web import door
from hub.wiring import EXTENSION, Hub, open_hub

_LARGEST_FORM = 256 * 1024


def create_app(config: Config, *, hub: Hub | None = None) -> Flask:
    """The hub as a WSGI application; a test may bring a hub put together otherwise."""
    app = Flask("hub", static_folder="web/static", template_folder="web/templates")
    app.config.update(
        SECRET_KEY=config.secret_key.reveal(),
        MAX_CONTENT_LENGTH=_LARGEST_FORM,
        MAX_FORM_PARTS=100,
        SESSION_COOKIE_NAME=f"{config.cookie_name}_flask",  # never set: sessions are ours (hub/auth/sessions.py)
        PREFERRED_URL_SCHEME="https" if config.secure else "http",
    )
    if config.proxies:
        count = config.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    database.register(app, config)
    hub = hub or open_hub(config, engine=database.engine_of(app))
    app.extensions[EXTENSION] = hub
    logs.configure(app)
    trace.register(app)
    metrics.register(app)
    legible.register(app)
    access.register(
        app, access.Doorkeepers(SessionStore(hub.work, hub.clock), BearerTokens(config, hub.address_book, hub.clock))
    )
    app.extensions[login.EXTENSION] = SignInService(config, hub.clock)
    staying.register(app)
    door.register(app, config, hub)
    api.register(app)
    fhir.register(app)
    app.register_blueprint(health.blueprint)
    app.extensions[health.START_UP] = partial(health.refusal_to_start, hub)
    app.register_blueprint(proof.blueprint)
    app.extensions[audit.EXTENSION] = audit.Audit(hub)
    commands.register(app)
    session_commands.register(app)
    headers.register(app, config)
    errors.register(app)
    return app
