"""A practice's link put together: what was typed, what the national directory said, and the way out of this hub."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from connectors.port import Endpoint, Link, MessageSet
from practices.models import GPSystemLinkRow, LinkEndpointRow
from storage.base import AnyRow, among
from storage.work import Tx
from vocabulary.identifiers import OdsCode

Secrets = Callable[[str], str]
"""Resolves a secret's name to the secret; the wiring passes one. A link without a secret name asks for none."""

# What the standard's own examples put after the root of Foundations and Appointments
_STRUCTURED, _DOCUMENTS = "/structured", "/documents"


def no_secrets(name: str) -> str:
    """For places where links carry no secret, such as the demo: a name asked for is a mistake in the set-up."""
    raise LookupError(f"the secret {name!r} is not configured")


@dataclass(frozen=True, slots=True)
class Passage:
    """The way out to systems whose addresses the national directory gives; links that were typed do without.

    `proxy` is the Spine proxy's address, put before a provider's root; empty: direct. `certificate` is the path of our
    client certificate with its key, where a link names no secret of its own; `trust` that of the authorities.
    """

    proxy: str = ""
    certificate: str = ""
    trust: str = ""
    issuer: str = ""


DIRECT = Passage()


def links(
    tx: Tx, wanted: Collection[OdsCode], *, secrets: Secrets = no_secrets, passage: Passage = DIRECT
) -> dict[OdsCode, Link]:
    """The links of these practices, as far as any are set."""
    row = GPSystemLinkRow
    codes = sorted({ods.value for ods in wanted})
    columns = (row.ods, row.system, row.address, row.provider_asid, row.secret_name)
    found = tx.execute(select(*columns).where(among(row.ods, codes))).all()
    if not found:
        return {}
    asids = _consumer_asids(tx)
    registered = _registered(tx, [each.ods for each in found if not each.address])
    return {
        OdsCode(each.ods): _typed(each, asids, secrets)
        if each.address
        else _from_directory(each, registered.get(each.ods, {}), asids, secrets, passage)
        for each in found
    }


def _typed(row: AnyRow, asids: Mapping[OdsCode, str], secrets: Secrets) -> Link:
    return Link(
        OdsCode(row.ods),
        row.system,
        row.address,
        row.provider_asid,
        asids,
        secrets(row.secret_name) if row.secret_name else "",
        structured=_below(row, _STRUCTURED),
        documents=_below(row, _DOCUMENTS),
    )


def _below(row: AnyRow, part: str) -> Endpoint | None:
    """Where a link that was typed has this part; a link to no address has none."""
    return Endpoint(row.address + part, row.provider_asid) if "://" in row.address else None


def _from_directory(
    row: AnyRow,
    registered: Mapping[MessageSet, Endpoint | None],
    asids: Mapping[OdsCode, str],
    secrets: Secrets,
    passage: Passage,
) -> Link:
    def through(endpoint: Endpoint | None) -> Endpoint | None:
        if endpoint is None or not passage.proxy:
            return endpoint
        return Endpoint(f"{passage.proxy}/{endpoint.address}", endpoint.asid)

    shared = registered.get(MessageSet.APPOINTMENTS) or registered.get(MessageSet.FOUNDATIONS)
    root = through(shared) or Endpoint("")
    link = Link(
        OdsCode(row.ods),
        row.system,
        root.address,
        root.asid,
        asids,
        secrets(row.secret_name) if row.secret_name else passage.certificate,
        passage.trust,
        structured=through(registered.get(MessageSet.STRUCTURED_RECORD)),
        documents=through(registered.get(MessageSet.DOCUMENTS)),
        not_enabled=frozenset(each for each, endpoint in registered.items() if endpoint is None),
        issuer=passage.issuer,
    )
    return link


def _registered(tx: Tx, codes: Collection[str]) -> dict[str, dict[MessageSet, Endpoint | None]]:
    found: dict[str, dict[MessageSet, Endpoint | None]] = {}
    if codes:
        row = LinkEndpointRow
        for each in tx.execute(
            select(row.ods, row.message_set, row.enabled, row.address, row.asid).where(among(row.ods, codes))
        ):
            endpoint = Endpoint(each.address, each.asid) if each.enabled else None
            found.setdefault(each.ods, {})[MessageSet(each.message_set)] = endpoint
    return found


def _consumer_asids(tx: Tx) -> dict[OdsCode, str]:
    row = GPSystemLinkRow
    return {
        OdsCode(ods): asid
        for ods, asid in tx.execute(select(row.ods, row.consumer_asid).where(row.consumer_asid != ""))
    }
