"""The pages of kill switches and patients' choices: who sees them, what they say, and that no address names anybody."""

import re

import pytest

from connectors.mock.script import Mishap
from hub.auth import step_up
from tests.hub.rig import Rig
from tests.hub.web.counter import Counter
from tests.scheduling.world import ANN, HOME, HOST, OTHER, World
from vocabulary.people import UserRole

pytestmark = pytest.mark.database

MANAGER = {"user": "mina.manager", "role": UserRole.PRACTICE_MANAGER}


@pytest.fixture
def manager(rig: Rig, counter: Counter) -> Counter:
    return Counter.open(rig, **MANAGER)  # type: ignore[arg-type]


def test_a_manager_stops_booking_says_why_and_lets_it_go_on(
    manager: Counter, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.goes_to("/switches")
    assert manager.heading == f"Switches of Practice {HOME}"
    assert "None is pulled." in manager.says and manager.says.count("As agreed") == 5
    manager.sends("/switches/pull", scope="book", reason="Two staff ill")
    assert "It is stopped, from now on and everywhere." in manager.says
    assert "Stopped by Rita Reception: “Two staff ill”" in manager.says and manager.says.count("As agreed") == 4
    assert [row.detail for row in world.ledger(act="switch.pulled")] == [{"scope": "book"}]
    assert manager.says.count("Prove who you are") == 1, "what is stopped; to stop the others nobody has to"
    manager.sends("/switches/release", scope="book", reason="All well")
    assert "so nothing was done" in manager.says and world.ledger(act="switch.released") == []
    monkeypatch.setattr(step_up, "fresh", world.clock.now)
    manager.sends("/switches/release", scope="book", reason="All well")
    assert "It goes on again, as far as the agreements grant it." in manager.says
    assert manager.says.count("As agreed") == 5


def test_without_a_reason_nothing_is_stopped_and_the_page_says_so(manager: Counter, world: World) -> None:
    manager.sends("/switches/pull", scope="book", reason="  ")
    assert manager.seen.status_code == 422
    assert "Say why, in a sentence." in manager.says and manager.says.count("As agreed") == 5
    assert world.ledger(act="switch.pulled") == []
    manager.sends("/switches/pull", scope="everything", reason="x")
    assert manager.seen.status_code == 422


def test_a_manager_reaches_no_other_practices_switches_and_a_federation_admin_all(
    rig: Rig, manager: Counter, world: World
) -> None:
    manager.goes_to(f"/switches?ods={HOST}")
    assert manager.heading == f"Switches of Practice {HOME}"
    manager.sends("/switches/pull", ods=HOST.value, scope="book", reason="Mine")
    assert manager.seen.status_code == 403, "another's is refused, and not taken for one's own"
    assert world.ledger(act="switch.pulled") == []
    admin = Counter.open(rig, user="ada.admin", role=UserRole.FEDERATION_ADMIN)
    admin.goes_to(f"/switches?ods={HOST}")
    assert admin.heading == f"Switches of Practice {HOST}"
    admin.sends("/switches/pull", ods=OTHER.value, scope="see-slots", reason="Their system is down")
    assert admin.heading == f"Switches of Practice {OTHER}" and "It is stopped" in admin.says


@pytest.mark.parametrize(
    ("role", "switches", "choices"),
    [
        (UserRole.RECEPTIONIST, 403, 200),
        (UserRole.CLINICIAN, 403, 200),
        (UserRole.PRACTICE_MANAGER, 200, 200),
        (UserRole.CALDICOTT_GUARDIAN, 200, 200),
        (UserRole.FEDERATION_ADMIN, 200, 403),
        (UserRole.ANALYST, 403, 403),
    ],
)
def test_the_menu_leads_there_whom_the_pages_let_in(
    rig: Rig, counter: Counter, role: UserRole, switches: int, choices: int
) -> None:
    who = Counter.open(rig, user="somebody", role=role)
    for address, status in (("/switches", switches), ("/choices", choices)):
        assert who.goes_to(address).seen.status_code == status
        assert (f'href="{address}"' in who.goes_to("/agreements").seen.text) == (status == 200)


# Patients' choices


def choose(counter: Counter, verb: str, choice: str = "dissent-to-sharing") -> Counter:
    (shown_for, *_) = re.findall(r'name="shown_for" value="(\d+)"', counter.seen.text)
    return counter.sends(f"/choices/{verb}", choice=choice, shown_for=shown_for)


def test_reception_writes_a_dissent_down_and_withdraws_it(counter: Counter, world: World) -> None:
    counter.goes_to("/choices")
    assert counter.heading == "A patient’s choices about sharing"
    counter.sends("/choices", nhs_number="999 000 0018")
    assert counter.heading == "EXAMPLE, Ann: choices about sharing" and counter.says.count("Not recorded") == 3
    assert "It stops no appointment anywhere" in counter.says
    choose(counter, "record")
    assert "It is recorded, and holds from now on everywhere." in counter.says
    assert "written down by Rita Reception" in counter.says and counter.says.count("Not recorded") == 2
    choose(counter, "withdraw")
    assert "It is withdrawn" in counter.says and counter.says.count("Not recorded") == 3
    assert [row.detail["choice"] for row in world.ledger(act="choice.recorded")] == ["dissent-to-sharing"]


def test_no_address_names_the_patient(counter: Counter) -> None:
    counter.sends("/choices", nhs_number="999 000 0018")
    for place in (counter.seen.request.url, *re.findall(r'(?:href|action)="([^"]*)"', counter.seen.text)):
        assert not re.search(r"999.?000.?0018|example|ann\b", place, flags=re.I), place


def test_the_patient_on_the_phone_needs_no_number_and_another_can_be_asked_for(counter: Counter) -> None:
    counter.answers().goes_to("/choices")
    assert counter.heading == "EXAMPLE, Ann: choices about sharing"
    counter.sends("/choices", another="yes")
    assert counter.heading == "A patient’s choices about sharing"
    counter.sends("/choices", nhs_number="9990000026")
    assert counter.heading == "EXAMPLE, Bob: choices about sharing"


def test_another_practice_may_write_it_down_and_not_withdraw_it(rig: Rig, counter: Counter, world: World) -> None:
    there = Counter.open(rig, practice=HOST, user="hana.host")
    there.sends("/choices", nhs_number=ANN.value)
    choose(there, "record")
    assert "Only the practice where the patient is registered can withdraw it." in there.says
    there.sends("/choices/withdraw", choice="dissent-to-sharing", shown_for=ANN.value[-4:])
    assert there.seen.status_code == 403 and "Nothing was changed" in there.says
    assert [row.outcome for row in world.ledger(act="choice.withdrawn")] == ["refused"]


def test_a_page_shown_for_another_patient_changes_nothing(counter: Counter, world: World) -> None:
    counter.sends("/choices", nhs_number=ANN.value)
    counter.sends("/choices/record", choice="dissent-to-sharing", shown_for="0026")
    assert counter.seen.status_code == 409 and world.ledger(act="choice.recorded") == []
    counter.sends("/choices", nhs_number=ANN.value).sends("/choices/record", choice="all", shown_for="0018")
    assert counter.seen.status_code == 422 and world.ledger(act="choice.recorded") == []


def test_a_wrong_number_or_one_that_nobody_has_is_said_so(counter: Counter) -> None:
    counter.sends("/choices", nhs_number="999 000 0019")
    assert counter.seen.status_code == 422
    counter.sends("/choices", nhs_number="999 000 0034")
    assert counter.seen.status_code == 422 and counter.heading == "A patient’s choices about sharing"


def test_while_the_national_record_is_away_a_choice_is_written_down_and_none_withdrawn(
    counter: Counter, world: World
) -> None:
    counter.sends("/choices", nhs_number=ANN.value)
    choose(counter, "record")
    world.network.tracing.script.inject("trace", Mishap.UNREACHABLE, times=None)
    counter.sends("/choices/withdraw", choice="dissent-to-sharing", shown_for="0018")
    assert counter.seen.status_code == 503
    assert "nothing was withdrawn" in counter.says and "read the number back" in counter.says
    counter.sends("/choices/record", choice="type-1-opt-out", shown_for="0018")
    assert "It is recorded" in counter.says
