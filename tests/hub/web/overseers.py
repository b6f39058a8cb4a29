"""The accountability room behind the shop's pages: one of everything, no database."""

from datetime import date

from accountability.accounts import PersonLine
from accountability.concerns import Concern, ReviewView
from accountability.context import ReviewContext
from accountability.evidence import PackView
from accountability.legal_holds import HoldView
from accountability.lines import Account, Asked, Line
from tests.hub.web.fakes import AWAY, HOME, NOW
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import Caller, UserRole

LINE = Line(
    9,
    NOW,
    "patient.looked-up",
    "done",
    "555000000009",
    "Mei Tanaka",
    "receptionist",
    AWAY,
    "Fallodon Way Medical Centre",
    "555020010002",
    "",
    "web",
    "",
    "trace-9",
    None,
    NHSNumber("9990000018"),
    True,
    "",
    "direct-care",
    "",
    "",
    "",
)
REVIEW = ReviewView(
    3,
    Concern.NO_CARE_LINK,
    HOME,
    AWAY,
    "555000000009",
    "Mei Tanaka",
    "receptionist",
    NHSNumber("9990000018"),
    NOW.date(),
    NOW,
    NOW,
    1,
    True,
    "",
    NOW,
    NOW,
    None,
    "",
    None,
    "",
)
HELD = HoldView(4, HOME, False, None, "A claim", date(2027, 5, 1), "Ruth Abernathy", NOW, None, "", "")


PACK = PackView(
    5,
    HOME,
    NOW.date(),
    NOW.date(),
    False,
    "ruth",
    "Ruth Abernathy",
    UserRole.CALDICOTT_GUARDIAN,
    HOME,
    NOW,
    "",
    0,
    0,
    None,
    "",
    "",
    0,
    NOW,
)


class OneOfEach:
    """The accountability room with one person, one line, one review and one hold."""

    def waiting(self, caller: Caller) -> int:
        return 0

    def people(self, practice: OdsCode, caller: Caller) -> tuple[PersonLine, ...]:
        return (PersonLine(LINE.user_id, LINE.user_name, LINE.user_role, NOW, 3, 2, 1),)

    def person_account(self, user_id: str, asked: Asked, caller: Caller) -> Account:
        return Account((LINE,), None)

    def own_account(self, asked: Asked, caller: Caller) -> Account:
        return Account((LINE,), None)

    def queue(self, caller: Caller, *, settled: bool) -> tuple[ReviewView, ...]:
        return (REVIEW,)

    def review(self, review: int, caller: Caller) -> ReviewContext:
        return ReviewContext(REVIEW, (), (LINE,))

    def packs(self, caller: Caller) -> tuple[PackView, ...]:
        return (PACK,)

    def holds(self, caller: Caller) -> tuple[HoldView, ...]:
        return (HELD,)
