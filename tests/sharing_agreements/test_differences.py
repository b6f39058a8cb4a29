"""What a new version changes, in sentences, and who signs again; and the life cycle as one table."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharing_agreements import naming
from sharing_agreements.differences import differences, must_sign
from sharing_agreements.document import AgreementDocument, Attached, to_json
from sharing_agreements.lifecycle import KEEPERS, TABLE, Act, NotNow, acts, after
from tests.scheduling.world import HOME, HOST, NOW, OTHER
from tests.sharing_agreements.making import PARTIES, party, whole
from tests.sharing_agreements.test_documents import DOCUMENTS
from vocabulary.agreements import (
    AgreementStatus,
    Article6,
    Article9,
    AtEnd,
    CommonLawBasis,
    ControllerRole,
    SensitiveRule,
)
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole


def test_a_version_that_changes_nothing_asks_nobody_to_sign_again() -> None:
    old, new = whole(), whole(version=2, supersedes=1)
    assert differences(old, new) == ()
    assert must_sign(old, new, frozenset(PARTIES)) == frozenset()
    assert must_sign(old, new, frozenset({HOME})) == {HOST}, "who has not signed the old one signs the new one"


@pytest.mark.parametrize(
    ("change", "concerns", "says"),
    [
        ({"title": "New title"}, (), "The title was “Extended access: shared appointments” and is now “New title”."),
        ({"parties": (party(HOME), replace(party(HOST), contact="x"))}, (), "is reached at x instead of"),
        (
            {"parties": (party(HOME), replace(party(HOST), signatory="Dr New"))},
            (HOST,),
            "Dr New (Caldicott Guardian) signs",
        ),
        (
            {"parties": (party(HOME), replace(party(HOST), role=ControllerRole.CONTROLLER))},
            (HOST,),
            "is now controller",
        ),
        ({"parties": tuple(map(party, (HOME, HOST, OTHER)))}, (HOME, HOST, OTHER), f"Practice {OTHER} joins."),
        ({"parties": (party(HOME),)}, (), f"Practice {HOST} is no longer a party"),
        ({"purpose": "Another."}, PARTIES, "now says “Another.”"),
        ({"handling": replace(whole().handling, breach="Tell all.")}, PARTIES, "On breaches"),
        ({"clauses": whole().clauses[:1]}, PARTIES, "Clause 2.2 goes."),
        ({"sensitive": SensitiveRule.NATIONAL_SET}, PARTIES, "the national sensitive set is left out"),
        ({"exclusions": ("Notes of counsellors.",)}, PARTIES, "Now left out: Notes of counsellors."),
        ({"article_6": Article6.VITAL_INTERESTS}, PARTIES, "Article 6(1)(d)"),
        ({"article_9": Article9.PUBLIC_HEALTH}, PARTIES, "Article 9(2)(i)"),
        ({"common_law": CommonLawBasis.EXPLICIT_CONSENT}, PARTIES, "explicit consent"),
        ({"ends_at": NOW + timedelta(days=400)}, PARTIES, "Its last day is"),
        ({"at_end": AtEnd.MOVE}, PARTIES, "At its end, booked appointments are moved"),
        ({"dpia": "DPIA-2"}, PARTIES, "DPIA-2 instead of DPIA-2026-07"),
        ({"attachments": (Attached("a.pdf", "application/pdf", 3, "0" * 64),)}, PARTIES, "The file “a.pdf” is added."),
    ],
)
def test_a_change_is_a_sentence_and_concerns_those_whose_terms_it_changes(
    change: dict[str, object], concerns: tuple[OdsCode, ...], says: str
) -> None:
    old, new = whole(), whole(version=2, **change)
    (difference,) = differences(old, new)
    assert says in difference.words
    assert difference.concerns == frozenset(concerns)
    assert must_sign(old, new, frozenset(PARTIES)) == frozenset(concerns)


def test_a_clause_between_two_concerns_these_two_only() -> None:
    parties = (HOME, HOST, OTHER)
    between = replace(whole().clauses[1], number="2.3", giver=HOST, receiver=HOME)
    old = whole(*parties)
    new = whole(*parties, version=2, clauses=(*old.clauses, between))
    (added,) = differences(old, new)
    assert added.concerns == {HOME, HOST}
    assert added.words == (
        f"New clause 2.3: Clinicians, practice managers and receptionists at Practice {HOME} may book, change and "
        f"cancel appointments at Practice {HOST} (appointments and name, date of birth and how to reach the patient; "
        "for direct care)."
    )
    narrower = whole(*parties, version=3, clauses=(*old.clauses, replace(between, receiver=OTHER)))
    (changed,) = differences(new, narrower)
    assert changed.concerns == {HOME, HOST, OTHER}
    assert changed.words.startswith("Clause 2.3 said: ")


@given(DOCUMENTS, DOCUMENTS)
@settings(max_examples=60, deadline=None)
def test_no_signed_field_changes_unnoticed(old: AgreementDocument, new: AgreementDocument) -> None:
    """Two documents that differ in more than their identity have a difference to show."""
    identity = {"code": "", "version": 1, "supersedes": None, "template": "", "template_version": 1}
    one, other = to_json(replace(old, **identity)), to_json(replace(new, **identity))
    party_names = (
        [{**each, "name": ""} for each in one["parties"]],
        [{**each, "name": ""} for each in other["parties"]],
    )
    one["parties"], other["parties"] = party_names
    one["attachments"] = [each["sha256"] for each in one["attachments"]]
    other["attachments"] = [each["sha256"] for each in other["attachments"]]
    for dates in (one["dates"], other["dates"]):
        for end in ("starts_at", "ends_at"):
            dates[end] = dates[end] and dates[end][:10]
    one["sensitive_data"]["exclusions"].sort()
    other["sensitive_data"]["exclusions"].sort()
    if one != other:
        assert differences(old, new) or _same_days(old, new)


def _same_days(old: AgreementDocument, new: AgreementDocument) -> bool:
    return naming.first_day(old.starts_at) == naming.first_day(new.starts_at) and naming.last_day(
        old.ends_at
    ) == naming.last_day(new.ends_at)


# The life cycle


def test_the_table_is_the_whole_life() -> None:
    """Every state but the last two leads on; from these nothing comes back, and each state can be reached."""
    ends = {AgreementStatus.ENDED, AgreementStatus.EXPIRED}
    for status in AgreementStatus:
        leads_to = {to for (at, _), to in TABLE.items() if at is status}
        assert bool(acts(status)) and leads_to - {status} if status not in ends else leads_to <= {status}
    assert acts(AgreementStatus.EXPIRED) == {Act.RENEW}, "its next version; it stays as it is"
    reached, grown = {AgreementStatus.DRAFT}, True
    while grown:
        further = {to for (at, _), to in TABLE.items() if at in reached}
        grown = not further <= reached
        reached |= further
    assert reached == set(AgreementStatus)


@given(st.lists(st.sampled_from(Act), max_size=30))
def test_nothing_grants_that_was_not_proposed_and_brought_into_force(done: list[Act]) -> None:
    status, history = AgreementStatus.DRAFT, []
    for act in done:
        try:
            status = after(status, act, "DSA-1 v1")
        except NotNow as refused:
            assert refused.next_step
            continue
        history.append(act)
        if status in (AgreementStatus.IN_FORCE, AgreementStatus.SUSPENDED):
            assert Act.PROPOSE in history
            assert Act.COME_INTO_FORCE in history
        if status is AgreementStatus.IN_FORCE and Act.SUSPEND in history:
            assert history.count(Act.RESUME) == history.count(Act.SUSPEND)
        if Act.END in history or Act.EXPIRE in history:
            assert status in (AgreementStatus.ENDED, AgreementStatus.EXPIRED)


def test_a_receptionist_keeps_no_agreements() -> None:
    assert {
        UserRole.PRACTICE_MANAGER,
        UserRole.CALDICOTT_GUARDIAN,
        UserRole.FEDERATION_ADMIN,
        UserRole.SYSTEM,
    } == KEEPERS
