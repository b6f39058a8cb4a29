"""Documents: one form in bytes, read back as they were; every gap named with its field; differences in sentences."""

import json
from dataclasses import fields, replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharing_agreements import naming, templates
from sharing_agreements.document import (
    SCHEMA,
    AgreementDocument,
    Attached,
    Clause,
    DocumentParty,
    Handling,
    canonical,
    digest,
)
from sharing_agreements.document_reading import UnreadableAgreement, read, read_text, tidy
from sharing_agreements.templates import TEMPLATES, UnknownTemplate
from sharing_agreements.validation import Step, gaps
from tests.scheduling.world import HOME, HOST, NOW, OTHER
from tests.sharing_agreements.making import PARTIES, party, whole
from vocabulary.agreements import Article6, Article9, AtEnd, CommonLawBasis, ControllerRole, DataCategory, SensitiveRule
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Purpose, Scope

KNOWN = frozenset({HOME, HOST, OTHER})
_texts = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=40).map(tidy)
_codes = st.sampled_from([HOME, HOST, OTHER])
_moments = st.integers(0, 10**8).map(lambda seconds: NOW + timedelta(seconds=seconds))
_parties = st.builds(
    DocumentParty,
    _codes,
    _texts,
    st.sampled_from(ControllerRole),
    _texts,
    st.none() | st.sampled_from(UserRole),
    _texts,
)
_clauses = st.builds(
    Clause,
    st.from_regex(r"[1-9]\.[1-9][0-9]?", fullmatch=True),
    st.sampled_from(Scope),
    st.sampled_from(Purpose),
    st.none() | _codes,
    st.none() | _codes,
    st.frozensets(st.sampled_from(UserRole)),
    st.frozensets(st.sampled_from(DataCategory)),
)
_files = st.builds(Attached, _texts.filter(bool), _texts, st.integers(1, 10**6), st.just("0" * 64))
DOCUMENTS = st.builds(
    AgreementDocument,
    code=st.from_regex(r"[A-Z][A-Z0-9-]{2,10}", fullmatch=True),
    version=st.integers(1, 99),
    supersedes=st.none() | st.integers(1, 98),
    title=_texts,
    purpose=_texts,
    parties=st.lists(_parties, max_size=3, unique_by=lambda each: each.ods).map(
        lambda found: tuple(sorted(found, key=lambda each: each.ods.value))
    ),
    clauses=st.lists(_clauses, max_size=3, unique_by=lambda each: each.number).map(
        lambda found: tuple(sorted(found, key=lambda each: [int(part) for part in each.number.split(".")]))
    ),
    sensitive=st.none() | st.sampled_from(SensitiveRule),
    exclusions=st.lists(_texts.filter(bool), max_size=2).map(tuple),
    article_6=st.none() | st.sampled_from(Article6),
    article_9=st.none() | st.sampled_from(Article9),
    common_law=st.none() | st.sampled_from(CommonLawBasis),
    handling=st.builds(Handling, security=_texts, breach=_texts),
    starts_at=st.none() | _moments,
    review_on=st.none() | st.dates(date(2026, 1, 1), date(2030, 1, 1)),
    ends_at=st.none() | _moments,
    at_end=st.none() | st.sampled_from(AtEnd),
    dpia=_texts,
    attachments=st.lists(_files, max_size=1).map(tuple),
)


@given(DOCUMENTS)
@settings(max_examples=60, deadline=None)
def test_a_document_is_read_back_as_it_was(document: AgreementDocument) -> None:
    text = canonical(document).decode()
    assert read_text(text) == document
    assert read_text(json.dumps(json.loads(text), indent=3, sort_keys=False)) == document, "layout means nothing"
    assert digest(read_text(text)) == digest(document)


@pytest.mark.parametrize("field", [each.name for each in fields(AgreementDocument)])
def test_every_field_is_signed(field: str) -> None:
    """Nothing can be changed without the digest changing."""
    before = whole()
    other: dict[str, object] = {
        "code": "DSA-OTHER-01",
        "version": 2,
        "supersedes": 1,
        "template_version": 2,
        "parties": tuple(map(party, (HOME, OTHER))),
        "clauses": (),
        "sensitive": SensitiveRule.NATIONAL_SET,
        "exclusions": ("one",),
        "article_6": Article6.LEGAL_OBLIGATION,
        "article_9": Article9.RESEARCH,
        "common_law": CommonLawBasis.EXPLICIT_CONSENT,
        "handling": Handling(),
        "starts_at": NOW,
        "review_on": date(2027, 1, 1),
        "ends_at": NOW + timedelta(days=2),
        "at_end": AtEnd.MOVE,
        "attachments": (Attached("a.pdf", "application/pdf", 3, "0" * 64),),
    }
    assert digest(replace(before, **{field: other.get(field, "something else")})) != digest(before)


def test_the_order_in_which_things_were_added_is_not_signed() -> None:
    one = whole(HOME, HOST)
    other = replace(one, parties=one.parties[::-1], clauses=one.clauses[::-1])
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("change", "where", "says"),
    [
        ({"schema": "agreement/9"}, "schema", "This hub reads booking-hub/agreement/1"),
        ({"code": "lower case"}, "code", "capital letters"),
        ({"surprise": 1}, "the file", "'surprise' is not known here"),
        ({"parties": [{"ods": "?"}]}, "parties[1].ods", "3 to 12 letters and digits"),
        ({"parties": [{"ods": "Y90001"}, {"ods": "Y90001"}]}, "parties", "Y90001 is there twice"),
        ({"parties": "all"}, "parties", "a list in square brackets"),
        ({"clauses": [{"number": "2.1", "scope": "steal"}]}, "clauses[1].scope", "'steal' is not one of"),
        ({"clauses": [{"number": 2}]}, "clauses[1].number", "a number such as 2.1"),
        ({"clauses": [{"number": "2.1"}]}, "clauses[1].scope", "Say what the clause is for"),
        ({"dates": {"review_on": "soon"}}, "dates.review_on", "A day is written as"),
        ({"dates": {"starts_at": "2027-03-31T23:00:00"}}, "dates.starts_at", "with its offset"),
        ({"title": 7}, "title", "a text of at most"),
        ({"title": "a\u0000b"}, "title", "cannot be shown"),
        ({"version": True}, "version", "a whole number"),
        ({"attachments": [{"name": "a", "size": 1, "sha256": "zz"}]}, "attachments[1].sha256", "64 hexadecimal"),
        ({"lawful_basis": {"article_6": "6-1-f"}}, "lawful_basis.article_6", "'6-1-f' is not one of"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_place(change: dict[str, object], where: str, says: str) -> None:
    with pytest.raises(UnreadableAgreement) as refused:
        read({"schema": SCHEMA, "code": "DSA-NEW-01"} | change)
    assert [fault.where for fault in refused.value.faults] == [where]
    assert says in refused.value.faults[0].words


def test_every_fault_is_told_at_once_and_a_line_where_it_is_no_json() -> None:
    with pytest.raises(UnreadableAgreement) as refused:
        read({"schema": SCHEMA, "code": "x", "dates": {"ends_at": "never"}, "at_end": "burn"})
    assert {fault.where for fault in refused.value.faults} == {"code", "dates.ends_at", "at_end"}
    with pytest.raises(UnreadableAgreement) as broken:
        read_text('{\n  "code": ,\n}')
    assert broken.value.faults[0].where == "line 2, column 11"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["schema", "code", "parties", "clauses", "dates", "ods", "number", "scope"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
@settings(max_examples=80, deadline=None)
def test_no_file_breaks_the_reader(raw: object) -> None:
    try:
        read(raw)
    except UnreadableAgreement as refused:
        assert refused.faults


# Gaps


@pytest.mark.parametrize("template", [each.name for each in TEMPLATES])
def test_every_template_lacks_only_what_the_parties_must_say(template: str) -> None:
    assert gaps(whole(template=template), KNOWN, NOW) == ()
    bare = templates.begin(template, "DSA-NEW-01")
    assert {gap.field for gap in gaps(bare, KNOWN, NOW)} == {"parties", "starts-on", "review-on", "ends-on", "dpia"}
    assert (bare.template, bare.template_version) == (template, 1)


def test_an_unknown_template_says_which_there_are() -> None:
    with pytest.raises(UnknownTemplate) as refused:
        templates.begin("everything", "DSA-1")
    assert "direct-care" in refused.value.next_step


_ANALYTICS = Clause("3.1", Scope.ANALYSE, Purpose.ANALYTICS, roles=frozenset({UserRole.ANALYST}))


@pytest.mark.parametrize(
    ("change", "step", "field"),
    [
        ({"parties": (party(HOME),)}, Step.PARTIES, "parties"),
        (
            {"parties": tuple(replace(party(ods), role=ControllerRole.PROCESSOR) for ods in PARTIES)},
            Step.PARTIES,
            "parties",
        ),
        ({"parties": (party(HOME), party(OdsCode("Q99999")))}, Step.PARTIES, "party-Q99999"),
        ({"parties": (party(HOME), replace(party(HOST), signatory=""))}, Step.PARTIES, f"signatory-{HOST}"),
        ({"parties": (party(HOME), replace(party(HOST), signatory_role=None))}, Step.PARTIES, f"signatory-role-{HOST}"),
        (
            {"parties": (party(HOME), replace(party(HOST), signatory_role=UserRole.RECEPTIONIST))},
            Step.PARTIES,
            f"signatory-role-{HOST}",
        ),
        ({"parties": (party(HOME), replace(party(HOST), contact=""))}, Step.PARTIES, f"contact-{HOST}"),
        ({"title": ""}, Step.PURPOSE, "title"),
        ({"purpose": ""}, Step.PURPOSE, "purpose"),
        ({"benefit": ""}, Step.PURPOSE, "benefit"),
        ({"why_identifiable": ""}, Step.PURPOSE, "why-identifiable"),
        ({"clauses": ()}, Step.SHARING, "clauses"),
        ({"article_6": None}, Step.BASIS, "article-6"),
        ({"article_9": None}, Step.BASIS, "article-9"),
        ({"article_9": Article9.RESEARCH}, Step.BASIS, "article-9"),
        ({"common_law": None}, Step.BASIS, "common-law"),
        ({"common_law": CommonLawBasis.NOT_CONFIDENTIAL}, Step.BASIS, "common-law"),
        (
            {"handling": Handling(security="a", breach="b", rights="c", retention="d", audit="e")},
            Step.HANDLING,
            "transparency",
        ),
        ({"starts_at": None}, Step.DATES, "starts-on"),
        ({"review_on": None}, Step.DATES, "review-on"),
        ({"review_on": date(2026, 1, 1)}, Step.DATES, "review-on"),
        ({"review_on": date(2036, 1, 1)}, Step.DATES, "review-on"),
        ({"ends_at": None}, Step.DATES, "ends-on"),
        ({"ends_at": NOW + timedelta(days=3000), "review_on": date(2027, 1, 1)}, Step.DATES, "ends-on"),
        ({"at_end": None}, Step.DATES, "at-end"),
        ({"dpia": ""}, Step.ATTACHMENTS, "dpia"),
    ],
)
def test_a_gap_is_named_with_its_field(change: dict[str, object], step: Step, field: str) -> None:
    (gap,) = gaps(replace(whole(), **change), KNOWN, NOW)
    assert (gap.step, gap.field) == (step, field)
    assert gap.words.endswith(".")


@pytest.mark.parametrize(
    ("clause", "says"),
    [
        (Clause("2.1", Scope.SEE_SLOTS, categories=frozenset({DataCategory.APPOINTMENTS})), "which staff roles"),
        (Clause("2.1", Scope.SEE_SLOTS, roles=frozenset({UserRole.CLINICIAN})), "which kinds of data"),
        (replace(whole().clauses[0], giver=OTHER), "not a party"),
        (replace(whole().clauses[0], giver=HOME, receiver=HOME), "needs no agreement"),
        (replace(whole().clauses[0], purpose=Purpose.ANALYTICS), "analysing goes with"),
        (replace(whole().clauses[0], categories=frozenset({DataCategory.RESULTS})), "no clinical data"),
        (replace(whole().clauses[1], number="2.1"), "cannot see"),
    ],
)
def test_a_clause_at_odds_with_itself_is_a_gap(clause: Clause, says: str) -> None:
    found = [gap.words for gap in gaps(whole(clauses=(clause,)), KNOWN, NOW) if gap.step is Step.SHARING]
    assert len(found) == 1
    assert says in found[0]


def test_records_are_not_viewed_without_a_rule_for_sensitive_entries() -> None:
    (gap,) = gaps(whole(template="record-sharing", sensitive=None), KNOWN, NOW)
    assert (gap.step, gap.field) == (Step.SHARING, "sensitive")


def test_analytics_needs_data_without_names_and_a_basis_of_its_own() -> None:
    named = replace(_ANALYTICS, categories=frozenset({DataCategory.DEMOGRAPHICS}))
    found = {gap.words for gap in gaps(whole(clauses=(named,)), KNOWN, NOW)}
    assert found == {
        "Clause 3.1: analytics may use pseudonymised data only.",
        "Implied consent covers direct care only, and a clause is for analytics.",
    }


def test_what_is_wrong_with_a_file_can_always_be_shown() -> None:
    """Half a character in what the file calls itself would break the page that quotes it."""
    with pytest.raises(UnreadableAgreement) as refused:
        read_text('{"schema": "\\ud800"}')
    assert "\n".join(map(str, refused.value.faults)).encode()


def test_titles_and_capitals_make_no_other_person() -> None:
    assert naming.same_person("Dr Ruth Abernathy", "ruth  abernathy")
    assert not naming.same_person("Nobody Known", "Ruth Abernathy") and not naming.same_person("", "Ruth Abernathy")


def test_what_is_said_twice_in_a_file_is_not_taken() -> None:
    with pytest.raises(UnreadableAgreement) as refused:
        read_text('{"schema": "booking-hub/agreement/1", "code": "DSA-A-01", "code": "DSA-B-01"}')
    assert [str(fault) for fault in refused.value.faults] == ["code: It is there twice in the same place."]
