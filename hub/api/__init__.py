"""The JSON door: /api/v1 for programs of practices and suppliers. The same commands and verbs as the pages."""

from flask import Flask

from hub.api.bookings import blueprint as bookings
from hub.api.document import open_api, publish
from hub.api.holds import blueprint as holds
from hub.api.patients import blueprint as patients
from hub.api.practices import blueprint as practices
from hub.api.slots import blueprint as slots

_IN_THE_ORDER_OF_WORK = (slots, holds, bookings, patients, practices)


def register(app: Flask) -> None:
    """Open the door: the views under /api/v1, their OpenAPI document, and a page that explains them."""
    api = open_api(app)
    for blueprint in _IN_THE_ORDER_OF_WORK:
        api.register_blueprint(blueprint)
    publish(app, api)
