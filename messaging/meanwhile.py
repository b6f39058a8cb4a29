"""What a colleague did while somebody had an older page open, in words for whoever is stopped by it. Pure."""

from datetime import datetime

from messaging.models import MessageRow
from messaging.problems import MessageMoved
from vocabulary.messages import MessageState
from vocabulary.times import london, london_date, time_words

_DID = {
    MessageState.ACKNOWLEDGED: "acknowledged",
    MessageState.DONE: "finished",
    MessageState.DECLINED: "returned",
    MessageState.CLOSED: "closed",
}


def moved_on(row: MessageRow, now: datetime) -> MessageMoved:
    """The refusal of an act from a page that is older than a colleague's act."""
    state = MessageState(row.state)
    if state is MessageState.ACKNOWLEDGED and row.taken_by_name and row.taken_at and row.ended_at is None:
        return MessageMoved(
            f"Nothing was changed: {row.taken_by_name} has had it since {moment(row.taken_at, now)}.",
            next_step=f"If you do it instead, take it over below: {row.taken_by_name} is told.",
        )
    name, at = _who(row, state)
    if at is None:
        return MessageMoved(f"Nothing was changed: this message is down as “{state.words}”.", next_step=_LOOK)
    return MessageMoved(f"Nothing was changed: {name} {_DID[state]} it {moment(at, now, on='at')}.", next_step=_LOOK)


_LOOK = "Look at what became of it below, and who has it now."


def _who(row: MessageRow, state: MessageState) -> tuple[str, datetime | None]:
    if row.ended_at is not None:
        return row.ended_by_name, row.ended_at
    if state is MessageState.DECLINED:
        return row.declined_by_name, row.declined_at
    return (row.acknowledged_by_name, row.acknowledged_at) if state in _DID else ("", None)


def moment(at: datetime, now: datetime, *, on: str = "") -> str:
    """8.47am today, else with its day: 8.47am on 21 November."""
    local = london(at)
    day = "" if london_date(at) == london_date(now) else f" on {local.day} {local:%B}"
    return f"{on} {time_words(at)}{day}".strip()
