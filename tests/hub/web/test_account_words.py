"""Lines of the ledger in words: refusals say why, unknown acts stay readable, and “your” is never the reader."""

from dataclasses import replace

import pytest

from accountability.concerns import Concern, Verdict
from hub.web.oversight.account_words import line_words
from hub.web.oversight.act_words import act_words
from hub.web.oversight.why_words import CONCERNS, VERDICTS
from records.problems import RecordUnavailable, RecordWithheld
from sharing_agreements.terms import Why
from tests.hub.web.fakes import AWAY, HOME
from tests.hub.web.overseers import LINE
from vocabulary.choices import AnsweredBy, Permission
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
    assert words.why == "Direct care. The patient, or who spoke for them, gave permission", "before that was asked"
    assert line_words(replace(shown, detail={}), NAMES).what == "Viewed the shared record"
    kept_back = replace(shown, detail={"sections": ["problems"], "left_out": 2})
    assert line_words(kept_back, NAMES).what.endswith(": problems (2 of the entries left out as sensitive)")


def test_what_somebody_gave_as_their_reason_stands_beside_the_patients_answer() -> None:
    shown = replace(LINE, act="record.shown", outcome="done", reason="cannot-ask", detail={"why": "Unconscious."})
    assert line_words(shown, NAMES).why == "Direct care. The patient could not be asked. Reason given: “Unconscious.”"
    broken = replace(LINE, act="glass.broken", reason="Collapsed", detail={"permission": "cannot-ask"})
    assert line_words(broken, NAMES).why == "Direct care. The patient could not be asked. Reason given: “Collapsed”"
    refused = replace(ASKED, act="glass.refused", reason="no-care-link", detail={"said": "A test"})
    assert line_words(refused, NAMES).why == (
        "Direct care. Nothing shows that Beechwood is caring for this patient, so Fallodon Way Medical Centre's record "
        "of them cannot be viewed. Reason given: “A test”"
    )


@pytest.mark.parametrize("permission", Permission)
def test_a_permit_to_look_says_what_the_patient_answered(permission: Permission) -> None:
    asked = replace(ASKED, act="permit.view-record", outcome="allowed", reason="granted")
    assert line_words(asked, NAMES).why == "Direct care. A clause allows it"
    with_answer = line_words(replace(asked, detail={"permission": permission.value}), NAMES).why
    assert with_answer.startswith("Direct care. A clause allows it. The"), with_answer


@pytest.mark.parametrize(
    ("who", "permission", "told"),
    [
        (AnsweredBy.PATIENT, Permission.GIVEN, "The patient gave permission"),
        (AnsweredBy.PARENT, Permission.GIVEN, "The patient’s parent or guardian gave permission"),
        (AnsweredBy.ATTORNEY, Permission.GIVEN, "The patient’s attorney or deputy gave permission"),
        (AnsweredBy.CARER, Permission.REFUSED, "The patient’s carer was asked, and said no"),
    ],
)
def test_whoever_spoke_for_the_patient_is_named_and_never_the_patient_in_their_place(
    who: AnsweredBy, permission: Permission, told: str
) -> None:
    shown = replace(
        LINE, act="record.shown", outcome="done", reason=permission.value, detail={"answered_by": who.value}
    )
    assert line_words(shown, NAMES).why == f"Direct care. {told}"
    detail = {"permission": permission.value, "answered_by": who.value}
    assert line_words(replace(ASKED, act="permit.view-record", reason="granted", detail=detail), NAMES).why.endswith(
        told
    )


def test_a_code_is_put_in_words_and_what_people_wrote_is_left_as_it_is() -> None:
    refused = replace(ASKED, act="booking.not-asked", reason="patient-not-found")
    assert line_words(refused, NAMES).why == "Direct care. Patient not found"
    written = replace(refused, act="booking.refused", reason="Face-to-face only, they say.")
    assert line_words(written, NAMES).why == "Direct care. Face-to-face only, they say"


@pytest.mark.parametrize("problem", [RecordWithheld, RecordUnavailable])
def test_a_record_that_was_not_shown_says_why_in_words(problem: type[Problem]) -> None:
    line = replace(LINE, act="record.not-shown", outcome="refused", reason=problem.code, purpose="direct-care")
    assert line_words(line, NAMES).why.startswith("Direct care. The practice d")


@pytest.mark.parametrize(
    ("act", "reason", "detail", "said"),
    [
        ("visit.noted", "", {"status": "arrived"}, "Noted where the patient is: arrived"),
        ("visit.taken-back", "", {"status": "expected"}, "Took back the last thing noted of a visit: now expected"),
        ("booking.booked", "In the room", {}, "Took back whether the patient came"),
        ("booking.booked", "Elm Grove has the appointment.", {}, "Booked"),
    ],
)
def test_what_was_noted_of_a_visit_is_told(act: str, reason: str, detail: dict[str, object], said: str) -> None:
    assert line_words(replace(LINE, act=act, reason=reason, detail=detail), NAMES).what == said


TASK, SUMMARY = {"kind": "task", "team": "reception"}, {"kind": "summary", "team": "clinicians"}


@pytest.mark.parametrize(
    ("act", "detail", "said"),
    [
        ("message.sent", SUMMARY, "Sent a visit summary to Bramble Hill"),
        ("message.sent", TASK, "Sent a task to reception at Bramble Hill"),
        (
            "message.sent",
            {**SUMMARY, "corrects": "abc"},
            "Sent a visit summary to Bramble Hill, correcting an earlier one",
        ),
        ("message.opened", {**TASK, "text": True}, "Read a task for reception"),
        ("message.opened", {**TASK, "recipient": HOME.value}, "Read a task for reception at Bramble Hill"),
        ("message.opened", {**TASK, "recipient": AWAY.value}, "Read a task from Bramble Hill for reception"),
        ("message.opened", {**SUMMARY, "recipient": AWAY.value}, "Read a visit summary from Bramble Hill"),
        (
            "message.opened",
            {**SUMMARY, "recipient": HOME.value, "to_correct": True},
            "Read a visit summary for Bramble Hill, to correct it",
        ),
        ("message.opened", {**SUMMARY, "text": False}, "Opened a visit summary whose text the hub no longer had"),
        ("message.taken", TASK, "Took on a task from Bramble Hill for reception"),
        ("message.done", TASK, "Said that a task from Bramble Hill for reception is done"),
        ("message.closed", {**TASK, "recipient": HOME.value}, "Closed a task for reception at Bramble Hill"),
        ("message.listed", {"shown": 3}, "Read a list of messages"),
        ("message.sent", {}, "Sent a visit summary or a task"),
        ("message.sent", {"kind": "owl"}, "Sent a visit summary or a task"),
    ],
)
def test_a_message_says_which_kind_it_was_and_the_other_practice(
    act: str, detail: dict[str, object], said: str
) -> None:
    """LINE acts for AWAY; the other practice is HOME."""
    line = replace(LINE, act=act, detail=detail, host=HOME)
    assert line_words(line, {**NAMES, HOME.value: "Bramble Hill"}).what == said


def test_a_document_that_was_opened_is_told_by_its_day_and_by_no_name() -> None:
    detail = {"document": "a1b2", "made": "2019-06-24", "file": "application/pdf", "answered_by": "patient"}
    shown = replace(LINE, act="record.document-shown", outcome="done", reason="given", detail=detail)
    words = line_words(shown, NAMES)
    assert words.what == "Opened a document in the shared record (a PDF), dated 24 June 2019"
    assert words.may_flag and "The patient gave permission" in words.why
    undated = line_words(replace(shown, detail={**detail, "made": ""}), NAMES)
    assert undated.what == "Opened a document in the shared record (a PDF)"
    gone = replace(LINE, act="record.document-not-shown", outcome="refused", reason="document-not-listed")
    assert "does not list it any more" in line_words(gone, NAMES).why
