"""An application that signs in at a small provider; no database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.auth.small_provider import SmallProvider, running
from tests.hub.web.shop import Shop, TurningClock, open_shop


@pytest.fixture(scope="module")
def _provider() -> Iterator[SmallProvider]:
    with running() as provider:
        yield provider


@pytest.fixture
def provider(_provider: SmallProvider) -> SmallProvider:
    """An honest provider: whatever a test before made it say is forgotten."""
    honest = SmallProvider()
    _provider.claims, _provider.person, _provider.roles, _provider.down = {}, {}, honest.roles, False
    _provider.client_key = None
    _provider.token_requests.clear()
    return _provider


@pytest.fixture
def shop(tmp_path: Path, provider: SmallProvider) -> Shop:
    """The application; its clock runs with the provider's, which is the machine's."""
    opened = open_shop(tmp_path, oidc_issuer=provider.issuer)
    assert isinstance(opened.clock, TurningClock)
    opened.clock.at = TurningClock.machine()
    return opened
