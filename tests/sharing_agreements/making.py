"""Whole documents, and agreements in any state, for tests."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sharing_agreements import templates
from sharing_agreements.document import AgreementDocument, DocumentParty
from sharing_agreements.drafting import Ref
from sharing_agreements.register import Register
from tests.scheduling.world import HOME, HOST, NOW, OTHER, World, caller
from vocabulary.agreements import ControllerRole
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.times import london_date

ADMIN = caller(user="farah.admin", role=UserRole.FEDERATION_ADMIN)
PARTIES = (HOME, HOST)


def party(ods: OdsCode) -> DocumentParty:
    return DocumentParty(
        ods,
        f"Practice {ods}",
        ControllerRole.JOINT_CONTROLLER,
        f"Dr Guardian of {ods}",
        UserRole.CALDICOTT_GUARDIAN,
        f"guardian@{ods.value.lower()}.example",
    )


def whole(
    *parties: OdsCode, template: str = "direct-care", code: str = "DSA-NEW-01", **more: object
) -> AgreementDocument:
    """A document without gaps."""
    said: dict[str, Any] = {
        "parties": tuple(map(party, parties or PARTIES)),
        "starts_at": NOW - timedelta(hours=14),
        "review_on": london_date(NOW) + timedelta(days=300),
        "ends_at": NOW + timedelta(days=365),
        "dpia": "DPIA-2026-07",
    }
    return replace(templates.begin(template, code), **said | more)


def guardian(ods: OdsCode, *, user: str = "") -> Caller:
    return caller(ods, user=user or f"guardian.{ods.value.lower()}", role=UserRole.CALDICOTT_GUARDIAN)


def register(world: World) -> Register:
    return Register(world.work, world.clock)


def proposed(world: World, document: AgreementDocument | None = None) -> Ref:
    book = register(world)
    ref = book.draft(document or whole(), caller=ADMIN)
    book.propose(ref, caller=ADMIN)
    return ref


def sign(world: World, ref: Ref, *practices: OdsCode) -> None:
    book = register(world)
    for ods in practices:
        shown = book.detail(ref, caller=ADMIN).digest
        book.sign(ref, shown=shown, proved_at=world.clock.now(), caller=guardian(ods))


def in_force(world: World, document: AgreementDocument | None = None) -> Ref:
    ref = proposed(world, document)
    sign(world, ref, *(each.ods for each in (document or whole()).parties))
    return ref


__all__ = [
    "ADMIN",
    "HOME",
    "HOST",
    "OTHER",
    "PARTIES",
    "guardian",
    "in_force",
    "party",
    "proposed",
    "register",
    "sign",
    "whole",
]
