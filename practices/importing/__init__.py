"""Filling the address book from the files the NHS Organisation Data Service publishes, and from our own cluster list.

Reading (lines, and one module a file kind) and planning are pure; `verbs` reads or writes in one transaction.
"""

from practices.importing.clusters import import_clusters
from practices.importing.notes import CannotImport, ClusterSummary, Note, Outcome, PracticeSummary
from practices.importing.verbs import PracticeFiles, import_practices

__all__ = [
    "CannotImport",
    "ClusterSummary",
    "Note",
    "Outcome",
    "PracticeFiles",
    "PracticeSummary",
    "import_clusters",
    "import_practices",
]
