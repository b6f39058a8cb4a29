"""Paging: `limit` and `offset` in the address, a Link header in the answer."""

from typing import Any

from flask import Response, request, url_for
from marshmallow import fields, validate

from hub.schemas.plain import PlainSchema

DEFAULT, MOST_AT_ONCE, FARTHEST = 50, 200, 100_000


class PageSchema(PlainSchema):
    """Which part of a list."""

    limit = fields.Integer(load_default=DEFAULT, validate=validate.Range(1, MOST_AT_ONCE))
    offset = fields.Integer(load_default=0, validate=validate.Range(0, FARTHEST))


def link_pages(response: Response, *, limit: int, offset: int, total: int, reach: int | None = None) -> Response:
    """Add the addresses of the first, previous and next page (RFC 8288). `reach`: no page goes beyond it."""
    end = min(total, reach) if reach is not None else total
    wanted = {"first": 0}
    if offset > 0:
        wanted["prev"] = max(0, offset - limit)
    if offset + limit < end:
        wanted["next"] = offset + limit
    links = []
    for name, start in wanted.items():
        size = min(limit, end - start) if name == "next" else limit
        links.append(f'<{_address(limit=size, offset=start)}>; rel="{name}"')
    response.headers["Link"] = ", ".join(links)
    return response


def _address(**changes: int) -> str:
    query: dict[str, Any] = {**request.args.to_dict(flat=False), **changes}
    return url_for(str(request.endpoint), **(request.view_args or {}), **_safe(query))


def _safe(query: dict[str, Any]) -> dict[str, Any]:
    """url_for has names of its own that a query must not reach."""
    return {name: value for name, value in query.items() if not name.startswith("_")}
