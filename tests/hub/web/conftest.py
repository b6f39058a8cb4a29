"""Pages around a fake desk, and reception at the real one."""

from pathlib import Path

import pytest

from hub.web.clinic.copying import EXTENSION, Copier
from hub.web.clinic.last_copies import LastCopies
from tests.hub.rig import Rig
from tests.hub.web.counter import Counter
from tests.hub.web.shop import Desk, Shop, open_shop
from tests.scheduling.world import World


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return open_shop(tmp_path)


@pytest.fixture
def reception(shop: Shop) -> Desk:
    """A receptionist's browser."""
    return shop.sign_in()


@pytest.fixture
def counter(world: World, rig: Rig, tmp_path: Path) -> Counter:
    """Reception at the home practice; a clinic of four tonight at the host, already seen."""
    copies = LastCopies(tmp_path, rig.hub.config.secret_key)
    rig.app.extensions[EXTENSION] = Copier(rig.hub, copies, run=lambda work: work())
    world.clinic()
    world.see()
    return Counter.open(rig)
