"""Whatever people do or leave undone, and whoever is still there: until it ends, a message has an owner, a next chase,
and somebody who can end it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from messaging import lifecycle
from messaging.chasing_rules import ChaseSettings, Standing, level, next_look
from messaging.lifecycle import Level, Side, Step
from vocabulary.messages import MessageKind, MessageState, Team, Urgency
from vocabulary.people import UserRole

SENT = datetime(2026, 10, 23, 19, 0, tzinfo=UTC)  # two days before the clocks go back
CHASE = ChaseSettings()
MOVES = (UserRole.RECEPTIONIST, UserRole.CLINICIAN, UserRole.PRACTICE_MANAGER)
SETTLES = {UserRole.CLINICIAN, UserRole.PRACTICE_MANAGER}
LONGEST = timedelta(days=40)  # the latest due day below, and the rungs after it


def moved(standing: Standing, step: Step, now: datetime) -> Standing:
    to = lifecycle.after(standing.kind, standing.state, step)
    assert to is not None
    return replace(standing, state=to, declined_at=now if step is Step.DECLINE else standing.declined_at)


class AMessage(RuleBasedStateMachine):
    """One message, its clock, and the people of both practices, who come and go."""

    @initialize(
        kind=st.sampled_from(MessageKind),
        urgency=st.sampled_from(Urgency),
        team=st.sampled_from(Team),
        due=st.integers(0, 30),
    )
    def is_sent(self, kind: MessageKind, urgency: Urgency, team: Team, due: int) -> None:
        due_on = SENT.date() + timedelta(days=due) if kind is MessageKind.TASK else None
        self.at, self.team, self.lost = SENT, team, False
        self.standing = Standing(kind, MessageState.NEW, urgency, SENT, due_on)
        self.people = {Side.SENDER: set(MOVES), Side.RECIPIENT: set(MOVES)}
        self.chase_at = next_look(self.standing, self.at, CHASE)
        self.level = level(self.standing, self.at, CHASE)

    @rule(hours=st.sampled_from([0.5, 2, 9, 26, 80, 400]))
    def time_passes_and_the_worker_looks(self, hours: float) -> None:
        self.at += timedelta(hours=hours)
        if self.chase_at is not None and self.chase_at <= self.at:
            self._looked_at()

    @rule(side=st.sampled_from(Side), role=st.sampled_from(MOVES))
    def somebody_leaves(self, side: Side, role: UserRole) -> None:
        self.people[side].discard(role)

    @rule(side=st.sampled_from(Side), role=st.sampled_from(MOVES))
    def somebody_comes(self, side: Side, role: UserRole) -> None:
        self.people[side].add(role)

    @rule()
    def the_practice_it_went_to_closes(self) -> None:
        self.standing = replace(self.standing, there=False)
        if (
            lifecycle.holder(self.standing.kind, self.standing.state) is Side.RECIPIENT
            or not self.standing.sender_there
        ):
            self._looked_at()  # chase() finds such ones at its next run

    @rule()
    def the_practice_that_sent_it_closes(self) -> None:
        self.standing = replace(self.standing, sender_there=False)
        if self.level is Level.SENDER or self.standing.state is MessageState.DECLINED or not self.standing.there:
            self._looked_at()  # so does chase() find these

    @rule()
    def the_key_is_lost(self) -> None:
        self.lost = True

    @precondition(lambda self: not lifecycle.ended(self.standing.kind, self.standing.state))
    @rule(data=st.data())
    def somebody_does_something(self, data: st.DataObject) -> None:
        possible = self._possible()
        if possible:
            self._do(data.draw(st.sampled_from(possible)))

    @invariant()
    def it_has_an_owner_and_a_next_chase_until_it_ends(self) -> None:
        over = lifecycle.ended(self.standing.kind, self.standing.state)
        assert (lifecycle.holder(self.standing.kind, self.standing.state) is None) is over
        assert (self.chase_at is None) is over

    @invariant()
    def somebody_can_still_end_it(self) -> None:
        """As long as one clinician or manager works at either practice, and nobody else does anything: it is brought up
        until they may, and then there is a way."""
        if lifecycle.ended(self.standing.kind, self.standing.state) or not self._anybody():
            return
        spared = self.standing, self.at, self.level, self.chase_at
        while not lifecycle.ended(self.standing.kind, self.standing.state):
            possible = self._possible()
            ending = [step for step in possible if step in (Step.ACKNOWLEDGE, Step.DONE, Step.CLOSE)]
            if ending or (Step.OPEN in possible and self.standing.state is MessageState.NEW and not self.lost):
                self._do(ending[0] if ending else Step.OPEN)
                continue
            if Step.DECLINE in possible:
                self._do(Step.DECLINE)
                continue
            assert self.chase_at is not None and self.at < SENT + timedelta(days=4000)
            assert self.level is not Level.MANAGERS, "brought up as far as can be, and nobody can end it"
            self.at = self.chase_at
            self._looked_at()
        self.standing, self.at, self.level, self.chase_at = spared

    def _anybody(self) -> bool:
        here = self.people[Side.SENDER] & SETTLES if self.standing.sender_there else set()
        there = self.people[Side.RECIPIENT] & SETTLES if self.standing.there else set()
        return bool(here or there)

    def _possible(self) -> list[Step]:
        found = set()
        for side in Side:
            open_ = self.standing.sender_there if side is Side.SENDER else self.standing.there
            here = self.people[side] if open_ else set()
            if any(lifecycle.may_open(role, side, self.team, self.level) for role in here):
                at = (self.standing.kind, self.standing.state)
                found |= set(lifecycle.steps(*at, side, self.level, lost=self.lost))
                if side is Side.RECIPIENT and lifecycle.after(*at, Step.OPEN) and not self.lost:
                    found.add(Step.OPEN)
        return sorted(found)

    def _do(self, step: Step) -> None:
        self.standing = moved(self.standing, step, self.at)
        self._looked_at()

    def _looked_at(self) -> None:
        self.level = level(self.standing, self.at, CHASE)
        self.chase_at = next_look(self.standing, self.at, CHASE)


AMessage.TestCase.settings = settings(max_examples=60, stateful_step_count=15, deadline=None)
TestAMessage = AMessage.TestCase

STANDINGS = st.builds(
    Standing,
    kind=st.sampled_from(MessageKind),
    state=st.sampled_from(MessageState),
    urgency=st.sampled_from(Urgency),
    sent_at=st.just(SENT),
    due_on=st.dates(SENT.date(), SENT.date() + timedelta(days=30)),
    declined_at=st.just(SENT + timedelta(hours=5)),
    there=st.booleans(),
    sender_there=st.booleans(),
)


@given(STANDINGS, st.timedeltas(timedelta(0), timedelta(days=900)))
def test_there_is_always_a_next_look_and_it_lies_ahead_and_not_far(standing: Standing, waited: timedelta) -> None:
    now = SENT + waited
    again = next_look(standing, now, CHASE)
    if lifecycle.ended(standing.kind, standing.state):
        assert again is None
    else:
        assert again is not None and now < again <= max(now + timedelta(days=3), SENT + LONGEST)


@given(STANDINGS, st.timedeltas(timedelta(0), timedelta(days=900)), st.timedeltas(timedelta(0), timedelta(days=9)))
def test_waiting_longer_never_brings_it_up_less(standing: Standing, waited: timedelta, more: timedelta) -> None:
    now = SENT + waited
    assert level(standing, now, CHASE) <= level(standing, now + more, CHASE)


@given(STANDINGS)
def test_nobody_is_left_in_peace_for_ever(standing: Standing) -> None:
    over = lifecycle.ended(standing.kind, standing.state)
    assert level(standing, SENT + LONGEST, CHASE) is (Level.NONE if over else Level.MANAGERS)
