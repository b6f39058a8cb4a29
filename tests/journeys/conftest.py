"""The journeys' shared things: one running federation, one signed-in browser, one program, what was asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext

from demo.supervisor import Federation
from tests.journeys.doors import Stories, Story
from tests.journeys.kept import Keepers
from tests.journeys.pages import Pages
from tests.journeys.program import Program
from tests.journeys.records import Surgery
from tests.journeys.requests_made import RequestsMade
from tests.journeys.town import Town
from tests.journeys.watching import Seen, Watch


@dataclass
class Journal:
    """What all journeys of this session leave for the search at the end."""

    made: RequestsMade = field(default_factory=RequestsMade)
    seen: Seen = field(default_factory=Seen)


@pytest.fixture(scope="session")
def journal() -> Journal:
    return Journal()


@pytest.fixture(scope="session")
def town(federation: Federation) -> Iterator[Town]:
    made = Town(federation)
    made.settle_in()
    yield made
    made.close()


class Desks:
    """Receptionists' desks: browsers of several kinds, and programs."""

    def __init__(self, browser: Browser, town: Town, journal: Journal) -> None:
        self._browser = browser
        self._town = town
        self._journal = journal
        self._contexts: list[tuple[BrowserContext, Pages]] = []

    def browser(self, *, scripts: bool = True, width: int = 1280, height: int = 900) -> Pages:
        """A new browser with nobody signed in."""
        context = self._browser.new_context(
            locale="en-GB",
            timezone_id="Europe/London",
            java_script_enabled=scripts,
            viewport={"width": width, "height": height},
        )
        context.set_default_timeout(15_000)
        watch = Watch(context, self._journal.made, seen=self._journal.seen, scripts=scripts)
        pages = Pages(context, watch, self._town.federation.hub_url, scripts=scripts)
        self._contexts.append((context, pages))
        return pages

    def program(self, person: str = "receptionist.y90001") -> Program:
        """A program with somebody's token."""
        url = f"{self._town.federation.signin_url}/demo/token"
        answer = requests.post(url, json={"person": person}, timeout=10)
        answer.raise_for_status()
        return Program(self._town.federation.hub_url, answer.json()["access_token"], self._journal.made)

    def close(self) -> None:
        for context, _ in self._contexts:
            context.close()

    def nothing_is_wrong(self) -> None:
        for _, pages in self._contexts:
            pages.watch.nothing_is_wrong()


@pytest.fixture(scope="session")
def _rita(browser: Browser, town: Town, journal: Journal) -> Iterator[tuple[Pages, Program]]:
    desks = Desks(browser, town, journal)
    pages = desks.browser()
    pages.sign_in()
    program = desks.program()
    yield pages, program
    program.close()
    desks.close()


@pytest.fixture(scope="session")
def at_both_doors(_rita: tuple[Pages, Program], town: Town) -> Stories:
    """A story for the session itself, not for one test."""
    pages, program = _rita
    return Stories(Story(pages, town), Story(program, town))


@pytest.fixture(scope="session")
def surgery(browser: Browser, town: Town, journal: Journal) -> Iterator[Surgery]:
    """Tomorrow night at the neighbour's: a clinician and a guardian who stay signed in, and a program that books."""
    desks = Desks(browser, town, journal)
    clinician, guardian, program = desks.browser(), desks.browser(), desks.program()
    clinician.sign_in("Daniel Whitcombe")
    guardian.sign_in("Ruth Abernathy")
    clinic = town.open_clinic_soon(slots=24)
    yield Surgery(town, Story(program, town), clinician, guardian, clinic, Keepers(town))
    program.close()
    desks.close()


@pytest.fixture
def desks(browser: Browser, town: Town, journal: Journal) -> Iterator[Desks]:
    """More desks than Rita's one, for one test."""
    made = Desks(browser, town, journal)
    yield made
    made.nothing_is_wrong()
    made.close()


@pytest.fixture
def rita(_rita: tuple[Pages, Program], town: Town) -> Iterator[Story]:
    """Rita Okafor at her browser."""
    pages, _ = _rita
    yield Story(pages, town)
    pages.watch.nothing_is_wrong()


@pytest.fixture
def stories(_rita: tuple[Pages, Program], town: Town) -> Iterator[Stories]:
    """Rita Okafor at her browser, and her program beside her."""
    pages, program = _rita
    yield Stories(Story(pages, town), Story(program, town))
    pages.watch.nothing_is_wrong()
