"""Browsers for the pages: around a fake desk for looks and keys, around the real one for what becomes of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.hub.rig import Rig
from tests.hub.served import served
from tests.hub.web.browser.reception import Reception
from tests.hub.web.shop import Shop, open_shop
from tests.scheduling.world import World
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
    return page


@pytest.fixture
def reception(browser: Browser, world: World, rig: Rig) -> Iterator[Reception]:
    """A receptionist's browser on the real desk, over PostgreSQL, with GP systems in this process."""
    with served(rig.app) as address:
        context = browser.new_context(locale="en-GB", timezone_id="Europe/London")
        context.set_default_timeout(8_000)
        yield Reception.at(context, world, rig, address)
        context.close()
