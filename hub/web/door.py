"""Opens the pages' door: every module of views is named here, so that importing this one hangs them all."""

from flask import Flask

from hub.config import Config
from hub.web import templating
from hub.web.blueprint import blueprint
from hub.web.booking import bookings, desk, holds, home, searching, settling
from hub.web.booking.desk import WebDesk
from hub.web.clinic import ahead_pages, copying, session_pages, tonight
from hub.web.clinic.copying import Copier
from hub.web.clinic.last_copies import LastCopies
from hub.web.messages import message_pages, posting, summary_pages, task_pages
from hub.web.messages.posting import WebPost
from hub.web.oversight import access_pages, evidence_pages, overseeing, proof_pages, review_pages
from hub.web.practice import connection_pages, practices_pages, signed_in_pages
from hub.web.record import document_pages, looking, record_pages
from hub.web.record.looking import WebRoom
from hub.web.sharing import (
    agreement_life,
    agreement_news,
    agreement_signing,
    agreements_list,
    choice_pages,
    drafting_pages,
    onboarding_pages,
    public_register,
    renewing_pages,
    sharing_matrix,
    simulator,
    switch_pages,
    what_if,
)
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
    document_pages,
    renewing_pages,
    review_pages,
    searching,
    session_pages,
    signed_in_pages,
    settling,
    sharing_matrix,
    simulator,
    switch_pages,
    tonight,
    what_if,
    summary_pages,
    task_pages,
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
