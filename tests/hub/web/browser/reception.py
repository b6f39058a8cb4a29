"""A receptionist at the real desk: the steps that journeys are written in."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from hub.auth.access import doorkeepers
from tests.hub.rig import Rig
from tests.scheduling.world import HOME, RITA, World
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.people import UserRole


@dataclass
class Reception:
    """Somebody with a browser, and the world behind it."""

    page: Page
    world: World
    rig: Rig
    url: str

    @classmethod
    def at(
        cls,
        context: BrowserContext,
        world: World,
        rig: Rig,
        url: str,
        *,
        practice: OdsCode = HOME,
        user: str = RITA,
        role: UserRole = UserRole.RECEPTIONIST,
    ) -> "Reception":
        """Signed in already: the sign-in itself has journeys of its own."""
        with rig.app.app_context():
            keepers = doorkeepers()
            token = keepers.sessions.begin(user, "Rita Reception", sid="", data={"posts": []})
            session = keepers.sessions.find(token)
            assert session is not None
            session.acting_ods, session.acting_role = practice.value, role.value
            session.put("acting", {"practice_name": f"Practice {practice}", "practice_phone": "0117 496 0101"})
            keepers.sessions.save(session, seen=True)
        context.add_cookies([{"name": rig.hub.config.cookie_name, "value": token, "url": url}])
        page = context.new_page()
        page.goto(url)
        return cls(page, world, rig, url)

    def answers_the_phone(self, number: str = "999 000 0018") -> None:
        self.page.goto(self.url)
        self.page.get_by_label("NHS number").fill(number)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("region", name="Patient on the phone")).to_be_visible()

    def searches(self, **chosen: str) -> None:
        query = "&".join(f"{name}={value}" for name, value in chosen.items())
        self.page.goto(f"{self.url}/search?{query}")

    def chooses(self, time: str) -> None:
        self.page.locator("#results .hub-time", has_text=time).first.click()

    def fills_in(self, *, reason: str = "Review", told: bool = True, **more: str) -> None:
        self.page.get_by_label("Reason for the appointment").fill(reason)
        for label, text in more.items():
            self.page.locator(f"#{label}").fill(text)
        if told:
            self.page.get_by_label("I have told the patient").check()

    def confirms(self) -> None:
        self.page.get_by_role("button", name="Confirm booking").click()

    def books(self, time: str, **form: Any) -> BookingRef:
        """From the patient on the phone to a reference."""
        self.chooses(time)
        self.fills_in(**form)
        self.confirms()
        self.sees_heading("Booked")
        return self.reference()

    def reference(self) -> BookingRef:
        """The reference on the success page."""
        return BookingRef.parse(self.page.locator(".hub-done__ref strong").inner_text())

    def reference_in_address(self) -> BookingRef:
        """The reference in a booking's or a hold's address."""
        return BookingRef.parse(self.page.url.split("/")[4].partition("?")[0])

    def sees_heading(self, text: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(text)

    def sees(self, text: str) -> None:
        expect(self.page.locator("body")).to_contain_text(text)

    def does_not_see(self, text: str) -> None:
        expect(self.page.locator("body")).not_to_contain_text(text)
