"""“Proof”: everybody may look; managers and guardians take their own practice's acts away."""

from hub.audit import EXTENSION
from tests.hub.web.fakes import HOME
from tests.hub.web.reading import words
from tests.hub.web.shop import Desk, Shop, SmallAudit
from vocabulary.people import UserRole

DAYS = {"first": "2026-02-20", "last": "2026-03-01"}


def test_everybody_sees_the_roots_and_where_their_practices_chain_stands(shop: Shop, reception: Desk) -> None:
    page = words(reception.get("/proof"))
    assert "Acts sealed 9" in page
    assert "Of these signed 7, by root 1 (" in page
    assert "Root 1" in page and "How to check" in page
    assert "Take our acts away" not in page
    assert reception.post("/proof/export", DAYS).status_code == 403
    assert '/proof">How that is proved</a>' in reception.get("/").text


def test_a_guardian_downloads_without_patients_unless_they_untick_it(shop: Shop) -> None:
    guardian, audit = shop.sign_in(UserRole.CALDICOTT_GUARDIAN), shop.app.extensions[EXTENSION]
    assert isinstance(audit, SmallAudit)
    page = guardian.get("/proof").text
    assert 'value="patients" checked' in page
    answer = guardian.post("/proof/export", {**DAYS, "without": "patients"})
    assert (answer.status_code, answer.mimetype) == (200, "application/jsonl")
    assert answer.headers["Content-Disposition"] == (f'attachment; filename="acts-{HOME}-2026-02-20-2026-03-01.jsonl"')
    assert answer.text.splitlines()[-1] == '{"acts":0,"kind":"end"}'
    assert guardian.post("/proof/export", DAYS).status_code == 200
    (practice, without), whole = audit.exports
    assert (practice, "nhs_number" in without, "user_name" in without) == (HOME, True, False)
    assert whole == (HOME, frozenset())


def test_days_that_make_no_period_are_refused_in_plain_words(shop: Shop) -> None:
    manager = shop.sign_in(UserRole.PRACTICE_MANAGER)
    for days, said in (
        ({"first": "2026-03-02", "last": "2026-03-01"}, "The last day has to be on or after the first"),
        ({"first": "2020-03-02", "last": "2026-03-01"}, "within 400 days"),
        ({"first": "yesterday", "last": "2026-03-01"}, "“From” is not a date"),
    ):
        answer = manager.post("/proof/export", days)
        assert (answer.status_code, said in words(answer)) == (422, True)
