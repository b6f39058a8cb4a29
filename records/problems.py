"""Why a record is not shown, in words that say what to do instead: the patient is here, and it is seven at night."""

from vocabulary.problems import Problem, ProblemKind


class RecordNotAsked(Problem):
    """Something has to be said before a record may be looked at; nothing was asked of anybody."""

    code = "record-not-asked"
    kind = ProblemKind.INVALID

    def __init__(self, message: str, *, field: str, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.field = field


class RecordNotHere(Problem):
    """There is no other practice's record to look at: it is one's own, or nobody knows whose it is."""

    code = "record-not-here"
    kind = ProblemKind.CONFLICT


class RecordWithheld(Problem):
    """The practice's system does not show the record: a dissent recorded there, or a patient it shows to nobody."""

    code = "record-withheld"
    kind = ProblemKind.FORBIDDEN


class RecordUnavailable(Problem):
    """The practice's system did not answer, or not in a form that can be trusted. Nothing is shown."""

    code = "record-unavailable"
    kind = ProblemKind.UNAVAILABLE


class DocumentNotListed(Problem):
    """The document is not among those that may be shown, or the practice's system lists it no more."""

    code = "document-not-listed"
    kind = ProblemKind.NOT_FOUND


class DocumentNotShown(Problem):
    """The document is there, and cannot be shown safely: its kind, its size, or not what its listing says."""

    code = "document-not-shown"
    kind = ProblemKind.CONFLICT


class RecordsSwitchedOff(Problem):
    """This installation shows no records: no list of sensitive codes is installed."""

    code = "records-switched-off"
    kind = ProblemKind.UNAVAILABLE
