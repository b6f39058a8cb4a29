"""Why data is wanted (Purpose) and what kind of access it is (Scope)."""

from enum import StrEnum


class Purpose(StrEnum):
    """Why: the hub knows direct care; analytics comes with its own agreements."""

    DIRECT_CARE = "direct-care"
    ANALYTICS = "analytics"


class Scope(StrEnum):
    """What kind of access an agreement grants."""

    SEE_SLOTS = "see-slots"
    BOOK = "book"  # book, change and cancel appointments, and register the patient at the host for it
    VIEW_RECORD = "view-record"
    SEND_TASK = "send-task"
    ANALYSE = "analyse"
