"""Searchset bundles: written flat, read by type and id, never by position."""

from collections.abc import Iterable

from gp_connect.elements import Resource, Unreadable, children, expect, meta, text
from gp_connect.names import SEARCHSET


def searchset(resources: Iterable[Resource]) -> Resource:
    """A bundle holding these resources, without fullUrl, as the standard asks; FHIR forbids empty lists."""
    entries = [{"resource": resource} for resource in resources]
    bundle: Resource = {"resourceType": "Bundle", "meta": meta(SEARCHSET), "type": "searchset"}
    return bundle | {"entry": entries} if entries else bundle


def resources(bundle: Resource) -> list[Resource]:
    """Every resource in a bundle. Raises Unreadable for another resource, or for one page of several."""
    expect(bundle, "Bundle")
    if any(text(link, "relation") == "next" for link in children(bundle, "link")):
        raise Unreadable("the bundle is one page of several, so it is not the whole answer")
    found = []
    for entry in children(bundle, "entry"):
        resource = entry.get("resource")
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            raise Unreadable("a bundle entry holds no resource")
        found.append(resource)
    return found


def whole(bundle: Resource) -> list[Resource]:
    """Every resource in a bundle. Raises Unreadable when `total` says there are more than came."""
    found = resources(bundle)
    total = bundle.get("total")
    if isinstance(total, int) and total > len(found):
        raise Unreadable("the bundle says it has more than it holds")
    return found


def of_type(bundle: Resource, kind: str) -> list[Resource]:
    """The resources of one type in a whole bundle."""
    return [resource for resource in whole(bundle) if resource["resourceType"] == kind]


def index(found: Iterable[Resource]) -> dict[tuple[str, str], Resource]:
    """Resources by type and id: what lies beside them in a bundle is found so, never by its position."""
    return {(resource["resourceType"], text(resource, "id")): resource for resource in found}
