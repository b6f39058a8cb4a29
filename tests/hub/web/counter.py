"""A receptionist's counter on the real desk: the steps journeys are written in, without a browser."""

import re
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient

from hub.auth.access import doorkeepers
from tests.hub.rig import Rig
from tests.hub.web.reading import headings, words
from tests.scheduling.world import HOME, RITA
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.people import UserRole


@dataclass
class Counter:
    """Somebody signed in, and the last page they saw."""

    browser: FlaskClient
    csrf: str
    seen: Any = None
    shown_for: str = ""

    @classmethod
    def open(
        cls, rig: Rig, *, practice: OdsCode = HOME, user: str = RITA, role: UserRole = UserRole.RECEPTIONIST
    ) -> "Counter":
        """Signed in already: the sign-in itself is shown elsewhere."""
        with rig.app.app_context():
            sessions = doorkeepers().sessions
            token = sessions.begin(user, "Rita Reception", sid="", data={"posts": []})
            session = sessions.find(token)
            assert session is not None
            session.acting_ods, session.acting_role = practice.value, role.value
            session.put("acting", {"practice_name": f"Practice {practice}", "practice_phone": "0117 496 0101"})
            sessions.save(session, seen=True)
        browser = rig.app.test_client()
        browser.set_cookie(rig.hub.config.cookie_name, token, domain="localhost")
        return cls(browser, session.csrf)

    def goes_to(self, address: str, **more: Any) -> "Counter":
        self.seen = self.browser.get(address, follow_redirects=True, **more)
        return self

    def sends(self, address: str, **form: str) -> "Counter":
        self.seen = self.browser.post(address, data={**form, "csrf": self.csrf}, follow_redirects=True)
        return self

    @property
    def says(self) -> str:
        return words(self.seen)

    @property
    def heading(self) -> str:
        (found,) = headings(self.seen)
        return re.sub(r"<[^>]+>", "", found)

    def answers(self, number: str = "999 000 0018") -> "Counter":
        return self.sends("/patient", by="number", nhs_number=number)

    def times(self) -> list[tuple[str, str]]:
        """The times offered: what each button sends, and what it says."""
        return re.findall(r'class="hub-time"[^>]*?value="([^"]+)"[^>]*>([^<]+)<', self.seen.text)

    def chooses(self, time: str, *, nth: int = 0) -> "Counter":
        values = [value for value, said in self.times() if said == time]
        moving = re.search(r'name="moving" value="([^"]+)"', self.seen.text)
        query = re.search(r'name="query" value="([^"]*)"', self.seen.text)
        return self.sends(
            "/holds", slots=values[nth], query=query[1] if query else "", moving=moving[1] if moving else ""
        )

    @property
    def ref(self) -> BookingRef:
        """The reference in the address of the page."""
        return BookingRef.parse(self.seen.request.path.split("/")[2])

    def confirms(self, **form: str) -> "Counter":
        good = {"description": "Review", "phone": "07700 900101", "patient_told": "yes"}
        replaces = re.search(r'name="replaces" value="([^"]+)"', self.seen.text)
        more = {"replaces": replaces[1]} if replaces else {}
        shown_for = re.search(r'name="shown_for" value="([^"]+)"', self.seen.text)
        self.shown_for = shown_for[1] if shown_for else self.shown_for
        more["shown_for"] = self.shown_for
        return self.sends(f"/holds/{self.ref.value}/book", **{**good, **more, **form})

    def books(self, time: str, **form: str) -> BookingRef:
        self.chooses(time).confirms(**form)
        assert self.heading == "Booked", self.says
        return self.ref
