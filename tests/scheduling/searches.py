"""Searching the pool: steps that the tests of searching share."""

from datetime import datetime

from sqlalchemy import text

from scheduling.results import Offer
from tests.scheduling.world import HOME, HOST, OTHER, World
from vocabulary.identifiers import OdsCode

STRANGER = OdsCode("Y90005")
POSTCODE = "BS1 4DJ"


def _starts(offers: tuple[Offer, ...]) -> list[datetime]:
    return [offer.facts.window.start for offer in offers]


def _hosts(offers: tuple[Offer, ...]) -> list[OdsCode]:
    return [offer.facts.host for offer in offers]


def _see_all(world: World, *, stretch: str = "near") -> None:
    for host in (HOME, HOST, OTHER):
        world.see(host=host, stretch=stretch)


def _execute(world: World, statement: str) -> None:
    with world.work.begin() as tx:
        tx.execute(text(statement), {"host": HOST.value, "home": HOME.value})
