"""A neighbour's clinic where records are looked at: the clinician there, the patients' guardian at home, the doors."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Locator, expect

from tests.journeys.doors import Story
from tests.journeys.kept import Keepers
from tests.journeys.pages import Pages
from tests.journeys.people import Person
from tests.journeys.town import HOME, Town, until
from tests.journeys.words import Clinic
from vocabulary.appointments import BookingState
from vocabulary.identifiers import OdsCode
from vocabulary.times import london_date

WHY = "Preparing tomorrow's clinic"
PLANTED = "thistlewick-0451"
"""In no source of the product and in no other test."""
PARTS = ("Consultations", "Results", "Immunisations", "Referrals", "Other entries", "Diary", "Documents")
_FILES = ("Text,", "Picture,", "PDF,")  # kinds that are shown
_FETCHES = "SELECT count(*) AS number FROM wire_exchange WHERE interaction = 'get-structured-record'"
_LOOKS = """
    SELECT act, outcome, reason, user_name, host_ods, detail FROM ledger_event
    WHERE booking_ref = :ref AND (act LIKE 'record.%' OR act = 'permit.view-record') ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """A patient, and their appointment."""

    person: Person
    ref: str


@dataclass
class Surgery:
    """Tomorrow night's clinic at the neighbour's, with everybody who has to do with its patients' records."""

    town: Town
    program: Story  # the receptionist at home, who books
    clinician: Pages
    guardian: Pages
    clinic: Clinic
    keepers: Keepers
    fetches: int = 0
    visits: list[Visit] = field(default_factory=list)

    def visit(self, *traits: str, home: OdsCode = HOME) -> Visit:
        """Somebody is booked here whose practice keeps a record in which the planted words stand."""
        person = self.town.somebody(home=home)
        self.town.keeps_a_record(person, PLANTED, *traits, home=home)
        self.program.given_a_patient_on_the_phone(person)
        self.program.when_a_time_is_held(self.clinic)
        self.program.when_they_confirm()
        self.program.then_it_is(BookingState.BOOKED)
        self.visits.append(Visit(person, self.program.ref))
        return self.visits[-1]

    def line(self, visit: Visit, *, at: Pages | None = None) -> Locator:
        """The patient's line on the clinician's session."""
        pages = at or self.clinician
        pages.open(f"/session?day={london_date(self.clinic.start).isoformat()}&with=")
        return pages.page.locator(f"#visit-{visit.ref}")

    def opens(self, visit: Visit, *, answer: str = "Yes, you may look", at: Pages | None = None) -> str:
        """From the session to the patient's answer: two actions, and a reason, for the appointment is not about now."""
        pages = at or self.clinician
        line = self.line(visit, at=pages)
        expect(line).to_contain_text("Needs the patient’s permission.")
        pages.press(line.get_by_role("link", name="Open the record"))
        pages.page.get_by_role("radio", name=answer, exact=True).check()
        pages.page.locator("#why").fill(WHY)
        pages.press(pages.page.get_by_role("button", name="Continue"))
        return pages.says()

    def goes_to_part(self, title: str) -> str:
        """Another part of the record that is open."""
        self.clinician.press(self.clinician.page.get_by_role("link", name=title, exact=True))
        expect(self.clinician.page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        return self.clinician.says()

    def opens_each_kind_of_document(self, visit: Visit) -> int:
        """From the page of documents: a text, a picture and a PDF, each read and gone back from; how many. A browser
        without a viewer of PDF is told so, and nothing is fetched for it."""
        page = self.clinician.page
        expect(page.locator("main")).to_contain_text("It cannot read a letter or a scan")
        expect(page.get_by_role("row").filter(has_text="(TIFF)").first).to_contain_text("Cannot be shown here")
        shows_pdf = page.evaluate("navigator.pdfViewerEnabled")
        for number, file in enumerate(_FILES, start=1):
            row = page.get_by_role("row").filter(has_text=f"File: {file}").first
            self.clinician.press(row.get_by_role("link", name="Open"))
            self._reads(file)
            if file != "PDF," or shows_pdf:
                until(
                    lambda number=number: self._documents_opened(visit) == number, within=15, what=f"{file} is opened"
                )
            self.clinician.press(page.get_by_role("link", name="Back to the documents"))
        return self._documents_opened(visit)

    def _documents_opened(self, visit: Visit) -> int:
        return [act for act, _, _ in self.acts(visit)].count("record.document-shown")

    def _reads(self, file: str) -> None:
        page = self.clinician.page
        if file == "PDF,":
            expect(page.locator("object[type='application/pdf']")).to_be_visible()
            return
        frame = page.frame_locator("iframe")
        if file == "Text,":
            expect(frame.locator(".rec-text")).to_contain_text(PLANTED)
        else:
            picture = frame.get_by_role("img", name="The document as a picture")
            expect(picture).to_have_js_property("naturalWidth", 300)

    def looks(self, visit: Visit) -> list[dict[str, Any]]:
        """What the ledger has of looks at this patient's record for this visit."""
        return self.town.rows(_LOOKS, ref=visit.ref)

    def acts(self, visit: Visit) -> list[tuple[str, str, str]]:
        """The same in short: what, how it ended, why."""
        return [(one["act"], one["outcome"], one["reason"]) for one in self.looks(visit)]

    def who_looked(self, visit: Visit, *, at: Pages | None = None) -> str:
        """What the guardian at home is shown when the patient asks who has looked."""
        guardian = at or self.guardian
        page = guardian.page
        guardian.open("/access")
        page.get_by_label("NHS number").fill(visit.person.nhs_number.spaced)
        guardian.press(page.get_by_role("button", name="Show who looked"))
        expect(page.get_by_role("heading", level=1)).to_contain_text(visit.person.nhs_number.spaced)
        return page.locator("main table").inner_text()

    def kept(self) -> list[str]:
        """Where the planted words have got to, when everything that is written a little later has been written."""
        shown = "SELECT count(*) AS number FROM ledger_event WHERE act = 'record.shown' AND booking_ref = ANY(:refs)"
        looks = self.town.rows(shown, refs=[visit.ref for visit in self.visits])[0]["number"]
        until(
            lambda: int(str(self.town.rows(_FETCHES)[0]["number"])) >= int(str(looks)),
            within=15,
            what="the wire trace has written down every fetch",
        )
        return self.keepers.of(PLANTED)
