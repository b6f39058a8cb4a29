"""A cluster's agreements from one table at a browser, and a code in use: said before anything is written."""

import io
import re
from html import unescape

import pytest

from hub.web.sharing import onboarding_pages
from sharing_agreements import exchange
from tests.hub.rig import Rig
from tests.hub.web.counter import Counter
from tests.scheduling.world import HOME, HOST, World
from tests.sharing_agreements.making import ADMIN, in_force, register
from vocabulary.agreements import AgreementStatus
from vocabulary.people import UserRole

pytestmark = pytest.mark.database
AT = "/agreements/onboard"
TABLE = f"""code;title;ods;signatory;contact;starts_on;review_on;last_day;dpia
DSA-AVON-07;Avon 7;{HOME};Dr A;0117 496 0301;1/1/2027;1.10.2027;2028-12-31;D7
DSA-AVON-07;;{HOST};Dr B;0117 496 0302;;;;
DSA-AVON-08;Avon 8;{HOME};Dr A;0117 496 0301;01/01/2027;;31/12/2026;
"""


@pytest.fixture
def admin(rig: Rig, counter: Counter) -> Counter:
    return Counter.open(rig, user="farah.admin", role=UserRole.FEDERATION_ADMIN)


def uploads(counter: Counter, text: str) -> None:
    counter.sends(AT, file=(io.BytesIO(text.encode("utf-8-sig")), "cluster.csv"))  # type: ignore[arg-type]


def test_a_table_is_shown_first_and_then_drafted(admin: Counter, world: World) -> None:
    uploads(admin, TABLE)
    assert "What it would draft: 2 agreements" in admin.says
    assert "Say by which day the parties review it." in admin.says, "what is missing is said before"
    assert register(world).summaries(AgreementStatus.DRAFT, caller=ADMIN) == ()
    kept = re.search(r'<textarea name="table" hidden>\n(.*?)</textarea>', admin.seen.text, re.S)
    assert kept is not None
    admin.sends(AT, apply="yes", table=unescape(kept[1]))
    assert admin.heading == "Drafted: 2 agreements"
    first, _ = register(world).summaries(AgreementStatus.DRAFT, caller=ADMIN)
    assert (first.label, str(first.ends_at)) == ("DSA-AVON-07 v1", "2029-01-01 00:00:00+00:00")


def test_all_that_hinders_it_is_told_at_once_and_nothing_is_written(admin: Counter, world: World) -> None:
    in_force(world)
    wrong = TABLE.replace("DSA-AVON-08", "DSA-NEW-01").replace("1.10.2027", "soon")
    uploads(admin, wrong)
    assert admin.seen.status_code == 422
    assert "DSA-NEW-01: The code DSA-NEW-01 is in use: DSA-NEW-01 v1 is in force." in admin.says
    assert "line 2, review_on: A day is written as 31/3/2027 or 2027-03-31." in admin.says
    admin.sends(AT, apply="yes", table=wrong)
    assert admin.seen.status_code == 422
    assert register(world).summaries(AgreementStatus.DRAFT, caller=ADMIN) == ()


def test_only_the_federation_onboards(rig: Rig, counter: Counter) -> None:
    manager = Counter.open(rig, user="mina.manager", role=UserRole.PRACTICE_MANAGER)
    manager.goes_to(AT)
    assert manager.seen.status_code == 403


def test_new_and_imported_codes_in_use_lead_to_an_amendment(admin: Counter, world: World) -> None:
    ref = in_force(world)
    admin.sends("/agreements/new", template="direct-care", code=ref.code, title="Another one")
    assert admin.seen.status_code == 422 and "Begin an amendment of DSA-NEW-01 v1" in admin.says
    text = exchange.write(register(world).detail(ref, caller=ADMIN).document).encode()
    admin.sends("/agreements/bring-in", file=(io.BytesIO(text), "a.json"))  # type: ignore[arg-type]
    assert admin.seen.status_code == 422 and "DSA-NEW-01 v1 is in force" in admin.says
    assert register(world).detail(ref, caller=ADMIN).versions == ((1, AgreementStatus.IN_FORCE),)
    admin.sends("/agreements/bring-in", file=(io.BytesIO(text), "a.json"), **{"next-version": "1"})  # type: ignore[arg-type]
    assert "DSA-NEW-01 v2" in admin.says
    admin.sends("/agreements/new", template="direct-care", code=ref.code, title="Another one")
    assert "is being drafted already" in admin.says and "Begin an amendment of" not in admin.says


def test_a_table_too_large_is_told_so_wherever_it_was_cut(admin: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onboarding_pages, "BIGGEST_TABLE", 1025)  # read to within a letter
    uploads(admin, "é" * 1024)
    assert admin.seen.status_code == 422
    assert "The file is larger than 512 kilobytes." in admin.says
