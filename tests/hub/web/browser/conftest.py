"""Browsers for the pages, around a fake desk: for looks and keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.hub.served import served
from tests.hub.web.shop import Shop, open_shop
from vocabulary.people import UserRole


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """An application around a fake desk."""
    return open_shop(tmp_path)


@pytest.fixture
def shop_url(shop: Shop) -> Iterator[str]:
    with served(shop.app) as address:
        yield address


def sign_in(context: BrowserContext, shop: Shop, url: str, role: UserRole = UserRole.RECEPTIONIST) -> None:
    """Somebody works in this browser from now on."""
    desk = shop.sign_in(role)
    context.add_cookies([{"name": shop.hub.config.cookie_name, "value": desk.session.id, "url": url}])


@pytest.fixture
def desk_page(page: Page, shop: Shop, shop_url: str) -> Page:
    """A receptionist's page around the fake desk."""
    sign_in(page.context, shop, shop_url)
    page.goto(shop_url)
    expect(page.locator("#nhs_number")).to_be_focused()  # who types at once must not lose the first digits
    return page
