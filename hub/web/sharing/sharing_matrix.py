"""Who shares what with whom, to be looked at: the matrix, its picture, and the same as a plain table."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from hub.auth.access import current_caller, requires
from hub.web.blueprint import blueprint
from hub.web.sharing import matrix
from hub.web.sharing.agreements_list import LOOKERS
from hub.web.sharing.matrix_picture import HEADS, LABELS, LEANING, picture
from hub.wiring import current_hub
from sharing_agreements.access_map import access_map
from sharing_agreements.register import sees_all
from vocabulary.identifiers import OdsCode
from vocabulary.purposes import Scope


@blueprint.get("/sharing")
@requires()
def sharing() -> ResponseReturnValue:
    """The matrix: everybody's for a federation admin, else of those who have an agreement with one's own practice."""
    hub, caller = current_hub(), current_caller()
    listed = (view.terms for view in hub.address_book.agreements(caller))
    terms = [one for one in listed if one.status != "draft"]  # nobody has been asked for anything yet
    known = access_map(terms, hub.clock.now(), switches=hub.address_book.pulled_switches())
    named = {ods for pair in known for ods in pair} | {caller.practice}
    practices = [one for one in hub.address_book.practices() if sees_all(caller) or one.ods in named]
    groups = matrix.grouped(practices, hub.address_book.clusters(), caller.practice)
    scope = _scope()
    all_open = len(practices) <= matrix.ALL_OPEN
    opened = request.args.get("cluster", "")
    if opened not in {group.code for group in groups}:
        opened = _own(groups, caller.practice)
    shown, left_out = (groups, 0) if all_open else matrix.with_neighbours(groups, opened, known)
    as_table = request.args.get("as") == "table"
    drawn = None if all_open or as_table else picture(matrix.table(groups, known, scope))
    return render_template(
        "sharing.html",
        groups=groups,
        table=matrix.table(shown, known, scope),
        lines=matrix.lines(groups, known, scope, cluster=None if all_open else opened) if as_table else (),
        left_out=left_out,
        as_table=as_table,
        picture=drawn,
        extent=drawn.width - LABELS - LEANING if drawn else 0,
        left=LABELS,
        top=HEADS,
        clusters=matrix.summary(groups, known) if not all_open else (),
        all_open=all_open,
        opened=next((group for group in groups if group.code == opened), None),
        scope=scope,
        scopes=matrix.NAMES,
        letters=matrix.LETTERS,
        marks=matrix.MARKS,
        all_of_them=sees_all(caller),
        may_ask=caller.role in LOOKERS,
    )


def _scope() -> Scope | None:
    try:
        return Scope(request.args.get("scope", ""))
    except ValueError:
        return None


def _own(groups: tuple[matrix.Group, ...], us: OdsCode) -> str:
    own = next((group.code for group in groups for entry in group.entries if entry.ods == us.value), None)
    return own if own is not None else groups[0].code if groups else ""
