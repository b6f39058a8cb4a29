"""Where the browser for the journeys is."""

import os
import shutil
from functools import cache

_NAMES = ("chromium", "chromium-browser", "google-chrome")


@cache
def find_chromium() -> str | None:
    """The Chromium that ./test found or installed (HUB_CHROMIUM; empty: none), else the system's own, else None."""
    named = os.environ.get("HUB_CHROMIUM")
    if named is not None:
        return named or None
    return next((path for path in map(shutil.which, _NAMES) if path), None)
