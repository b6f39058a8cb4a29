"""`flask switches …` and `flask choices …` as somebody at a terminal meets them."""

from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from hub.commands.refusing import choices_cli, switches_cli
from hub.config import Config, Mode, Secret
from hub.wiring import EXTENSION, open_hub, with_clock
from sharing_agreements.problems import NotPermitted
from tests.scheduling.world import ANN, HOME, HOST, OTHER, World, caller
from vocabulary.purposes import Scope

pytestmark = pytest.mark.database
WHY = ("--reason", "A breach is looked into.")


class Terminal:
    """A terminal beside the world's hub."""

    def __init__(self, world: World) -> None:
        secrets = (Secret("unused"), Secret("unused"), Secret("only for tests"))
        config = Config(Mode.TEST, *secrets, "http://127.0.0.1:1")
        app = Flask("terminal")
        hub = with_clock(open_hub(config, engine=lambda: world.work.engine), world.clock)
        object.__setattr__(hub, "tracing", world.desk.tracing)
        app.extensions[EXTENSION] = hub
        app.cli.add_command(switches_cli)
        app.cli.add_command(choices_cli)
        self._runner = app.test_cli_runner()

    def type(self, *words: Any, answer: str | None = None) -> Result:
        return self._runner.invoke(args=[str(word) for word in words], input=answer)


@pytest.fixture
def terminal(world: World) -> Terminal:
    return Terminal(world)


def may_book(world: World) -> bool:
    try:
        world.desk.gate.permit(caller(HOME), HOST, Scope.BOOK)
    except NotPermitted:
        return False
    return True


def test_a_switch_is_pulled_listed_and_released(terminal: Terminal, world: World) -> None:
    assert terminal.type("switches", "list").output == "No switch is pulled.\n"
    assert may_book(world)
    done = terminal.type("switches", "pull", HOST, "book", *WHY)
    assert done.exit_code == 0 and f"flask switches release {HOST} book" in done.output
    assert not may_book(world)
    assert "book         pulled on 24 November 2026 14:00" in terminal.type("switches", "list").output
    assert "A breach is looked into." in terminal.type("switches", "list", HOST).output
    assert terminal.type("switches", "list", OTHER).output == "No switch is pulled.\n"
    assert terminal.type("switches", "release", HOST, "book", *WHY).exit_code == 0
    assert may_book(world)
    events = [event for event in world.ledger() if event.act.startswith("switch.")]
    assert [(event.act, event.host_ods, event.via) for event in events] == [
        ("switch.pulled", HOST.value, "command"),
        ("switch.released", HOST.value, "command"),
    ]


def test_what_is_wrong_is_said_in_one_line(terminal: Terminal) -> None:
    for words, said in (
        (("switches", "pull", "Y99999", "book", *WHY), "The hub knows no practice Y99999."),
        (("switches", "pull", HOST, "book", "--reason", " "), "Say why, in a sentence."),
        (("choices", "record", "dissent-to-sharing", "--at", "Y99999"), "The address book has no practice Y99999."),
    ):
        result = terminal.type(*words, answer=f"{ANN.value}\n")
        assert result.exit_code == 1 and said in result.output, words
    wrong = terminal.type("choices", "show", "--at", HOME, answer="9990000019\n")
    assert wrong.exit_code == 1 and "check" in wrong.output.lower()


def test_a_choice_is_recorded_shown_and_withdrawn_where_the_patient_is_registered(
    terminal: Terminal, world: World
) -> None:
    number = f"{ANN.value}\n"
    assert terminal.type("choices", "show", "--at", HOST, answer=number).output.endswith("None is on record.\n")
    assert terminal.type("choices", "record", "dissent-to-sharing", "--at", HOST, answer=number).exit_code == 0
    shown = terminal.type("choices", "show", "--at", HOST, answer=number)
    assert "since 24 November 2026, written down by" in shown.output and f"for Practice {HOST}" in shown.output
    elsewhere = terminal.type("choices", "withdraw", "dissent-to-sharing", "--at", HOST, answer=number)
    assert elsewhere.exit_code == 1 and "Only the practice where the patient is registered" in elsewhere.output
    assert terminal.type("choices", "withdraw", "dissent-to-sharing", "--at", HOME, answer=number).exit_code == 0
    acts = [(event.act, event.outcome, event.acting_for) for event in world.ledger() if event.act != "choice.shown"]
    assert acts == [
        ("choice.recorded", "done", HOST.value),
        ("choice.withdrawn", "refused", HOST.value),
        ("choice.withdrawn", "done", HOME.value),
    ]
