"""Opens the pages' door: every module of views is named here, so that importing this one hangs them all."""

from flask import Flask

from hub.config import Config
from hub.web import (
    access_pages,
    agreement_life,
    agreement_news,
    agreement_signing,
    agreements_list,
    ahead_pages,
    bookings,
    choice_pages,
    connection_pages,
    copying,
    desk,
    drafting_pages,
    evidence_pages,
    holds,
    home,
    looking,
    message_pages,
    onboarding_pages,
    overseeing,
    posting,
    practices_pages,
    proof_pages,
    public_register,
    record_pages,
    renewing_pages,
    review_pages,
    searching,
    session_pages,
    sessions_page,
    settling,
    sharing_matrix,
    simulator,
    switch_pages,
    templating,
    tonight,
    what_if,
    writing_pages,
)
from hub.web.blueprint import blueprint
from hub.web.copying import Copier
from hub.web.desk import WebDesk
from hub.web.last_copies import LastCopies
from hub.web.looking import WebRoom
from hub.web.posting import WebPost
from hub.wiring import Hub

VIEWS = (
    evidence_pages,
    access_pages,
    agreement_life,
    agreement_news,
    agreement_signing,
    agreements_list,
    ahead_pages,
    bookings,
    choice_pages,
    connection_pages,
    drafting_pages,
    home,
    holds,
    message_pages,
    onboarding_pages,
    practices_pages,
    proof_pages,
    public_register,
    record_pages,
    renewing_pages,
    review_pages,
    searching,
    session_pages,
    sessions_page,
    settling,
    sharing_matrix,
    simulator,
    switch_pages,
    tonight,
    what_if,
    writing_pages,
)


def register(app: Flask, config: Config, hub: Hub) -> None:
    """Put the pages into an application."""
    templating.prepare(app)
    app.extensions[desk.EXTENSION] = WebDesk(hub.desk)
    app.extensions[looking.EXTENSION] = WebRoom(hub.viewing)
    app.extensions[posting.EXTENSION] = WebPost(hub)
    app.extensions[overseeing.EXTENSION] = overseeing.Overseeing(hub)
    app.extensions[copying.EXTENSION] = Copier(hub, LastCopies(config.data, config.secret_key))
    app.register_blueprint(blueprint)
