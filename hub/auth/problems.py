"""Refusals of the front desk: not signed in, locked, wrong role, a form from elsewhere."""

from vocabulary.problems import Problem, ProblemKind


class NotSignedIn(Problem):
    """Nobody is signed in, or the session was ended."""

    code = "not-signed-in"
    kind = ProblemKind.UNAUTHENTICATED


class SessionLocked(Problem):
    """Fifteen minutes without use: sign in again to go on."""

    code = "session-locked"
    kind = ProblemKind.UNAUTHENTICATED


class RoleNotChosen(Problem):
    """Signed in, but not yet acting for a practice."""

    code = "role-not-chosen"
    kind = ProblemKind.UNAUTHENTICATED


class TokenRefused(Problem):
    """A bearer token is missing, expired, or not for this hub."""

    code = "token-refused"
    kind = ProblemKind.UNAUTHENTICATED


class RoleForbids(Problem):
    """The caller's role may not do this."""

    code = "role-forbids"
    kind = ProblemKind.FORBIDDEN


class FormFromElsewhere(Problem):
    """A form without this session's token: an old page, or another site."""

    code = "form-from-elsewhere"
    kind = ProblemKind.FORBIDDEN


class StepUpNeeded(Problem):
    """An act that binds a practice: the person proves anew who they are first."""

    code = "step-up-needed"
    kind = ProblemKind.FORBIDDEN


class SignInFailed(Problem):
    """The sign-in service and the hub did not come to an agreement."""

    code = "sign-in-failed"
    kind = ProblemKind.UNAUTHENTICATED


class SignInUnavailable(Problem):
    """The sign-in service does not answer."""

    code = "sign-in-unavailable"
    kind = ProblemKind.UNAVAILABLE


class DatabaseAway(Problem):
    """The hub's own database does not answer."""

    code = "database-away"
    kind = ProblemKind.UNAVAILABLE
