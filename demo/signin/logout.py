"""Back-channel logout: telling the hub, behind the browser's back, that a sign-in is over."""

import logging
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from demo.signin.grants import OpenSession
from demo.signin.provider import Provider

_PATIENCE = 5.0
_PAUSES = (0.0, 1.0, 5.0)
_log = logging.getLogger(__name__)


class LogoutCaller:
    """Posts logout tokens to the hub, trying again for a while when it does not answer."""

    def __init__(self, provider: Provider, address: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._provider, self._address, self._sleep = provider, address, sleep
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="logout")

    def tell(self, ended: Sequence[OpenSession]) -> None:
        """Tell the hub of each ended sign-in, without keeping the browser waiting."""
        for opened in ended:
            self._pool.submit(self._tell_one, opened)

    def close(self) -> None:
        """Wait for what is under way."""
        self._pool.shutdown(wait=True)

    def _tell_one(self, opened: OpenSession) -> None:
        for pause in _PAUSES:
            self._sleep(pause)
            token = self._provider.logout_token(opened)
            body = urllib.parse.urlencode({"logout_token": token}).encode()
            try:
                # The address is the hub's own, given at start-up, and http by then (see __main__).
                with urllib.request.urlopen(self._address, data=body, timeout=_PATIENCE):  # noqa: S310
                    return
            except urllib.error.HTTPError as answer:
                answer.close()
                _log.warning("the hub answered %s to a back-channel logout", answer.code)
                if answer.code < 500:
                    return
            except OSError:
                _log.warning("the hub did not answer a back-channel logout")
