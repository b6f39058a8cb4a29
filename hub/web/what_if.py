"""What would follow if an agreement ended, were suspended or changed, or a practice left: before anybody signs."""

import csv
import io
from typing import NamedTuple

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from hub.auth.access import current_caller, requires
from hub.schemas.fields import FormFault
from hub.schemas.proposing import EVERY, TypedProposal, proposal_of, proposal_typed
from hub.web import what_if_words
from hub.web.agreements_list import LOOKERS
from hub.web.blueprint import blueprint
from hub.web.copying import practice_names
from hub.web.desk import the_desk
from hub.wiring import current_hub
from scheduling.consequences import CONTRACT, Consequences
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
    names, now = practice_names(hub), hub.clock.now()
    found = the_desk().foresee(chosen.proposal, current_caller()) if chosen.proposal else None
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
        doing=_doing(chosen) if found else "",
        reason=reason,
        moves=moves,
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


def _doing(chosen: _Chosen) -> str:
    """What the button says that carries it out; empty for who may not, and for what has to be drafted and signed."""
    proposal, caller = chosen.proposal, current_caller()
    if proposal is None or chosen.terms is None or chosen.terms.status not in ("in-force", "suspended"):
        return ""
    label = chosen.terms.label
    if proposal.kind is ProposalKind.END and sees_all(caller):
        return f"End {label}"
    if proposal.kind is ProposalKind.SUSPEND and chosen.terms.status == "in-force":
        return f"Suspend {label} now"
    own = proposal.practice == caller.practice and not sees_all(caller)
    return f"Leave {label} now" if proposal.kind is ProposalKind.LEAVE and own else ""


@blueprint.post("/what-if")
@requires(roles=LOOKERS)
def carry_out() -> ResponseReturnValue:
    """Do what was foreseen, with a choice for each group of bookings: kept, or put on a list to be moved."""
    chosen = _choose(request.form)
    reason = request.form.get("reason", "").strip()
    moves = tuple(name.removeprefix("group-") for name, said in request.form.items() if said == "move")
    if chosen.proposal is None or chosen.terms is None:
        return _page(chosen)
    if not reason:
        fault = FormFault("reason", "Say why: every party reads it.")
        return _page(chosen._replace(faults=(fault,)), moves=moves)
    ref = Ref(chosen.terms.code, chosen.terms.version)
    done = the_desk().carry_out(chosen.proposal, ref, reason=reason, moves=moves, caller=current_caller())
    now = current_hub().clock.now()
    return render_template(
        "what_if_done.html",
        terms=chosen.terms,
        done=what_if_words.done(chosen.proposal, chosen.terms, now),
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
