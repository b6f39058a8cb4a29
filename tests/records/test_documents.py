"""A document on demand: found among what the look may show, read under a permit of its own, kept nowhere."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from connectors.faults import OfAnotherPatient
from connectors.mock.records.papers import PDF, TEXT, TIFF
from connectors.mock.script import Mishap
from connectors.port import Capability
from records.documents import FoundDocument, Listed, find_document, key_of, read_document
from records.kinds import Sheet
from records.problems import (
    DocumentNotListed,
    DocumentNotShown,
    RecordNotAsked,
    RecordUnavailable,
    RecordWithheld,
)
from records.viewing import OpenRecord
from sharing_agreements.problems import NotPermitted
from tests.records.test_viewing import DOCTOR, Surgery, open_surgery, share_records
from tests.scheduling.world import ANN, HOME, World, patient
from vocabulary.agreements import DataCategory
from vocabulary.choices import Permission
from vocabulary.problems import Problem
from vocabulary.record_parts import Coded, Document, RecordDate, RecordSection, Referral
from vocabulary.record_parts import Problem as Ailment
from vocabulary.records import Section, SectionState, empty_record
from vocabulary.times import london_date

pytestmark = pytest.mark.database
SAYS = b"Zanzibarfieber was suspected."
TITLE = "Letter about Zanzibarfieber"


def letter(world: World, number: int = 1, **changes: object) -> Document:
    fields = {
        "id": f"DocumentReference/{number}",
        "what": Coded("Letter", "823681000000100"),
        "date": RecordDate.of(london_date(world.clock.now())),
        "title": TITLE,
        "content_type": TEXT,
        "size": len(SAYS),
        "binary_id": f"b-{number}",
        **changes,
    }
    return Document(**fields)  # type: ignore[arg-type]


def with_letters(
    surgery: Surgery, *letters: Document, held: bytes = SAYS, problems: tuple[Ailment, ...] = ()
) -> Surgery:
    """Ann's record at home lists these documents with a referral, and her practice holds them."""
    cabinet = surgery.world.network.diary(HOME).cabinet
    sent = Referral(id="r1", what=Coded("Referral"), documents=tuple(each.id for each in letters))
    sections = [
        Section(name=RecordSection.REFERRALS, state=SectionState.PRESENT, entries=(sent,)),
        Section(name=RecordSection.DOCUMENTS, state=SectionState.PRESENT, entries=letters),
    ]
    if problems:
        sections.append(Section(name=RecordSection.PROBLEMS, state=SectionState.PRESENT, entries=problems))
    cabinet.keep(empty_record(patient(ANN), practice_name="Home Surgery", sections=sections))
    for each in letters:
        cabinet.scan(ANN, each, held)
    return surgery


@pytest.fixture
def surgery(world: World) -> Surgery:
    share_records(world)
    return open_surgery(world)


def asked(surgery: Surgery) -> list[str]:
    """What the home practice's system was asked of the record."""
    methods = [call.method for call in surgery.world.network.script(HOME).calls]
    return [each for each in methods if each in ("read_record", "find_documents", "read_document")]


def command(surgery: Surgery, **changes: object) -> OpenRecord:
    sections = frozenset({RecordSection.DOCUMENTS})
    return replace(OpenRecord(surgery.booking.ref, Permission.GIVEN, sections), **changes)  # type: ignore[arg-type]


def found(surgery: Surgery, document: Document, **changes: object) -> FoundDocument:
    return find_document(surgery.room, command(surgery, **changes), key_of(document), DOCTOR)


def opened(surgery: Surgery, listed: Listed, **changes: object) -> Sheet:
    return read_document(surgery.room, command(surgery, **changes), listed, DOCTOR)


def test_a_document_is_found_and_read_each_under_a_permit_of_its_own(surgery: Surgery) -> None:
    one = letter(surgery.world)
    there = found(with_letters(surgery, one), one)
    assert (there.document.title, there.home_name, there.agreement) == (TITLE, f"Practice {HOME}", "DSA-REC v1")
    assert opened(surgery, there.listed).text == SAYS.decode()
    assert surgery.acts() == [
        ("permit.view-record", "allowed", "granted"),
        ("record.shown", "done", "given"),
        ("permit.view-record", "allowed", "granted"),
        ("record.document-shown", "done", "given"),
    ]
    (event,) = surgery.world.ledger(act="record.document-shown")
    assert (event.nhs_number, event.host_ods, event.clause) == (ANN.value, HOME.value, "2.1")
    assert event.detail == {
        "document": key_of(one),
        "at_the_practice": "b-1",
        "made": london_date(surgery.world.clock.now()).isoformat(),
        "kind": "823681000000100",
        "file": TEXT,
        "why": "",
    }


def test_no_word_of_a_document_is_in_the_database_afterwards(surgery: Surgery) -> None:
    one = letter(surgery.world, what=Coded("Letter about Zanzibarfieber"))
    opened(surgery, found(with_letters(surgery, one), one).listed)
    with surgery.world.work.read() as tx:
        tables = tx.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        for table in tables:
            kept = "\n".join(tx.scalars(text(f'SELECT CAST(row_to_json(one) AS text) FROM "{table}" AS one')))  # noqa: S608
            assert "Zanzibarfieber" not in kept, table


def test_what_a_session_keeps_of_a_document_says_nothing_of_it(surgery: Surgery) -> None:
    one = letter(surgery.world)
    listed = found(with_letters(surgery, one), one).listed
    assert Listed.from_json(listed.as_json()) == listed
    assert "Zanzibarfieber" not in str(listed.as_json()) and ANN.value not in str(listed.as_json())


def test_free_text_in_a_field_for_codes_goes_no_further(surgery: Surgery) -> None:
    odd = letter(
        surgery.world,
        what=Coded("Letter", "Zanzibarfieber"),
        content_type="text/plain; note=Zanzibarfieber",
        sha1="Zanzibarfieber",
    )
    listed = found(with_letters(surgery, odd), odd).listed
    assert "Zanzibarfieber" not in str(listed.as_json()) and listed.code == ""
    with pytest.raises(DocumentNotShown, match="may be damaged"):
        opened(surgery, listed)


def test_a_clause_without_documents_opens_none(world: World) -> None:
    share_records(world, frozenset({DataCategory.CONSULTATIONS, DataCategory.PROBLEMS}))
    surgery = open_surgery(world)
    one = letter(world)
    with pytest.raises(RecordWithheld, match="does not cover documents"):
        found(with_letters(surgery, one), one)
    assert surgery.acts()[-1] == ("record.document-not-shown", "refused", "record-withheld")
    assert asked(surgery) == []


def test_without_the_patients_leave_nothing_is_opened(surgery: Surgery) -> None:
    one = letter(surgery.world)
    listed = found(with_letters(surgery, one), one).listed
    before = asked(surgery)
    for permission, refusal in ((Permission.REFUSED, NotPermitted), (Permission.CANNOT_ASK, RecordNotAsked)):
        with pytest.raises(refusal):
            found(surgery, one, permission=permission)
        with pytest.raises(refusal):
            opened(surgery, listed, permission=permission)
    assert asked(surgery) == before


def test_after_the_window_of_the_appointment_nothing_is_opened(surgery: Surgery) -> None:
    one = letter(surgery.world)
    listed = found(with_letters(surgery, one), one).listed
    surgery.world.clock.at += timedelta(days=30)
    with pytest.raises((NotPermitted, RecordNotAsked)):
        opened(surgery, listed)


def test_what_is_coded_as_sensitive_is_not_there_to_be_opened(surgery: Surgery) -> None:
    """By its own code, by a code that the document service alone gives it, and by the problem it belongs to."""
    by_code = letter(surgery.world, 1, what=Coded("Letter", "86406008"))
    by_link, elsewhere = letter(surgery.world, 2), letter(surgery.world, 3)
    about = Ailment(id="p1", what=Coded("Zanzibar fever", "86406008"), related=(by_link.id,))
    with_letters(surgery, by_code, by_link, elsewhere, problems=(about,))
    told_there = replace(elsewhere, what=Coded("Letter", "86406008"))
    surgery.world.network.diary(HOME).cabinet.scan(ANN, told_there, SAYS)
    for each in (by_code, by_link, elsewhere):
        with pytest.raises(DocumentNotListed):
            found(surgery, each)
    assert "read_document" not in asked(surgery)
    assert surgery.acts()[-1] == ("record.document-not-shown", "refused", "document-not-listed")


def test_a_document_nobody_listed_is_not_opened_by_its_number(surgery: Surgery) -> None:
    with_letters(surgery, letter(surgery.world))
    with pytest.raises(DocumentNotListed):
        found(surgery, letter(surgery.world, 99))


def test_what_else_stands_in_an_address_is_not_written_down(surgery: Surgery) -> None:
    """Somebody pastes a name or a number into it: the ledger would keep that for good."""
    with_letters(surgery, letter(surgery.world))
    for pasted in ("Zanzibar", "<script>", ANN.value, "A" * 20):
        with pytest.raises(DocumentNotListed):
            find_document(surgery.room, command(surgery), pasted, DOCTOR)
    kept = str([row.detail for row in surgery.world.ledger() if row.act.startswith("record.")])
    assert not any(pasted in kept for pasted in ("Zanzibar", "script", ANN.value, "AAAA")), kept


def test_what_is_held_back_as_confidential_reads_as_not_listed_any_more(surgery: Surgery) -> None:
    one = letter(surgery.world)
    with_letters(surgery, one)
    surgery.world.network.diary(HOME).cabinet.withhold("b-1")
    with pytest.raises(DocumentNotListed, match="does not list this document") as caught:
        found(surgery, one)
    assert "ring" in caught.value.next_step


def test_a_document_that_goes_between_the_two_steps_is_gone(surgery: Surgery) -> None:
    one = letter(surgery.world)
    listed = found(with_letters(surgery, one), one).listed
    surgery.world.network.diary(HOME).cabinet.withhold("b-1")
    with pytest.raises(DocumentNotListed):
        opened(surgery, listed)


def test_a_patient_who_has_moved_meanwhile_opens_nothing_at_the_old_practice(surgery: Surgery) -> None:
    one = letter(surgery.world)
    listed = found(with_letters(surgery, one), one).listed
    with pytest.raises(DocumentNotListed):
        opened(surgery, replace(listed, home=surgery.booking.facts.host))


def test_what_cannot_be_shown_is_not_fetched(surgery: Surgery) -> None:
    cases: tuple[tuple[dict[str, object], str], ...] = (
        ({"content_type": TIFF}, "cannot be shown safely"),
        ({"content_type": "text/html"}, "cannot be shown safely"),
        ({"size": 6_000_000}, "larger than 5 MB"),
        ({"binary_id": ""}, "cannot give it out"),
    )
    letters = [letter(surgery.world, number, **changes) for number, (changes, _) in enumerate(cases)]
    with_letters(surgery, *letters)
    for one, (_, words) in zip(letters, cases, strict=True):
        with pytest.raises(DocumentNotShown, match=words):
            found(surgery, one)
    assert set(asked(surgery)) == {"read_record"}


def test_what_is_not_as_it_was_listed_is_not_shown(surgery: Surgery) -> None:
    cases: tuple[tuple[dict[str, object], bytes, str], ...] = (
        ({"content_type": PDF}, SAYS, "not the kind of file"),
        ({}, SAYS[:-1], "a part may be missing"),
        ({"sha1": "AAAA"}, SAYS, "may be damaged"),
        ({"size": None}, b"", "nothing in it"),
        ({"size": None}, b"x" * 5_300_000, "larger than 5 MB"),
    )
    letters = [letter(surgery.world, number, **changes) for number, (changes, _, _) in enumerate(cases)]
    with_letters(surgery, *letters)
    for one, (_, held, words) in zip(letters, cases, strict=True):
        surgery.world.network.diary(HOME).cabinet.scan(ANN, one, held)
        listed = found(surgery, one).listed
        with pytest.raises(DocumentNotShown, match=words):
            opened(surgery, listed)
        assert surgery.acts()[-1] == ("record.document-not-shown", "refused", "document-not-shown")


def _refused(surgery: Surgery, method: str, code: str, status: int) -> None:
    surgery.world.network.script(HOME).inject(method, Mishap.REFUSED, code=code, status=status)


def _goes_wrong(surgery: Surgery, method: str, mishap: Mishap) -> None:
    surgery.world.network.script(HOME).inject(method, mishap)


def _another(surgery: Surgery, method: str) -> None:
    def mixed_up() -> None:
        raise OfAnotherPatient("x", detail="another patient")

    surgery.world.network.script(HOME).interleave(method, mixed_up)


_TROUBLES: list[tuple[Callable[[Surgery, str], None], type[Problem], str]] = [
    (lambda s, m: _refused(s, m, "ACCESS DENIED", 403), RecordWithheld, "did not show the document"),
    (lambda s, m: _refused(s, m, "NO_PATIENT_CONSENT", 403), RecordWithheld, "not to be shared"),
    (lambda s, m: _refused(s, m, "NO_RECORD_FOUND", 404), DocumentNotListed, "does not list this document"),
    (
        lambda s, m: s.world.network.script(HOME).inject(m, Mishap.UNREACHABLE),
        RecordUnavailable,
        "could not be reached",
    ),
    (
        lambda s, m: s.world.network.script(HOME).inject(m, Mishap.NO_ANSWER_BEFORE_COMMIT),
        RecordUnavailable,
        "did not answer",
    ),
    (
        lambda s, m: s.world.network.script(HOME).inject(m, Mishap.GARBLED_BEFORE_COMMIT),
        RecordUnavailable,
        "cannot be read",
    ),
    (_another, RecordUnavailable, "another patient than this one"),
]


@pytest.mark.parametrize("method", ["find_documents", "read_document"])
def test_every_failure_has_words_of_its_own_and_is_written_down(surgery: Surgery, method: str) -> None:
    one = letter(surgery.world)
    with_letters(surgery, one)
    listed = found(surgery, one).listed
    for trouble, problem, words in _TROUBLES:
        trouble(surgery, method)
        with pytest.raises(problem, match=words) as caught:
            found(surgery, one) if method == "find_documents" else opened(surgery, listed)
        assert f"ring Practice {HOME}" in caught.value.next_step
        assert surgery.acts()[-1] == ("record.document-not-shown", "refused", caught.value.code)
        assert surgery.world.ledger(act="record.document-not-shown")[-1].detail == {"document": key_of(one)}


def test_a_practice_that_is_not_enabled_says_so(surgery: Surgery) -> None:
    one = letter(surgery.world)
    with_letters(surgery, one)
    surgery.world.network.limit(HOME, frozenset(Capability) - {Capability.READ_DOCUMENTS})
    assert not surgery.look().gives_documents
    with pytest.raises(DocumentNotShown, match="not enabled for that"):
        found(surgery, one)
    surgery.world.network.limit(HOME, frozenset(Capability))
    assert surgery.look().gives_documents


def test_another_patient_at_the_document_service_blocks_even_with_the_same_number(surgery: Surgery) -> None:
    one = letter(surgery.world)
    with_letters(surgery, one)
    diary = surgery.world.network.diary(HOME)
    somebody = replace(diary.find_patient(ANN), birth_date=patient(ANN).birth_date - timedelta(days=400))
    surgery.world.network.script(HOME).interleave("find_documents", lambda: diary.add_patient(somebody))
    with pytest.raises(RecordUnavailable, match="another patient"):
        found(surgery, one)
