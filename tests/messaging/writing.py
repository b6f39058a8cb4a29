"""Summaries and people that more than one test of the post room has."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from messaging.documents import VisitSummary
from messaging.office import Office
from messaging.results import MessageLine, Opened
from messaging.safe import Safe
from messaging.sending import SendSummary, SendTask, draw_ref, send_summary, send_task
from scheduling.results import BookingView
from tests.scheduling.world import ANN, HOME, HOST, TONIGHT, World, caller, patient
from vocabulary.messages import FollowUpOwner, Team, Urgency
from vocabulary.people import Caller, UserRole
from vocabulary.times import london_date

MARK = "Xylophobia"
DOCTOR = replace(caller(HOST, user="grace", role=UserRole.CLINICIAN), name="Dr Grace Example")
GP = replace(caller(HOME, user="hari", role=UserRole.CLINICIAN), name="Dr Hari Home")
NURSE = replace(caller(HOME, user="nell", role=UserRole.CLINICIAN), name="Nell Nurse")
DESK = replace(caller(HOME, user="rita"), name="Rita Reception")
WHOLE = VisitSummary(
    reason=f"Sore throat, {MARK}",
    findings="Tonsils red, no pus.",
    action="Explained.",
    medication_changed=False,
    follow_up_owner=FollowUpOwner.NOBODY,
    safety_net="Ring 111 if breathing gets harder.",
)


@dataclass
class PostRoom:
    """The world with Ann seen at HOST tonight, and the office."""

    world: World
    booking: BookingView
    office: Office

    def sends(self, summary: VisitSummary = WHOLE, who: Caller = DOCTOR, **more: Any) -> MessageLine:
        more.setdefault("message", draw_ref())
        return send_summary(self.office, SendSummary(ref=self.booking.ref, summary=summary, **more), who)

    def asks(self, who: Caller = DOCTOR, **more: Any) -> MessageLine:
        return send_task(self.office, task_of(self, **more), who)

    def acts(self) -> list[str]:
        return [row.act for row in self.world.ledger() if row.act.startswith("message.")]


def task_of(post: PostRoom, **more: Any) -> SendTask:
    """A task about the visit."""
    fields: dict[str, Any] = {
        "message": draw_ref(),
        "ref": post.booking.ref,
        "team": Team.RECEPTION,
        "urgency": Urgency.SOON,
        "due_on": london_date(post.world.clock.now()) + timedelta(days=2),
        "text": f"Book a blood test, {MARK}",
        **more,
    }
    return SendTask(**fields)


def open_post_room(world: World, *, granted: bool = True) -> PostRoom:
    if granted:
        world.grant("send-task")
    world.clinic()
    world.see()
    booking = world.book()
    world.clock.at = TONIGHT
    world.network.diary(HOME).add_patient(patient(ANN))
    desk, safe = world.desk, Safe(("only-for-tests",))
    office = Office(desk.work, desk.gate, desk.connect, world.able, desk.tracing, desk.clock, safe)
    return PostRoom(world, booking, office)


def texts(opened: Opened) -> list[str]:
    return [text for _, text in opened.document.parts] if opened.document else []
