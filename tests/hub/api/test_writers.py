"""What is written by hand is what the schemas say."""

from dataclasses import replace

import pytest

from hub.api import writers
from hub.api.schemas.slots import FoundSchema
from scheduling import search
from scheduling.commands import FindSlots
from tests.scheduling.world import NOW, OTHER, World, caller
from vocabulary.times import Window

pytestmark = pytest.mark.database


def test_a_search_is_written_as_its_schema_says(world: World) -> None:
    world.clinic(slots=3)
    world.clinic(OTHER, slots=2)
    world.sync()
    command = FindSlots(Window(NOW, NOW.replace(day=28)), near_postcode="BS1 4DJ")
    found = search.find(world.desk, command, caller())
    assert len(found.offers) == 5
    assert {offer.miles is None for offer in found.offers} == {False}
    unasked = replace(found.hosts[0], asked_at=None)
    nothing = replace(found, offers=(), total=0, hosts=(unasked,), next_after=found.offers[0])
    for result, shown in ((found, found.offers), (found, found.offers[1:3]), (nothing, ())):
        page = {
            "offers": shown,
            "total": result.total,
            "limit": 2,
            "offset": 1,
            "hosts": result.hosts,
            "next_after": result.next_after,
            "searched_until": result.searched_until,
            "order": result.order,
        }
        assert writers.found(result, shown, limit=2, offset=1) == FoundSchema().dump(page)
