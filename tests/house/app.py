"""The application as production makes it, over a database that is never asked."""

from functools import cache

from flask import Flask

from hub.app import create_app
from tests.hub.rig import CONFIG


@cache
def application() -> Flask:
    return create_app(CONFIG)
