"""Headers on every answer: nothing but our own scripts and styles runs, and nothing with data is kept anywhere."""

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from hub.config import Config

_FOREVER = "public, max-age=31536000, immutable"


def csp_nonce() -> str:
    """This answer's nonce, for the one inline script a page has."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def frame_ours() -> None:
    """Let this answer hold a frame with a page of ours in it."""
    g.frames_ours = True


def register(app: Flask, config: Config) -> None:
    """Set the headers after every request. A header that a view set itself stays."""
    issuer = urlsplit(config.oidc_issuer)
    sign_in = f" {issuer.scheme}://{issuer.netloc}" if issuer.netloc else ""

    @app.after_request
    def harden(response: Response) -> Response:
        headers = response.headers
        if request.endpoint == "static":
            if "v" in request.args:
                headers["Cache-Control"] = _FOREVER
        else:
            headers.setdefault("Cache-Control", "no-store")
        if "Content-Security-Policy" not in headers:
            headers["Content-Security-Policy"] = _policy(
                g.get("csp_nonce"), sign_in, framing=g.get("frames_ours", False)
            )
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if config.secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        return response


def _policy(nonce: str | None, sign_in: str, *, framing: bool) -> str:
    frames = "frame-src 'self'; object-src 'self'; " if framing else ""
    script = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    # Signing out is a form of ours that ends in a redirect to the sign-in service: form-action covers both.
    return (
        f"default-src 'none'; script-src {script}; style-src 'self'; img-src 'self' data:; font-src 'self'; {frames}"
        f"connect-src 'self'; form-action 'self'{sign_in}; frame-ancestors 'none'; base-uri 'none'"
    )
