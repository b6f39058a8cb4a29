"""What would follow if an agreement ended, were suspended or changed, or a practice left: before anybody signs."""

import csv
import io
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from hub.auth import step_up
from hub.auth.access import current_caller, current_session, requires
from hub.schemas.fields import FormFault
from hub.schemas.plain import printable
from hub.schemas.proposing import EVERY, TypedProposal, proposal_of, proposal_typed
from hub.web.blueprint import blueprint
from hub.web.booking.desk import the_desk
from hub.web.naming import practice_names
from hub.web.sharing import what_if_words
from hub.web.sharing.agreements_list import LOOKERS
from hub.wiring import current_hub
from scheduling.consequences import CONTRACT, Consequences
from sharing_agreements.deeds import DeedRefused, ReasonWanted
from sharing_agreements.drafting import Ref
from sharing_agreements.proposals import Proposal, ProposalKind
from sharing_agreements.register import sees_all
from sharing_agreements.terms import Terms
from vocabulary.times import london

_CURRENT = ("in-force", "suspended", "proposed", "draft")


class _Chosen(NamedTuple):
    """What was chosen, and of what one may choose."""

    typed: TypedProposal
    known: dict[str, Terms]
    proposal: Proposal | None
    faults: tuple[FormFault, ...]

    @property
    def terms(self) -> Terms | None:
        return self.known.get(self.typed.agreement)


def _choose(sent: MultiDict[str, str]) -> _Chosen:
    hub, caller = current_hub(), current_caller()
    listed = [view.terms for view in hub.address_book.agreements(caller)]
    known = {str(terms.id): terms for terms in listed if terms.status in _CURRENT}
    typed = proposal_typed(sent, sent.getlist("clauses"), own=caller.practice)
    if "kind" not in sent:
        return _Chosen(typed, known, None, ())
    proposal, faults = proposal_of(typed, known, now=hub.clock.now())
    return _Chosen(typed, known, proposal, faults)


@blueprint.get("/what-if")
@requires(roles=LOOKERS)
def what_if() -> ResponseReturnValue:
    """The form; and with a proposal in the address, what would follow from it."""
    return _page(_choose(request.args))


def _page(chosen: _Chosen, *, reason: str = "", moves: tuple[str, ...] = ()) -> tuple[str, int]:
    hub = current_hub()
    names, now = practice_names(), hub.clock.now()
    found = the_desk().foresee(chosen.proposal, current_caller()) if chosen.proposal else None
    doing = _doing(chosen, now) if found else ""
    proved = step_up.fresh() is not None
    kept = {} if reason or moves or not doing else _kept(chosen.typed)
    page = render_template(
        "what_if.html",
        typed=chosen.typed,
        faults=chosen.faults,
        agreements=sorted(chosen.known.values(), key=lambda terms: (terms.title, terms.version)),
        terms=chosen.terms,
        parties=_parties(chosen, names),
        kinds=what_if_words.KINDS,
        every=EVERY,
        all_of_them=sees_all(current_caller()),
        told=what_if_words.told(found, chosen.terms, names, now) if found else None,
        contract=CONTRACT,
        people_words=what_if_words.people_words,
        as_csv={key: request.args.getlist(key) for key in request.args},
        doing=doing,
        own=_own(chosen) if chosen.typed.agreement == EVERY else (),
        proof_page="" if proved or _at_once(chosen) else step_up.proof_page(_address(chosen.typed)),
        too_late=bool(kept) and not proved,
        reason=reason or kept.get("reason", ""),
        moves=moves or tuple(kept.get("moves", ())),
        may_ask=True,
    )
    return page, 422 if chosen.faults else 200


def _parties(chosen: _Chosen, names: dict[str, str]) -> list[tuple[str, str]]:
    """Who may be thought of as leaving: any party for a federation admin, else one's own practice."""
    caller = current_caller()
    if not sees_all(caller):
        return [(caller.practice_name, caller.practice.value)]
    listed = (chosen.terms,) if chosen.terms else chosen.known.values()
    parties = {ods.value for terms in listed for ods in terms.parties}
    return sorted((names.get(ods, ods), ods) for ods in parties)


def _own(chosen: _Chosen) -> tuple[Terms, ...]:
    """What one's practice would leave, if it left everything."""
    us = current_caller().practice
    states = ("in-force", "suspended", "proposed")
    return tuple(
        terms for terms in chosen.known.values() if us in terms.parties - terms.left and terms.status in states
    )


def _doing(chosen: _Chosen, now: datetime) -> str:
    """What the button says that carries it out; empty for who may not, for what has to be drafted and signed, and for
    what takes effect at once while a later day is thought of."""
    proposal, caller = chosen.proposal, current_caller()
    if proposal is None or (proposal.kind is not ProposalKind.END and proposal.at > now):
        return ""
    own = proposal.practice == caller.practice and not sees_all(caller)
    if chosen.terms is None:
        return "Leave all of our agreements now" if own and _own(chosen) else ""
    if chosen.terms.status not in ("in-force", "suspended"):
        return ""
    label = chosen.terms.label
    if proposal.kind is ProposalKind.END and sees_all(caller):
        return f"End {label}"
    if proposal.kind is ProposalKind.SUSPEND and chosen.terms.status == "in-force":
        return f"Suspend {label} now"
    staying = own and caller.practice not in chosen.terms.left
    return f"Leave {label} now" if proposal.kind is ProposalKind.LEAVE and staying else ""


def _at_once(chosen: _Chosen) -> bool:
    """Suspending only protects and can be undone: in an emergency nobody is sent away to prove who they are."""
    return chosen.proposal is not None and chosen.proposal.kind is ProposalKind.SUSPEND


def _address(typed: TypedProposal) -> str:
    said = {
        "agreement": typed.agreement,
        "kind": typed.kind,
        "on": typed.on,
        "at": typed.at,
        "practice": typed.practice,
    }
    return f"{url_for('web.what_if')}?{urlencode({name: value for name, value in said.items() if value})}"


def _keep(typed: TypedProposal, reason: str, moves: tuple[str, ...]) -> None:
    """Nothing typed is lost by being sent to prove who one is."""
    session = current_session()
    if session is not None:
        session.put(step_up.MEANWHILE, {"address": _address(typed), "reason": reason, "moves": list(moves)})


def _kept(typed: TypedProposal) -> dict[str, Any]:
    session = current_session()
    kept: dict[str, Any] = (session.data.get(step_up.MEANWHILE) if session else None) or {}
    return kept if kept.get("address") == _address(typed) else {}


@blueprint.post("/what-if")
@requires(roles=LOOKERS)
def carry_out() -> ResponseReturnValue:
    """Do what was foreseen, with a choice for each group of bookings: kept, or put on a list to be moved."""
    chosen = _choose(request.form)
    reason = printable(request.form.get("reason", ""))
    moves = tuple(name.removeprefix("group-") for name, said in request.form.items() if said == "move")
    proposal, terms = chosen.proposal, chosen.terms
    if proposal is None or (terms is None and chosen.typed.agreement != EVERY):
        return _page(chosen)
    if not _at_once(chosen) and step_up.fresh() is None:
        _keep(chosen.typed, reason, moves)
        return redirect(_address(chosen.typed) + "#do-it", 303)
    ref = Ref(terms.code, terms.version) if terms else None
    if terms is not None and proposal.kind is ProposalKind.LEAVE and current_caller().practice in terms.left:
        said = f"Your practice has left {terms.label} already: nothing was done now."
        return _page(chosen._replace(faults=(FormFault("maincontent", said),)))
    try:
        done = the_desk().carry_out(proposal, ref, reason=reason, moves=moves, caller=current_caller())
    except DeedRefused as problem:
        field = "reason" if isinstance(problem, ReasonWanted) else "on"
        return _page(chosen._replace(faults=(FormFault(field, problem.message),)), reason=reason, moves=moves)
    session = current_session()
    if session is not None:
        session.drop(step_up.MEANWHILE)
    now = current_hub().clock.now()
    return render_template(
        "what_if_done.html",
        terms=terms,
        done=what_if_words.done(proposal, terms, now),
        agreements=done.agreements,
        kept=what_if_words.booking_lines(done.kept, now),
        to_move=what_if_words.booking_lines(done.to_move, now),
        may_ask=True,
    )


@blueprint.get("/what-if.csv")
@requires(roles=LOOKERS)
def what_if_file() -> ResponseReturnValue:
    """Every affected booking by reference, and the other figures, as a file. It names no patient."""
    chosen = _choose(request.args)
    if chosen.proposal is None:
        return _page(chosen)[0], 422
    found = the_desk().foresee(chosen.proposal, current_caller())
    headers = {"Content-Disposition": 'attachment; filename="what-if.csv"'}
    return Response(_rows(found), mimetype="text/csv; charset=utf-8", headers=headers)


def _rows(found: Consequences) -> str:
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow(["what", "practice", "at", "day", "time", "reference", "count", "minutes", "detail"])
    for booking in found.bookings:
        starts = london(booking.starts)
        writer.writerow(
            [
                "booking",
                booking.booking_practice,
                booking.host,
                starts.date().isoformat(),
                starts.strftime("%H:%M"),
                booking.ref.spoken,
                1,
                booking.minutes,
                booking.state.value,
            ]
        )
    for day in found.days:
        writer.writerow(["free times", "", "", day.day.isoformat(), "", "", day.slots, day.minutes, ""])
    for one in found.contract:
        detail = f"needed {one.needed}, today {one.before}, short by {one.short}"
        writer.writerow(["minutes a week", one.practice, "", "", "", "", "", one.then, detail])
    for people in found.people:
        scopes = " ".join(scope.value for scope in people.scopes)
        writer.writerow(
            ["people", people.practice, "", "", "", "", people.used_lately, "", f"{people.role.value}: {scopes}"]
        )
    return made.getvalue()
