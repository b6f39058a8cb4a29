"""R12: the database is away, and tonight's list can still be read by whoever was just working, and by nobody else."""

import stat
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from hub.config import Secret
from hub.web.clinic.copying import EXTENSION
from hub.web.clinic.last_copies import LastCopies, LastCopy
from hub.web.clinic.tonight_lines import TonightLine, tonight_lines
from scheduling.visit_rules import Visit
from scheduling.visiting import ExpectedVisit
from tests.hub.web.fakes import AWAY, HOME, NOW, REF, booking_view, facts
from tests.hub.web.shop import Desk, Shop
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole


def copy(at: Any = NOW) -> LastCopy:
    joan = ExpectedVisit(booking_view(facts=facts(host=HOME)), Visit(), (), False, False, None)
    lines = tonight_lines([joan], NOW.date(), NOW, {"Y90001": "Beechwood Surgery"})
    return LastCopy("Y90001", "Beechwood Surgery", NOW.date(), at, lines, (("Fallodon Way", "0117 496 0102"),))


@pytest.fixture
def copies(tmp_path: Path) -> LastCopies:
    return LastCopies(tmp_path, Secret("only-for-tests"))


def test_a_copy_comes_back_as_it_was_kept(copies: LastCopies) -> None:
    copies.keep(copy())
    assert copies.read(HOME) == copy()
    assert copies.read(AWAY) is None


def test_the_note_to_the_host_is_in_the_copy_and_a_copy_of_an_older_hub_is_read_without_one(copies: LastCopies) -> None:
    (line,) = copy().lines
    assert line.note == "Deaf in the left ear"
    kept = asdict(line)
    del kept["note"]
    assert TonightLine(**kept) == replace(line, note="")


def test_a_newer_copy_takes_the_place_of_the_older(copies: LastCopies, tmp_path: Path) -> None:
    copies.keep(copy())
    copies.keep(copy(NOW + timedelta(minutes=5)))
    found = copies.read(HOME)
    assert found is not None and found.at == NOW + timedelta(minutes=5)
    assert len(list((tmp_path / "last-copies").iterdir())) == 1


def test_the_file_is_private_and_names_nobody_in_the_clear(copies: LastCopies, tmp_path: Path) -> None:
    copies.keep(copy())
    (file,) = (tmp_path / "last-copies").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    content = file.read_text()
    for word in ("PRITCHARD", "Joan", "999 000 0018", "9990000018", "Knee"):
        assert word not in content and word not in file.name


def test_a_copy_that_was_changed_or_has_another_key_is_no_copy(copies: LastCopies, tmp_path: Path) -> None:
    copies.keep(copy())
    assert LastCopies(tmp_path, Secret("another key")).read(HOME) is None
    (file,) = (tmp_path / "last-copies").iterdir()
    file.write_text(file.read_text()[:-4] + "AAAA")
    assert copies.read(HOME) is None


def database_goes_away(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

    for verb in ("find", "begin", "save", "end"):
        monkeypatch.setattr(shop.sessions, verb, away)
    for verb in ("expected", "attention", "waiting", "board", "find"):
        monkeypatch.setattr(type(shop.desk), verb, away)
    monkeypatch.setattr(shop.book, "practices", away)


def prepared(shop: Shop) -> Desk:
    """Reception has looked at tonight's list: Joan comes at ten to seven."""
    shop.desk.bookings = {REF.value: booking_view(facts=facts(host=HOME))}
    reception = shop.sign_in()
    assert "PRITCHARD" in reception.get("/tonight").text
    return reception


def test_opening_the_list_keeps_its_copy_and_another_day_does_not(shop: Shop) -> None:
    reception = prepared(shop)
    shop.desk.bookings = {}
    reception.get("/tonight?day=2026-11-25")
    page = reception.get("/tonight/last-copy")
    assert "PRITCHARD, Joan" in page.text and "5.55pm on Tuesday 24 November 2026" in page.text


def test_a_copy_is_made_while_anybody_works_and_again_after_ten_minutes(shop: Shop) -> None:
    made: list[Any] = []
    keeper = shop.app.extensions[EXTENSION]
    keeper.run = lambda work: made.append(work) or work()
    reception = shop.sign_in()
    shop.desk.bookings = {REF.value: booking_view(facts=facts(host=HOME))}
    reception.get("/bookings")
    found = keeper.copies.read(HOME)
    assert found is not None and len(found.lines) == 1
    shop.clock.pass_by(minutes=9)
    reception.get("/search")
    assert len(made) == 1
    shop.clock.pass_by(minutes=1)
    reception.get("/search")
    assert len(made) == 2
    shop.sign_in(UserRole.ANALYST).get("/agreements")
    assert len(made) == 2


def test_a_copy_that_cannot_be_made_disturbs_nobody_and_is_tried_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = shop.app.extensions[EXTENSION]
    keeper.run = lambda work: work()
    shop.desk.refuse["expected_for_copy"] = RuntimeError("broken")
    reception = shop.sign_in()
    assert reception.get("/bookings").status_code == 200
    assert keeper.copies.read(HOME) is None
    shop.desk.refuse.clear()
    reception.get("/bookings")
    assert keeper.copies.read(HOME) is not None


def test_while_the_database_is_away_the_copy_can_be_read(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    reception = prepared(shop)
    database_goes_away(shop, monkeypatch)
    shop.clock.pass_by(minutes=10)
    trouble = reception.get("/tonight")
    assert trouble.status_code == 503 and 'href="/tonight/last-copy"' in trouble.text
    page = reception.get("/tonight/last-copy")
    assert page.status_code == 200
    assert "database does not answer" in page.text
    assert "Practices to ring" in page.text and "Southmead and Henbury Practice" in page.text
    assert "PRITCHARD, Joan" in page.text and "10 min ago" in page.text


def test_each_reading_keeps_the_pass_alive_and_a_quarter_of_an_hour_without_ends_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    reception = prepared(shop)
    database_goes_away(shop, monkeypatch)
    for _ in range(4):
        shop.clock.pass_by(minutes=14)
        assert reception.get("/tonight/last-copy").status_code == 200
    shop.clock.pass_by(minutes=16)
    assert reception.get("/tonight/last-copy").status_code == 503


def test_twelve_hours_are_the_most_a_pass_lasts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    reception = prepared(shop)
    database_goes_away(shop, monkeypatch)
    for _ in range(51):
        shop.clock.pass_by(minutes=14)
        assert reception.get("/tonight/last-copy").status_code == 200
    shop.clock.pass_by(minutes=14)
    assert reception.get("/tonight/last-copy").status_code == 503


def test_a_stranger_reads_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(shop)
    assert shop.client().get("/tonight/last-copy").status_code == 303
    database_goes_away(shop, monkeypatch)
    answer = shop.client().get("/tonight/last-copy")
    assert answer.status_code == 503 and "PRITCHARD" not in answer.text


def test_somebody_at_another_practice_reads_their_own_copy_only(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(shop)
    neighbour = shop.sign_in(practice=AWAY)
    neighbour.get("/practices")
    database_goes_away(shop, monkeypatch)
    page = neighbour.get("/tonight/last-copy")
    assert page.status_code == 200 and "PRITCHARD" not in page.text
    assert "There is no copy for Fallodon Way Medical Centre" in page.text


def test_whoever_signed_out_or_changed_practice_has_no_pass_any_more(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaver, mover = prepared(shop), shop.sign_in()
    mover.get("/practices")
    shop.clock.pass_by(minutes=2)
    leaver.post("/sign-out")
    mover.session.data["posts"] = [{"role": "receptionist", "practice": "Y90002", "role_profile_id": "1", "until": ""}]
    mover.post("/sign-in/role", {"post": "receptionist@Y90002"})
    mover.get("/practices")
    database_goes_away(shop, monkeypatch)
    assert leaver.get("/tonight/last-copy").status_code == 503
    assert "PRITCHARD" not in mover.get("/tonight/last-copy").text


def test_a_locked_session_reads_nothing_while_the_database_answers(shop: Shop) -> None:
    reception = prepared(shop)
    shop.clock.pass_by(minutes=16)
    assert reception.get("/tonight/last-copy").headers["Location"].startswith("/sign-in/lock")


def test_locking_by_hand_takes_the_pass_away(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    reception = prepared(shop)
    reception.post("/sign-in/lock")
    database_goes_away(shop, monkeypatch)
    assert reception.get("/tonight/last-copy").status_code == 503


def test_a_role_that_may_not_see_the_list_gets_no_pass(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(shop)
    analyst = shop.sign_in(UserRole.ANALYST)
    analyst.get("/agreements")
    assert analyst.get("/tonight/last-copy").status_code == 403
    database_goes_away(shop, monkeypatch)
    assert analyst.get("/tonight/last-copy").status_code == 503


def test_yesterdays_copy_says_that_it_is_not_todays(shop: Shop) -> None:
    reception = prepared(shop)
    shop.clock.pass_by(days=1)
    reception.session.seen_at = reception.session.created_at = shop.clock.now()
    assert "This is not today’s list." in reception.get("/tonight/last-copy").text


def test_a_disk_that_is_full_does_not_take_the_list_away(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(LastCopies, "keep", full)
    shop.desk.bookings = {REF.value: replace(booking_view(), facts=facts(host=HOME))}
    assert "PRITCHARD" in shop.sign_in().get("/tonight").text


def test_practice_codes_cannot_lead_out_of_the_folder(copies: LastCopies) -> None:
    assert copies.read(OdsCode("../../etc/passwd")) is None
    with pytest.raises(ValueError):
        copies.keep(replace(copy(), practice="../evil"))
