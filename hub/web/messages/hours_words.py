"""What is said of a practice that is probably closed, before something that cannot wait is sent to it. Pure."""

from datetime import date, datetime

from hub.web import clock_words as clock
from practices.opening import opens_again
from vocabulary.messages import Urgency
from vocabulary.times import london_date

_AS_LONG = "As long as nobody there has said that they have it, it is yours."
_HOURS = "practices are open Monday to Friday, 8am to 6.30pm, but for bank holidays"


def before_choosing(name: str, phone: str, now: datetime) -> str:
    """Beside the question how urgent it is."""
    opens = opens_again(now)
    if opens is None:
        return f"If it is urgent, ring {name} as well{_on(phone)}: somebody has to look into the hub first."
    return (
        f"{name} is probably closed until {clock.moment_words(opens, now)}: nobody may read this before. If it is "
        f"urgent, ring them{_on(phone)}."
    )


def before_sending(name: str, phone: str, urgency: Urgency, due_on: date | None, now: datetime) -> tuple[str, ...]:
    """What the look-over says above the button: each a sentence of its own."""
    opens, said = opens_again(now), []
    late = opens is not None and due_on is not None and due_on < london_date(opens)
    if urgency is Urgency.URGENT:
        said.append(_urgent(name, phone, opens, now))
    elif late:
        said.append(f"{_closed(name, opens, now)} Ring them{_on(phone)}.")
    if late and due_on is not None:
        said.append(f"It is to be done by {clock.date_words(due_on, today=london_date(now))}, which is before that.")
    if urgency is Urgency.URGENT and due_on is not None and (due_on - london_date(now)).days > 1:
        due = clock.date_words(due_on, today=london_date(now))
        said.append(f"You say that it is urgent, and that it may be done as late as {due}. Is that what you mean?")
    return tuple(said)


def after_sending(phone: str, now: datetime) -> str:
    """Of something urgent that has been sent."""
    opens = opens_again(now)
    until = f"They are probably closed until {clock.moment_words(opens, now)}: ring" if opens else "Ring"
    return f"It is urgent. {until} them as well{_on(phone)}. {_AS_LONG}"


def _urgent(name: str, phone: str, opens: datetime | None, now: datetime) -> str:
    if opens is None:
        return f"It is urgent: ring {name} as well{_on(phone)}. {_AS_LONG}"
    return f"{_closed(name, opens, now)} Ring them{_on(phone)}. {_AS_LONG}"


def _closed(name: str, opens: datetime | None, now: datetime) -> str:
    until = f" until {clock.moment_words(opens, now)}" if opens else ""
    return f"{name} is probably closed{until} ({_HOURS}): nobody may read this before."


def _on(phone: str) -> str:
    return f" on {phone}" if phone else ""
