"""The cluster list: who joins, who moves, who cannot, and that a second import changes nothing."""

from pathlib import Path

import pytest
from sqlalchemy import insert, select

from practices.importing import CannotImport, ClusterSummary, Outcome, import_clusters
from practices.models import ClusterRow, PracticeRow
from storage.ledger import LedgerRow
from storage.work import Work
from tests.practices.people import CLOCK, caller

pytestmark = pytest.mark.database


@pytest.fixture
def filled(work: Work) -> Work:
    with work.begin() as tx:
        tx.execute(
            insert(PracticeRow),
            [
                {"ods": "L81001", "name": "Ash", "status": "open"},
                {"ods": "L81002", "name": "Birch", "status": "open"},
                {"ods": "L81003", "name": "Cedar", "status": "open"},
                {"ods": "L81004", "name": "Damson", "status": "closed"},
            ],
        )
    return work


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clusters.csv"


def bring_in(work: Work, path: Path, text: str, *, apply: bool = True) -> ClusterSummary:
    path.write_text(text, encoding="utf-8")
    return import_clusters(work, path, apply=apply, caller=caller(), clock=CLOCK)


def clusters(work: Work) -> tuple[dict[str, str], dict[str, str | None]]:
    with work.read() as tx:
        named = dict(iter(tx.execute(select(ClusterRow.code, ClusterRow.name))))
        placed = dict(iter(tx.execute(select(PracticeRow.ods, PracticeRow.cluster_code))))
    return named, placed


def skipped(summary: ClusterSummary) -> list[tuple[int, str, str]]:
    return [(note.line, note.code, note.words) for note in summary.notes if note.outcome is Outcome.SKIPPED]


@pytest.mark.parametrize("header", ["", "cluster,ODS code\n", "Cluster,ods,name\n"])
def test_practices_join_clusters(filled: Work, path: Path, header: str) -> None:
    summary = bring_in(filled, path, header + "AVON-01,L81001\nAVON-01,l81002\nAVON-02,L81003,Severnside\n")
    assert (summary.created, summary.joined, summary.clusters, summary.practices) == (2, 3, 2, 3)
    assert clusters(filled) == (
        {"AVON-01": "AVON-01", "AVON-02": "Severnside"},
        {"L81001": "AVON-01", "L81002": "AVON-01", "L81003": "AVON-02", "L81004": None},
    )


def test_a_dry_run_writes_nothing_and_a_second_import_changes_nothing(filled: Work, path: Path) -> None:
    text = "AVON-01,L81001\nAVON-01,L81002,Avonside\n"
    assert bring_in(filled, path, text, apply=False).joined == 2
    assert clusters(filled)[0] == {}
    assert bring_in(filled, path, text).joined == 2
    again = bring_in(filled, path, text)
    assert again.changes_nothing
    assert again.unchanged == 2
    with filled.read() as tx:
        assert tx.scalars(select(LedgerRow.act)).all() == ["clusters.imported"]


def test_a_move_and_a_new_name_are_said(filled: Work, path: Path) -> None:
    bring_in(filled, path, "AVON-01,L81001\nAVON-01,L81002\n")
    summary = bring_in(filled, path, "AVON-01,L81001,Avonside\nAVON-02,L81002\n")
    assert (summary.renamed, summary.moved, summary.created) == (1, 1, 1)
    words = "moves from AVON-01 to AVON-02; its agreements stay as they are"
    assert (Outcome.CHANGED, words) in [(note.outcome, note.words) for note in summary.notes]
    assert clusters(filled)[1]["L81002"] == "AVON-02"


def test_a_practice_left_out_stays_and_is_said(filled: Work, path: Path) -> None:
    bring_in(filled, path, "AVON-01,L81001\nAVON-01,L81002\n")
    summary = bring_in(filled, path, "AVON-01,L81001\n")
    assert [(note.code, note.words) for note in summary.notes if note.outcome is Outcome.WARNING] == [
        ("L81002", "not in this file: it stays in AVON-01")
    ]
    assert clusters(filled)[1]["L81002"] == "AVON-01"


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("AVON-01,L81999", "L81999", "unknown code: import the practice first"),
        ("AVON-01,L81004", "L81004", "the practice is closed"),
        ("AVON-02,L81001", "L81001", "duplicate: line 1 already places it; a practice is in one cluster"),
        ("AVON-01,surgery!", "surgery!", "not an ODS code (3 to 12 letters and digits)"),
        ("AVON-01", "", "wrong number of columns: 1 where there should be 2 or 3"),
        (",L81002", "L81002", "no cluster is named"),
        ("A" * 61 + ",L81002", "L81002", "the cluster's code is longer than 60 characters"),
    ],
)
def test_a_line_that_is_not_taken_says_why(filled: Work, path: Path, line: str, code: str, words: str) -> None:
    summary = bring_in(filled, path, f"AVON-01,L81001\n{line}\n")
    assert skipped(summary) == [(2, code, words)]
    assert (summary.joined, clusters(filled)[0]) == (1, {"AVON-01": "AVON-01"})


def test_the_first_name_of_a_cluster_counts_every_time(filled: Work, path: Path) -> None:
    text = "AVON-01,L81001\nAVON-01,L81002,Avonside\nAVON-01,L81003,Harbourside\n"
    for _ in range(2):
        summary = bring_in(filled, path, text)
        assert [note.words for note in summary.notes if note.outcome is Outcome.WARNING] == [
            "AVON-01 is named 'Avonside' further up; this name is passed over"
        ]
    assert summary.changes_nothing
    assert clusters(filled)[0] == {"AVON-01": "Avonside"}


@pytest.mark.parametrize("text", ["one column\nonly\n", "cluster,ods\n", "a,b,c,d\n"])
def test_a_file_without_a_single_usable_line_is_refused(filled: Work, path: Path, text: str) -> None:
    with pytest.raises(CannotImport, match="Not one line") as refused:
        bring_in(filled, path, text)
    assert refused.value.next_step
