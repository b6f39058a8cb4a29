"""The rules over eight weeks of one cluster: every planted misuse found, and guardians not drowned in vain."""

from accountability.concerns import Concern
from accountability.unusual import Thresholds
from demo.federation.network import clusters
from tests.accountability.eight_weeks import play


def test_every_planted_misuse_is_found_and_a_guardian_gets_less_than_one_review_a_week_in_vain() -> None:
    played = play(list(clusters()[:1]))
    verdicts = played.judged()
    assert verdicts.looks > 5000
    assert set(verdicts.planted) == {
        Concern.OWN_RECORD,
        Concern.SAME_HOUSEHOLD,
        Concern.COLLEAGUE,
        Concern.NO_CARE_LINK,
        Concern.BULK,
        Concern.OUT_OF_HOURS,
    }
    assert not verdicts.missed
    assert verdicts.wrong_a_practice_and_week < 1
    for concern in (Concern.OWN_RECORD, Concern.COLLEAGUE, Concern.SAME_HOUSEHOLD):
        assert verdicts.wrong_but_sure[concern] == 0, "a namesake is never told as certain"
    assert played.judged(Thresholds(bulk_patients=61)).missed[Concern.BULK], "with another threshold it would be missed"
