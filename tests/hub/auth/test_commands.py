"""`flask sessions`: seen and ended from the machine."""

import pytest

from hub.auth.access import doorkeepers
from tests.hub.rig import Rig

pytestmark = pytest.mark.database


def test_somebodys_sessions_are_listed_and_ended_with_an_account_of_it(rig: Rig) -> None:
    runner = rig.app.test_cli_runner()
    with rig.app.app_context():
        token = doorkeepers().sessions.begin("555010010001", "Rita Okafor", sid="s", data={})
    listed = runner.invoke(args=["sessions", "list"])
    assert "555010010001  Rita Okafor, no role chosen yet" in listed.output and "1 open session." in listed.output
    ended = runner.invoke(args=["sessions", "end", "555010010001"])
    assert (ended.exit_code, ended.output) == (0, "Ended 1 session of 555010010001.\n")
    with rig.app.app_context():
        assert doorkeepers().sessions.find(token) is None
    assert rig.world.acts()[-1] == "session.ended"


def test_ending_nobodys_sessions_says_so(rig: Rig) -> None:
    answer = rig.app.test_cli_runner().invoke(args=["sessions", "end", "nobody"])
    assert answer.exit_code == 1 and "nobody has no open session" in answer.output
