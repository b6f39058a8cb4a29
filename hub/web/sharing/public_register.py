"""What anybody may read without signing in: for each practice, who can see what of its patients, and why.

The pages are the same for every reader and may be kept by caches; they name no staff and set no cookie.
"""

import hashlib

from flask import Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue

from hub.auth.access import public
from hub.web.blueprint import blueprint
from hub.web.sharing import matrix, public_words
from hub.wiring import current_hub
from sharing_agreements.access_map import access_map
from vocabulary.identifiers import OdsCode
from vocabulary.problems import InvalidValue
from vocabulary.times import london_date

_KEPT_FOR = 300  # seconds


@blueprint.get("/public/sharing")
@public
def public_register() -> ResponseReturnValue:
    """The practices, by cluster."""
    book = current_hub().address_book
    groups = matrix.grouped(book.practices(), book.clusters(), None)
    return _kept(render_template("public_index.html", groups=groups))


@blueprint.get("/public/sharing/<ods>")
@public
def public_practice(ods: str) -> ResponseReturnValue:
    """One practice: who can see what, why, since when, until when, and how to object."""
    hub = current_hub()
    try:
        practice = hub.address_book.practice(OdsCode.parse(ods))
    except InvalidValue:
        practice = None
    if practice is None or not practice.is_open:
        abort(404)
    agreements = [one for one in hub.address_book.published() if practice.ods in one.terms.parties]
    now = hub.clock.now()
    terms = [one.terms for one in agreements]
    known = access_map(terms, now, switches=hub.address_book.pulled_switches(), only=practice.ods)
    parts = public_words.parts(practice.ods, known, agreements, hub.address_book.practices())
    named = {sharer.agreement for part in parts for sharer in part.sharers}
    basis = public_words.bases(one for one in agreements if one.terms.label in named)
    return _kept(
        render_template(
            "public_practice.html",
            practice=practice,
            parts=parts,
            bases=basis,
            text=public_words.privacy_text(practice, parts, basis, now),
            today=london_date(now),
        )
    )


def _kept(page: str) -> Response:
    """Caches may keep it for five minutes; a browser that has it already is told so."""
    answer = make_response(page)
    answer.cache_control.public = True
    answer.cache_control.max_age = _KEPT_FOR
    answer.set_etag(hashlib.sha256(page.encode()).hexdigest()[:24])
    answer.make_conditional(request)
    return answer
