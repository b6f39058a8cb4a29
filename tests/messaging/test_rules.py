"""The post room's pure rules: what a summary must say, who has a message, when it is brought up."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from messaging.chasing_rules import ChaseSettings, Standing, level, next_look
from messaging.documents import (
    LIMITS,
    TASK_LIMIT,
    Document,
    VisitSummary,
    summary_faults,
    summary_parts,
    summary_said,
    task_faults,
)
from messaging.lifecycle import Level, Side, Step, after, ended, holder, may_open, steps
from messaging.problems import MessageUnreadable
from messaging.safe import Safe
from tests.messaging.writing import MARK, WHOLE
from vocabulary.identifiers import NHSNumber
from vocabulary.messages import FollowUpOwner, MessageKind, MessageState, Team, Urgency
from vocabulary.people import UserRole

TODAY = date(2026, 11, 24)


def fields(summary: VisitSummary) -> list[str]:
    return [fault.field for fault in summary_faults(summary)]


def test_everything_that_is_missing_is_said_at_once_in_the_order_of_the_form() -> None:
    assert fields(VisitSummary()) == [
        "reason",
        "findings",
        "action",
        "medication_changed",
        "follow_up_owner",
        "safety_net",
    ]
    assert fields(WHOLE) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"medication_changed": True}, "medication"),
        ({"medication": "Amoxicillin"}, "medication"),
        ({"follow_up_owner": FollowUpOwner.US}, "follow_up"),
        ({"follow_up": "Ring tomorrow"}, "follow_up"),
        ({"safety_net": "  \n"}, "safety_net"),
    ],
)
def test_what_contradicts_itself_or_is_blank_is_not_sent(changes: dict[str, object], field: str) -> None:
    assert fields(replace(WHOLE, **changes)) == [field]  # type: ignore[arg-type]


@pytest.mark.parametrize("field", list(LIMITS))
def test_what_is_too_long_is_refused_with_how_much_and_never_cut(field: str) -> None:
    whole = replace(WHOLE, medication_changed=True, medication="x", follow_up_owner=FollowUpOwner.US, follow_up="x")
    assert fields(replace(whole, **{field: "x" * LIMITS[field]})) == []  # type: ignore[arg-type]
    (fault,) = summary_faults(replace(whole, **{field: "x" * (LIMITS[field] + 3)}))  # type: ignore[arg-type]
    assert fault.field == field and "3 characters too long" in fault.message


def test_the_parts_say_no_change_and_no_follow_up_in_words() -> None:
    said = dict(summary_parts(WHOLE))
    assert said["Medication changed"] == "No change." and said["Follow-up"] == "No follow-up is needed"
    owned = replace(WHOLE, follow_up_owner=FollowUpOwner.REGISTERED_PRACTICE, follow_up="Repeat the swab in a week")
    assert dict(summary_parts(owned))["Follow-up"] == "The registered practice: Repeat the swab in a week"


TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=40).map(str.strip).filter(bool)


@given(st.data())
def test_what_was_said_can_be_read_back_out_of_its_parts(data: st.DataObject) -> None:
    owner, changed = data.draw(st.sampled_from(FollowUpOwner)), data.draw(st.booleans())
    texts = [data.draw(TEXTS) for _ in range(6)]
    said = VisitSummary(
        reason=texts[0],
        findings=texts[1],
        action=texts[2],
        medication_changed=changed,
        medication=texts[3] if changed else "",
        follow_up_owner=owner,
        follow_up="" if owner is FollowUpOwner.NOBODY else texts[4],
        safety_net=texts[5],
    )
    assume(texts[3] != "No change.")
    assert summary_said(summary_parts(said)) == said
    assert summary_said((("Another heading", "x"),)) is None
    before = [(heading, text.replace(", or who cares for them:", ":")) for heading, text in summary_parts(said)]
    before[-1] = ("What the patient was told to look out for", before[-1][1])
    assert summary_said(tuple(before)) == said, "what was sealed in the words of before"


def test_a_task_says_what_and_by_when() -> None:
    def wrong(text: str, due_on: date | None, urgency: Urgency = Urgency.ROUTINE) -> list[str]:
        return [one.field for one in task_faults(text, due_on, today=TODAY, urgency=urgency)]

    assert wrong(" ", None) == ["text", "due_on"]
    assert wrong("x" * (TASK_LIMIT + 1), TODAY) == ["text"]
    assert wrong("x", TODAY - timedelta(days=1)) == ["due_on"]
    assert wrong("x", TODAY + timedelta(days=367)) == wrong("x", date(2099, 11, 22)) == ["due_on"]
    assert wrong("x", TODAY + timedelta(days=8), Urgency.URGENT) == ["due_on"]
    assert wrong("x", TODAY) == wrong("x", TODAY + timedelta(days=366)) == []
    assert wrong("x", TODAY + timedelta(days=7), Urgency.URGENT) == []


@pytest.mark.parametrize("kind", list(MessageKind))
def test_nothing_is_ever_owned_by_nobody_and_every_owner_can_move_it(kind: MessageKind) -> None:
    reached, todo = {MessageState.NEW}, [MessageState.NEW]
    while todo:
        state = todo.pop()
        owner = holder(kind, state)
        ways = [to for step in Step if (to := after(kind, state, step)) is not None]
        assert (owner is None) == ended(kind, state) == (not ways)
        if owner is not None and state is not MessageState.NEW:  # a new one has to be opened first
            assert steps(kind, state, owner)
            assert not steps(kind, state, owner.other), "the other one waits, until it is late"
        todo += [to for to in ways if to not in reached]
        reached |= set(ways)
    assert {MessageState.DECLINED, MessageState.CLOSED, MessageState.ACKNOWLEDGED} <= reached


def test_a_new_message_is_only_returned_unread_where_no_key_opens_it() -> None:
    assert steps(MessageKind.SUMMARY, MessageState.NEW, Side.RECIPIENT) == ()
    assert steps(MessageKind.SUMMARY, MessageState.NEW, Side.RECIPIENT, lost=True) == (Step.DECLINE,)


@pytest.mark.parametrize("state", [MessageState.NEW, MessageState.SEEN, MessageState.ACKNOWLEDGED])
def test_the_sender_may_close_what_they_were_told_to_ring_about_and_not_before(state: MessageState) -> None:
    for reached in Level:
        may = Step.CLOSE in steps(MessageKind.TASK, state, Side.SENDER, reached)
        assert may is (reached >= Level.SENDER)
        assert Step.CLOSE not in steps(MessageKind.TASK, state, Side.RECIPIENT, reached)


@pytest.mark.parametrize("team", list(Team))
def test_every_team_has_readers_and_no_outsider_is_one(team: Team) -> None:
    readers = {role for role in UserRole if may_open(role, Side.RECIPIENT, team)}
    assert UserRole.CLINICIAN in readers
    assert not readers & {UserRole.FEDERATION_ADMIN, UserRole.ANALYST, UserRole.CALDICOTT_GUARDIAN, UserRole.SYSTEM}
    assert {role for role in UserRole if may_open(role, Side.SENDER, team)} == {UserRole.CLINICIAN}


def test_managers_read_what_nobody_else_did_and_nobody_else_does() -> None:
    for side in Side:
        for reached in Level:
            may = may_open(UserRole.PRACTICE_MANAGER, side, Team.CLINICIANS, reached)
            assert may is (reached is Level.MANAGERS)
            assert not may_open(UserRole.RECEPTIONIST, side, Team.CLINICIANS, reached)


def test_reception_does_not_read_what_is_for_clinicians() -> None:
    assert not may_open(UserRole.RECEPTIONIST, Side.RECIPIENT, Team.CLINICIANS)
    assert may_open(UserRole.RECEPTIONIST, Side.RECIPIENT, Team.RECEPTION)


SENT = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)


def standing(state: MessageState = MessageState.NEW, **more: object) -> Standing:
    fields = {"kind": MessageKind.TASK, "urgency": Urgency.URGENT, "sent_at": SENT, "due_on": TODAY, **more}
    return Standing(state=state, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hours", "reached", "again"),
    [
        (0, Level.NONE, 2),
        (1.9, Level.NONE, 2),
        (2, Level.RECIPIENT, 4),
        (3.9, Level.RECIPIENT, 4),
        (4, Level.SENDER, 28),
        (28, Level.MANAGERS, 52),
        (51.9, Level.MANAGERS, 52),
        (24 * 365 + 4, Level.MANAGERS, 24 * 366 + 4),
    ],
)
@pytest.mark.parametrize("state", [MessageState.NEW, MessageState.SEEN])
def test_what_nobody_acknowledges_is_brought_up_there_and_then_with_the_sender(
    state: MessageState, hours: float, reached: int, again: int
) -> None:
    now = SENT + timedelta(hours=hours)
    assert level(standing(state), now, ChaseSettings()) == reached
    assert next_look(standing(state), now, ChaseSettings()) == SENT + timedelta(hours=again)


@pytest.mark.parametrize("due", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_task_is_late_when_its_day_in_england_is_over(due: date) -> None:
    """On both Sundays on which the clocks change, too."""
    midnight = datetime(due.year, due.month, due.day, 23 if due.month == 3 else 0, tzinfo=UTC)
    midnight += timedelta(days=0 if due.month == 3 else 1)
    taken = standing(
        MessageState.ACKNOWLEDGED, due_on=due, sent_at=midnight - timedelta(days=5), urgency=Urgency.ROUTINE
    )
    assert level(taken, midnight - timedelta(minutes=1), ChaseSettings()) is Level.NONE
    assert level(taken, midnight, ChaseSettings()) is Level.RECIPIENT


@pytest.mark.parametrize(
    ("hours", "reached", "again"),
    [(23, Level.NONE, 24), (24, Level.RECIPIENT, 48), (48, Level.SENDER, 72), (72, Level.MANAGERS, 96)],
)
def test_what_is_urgent_and_taken_is_asked_after_next_day_however_far_its_own_is(
    hours: int, reached: Level, again: int
) -> None:
    taken, now = standing(MessageState.ACKNOWLEDGED, due_on=TODAY + timedelta(days=7)), SENT + timedelta(hours=hours)
    assert level(taken, now, ChaseSettings()) is reached
    assert next_look(taken, now, ChaseSettings()) == SENT + timedelta(hours=again)


def test_what_came_back_is_brought_up_with_the_sender_and_then_with_the_managers() -> None:
    back = SENT + timedelta(days=9)
    returned = standing(MessageState.DECLINED, declined_at=back)
    for hours, reached, again in ((0, 0, 2), (2, Level.SENDER, 4), (4, Level.MANAGERS, 28), (99, 3, 100)):
        now = back + timedelta(hours=hours)
        assert level(returned, now, ChaseSettings()) == reached
        assert next_look(returned, now, ChaseSettings()) == back + timedelta(hours=again)


@pytest.mark.parametrize("state", [MessageState.DONE, MessageState.CLOSED])
def test_what_is_over_is_left_alone(state: MessageState) -> None:
    assert next_look(standing(state), SENT, ChaseSettings()) is None
    assert level(standing(state), SENT + timedelta(days=90), ChaseSettings()) is Level.NONE


DOCUMENT = Document(
    MessageKind.SUMMARY, "n", NHSNumber("9990000018"), "Ex", "Ann", TODAY, "Dr G", "There", "24 Nov", (("A", MARK),)
)


def test_a_document_survives_the_safe_and_its_digest_tells_another_one() -> None:
    safe = Safe(("a key",))
    sealed = safe.seal(DOCUMENT.to_bytes())
    assert MARK.encode() not in sealed and b"Ann" not in sealed
    assert Document.from_bytes(safe.open(sealed)) == DOCUMENT
    assert replace(DOCUMENT, nonce="m").digest != DOCUMENT.digest


def test_a_former_key_opens_and_the_new_one_seals_anew() -> None:
    old, new = Safe(("old",)), Safe(("new", "old"))
    sealed = old.seal(b"text")
    assert new.open(sealed) == b"text" and new.mark != old.mark
    assert Safe(("new",)).open(new.seal_again(sealed)) == b"text"
    with pytest.raises(MessageUnreadable, match="key has been changed"):
        Safe(("new",)).open(sealed)


def test_nothing_clinical_is_printed() -> None:
    for shown in (WHOLE, DOCUMENT, Safe(("a key",))):
        assert MARK not in repr(shown) and MARK not in str(shown) and "hidden" in repr(shown)
