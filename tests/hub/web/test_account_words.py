"""Lines of the ledger in words: refusals say why, unknown acts stay readable, and “your” is never the reader."""

from dataclasses import replace

import pytest

from accountability.concerns import Concern, Verdict
from hub.web.oversight.account_words import CONCERNS, VERDICTS, act_words, line_words
from records.problems import RecordUnavailable, RecordWithheld
from sharing_agreements.terms import Why
from tests.hub.web.fakes import AWAY
from tests.hub.web.overseers import LINE
from vocabulary.problems import Problem

NAMES = {"Y90002": "Fallodon Way Medical Centre"}
ASKED = replace(
    LINE, act="permit.book", outcome="refused", host=AWAY, reason="no-agreement", acting_for_name="Beechwood"
)


def test_a_refusal_says_whose_practice_lacks_what() -> None:
    words = line_words(ASKED, NAMES)
    assert (words.outcome, words.what) == ("Refused", "Asked to book, change or cancel")
    assert words.why == "Direct care. Beechwood has no data-sharing agreement with Fallodon Way Medical Centre"


@pytest.mark.parametrize("why", Why)
def test_no_reason_speaks_to_the_reader_or_is_left_out(why: Why) -> None:
    for outcome in ("refused", "allowed"):
        words = line_words(replace(ASKED, reason=why.value, outcome=outcome), NAMES)
        assert "your practice" not in words.why.lower(), why
        assert words.why.startswith("Direct care")


def test_what_nobody_has_worded_is_shown_readably() -> None:
    assert act_words("telescope.pointed-up") == "Telescope: pointed up"
    assert act_words("permit.read-tea-leaves") == "Asked read tea leaves"
    odd = line_words(replace(LINE, outcome="pending", user_role="wizard", via="owl", reason="x"), NAMES)
    assert (odd.outcome, odd.role, odd.device) == ("Pending", "wizard", "Owl")


def test_the_agreement_and_the_clause_are_named() -> None:
    granted = replace(ASKED, outcome="allowed", reason="granted", agreement="DSA-1 v2", clause="2.2")
    assert line_words(granted, NAMES).under == "DSA-1 v2, clause 2.2"
    assert line_words(replace(granted, clause=""), NAMES).under == "DSA-1 v2"


def test_only_a_look_of_a_named_patient_can_be_said_to_be_a_mistake() -> None:
    assert line_words(LINE, NAMES).may_flag
    assert not line_words(replace(LINE, nhs_number=None), NAMES).may_flag
    assert not line_words(replace(LINE, act="booking.requested"), NAMES).may_flag


def test_every_concern_and_verdict_has_words() -> None:
    assert set(CONCERNS) == set(Concern) and set(VERDICTS) == set(Verdict)


def test_a_look_at_a_record_says_which_parts_were_shown_and_why() -> None:
    shown = replace(LINE, act="record.shown", outcome="done", reason="given", purpose="direct-care")
    words = line_words(replace(shown, detail={"sections": ["allergies", "investigations", "tea-leaves"]}), NAMES)
    assert words.what == "Viewed the shared record: allergies, results"
    assert words.why == "Direct care. The patient gave permission"
    assert line_words(replace(shown, detail={}), NAMES).what == "Viewed the shared record"


@pytest.mark.parametrize("problem", [RecordWithheld, RecordUnavailable])
def test_a_record_that_was_not_shown_says_why_in_words(problem: type[Problem]) -> None:
    line = replace(LINE, act="record.not-shown", outcome="refused", reason=problem.code, purpose="direct-care")
    assert line_words(line, NAMES).why.startswith("Direct care. The practice d")


@pytest.mark.parametrize(
    ("act", "detail", "said"),
    [
        ("message.sent", {"kind": "summary"}, "Sent a visit summary"),
        ("message.sent", {"kind": "task"}, "Sent a task"),
        ("message.opened", {"kind": "task", "text": True}, "Read a task"),
        (
            "message.opened",
            {"kind": "summary", "text": False},
            "Opened a visit summary whose text the hub no longer had",
        ),
        ("message.listed", {"shown": 3}, "Read a list of messages"),
        ("message.sent", {}, "Sent a visit summary or a task"),
        ("message.sent", {"kind": "owl"}, "Sent a visit summary or a task"),
    ],
)
def test_a_message_says_which_kind_it_was(act: str, detail: dict[str, object], said: str) -> None:
    assert line_words(replace(LINE, act=act, detail=detail), NAMES).what == said
