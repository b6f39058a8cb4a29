"""Refusals that only pages know: what two tabs and a back button can do that a program cannot."""

from vocabulary.problems import Problem, ProblemKind


class PatientChanged(Problem):
    """The form was shown for one patient and sent with another on the phone: two tabs, or a page kept too long."""

    code = "patient-changed"
    kind = ProblemKind.CONFLICT
