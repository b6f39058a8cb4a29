"""What goes with an agreement: files, reminders, being brought in from a file."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from sharing_agreements.attaching import BIGGEST
from sharing_agreements.deeds import DeedRefused, UnknownAgreement
from sharing_agreements.drafting import CodeTaken
from sharing_agreements.lifecycle import NotNow
from sharing_agreements.models import SignatureRow
from sharing_agreements.validation import HasGaps
from tests.scheduling.world import NOW, World
from tests.sharing_agreements.making import (
    ADMIN,
    HOME,
    HOST,
    OTHER,
    guardian,
    in_force,
    party,
    proposed,
    register,
    sign,
    whole,
)
from vocabulary.agreements import AgreementStatus
from vocabulary.identifiers import OdsCode

pytestmark = pytest.mark.database


def test_files_belong_to_what_is_signed(alone: World) -> None:
    book = register(alone)
    ref = book.draft(whole(), caller=ADMIN)
    content = b"%PDF-1.7 impact assessment"
    sha256 = book.attach(ref, "../../dpia <final>.pdf", content, caller=ADMIN)
    assert book.attach(ref, "again.pdf", content, caller=ADMIN) == sha256
    (file,) = book.detail(ref, caller=ADMIN).document.attachments
    assert (file.name, file.media_type, file.size) == ("dpia final.pdf", "application/pdf", len(content))
    assert book.attachment(ref, sha256, caller=guardian(HOME)) == (file.name, file.media_type, content)
    with pytest.raises(UnknownAgreement):
        book.attachment(ref, sha256, caller=guardian(OTHER))
    book.propose(ref, caller=ADMIN)
    sign(alone, ref, HOME, HOST)
    second = book.amend(ref, caller=ADMIN)
    assert book.attachment(second, sha256, caller=ADMIN), "an amendment begins with the same files"
    book.detach(second, sha256, caller=ADMIN)
    assert book.detail(second, caller=ADMIN).document.attachments == ()
    assert book.attachment(ref, sha256, caller=ADMIN), "the signed version keeps its own"
    with pytest.raises(NotNow):
        book.attach(ref, "more.pdf", content, caller=ADMIN)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.exe", b"MZ"),
        ("a.pdf", b"<html>"),
        ("a.svg", b"<svg/>"),
        ("pdf", b"%PDF-"),
        ("a.pdf", b""),
        ("a.pdf", b"%PDF-" + bytes(BIGGEST)),
    ],
)
def test_a_file_of_another_kind_or_size_is_refused(alone: World, name: str, content: bytes) -> None:
    book = register(alone)
    ref = book.draft(whole(), caller=ADMIN)
    with pytest.raises(DeedRefused):
        book.attach(ref, name, content, caller=ADMIN)


def test_reminders_are_raised_once_each_and_stand_until_the_matter_is_settled(alone: World) -> None:
    book = register(alone)
    ref = in_force(alone, whole(review_on=(NOW + timedelta(days=60)).date()))
    assert book.remind(caller=ADMIN) == 2, "the review is in 60 days: the 90-day notice, to both"
    assert book.remind(caller=ADMIN) == 0
    (notice,) = book.notices(caller=guardian(HOME))
    assert (notice.about, notice.days_left, notice.practice) == ("review", 60, HOME)
    alone.clock.forward(days=31)
    assert book.remind(caller=ADMIN) == 2, "29 days: the 30-day notice"
    assert len(book.notices(caller=ADMIN)) == 2, "one line for each party, however many notices"
    alone.clock.forward(days=305)
    assert book.remind(caller=ADMIN) == 2, "the end is in 29 days; the review has passed"
    assert {each.about for each in book.notices(caller=guardian(HOME))} == {"review", "end"}
    alone.clock.forward(days=22)
    assert book.remind(caller=ADMIN) == 2
    alone.clock.forward(days=8)
    book.expire_due(caller=ADMIN)
    assert book.notices(caller=ADMIN) == ()
    assert book.remind(caller=ADMIN) == 0
    assert book.detail(ref, caller=ADMIN).status is AgreementStatus.EXPIRED


def test_a_signature_long_in_coming_is_reminded_of(alone: World) -> None:
    book = register(alone)
    ref = proposed(alone)
    sign(alone, ref, HOME)
    alone.clock.forward(days=6)
    assert book.remind(caller=ADMIN) == 0
    alone.clock.forward(days=1)
    assert book.remind(caller=ADMIN) == 1
    assert book.notices(caller=guardian(HOME)) == ()
    assert [each.about for each in book.notices(caller=guardian(HOST))] == ["signature"]
    sign(alone, ref, HOST)
    assert book.notices(caller=guardian(HOST)) == ()


def test_a_file_brings_in_a_draft_or_the_next_version(alone: World) -> None:
    book = register(alone)
    first = book.bring_in(whole(), caller=ADMIN)
    assert first.version == 1
    book.propose(first, caller=ADMIN)
    sign(alone, first, HOME, HOST)
    renewed = replace(book.detail(first, caller=ADMIN).document, title="Renewed")
    hindrance = book.what_hinders(renewed, caller=ADMIN)
    assert hindrance is not None and "The code DSA-NEW-01 is in use: DSA-NEW-01 v1 is in force." in hindrance.message
    with pytest.raises(CodeTaken, match="is in use"):
        book.bring_in(renewed, caller=ADMIN)
    with pytest.raises(CodeTaken, match="is in use"):
        book.draft(renewed, caller=ADMIN)
    assert book.what_hinders(renewed, caller=ADMIN, next_version=True) is None
    assert book.detail(first, caller=ADMIN).versions == ((1, AgreementStatus.IN_FORCE),), "nothing was written"
    again = book.bring_in(renewed, caller=ADMIN, next_version=True)
    assert (again.version, book.detail(again, caller=ADMIN).document.supersedes) == (2, 1)


def test_a_party_that_nobody_knows_is_a_gap_not_a_crash(alone: World) -> None:
    book = register(alone)
    stranger = OdsCode("Q99999")
    ref = book.draft(replace(whole(), parties=(party(HOME), party(stranger))), caller=ADMIN)
    with pytest.raises(HasGaps, match="cannot be proposed yet"):
        book.propose(ref, caller=ADMIN)


def test_signatures_are_over_the_document_itself(alone: World) -> None:
    ref = in_force(alone)
    with alone.work.read() as tx:
        digests = set(tx.scalars(select(SignatureRow.digest)))
        by_database = tx.scalar(text("SELECT encode(sha256(convert_to(document, 'UTF8')), 'hex') FROM agreement"))
    assert digests == {by_database} == {register(alone).detail(ref, caller=ADMIN).digest}
