"""The pages' door: a receptionist at a browser, finding everything by what it is called."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Locator, Page, expect

from hub.web.wording import CANCELLATIONS, CHANNELS, ROLES, STATES
from tests.journeys.people import Person
from tests.journeys.watching import Watch
from tests.journeys.words import HELD, NOT_DONE, ON_THE_PHONE, Clinic, Form, Found, Offer, Told
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.times import london_date

_STATE_OF_WORDS = {words: state for state, (words, _) in STATES.items()}
_HEADINGS = {
    "Booked": BookingState.BOOKED,
    "Not booked": BookingState.REFUSED,
    "We do not know yet": BookingState.IN_DOUBT,
}


class Pages:
    """Somebody at a browser. With `scripts=False` theirs runs no JavaScript."""

    name = "the pages"

    def __init__(self, context: BrowserContext, watch: Watch, hub_url: str, *, scripts: bool = True) -> None:
        self.page: Page = context.new_page()
        self.watch = watch
        self.hub_url = hub_url
        self.scripts = scripts

    def close(self) -> None:
        self.page.close()

    # --- Coming and going.

    def sign_in(self, name: str = "Rita Okafor") -> None:
        """Sign in at the demo's sign-in service, as the README says."""
        self.open("/")
        self.press(self.page.get_by_role("button", name="Sign in", exact=True))
        self.press(self.page.get_by_role("button", name=name))
        expect(self.page.get_by_text(f"{name},")).to_be_visible()

    def sign_out(self) -> None:
        self.press(self.page.get_by_role("button", name="Sign out"))

    def open(self, path: str) -> None:
        self.page.goto(f"{self.hub_url}{path}")
        self.arrived()

    def press(self, thing: Locator) -> None:
        """Press a button or follow a link that leads to another page.

        Results that htmx brings change the address too, so only a page that loads counts.
        """
        with self.page.expect_event("load"):
            thing.click()
        self.arrived()

    def arrived(self) -> None:
        """A page has come: look at it."""
        self.watch.look_at(self.page)

    def says(self) -> str:
        """Everything the page says."""
        return self.page.locator("body").inner_text()

    # --- The patient.

    def put_through(self, person: Person) -> Told:
        self.hang_up()
        self.page.get_by_label("NHS number", exact=True).fill(person.nhs_number.spaced)
        self.press(self.page.get_by_role("button", name="Find patient").first)
        return self._put_through()

    def hang_up(self) -> None:
        clear = self.page.get_by_role("button", name="Clear patient")
        if not clear.count():  # the patient may be on the phone, yet not on this page
            self.open("/")
        if clear.count():
            self.press(clear)

    def look_for_name(self, person: Person) -> Told:
        self.hang_up()
        self.page.get_by_text("No NHS number?").click()
        self.page.get_by_label("Family name").fill(person.family)
        self.page.get_by_label("First name").fill(person.given)
        self.page.get_by_label("Date of birth").fill(f"{person.born.day}/{person.born.month}/{person.born.year}")
        self.press(self.page.get_by_role("button", name="Find patient").last)
        return self._put_through()

    def _put_through(self) -> Told:
        on_the_phone = self.page.get_by_label("Patient on the phone").count() > 0
        return Told(ON_THE_PHONE if on_the_phone else NOT_DONE, self.says())

    # --- The times.

    def find(self, clinic: Clinic) -> Found:
        day = london_date(clinic.start).isoformat()
        return self.search(
            {
                "When": "Choose dates",
                "First day": day,
                "Last day": day,
                "Who": ROLES[clinic.role],
                "How": CHANNELS[clinic.channel],
                "Practice or site": clinic.host.value,
            }
        )

    def search(self, wishes: dict[str, str]) -> Found:
        """Fill in the search form on this page, or on its own, and search."""
        if not self.page.get_by_role("form", name="Search").count():
            self.open("/search")
        form = self.page.get_by_role("form", name="Search")
        for label, wish in {"Who": "Anyone", "How": "Any way", "Practice or site": "", **wishes}.items():
            field = form.get_by_label(label, exact=True)
            if label in ("First day", "Last day"):
                field.fill(wish)
            elif label == "Practice or site":
                field.select_option(value=wish)
            else:
                field.select_option(label=wish)
        button = form.get_by_role("button", name="Search")
        if self.scripts:
            self._search_here(button, form)
        else:
            self.press(button)
        return self.found()

    def _search_here(self, button: Locator, form: Locator) -> None:
        wanted = form.evaluate("form => new URLSearchParams(new FormData(form)).toString()")
        with self.page.expect_response(lambda answer: urlsplit(answer.url).query == wanted) as answer:
            button.click()
        assert answer.value.ok
        expect(self.page.locator(".htmx-request")).to_have_count(0)
        self.arrived()

    def found(self) -> Found:
        """The results as the page shows them."""
        results = self.page.locator("#results")
        none = results.locator(".hub-none")
        ways_out = none.get_by_role("link").all_inner_texts() if none.count() else []
        offers = self._offers(results)
        nothing = none.count() > 0
        return Found(
            offers=() if nothing else offers,
            next_one=offers[0] if nothing and offers else None,
            words=results.inner_text(),
            ways_out=tuple(ways_out),
        )

    def choose(self, offer: Offer) -> Told:
        self.press(self.page.locator(f'button[name=slots][value="{offer.key}"]').first)
        return self._after_choosing()

    def _after_choosing(self) -> Told:
        path = self._path()
        if len(path) == 2 and path[0] == "holds":
            return Told(HELD, self.says(), path[1])
        alert = self.page.get_by_role("alert")
        return Told(NOT_DONE, alert.inner_text(), offers=self._offers(alert))

    def _offers(self, within: Locator) -> tuple[Offer, ...]:
        rows: list[Any] = within.locator("button[name=slots]").evaluate_all(
            "buttons => buttons.map(b => [b.value, b.closest('tr').innerText])"
        )
        return tuple(Offer(_start(value), words, value) for value, words in rows)

    # --- The booking.

    def confirm(self, form: Form) -> Told:
        button = self.page.get_by_role("button", name=re.compile("Confirm booking|Move to this time"))
        if not button.count():  # where it could never work there is none, and the page says why
            return Told(NOT_DONE, self.says())
        self.fill_in(form)
        self.press(button)
        return self.after_confirming()

    def fill_in(self, form: Form) -> None:
        """Everything on the booking form that there is to fill in."""
        self.page.get_by_label("Reason for the appointment").fill(form.reason)
        self.page.get_by_label(re.compile("Note (to|for) the")).fill(form.note)
        if form.phone:
            self.page.get_by_label(re.compile("Number the clinician|Telephone number")).fill(form.phone)
        self.page.get_by_label(re.compile("I have told the patient")).set_checked(form.told)
        why_second = self.page.get_by_label("Why is a second booking needed?")
        if form.clash_reason and why_second.count():
            why_second.fill(form.clash_reason)
        seen = self.page.get_by_label("I have checked with the patient")
        if form.differences_seen and seen.count():
            seen.check()

    def after_confirming(self) -> Told:
        path = self._path()
        if path[-1] != "outcome":
            return Told(NOT_DONE, self.says())
        heading = self.page.get_by_role("heading", level=1).inner_text()
        return Told(_HEADINGS[heading].value, self.says(), path[1], self._offers(self.page.locator("main")))

    def look(self, ref: str) -> Told:
        self.open("/bookings")
        self.page.get_by_label("Booking reference").fill(f"{ref[:4].lower()} {ref[4:].lower()}")
        self.press(self.page.get_by_role("button", name="Find booking"))
        return self._booking()

    def _booking(self) -> Told:
        tag = self.page.locator("h1 .nhsuk-tag").inner_text()
        return Told(_STATE_OF_WORDS[tag].value, self.says(), self._path()[1])

    def cancel(self, ref: str, reason: CancellationReason = CancellationReason.PATIENT_ASKED) -> Told:
        listed = self.page.locator("main table").get_by_role("link", name=f"{ref[:4]}-{ref[4:]}")
        if listed.count():
            self.press(listed)
        elif self._path() != ["bookings", ref]:
            self.look(ref)
        self.press(self.page.get_by_role("link", name="Cancel it"))
        self.page.get_by_label(CANCELLATIONS[reason]).check()
        self.press(self.page.get_by_role("button", name="Cancel the booking"))
        return self._booking() if self._path()[-1] == ref else Told(NOT_DONE, self.says())

    def let_go(self) -> None:
        self.press(self.page.get_by_role("button", name="Stop holding this time and choose another"))

    def begin_move(self, ref: str) -> None:
        self.look(ref)
        self.press(self.page.get_by_role("button", name="Move it to another time"))

    def bookings_of_patient(self) -> tuple[str, ...]:
        self.press(self.page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Bookings"))
        links = self.page.locator("main table").get_by_role("link").all_inner_texts()
        return tuple(text.replace("-", "") for text in links)

    def still_to_come(self) -> tuple[str, ...]:
        """The bookings that the patient's banner names."""
        return tuple(self.page.locator(".hub-patient__bookings").get_by_role("link").all_inner_texts())

    def wait_for_news(self, ref: str, *, within: float) -> Told:
        """Stay where one is: a page that does not know yet changes by itself; a booking's page is opened again."""
        if self._path()[-1] == "outcome":
            expect(self.page).not_to_have_title(re.compile("We do not know yet"), timeout=within * 1000)
            self.page.wait_for_load_state()
            self.arrived()
            return self.after_confirming()
        waiting = re.compile("Being cancelled|Not known yet|Being booked")
        deadline = datetime.now(UTC).timestamp() + within
        while self.page.locator("h1").filter(has_text=waiting).count() and datetime.now(UTC).timestamp() < deadline:
            self.page.wait_for_timeout(1000)
            self.page.reload()
        return self._booking()

    def _path(self) -> list[str]:
        return urlsplit(self.page.url).path.strip("/").split("/")


def _start(value: str) -> datetime:
    return datetime.fromtimestamp(int(value.split("@")[1]), UTC)
