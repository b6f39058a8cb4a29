"""Pages around a fake desk."""

from pathlib import Path

import pytest

from tests.hub.web.shop import Desk, Shop, open_shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return open_shop(tmp_path)


@pytest.fixture
def reception(shop: Shop) -> Desk:
    """A receptionist's browser."""
    return shop.sign_in()
